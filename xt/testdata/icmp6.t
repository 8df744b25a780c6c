# match icmp6: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%6
*filter
:FORWARD
! -d ::192.0.2.1/64 -p 58 -m icmp6 --icmpv6-type echo-request;! -d ::/64 -p ipv6-icmp -m icmp6 --icmpv6-type 128;OK
-p ipv6-icmp -m icmp6 --icmpv6-type 128 -j DROP;=;OK
*filter
:INPUT
-d 2001:db8:0:1:2:3:4:5/128 -i + -p ipv6-icmp -m icmp6 --icmpv6-type 255;-d 2001:db8:0:1:2:3:4:5/128 -p ipv6-icmp -m icmp6 --icmpv6-type 255;OK
-p ipv6-icmp -m icmp6 ! --icmpv6-typ neighbor-solicitation;-p ipv6-icmp -m icmp6 ! --icmpv6-type 135;OK
-p ipv6-icmp -m icmp6 --icmpv6-type echo-request;-p ipv6-icmp -m icmp6 --icmpv6-type 128;OK
*filter
:OUTPUT
-o lo -p ipv6-icmp -m icmp6 --icmpv6-type 128;=;OK
-p 58 -m icmp6 ! --icmpv6-type echo-request -j DROP;-p ipv6-icmp -m icmp6 ! --icmpv6-type 128 -j DROP;OK
-p ipv6-icmp -m icmp6 --icmpv6-type "4/1" -j DROP;-p ipv6-icmp -m icmp6 --icmpv6-type 4/1 -j DROP;OK
-p ipv6-icmp -m icmp6 --icmpv6-type packet-too-big -j DROP;-p ipv6-icmp -m icmp6 --icmpv6-type 2 -j DROP;OK
-s 2001:db8:0:1:2:3:4:5 -d 2001:db8::1 -p ipv6-icmp -m icmp6 --icmpv6-type 128;-s 2001:db8:0:1:2:3:4:5/128 -d 2001:db8::1/128 -p ipv6-icmp -m icmp6 --icmpv6-type 128;OK
*filter
:u
-p 58 -m icmp6 ! --icmpv6-type echo-request;-p ipv6-icmp -m icmp6 ! --icmpv6-type 128;OK
*nat
:INPUT
-d ::192.0.2.1/ffff:ffff:: -i lo -p 58 -m icmp6 --icmpv6-type ping;-d ::/32 -i lo -p ipv6-icmp -m icmp6 --icmpv6-type 128;OK
*nat
:POSTROUTING
-s 2001:db8:0:1:2:3:4:5/128 -p ipv6-icmp -m icmp6 --icmpv6-type echo-request -j ACCEPT;-s 2001:db8:0:1:2:3:4:5/128 -p ipv6-icmp -m icmp6 --icmpv6-type 128 -j ACCEPT;OK
*raw
:OUTPUT
! -s fe80::1/64 -p ipv6-icmp -m icmp6 --icmpv6-type 133;! -s fe80::/64 -p ipv6-icmp -m icmp6 --icmpv6-type 133;OK
*raw
:PREROUTING
! -d :: -p ipv6-icmp -m icmp6 ! --icmpv6-type packet-too-big -j ACCEPT;! -d ::/128 -p ipv6-icmp -m icmp6 ! --icmpv6-type 2 -j ACCEPT;OK
