# match quota: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
-d 0.0.0.0/255.0.255.0 ! -o eth+ -m quota --quota 1000000;=;OK
-i abcdefghijklmno -m quota --quota 9223372036854775807 -j RETURN;=;OK
-m quota ! --quota 0;=;OK
-m quota --quota 0;=;OK
*filter
:INPUT
! -p udplite -m quota --quota 1;=;OK
-m quota --quota 0;=;OK
-m quota --quota 1000000;=;OK
-p 255 -m quota --quota 18446744073709551615 -j RETURN;=;OK
*mangle
:FORWARD
-s 10.1.2.3/255.255.0.0 -m quota --quota 1000000 -j ACCEPT;-s 10.1.0.0/16 -m quota --quota 1000000 -j ACCEPT;OK
*nat
:INPUT
-s 0.0.0.0 -m quota --quota 1;-s 0.0.0.0/32 -m quota --quota 1;OK
*nat
:PREROUTING
-p udp -m quota --quota 18446744073709551615;=;OK
*raw
:OUTPUT
-m quota --quota 0;=;OK
*raw
:PREROUTING
-m quota --quota 0 -j ACCEPT;=;OK
-s 0.0.0.0/24 ! -p 41 -m quota --quota 1;-s 0.0.0.0/24 ! -p ipv6 -m quota --quota 1;OK
*security
:OUTPUT
-d 0.0.0.0/24 -m quota --quota 18446744073709551615;=;OK
%6
*filter
:FORWARD
! -p udp -m quota --quota 1000000 -j ACCEPT;=;OK
-m quota --quota 1;=;OK
-o + -m quota --quota 18446744073709551615;-m quota --quota 18446744073709551615;OK
*filter
:INPUT
! -s ::192.0.2.1/129 -m quota --quota 18446744073709551615;;FAIL
-d ::192.0.2.1/64 -m quota ! --quota 0x10;-d ::/64 -m quota ! --quota 16;OK
-m quota --quota 1000000;=;OK
-m quota --quota 1;=;OK
-p dccp -m quota --quota 0;=;OK
-p esp -m quota --quota 0x10;-p esp -m quota --quota 16;OK
*filter
:OUTPUT
-m quota --quota 1000000;=;OK
-p ah -m quota --quota 0x10;-p ah -m quota --quota 16;OK
*filter
:u
-m quota --quota 0 -j ACCEPT;=;OK
*mangle
:OUTPUT
-m quota --quota 18446744073709551615;=;OK
*raw
:PREROUTING
-s fe80::1/ffff:ffff:: ! -p sctp -m quota ! --quota 1;-s fe80::/32 ! -p sctp -m quota ! --quota 1;OK
*raw
:u
-m quota --quota 0;=;OK
*security
:FORWARD
-m quota --quota 18446744073709551615 -j DROP;=;OK
