# match cluster: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
-d 10.1/32 -m cluster --cluster-hash-seed 1 --cluster-local-node 2 --cluster-total-nodes 0x1;;FAIL
-m cluster --cluster-local-node 32 --cluster-total-nodes 0xa --cluster-hash-seed 4294967294;;FAIL
-m cluster --cluster-total-nodes 10 --cluster-hash-seed 4294967295;;FAIL
-m cluster --cluster-total-nodes 2 --cluster-hash-seed 4294967294;;FAIL
-o eth0 -p dccp -m cluster --cluster-local-nodemask 3 --cluster-hash-seed 1 --cluster-total-nodes 10 -j DROP;-o eth0 -p dccp -m cluster --cluster-local-nodemask 0x00000003 --cluster-total-nodes 10 --cluster-hash-seed 0x00000001 -j DROP;OK
*filter
:INPUT
! -p TCP -m cluster --cluster-total-node 32 --cluster-local-node 2 --cluster-hash-seed 1 -j DROP;! -p tcp -m cluster --cluster-local-nodemask 0x00000002 --cluster-total-nodes 32 --cluster-hash-seed 0x00000001 -j DROP;OK
-i eth+ -p udp -m cluster --cluster-hash-seed 4294967294 --cluster-total-nodes 0x2;;FAIL
*filter
:OUTPUT
-d 10.1/24 -m cluster --cluster-total-nodes 0x10 ! --cluster-local-nodemask 1 --cluster-hash-seed 0 -j DROP;-d 10.1.0.0/24 -m cluster ! --cluster-local-nodemask 0x00000001 --cluster-total-nodes 16 --cluster-hash-seed 0x00000000 -j DROP;OK
-m cluster --cluster-local-node 2 --cluster-hash-seed 0 --cluster-total-nodes 10 -j ACCEPT;-m cluster --cluster-local-nodemask 0x00000002 --cluster-total-nodes 10 --cluster-hash-seed 0x00000000 -j ACCEPT;OK
-p dccp -m cluster --cluster-local-nodemask 32 --cluster-hash-seed 2147483647 --cluster-total-nodes 2;;FAIL
*filter
:u
-p udp -m cluster --cluster-total-nodes 31 --cluster-local-nodemask 3 --cluster-hash-seed 1;-p udp -m cluster --cluster-local-nodemask 0x00000003 --cluster-total-nodes 31 --cluster-hash-seed 0x00000001;OK
*mangle
:INPUT
-i lo -p dccp -m cluster --cluster-hash-seed 2147483647 --cluster-total-nodes 32 -j RETURN;;FAIL
*nat
:INPUT
-m cluster --cluster-local-nodemask 3 --cluster-hash-seed 10 --cluster-total-nodes 2;-m cluster --cluster-local-nodemask 0x00000003 --cluster-total-nodes 2 --cluster-hash-seed 0x0000000a;OK
*nat
:PREROUTING
-m cluster --cluster-total-nodes 10 --cluster-local-node 1 --cluster-hash-seed 4294967294 -j RETURN;-m cluster --cluster-local-nodemask 0x00000001 --cluster-total-nodes 10 --cluster-hash-seed 0xfffffffe -j RETURN;OK
*raw
:PREROUTING
! -p sctp -m cluster --cluster-total-nodes 1 --cluster-hash-seed 0x7fffffff;;FAIL
*security
:OUTPUT
-p 41 -m cluster --cluster-hash-see 2147483647 --cluster-total-nodes 1 --cluster-local-nodemask 32;;FAIL
%6
*filter
:FORWARD
-m cluster --cluster-total-nodes 2 --cluster-local-nodemask 1 --cluster-hash-seed 4294967294 -j RETURN;-m cluster --cluster-local-nodemask 0x00000001 --cluster-total-nodes 2 --cluster-hash-seed 0xfffffffe -j RETURN;OK
-p icmpv6 -m cluster --cluster-local-nodemask 32 --cluster-hash-seed 4294967294 --cluster-total-nodes 31;-p ipv6-icmp -m cluster --cluster-local-nodemask 0x00000020 --cluster-total-nodes 31 --cluster-hash-seed 0xfffffffe;OK
*filter
:INPUT
-m cluster --cluster-local-node 0x2 --cluster-total-nodes 16 --cluster-hash-seed 2147483647;-m cluster --cluster-local-nodemask 0x00000002 --cluster-total-nodes 16 --cluster-hash-seed 0x7fffffff;OK
-m cluster --cluster-local-nodemask 1 --cluster-hash-seed 0 --cluster-total-nodes 31;-m cluster --cluster-local-nodemask 0x00000001 --cluster-total-nodes 31 --cluster-hash-seed 0x00000000;OK
*filter
:OUTPUT
! -p sctp -m cluster --cluster-total-nodes 2 --cluster-hash-seed 2147483647;;FAIL
! -s ::ffff:192.0.2.1/0 -m cluster --cluster-total-nodes 32 --cluster-hash-seed 0x7fffffff;;FAIL
-m cluster --cluster-total-nodes 32 --cluster-local-node 0xa --cluster-hash-seed 4294967295 -j ACCEPT;-m cluster --cluster-local-nodemask 0x00000200 --cluster-total-nodes 32 --cluster-hash-seed 0xffffffff -j ACCEPT;OK
-o eth0 -p esp -m cluster --cluster-local-nodemask 31 --cluster-total-nodes 0x20 --cluster-hash-seed 0xfffffffe -j ACCEPT;-o eth0 -p esp -m cluster --cluster-local-nodemask 0x0000001f --cluster-total-nodes 32 --cluster-hash-seed 0xfffffffe -j ACCEPT;OK
*mangle
:POSTROUTING
-o eth+ -p udp -m cluster --cluster-local-node 1 --cluster-hash-see 2147483647 --cluster-total-nodes 2;-o eth+ -p udp -m cluster --cluster-local-nodemask 0x00000001 --cluster-total-nodes 2 --cluster-hash-seed 0x7fffffff;OK
*raw
:OUTPUT
-p udplite -m cluster --cluster-local-nodemask 0x10 --cluster-hash-seed 1 --cluster-total-nodes 31 -j ACCEPT;-p udplite -m cluster --cluster-local-nodemask 0x00000010 --cluster-total-nodes 31 --cluster-hash-seed 0x00000001 -j ACCEPT;OK
*raw
:PREROUTING
-d 2001:db8:0:1:2:3:4:5/128 -p icmpv6 -m cluster ! --cluster-local-nodemask 1 --cluster-total-nodes 10 --cluster-hash-seed 2147483647;-d 2001:db8:0:1:2:3:4:5/128 -p ipv6-icmp -m cluster ! --cluster-local-nodemask 0x00000001 --cluster-total-nodes 10 --cluster-hash-seed 0x7fffffff;OK
*security
:FORWARD
-m cluster --cluster-total-nodes 16 --cluster-hash-seed 4294967295 ! --cluster-local-nodemas 32;-m cluster ! --cluster-local-nodemask 0x00000020 --cluster-total-nodes 16 --cluster-hash-seed 0xffffffff;OK
*security
:INPUT
-p ah -m cluster --cluster-local-node 1 --cluster-total-nodes 0x20 --cluster-hash-seed 2147483647;-p ah -m cluster --cluster-local-nodemask 0x00000001 --cluster-total-nodes 32 --cluster-hash-seed 0x7fffffff;OK
-s 2001:db8::1/ffff:ffff:: ! -p icmp -m cluster --cluster-total-nodes 1 --cluster-hash-seed 0x1 -j RETURN;;FAIL
-s ::ffff:192.0.2.1/64 -d 2001:db8:0:1:2:3:4:5/129 -m cluster --cluster-total-nodes 0xa --cluster-hash-seed 2147483647 -j DROP;;FAIL
*security
:u
! -d ff02::1/ffff:ffff:: -p udp -m cluster --cluster-hash-seed 0 --cluster-total-nodes 0x2;;FAIL
