# target TOS: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*mangle
:INPUT
! -p icmp -j TOS --or-tos 0x7f;! -p icmp -j TOS --set-tos 0x7f/0x7f;OK
-d 192.0.2.1/24 -j TOS --or-tos 0x0;-d 192.0.2.0/24 -j TOS --set-tos 0x00/0x00;OK
-i eth0 -p icmp -j TOS --or-tos 127;-i eth0 -p icmp -j TOS --set-tos 0x7f/0x7f;OK
-p 41 -j TOS --set-tos "0x10/0xff";-p ipv6 -j TOS --set-tos 0x10/0xff;OK
*mangle
:OUTPUT
-j TOS --set-tos "0x10/0xff";-j TOS --set-tos 0x10/0xff;OK
-p icmpv6 -j TOS --xor-tos 255;-p ipv6-icmp -j TOS --set-tos 0xff/0x00;OK
-p tcp -j TOS --or-tos 255;-p tcp -j TOS --set-tos 0xff/0xff;OK
*mangle
:POSTROUTING
! -d 0.0.0.0/0 -j TOS;;FAIL
! -p ah -j TOS --and-tos 0xfe;! -p ah -j TOS --set-tos 0x00/0x01;OK
! -p icmpv6 -j TOS --xor-to 127;! -p ipv6-icmp -j TOS --set-tos 0x7f/0x00;OK
-j TOS --or-tos 255;-j TOS --set-tos 0xff/0xff;OK
-o + -p dccp -j TOS --or-tos 10;-p dccp -j TOS --set-tos 0x0a/0x0a;OK
-p udp -j TOS;;FAIL
*mangle
:PREROUTING
-d 192.0.2.1/255.255.0.0 -j TOS --set-tos 0;-d 192.0.0.0/16 -j TOS --set-tos 0x00/0xff;OK
*mangle
:u
-i abcdefghijklmno -j TOS --and-tos 1;-i abcdefghijklmno -j TOS --set-tos 0x00/0xfe;OK
-j TOS --xor-tos 10;-j TOS --set-tos 0x0a/0x00;OK
%6
*mangle
:FORWARD
! -i a.b:c ! -p sctp -j TOS --xor-tos 254;! -i a.b:c ! -p sctp -j TOS --set-tos 0xfe/0x00;OK
-j TOS --and-tos 0x7f;-j TOS --set-tos 0x00/0x80;OK
-o + -p gre -j TOS --and-tos 254;-p gre -j TOS --set-tos 0x00/0x01;OK
*mangle
:INPUT
! -s ::ffff:192.0.2.1 -j TOS --or-tos 1;! -s ::ffff:192.0.2.1/128 -j TOS --set-tos 0x01/0x01;OK
-i + -j TOS --xor-tos 1;-j TOS --set-tos 0x01/0x00;OK
-j TOS --or-tos 1;-j TOS --set-tos 0x01/0x01;OK
-j TOS --xor-tos 0;-j TOS --set-tos 0x00/0x00;OK
*mangle
:OUTPUT
-j TOS --xor-tos 255;-j TOS --set-tos 0xff/0x00;OK
*mangle
:POSTROUTING
-j TOS --and-tos 10;-j TOS --set-tos 0x00/0xf5;OK
-s 2001:db8:0:1:2:3:4:5/128 -j TOS --or-tos 0;-s 2001:db8:0:1:2:3:4:5/128 -j TOS --set-tos 0x00/0x00;OK
*mangle
:PREROUTING
-i a.b:c -j TOS --or-tos 0;-i a.b:c -j TOS --set-tos 0x00/0x00;OK
-p 255 -j TOS --xor-tos 1;-p 255 -j TOS --set-tos 0x01/0x00;OK
-p TCP -j TOS --and-tos 0;-p tcp -j TOS --set-tos 0x00/0xff;OK
*mangle
:u
-i lo -j TOS;;FAIL
-j TOS --and-tos 0;-j TOS --set-tos 0x00/0xff;OK
-j TOS --xor-tos 127;-j TOS --set-tos 0x7f/0x00;OK
