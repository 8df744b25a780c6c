# match frag: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%6
*filter
:FORWARD
! -d ::192.0.2.1/ffff:ffff:: -m frag --fragres --fragmore;! -d ::/32 -m frag --fragres --fragmore;OK
-m frag --fragmore --fragres;-m frag --fragres --fragmore;OK
-o lo -m frag -j RETURN;=;OK
-p sctp -m frag --fragres --fragmore;=;OK
*filter
:INPUT
-d ::ffff:192.0.2.1/129 -m frag --fragmore;;FAIL
-d ::ffff:192.0.2.1/ffff:ffff:: -m frag --fraglen 0xffffffff;-d ::/32 -m frag --fraglen 4294967295;OK
-m frag --fragres --fragid 0xfffffffe --fragmore;-m frag --fragid 4294967294 --fragres --fragmore;OK
-s 2001:db8::1/ffff:ffff:: -m frag -j RETURN;-s 2001:db8::/32 -m frag -j RETURN;OK
*filter
:OUTPUT
-m frag --fraglen 4294967294 --fragmore;=;OK
*filter
:u
-s ff02::1/128 -m frag --fraglast;=;OK
*nat
:OUTPUT
-p 41 -m frag --fragmore;-p ipv6 -m frag --fragmore;OK
-s ff02::1 -o + -m frag ! --fragid "0x7fffffff:0xfffffffe" --fraglast;-s ff02::1/128 -m frag ! --fragid 2147483647:4294967294 --fraglast;OK
*nat
:POSTROUTING
-m frag;=;OK
*raw
:OUTPUT
-d ::ffff:192.0.2.1/ffff:ffff:: -m frag --fragres --fraglen 0xfffffffe;-d ::/32 -m frag --fraglen 4294967294 --fragres;OK
*security
:FORWARD
! -i abcdefghijklmno -p icmp -m frag ! --fragid ":";! -i abcdefghijklmno -p icmp -m frag;OK
*security
:u
-m frag;=;OK
