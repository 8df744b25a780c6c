# match cpu: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
-s 10.1/33 -m cpu --cpu 0xa -j DROP;;FAIL
-s 255.255.255.255/0 -m cpu ! --cpu 0;-m cpu ! --cpu 0;OK
*filter
:INPUT
! -p 41 -m cpu --cpu 0;! -p ipv6 -m cpu --cpu 0;OK
-m cpu --cpu 0x1;-m cpu --cpu 1;OK
-m cpu --cpu 2147483647 -j RETURN;=;OK
-p 255 -m cpu ! --cpu 4294967294 -j ACCEPT;=;OK
-p gre -m cpu --cpu 2147483647;=;OK
-p udplite -m cpu --cpu 0xa;-p udplite -m cpu --cpu 10;OK
-s 255.255.255.255/32 -m cpu ! --cpu 4294967295;=;OK
*filter
:OUTPUT
! -p icmpv6 -m cpu --cpu 10 -j ACCEPT;! -p ipv6-icmp -m cpu --cpu 10 -j ACCEPT;OK
-d 10.1/32 -m cpu --cpu 4294967295 -j ACCEPT;-d 10.1.0.0/32 -m cpu --cpu 4294967295 -j ACCEPT;OK
-m cpu --cpu 0x1;-m cpu --cpu 1;OK
-m cpu --cpu 0xa;-m cpu --cpu 10;OK
-m cpu --cpu 2147483647;=;OK
*nat
:INPUT
-i eth0 -m cpu --cpu 1;=;OK
*security
:INPUT
-m cpu --cpu 4294967294 -j RETURN;=;OK
%6
*filter
:FORWARD
-p 41 -m cpu --cpu 1;-p ipv6 -m cpu --cpu 1;OK
-p esp -m cpu --cpu 4294967295;=;OK
*filter
:INPUT
-m cpu ! --cpu 0;=;OK
-m cpu ! --cpu 4294967295;=;OK
-m cpu --cpu 10;=;OK
-m cpu --cpu 2147483647;=;OK
*filter
:OUTPUT
-d fe80::1/128 -m cpu ! --cpu 0xa;-d fe80::1/128 -m cpu ! --cpu 10;OK
-m cpu ! --cpu 4294967295;=;OK
-m cpu --cpu 0;=;OK
*filter
:u
-m cpu --cpu 4294967295;=;OK
*mangle
:INPUT
-m cpu ! --cpu 10;=;OK
-p udplite -m cpu ! --cpu 2147483647;=;OK
*nat
:OUTPUT
! -p ah -m cpu --cpu 0;=;OK
*security
:INPUT
! -i abcdefghijklmno -m cpu --cpu 10;=;OK
*security
:OUTPUT
-m cpu ! --cpu 1;=;OK
