# match addrtype: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
! -p sctp -m addrtype --dst-type "local,uni";! -p sctp -m addrtype --dst-type UNICAST,LOCAL;OK
-d 10.1.2.3/33 -m addrtype --limit-iface-in --src-type LOCAL ! --dst-type "ANYCAST,UNSPEC";;FAIL
-o + -m addrtype --src-type "BLACKHOLE,PROHIBIT,THROW,NAT,XRESOLVE" --dst-type "BLACKHOLE,PROHIBIT,THROW,NAT,XRESOLVE" --limit-iface-out;-m addrtype --src-type BLACKHOLE,PROHIBIT,THROW,NAT,XRESOLVE --dst-type BLACKHOLE,PROHIBIT,THROW,NAT,XRESOLVE --limit-iface-out;OK
-o + -m addrtype;;FAIL
*filter
:INPUT
! -p dccp -m addrtype --src-type "BLACKHOLE,PROHIBIT,THROW,NAT,XRESOLVE" --dst-type "ANYCAST,UNSPEC" -j ACCEPT;! -p dccp -m addrtype --src-type BLACKHOLE,PROHIBIT,THROW,NAT,XRESOLVE --dst-type UNSPEC,ANYCAST -j ACCEPT;OK
-i a.b:c -m addrtype ! --src-type UNREACHABLE --limit-iface-in;=;OK
-m addrtype --dst-type "local,uni";-m addrtype --dst-type UNICAST,LOCAL;OK
-m addrtype --src-type LOCAL;=;OK
-p 41 -m addrtype --limit-iface-in --src-typ "BLACKHOLE,PROHIBIT,THROW,NAT,XRESOLVE" ! --dst-type "ANYCAST,UNSPEC";-p ipv6 -m addrtype --src-type BLACKHOLE,PROHIBIT,THROW,NAT,XRESOLVE ! --dst-type UNSPEC,ANYCAST --limit-iface-in;OK
-p icmpv6 -m addrtype --src-type BROADCAST --dst-type LOCAL -j ACCEPT;-p ipv6-icmp -m addrtype --src-type BROADCAST --dst-type LOCAL -j ACCEPT;OK
-s 10.1/255.255.0.0 -m addrtype ! --dst-type "ANYCAST,UNSPEC" --src-type LOCAL;-s 10.1.0.0/16 -m addrtype --src-type LOCAL ! --dst-type UNSPEC,ANYCAST;OK
*filter
:OUTPUT
-m addrtype --dst-type "local,uni" --limit-iface-out;-m addrtype --dst-type UNICAST,LOCAL --limit-iface-out;OK
-m addrtype --limit-iface-out ! --src-type UNREACHABLE;-m addrtype ! --src-type UNREACHABLE --limit-iface-out;OK
*mangle
:POSTROUTING
-p esp -m addrtype --limit-iface-out ! --dst-type BROADCAST;-p esp -m addrtype ! --dst-type BROADCAST --limit-iface-out;OK
*raw
:OUTPUT
-m addrtype --dst-type "BLACKHOLE,PROHIBIT,THROW,NAT,XRESOLVE";-m addrtype --dst-type BLACKHOLE,PROHIBIT,THROW,NAT,XRESOLVE;OK
*security
:OUTPUT
-d 255.255.255.255 -f -m addrtype --src-type "BLACKHOLE,PROHIBIT,THROW,NAT,XRESOLVE";-d 255.255.255.255/32 -f -m addrtype --src-type BLACKHOLE,PROHIBIT,THROW,NAT,XRESOLVE;OK
%6
*filter
:FORWARD
-d fe80::1/ffff:ffff:: -m addrtype --dst-type MULTICAST --src-type "BLACKHOLE,PROHIBIT,THROW,NAT,XRESOLVE" --limit-iface-in;;FAIL
-s ::/0 -m addrtype --limit-iface-out ! --dst-type LOCAL;-m addrtype ! --dst-type LOCAL --limit-iface-out;OK
*filter
:INPUT
! -s 2001:db8:0:1:2:3:4:5/129 -m addrtype --dst-type "local,uni" -j RETURN;;FAIL
-d ::/128 -m addrtype --dst-type LOCAL --limit-iface-in -j ACCEPT;=;OK
-p 255 -m addrtype;;FAIL
-p ah -m addrtype --src-type "UNICAST,LOCAL" -j RETURN;-p ah -m addrtype --src-type UNICAST,LOCAL -j RETURN;OK
-p icmpv6 -m addrtype --limit-iface-in;;FAIL
*filter
:OUTPUT
! -p udp -m addrtype --dst-type LOCAL -j RETURN;=;OK
-m addrtype --dst-type "UNICAST,LOCAL" --src-type "ANYCAST,UNSPEC";-m addrtype --src-type UNSPEC,ANYCAST --dst-type UNICAST,LOCAL;OK
-m addrtype --limit-iface-in;;FAIL
-m addrtype --src-type "ANYCAST,UNSPEC";-m addrtype --src-type UNSPEC,ANYCAST;OK
-m addrtype --src-type LOCAL;=;OK
-o eth+ -m addrtype --src-type UNREACHABLE;=;OK
*mangle
:POSTROUTING
! -p sctp -m addrtype ! --src-type MULTICAST --limit-iface-out -j RETURN;=;OK
*raw
:PREROUTING
-m addrtype --dst-type LOCAL;=;OK
-m addrtype --limit-iface-out --dst-type "local,uni";;FAIL
