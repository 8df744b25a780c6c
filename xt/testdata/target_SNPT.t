# target SNPT: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%6
*mangle
:INPUT
! -i a.b:c -j SNPT --dst-pfx "2001:db8:2::/48" --src-pfx "::/0";! -i a.b:c -j SNPT --dst-pfx 2001:db8:2::/48;OK
! -p icmpv6 -j SNPT --src-pfx "::/0" --dst-pfx "2001:db8:1::/64";! -p ipv6-icmp -j SNPT --dst-pfx 2001:db8:1::/64;OK
-d ::ffff:192.0.2.1 -j SNPT --src-pfx "2001:db8::/64" --dst-pfx "::/0";-d ::ffff:192.0.2.1/128 -j SNPT --src-pfx 2001:db8::/64;OK
-j SNPT --dst-pfx "2001:db8:2::/48" --src-pfx "2001:db8::1/64";;FAIL
-j SNPT --src-pfx "::/0" --dst-pfx "2001:db8:1::/64";-j SNPT --dst-pfx 2001:db8:1::/64;OK
-j SNPT --src-pfx "::/0" --dst-pfx "2001:db8:2::/48";-j SNPT --dst-pfx 2001:db8:2::/48;OK
-p tcp -j SNPT --dst-pfx "2001:db8:2::/48" --src-pfx "2001:db8::/64";-p tcp -j SNPT --src-pfx 2001:db8::/64 --dst-pfx 2001:db8:2::/48;OK
-p udp -j SNPT --src-pfx "::/0" --dst-pfx "2001:db8:1::/64";-p udp -j SNPT --dst-pfx 2001:db8:1::/64;OK
*mangle
:POSTROUTING
-d ::192.0.2.1/64 -j SNPT --src-pfx "2001:db8::/64" --dst-pfx "2001:db8:1::/64";-d ::/64 -j SNPT --src-pfx 2001:db8::/64 --dst-pfx 2001:db8:1::/64;OK
-j SNPT --dst-pfx "2001:db8:1::/64" --src-pfx "::/0";-j SNPT --dst-pfx 2001:db8:1::/64;OK
-j SNPT --dst-pfx "2001:db8:1::/64" --src-pfx "::/64";-j SNPT --src-pfx ::/64 --dst-pfx 2001:db8:1::/64;OK
-j SNPT --dst-pfx "2001:db8:2::/48" --src-pfx "2001:db8::/48";-j SNPT --src-pfx 2001:db8::/48 --dst-pfx 2001:db8:2::/48;OK
-j SNPT --src-pfx "2001:db8::1/64" --dst-pfx "2001:db8:1::/64";;FAIL
-o + -p dccp -j SNPT --dst-pfx "2001:db8:2::/48" --src-pfx "2001:db8:0:1:2:3:4:5/64";;FAIL
-o eth+ -j SNPT --dst-pfx "2001:db8:2::/48" --src-pfx "::/0";-o eth+ -j SNPT --dst-pfx 2001:db8:2::/48;OK
