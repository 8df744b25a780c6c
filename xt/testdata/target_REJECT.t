# target REJECT: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
-j REJECT --reject-with icmp-net-prohibited;=;OK
-j REJECT --reject-with icmp-net-unreachable;=;OK
-j REJECT;-j REJECT --reject-with icmp-port-unreachable;OK
-s 10.1.2.3/255.255.0.0 -p ah -j REJECT;-s 10.1.0.0/16 -p ah -j REJECT --reject-with icmp-port-unreachable;OK
-s 10.1/0 -p icmp -j REJECT;-p icmp -j REJECT --reject-with icmp-port-unreachable;OK
-s 127.0.0.1/32 -j REJECT;-s 127.0.0.1/32 -j REJECT --reject-with icmp-port-unreachable;OK
*filter
:INPUT
-d 255.255.255.255/255.255.0.0 -j REJECT;-d 255.255.0.0/16 -j REJECT --reject-with icmp-port-unreachable;OK
-j REJECT --reject-with icmp6-no-route;;FAIL
-j REJECT;-j REJECT --reject-with icmp-port-unreachable;OK
-p 41 -j REJECT;-p ipv6 -j REJECT --reject-with icmp-port-unreachable;OK
-s 10.1/32 -d 10.1/0 -j REJECT;-s 10.1.0.0/32 -j REJECT --reject-with icmp-port-unreachable;OK
*filter
:OUTPUT
-j REJECT --reject-with tcp-reset;;FAIL
-j REJECT;-j REJECT --reject-with icmp-port-unreachable;OK
-o eth+ ! -p esp -j REJECT;-o eth+ ! -p esp -j REJECT --reject-with icmp-port-unreachable;OK
-p 41 -j REJECT;-p ipv6 -j REJECT --reject-with icmp-port-unreachable;OK
%6
*filter
:FORWARD
! -d ff02::1 -p ah -j REJECT;! -d ff02::1/128 -p ah -j REJECT --reject-with icmp6-port-unreachable;OK
! -i lo -j REJECT --reject-with admin-prohib;;FAIL
! -p gre -j REJECT;! -p gre -j REJECT --reject-with icmp6-port-unreachable;OK
! -p udplite -j REJECT --reject-with icmp6-policy-fail;=;OK
-j REJECT;-j REJECT --reject-with icmp6-port-unreachable;OK
*filter
:INPUT
-i lo -j REJECT;-i lo -j REJECT --reject-with icmp6-port-unreachable;OK
-j REJECT;-j REJECT --reject-with icmp6-port-unreachable;OK
-p icmp -j REJECT;-p icmp -j REJECT --reject-with icmp6-port-unreachable;OK
-p udplite -j REJECT;-p udplite -j REJECT --reject-with icmp6-port-unreachable;OK
-s ff02::1/64 -j REJECT --reject-with icmp-proto-unreachable;;FAIL
*filter
:OUTPUT
-j REJECT --reject-with icmp6-policy-fail;=;OK
-j REJECT;-j REJECT --reject-with icmp6-port-unreachable;OK
-o eth+ -p ah -j REJECT --reject-with icmp-host-unreachable;;FAIL
*filter
:u
-j REJECT;-j REJECT --reject-with icmp6-port-unreachable;OK
