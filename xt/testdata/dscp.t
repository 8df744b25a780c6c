# match dscp: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
-f -m dscp --dscp 62 -j DROP;-f -m dscp --dscp 0x3e -j DROP;OK
-m dscp --dscp 62;-m dscp --dscp 0x3e;OK
*filter
:INPUT
! -i + -m dscp --dscp 0;! -i + -m dscp --dscp 0x00;OK
! -p dccp -m dscp --dscp-class EF;! -p dccp -m dscp --dscp 0x2e;OK
! -p udp -m dscp --dscp 1 -j RETURN;! -p udp -m dscp --dscp 0x01 -j RETURN;OK
*filter
:OUTPUT
! -d 0.0.0.0 -m dscp --dscp 0x1f -j DROP;! -d 0.0.0.0/32 -m dscp --dscp 0x1f -j DROP;OK
! -d 255.255.255.255 -m dscp ! --dscp-class AF41;! -d 255.255.255.255/32 -m dscp ! --dscp 0x22;OK
-d 127.0.0.1/0 -m dscp --dscp 63 -j DROP;-m dscp --dscp 0x3f -j DROP;OK
-m dscp --dscp 31;-m dscp --dscp 0x1f;OK
-m dscp --dscp-class EF -j ACCEPT;-m dscp --dscp 0x2e -j ACCEPT;OK
-p sctp -m dscp --dscp-class CS3;-p sctp -m dscp --dscp 0x18;OK
*filter
:u
-p esp -m dscp --dscp-class be -j RETURN;-p esp -m dscp --dscp 0x00 -j RETURN;OK
-s 192.0.2.1/255.255.0.0 -p ah -m dscp --dscp-class AF41;-s 192.0.0.0/16 -p ah -m dscp --dscp 0x22;OK
-s 255.255.255.255/32 -p tcp -m dscp --dscp-class be;-s 255.255.255.255/32 -p tcp -m dscp --dscp 0x00;OK
*mangle
:OUTPUT
-m dscp --dscp 62 -j RETURN;-m dscp --dscp 0x3e -j RETURN;OK
*raw
:OUTPUT
-d 255.255.255.255/255.0.255.0 -m dscp ! --dscp-class af11 -j DROP;-d 255.0.255.0/255.0.255.0 -m dscp ! --dscp 0x0a -j DROP;OK
%6
*filter
:FORWARD
-m dscp --dscp 0x3f -j RETURN;=;OK
-p TCP -m dscp --dscp-class be -j DROP;-p tcp -m dscp --dscp 0x00 -j DROP;OK
-s ::/ffff:ffff:: -m dscp ! --dscp-class EF;-s ::/32 -m dscp ! --dscp 0x2e;OK
*filter
:INPUT
-d 2001:db8:0:1:2:3:4:5/ffff:ffff:: -m dscp;;FAIL
-m dscp --dscp-class be;-m dscp --dscp 0x00;OK
-m dscp;;FAIL
-p icmp -m dscp --dscp-class EF;-p icmp -m dscp --dscp 0x2e;OK
-s 2001:db8:0:1:2:3:4:5/128 ! -p udplite -m dscp --dscp 1;-s 2001:db8:0:1:2:3:4:5/128 ! -p udplite -m dscp --dscp 0x01;OK
*filter
:OUTPUT
-p icmpv6 -m dscp --dscp 0xa -j RETURN;-p ipv6-icmp -m dscp --dscp 0x0a -j RETURN;OK
*mangle
:FORWARD
-p icmp -m dscp --dscp 62 -j DROP;-p icmp -m dscp --dscp 0x3e -j DROP;OK
*nat
:PREROUTING
! -p tcp -m dscp --dscp 1;! -p tcp -m dscp --dscp 0x01;OK
*raw
:OUTPUT
-m dscp --dscp 1 -j ACCEPT;-m dscp --dscp 0x01 -j ACCEPT;OK
-p TCP -m dscp --dscp 0;-p tcp -m dscp --dscp 0x00;OK
*raw
:PREROUTING
! -d ff02::1 -p sctp -m dscp ! --dscp-class CS3 -j DROP;! -d ff02::1/128 -p sctp -m dscp ! --dscp 0x18 -j DROP;OK
*security
:INPUT
-d fe80::1/128 -m dscp;;FAIL
-m dscp --dscp 0x1f;=;OK
