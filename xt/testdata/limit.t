# match limit: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
-d 10.1/255.255.0.0 -m limit;-d 10.1.0.0/16 -m limit --limit 3/hour;OK
-m limit --limit-burs 5000;-m limit --limit 3/hour --limit-burst 5000;OK
-m limit --limit-burst 9999;-m limit --limit 3/hour --limit-burst 9999;OK
-s 127.0.0.1 -m limit --limit-burst 9999;-s 127.0.0.1/32 -m limit --limit 3/hour --limit-burst 9999;OK
*filter
:INPUT
-d 127.0.0.1/255.0.255.0 -m limit;-d 127.0.0.0/255.0.255.0 -m limit --limit 3/hour;OK
-s 0.0.0.0/32 -f -m limit --limit-burst 10000 --limit "3/SECOND";-s 0.0.0.0/32 -f -m limit --limit 3/sec --limit-burst 10000;OK
*filter
:OUTPUT
-m limit --limit-burst 0;-m limit --limit 3/hour;OK
-m limit --limit-burst 0x1;-m limit --limit 3/hour --limit-burst 1;OK
-m limit --limit-burst 5000 -j RETURN;-m limit --limit 3/hour --limit-burst 5000 -j RETURN;OK
-s 127.0.0.1/255.255.0.0 -p icmpv6 -m limit -j DROP;-s 127.0.0.0/16 -p ipv6-icmp -m limit --limit 3/hour -j DROP;OK
*filter
:u
-d 10.1.2.3/32 -i eth+ -p udplite -m limit;-d 10.1.2.3/32 -i eth+ -p udplite -m limit --limit 3/hour;OK
-m limit;-m limit --limit 3/hour;OK
-p icmpv6 -m limit -j DROP;-p ipv6-icmp -m limit --limit 3/hour -j DROP;OK
*nat
:OUTPUT
-d 192.0.2.1 -p udp -m limit --limit-burst 0;-d 192.0.2.1/32 -p udp -m limit --limit 3/hour;OK
*security
:INPUT
! -p icmpv6 -m limit --limit "7/day";! -p ipv6-icmp -m limit --limit 7/day;OK
*security
:OUTPUT
-m limit --limit 5 --limit-burst 0x0;-m limit --limit 5/sec;OK
%6
*filter
:FORWARD
-i eth0 -m limit --limit-burst 10000;-i eth0 -m limit --limit 3/hour --limit-burst 10000;OK
*filter
:INPUT
! -s 2001:db8::1/128 -m limit --limit-burst 10 --limit "61/min";! -s 2001:db8::1/128 -m limit --limit 61/min --limit-burst 10;OK
-i eth0 -p 255 -m limit;-i eth0 -p 255 -m limit --limit 3/hour;OK
-m limit;-m limit --limit 3/hour;OK
*filter
:OUTPUT
-d ::ffff:192.0.2.1/0 -m limit -j RETURN;-m limit --limit 3/hour -j RETURN;OK
-o eth+ -p gre -m limit;-o eth+ -p gre -m limit --limit 3/hour;OK
*filter
:u
! -i eth0 -m limit --limit-burst 0x1388;! -i eth0 -m limit --limit 3/hour --limit-burst 5000;OK
-d ::ffff:192.0.2.1/64 ! -p 41 -m limit --limit "61/min" --limit-burst 5000;-d ::/64 ! -p ipv6 -m limit --limit 61/min --limit-burst 5000;OK
-m limit --limit-burst 10000;-m limit --limit 3/hour --limit-burst 10000;OK
-o + -p tcp -m limit;-p tcp -m limit --limit 3/hour;OK
-s ::192.0.2.1/0 -p TCP -m limit --limit-burst 0 --limit "10/hour" -j RETURN;-p tcp -m limit --limit 10/hour -j RETURN;OK
*mangle
:FORWARD
-i eth+ ! -p 41 -m limit --limit-burs 0xa --limit "3/SECOND";-i eth+ ! -p ipv6 -m limit --limit 3/sec --limit-burst 10;OK
*nat
:OUTPUT
! -p ah -m limit --limit "7/day";! -p ah -m limit --limit 7/day;OK
*nat
:u
-i eth+ -o eth0 -m limit;-i eth+ -o eth0 -m limit --limit 3/hour;OK
*security
:FORWARD
-i abcdefghijklmno -m limit --limit "3/SECOND" --limit-burst 0x1388;-i abcdefghijklmno -m limit --limit 3/sec --limit-burst 5000;OK
*security
:u
-m limit --limit "10/hour" -j ACCEPT;-m limit --limit 10/hour -j ACCEPT;OK
