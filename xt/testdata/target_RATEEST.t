# target RATEEST: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
! -d 0.0.0.0 -j RATEEST --rateest-interval 250ms --rateest-name XE5 --rateest-ewmalog 1s;! -d 0.0.0.0/32 -j RATEEST --rateest-name XE5 --rateest-interval 250.0ms --rateest-ewmalog 1.0s;OK
! -o + -j RATEEST --rateest-interval 250ms --rateest-name XE15 --rateest-ewmalog 500ms;! -o + -j RATEEST --rateest-name XE15 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms;OK
-j RATEEST --rateest-interval 250ms --rateest-ewmalog 1s --rateest-name XE17;-j RATEEST --rateest-name XE17 --rateest-interval 250.0ms --rateest-ewmalog 1.0s;OK
-j RATEEST --rateest-interval 250ms --rateest-name XE9 --rateest-ewmalog 1s;-j RATEEST --rateest-name XE9 --rateest-interval 250.0ms --rateest-ewmalog 1.0s;OK
*filter
:INPUT
! -p 255 -j RATEEST --rateest-ewmalog 500ms --rateest-name XE8 --rateest-interval 250ms;! -p 255 -j RATEEST --rateest-name XE8 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms;OK
! -p ah -j RATEEST --rateest-interval 250ms --rateest-ewmalog 500ms --rateest-name XE10;! -p ah -j RATEEST --rateest-name XE10 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms;OK
*filter
:OUTPUT
! -o + -j RATEEST --rateest-interval 250ms --rateest-ewmalog 1s --rateest-name XE3;! -o + -j RATEEST --rateest-name XE3 --rateest-interval 250.0ms --rateest-ewmalog 1.0s;OK
! -o eth0 ! -p dccp -j RATEEST --rateest-name XE13 --rateest-interval 250ms --rateest-ewmalog 1s;! -o eth0 ! -p dccp -j RATEEST --rateest-name XE13 --rateest-interval 250.0ms --rateest-ewmalog 1.0s;OK
-f -p icmp -j RATEEST --rateest-name XE2 --rateest-interval 250ms --rateest-ewmalog 500ms;-p icmp -f -j RATEEST --rateest-name XE2 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms;OK
-j RATEEST --rateest-name XE12 --rateest-interval 250ms --rateest-ewmalog 1s;-j RATEEST --rateest-name XE12 --rateest-interval 250.0ms --rateest-ewmalog 1.0s;OK
-p udp -j RATEEST --rateest-ewmalog 1s --rateest-name XE6 --rateest-interval 250ms;-p udp -j RATEEST --rateest-name XE6 --rateest-interval 250.0ms --rateest-ewmalog 1.0s;OK
-s 255.255.255.255 -o lo -p icmpv6 -j RATEEST --rateest-name XE18 --rateest-ewmalog 500ms --rateest-interval 250ms;-s 255.255.255.255/32 -o lo -p ipv6-icmp -j RATEEST --rateest-name XE18 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms;OK
*filter
:u
-p dccp -j RATEEST --rateest-ewmalog 1s --rateest-name XE14 --rateest-interval 250ms;-p dccp -j RATEEST --rateest-name XE14 --rateest-interval 250.0ms --rateest-ewmalog 1.0s;OK
-s 10.1.2.3/0 -j RATEEST --rateest-name XE11 --rateest-interval 250ms --rateest-ewmalog 1s;-j RATEEST --rateest-name XE11 --rateest-interval 250.0ms --rateest-ewmalog 1.0s;OK
*raw
:OUTPUT
-j RATEEST --rateest-name XE16 --rateest-ewmalog 1s --rateest-interval 250ms;-j RATEEST --rateest-name XE16 --rateest-interval 250.0ms --rateest-ewmalog 1.0s;OK
*security
:OUTPUT
-p 41 -j RATEEST --rateest-interval 250ms --rateest-ewmalo 500ms --rateest-name XE4;-p ipv6 -j RATEEST --rateest-name XE4 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms;OK
%6
*filter
:FORWARD
! -p 41 -j RATEEST --rateest-name XE26 --rateest-interval 250ms --rateest-ewmalog 500ms;! -p ipv6 -j RATEEST --rateest-name XE26 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms;OK
-j RATEEST --rateest-name XE35 --rateest-interval 250ms --rateest-ewmalo 500ms;-j RATEEST --rateest-name XE35 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms;OK
*filter
:INPUT
-j RATEEST --rateest-ewmalog 500ms --rateest-name XE23 --rateest-interval 250ms;-j RATEEST --rateest-name XE23 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms;OK
-j RATEEST --rateest-interval 250ms --rateest-ewmalog 1s --rateest-name XE21;-j RATEEST --rateest-name XE21 --rateest-interval 250.0ms --rateest-ewmalog 1.0s;OK
-j RATEEST --rateest-interval 250ms --rateest-name XE30 --rateest-ewmalog 500ms;-j RATEEST --rateest-name XE30 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms;OK
-j RATEEST --rateest-name XE22 --rateest-interval 250ms --rateest-ewmalog 500ms;-j RATEEST --rateest-name XE22 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms;OK
-j RATEEST --rateest-name XE28 --rateest-ewmalog 500ms --rateest-interval 250ms;-j RATEEST --rateest-name XE28 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms;OK
-p 255 -j RATEEST --rateest-ewmalog 1s --rateest-interval 250ms --rateest-name XE33;-p 255 -j RATEEST --rateest-name XE33 --rateest-interval 250.0ms --rateest-ewmalog 1.0s;OK
-s ::ffff:192.0.2.1/64 -i abcdefghijklmno -j RATEEST --rateest-ewmalog 500ms --rateest-interval 250ms --rateest-name XE19;-s ::/64 -i abcdefghijklmno -j RATEEST --rateest-name XE19 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms;OK
*filter
:OUTPUT
! -p 41 -j RATEEST --rateest-ewmalog 500ms --rateest-interval 250ms --rateest-name XE24;! -p ipv6 -j RATEEST --rateest-name XE24 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms;OK
-j RATEEST --rateest-interval 250ms --rateest-name XE27 --rateest-ewmalog 1s;-j RATEEST --rateest-name XE27 --rateest-interval 250.0ms --rateest-ewmalog 1.0s;OK
-j RATEEST --rateest-name XE31 --rateest-ewmalog 500ms --rateest-interval 250ms;-j RATEEST --rateest-name XE31 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms;OK
*nat
:INPUT
-s fe80::1/128 -i + -j RATEEST --rateest-ewmalog 500ms --rateest-name XE34 --rateest-interval 250ms;-s fe80::1/128 -j RATEEST --rateest-name XE34 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms;OK
*raw
:PREROUTING
-j RATEEST --rateest-name XE29 --rateest-ewmalog 500ms --rateest-interval 250ms;-j RATEEST --rateest-name XE29 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms;OK
*security
:FORWARD
-i eth+ -j RATEEST --rateest-ewmalog 500ms --rateest-name XE20 --rateest-interval 250ms;-i eth+ -j RATEEST --rateest-name XE20 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms;OK
-j RATEEST --rateest-ewmalog 500ms --rateest-interval 250ms --rateest-nam XE25;-j RATEEST --rateest-name XE25 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms;OK
