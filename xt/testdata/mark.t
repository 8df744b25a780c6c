# match mark: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:INPUT
! -i a.b:c -m mark --mark "2147483647/0xff";! -i a.b:c -m mark --mark 0x7fffffff/0xff;OK
-s 0.0.0.0/24 -m mark --mark 1;-s 0.0.0.0/24 -m mark --mark 0x1;OK
-s 255.255.255.255/255.0.255.0 -m mark --mark "4294967295/0xff";-s 255.0.255.0/255.0.255.0 -m mark --mark 0xffffffff/0xff;OK
*filter
:OUTPUT
! -s 192.0.2.1/32 -o eth+ -p ah -m mark --mark "0xa/0xff";! -s 192.0.2.1/32 -o eth+ -p ah -m mark --mark 0xa/0xff;OK
-d 10.1.2.3/255.0.255.0 ! -p gre -m mark --mark "4294967295/0xff" -j RETURN;-d 10.0.2.0/255.0.255.0 ! -p gre -m mark --mark 0xffffffff/0xff -j RETURN;OK
-d 255.255.255.255/32 -p 41 -m mark ! --mark "0/0xffffffff" -j RETURN;-d 255.255.255.255/32 -p ipv6 -m mark ! --mark 0x0 -j RETURN;OK
-m mark --mark "0x7fffffff/4294967296" -j ACCEPT;;FAIL
-o + -p udplite -m mark ! --mark 2147483647 -j RETURN;-p udplite -m mark ! --mark 0x7fffffff -j RETURN;OK
*filter
:u
-d 0.0.0.0/32 -m mark --mark "1/4294967296";;FAIL
-m mark ! --mark "0/0xffffffff";-m mark ! --mark 0x0;OK
*mangle
:FORWARD
-o eth+ -m mark --mark 1;-o eth+ -m mark --mark 0x1;OK
*nat
:PREROUTING
-m mark --mark 10 -j DROP;;FAIL
-p tcp -m mark --mark "4294967294/0";-p tcp -m mark --mark 0xfffffffe/0x0;OK
*raw
:PREROUTING
-d 255.255.255.255/255.255.0.0 -p tcp -m mark --mark 0 -j RETURN;-d 255.255.0.0/16 -p tcp -m mark --mark 0x0 -j RETURN;OK
*security
:FORWARD
! -p esp -m mark --mar "4294967294/0xffffffff";! -p esp -m mark --mark 0xfffffffe;OK
*security
:u
-m mark ! --mark "1/0xff" -j DROP;-m mark ! --mark 0x1/0xff -j DROP;OK
%6
*filter
:FORWARD
-m mark ! --mark "0xa/0xff";-m mark ! --mark 0xa/0xff;OK
-m mark --mark "10/0xffffffff";-m mark --mark 0xa;OK
-s ff02::1/ffff:ffff:: -m mark --mark 0;-s ff02::/32 -m mark --mark 0x0;OK
*filter
:INPUT
-d ::/0 -p gre -m mark --mark 10;-p gre -m mark --mark 0xa;OK
-m mark --mark "1/0xff";-m mark --mark 0x1/0xff;OK
-m mark --mark "2147483647/0xffffffff" -j DROP;-m mark --mark 0x7fffffff -j DROP;OK
-p tcp -m mark --mark 2147483647;-p tcp -m mark --mark 0x7fffffff;OK
*filter
:OUTPUT
-m mark --mar "0x1/0";-m mark --mark 0x1/0x0;OK
-m mark --mark "10/0xffffffff" -j RETURN;-m mark --mark 0xa -j RETURN;OK
-m mark --mark "2147483647/0xffffffff";-m mark --mark 0x7fffffff;OK
-o eth+ -m mark --mark "0xffffffff/0xff" -j RETURN;-o eth+ -m mark --mark 0xffffffff/0xff -j RETURN;OK
-p ah -m mark --mark "4294967295/0xff";-p ah -m mark --mark 0xffffffff/0xff;OK
-s ::192.0.2.1/0 ! -p dccp -m mark --mark "4294967294/4294967296" -j RETURN;;FAIL
-s ::192.0.2.1/ffff:ffff:: -p dccp -m mark --mark 1 -j DROP;-s ::/32 -p dccp -m mark --mark 0x1 -j DROP;OK
*filter
:u
! -o lo -m mark ! --mark "0/0";! -o lo -m mark ! --mark 0x0/0x0;OK
*raw
:OUTPUT
-m mark --mark 4294967295 -j DROP;-m mark --mark 0xffffffff -j DROP;OK
