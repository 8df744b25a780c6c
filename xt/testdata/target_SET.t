# target SET: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
-d 10.1.2.3/0 -o lo -j SET --add-set xtset dst,src;-o lo -j SET --add-set xtset dst,src;OK
-j SET --add-set xtset src,dst,src;=;OK
-j SET --del-set xtset src;=;OK
*filter
:INPUT
! -i eth+ -j SET --map-prio ! --timeout 0 ! --exist;;FAIL
-s 255.255.255.255 ! -p 255 -j SET --add-set xtset foo;;FAIL
*filter
:OUTPUT
! -p gre -j SET --add-set xtset src,dst,src,dst,src,dst,src;;FAIL
! -p icmpv6 -j SET --map-queue --timeout 4294967293 ! --map-mark;;FAIL
-j SET --map-queue --exist;;FAIL
-j SET;;FAIL
-p TCP -j SET;;FAIL
-p udp -j SET --map-mark --del-set xtset foo;;FAIL
*mangle
:OUTPUT
-o eth+ -j SET ! --del-set xtset foo;;FAIL
*nat
:OUTPUT
-o eth0 -j SET --exist;;FAIL
*raw
:OUTPUT
-d 10.1/255.0.255.0 -j SET --exist --map-set xtset src,dst,src,dst,src,dst,src --map-prio;;FAIL
-o + -j SET --del-set xtset dst,src ! --timeout 0x0 --add-set xtset src,dst,src,dst,src,dst,src;;FAIL
-p dccp -j SET --del-set xtset src,dst,src ! --map-pri ! --map-set xtset src;;FAIL
%6
*filter
:FORWARD
! -p dccp -j SET --timeout 10 --del-set xtset6 foo ! --map-set xtset6 foo;;FAIL
! -p tcp -j SET;;FAIL
-i eth0 -p TCP -j SET --del-set xtset6 src;-i eth0 -p tcp -j SET --del-set xtset6 src;OK
-j SET --del-set xtset6 src,dst,src,dst,src,dst,src --map-prio --map-mark;;FAIL
-p udp -j SET --map-prio;;FAIL
-s fe80::1/ffff:ffff:: -p icmp -j SET --del-se xtset6 dst,src --timeout 2147483647 --add-set xtset6 src;-s fe80::/32 -p icmp -j SET --add-set xtset6 src --timeout 2147483647 --del-set xtset6 dst,src;OK
*filter
:INPUT
-j SET --add-set xtset6 dst,src;=;OK
*filter
:OUTPUT
! -d ::192.0.2.1 -p udplite -j SET --add-set xtset6 dst,src --exist;! -d ::192.0.2.1/128 -p udplite -j SET --add-set xtset6 dst,src --exist;OK
-j SET ! --map-prio --timeout 0 --add-set xtset6 src;;FAIL
-j SET --exist;;FAIL
-p udp -j SET ! --add-set xtset6 dst,src;-p udp -j SET --add-set xtset6 dst,src;OK
-p udp -j SET --timeou 0 --map-prio;;FAIL
-s ::/128 -d 2001:db8::1/64 -j SET --map-mark ! --map-set xtset6 src,dst,src --timeout 1;;FAIL
*filter
:u
! -s ::192.0.2.1/64 -p gre -j SET --del-set xtset6 src --map-mark ! --map-prio;;FAIL
*mangle
:FORWARD
-p 255 -j SET ! --add-set xtset6 src;-p 255 -j SET --add-set xtset6 src;OK
*nat
:PREROUTING
-j SET ! --exist;;FAIL
