# target CHECKSUM: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*mangle
:FORWARD
! -f -j CHECKSUM --checksum-fill;=;OK
! -i eth+ -j CHECKSUM --checksum-fill;=;OK
-d 255.255.255.255 -i eth+ ! -o eth0 -j CHECKSUM --checksum-fill;-d 255.255.255.255/32 -i eth+ ! -o eth0 -j CHECKSUM --checksum-fill;OK
-j CHECKSUM --checksum-fill;=;OK
*mangle
:INPUT
-j CHECKSUM --checksum-fill;=;OK
*mangle
:OUTPUT
-j CHECKSUM --checksum-fill;=;OK
-p sctp -j CHECKSUM --checksum-fill;=;OK
*mangle
:POSTROUTING
-d 255.255.255.255/24 -p esp -j CHECKSUM --checksum-fill;-d 255.255.255.0/24 -p esp -j CHECKSUM --checksum-fill;OK
-j CHECKSUM --checksum-fill;=;OK
-s 0.0.0.0 -p udp -j CHECKSUM --checksum-fill;-s 0.0.0.0/32 -p udp -j CHECKSUM --checksum-fill;OK
*mangle
:PREROUTING
-j CHECKSUM --checksum-fill;=;OK
%6
*mangle
:FORWARD
-d fe80::1/ffff:ffff:: ! -p 255 -j CHECKSUM --checksum-fill;-d fe80::/32 ! -p 255 -j CHECKSUM --checksum-fill;OK
-i lo -j CHECKSUM --checksum-fill;=;OK
-s 2001:db8:0:1:2:3:4:5/ffff:ffff:: -j CHECKSUM --checksum-fill;-s 2001:db8::/32 -j CHECKSUM --checksum-fill;OK
*mangle
:INPUT
-j CHECKSUM --checksum-fill;=;OK
-p 255 -j CHECKSUM --checksum-fill;=;OK
*mangle
:OUTPUT
! -o lo -j CHECKSUM --checksum-fill;=;OK
! -s ::/0 -j CHECKSUM --checksum-fill;;FAIL
-d fe80::1/128 -p dccp -j CHECKSUM --checksum-fill;=;OK
-j CHECKSUM --checksum-fill;=;OK
*mangle
:POSTROUTING
! -p gre -j CHECKSUM --checksum-fill;=;OK
! -p sctp -j CHECKSUM --checksum-fill;=;OK
-j CHECKSUM --checksum-fill;=;OK
-p icmpv6 -j CHECKSUM --checksum-fill;-p ipv6-icmp -j CHECKSUM --checksum-fill;OK
*mangle
:PREROUTING
! -d 2001:db8:0:1:2:3:4:5/64 -j CHECKSUM --checksum-fill;! -d 2001:db8:0:1::/64 -j CHECKSUM --checksum-fill;OK
-d ::192.0.2.1/64 -j CHECKSUM --checksum-fill;-d ::/64 -j CHECKSUM --checksum-fill;OK
*mangle
:u
-d 2001:db8:0:1:2:3:4:5/128 -i eth+ -j CHECKSUM --checksum-fill;=;OK
