# match connmark: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
! -d 10.1/255.0.255.0 -m connmark --mark 4294967294;! -d 10.0.0.0/255.0.255.0 -m connmark --mark 0xfffffffe;OK
-m connmark --mark "4294967294/0";-m connmark --mark 0xfffffffe/0x0;OK
*filter
:INPUT
! -p tcp -m connmark --mark "4294967295/0xffffffff";! -p tcp -m connmark --mark 0xffffffff;OK
! -s 10.1 -m connmark --mark "1/0" -j RETURN;! -s 10.1.0.0/32 -m connmark --mark 0x1/0x0 -j RETURN;OK
-m connmark --mark 0x7fffffff;=;OK
-p ah -m connmark ! --mar 4294967295;-p ah -m connmark ! --mark 0xffffffff;OK
*filter
:OUTPUT
-d 10.1/255.0.255.0 -m connmark ! --mark 4294967294;-d 10.0.0.0/255.0.255.0 -m connmark ! --mark 0xfffffffe;OK
-m connmark ! --mark "0xfffffffe/0";-m connmark ! --mark 0xfffffffe/0x0;OK
-m connmark ! --mark "0xffffffff/0xff";-m connmark ! --mark 0xffffffff/0xff;OK
-m connmark ! --mark "10/0";-m connmark ! --mark 0xa/0x0;OK
-m connmark --mark 2147483647;-m connmark --mark 0x7fffffff;OK
-o lo -p 41 -m connmark ! --mark 0;-o lo -p ipv6 -m connmark ! --mark 0x0;OK
-p 255 -m connmark --mark 0 -j RETURN;-p 255 -m connmark --mark 0x0 -j RETURN;OK
-p TCP -m connmark --mark 0x7fffffff;-p tcp -m connmark --mark 0x7fffffff;OK
*mangle
:OUTPUT
-m connmark --mark "10/0xff";-m connmark --mark 0xa/0xff;OK
*nat
:PREROUTING
! -p ah -m connmark ! --mark "4294967294/0xff" -j ACCEPT;! -p ah -m connmark ! --mark 0xfffffffe/0xff -j ACCEPT;OK
%6
*filter
:FORWARD
-d 2001:db8:0:1:2:3:4:5/128 -i abcdefghijklmno ! -o + ! -p gre -m connmark ! --mark "4294967295/0xffffffff" -j ACCEPT;-d 2001:db8:0:1:2:3:4:5/128 -i abcdefghijklmno ! -o + ! -p gre -m connmark ! --mark 0xffffffff -j ACCEPT;OK
-i abcdefghijklmno -p dccp -m connmark --mark "4294967294/0xff";-i abcdefghijklmno -p dccp -m connmark --mark 0xfffffffe/0xff;OK
-m connmark --mark "10/0xff";-m connmark --mark 0xa/0xff;OK
-s ::ffff:192.0.2.1/0 -m connmark --mark "0/0";-m connmark --mark 0x0/0x0;OK
*filter
:INPUT
! -d 2001:db8:0:1:2:3:4:5/64 -m connmark ! --mark 10;! -d 2001:db8:0:1::/64 -m connmark ! --mark 0xa;OK
-m connmark ! --mark "0xfffffffe/0xff" -j DROP;-m connmark ! --mark 0xfffffffe/0xff -j DROP;OK
-m connmark ! --mark "4294967294/0";-m connmark ! --mark 0xfffffffe/0x0;OK
-m connmark --mark "0/0xffffffff";-m connmark --mark 0x0;OK
*filter
:OUTPUT
-m connmark --mark "2147483647/0xff" -j RETURN;-m connmark --mark 0x7fffffff/0xff -j RETURN;OK
-m connmark --mark 4294967294;-m connmark --mark 0xfffffffe;OK
*filter
:u
-d ::192.0.2.1/0 -i lo -m connmark --mark "0x1/0" -j ACCEPT;-i lo -m connmark --mark 0x1/0x0 -j ACCEPT;OK
-m connmark --mark 0xfffffffe;=;OK
*mangle
:POSTROUTING
-m connmark --mark 0 -j ACCEPT;-m connmark --mark 0x0 -j ACCEPT;OK
*nat
:INPUT
-m connmark --mark "1/0xffffffff" -j RETURN;-m connmark --mark 0x1 -j RETURN;OK
*nat
:PREROUTING
! -s ::192.0.2.1/64 ! -p ah -m connmark --mar 2147483647 -j ACCEPT;! -s ::/64 ! -p ah -m connmark --mark 0x7fffffff -j ACCEPT;OK
*raw
:PREROUTING
-s 2001:db8::1/0 ! -p tcp -m connmark --mark "2147483647/0xff";! -p tcp -m connmark --mark 0x7fffffff/0xff;OK
