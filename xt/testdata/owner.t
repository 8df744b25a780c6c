# match owner: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:OUTPUT
! -d 0.0.0.0/0 -m owner -j DROP;;FAIL
! -o eth0 -m owner;;FAIL
! -p icmpv6 -m owner ! --uid-owner 0 --gid-owner daemon;! -p ipv6-icmp -m owner ! --uid-owner 0 --gid-owner 1;OK
! -p udplite -m owner;;FAIL
-m owner --socket-exists ! --uid-owner daemon;-m owner --socket-exists ! --uid-owner 1;OK
-o eth+ -m owner --suppl-groups --gid-owner 7-5 -j DROP;;FAIL
-p udp -m owner ! --socket-exists --uid-owner daemon;-p udp -m owner ! --socket-exists --uid-owner 1;OK
-p udp -m owner --gid-owner 0 -j ACCEPT;=;OK
-s 127.0.0.1/255.255.0.0 -o eth+ -m owner ! --gid-owner root --socket-exists -j RETURN;-s 127.0.0.0/16 -o eth+ -m owner --socket-exists ! --gid-owner 0 -j RETURN;OK
*filter
:u
-o eth0 -m owner ! --socket-exists;=;OK
*mangle
:OUTPUT
-d 10.1/255.0.255.0 -m owner ! --uid-owner 5-5 --socket-exists;-d 10.0.0.0/255.0.255.0 -m owner --socket-exists ! --uid-owner 5;OK
*mangle
:u
-o lo -p sctp -m owner --socket-exists;=;OK
*nat
:POSTROUTING
-m owner ! --socket-exists;=;OK
*raw
:OUTPUT
-m owner --uid-owner 7-5 --gid-owner 5-7;;FAIL
-m owner;;FAIL
*security
:OUTPUT
! -p 255 -m owner -j ACCEPT;;FAIL
%6
*filter
:FORWARD
-o eth0 -m owner;;FAIL
*filter
:OUTPUT
! -s 2001:db8::1/ffff:ffff:: -m owner ! --socket-exists -j ACCEPT;! -s 2001:db8::/32 -m owner ! --socket-exists -j ACCEPT;OK
-d 2001:db8::1/129 -p 255 -m owner --uid-owner 0;;FAIL
-d ff02::1/0 -m owner --socket-exists;-m owner --socket-exists;OK
-m owner ! --socket-exists --suppl-groups --gid-owner 1000;;FAIL
-m owner --socket-exists;=;OK
-m owner --suppl-group ! --gid-owner 5-7;;FAIL
-m owner --uid-owner 5-7;=;OK
-m owner -j DROP;;FAIL
-p gre -m owner;;FAIL
-p sctp -m owner ! --gid-owner 4294967294;=;OK
*mangle
:OUTPUT
-d fe80::1 -m owner ! --socket-exists --gid-owner 1000;-d fe80::1/128 -m owner ! --socket-exists --gid-owner 1000;OK
*mangle
:u
-m owner --gid-owner 5-5 --suppl-groups -j DROP;-m owner --gid-owner 5 --suppl-groups -j DROP;OK
*nat
:POSTROUTING
-m owner --gid-owner 0x10 --suppl-groups --uid-owner 0;-m owner --uid-owner 0 --gid-owner 16 --suppl-groups;OK
*raw
:OUTPUT
-p esp -m owner ! --uid-owner daemon;-p esp -m owner ! --uid-owner 1;OK
*security
:OUTPUT
-m owner --socket-exists -j ACCEPT;=;OK
