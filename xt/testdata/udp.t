# match udp: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
-p 17 -m udp ! --destination-port 65535;-p udp -m udp ! --dport 65535;OK
-p udp -m udp --sport "http:" ! --dport ":http";-p udp -m udp --sport 80:65535 --dport 81:65535;OK
*filter
:INPUT
-d 0.0.0.0/255.255.0.0 -p udp -m udp --source-port ":" -j DROP;-d 0.0.0.0/16 -p udp -m udp -j DROP;OK
-p udp -m udp ! --source-port http ! --dport ":" -j DROP;-p udp -m udp ! --sport 80 -j DROP;OK
-p udp -m udp --dport ":" ! --sport ssh -j ACCEPT;-p udp -m udp ! --sport 22 -j ACCEPT;OK
-p udp -m udp -j RETURN;=;OK
-s 0.0.0.0/0 -p udp -m udp;-p udp -m udp;OK
-s 192.0.2.1/0 -p udp -m udp --source-port 22 -j DROP;-p udp -m udp --sport 22 -j DROP;OK
*filter
:OUTPUT
-o eth0 -p 17 -m udp --sport 1024 --dport 0;-o eth0 -p udp -m udp --sport 1024 --dport 0;OK
-p udp -m udp;=;OK
*filter
:u
-p udp -m udp;=;OK
*raw
:OUTPUT
-o eth+ -p udp -m udp -j ACCEPT;=;OK
*raw
:PREROUTING
-p udp -m udp ! --sport http;-p udp -m udp ! --sport 80;OK
-p udp -m udp;=;OK
*security
:FORWARD
-p udp -m udp -j ACCEPT;=;OK
*security
:INPUT
! -d 192.0.2.1 -p udp -m udp -j RETURN;! -d 192.0.2.1/32 -p udp -m udp -j RETURN;OK
%6
*filter
:FORWARD
-i + -p udp -m udp --dport "65535:" --sport ":";-p udp -m udp --dport 65535;OK
-o eth+ -p 17 -m udp;-o eth+ -p udp -m udp;OK
-p udp -m udp ! --dport ":65535" ! --sport 1024;-p udp -m udp ! --sport 1024;OK
-p udp -m udp --dport ":";-p udp -m udp;OK
*filter
:INPUT
-p udp -m udp --dport ssh --sport http;-p udp -m udp --sport 80 --dport 22;OK
-s ::ffff:192.0.2.1/ffff:ffff:: -p udp -m udp --sport "ssh:ssh" ! --destination-port ssh;-s ::/32 -p udp -m udp --sport 22 ! --dport 22;OK
*filter
:OUTPUT
-p udp -m udp --sport ":" --dport "65535:" -j ACCEPT;-p udp -m udp --dport 65535 -j ACCEPT;OK
-p udp -m udp --sport 0;=;OK
-s ::ffff:192.0.2.1/ffff:ffff:: -p udp -m udp --source-port 22;-s ::/32 -p udp -m udp --sport 22;OK
*filter
:u
-p 17 -m udp --sport 65535 -j DROP;-p udp -m udp --sport 65535 -j DROP;OK
-s ff02::1/64 -p 17 -m udp ! --sport http --dport ssh -j ACCEPT;-s ff02::/64 -p udp -m udp ! --sport 80 --dport 22 -j ACCEPT;OK
*mangle
:INPUT
-p udp -m udp ! --sport "0:1024";-p udp -m udp --sport 1025:65535;OK
*raw
:OUTPUT
-p udp -m udp --sport 0;=;OK
*security
:INPUT
-p 17 -m udp;-p udp -m udp;OK
*security
:OUTPUT
-p udp -m udp --dport ssh --sport 1024 -j ACCEPT;-p udp -m udp --sport 1024 --dport 22 -j ACCEPT;OK
*security
:u
-p udp -m udp;=;OK
