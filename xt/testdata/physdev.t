# match physdev: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
-d 192.0.2.1/32 -m physdev --physdev-is-out --physdev-is-in --physdev-is-bridged -j ACCEPT;-d 192.0.2.1/32 -m physdev --physdev-is-in --physdev-is-out --physdev-is-bridged -j ACCEPT;OK
-m physdev;;FAIL
-s 255.255.255.255/0 -m physdev --physdev-is-out --physdev-in "+";-m physdev --physdev-in + --physdev-is-out;OK
*filter
:INPUT
! -s 127.0.0.1/24 -m physdev --physdev-in "vnet+";! -s 127.0.0.0/24 -m physdev --physdev-in vnet+;OK
! -s 255.255.255.255/32 -m physdev ! --physdev-is-out --physdev-is-in;! -s 255.255.255.255/32 -m physdev --physdev-is-in ! --physdev-is-out;OK
-m physdev --physdev-is-bridged ! --physdev-is-in;-m physdev ! --physdev-is-in --physdev-is-bridged;OK
-m physdev --physdev-is-in --physdev-in "vnet+" ! --physdev-out "+" -j DROP;-m physdev --physdev-is-in --physdev-in vnet+ ! --physdev-out + -j DROP;OK
-m physdev --physdev-is-in --physdev-is-out ! --physdev-in "vnet+" -j RETURN;-m physdev --physdev-is-in ! --physdev-in vnet+ --physdev-is-out -j RETURN;OK
-s 192.0.2.1/255.255.0.0 -p ah -m physdev ! --physdev-out eth0 ! --physdev-is-in;-s 192.0.0.0/16 -p ah -m physdev ! --physdev-is-in ! --physdev-out eth0;OK
*filter
:OUTPUT
-m physdev --physdev-is-bridged ! --physdev-out "vnet+" --physdev-is-in;-m physdev --physdev-is-in ! --physdev-out vnet+ --physdev-is-bridged;OK
*mangle
:INPUT
! -p 41 -m physdev --physdev-is-bridged;! -p ipv6 -m physdev --physdev-is-bridged;OK
*mangle
:OUTPUT
-m physdev --physdev-is-in;=;OK
*mangle
:u
! -d 0.0.0.0/24 -p 41 -m physdev --physdev-is-in -j RETURN;! -d 0.0.0.0/24 -p ipv6 -m physdev --physdev-is-in -j RETURN;OK
*nat
:OUTPUT
-m physdev ! --physdev-in "vnet+";-m physdev ! --physdev-in vnet+;OK
*raw
:OUTPUT
-m physdev ! --physdev-in eth0;=;OK
*raw
:PREROUTING
-m physdev --physdev-is-in --physdev-is-bridged;=;OK
%6
*filter
:FORWARD
! -d ::/64 -m physdev --physdev-is-in --physdev-out eth0 ! --physdev-is-bridged -j DROP;=;OK
-m physdev ! --physdev-is-in ! --physdev-is-out --physdev-in eth0;-m physdev ! --physdev-is-in --physdev-in eth0 ! --physdev-is-out;OK
*filter
:INPUT
! -p icmpv6 -m physdev ! --physdev-in "+" --physdev-is-in;! -p ipv6-icmp -m physdev --physdev-is-in ! --physdev-in +;OK
-d ff02::1/129 -m physdev --physdev-in eth0 --physdev-is-bridged --physdev-is-in -j RETURN;;FAIL
-m physdev ! --physdev-is-in --physdev-out eth0 -j RETURN;=;OK
-m physdev ! --physdev-is-out --physdev-in eth0 --physdev-out "vnet+" -j RETURN;-m physdev --physdev-in eth0 ! --physdev-is-out --physdev-out vnet+ -j RETURN;OK
-m physdev --physdev-in "vnet+" -j RETURN;-m physdev --physdev-in vnet+ -j RETURN;OK
-s ::ffff:192.0.2.1/ffff:ffff:: -p icmp -m physdev --physdev-out "vnet+" ! --physdev-is-in;-s ::/32 -p icmp -m physdev ! --physdev-is-in --physdev-out vnet+;OK
*filter
:OUTPUT
-p tcp -m physdev --physdev-out "+" --physdev-is-bridged ! --physdev-is-in;-p tcp -m physdev ! --physdev-is-in --physdev-out + --physdev-is-bridged;OK
*filter
:u
-p 41 -m physdev ! --physdev-is-bridged --physdev-out "+" --physdev-in eth0 -j RETURN;-p ipv6 -m physdev --physdev-in eth0 --physdev-out + ! --physdev-is-bridged -j RETURN;OK
*mangle
:OUTPUT
! -d fe80::1/129 -m physdev -j ACCEPT;;FAIL
*mangle
:PREROUTING
-m physdev --physdev-is-bridged;=;OK
*nat
:OUTPUT
-m physdev --physdev-is-in;=;OK
*raw
:PREROUTING
-s ::/0 -m physdev --physdev-is-in --physdev-in "vnet+" --physdev-is-out -j RETURN;-m physdev --physdev-is-in --physdev-in vnet+ --physdev-is-out -j RETURN;OK
*security
:INPUT
! -p 41 -m physdev --physdev-in eth0 --physdev-is-bridged;! -p ipv6 -m physdev --physdev-in eth0 --physdev-is-bridged;OK
*security
:OUTPUT
! -p ah -m physdev --physdev-out "vnet+" --physdev-is-bridged -j DROP;! -p ah -m physdev --physdev-out vnet+ --physdev-is-bridged -j DROP;OK
