# match devgroup: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
-s 255.255.255.255/255.255.0.0 -m devgroup --src-group "0x10/0xff" --dst-group default;-s 255.255.0.0/16 -m devgroup --src-group 0x10/0xff --dst-group default;OK
-s 255.255.255.255/32 -d 127.0.0.1/255.0.255.0 -m devgroup ! --src-group 5 -j RETURN;-s 255.255.255.255/32 -d 127.0.0.0/255.0.255.0 -m devgroup ! --src-group 0x5 -j RETURN;OK
*filter
:INPUT
! -p dccp -m devgroup --src-group 0;! -p dccp -m devgroup --src-group default;OK
-m devgroup --dst-group default -j RETURN;;FAIL
-m devgroup --dst-group default;;FAIL
-p tcp -m devgroup;;FAIL
-p udplite -m devgroup ! --dst-group default --src-group "5/0";;FAIL
*filter
:OUTPUT
! -p 41 -m devgroup ! --dst-group 5;! -p ipv6 -m devgroup ! --dst-group 0x5;OK
-d 127.0.0.1 -m devgroup ! --dst-group default --src-group default -j ACCEPT;;FAIL
-m devgroup ! --dst-grou default;-m devgroup ! --dst-group default;OK
-m devgroup --dst-group 5;-m devgroup --dst-group 0x5;OK
*mangle
:u
-m devgroup --src-group 0 -j ACCEPT;-m devgroup --src-group default -j ACCEPT;OK
*raw
:PREROUTING
-p sctp -m devgroup --src-grou 0;-p sctp -m devgroup --src-group default;OK
*raw
:u
! -p TCP -m devgroup ! --src-group default;! -p tcp -m devgroup ! --src-group default;OK
*security
:FORWARD
-m devgroup ! --src-group 5;-m devgroup ! --src-group 0x5;OK
*security
:OUTPUT
-m devgroup ! --dst-group 5;-m devgroup ! --dst-group 0x5;OK
%6
*filter
:FORWARD
! -p 41 -m devgroup --dst-group default;! -p ipv6 -m devgroup --dst-group default;OK
-m devgroup ! --dst-group 5 --src-group "0x10/0xff";-m devgroup --src-group 0x10/0xff ! --dst-group 0x5;OK
-m devgroup --dst-group default -j ACCEPT;=;OK
-p ah -m devgroup ! --dst-group 5;-p ah -m devgroup ! --dst-group 0x5;OK
*filter
:INPUT
-d 2001:db8::1/64 -m devgroup --src-group default;-d 2001:db8::/64 -m devgroup --src-group default;OK
-p TCP -m devgroup;;FAIL
*filter
:OUTPUT
-d ::/0 -m devgroup --dst-group default;-m devgroup --dst-group default;OK
-d ::192.0.2.1/129 -m devgroup --src-group 0 --dst-group 5;;FAIL
-d ::ffff:192.0.2.1/0 -m devgroup --dst-group 5;-m devgroup --dst-group 0x5;OK
-m devgroup --dst-group default;=;OK
-m devgroup -j DROP;;FAIL
*filter
:u
-m devgroup;;FAIL
-s 2001:db8::1 -m devgroup ! --dst-group 5 -j RETURN;-s 2001:db8::1/128 -m devgroup ! --dst-group 0x5 -j RETURN;OK
*nat
:OUTPUT
! -o + -m devgroup ! --dst-group default;=;OK
-m devgroup;;FAIL
*nat
:PREROUTING
-m devgroup -j DROP;;FAIL
