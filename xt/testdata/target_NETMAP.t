# target NETMAP: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*nat
:INPUT
! -s 0.0.0.0/255.0.255.0 ! -p esp -j NETMAP --to "127.0.0.1";! -s 0.0.0.0/255.0.255.0 ! -p esp -j NETMAP --to 127.0.0.1/32;OK
! -s 10.1/24 -j NETMAP --to "255.255.255.255/24";! -s 10.1.0.0/24 -j NETMAP --to 255.255.255.0/24;OK
-i lo -j NETMAP --to "255.255.255.255";-i lo -j NETMAP --to 255.255.255.255/32;OK
-j NETMAP --to "10.1.2.3/33";-j NETMAP --to 10.1.2.3/32;OK
-j NETMAP --to "10.1/255.255.0.0";-j NETMAP --to 10.0.0.0/16;OK
-p icmpv6 -j NETMAP --to "10.1.2.3/255.0.255.0";-p ipv6-icmp -j NETMAP --to 10.1.2.3/32;OK
*nat
:OUTPUT
-d 127.0.0.1/255.0.255.0 -p esp -j NETMAP --to "192.0.2.1/24";-d 127.0.0.0/255.0.255.0 -p esp -j NETMAP --to 192.0.2.0/24;OK
-j NETMAP --to "127.0.0.1/255.0.255.0";-j NETMAP --to 127.0.0.1/32;OK
-s 192.0.2.1/32 -j NETMAP --to "10.1";-s 192.0.2.1/32 -j NETMAP --to 10.0.0.1/32;OK
*nat
:POSTROUTING
-d 192.0.2.1 -j NETMAP --to "127.0.0.1/255.0.255.0";-d 192.0.2.1/32 -j NETMAP --to 127.0.0.1/32;OK
-f -j NETMAP --to "255.255.255.255/0";-f -j NETMAP --to 0.0.0.0/0;OK
-s 10.1/255.0.255.0 -o lo -j NETMAP --to "0.0.0.0/33";-s 10.0.0.0/255.0.255.0 -o lo -j NETMAP --to 0.0.0.0/32;OK
*nat
:PREROUTING
! -i + -j NETMAP --to "192.0.2.1";! -i + -j NETMAP --to 192.0.2.1/32;OK
! -s 127.0.0.1/24 -j NETMAP --to "10.1";! -s 127.0.0.0/24 -j NETMAP --to 10.0.0.1/32;OK
*nat
:u
! -o eth+ -j NETMAP --to "10.1/33";! -o eth+ -j NETMAP --to 10.0.0.1/32;OK
-d 192.0.2.1/33 -o + -j NETMAP --to "127.0.0.1";;FAIL
%6
*nat
:INPUT
-d ::ffff:192.0.2.1/0 -j NETMAP --to "::192.0.2.1";-j NETMAP --to ::192.0.2.1/128;OK
-j NETMAP --to "2001:db8::1";-j NETMAP --to 2001:db8::1/128;OK
-j NETMAP --to "2001:db8::1/ffff:ffff::";-j NETMAP --to 2001:db8::/32;OK
-j NETMAP --to "fe80::1";-j NETMAP --to fe80::1/128;OK
-j NETMAP --to "fe80::1/0";-j NETMAP --to ::/0;OK
-j NETMAP --to "ff02::1";-j NETMAP --to ff02::1/128;OK
-p icmp -j NETMAP --to "ff02::1/0";-p icmp -j NETMAP --to ::/0;OK
*nat
:POSTROUTING
-d ff02::1/64 ! -p udp -j NETMAP --to "ff02::1/0";-d ff02::/64 ! -p udp -j NETMAP --to ::/0;OK
-j NETMAP --to "2001:db8::1/ffff:ffff::";-j NETMAP --to 2001:db8::/32;OK
-p 255 -j NETMAP --to "2001:db8:0:1:2:3:4:5/ffff:ffff::";-p 255 -j NETMAP --to 2001:db8::/32;OK
*nat
:PREROUTING
-i + -j NETMAP --to "fe80::1/64";-j NETMAP --to fe80::/64;OK
-j NETMAP --to "2001:db8:0:1:2:3:4:5/ffff:ffff::";-j NETMAP --to 2001:db8::/32;OK
-s 2001:db8::1/64 -j NETMAP --to "::ffff:192.0.2.1/0";-s 2001:db8::/64 -j NETMAP --to ::/0;OK
*nat
:u
! -p TCP -j NETMAP --to "::192.0.2.1/0";! -p tcp -j NETMAP --to ::/0;OK
! -p ah -j NETMAP --to "::/0";! -p ah -j NETMAP --to ::/0;OK
-o lo -j NETMAP --to "::ffff:192.0.2.1/ffff:ffff::";-o lo -j NETMAP --to ::/32;OK
