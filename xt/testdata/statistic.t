# match statistic: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
! -o lo -p sctp -m statistic --mode random;;FAIL
-f -m statistic --mode nth --packet 5 ! --every 2 --probability "0.5";;FAIL
-f -m statistic --packet 0xa ! --every 2 --every 0x100000000 --mode nth -j RETURN;;FAIL
-m statistic --every 10 --packet 5 --mode nth;-m statistic --mode nth --every 10 --packet 5;OK
-p icmpv6 -m statistic --mode random -j RETURN;;FAIL
-s 255.255.255.255/0 -m statistic --packet 1 --every 10 --mode nth ! --every 10;;FAIL
*filter
:INPUT
-p sctp -m statistic --mode random;;FAIL
*filter
:OUTPUT
! -s 192.0.2.1/255.255.0.0 -m statistic --mode random -j ACCEPT;;FAIL
-m statistic --packet 1 --every 1 --mode random;;FAIL
-m statistic --probability "1.1" --mode nth -j RETURN;;FAIL
-s 10.1/33 -m statistic --mode random --probability "0.5";;FAIL
*filter
:u
-o + -p 41 -m statistic --every 2 --packet 10 --mode random;;FAIL
*mangle
:POSTROUTING
-s 192.0.2.1/33 -p icmpv6 -m statistic --packet 1 --every 10 --mode nth;;FAIL
*mangle
:PREROUTING
-p sctp -m statistic --mode random --every 1 --packet 0 -j DROP;;FAIL
*raw
:OUTPUT
-m statistic --mode random -j ACCEPT;;FAIL
*security
:FORWARD
! -s 192.0.2.1/32 -o eth+ -m statistic --mode nth -j DROP;;FAIL
%6
*filter
:FORWARD
-p udplite -m statistic --mode nth;;FAIL
*filter
:INPUT
! -s 2001:db8:0:1:2:3:4:5/128 -d fe80::1/ffff:ffff:: -p icmp -m statistic --mode random ! --every 4294967295 --packet 0;;FAIL
-m statistic --mode nth --packet 0xfffffffe --every 4294967295 -j DROP;-m statistic --mode nth --every 4294967295 --packet 4294967294 -j DROP;OK
-m statistic --mode random;;FAIL
-s fe80::1/129 -m statistic --mode nth --probability "0.333333333333" -j ACCEPT;;FAIL
*filter
:OUTPUT
-m statistic --mode nth;;FAIL
-m statistic --mode random --packet 0 --every 2 -j ACCEPT;;FAIL
-p esp -m statistic ! --probability "0.5" --mode nth;;FAIL
-p icmp -m statistic --packet 5 ! --every 10 --mode random --probability "0.333333333333";;FAIL
-p sctp -m statistic --every 4294967295 --packet 0 --mode nth -j RETURN;-p sctp -m statistic --mode nth --every 4294967295 --packet 0 -j RETURN;OK
-s ::/64 -o eth0 -m statistic --mode random;;FAIL
-s ::192.0.2.1/64 -o eth+ ! -p 255 -m statistic --mode nth;;FAIL
*filter
:u
-p TCP -m statistic --mode random;;FAIL
*nat
:OUTPUT
-d ::ffff:192.0.2.1/ffff:ffff:: -m statistic --mode random ! --probability "0.5";-d ::/32 -m statistic --mode random ! --probability 0.50000000000;OK
*security
:INPUT
-m statistic --mode random --probability 1;-m statistic --mode random --probability 1.00000000000;OK
*security
:OUTPUT
-m statistic --probability "0.00001" --mode random -j ACCEPT;-m statistic --mode random --probability 0.00001000008 -j ACCEPT;OK
