# target MARK: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
! -p udp -j MARK --xor-mark 10;! -p udp -j MARK --set-xmark 0xa/0x0;OK
-i eth+ -j MARK --set-xmark 0x7fffffff;-i eth+ -j MARK --set-xmark 0x7fffffff/0xffffffff;OK
-p icmpv6 -j MARK --xor-mark 4294967294;-p ipv6-icmp -j MARK --set-xmark 0xfffffffe/0x0;OK
*filter
:INPUT
! -s 255.255.255.255/24 -f -j MARK --set-mar 10;! -s 255.255.255.0/24 -f -j MARK --set-xmark 0xa/0xffffffff;OK
-j MARK --and-mark 1;-j MARK --set-xmark 0x0/0xfffffffe;OK
-j MARK;;FAIL
-s 255.255.255.255/24 -j MARK --set-xmark "1/0xffffffff";-s 255.255.255.0/24 -j MARK --set-xmark 0x1/0xffffffff;OK
*filter
:OUTPUT
-j MARK --or-mark 2147483647;-j MARK --set-xmark 0x7fffffff/0x7fffffff;OK
-j MARK --set-mark 10;-j MARK --set-xmark 0xa/0xffffffff;OK
-p icmpv6 -j MARK --xor-mark 0xa;-p ipv6-icmp -j MARK --set-xmark 0xa/0x0;OK
-s 10.1.2.3/255.0.255.0 -j MARK;;FAIL
*filter
:u
-d 192.0.2.1/33 -j MARK --set-mark "0xa/4294967296";;FAIL
*raw
:OUTPUT
-j MARK --or-mark 4294967294;-j MARK --set-xmark 0xfffffffe/0xfffffffe;OK
*raw
:PREROUTING
-j MARK --set-xmark 4294967295;-j MARK --set-xmark 0xffffffff/0xffffffff;OK
*security
:FORWARD
-j MARK --xor-mark 4294967294;-j MARK --set-xmark 0xfffffffe/0x0;OK
*security
:OUTPUT
-s 10.1/24 ! -o lo ! -p tcp -j MARK --and-mark 0xfffffffe;-s 10.1.0.0/24 ! -o lo ! -p tcp -j MARK --set-xmark 0x0/0x1;OK
%6
*filter
:FORWARD
-s ::/ffff:ffff:: -d ::192.0.2.1/ffff:ffff:: -i + -p esp -j MARK;;FAIL
*filter
:INPUT
! -i eth0 -p udp -j MARK --and-mark 0;! -i eth0 -p udp -j MARK --set-xmark 0x0/0xffffffff;OK
! -p 41 -j MARK --and-mark 0;! -p ipv6 -j MARK --set-xmark 0x0/0xffffffff;OK
! -p udp -j MARK --set-mark 4294967294;! -p udp -j MARK --set-xmark 0xfffffffe/0xffffffff;OK
-p icmpv6 -j MARK --set-xmark 0xfffffffe --or-mar 0x1;;FAIL
-s fe80::1/0 -j MARK --set-xmark "0x7fffffff/0xff";-j MARK --set-xmark 0x7fffffff/0xff;OK
*filter
:OUTPUT
-j MARK --xor-mark 1;-j MARK --set-xmark 0x1/0x0;OK
-s :: -j MARK;;FAIL
*mangle
:INPUT
-s 2001:db8::1/0 -j MARK --or-mark 2147483647;-j MARK --set-xmark 0x7fffffff/0x7fffffff;OK
*mangle
:POSTROUTING
-d 2001:db8::1/ffff:ffff:: -p 255 -j MARK --xor-mark 0;-d 2001:db8::/32 -p 255 -j MARK --set-xmark 0x0/0x0;OK
*nat
:OUTPUT
! -o eth0 -j MARK --xor-mark 0;! -o eth0 -j MARK --set-xmark 0x0/0x0;OK
-j MARK --set-xmark 1;-j MARK --set-xmark 0x1/0xffffffff;OK
*nat
:POSTROUTING
-o + -j MARK;;FAIL
*nat
:PREROUTING
-j MARK --or-mark 1;-j MARK --set-xmark 0x1/0x1;OK
*raw
:OUTPUT
-j MARK --xor-mark 0x7fffffff;-j MARK --set-xmark 0x7fffffff/0x0;OK
*security
:FORWARD
! -p esp -j MARK --or-mark 10;! -p esp -j MARK --set-xmark 0xa/0xa;OK
