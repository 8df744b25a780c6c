# match pkttype: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
-m pkttype --pkt-type broadcast;=;OK
-m pkttype --pkt-type otherhost -j RETURN;=;OK
-p icmpv6 -m pkttype --pkt-type bcast;-p ipv6-icmp -m pkttype --pkt-type broadcast;OK
*filter
:INPUT
-d 127.0.0.1 -p gre -m pkttype --pkt-type otherhost;-d 127.0.0.1/32 -p gre -m pkttype --pkt-type otherhost;OK
-m pkttype --pkt-type BROADCAST;-m pkttype --pkt-type broadcast;OK
-p tcp -m pkttype --pkt-type BROADCAST -j RETURN;-p tcp -m pkttype --pkt-type broadcast -j RETURN;OK
-s 127.0.0.1 ! -d 0.0.0.0/24 -m pkttype --pkt-type broadcast;-s 127.0.0.1/32 ! -d 0.0.0.0/24 -m pkttype --pkt-type broadcast;OK
*filter
:OUTPUT
-m pkttype ! --pkt-type otherhost;=;OK
-m pkttype --pkt-type BROADCAST;-m pkttype --pkt-type broadcast;OK
-m pkttype --pkt-type mcast;-m pkttype --pkt-type multicast;OK
-m pkttype --pkt-type multicast;=;OK
-m pkttype --pkt-type unicast;=;OK
-p ah -m pkttype ! --pkt-type otherhost;=;OK
*filter
:u
-p 255 -m pkttype ! --pkt-type bcast;-p 255 -m pkttype ! --pkt-type broadcast;OK
*raw
:OUTPUT
-o lo -m pkttype --pkt-type unicast;=;OK
*security
:u
-f -m pkttype --pkt-type multicast;=;OK
%6
*filter
:FORWARD
-m pkttype --pkt-typ host -j DROP;-m pkttype --pkt-type unicast -j DROP;OK
-m pkttype --pkt-type bcast;-m pkttype --pkt-type broadcast;OK
-o + -p sctp -m pkttype --pkt-type bcast;-p sctp -m pkttype --pkt-type broadcast;OK
-o eth0 -p ah -m pkttype --pkt-type host;-o eth0 -p ah -m pkttype --pkt-type unicast;OK
*filter
:INPUT
-m pkttype --pkt-type multicast -j DROP;=;OK
-m pkttype --pkt-type unicast -j ACCEPT;=;OK
*filter
:OUTPUT
-m pkttype --pkt-type bcast;-m pkttype --pkt-type broadcast;OK
-p ah -m pkttype --pkt-type bcast -j DROP;-p ah -m pkttype --pkt-type broadcast -j DROP;OK
-p udp -m pkttype --pkt-type bcast;-p udp -m pkttype --pkt-type broadcast;OK
*mangle
:INPUT
-m pkttype --pkt-type bcast;-m pkttype --pkt-type broadcast;OK
*mangle
:OUTPUT
-m pkttype --pkt-type unicast -j DROP;=;OK
*nat
:INPUT
-i abcdefghijklmno ! -p TCP -m pkttype --pkt-type otherhost;-i abcdefghijklmno ! -p tcp -m pkttype --pkt-type otherhost;OK
-i abcdefghijklmno -m pkttype ! --pkt-type unicast;=;OK
*nat
:POSTROUTING
! -p udplite -m pkttype ! --pkt-type mcast;! -p udplite -m pkttype ! --pkt-type multicast;OK
-o eth+ ! -p udplite -m pkttype --pkt-type BROADCAST;-o eth+ ! -p udplite -m pkttype --pkt-type broadcast;OK
*security
:INPUT
-m pkttype --pkt-type multicast -j ACCEPT;=;OK
