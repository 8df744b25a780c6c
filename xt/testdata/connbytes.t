# match connbytes: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
-d 192.0.2.1/32 ! -p udplite -m connbytes --connbytes "0x0:1" --connbytes-mode bytes --connbytes-dir reply -j RETURN;-d 192.0.2.1/32 ! -p udplite -m connbytes --connbytes 0:1 --connbytes-mode bytes --connbytes-dir reply -j RETURN;OK
-f -p ah -m connbytes --connbytes-mode packets --connbytes 10 --connbytes-dir reply;-p ah -f -m connbytes --connbytes 10 --connbytes-mode packets --connbytes-dir reply;OK
-s 10.1.2.3 -d 10.1.2.3 -p dccp -m connbytes --connbytes-dir reply --connbytes-mode avgpkt ! --connbytes "0:0";-s 10.1.2.3/32 -d 10.1.2.3/32 -p dccp -m connbytes --connbytes 0 --connbytes-mode avgpkt --connbytes-dir reply;OK
*filter
:INPUT
-d 255.255.255.255/255.255.0.0 -p esp -m connbytes --connbytes-mode packets --connbytes 5 --connbytes-dir reply;-d 255.255.0.0/16 -p esp -m connbytes --connbytes 5 --connbytes-mode packets --connbytes-dir reply;OK
*filter
:OUTPUT
-m connbytes ! --connbytes "0:0" --connbytes-mode avgpkt --connbytes-dir reply -j ACCEPT;-m connbytes --connbytes 0 --connbytes-mode avgpkt --connbytes-dir reply -j ACCEPT;OK
-m connbytes ! --connbytes ":" --connbytes-dir both --connbytes-mode packets;-m connbytes ! --connbytes 0 --connbytes-mode packets --connbytes-dir both;OK
-m connbytes --connbytes-mode avgpkt ! --connbytes "0:1000" --connbytes-dir reply;-m connbytes ! --connbytes 0:1000 --connbytes-mode avgpkt --connbytes-dir reply;OK
-p icmpv6 -m connbytes --connbytes-mode avgpkt --connbytes ":" --connbytes-dir original;-p ipv6-icmp -m connbytes --connbytes 0 --connbytes-mode avgpkt --connbytes-dir original;OK
-s 192.0.2.1/24 -m connbytes --connbytes "0xffffffffffffffff:" --connbytes-mode bytes --connbytes-dir both;-s 192.0.2.0/24 -m connbytes --connbytes 18446744073709551615 --connbytes-mode bytes --connbytes-dir both;OK
*mangle
:FORWARD
-s 10.1/24 ! -p udplite -m connbytes ! --connbytes "1000:1000" --connbytes-dir original --connbytes-mode avgpkt;-s 10.1.0.0/24 ! -p udplite -m connbytes --connbytes 1000:1000 --connbytes-mode avgpkt --connbytes-dir original;OK
*mangle
:POSTROUTING
-p ah -m connbytes --connbytes "0:1000" --connbytes-mode avgpkt --connbytes-di original;-p ah -m connbytes --connbytes 0:1000 --connbytes-mode avgpkt --connbytes-dir original;OK
*mangle
:u
-p 255 -m connbytes --connbytes-dir both --connbytes-mode avgpkt --connbytes ":1000" -j DROP;-p 255 -m connbytes --connbytes 0:1000 --connbytes-mode avgpkt --connbytes-dir both -j DROP;OK
*nat
:INPUT
-p TCP -m connbytes --connbytes-dir both --connbytes-mode bytes --connbytes 0;-p tcp -m connbytes --connbytes 0 --connbytes-mode bytes --connbytes-dir both;OK
*nat
:OUTPUT
-m connbytes ! --connbytes "1000:1000" --connbytes-mode avgpkt --connbytes-dir reply;-m connbytes --connbytes 1000:1000 --connbytes-mode avgpkt --connbytes-dir reply;OK
*raw
:PREROUTING
-m connbytes --connbytes-mode packets --connbytes-dir reply --connbytes "0:0";-m connbytes --connbytes 0 --connbytes-mode packets --connbytes-dir reply;OK
*raw
:u
-s 192.0.2.1/255.0.255.0 -m connbytes --connbytes-dir reply --connbytes-mode bytes ! --connbytes "1000:1000" -j RETURN;-s 192.0.2.0/255.0.255.0 -m connbytes --connbytes 1000:1000 --connbytes-mode bytes --connbytes-dir reply -j RETURN;OK
%6
*filter
:FORWARD
! -p icmpv6 -m connbytes --connbytes-dir original --connbytes 5 --connbytes-mode packets;! -p ipv6-icmp -m connbytes --connbytes 5 --connbytes-mode packets --connbytes-dir original;OK
! -p tcp -m connbytes ! --connbytes "0:0" --connbytes-dir both --connbytes-mode packets;! -p tcp -m connbytes --connbytes 0 --connbytes-mode packets --connbytes-dir both;OK
-m connbytes ! --connbytes ":" --connbytes-mode packets --connbytes-dir reply;-m connbytes ! --connbytes 0 --connbytes-mode packets --connbytes-dir reply;OK
-m connbytes --connbytes-mode avgpkt --connbytes-dir original ! --connbytes "1000:1000";-m connbytes --connbytes 1000:1000 --connbytes-mode avgpkt --connbytes-dir original;OK
-p icmpv6 -m connbytes ! --connbytes-dir reply --connbytes-mode bytes --connbytes ":1000" -j ACCEPT;;FAIL
-p udp -m connbytes --connbytes-mod packets --connbytes "0:18446744073709551615" --connbytes-dir original;-p udp -m connbytes --connbytes 0 --connbytes-mode packets --connbytes-dir original;OK
-s 2001:db8:0:1:2:3:4:5/64 -m connbytes ! --connbytes ":1000" --connbytes-dir original --connbytes-mode bytes -j ACCEPT;-s 2001:db8:0:1::/64 -m connbytes ! --connbytes 0:1000 --connbytes-mode bytes --connbytes-dir original -j ACCEPT;OK
-s ::ffff:192.0.2.1/64 -p udplite -m connbytes --connbytes-mode bytes --connbytes-dir original ! --connbytes "0:0" -j DROP;-s ::/64 -p udplite -m connbytes --connbytes 0 --connbytes-mode bytes --connbytes-dir original -j DROP;OK
*filter
:INPUT
-i a.b:c -p udplite -m connbytes --connbytes ":" --connbytes-mode avgpkt --connbytes-dir both;-i a.b:c -p udplite -m connbytes --connbytes 0 --connbytes-mode avgpkt --connbytes-dir both;OK
-m connbytes --connbytes 5 --connbytes-mode avgpkt --connbytes-dir both;=;OK
-m connbytes --connbytes-dir reply --connbytes "1:18446744073709551614" --connbytes-mode bytes -j RETURN;-m connbytes --connbytes 1:18446744073709551614 --connbytes-mode bytes --connbytes-dir reply -j RETURN;OK
-s ::ffff:192.0.2.1 -i + -m connbytes --connbytes-mode packets --connbytes 0 --connbytes-dir both;-s ::ffff:192.0.2.1/128 -m connbytes --connbytes 0 --connbytes-mode packets --connbytes-dir both;OK
*filter
:OUTPUT
-m connbytes --connbytes-mode avgpkt --connbytes-dir original ! --connbytes ":1000";-m connbytes ! --connbytes 0:1000 --connbytes-mode avgpkt --connbytes-dir original;OK
*filter
:u
-m connbytes --connbytes-dir both --connbytes-mode bytes --connbytes "18446744073709551614:18446744073709551615" -j RETURN;-m connbytes --connbytes 18446744073709551614 --connbytes-mode bytes --connbytes-dir both -j RETURN;OK
*mangle
:OUTPUT
-m connbytes --connbytes-mode packets ! --connbytes 0 --connbytes-dir reply;-m connbytes ! --connbytes 0 --connbytes-mode packets --connbytes-dir reply;OK
*raw
:PREROUTING
-s ::/64 ! -p 255 -m connbytes --connbytes ":" --connbytes-dir original --connbytes-mode avgpkt -j RETURN;-s ::/64 ! -p 255 -m connbytes --connbytes 0 --connbytes-mode avgpkt --connbytes-dir original -j RETURN;OK
