# match socket: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:INPUT
! -p udp -m socket -j DROP;=;OK
-m socket --nowildcard --transparent;-m socket --transparent --nowildcard;OK
-m socket --nowildcard -j ACCEPT;=;OK
-m socket --restore-skmark -j ACCEPT;=;OK
-p 255 -m socket --restore-skmark --transparent --nowildcard;-p 255 -m socket --transparent --nowildcard --restore-skmark;OK
-p 41 -m socket --transparent;-p ipv6 -m socket --transparent;OK
-p icmp -m socket --transparent --nowildcard --restore-skmark -j ACCEPT;=;OK
-p udplite -m socket;=;OK
-s 10.1/24 -f ! -p 255 -m socket --nowildcard --restore-skmark;-s 10.1.0.0/24 ! -p 255 -f -m socket --nowildcard --restore-skmark;OK
-s 192.0.2.1/0 -m socket --restore-skmark;-m socket --restore-skmark;OK
*filter
:u
-i lo ! -o + -m socket --transparent;=;OK
*nat
:INPUT
-m socket --transparent --nowildcard --restore-skmark;=;OK
*nat
:PREROUTING
! -p icmpv6 -m socket;! -p ipv6-icmp -m socket;OK
*raw
:PREROUTING
! -p ah -m socket --restore-skmark;=;OK
-p 255 -m socket --restore-skmark --transparent -j RETURN;-p 255 -m socket --transparent --restore-skmark -j RETURN;OK
*security
:INPUT
-d 0.0.0.0/255.255.0.0 -m socket;-d 0.0.0.0/16 -m socket;OK
%6
*filter
:INPUT
! -d 2001:db8:0:1:2:3:4:5/ffff:ffff:: ! -p TCP -m socket --transparent --nowildcard;! -d 2001:db8::/32 ! -p tcp -m socket --transparent --nowildcard;OK
! -p 255 -m socket --restore-skmark;=;OK
! -p TCP -m socket --restore-skmark --nowildcard;! -p tcp -m socket --nowildcard --restore-skmark;OK
-i abcdefghijklmno -p ah -m socket;=;OK
-i eth+ -m socket --restore-skmark --nowildcard;-i eth+ -m socket --nowildcard --restore-skmark;OK
-m socket --nowildcard --transparent;-m socket --transparent --nowildcard;OK
-m socket --transparent --restore-skmark --nowildcard;-m socket --transparent --nowildcard --restore-skmark;OK
-m socket;=;OK
-s ::/64 -p TCP -m socket;-s ::/64 -p tcp -m socket;OK
-s ::ffff:192.0.2.1 -p 41 -m socket --nowildcard --restore-skmark;-s ::ffff:192.0.2.1/128 -p ipv6 -m socket --nowildcard --restore-skmark;OK
*filter
:OUTPUT
! -o eth0 -m socket --restore-skmark --nowildcard --transparent;;FAIL
*filter
:u
-p esp -m socket;=;OK
*mangle
:INPUT
-m socket --transparent --nowildcard --restore-skmark;=;OK
*raw
:PREROUTING
-i abcdefghijklmno -m socket --restore-skmark -j ACCEPT;=;OK
-m socket;=;OK
*security
:INPUT
-m socket --transparent;=;OK
