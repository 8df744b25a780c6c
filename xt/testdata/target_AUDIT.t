# target AUDIT: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
! -p sctp -j AUDIT --type drop;=;OK
-j AUDIT --type drop;=;OK
*filter
:INPUT
! -d 192.0.2.1/255.255.0.0 -j AUDIT --type accept;! -d 192.0.0.0/16 -j AUDIT --type accept;OK
-j AUDIT --type REJECT;-j AUDIT --type reject;OK
-j AUDIT --type accept;=;OK
-j AUDIT --type drop;=;OK
-j AUDIT --type foo;;FAIL
-p 255 -j AUDIT --type foo;;FAIL
*filter
:OUTPUT
! -d 10.1.2.3/24 -p sctp -j AUDIT --type REJECT;! -d 10.1.2.0/24 -p sctp -j AUDIT --type reject;OK
-d 0.0.0.0/0 -o eth+ -p ah -j AUDIT --type drop;-o eth+ -p ah -j AUDIT --type drop;OK
-d 255.255.255.255/255.0.255.0 -j AUDIT --type drop;-d 255.0.255.0/255.0.255.0 -j AUDIT --type drop;OK
-f -j AUDIT --typ REJECT;-f -j AUDIT --type reject;OK
*filter
:u
-j AUDIT --type REJECT;-j AUDIT --type reject;OK
*nat
:u
-o eth+ -f -j AUDIT --type accept;=;OK
*security
:OUTPUT
! -s 192.0.2.1 -p udplite -j AUDIT --type REJECT;! -s 192.0.2.1/32 -p udplite -j AUDIT --type reject;OK
%6
*filter
:FORWARD
-j AUDIT --type REJECT;-j AUDIT --type reject;OK
*filter
:INPUT
! -p gre -j AUDIT --typ REJECT;! -p gre -j AUDIT --type reject;OK
! -p sctp -j AUDIT --type drop;=;OK
! -s ff02::1/ffff:ffff:: -j AUDIT --type foo;;FAIL
-d 2001:db8:0:1:2:3:4:5/ffff:ffff:: -p dccp -j AUDIT --type REJECT;-d 2001:db8::/32 -p dccp -j AUDIT --type reject;OK
-j AUDIT --type REJECT;-j AUDIT --type reject;OK
-j AUDIT --type drop;=;OK
*filter
:OUTPUT
-d 2001:db8:0:1:2:3:4:5/128 -p icmpv6 -j AUDIT --type accept;-d 2001:db8:0:1:2:3:4:5/128 -p ipv6-icmp -j AUDIT --type accept;OK
-d ::/129 -o + -p gre -j AUDIT --type REJECT;;FAIL
-o + -p 41 -j AUDIT --type drop;-p ipv6 -j AUDIT --type drop;OK
*filter
:u
-j AUDIT --type REJECT;-j AUDIT --type reject;OK
*mangle
:u
-j AUDIT --type drop;=;OK
*nat
:POSTROUTING
-j AUDIT --type drop;=;OK
*raw
:OUTPUT
-p 41 -j AUDIT --type REJECT;-p ipv6 -j AUDIT --type reject;OK
*raw
:PREROUTING
-j AUDIT --type REJECT;-j AUDIT --type reject;OK
