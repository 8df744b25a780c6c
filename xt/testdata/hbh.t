# match hbh: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%6
*filter
:FORWARD
-s 2001:db8:0:1:2:3:4:5/64 -d ff02::1/0 -m hbh --hbh-len 2147483647;-s 2001:db8:0:1::/64 -m hbh --hbh-len 2147483647;OK
*filter
:INPUT
! -p gre -m hbh --hbh-len 2147483647;=;OK
-d 2001:db8:0:1:2:3:4:5/128 -p icmpv6 -m hbh;-d 2001:db8:0:1:2:3:4:5/128 -p ipv6-icmp -m hbh;OK
-d ff02::1/64 -p gre -m hbh --hbh-len 4294967296 --hbh-opts "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17" -j DROP;;FAIL
-i a.b:c -m hbh --hbh-opts 5 --hbh-len 10;-i a.b:c -m hbh --hbh-len 10 --hbh-opts 5;OK
-m hbh -j DROP;=;OK
-m hbh;=;OK
-p sctp -m hbh --hbh-len 0x0 -j DROP;-p sctp -m hbh --hbh-len 0 -j DROP;OK
*filter
:OUTPUT
! -d ::ffff:192.0.2.1/64 -o + -m hbh;! -d ::/64 -m hbh;OK
-p gre -m hbh --hbh-opts "0x10:0" --hbh-len 0x1;-p gre -m hbh --hbh-len 1 --hbh-opts 16:0;OK
-p icmpv6 -m hbh --hbh-opts "1:2,23:42,4:6" ! --hbh-len 1;-p ipv6-icmp -m hbh ! --hbh-len 1 --hbh-opts 1:2,23:42,4:6;OK
-s fe80::1 ! -d ::ffff:192.0.2.1 -p sctp -m hbh --hbh-len 0x1 --hbh-opts 5;-s fe80::1/128 ! -d ::ffff:192.0.2.1/128 -p sctp -m hbh --hbh-len 1 --hbh-opts 5;OK
*filter
:u
-p icmpv6 -m hbh --hbh-opts "1:2,23:42,4:6" -j RETURN;-p ipv6-icmp -m hbh --hbh-opts 1:2,23:42,4:6 -j RETURN;OK
*nat
:INPUT
-d ::ffff:192.0.2.1 -p dccp -m hbh;-d ::ffff:192.0.2.1/128 -p dccp -m hbh;OK
*nat
:OUTPUT
-o eth+ -m hbh --hbh-opts 5 --hbh-len 4294967295 -j RETURN;-o eth+ -m hbh --hbh-len 4294967295 --hbh-opts 5 -j RETURN;OK
*security
:OUTPUT
-m hbh --hbh-opts "1:2,23:42,4:6" -j DROP;-m hbh --hbh-opts 1:2,23:42,4:6 -j DROP;OK
