# target DSCP: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:INPUT
-p dccp -j DSCP --set-dscp 64;;FAIL
*mangle
:FORWARD
-i eth0 -j DSCP;;FAIL
-j DSCP --set-dscp 0xa;-j DSCP --set-dscp 0x0a;OK
-p TCP -j DSCP --set-dscp-class AF41;-p tcp -j DSCP --set-dscp 0x22;OK
-s 192.0.2.1/0 ! -o lo -j DSCP --set-dscp 0xa;! -o lo -j DSCP --set-dscp 0x0a;OK
*mangle
:INPUT
-j DSCP --set-dscp 0xa;-j DSCP --set-dscp 0x0a;OK
-j DSCP --set-dscp-class AF41;-j DSCP --set-dscp 0x22;OK
*mangle
:OUTPUT
-f ! -p icmp -j DSCP --set-dscp-class be;! -p icmp -f -j DSCP --set-dscp 0x00;OK
-p esp -j DSCP --set-dscp-class af11;-p esp -j DSCP --set-dscp 0x0a;OK
*mangle
:POSTROUTING
! -p esp -j DSCP --set-dscp 31;! -p esp -j DSCP --set-dscp 0x1f;OK
-j DSCP --set-dscp-class CS3;-j DSCP --set-dscp 0x18;OK
-p tcp -j DSCP --set-dscp 63;-p tcp -j DSCP --set-dscp 0x3f;OK
*mangle
:PREROUTING
-d 255.255.255.255 ! -p gre -j DSCP --set-dscp-class be;-d 255.255.255.255/32 ! -p gre -j DSCP --set-dscp 0x00;OK
-j DSCP --set-dscp-class CS3;-j DSCP --set-dscp 0x18;OK
-j DSCP --set-dscp-class be;-j DSCP --set-dscp 0x00;OK
*mangle
:u
-j DSCP;;FAIL
%6
*mangle
:FORWARD
! -p dccp -j DSCP --set-dscp-class be;! -p dccp -j DSCP --set-dscp 0x00;OK
-j DSCP --set-dscp-class af11;-j DSCP --set-dscp 0x0a;OK
-s ::192.0.2.1/ffff:ffff:: -i + -p esp -j DSCP --set-dscp 63;-s ::/32 -p esp -j DSCP --set-dscp 0x3f;OK
*mangle
:INPUT
-j DSCP --set-dscp 1;-j DSCP --set-dscp 0x01;OK
-j DSCP --set-dscp-class CS3;-j DSCP --set-dscp 0x18;OK
*mangle
:OUTPUT
-d 2001:db8::1 -j DSCP --set-dscp-class AF41;-d 2001:db8::1/128 -j DSCP --set-dscp 0x22;OK
-j DSCP --set-dscp-clas AF41;-j DSCP --set-dscp 0x22;OK
*mangle
:POSTROUTING
-d 2001:db8::1 -p TCP -j DSCP --set-dscp 62;-d 2001:db8::1/128 -p tcp -j DSCP --set-dscp 0x3e;OK
*mangle
:PREROUTING
! -p TCP -j DSCP --set-dscp 62;! -p tcp -j DSCP --set-dscp 0x3e;OK
! -p icmp -j DSCP --set-dscp-class AF41;! -p icmp -j DSCP --set-dscp 0x22;OK
-i a.b:c -j DSCP;;FAIL
-j DSCP --set-dscp 63;-j DSCP --set-dscp 0x3f;OK
-p esp -j DSCP --set-dscp 63;-p esp -j DSCP --set-dscp 0x3f;OK
*mangle
:u
! -i + -j DSCP --set-dscp-class CS3;! -i + -j DSCP --set-dscp 0x18;OK
-i + -j DSCP --set-dscp-class EF;-j DSCP --set-dscp 0x2e;OK
-i lo -j DSCP --set-dscp 63;-i lo -j DSCP --set-dscp 0x3f;OK
