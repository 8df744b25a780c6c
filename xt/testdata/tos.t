# match tos: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
-i lo -m tos ! --tos "1/0x3f" -j ACCEPT;-i lo -m tos ! --tos 0x01/0x3f -j ACCEPT;OK
-m tos --tos minimize-c -j ACCEPT;;FAIL
-s 0.0.0.0 -m tos --tos "0x10/0xff" -j RETURN;-s 0.0.0.0/32 -m tos --tos 0x10/0xff -j RETURN;OK
*filter
:INPUT
-m tos ! --tos "127/0x3f";-m tos ! --tos 0x7f/0x3f;OK
-m tos ! --tos 0x1;-m tos ! --tos 0x01/0xff;OK
-m tos ! --tos 10;-m tos ! --tos 0x0a/0xff;OK
*filter
:OUTPUT
-d 0.0.0.0 -m tos --tos "0x10/0xff";-d 0.0.0.0/32 -m tos --tos 0x10/0xff;OK
-d 10.1/0 -p TCP -m tos --tos 127 -j DROP;-p tcp -m tos --tos 0x7f/0xff -j DROP;OK
-m tos --tos "0x10/0xff";-m tos --tos 0x10/0xff;OK
-m tos --tos 0;-m tos --tos 0x00/0xff;OK
-s 10.1.2.3/255.0.255.0 ! -f -p icmpv6 -m tos ! --tos "255/0x3f";-s 10.0.2.0/255.0.255.0 -p ipv6-icmp ! -f -m tos ! --tos 0xff/0x3f;OK
*filter
:u
-i abcdefghijklmno ! -f -m tos --tos Minimize-Delay -j DROP;-i abcdefghijklmno ! -f -m tos --tos 0x10/0x3f -j DROP;OK
-p esp -m tos --tos 1;-p esp -m tos --tos 0x01/0xff;OK
*mangle
:FORWARD
-p udplite -m tos --tos 0xa -j RETURN;-p udplite -m tos --tos 0x0a/0xff -j RETURN;OK
*security
:FORWARD
-d 0.0.0.0 -f ! -p udplite -m tos --tos "1/0x3f" -j RETURN;-d 0.0.0.0/32 ! -p udplite -f -m tos --tos 0x01/0x3f -j RETURN;OK
-m tos ! --tos 254;-m tos ! --tos 0xfe/0xff;OK
%6
*filter
:FORWARD
-m tos ! --tos "0x10/0xff" -j RETURN;-m tos ! --tos 0x10/0xff -j RETURN;OK
-m tos --tos normal;;FAIL
*filter
:INPUT
-i eth+ -m tos --tos "0x10/0xff" -j RETURN;-i eth+ -m tos --tos 0x10/0xff -j RETURN;OK
-m tos ! --tos "1/0x3f" -j RETURN;-m tos ! --tos 0x01/0x3f -j RETURN;OK
-m tos --tos normal;;FAIL
-p ah -m tos --tos 0x7f;-p ah -m tos --tos 0x7f/0xff;OK
-p icmpv6 -m tos --tos "0x10/0xff" -j RETURN;-p ipv6-icmp -m tos --tos 0x10/0xff -j RETURN;OK
*filter
:OUTPUT
! -o lo -m tos ! --tos "0x10/0xff" -j DROP;! -o lo -m tos ! --tos 0x10/0xff -j DROP;OK
-m tos ! --tos "0x10/0xff";-m tos ! --tos 0x10/0xff;OK
-m tos ! --tos Minimize-Delay;-m tos ! --tos 0x10/0x3f;OK
-m tos --tos 254;-m tos --tos 0xfe/0xff;OK
-m tos --tos Minimize-Delay -j RETURN;-m tos --tos 0x10/0x3f -j RETURN;OK
-s ::/0 -m tos --tos "0x10/0xff";-m tos --tos 0x10/0xff;OK
*filter
:u
! -p dccp -m tos --tos 254 -j RETURN;! -p dccp -m tos --tos 0xfe/0xff -j RETURN;OK
*raw
:PREROUTING
-m tos ! --tos Minimize-Delay;-m tos ! --tos 0x10/0x3f;OK
-m tos --tos 0xff -j DROP;-m tos --tos 0xff/0xff -j DROP;OK
