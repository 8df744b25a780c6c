# match icmp: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
! -i + -p 1 -m icmp --icmp-type "3/4" -j RETURN;! -i + -p icmp -m icmp --icmp-type 3/4 -j RETURN;OK
-s 10.1.2.3 -p icmp -m icmp --icmp-type ping;-s 10.1.2.3/32 -p icmp -m icmp --icmp-type 8;OK
*filter
:INPUT
-p icmp -m icmp ! --icmp-type 0;=;OK
-p icmp -m icmp --icmp-type "255/3" -j RETURN;-p icmp -m icmp --icmp-type any -j RETURN;OK
-p icmp -m icmp --icmp-type 254;=;OK
*filter
:OUTPUT
-f -p icmp -m icmp --icmp-type 0;-p icmp -f -m icmp --icmp-type 0;OK
-o + -p 1 -m icmp --icmp-type 8;-p icmp -m icmp --icmp-type 8;OK
-o + -p icmp -m icmp --icmp-type "255/3" -j RETURN;-p icmp -m icmp --icmp-type any -j RETURN;OK
-p icmp -m icmp --icmp-type "255/3";-p icmp -m icmp --icmp-type any;OK
-p icmp -m icmp --icmp-type network-redirect -j RETURN;-p icmp -m icmp --icmp-type 5/0 -j RETURN;OK
-s 10.1/255.0.255.0 -p icmp -m icmp ! --icmp-type fragmentation-needed;-s 10.0.0.0/255.0.255.0 -p icmp -m icmp ! --icmp-type 3/4;OK
*filter
:u
-d 10.1/255.255.0.0 -p icmp -m icmp --icmp-type echo-request;-d 10.1.0.0/16 -p icmp -m icmp --icmp-type 8;OK
-i eth+ -p 1 -m icmp --icmp-type "3/4" -j ACCEPT;-i eth+ -p icmp -m icmp --icmp-type 3/4 -j ACCEPT;OK
*mangle
:PREROUTING
-p 1 -m icmp --icmp-type "11/1" -j DROP;-p icmp -m icmp --icmp-type 11/1 -j DROP;OK
*raw
:PREROUTING
-p icmp -m icmp --icmp-type "11/1";-p icmp -m icmp --icmp-type 11/1;OK
*security
:FORWARD
-p icmp -m icmp --icmp-type 8 -j DROP;=;OK
