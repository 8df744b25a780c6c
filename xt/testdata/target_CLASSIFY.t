# target CLASSIFY: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
! -s 127.0.0.1 ! -o + -j CLASSIFY --set-class "ffff:ffff";! -s 127.0.0.1/32 ! -o + -j CLASSIFY --set-class ffff:ffff;OK
-d 255.255.255.255 -j CLASSIFY --set-class "0x1:0x2";-d 255.255.255.255/32 -j CLASSIFY --set-class 0001:0002;OK
-j CLASSIFY --set-class "1:2x";-j CLASSIFY --set-class 0001:0002;OK
-o eth0 ! -p icmp -j CLASSIFY --set-class "0x1:0x2";-o eth0 ! -p icmp -j CLASSIFY --set-class 0001:0002;OK
-o lo ! -p tcp -j CLASSIFY --set-class "10000:1";-o lo ! -p tcp -j CLASSIFY --set-class 0000:0001;OK
-s 10.1.2.3 ! -d 10.1.2.3/32 -j CLASSIFY --set-class "0x1:0x2";-s 10.1.2.3/32 ! -d 10.1.2.3/32 -j CLASSIFY --set-class 0001:0002;OK
*filter
:OUTPUT
-j CLASSIFY --set-class "1:2x";-j CLASSIFY --set-class 0001:0002;OK
-o eth0 ! -p 255 -j CLASSIFY --set-class "0x1:0x2";-o eth0 ! -p 255 -j CLASSIFY --set-class 0001:0002;OK
-o lo -j CLASSIFY --set-class "0x1:0x2";-o lo -j CLASSIFY --set-class 0001:0002;OK
-p udplite -j CLASSIFY --set-class "g:1";;FAIL
*filter
:u
-j CLASSIFY --set-clas 1;;FAIL
*mangle
:FORWARD
-j CLASSIFY --set-class "0x1:0x2";-j CLASSIFY --set-class 0001:0002;OK
-s 10.1.2.3/255.0.255.0 -d 255.255.255.255/0 ! -p udplite -j CLASSIFY --set-class "1:2x";-s 10.0.2.0/255.0.255.0 ! -p udplite -j CLASSIFY --set-class 0001:0002;OK
*nat
:OUTPUT
-s 255.255.255.255/255.0.255.0 -j CLASSIFY --set-class "0x1:0x2";-s 255.0.255.0/255.0.255.0 -j CLASSIFY --set-class 0001:0002;OK
*nat
:POSTROUTING
-j CLASSIFY --set-class "1:2";-j CLASSIFY --set-class 0001:0002;OK
*raw
:OUTPUT
-d 127.0.0.1/255.0.255.0 -p esp -j CLASSIFY --set-class "1:2x";-d 127.0.0.0/255.0.255.0 -p esp -j CLASSIFY --set-class 0001:0002;OK
%6
*filter
:FORWARD
! -d ::192.0.2.1/ffff:ffff:: -p 255 -j CLASSIFY --set-class "10000:1";! -d ::/32 -p 255 -j CLASSIFY --set-class 0000:0001;OK
-i lo ! -p tcp -j CLASSIFY --set-class "10000:1";-i lo ! -p tcp -j CLASSIFY --set-class 0000:0001;OK
-j CLASSIFY --set-class "0x1:0x2";-j CLASSIFY --set-class 0001:0002;OK
-j CLASSIFY --set-class "1:2";-j CLASSIFY --set-class 0001:0002;OK
*filter
:OUTPUT
! -p icmp -j CLASSIFY --set-clas "0x1:0x2";! -p icmp -j CLASSIFY --set-class 0001:0002;OK
! -s 2001:db8::1/128 -o eth+ -j CLASSIFY --set-class "1:2";! -s 2001:db8::1/128 -o eth+ -j CLASSIFY --set-class 0001:0002;OK
! -s ::/64 -p udp -j CLASSIFY --set-class "0x1:0x2";! -s ::/64 -p udp -j CLASSIFY --set-class 0001:0002;OK
-j CLASSIFY --set-class "10000:1";-j CLASSIFY --set-class 0000:0001;OK
-j CLASSIFY --set-class "1:2";-j CLASSIFY --set-class 0001:0002;OK
*filter
:u
-j CLASSIFY --set-class "ffff:ffff";-j CLASSIFY --set-class ffff:ffff;OK
*nat
:OUTPUT
! -p ah -j CLASSIFY --set-class "0x1:0x2";! -p ah -j CLASSIFY --set-class 0001:0002;OK
-j CLASSIFY --set-class "1:2x";-j CLASSIFY --set-class 0001:0002;OK
*nat
:POSTROUTING
-j CLASSIFY --set-class "1:2";-j CLASSIFY --set-class 0001:0002;OK
*raw
:OUTPUT
! -p udplite -j CLASSIFY --set-class 1;;FAIL
-s ff02::1/64 ! -d 2001:db8::1/64 ! -p esp -j CLASSIFY --set-class 1;;FAIL
*raw
:u
! -p tcp -j CLASSIFY --set-class "ffff:ffff";! -p tcp -j CLASSIFY --set-class ffff:ffff;OK
