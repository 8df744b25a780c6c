# target TRACE: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
! -o + -j TRACE;=;OK
-d 127.0.0.1/32 -i a.b:c -j TRACE;=;OK
-f -p esp -j TRACE;-p esp -f -j TRACE;OK
*filter
:INPUT
! -s 10.1/0 -p TCP -j TRACE;;FAIL
-i + -j TRACE;-j TRACE;OK
-j TRACE;=;OK
-p icmpv6 -j TRACE;-p ipv6-icmp -j TRACE;OK
*filter
:OUTPUT
-j TRACE;=;OK
*filter
:u
-j TRACE;=;OK
-o eth+ -p sctp -j TRACE;=;OK
*mangle
:FORWARD
-s 10.1/255.0.255.0 -j TRACE;-s 10.0.0.0/255.0.255.0 -j TRACE;OK
*nat
:POSTROUTING
-s 10.1.2.3/24 ! -f -j TRACE;-s 10.1.2.0/24 ! -f -j TRACE;OK
*raw
:OUTPUT
-p 255 -j TRACE;=;OK
*raw
:PREROUTING
-i + -p gre -j TRACE;-p gre -j TRACE;OK
%6
*filter
:FORWARD
! -d ff02::1/ffff:ffff:: -j TRACE;! -d ff02::/32 -j TRACE;OK
-i eth+ -j TRACE;=;OK
-p icmp -j TRACE;=;OK
*filter
:INPUT
-j TRACE;=;OK
-s 2001:db8::1 -j TRACE;-s 2001:db8::1/128 -j TRACE;OK
*filter
:OUTPUT
-j TRACE;=;OK
-p 41 -j TRACE;-p ipv6 -j TRACE;OK
*filter
:u
-p esp -j TRACE;=;OK
*mangle
:FORWARD
-s ::ffff:192.0.2.1 -j TRACE;-s ::ffff:192.0.2.1/128 -j TRACE;OK
*mangle
:POSTROUTING
-o lo -j TRACE;=;OK
*mangle
:u
-i lo -j TRACE;=;OK
*raw
:PREROUTING
-j TRACE;=;OK
*security
:INPUT
-d ::ffff:192.0.2.1/ffff:ffff:: -j TRACE;-d ::/32 -j TRACE;OK
-j TRACE;=;OK
*security
:OUTPUT
-d ::192.0.2.1/128 -j TRACE;=;OK
