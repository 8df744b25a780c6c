# target SYNPROXY: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
-f -p tcp -j SYNPROXY --ecn;-p tcp -f -j SYNPROXY --ecn;OK
-i eth0 -p tcp -j SYNPROXY --ecn --timestamp;-i eth0 -p tcp -j SYNPROXY --timestamp --ecn;OK
-p tcp -j SYNPROXY --wscale 256 --timestamp;-p tcp -j SYNPROXY --timestamp --wscale 0;OK
-p tcp -j SYNPROXY;=;OK
-s 127.0.0.1/0 -p tcp -j SYNPROXY --ecn;-p tcp -j SYNPROXY --ecn;OK
*filter
:INPUT
-i abcdefghijklmno -p tcp -j SYNPROXY --mss 65536 --wscale 256;-i abcdefghijklmno -p tcp -j SYNPROXY --wscale 0 --mss 0;OK
-i eth+ -p 6 -j SYNPROXY;-i eth+ -p tcp -j SYNPROXY;OK
-p tcp -j SYNPROXY --timestamp --wscale 7;=;OK
-p tcp -j SYNPROXY --timestamp;=;OK
-p tcp -j SYNPROXY --wscale 0;=;OK
-p tcp -j SYNPROXY;=;OK
-s 10.1.2.3/32 -p tcp -j SYNPROXY --wscale 7 --mss 10 --sack-perm;-s 10.1.2.3/32 -p tcp -j SYNPROXY --sack-perm --wscale 7 --mss 10;OK
*filter
:OUTPUT
-p tcp -j SYNPROXY --timestamp --sack-perm --mss 65536;;FAIL
*mangle
:INPUT
! -d 10.1 -p 6 -j SYNPROXY --sack-perm;! -d 10.1.0.0/32 -p tcp -j SYNPROXY --sack-perm;OK
-p tcp -j SYNPROXY --ecn --mss 0;-p tcp -j SYNPROXY --mss 0 --ecn;OK
*security
:INPUT
! -i lo -p tcp -j SYNPROXY --mss 0 --wscale 14;! -i lo -p tcp -j SYNPROXY --wscale 14 --mss 0;OK
%6
*filter
:FORWARD
! -s ::ffff:192.0.2.1/64 -p tcp -j SYNPROXY --wscale 7;! -s ::/64 -p tcp -j SYNPROXY --wscale 7;OK
-d ::/0 -p 6 -j SYNPROXY;-p tcp -j SYNPROXY;OK
-p tcp -j SYNPROXY --ecn --wscale 256 --mss 1460;-p tcp -j SYNPROXY --wscale 0 --mss 1460 --ecn;OK
-p tcp -j SYNPROXY --timestamp --wscale 1 --mss 65536;-p tcp -j SYNPROXY --timestamp --wscale 1 --mss 0;OK
*filter
:INPUT
-d 2001:db8:0:1:2:3:4:5/64 -p tcp -j SYNPROXY --mss 65536;-d 2001:db8:0:1::/64 -p tcp -j SYNPROXY --mss 0;OK
-p 6 -j SYNPROXY;-p tcp -j SYNPROXY;OK
-p tcp -j SYNPROXY --wscale 0 --ecn;=;OK
-p tcp -j SYNPROXY --wscale 0 --mss 0 --timestamp;-p tcp -j SYNPROXY --timestamp --wscale 0 --mss 0;OK
-p tcp -j SYNPROXY;=;OK
*filter
:u
! -o eth0 -p tcp -j SYNPROXY;=;OK
-p tcp -j SYNPROXY --timestamp;=;OK
-p tcp -j SYNPROXY;=;OK
*mangle
:FORWARD
-p 6 -j SYNPROXY --wscale 0 --mss 0;-p tcp -j SYNPROXY --wscale 0 --mss 0;OK
*security
:INPUT
! -d 2001:db8::1/128 -p tcp -j SYNPROXY --sack-perm --ecn --timestamp;! -d 2001:db8::1/128 -p tcp -j SYNPROXY --sack-perm --timestamp --ecn;OK
