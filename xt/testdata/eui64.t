# match eui64: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%6
*filter
:FORWARD
! -p udplite -m eui64 -j DROP;=;OK
-i eth0 -m eui64 -j DROP;=;OK
-o + -m eui64;-m eui64;OK
-p esp -m eui64 -j DROP;=;OK
*filter
:INPUT
! -p sctp -m eui64;=;OK
! -s ::ffff:192.0.2.1/ffff:ffff:: ! -p esp -m eui64;! -s ::/32 ! -p esp -m eui64;OK
-m eui64 -j DROP;=;OK
-m eui64;=;OK
-p sctp -m eui64;=;OK
-s ::192.0.2.1/ffff:ffff:: -m eui64;-s ::/32 -m eui64;OK
*filter
:u
-o eth0 -p dccp -m eui64;=;OK
-s ::/128 -p udp -m eui64 -j DROP;=;OK
*mangle
:INPUT
-m eui64;=;OK
-p tcp -m eui64 -j RETURN;=;OK
*security
:FORWARD
-m eui64 -j DROP;=;OK
*security
:INPUT
-m eui64;=;OK
