# match cgroup: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:INPUT
! -i + -p TCP -m cgroup ! --path "/";! -i + -p tcp -m cgroup ! --path "/";OK
! -s 0.0.0.0/255.255.0.0 ! -d 0.0.0.0/255.255.0.0 -m cgroup --cgroup 0;! -s 0.0.0.0/16 ! -d 0.0.0.0/16 -m cgroup --cgroup 0;OK
-m cgroup ! --cgroup 0xfffffffe;-m cgroup ! --cgroup 4294967294;OK
-m cgroup ! --cgroup 4294967295;=;OK
-m cgroup ! --path "/" -j DROP;=;OK
-p gre -m cgroup --cgrou 2147483647;-p gre -m cgroup --cgroup 2147483647;OK
-s 10.1.2.3/255.255.0.0 -f -m cgroup --cgroup 0xa -j DROP;-s 10.1.0.0/16 -f -m cgroup --cgroup 10 -j DROP;OK
*filter
:OUTPUT
! -s 10.1/255.255.0.0 -p gre -m cgroup --path "/";! -s 10.1.0.0/16 -p gre -m cgroup --path "/";OK
-m cgroup ! --cgroup 0x0;-m cgroup ! --cgroup 0;OK
-m cgroup ! --path "/" -j ACCEPT;=;OK
-m cgroup --path "";=;OK
-p 255 -m cgroup --path "" -j DROP;=;OK
-s 127.0.0.1/32 -d 10.1.2.3 -m cgroup ! --path "";-s 127.0.0.1/32 -d 10.1.2.3/32 -m cgroup ! --path "";OK
*mangle
:OUTPUT
-m cgroup --path "" -j RETURN;=;OK
*raw
:OUTPUT
-o eth0 -m cgroup --cgroup 4294967295;=;OK
*security
:INPUT
-m cgroup --cgroup 10;=;OK
%6
*filter
:INPUT
! -d ::ffff:192.0.2.1/128 -m cgroup --cgroup 0 -j DROP;=;OK
! -p udp -m cgroup --cgroup 0x1 -j DROP;! -p udp -m cgroup --cgroup 1 -j DROP;OK
-m cgroup --cgroup 0xffffffff;-m cgroup --cgroup 4294967295;OK
-p icmpv6 -m cgroup --cgroup 4294967295;-p ipv6-icmp -m cgroup --cgroup 4294967295;OK
-s 2001:db8::1/0 -i lo -p udplite -m cgroup --cgroup 0xfffffffe -j RETURN;-i lo -p udplite -m cgroup --cgroup 4294967294 -j RETURN;OK
*filter
:OUTPUT
! -p icmpv6 -m cgroup --cgroup 4294967295 -j DROP;! -p ipv6-icmp -m cgroup --cgroup 4294967295 -j DROP;OK
-m cgroup --cgroup 0;=;OK
-m cgroup --path "/";=;OK
-m cgroup -j RETURN;;FAIL
-m cgroup;;FAIL
*filter
:u
-m cgroup -j DROP;;FAIL
-p esp -m cgroup;;FAIL
*mangle
:POSTROUTING
-o + ! -p TCP -m cgroup ! --cgroup 1 -j DROP;! -p tcp -m cgroup ! --cgroup 1 -j DROP;OK
*raw
:OUTPUT
-m cgroup --cgroup 4294967295 -j ACCEPT;=;OK
*raw
:u
-s 2001:db8::1/64 ! -i a.b:c -o eth+ -m cgroup --path "";-s 2001:db8::/64 ! -i a.b:c -o eth+ -m cgroup --path "";OK
