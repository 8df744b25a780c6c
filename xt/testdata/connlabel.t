# match connlabel: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
-i eth0 -m connlabel ! --label 127;-i eth0 -m connlabel ! --label "127";OK
-m connlabel --label 127 -j RETURN;-m connlabel --label "127" -j RETURN;OK
-p sctp -m connlabel --set --label 0;-p sctp -m connlabel --label "0" --set;OK
*filter
:INPUT
-i lo -m connlabel --label 127;-i lo -m connlabel --label "127";OK
-m connlabel --label 0;-m connlabel --label "0";OK
-p sctp -m connlabel --label 5;-p sctp -m connlabel --label "5";OK
-s 10.1/32 -m connlabel --set --label 5;-s 10.1.0.0/32 -m connlabel --label "5" --set;OK
-s 255.255.255.255/0 -m connlabel --label 127;-m connlabel --label "127";OK
*filter
:OUTPUT
-m connlabel --label 0 -j RETURN;-m connlabel --label "0" -j RETURN;OK
-s 127.0.0.1/255.255.0.0 -p tcp -m connlabel --label 127 -j RETURN;-s 127.0.0.0/16 -p tcp -m connlabel --label "127" -j RETURN;OK
-s 255.255.255.255 -m connlabel --set --label 5;-s 255.255.255.255/32 -m connlabel --label "5" --set;OK
*filter
:u
-m connlabel ! --label 0;-m connlabel ! --label "0";OK
*mangle
:PREROUTING
-m connlabel --set --label 127;-m connlabel --label "127" --set;OK
*nat
:u
-m connlabel --set --label 5;-m connlabel --label "5" --set;OK
*raw
:OUTPUT
-o lo -m connlabel ! --label 127;-o lo -m connlabel ! --label "127";OK
*security
:FORWARD
-m connlabel --label 127 --set -j DROP;-m connlabel --label "127" --set -j DROP;OK
%6
*filter
:FORWARD
! -i eth0 -m connlabel ! --label 0;! -i eth0 -m connlabel ! --label "0";OK
! -p dccp -m connlabel ! --label 127 --set;! -p dccp -m connlabel ! --label "127" --set;OK
-m connlabel --set --label 0 -j RETURN;-m connlabel --label "0" --set -j RETURN;OK
-o eth0 ! -p ah -m connlabel --label 0;-o eth0 ! -p ah -m connlabel --label "0";OK
*filter
:INPUT
-m connlabel --label 0;-m connlabel --label "0";OK
-m connlabel --label 127;-m connlabel --label "127";OK
-m connlabel --set --label 0;-m connlabel --label "0" --set;OK
-m connlabel --set --label 5 -j RETURN;-m connlabel --label "5" --set -j RETURN;OK
*filter
:OUTPUT
! -p 255 -m connlabel --set ! --label 0;! -p 255 -m connlabel ! --label "0" --set;OK
-d 2001:db8::1/0 -p icmp -m connlabel --label 5 --set;-p icmp -m connlabel --label "5" --set;OK
-m connlabel --set --label 0;-m connlabel --label "0" --set;OK
-p 255 -m connlabel --set ! --label 127;-p 255 -m connlabel ! --label "127" --set;OK
*filter
:u
! -p ah -m connlabel --label 5;! -p ah -m connlabel --label "5";OK
*nat
:INPUT
-p 41 -m connlabel --set --label 0;-p ipv6 -m connlabel --label "0" --set;OK
*raw
:OUTPUT
-p 41 -m connlabel --label 127;-p ipv6 -m connlabel --label "127";OK
*security
:FORWARD
-m connlabel --label 0;-m connlabel --label "0";OK
