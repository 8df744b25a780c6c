# target DNPT: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%6
*filter
:OUTPUT
-j DNPT --src-pfx "::/0" --dst-pfx "2001:db8:1::/64";;FAIL
*mangle
:OUTPUT
! -d ::/129 -j DNPT --src-pfx "::/0" --dst-pfx "2001:db8::1/129";;FAIL
-d ::ffff:192.0.2.1/128 -j DNPT --src-pfx "2001:db8::/48" --dst-pfx "2001:db8:2::/48";-d ::ffff:192.0.2.1/128 -j DNPT --src-pfx 2001:db8::/48 --dst-pfx 2001:db8:2::/48;OK
-j DNPT --src-pfx "2001:db8::1/64" --dst-pfx "2001:db8:1::/64";;FAIL
-p 41 -j DNPT --dst-pfx "2001:db8:1::/64" --src-pfx "2001:db8::/64";-p ipv6 -j DNPT --src-pfx 2001:db8::/64 --dst-pfx 2001:db8:1::/64;OK
-s ::/ffff:ffff:: -j DNPT --src-pfx "2001:db8::/48" --dst-pfx "2001:db8:2::/48";-s ::/32 -j DNPT --src-pfx 2001:db8::/48 --dst-pfx 2001:db8:2::/48;OK
*mangle
:PREROUTING
! -i lo -p udp -j DNPT --src-pfx "::/0" --dst-pfx "::/0";! -i lo -p udp -j DNPT;OK
-d 2001:db8::1 -j DNPT --dst-pfx "::/0" --src-pfx "2001:db8::/48";-d 2001:db8::1/128 -j DNPT --src-pfx 2001:db8::/48;OK
-d 2001:db8::1/64 -j DNPT ! --src-pfx "2001:db8::/48" --dst-pfx "2001:db8:1::/64";;FAIL
-j DNPT --dst-pfx "2001:db8:1::/64" --src-pfx "2001:db8::1/64";;FAIL
-j DNPT --dst-pfx "2001:db8:1::/64" --src-pfx "::/0";-j DNPT --dst-pfx 2001:db8:1::/64;OK
-j DNPT --dst-pfx "::/0" --src-pf "::/ffff:ffff::";-j DNPT --src-pfx ::/32;OK
-j DNPT --src-pfx "::/0" --dst-pfx "2001:db8:2::/48";-j DNPT --dst-pfx 2001:db8:2::/48;OK
-j DNPT --src-pfx "::/0" --dst-pfx "::/0";-j DNPT;OK
*mangle
:u
! -p tcp -j DNPT --dst-pf "2001:db8:2::/48" --src-pfx "2001:db8::/64";! -p tcp -j DNPT --src-pfx 2001:db8::/64 --dst-pfx 2001:db8:2::/48;OK
-s ::192.0.2.1/128 -j DNPT --src-pfx "::/0" --dst-pfx "2001:db8:1::/64";-s ::192.0.2.1/128 -j DNPT --dst-pfx 2001:db8:1::/64;OK
