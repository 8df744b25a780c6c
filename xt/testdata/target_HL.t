# target HL: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%6
*mangle
:FORWARD
! -o eth+ -j HL --hl-inc 0xfe;! -o eth+ -j HL --hl-inc 254;OK
! -p esp -j HL --hl-set 255;=;OK
-j HL --hl-set 1;=;OK
*mangle
:INPUT
-j HL;;FAIL
-p sctp -j HL --hl-inc 254;=;OK
-s ::ffff:192.0.2.1/64 -j HL --hl-inc 254;-s ::/64 -j HL --hl-inc 254;OK
*mangle
:OUTPUT
! -p esp -j HL --hl-set 254;=;OK
-j HL --hl-set 10;=;OK
-s 2001:db8:0:1:2:3:4:5/ffff:ffff:: -p TCP -j HL --hl-inc 255;-s 2001:db8::/32 -p tcp -j HL --hl-inc 255;OK
*mangle
:POSTROUTING
-d ::ffff:192.0.2.1/ffff:ffff:: -j HL --hl-inc 254;-d ::/32 -j HL --hl-inc 254;OK
-s ::ffff:192.0.2.1/0 -j HL --hl-inc 128;-j HL --hl-inc 128;OK
*mangle
:PREROUTING
-j HL --hl-dec 0x80;-j HL --hl-dec 128;OK
-j HL --hl-inc 2;=;OK
*mangle
:u
-j HL --hl-dec 10;=;OK
-j HL --hl-se 0xfe;-j HL --hl-set 254;OK
-s fe80::1 -j HL --hl-set 10;-s fe80::1/128 -j HL --hl-set 10;OK
