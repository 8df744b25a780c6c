# target TTL: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*mangle
:FORWARD
! -o + -j TTL --ttl-dec 0x80;! -o + -j TTL --ttl-dec 128;OK
-i eth+ -j TTL --ttl-set 0xa;-i eth+ -j TTL --ttl-set 10;OK
-o + -j TTL --ttl-set 0xa;-j TTL --ttl-set 10;OK
-s 255.255.255.255/0 -j TTL --ttl-set 0;-j TTL --ttl-set 0;OK
*mangle
:INPUT
! -p gre -j TTL --ttl-dec 255;=;OK
-s 127.0.0.1 ! -p dccp -j TTL --ttl-set 127;-s 127.0.0.1/32 ! -p dccp -j TTL --ttl-set 127;OK
*mangle
:OUTPUT
! -p tcp -j TTL --ttl-set 255;=;OK
-j TTL --ttl-dec 1;=;OK
-j TTL --ttl-dec 255;=;OK
*mangle
:POSTROUTING
! -p tcp -j TTL --ttl-inc 128;=;OK
-j TTL;;FAIL
-s 192.0.2.1/24 -j TTL --ttl-set 127;-s 192.0.2.0/24 -j TTL --ttl-set 127;OK
*mangle
:PREROUTING
-j TTL --ttl-inc 0xfe;-j TTL --ttl-inc 254;OK
-s 10.1.2.3/0 -j TTL --ttl-inc 254;-j TTL --ttl-inc 254;OK
*mangle
:u
! -o eth0 -j TTL --ttl-inc 1;=;OK
-j TTL --ttl-set 0;=;OK
