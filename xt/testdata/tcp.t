# match tcp: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
-p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT;=;OK
*filter
:INPUT
! -s 0.0.0.0/24 -p tcp -m tcp ! --syn;! -s 0.0.0.0/24 -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN;OK
! -s 127.0.0.1/255.0.255.0 -p 6 -m tcp --syn;! -s 127.0.0.0/255.0.255.0 -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN;OK
-d 0.0.0.0/255.255.0.0 -p 6 -m tcp --dport ":99" ! --sport 0 -j RETURN;-d 0.0.0.0/16 -p tcp -m tcp ! --sport 0 --dport 0:99 -j RETURN;OK
-i eth0 -p tcp -m tcp;=;OK
-p tcp -m tcp --dport "1024:" --syn --tcp-option 255;-p tcp -m tcp --dport 1024:65535 --tcp-option 255 --tcp-flags FIN,SYN,RST,ACK SYN;OK
-p tcp -m tcp --tcp-option 255;=;OK
*filter
:OUTPUT
! -s 255.255.255.255/0 -p tcp -m tcp ! --syn;;FAIL
-d 10.1.2.3/255.255.0.0 -p tcp -m tcp -j DROP;-d 10.1.0.0/16 -p tcp -m tcp -j DROP;OK
-p tcp -m tcp --tcp-optio 254;-p tcp -m tcp --tcp-option 254;OK
*mangle
:u
-p tcp -m tcp --destination-port "1:1023" ! --sport 0x50 --tcp-flags ack ACK;-p tcp -m tcp ! --sport 80 --dport 1:1023 --tcp-flags ACK ACK;OK
*nat
:INPUT
-p tcp -m tcp --tcp-option 0xff --dport ":99" ! --sport "22:http";-p tcp -m tcp ! --sport 22:80 --dport 0:99 --tcp-option 255;OK
*nat
:PREROUTING
-p tcp -m tcp --tcp-flags SYN,FIN SYN,FIN --sport 22 --tcp-option 254;-p tcp -m tcp --sport 22 --tcp-option 254 --tcp-flags FIN,SYN FIN,SYN;OK
*raw
:u
-i + -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN --dport "1024:";-p tcp -m tcp --dport 1024:65535 --tcp-flags FIN,SYN,RST,ACK SYN;OK
*security
:FORWARD
-p 6 -m tcp --source-port ":99";-p tcp -m tcp --sport 0:99;OK
*security
:OUTPUT
-s 10.1.2.3/255.255.0.0 -p tcp -m tcp ! --syn --dport "1:1023" -j ACCEPT;-s 10.1.0.0/16 -p tcp -m tcp --dport 1:1023 ! --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT;OK
%6
*filter
:FORWARD
-o eth0 -p tcp -m tcp ! --destination-port 65535 --tcp-flags ALL FIN,URG,PSH;-o eth0 -p tcp -m tcp ! --dport 65535 --tcp-flags FIN,SYN,RST,PSH,ACK,URG FIN,PSH,URG;OK
-p tcp -m tcp --destination-port 0x50;-p tcp -m tcp --dport 80;OK
*filter
:INPUT
-p tcp -m tcp --destination-port "22:http" -j RETURN;-p tcp -m tcp --dport 22:80 -j RETURN;OK
-p tcp -m tcp --syn ! --sport 0x50 -j ACCEPT;-p tcp -m tcp ! --sport 80 --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT;OK
-p tcp -m tcp --tcp-flags ack ACK;-p tcp -m tcp --tcp-flags ACK ACK;OK
*filter
:OUTPUT
! -o eth+ -p tcp -m tcp ! --tcp-option 128;=;OK
! -o lo -p tcp -m tcp;=;OK
-o lo -p tcp -m tcp ! --sport ssh --tcp-flags ALL FIN,URG,PSH -j DROP;-o lo -p tcp -m tcp ! --sport 22 --tcp-flags FIN,SYN,RST,PSH,ACK,URG FIN,PSH,URG -j DROP;OK
-p tcp -m tcp ! --tcp-option 128 ! --tcp-flags ALL NONE --destination-port "1:1023";-p tcp -m tcp --dport 1:1023 ! --tcp-option 128 ! --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE;OK
*mangle
:PREROUTING
-p tcp -m tcp ! --sport 65535 --tcp-option 128 --syn;-p tcp -m tcp ! --sport 65535 --tcp-option 128 --tcp-flags FIN,SYN,RST,ACK SYN;OK
*mangle
:u
-p 6 -m tcp;-p tcp -m tcp;OK
-p tcp -m tcp --source-port 0 ! --tcp-flags ALL FIN,URG,PSH -j RETURN;-p tcp -m tcp --sport 0 ! --tcp-flags FIN,SYN,RST,PSH,ACK,URG FIN,PSH,URG -j RETURN;OK
*nat
:INPUT
-i lo -p tcp -m tcp --tcp-option 0x1 --dport "1:1023";-i lo -p tcp -m tcp --dport 1:1023 --tcp-option 1;OK
*nat
:u
-o eth+ -p tcp -m tcp ! --destination-port "1024:" --sport "22:http";-o eth+ -p tcp -m tcp --sport 22:80 ! --dport 1024:65535;OK
*raw
:PREROUTING
-d fe80::1 -p tcp -m tcp -j ACCEPT;-d fe80::1/128 -p tcp -m tcp -j ACCEPT;OK
*security
:FORWARD
-d 2001:db8::1/128 -p tcp -m tcp --sport "22:http" --tcp-flags SYN,FIN SYN,FIN;-d 2001:db8::1/128 -p tcp -m tcp --sport 22:80 --tcp-flags FIN,SYN FIN,SYN;OK
