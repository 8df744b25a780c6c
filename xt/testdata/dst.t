# match dst: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%6
*filter
:FORWARD
-m dst --dst-opts "1:2,23:42,4:6" ! --dst-len 2147483647 -j RETURN;-m dst ! --dst-len 2147483647 --dst-opts 1:2,23:42,4:6 -j RETURN;OK
-m dst --dst-opts "1:2,23:42,4:6";-m dst --dst-opts 1:2,23:42,4:6;OK
-m dst;=;OK
*filter
:INPUT
-d ::192.0.2.1 -m dst --dst-len 0xfffffffe -j DROP;-d ::192.0.2.1/128 -m dst --dst-len 4294967294 -j DROP;OK
-m dst --dst-len 10 --dst-opt "0x10:0" -j DROP;-m dst --dst-len 10 --dst-opts 16:0 -j DROP;OK
-m dst -j ACCEPT;=;OK
*filter
:OUTPUT
-d ::192.0.2.1/128 -p esp -m dst;=;OK
-m dst --dst-len 0x7fffffff;-m dst --dst-len 2147483647;OK
-m dst --dst-opts 5 ! --dst-le 0 -j DROP;-m dst ! --dst-len 0 --dst-opts 5 -j DROP;OK
-m dst -j DROP;=;OK
-s 2001:db8:0:1:2:3:4:5/64 ! -p udp -m dst;-s 2001:db8:0:1::/64 ! -p udp -m dst;OK
*filter
:u
! -o eth0 ! -p udplite -m dst --dst-opts "0x10:0" ! --dst-len 10;! -o eth0 ! -p udplite -m dst ! --dst-len 10 --dst-opts 16:0;OK
-s 2001:db8::1/64 -m dst --dst-opts 256;-s 2001:db8::/64 -m dst --dst-opts 0;OK
*raw
:PREROUTING
-m dst --dst-opts 256 -j ACCEPT;-m dst --dst-opts 0 -j ACCEPT;OK
*security
:OUTPUT
-m dst;=;OK
