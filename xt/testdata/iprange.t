# match iprange: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
! -p icmp -m iprange --dst-range "192.0.2.1-192.0.2.9";! -p icmp -m iprange --dst-range 192.0.2.1-192.0.2.9;OK
-m iprange --dst-range "192.0.2.9-192.0.2.1";-m iprange --dst-range 192.0.2.9-192.0.2.1;OK
-m iprange --src-range "192.0.2.1" --dst-range "192.0.2.1-192.0.2.9";-m iprange --src-range 192.0.2.1-192.0.2.1 --dst-range 192.0.2.1-192.0.2.9;OK
-o + ! -p icmpv6 -m iprange ! --src-range "2001:db8::1-2001:db8::9" -j ACCEPT;;FAIL
*filter
:INPUT
-p sctp -m iprange;;FAIL
*filter
:OUTPUT
! -p ah -m iprange --src-range "192.0.2.1-192.0.2.9";! -p ah -m iprange --src-range 192.0.2.1-192.0.2.9;OK
-o eth0 -p udp -m iprange ! --src-range "192.0.2.1-192.0.2.9" --dst-range "::1";;FAIL
*filter
:u
-d 255.255.255.255/33 ! -p TCP -m iprange --src-range "192.0.2.1";;FAIL
-m iprange ! --src-range "192.0.2.1";-m iprange ! --src-range 192.0.2.1-192.0.2.1;OK
-s 255.255.255.255/255.0.255.0 -d 127.0.0.1/32 -p dccp -m iprange -j DROP;;FAIL
*mangle
:OUTPUT
-m iprange --src-range "10.1-10.2" --dst-range "::1";;FAIL
*mangle
:POSTROUTING
-d 127.0.0.1/24 ! -p TCP -m iprange ! --src-range "192.0.2.1" --dst-range "10.1-10.2";-d 127.0.0.0/24 ! -p tcp -m iprange ! --src-range 192.0.2.1-192.0.2.1 --dst-range 10.1.0.0-10.2.0.0;OK
*nat
:INPUT
-m iprange --src-range "192.0.2.1-192.0.2.9" --dst-range "192.0.2.9-192.0.2.1";-m iprange --src-range 192.0.2.1-192.0.2.9 --dst-range 192.0.2.9-192.0.2.1;OK
*nat
:OUTPUT
-m iprange --dst-range "2001:db8::1-2001:db8::9" --src-range "192.0.2.9-192.0.2.1";;FAIL
*raw
:OUTPUT
-m iprange --dst-range "10.1-10.2";-m iprange --dst-range 10.1.0.0-10.2.0.0;OK
*raw
:PREROUTING
! -s 0.0.0.0/255.255.0.0 -m iprange ! --src-range "2001:db8::1-2001:db8::9" ! --dst-range "192.0.2.1";;FAIL
%6
*filter
:INPUT
! -d 2001:db8::1/129 ! -p udplite -m iprange ! --src-range "192.0.2.1-192.0.2.9";;FAIL
! -i a.b:c ! -p udp -m iprange ! --src-range "2001:db8::1-2001:db8::9" -j RETURN;! -i a.b:c ! -p udp -m iprange ! --src-range 2001:db8::1-2001:db8::9 -j RETURN;OK
! -p tcp -m iprange --dst-range "::1";! -p tcp -m iprange --dst-range ::1-::1;OK
-p TCP -m iprange --src-range "::1" -j DROP;-p tcp -m iprange --src-range ::1-::1 -j DROP;OK
-p gre -m iprange;;FAIL
-s 2001:db8::1 -m iprange;;FAIL
*filter
:OUTPUT
! -d 2001:db8::1/128 -p ah -m iprange --dst-range "192.0.2.1-192.0.2.9";;FAIL
-d ::192.0.2.1/128 -m iprange ! --src-range "10.1-10.2" --dst-range "192.0.2.1-192.0.2.9";;FAIL
-m iprange --dst-range "::1";-m iprange --dst-range ::1-::1;OK
-o eth+ -m iprange --dst-range "192.0.2.1" -j ACCEPT;;FAIL
-s fe80::1 ! -p icmpv6 -m iprange;;FAIL
*filter
:u
-d 2001:db8:0:1:2:3:4:5/128 -m iprange --src-range "192.0.2.1";;FAIL
*mangle
:FORWARD
-m iprange --dst-range "::1" ! --src-range "192.0.2.9-192.0.2.1" -j RETURN;;FAIL
*mangle
:PREROUTING
-m iprange ! --src-range "::1";-m iprange ! --src-range ::1-::1;OK
*nat
:OUTPUT
-m iprange --dst-range "192.0.2.1-192.0.2.9";;FAIL
*security
:OUTPUT
-o + -p sctp -m iprange --dst-range "192.0.2.9-192.0.2.1" ! --src-range "192.0.2.1";;FAIL
