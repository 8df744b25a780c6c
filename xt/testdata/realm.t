# match realm: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
! -p 41 -m realm --realm "0x5/0xff";! -p ipv6 -m realm --realm 0x5/0xff;OK
! -p TCP -m realm --realm 0 -j RETURN;! -p tcp -m realm --realm cosmos -j RETURN;OK
! -p udp -m realm --realm 5 -j RETURN;! -p udp -m realm --realm 0x5 -j RETURN;OK
! -p udplite -m realm --realm "0x5/0xff";! -p udplite -m realm --realm 0x5/0xff;OK
-m realm ! --realm 0;-m realm ! --realm cosmos;OK
-m realm --realm cosmos -j RETURN;=;OK
*filter
:INPUT
-i a.b:c -m realm --realm foo;;FAIL
-m realm ! --realm "0x5/0xff" -j ACCEPT;-m realm ! --realm 0x5/0xff -j ACCEPT;OK
*filter
:OUTPUT
-p 41 -m realm --realm foo;;FAIL
-p ah -m realm --realm cosmos;=;OK
*filter
:u
-m realm --realm 0;-m realm --realm cosmos;OK
*nat
:INPUT
-p icmpv6 -m realm --realm 0;-p ipv6-icmp -m realm --realm cosmos;OK
*nat
:POSTROUTING
-o eth0 -m realm --realm cosmos -j ACCEPT;=;OK
*raw
:OUTPUT
-m realm --realm cosmos -j DROP;=;OK
*security
:OUTPUT
! -s 255.255.255.255/32 -m realm ! --realm foo;;FAIL
-m realm --realm "0x5/0xff";-m realm --realm 0x5/0xff;OK
