# target SNAT: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*nat
:INPUT
-i + ! -p icmp -j SNAT --random --to-source "192.0.2.1:80";! -p icmp -j SNAT --to-source 192.0.2.1:80 --random;OK
-i a.b:c -j SNAT --to-source "192.0.2.1";-i a.b:c -j SNAT --to-source 192.0.2.1;OK
-j SNAT --random --to-source ":80";;FAIL
-j SNAT --to-source "192.0.2.1-192.0.2.9:80-90";;FAIL
-j SNAT --to-source "[2001:db8::1]";;FAIL
-p TCP -j SNAT --persistent --random --to-source "192.0.2.1:80-90/85";-p tcp -j SNAT --to-source 192.0.2.1:80-90/0 --random --persistent;OK
-p ah -j SNAT --to-source "192.0.2.1" --persistent;-p ah -j SNAT --to-source 192.0.2.1 --persistent;OK
-p ah -j SNAT --to-source "192.0.2.1-192.0.2.9";-p ah -j SNAT --to-source 192.0.2.1-192.0.2.9;OK
-p udplite -j SNAT --to-source "192.0.2.1:http";;FAIL
-p udplite -j SNAT --to-source "[2001:db8::1-2001:db8::9]:80-90";;FAIL
-s 10.1.2.3/255.0.255.0 -j SNAT --to-source "192.0.2.1-192.0.2.9:80-90";;FAIL
*nat
:POSTROUTING
! -p 41 -j SNAT --to-source "10.1";;FAIL
! -s 255.255.255.255 -p udplite -j SNAT --to-source ":80";;FAIL
-j SNAT --persistent --random --to-source "2001:db8::1";;FAIL
-j SNAT --to-source "[2001:db8::1]";;FAIL
-s 0.0.0.0/32 ! -f -j SNAT --to-source "192.0.2.1";-s 0.0.0.0/32 ! -f -j SNAT --to-source 192.0.2.1;OK
%6
*nat
:INPUT
! -d 2001:db8:0:1:2:3:4:5/128 -j SNAT --persistent --random --random-fully --to-source "192.0.2.1-192.0.2.1:0";;FAIL
! -d ::/129 -j SNAT --to-source "[2001:db8::1]";;FAIL
! -s ::ffff:192.0.2.1/0 -j SNAT --to-source "[2001:db8::1]:80";;FAIL
-i eth+ -j SNAT --random --to-source "2001:db8::1" --random-fully;-i eth+ -j SNAT --to-source 2001:db8::1 --random --random-fully;OK
-j SNAT --random --random-fully --to-source "192.0.2.1-192.0.2.1:0";;FAIL
-j SNAT --random-fully --persistent --to-source "2001:db8::1";-j SNAT --to-source 2001:db8::1 --random-fully --persistent;OK
-j SNAT --random-fully --to-source "[2001:db8::1]";-j SNAT --to-source 2001:db8::1 --random-fully;OK
-j SNAT --to-source "192.0.2.1:90-80";;FAIL
-j SNAT --to-source "2001:db8::1";-j SNAT --to-source 2001:db8::1;OK
-j SNAT --to-source "[2001:db8::1]";-j SNAT --to-source 2001:db8::1;OK
-p udp -j SNAT --to-source "192.0.2.1:80" --random;;FAIL
-s fe80::1/128 -p icmpv6 -j SNAT --to-source "[2001:db8::1]";-s fe80::1/128 -p ipv6-icmp -j SNAT --to-source 2001:db8::1;OK
*nat
:POSTROUTING
-j SNAT ! --to-source ":80";;FAIL
-j SNAT --to-source "192.0.2.1-192.0.2.9:80-90";;FAIL
-j SNAT --to-source "2001:db8::1" --persistent;-j SNAT --to-source 2001:db8::1 --persistent;OK
*nat
:u
-j SNAT --random --to-source "2001:db8::1" --persistent;-j SNAT --to-source 2001:db8::1 --random --persistent;OK
