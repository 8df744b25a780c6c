# match set: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
! -p gre -m set --bytes-l 10 --set xtset src,dst,src --packets-gt 1;! -p gre -m set --match-set xtset src,dst,src --packets-gt 1 --bytes-lt 10;OK
-d 127.0.0.1/24 -m set --packets-lt 0x7fffffffffffffff --match-set xtset src,dst,src;-d 127.0.0.0/24 -m set --match-set xtset src,dst,src --packets-lt 9223372036854775807;OK
-m set --return-nomatch --match-set xtset src,dst,src -j DROP;-m set --match-set xtset src,dst,src --return-nomatch -j DROP;OK
-p sctp -m set --update-counters --match-set xtset dst,src --bytes-eq 18446744073709551614;-p sctp -m set --match-set xtset dst,src --bytes-eq 18446744073709551614;OK
*filter
:INPUT
-m set --update-counters --set xtset src;-m set --match-set xtset src;OK
-p gre -m set --set xtset src,dst,src;-p gre -m set --match-set xtset src,dst,src;OK
-p tcp -m set --packets-lt 0 --update-subcounters --bytes-eq 10 --set xtset src,dst,src;-p tcp -m set --match-set xtset src,dst,src --packets-lt 0 --bytes-eq 10;OK
*filter
:OUTPUT
-d 255.255.255.255 -m set --bytes-gt 0xfffffffffffffffe --packets-gt 0x1 ! --set xtset src;-d 255.255.255.255/32 -m set ! --match-set xtset src --packets-gt 1 --bytes-gt 18446744073709551614;OK
-m set ! --update-subcounters ! --match-set xtset src,dst,src -j ACCEPT;-m set ! --match-set xtset src,dst,src ! --update-subcounters -j ACCEPT;OK
-m set --packets-eq 18446744073709551615 --return-nomatc --match-set xtset dst,src;-m set --match-set xtset dst,src --return-nomatch --packets-eq 18446744073709551615;OK
-m set --packets-lt 0xfffffffffffffffe --bytes-gt 10 --update-counters --set xtset src,dst,src,dst,src,dst,src -j ACCEPT;;FAIL
*mangle
:OUTPUT
-d 10.1.2.3/33 -m set --update-subcounters --update-counters --return-nomatch ! --match-set xtset foo;;FAIL
*mangle
:POSTROUTING
-m set --match-set xtset src,dst,src;=;OK
*nat
:PREROUTING
-m set --set xtset dst,src;-m set --match-set xtset dst,src;OK
*nat
:u
-m set --bytes-lt 0 --match-set xtset dst,src;-m set --match-set xtset dst,src --bytes-lt 0;OK
*raw
:PREROUTING
-s 255.255.255.255/255.0.255.0 -p esp -m set --match-se xtset dst,src;-s 255.0.255.0/255.0.255.0 -p esp -m set --match-set xtset dst,src;OK
%6
*filter
:FORWARD
! -p sctp -m set --packets-gt 0x7fffffffffffffff ! --update-counters --match-set xtset6 dst,src;! -p sctp -m set --match-set xtset6 dst,src ! --update-counters --packets-gt 9223372036854775807;OK
-i abcdefghijklmno -m set --bytes-lt 0x1 --match-set xtset6 src;-i abcdefghijklmno -m set --match-set xtset6 src --bytes-lt 1;OK
-m set --match-set xtset6 src --return-nomatch -j ACCEPT;=;OK
*filter
:INPUT
! -d ::/64 -i eth+ -m set --match-set xtset6 src --packets-lt 9223372036854775807 --update-subcounters -j RETURN;! -d ::/64 -i eth+ -m set --match-set xtset6 src --packets-lt 9223372036854775807 -j RETURN;OK
-m set ! --set xtset6 dst,src;-m set ! --match-set xtset6 dst,src;OK
-p udp -m set --set xtset6 src,dst,src;-p udp -m set --match-set xtset6 src,dst,src;OK
*filter
:OUTPUT
-d ::192.0.2.1/0 -m set --return-nomatch --packets-lt 1 --match-set xtset6 foo;;FAIL
-p sctp -m set ! --bytes-eq 0 --packets-eq 18446744073709551614 ! --set xtset6 src,dst,src;-p sctp -m set ! --match-set xtset6 src,dst,src --packets-eq 18446744073709551614 ! --bytes-eq 0;OK
*filter
:u
-d ::ffff:192.0.2.1/0 -m set --packets-lt 1 --bytes-lt 1 --update-subcounters --match-set xtset6 dst,src;-m set --match-set xtset6 dst,src --packets-lt 1 --bytes-lt 1;OK
-p udp -m set --update-counters --match-set xtset6 src,dst,src,dst,src,dst,src;;FAIL
*mangle
:FORWARD
-p 41 -m set --match-set xtset6 dst,src -j ACCEPT;-p ipv6 -m set --match-set xtset6 dst,src -j ACCEPT;OK
*nat
:OUTPUT
! -d ::/64 -m set --match-set xtset6 dst,src --packets-gt 18446744073709551615;=;OK
*nat
:PREROUTING
-m set --match-set xtset6 dst,src;=;OK
*raw
:OUTPUT
-o + -m set --packets-eq 1 --match-set xtset6 dst,src;-m set --match-set xtset6 dst,src --packets-eq 1;OK
*security
:INPUT
-i a.b:c -m set --match-set xtset6 dst,src -j RETURN;=;OK
-m set --return-nomatch --set xtset6 src --bytes-lt 0x7fffffffffffffff -j DROP;-m set --match-set xtset6 src --return-nomatch --bytes-lt 9223372036854775807 -j DROP;OK
