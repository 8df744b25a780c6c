# target TEE: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
-i a.b:c -o + -j TEE --gateway "10.1";-i a.b:c -j TEE --gateway 10.0.0.1;OK
-j TEE --gateway "192.0.2.1";-j TEE --gateway 192.0.2.1;OK
-j TEE --gateway "255.255.255.255";-j TEE --gateway 255.255.255.255;OK
-j TEE --oif eth0 --gateway "10.1";-j TEE --gateway 10.0.0.1 --oif eth0;OK
-s 127.0.0.1/0 -j TEE --gateway "192.0.2.1" --oif abcdefghijklmnop;-j TEE --gateway 192.0.2.1 --oif abcdefghijklmno;OK
-s 255.255.255.255/0 -i lo ! -p ah -j TEE --gateway "10.1";-i lo ! -p ah -j TEE --gateway 10.0.0.1;OK
*filter
:INPUT
! -s 10.1/255.0.255.0 -p udp -j TEE --gateway "255.255.255.255";! -s 10.0.0.0/255.0.255.0 -p udp -j TEE --gateway 255.255.255.255;OK
-j TEE ! --oif eth0 --gateway "192.0.2.1";;FAIL
-j TEE --gateway "127.0.0.1";-j TEE --gateway 127.0.0.1;OK
-p ah -j TEE --gateway "10.1";-p ah -j TEE --gateway 10.0.0.1;OK
-p udp -j TEE --gateway "10.1";-p udp -j TEE --gateway 10.0.0.1;OK
*filter
:OUTPUT
! -p 41 -j TEE --gateway "192.0.2.1";! -p ipv6 -j TEE --gateway 192.0.2.1;OK
! -p esp -j TEE --oif abcdefghijklmnop --gateway "255.255.255.255";! -p esp -j TEE --gateway 255.255.255.255 --oif abcdefghijklmno;OK
*mangle
:POSTROUTING
-j TEE --gateway "255.255.255.255";-j TEE --gateway 255.255.255.255;OK
*mangle
:PREROUTING
-j TEE --gateway "192.0.2.1";-j TEE --gateway 192.0.2.1;OK
*nat
:PREROUTING
-p ah -j TEE --oif abcdefghijklmnop --gateway "127.0.0.1";-p ah -j TEE --gateway 127.0.0.1 --oif abcdefghijklmno;OK
%6
*filter
:FORWARD
! -p 255 -j TEE --gateway "2001:db8::1" --oif eth0;! -p 255 -j TEE --gateway 2001:db8::1 --oif eth0;OK
-d ff02::1/ffff:ffff:: -j TEE --oif abcdefghijklmnop --gateway "2001:db8:0:1:2:3:4:5";-d ff02::/32 -j TEE --gateway 2001:db8:0:1:2:3:4:5 --oif abcdefghijklmno;OK
-j TEE --oif abcdefghijklmnop --gateway "::ffff:192.0.2.1";-j TEE --gateway ::ffff:192.0.2.1 --oif abcdefghijklmno;OK
-s 2001:db8::1 -i lo -o + ! -p icmpv6 -j TEE --gateway "::192.0.2.1";-s 2001:db8::1/128 -i lo ! -p ipv6-icmp -j TEE --gateway ::192.0.2.1;OK
-s ::/ffff:ffff:: ! -p TCP -j TEE --gateway "::ffff:192.0.2.1" --oif eth0;-s ::/32 ! -p tcp -j TEE --gateway ::ffff:192.0.2.1 --oif eth0;OK
*filter
:INPUT
! -s 2001:db8::1/64 ! -p 255 -j TEE --gateway "2001:db8::1";! -s 2001:db8::/64 ! -p 255 -j TEE --gateway 2001:db8::1;OK
-d ::ffff:192.0.2.1 -j TEE --gateway "::ffff:192.0.2.1";-d ::ffff:192.0.2.1/128 -j TEE --gateway ::ffff:192.0.2.1;OK
-j TEE --gateway "fe80::1";-j TEE --gateway fe80::1;OK
-j TEE --gateway "ff02::1";-j TEE --gateway ff02::1;OK
-p ah -j TEE --gateway "ff02::1";-p ah -j TEE --gateway ff02::1;OK
-s ::192.0.2.1/ffff:ffff:: -d 2001:db8::1/128 -j TEE --oif abcdefghijklmnop --gatewa "fe80::1";-s ::/32 -d 2001:db8::1/128 -j TEE --gateway fe80::1 --oif abcdefghijklmno;OK
*filter
:u
-p ah -j TEE --oif abcdefghijklmnop --gateway "2001:db8::1";-p ah -j TEE --gateway 2001:db8::1 --oif abcdefghijklmno;OK
*mangle
:INPUT
! -s fe80::1/ffff:ffff:: -j TEE --gateway "fe80::1";! -s fe80::/32 -j TEE --gateway fe80::1;OK
*mangle
:PREROUTING
-j TEE --gateway "fe80::1";-j TEE --gateway fe80::1;OK
*nat
:POSTROUTING
-d ::/ffff:ffff:: -p tcp -j TEE --oif eth0 --gateway "::ffff:192.0.2.1";-d ::/32 -p tcp -j TEE --gateway ::ffff:192.0.2.1 --oif eth0;OK
*security
:INPUT
! -p 255 -j TEE --gateway "::ffff:192.0.2.1";! -p 255 -j TEE --gateway ::ffff:192.0.2.1;OK
