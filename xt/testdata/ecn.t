# match ecn: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
! -p icmp -m ecn --ecn-ip-ect 1;=;OK
-d 255.255.255.255 ! -p icmpv6 -m ecn --ecn-tcp-ece --ecn-tcp-cwr --ecn-ip-ect 0x2;;FAIL
-i a.b:c -p gre -m ecn --ecn-tcp-cwr --ecn-ip-ect 0x1 -j ACCEPT;;FAIL
-m ecn --ecn-tcp-ece --ecn-tcp-cwr --ecn-ip-ect 1 -j ACCEPT;;FAIL
-m ecn -j RETURN;;FAIL
-m ecn;;FAIL
*filter
:INPUT
-d 10.1.2.3/255.0.255.0 ! -p icmp -m ecn ! --ecn-ip-ect 0;-d 10.0.2.0/255.0.255.0 ! -p icmp -m ecn ! --ecn-ip-ect 0;OK
-m ecn ! --ecn-tcp-cwr ! --ecn-tcp-ece;;FAIL
-m ecn --ecn-ip-ect 0x0 -j ACCEPT;-m ecn --ecn-ip-ect 0 -j ACCEPT;OK
-m ecn;;FAIL
*filter
:OUTPUT
-d 192.0.2.1/33 -m ecn --ecn-tcp-cwr --ecn-tcp-ece -j RETURN;;FAIL
-m ecn ! --ecn-ip-ect 3;=;OK
-m ecn --ecn-tcp-cwr --ecn-ip-ect 3 --ecn-tcp-ece;;FAIL
*nat
:INPUT
-p ah -m ecn -j DROP;;FAIL
*nat
:OUTPUT
-s 192.0.2.1/0 ! -d 255.255.255.255/33 -o lo -m ecn --ecn-tcp-ece;;FAIL
*nat
:u
-o + -m ecn --ecn-tcp-ece --ecn-ip-ect 0xa;;FAIL
%6
*filter
:FORWARD
-m ecn ! --ecn-tcp-cwr;;FAIL
-m ecn --ecn-ip-ect 0x1;-m ecn --ecn-ip-ect 1;OK
-m ecn;;FAIL
-o eth0 -m ecn ! --ecn-tcp-ece -j RETURN;;FAIL
-p 41 -m ecn -j ACCEPT;;FAIL
-p TCP -m ecn --ecn-ip-ect 0x2 --ecn-tcp-cwr --ecn-tcp-ece -j DROP;-p tcp -m ecn --ecn-tcp-ece --ecn-tcp-cwr --ecn-ip-ect 2 -j DROP;OK
*filter
:INPUT
! -s 2001:db8::1/64 -i eth+ -m ecn -j RETURN;;FAIL
*filter
:OUTPUT
-m ecn ! --ecn-tcp-ece --ecn-tcp-cwr;;FAIL
-m ecn;;FAIL
-p icmpv6 -m ecn;;FAIL
*filter
:u
-m ecn ! --ecn-ip-ect 2 -j DROP;=;OK
-s ::192.0.2.1 -m ecn --ecn-ip-ect 3 -j DROP;-s ::192.0.2.1/128 -m ecn --ecn-ip-ect 3 -j DROP;OK
*mangle
:FORWARD
-m ecn --ecn-ip-ect 0x2;-m ecn --ecn-ip-ect 2;OK
*nat
:POSTROUTING
-m ecn --ecn-ip-ect 3;=;OK
*raw
:OUTPUT
-d ff02::1/64 -m ecn --ecn-ip-ect 1 ! --ecn-tcp-ece -j ACCEPT;;FAIL
*security
:INPUT
-m ecn --ecn-tcp-ece -j DROP;;FAIL
