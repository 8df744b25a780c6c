# match comment: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
! -d 255.255.255.255/255.0.255.0 -o lo -p gre -m comment --comment "!" -j ACCEPT;! -d 255.0.255.0/255.0.255.0 -o lo -p gre -m comment --comment "!" -j ACCEPT;OK
! -p dccp -m comment --comment --dport;=;OK
-i abcdefghijklmno -o eth+ -m comment --comment --dport;=;OK
-p gre -m comment --comment foo -j RETURN;=;OK
-s 255.255.255.255/32 ! -i lo -o + -p gre -m comment --comment - -j RETURN;-s 255.255.255.255/32 ! -i lo -p gre -m comment --comment - -j RETURN;OK
*filter
:INPUT
! -f -m comment --comment "!";=;OK
-d 0.0.0.0/0 -p sctp -m comment --commen foo;-p sctp -m comment --comment foo;OK
-f -m comment --comment "a b" -j DROP;=;OK
-m comment --comment "!";=;OK
-m comment --comment "" -j RETURN;=;OK
-m comment --comment "it\'s";=;OK
*filter
:OUTPUT
-m comment --comment "";=;OK
-m comment --comment "back\\slash";=;OK
*mangle
:POSTROUTING
-m comment --comment "back\\slash";=;OK
*raw
:OUTPUT
-f ! -p icmp -m comment --comment "!" -j ACCEPT;! -p icmp -f -m comment --comment "!" -j ACCEPT;OK
-m comment --comment "f2b:ssh";=;OK
%6
*filter
:FORWARD
! -s ::ffff:192.0.2.1/128 -m comment --comment "f2b:ssh";=;OK
-d ::192.0.2.1/ffff:ffff:: -m comment --comment "it\'s";-d ::/32 -m comment --comment "it\'s";OK
-m comment --comment --dport;=;OK
*filter
:INPUT
-d ::ffff:192.0.2.1/129 -m comment --comment "say \"hi\"";;FAIL
-m comment --commen "it\'s" -j DROP;-m comment --comment "it\'s" -j DROP;OK
-m comment --commen --dport;-m comment --comment --dport;OK
-m comment --comment "back\\slash";=;OK
-p sctp -m comment --comment --dport;=;OK
-s 2001:db8:0:1:2:3:4:5/64 -d ::ffff:192.0.2.1/ffff:ffff:: ! -p 41 -m comment --comment "it\'s";-s 2001:db8:0:1::/64 -d ::/32 ! -p ipv6 -m comment --comment "it\'s";OK
*filter
:OUTPUT
-m comment --comment "!";=;OK
-m comment --comment "it\'s";=;OK
-m comment --comment -;=;OK
*mangle
:PREROUTING
-m comment --comment -;=;OK
*raw
:OUTPUT
-m comment --comment "";=;OK
*security
:FORWARD
-d ::/0 ! -i eth+ -m comment --comment "" -j RETURN;! -i eth+ -m comment --comment "" -j RETURN;OK
*security
:INPUT
-s 2001:db8:0:1:2:3:4:5/ffff:ffff:: -p dccp -m comment --comment "back\\slash" -j RETURN;-s 2001:db8::/32 -p dccp -m comment --comment "back\\slash" -j RETURN;OK
