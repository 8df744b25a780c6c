# target NOTRACK: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*raw
:OUTPUT
! -d 127.0.0.1/255.0.255.0 -j NOTRACK;! -d 127.0.0.0/255.0.255.0 -j NOTRACK;OK
-d 10.1.2.3/255.255.0.0 -j NOTRACK;-d 10.1.0.0/16 -j NOTRACK;OK
-j NOTRACK;=;OK
-p udplite -j NOTRACK;=;OK
-s 127.0.0.1/255.0.255.0 -p esp -j NOTRACK;-s 127.0.0.0/255.0.255.0 -p esp -j NOTRACK;OK
*raw
:PREROUTING
-d 10.1.2.3/255.255.0.0 -j NOTRACK;-d 10.1.0.0/16 -j NOTRACK;OK
-d 127.0.0.1/24 -j NOTRACK;-d 127.0.0.0/24 -j NOTRACK;OK
-i eth+ -p sctp -j NOTRACK;=;OK
-j NOTRACK;=;OK
-p TCP -j NOTRACK;-p tcp -j NOTRACK;OK
-s 10.1.2.3/255.0.255.0 -d 127.0.0.1/32 -p icmpv6 -j NOTRACK;-s 10.0.2.0/255.0.255.0 -d 127.0.0.1/32 -p ipv6-icmp -j NOTRACK;OK
*raw
:u
! -p sctp -j NOTRACK;=;OK
-j NOTRACK;=;OK
%6
*filter
:OUTPUT
-j NOTRACK;;FAIL
*raw
:OUTPUT
-j NOTRACK;=;OK
-p icmp -j NOTRACK;=;OK
*raw
:PREROUTING
-i abcdefghijklmno -p ah -j NOTRACK;=;OK
-j NOTRACK;=;OK
-p tcp -j NOTRACK;=;OK
-p udplite -j NOTRACK;=;OK
*raw
:u
-i eth0 ! -o lo -j NOTRACK;=;OK
