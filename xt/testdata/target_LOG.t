# target LOG: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
! -i a.b:c -o eth+ -p icmpv6 -j LOG;! -i a.b:c -o eth+ -p ipv6-icmp -j LOG;OK
! -o + -j LOG --log-prefix x --log-macdecode --log-tcp-sequence;! -o + -j LOG --log-prefix x --log-tcp-sequence --log-macdecode;OK
-d 10.1.2.3/255.0.255.0 -j LOG --log-prefix "quote \" and \\" --log-tcp-options;-d 10.0.2.0/255.0.255.0 -j LOG --log-prefix "quote \" and \\" --log-tcp-options;OK
-f -p ah -j LOG --log-tcp-option --log-macdecode --log-prefix "[UFW BLOCK] ";-p ah -f -j LOG --log-prefix "[UFW BLOCK] " --log-tcp-options --log-macdecode;OK
-j LOG --log-macdecode;=;OK
-j LOG --log-tcp-options --log-ip-option --log-level 4;-j LOG --log-tcp-options --log-ip-options;OK
-j LOG --log-uid;=;OK
*filter
:INPUT
-j LOG --log-tcp-sequence;=;OK
-p udp -j LOG --log-tcp-options;=;OK
*filter
:OUTPUT
! -p tcp -j LOG --log-uid --log-tcp-options --log-ip-options;! -p tcp -j LOG --log-tcp-options --log-ip-options --log-uid;OK
-j LOG;=;OK
*filter
:u
-f -p esp -j LOG;-p esp -f -j LOG;OK
*mangle
:OUTPUT
-j LOG --log-tcp-sequence --log-ip-options;=;OK
*nat
:PREROUTING
-j LOG --log-uid --log-macdecode;=;OK
*raw
:OUTPUT
-p esp -j LOG;=;OK
*raw
:PREROUTING
! -p esp -j LOG --log-ip-options --log-tcp-options;! -p esp -j LOG --log-tcp-options --log-ip-options;OK
%6
*filter
:FORWARD
-j LOG --log-ip-options --log-tcp-sequence --log-level 4;-j LOG --log-tcp-sequence --log-ip-options;OK
-j LOG --log-tcp-sequence --log-ip-options;=;OK
-s ::/64 -d ::/64 -j LOG --log-ip-options;=;OK
-s ::ffff:192.0.2.1/128 ! -i a.b:c -j LOG --log-ip-options --log-level 4;-s ::ffff:192.0.2.1/128 ! -i a.b:c -j LOG --log-ip-options;OK
*filter
:INPUT
! -p tcp -j LOG --log-tcp-sequence --log-ip-options;=;OK
-j LOG --log-level 0x3;-j LOG --log-level 3;OK
-j LOG --log-uid --log-macdecode --log-prefix x;-j LOG --log-prefix x --log-uid --log-macdecode;OK
-j LOG;=;OK
*filter
:OUTPUT
-j LOG --log-level debug --log-prefix "[UFW BLOCK] " --log-macdecode;-j LOG --log-prefix "[UFW BLOCK] " --log-level 7 --log-macdecode;OK
-o eth+ -p sctp -j LOG --log-uid --log-tcp-options;-o eth+ -p sctp -j LOG --log-tcp-options --log-uid;OK
-s ::/64 -j LOG --log-macdecode;=;OK
*mangle
:OUTPUT
-p ah -j LOG --log-leve debug --log-uid --log-prefix "[UFW BLOCK] ";-p ah -j LOG --log-prefix "[UFW BLOCK] " --log-level 7 --log-uid;OK
*nat
:INPUT
-j LOG;=;OK
*nat
:OUTPUT
-d fe80::1/64 -j LOG;-d fe80::/64 -j LOG;OK
*raw
:OUTPUT
-p 41 -j LOG;-p ipv6 -j LOG;OK
