# match ah: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%6
*filter
:FORWARD
! -d fe80::1/64 ! -p 41 -m ah --ahlen 0 --ahres -j RETURN;! -d fe80::/64 ! -p ipv6 -m ah --ahres -j RETURN;OK
! -s ::/ffff:ffff:: ! -p udplite -m ah --ahspi "0:";! -s ::/32 ! -p udplite -m ah;OK
-m ah --ahlen 4294967295 ! --ahspi "0xa:4294967294" -j RETURN;-m ah ! --ahspi 10:4294967294 --ahlen 4294967295 -j RETURN;OK
-m ah --ahres;=;OK
-m ah --ahspi "4294967296:0" -j RETURN;;FAIL
*filter
:INPUT
-m ah --ahres --ahlen 0;-m ah --ahres;OK
-s ::192.0.2.1/64 -d ::192.0.2.1/0 -p dccp -m ah --ahlen 0x0;-s ::/64 -p dccp -m ah;OK
*filter
:OUTPUT
-m ah ! --ahsp ":" -j DROP;-m ah -j DROP;OK
-p esp -m ah --ahres -j RETURN;=;OK
*filter
:u
-m ah --ahspi "10:";-m ah --ahspi 10:4294967295;OK
-m ah;=;OK
*mangle
:POSTROUTING
-m ah --ahres --ahlen 0xa;-m ah --ahlen 10 --ahres;OK
*nat
:INPUT
-m ah ! --ahlen 4294967295 --ahres;=;OK
-m ah --ahlen 1;=;OK
*raw
:OUTPUT
-p dccp -m ah --ahres;=;OK
*raw
:PREROUTING
-m ah;=;OK
