# match multiport: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
! -s 127.0.0.1/255.0.255.0 -p 132 -m multiport;;FAIL
-i eth0 -o lo -p udp -m multiport --destination-ports "1:2,3:4,5:6,7:8,9:10,11:12,13:14,15";-i eth0 -o lo -p udp -m multiport --dports 1:2,3:4,5:6,7:8,9:10,11:12,13:14,15;OK
-p udp -m multiport ! --dports "1:2,3:4,5:6,7:8,9:10,11:12,13:14,15";-p udp -m multiport ! --dports 1:2,3:4,5:6,7:8,9:10,11:12,13:14,15;OK
-s 10.1.2.3/255.0.255.0 -p 17 -m multiport --source-ports "1:3,5";-s 10.0.2.0/255.0.255.0 -p udp -m multiport --sports 1:3,5;OK
*filter
:INPUT
! -s 255.255.255.255/33 -p 136 -m multiport --ports 22;;FAIL
-p 33 -m multiport ! --sports "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15";-p dccp -m multiport ! --sports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15;OK
-p tcp -m multiport ! --ports "1:3,5" -j RETURN;-p tcp -m multiport ! --ports 1:3,5 -j RETURN;OK
*filter
:OUTPUT
-d 0.0.0.0/24 -p 17 -m multiport --source-ports "1:3,5" -j ACCEPT;-d 0.0.0.0/24 -p udp -m multiport --sports 1:3,5 -j ACCEPT;OK
-p 132 -m multiport --destination-ports "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15";-p sctp -m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15;OK
-p sctp -m multiport;;FAIL
-s 127.0.0.1/32 -d 10.1.2.3/255.255.0.0 -p udp -m multiport --source-ports "1:2,3:4,5:6,7:8,9:10,11:12,13:14,15" -j DROP;-s 127.0.0.1/32 -d 10.1.0.0/16 -p udp -m multiport --sports 1:2,3:4,5:6,7:8,9:10,11:12,13:14,15 -j DROP;OK
-s 255.255.255.255/24 -p tcp -m multiport --destination-ports 22;-s 255.255.255.0/24 -p tcp -m multiport --dports 22;OK
*filter
:u
-o eth0 -p 33 -m multiport;;FAIL
-p sctp -m multiport --ports 22 -j ACCEPT;=;OK
*mangle
:INPUT
! -i abcdefghijklmno -p dccp -m multiport --source-ports "0:65535";! -i abcdefghijklmno -p dccp -m multiport --sports 0:65535;OK
*security
:FORWARD
! -o lo -p tcp -m multiport --destination-ports 22 -j RETURN;! -o lo -p tcp -m multiport --dports 22 -j RETURN;OK
%6
*filter
:INPUT
! -d ::192.0.2.1 -p sctp -m multiport --ports "1:2,3:4,5:6,7:8,9:10,11:12,13:14,15";! -d ::192.0.2.1/128 -p sctp -m multiport --ports 1:2,3:4,5:6,7:8,9:10,11:12,13:14,15;OK
! -s ::192.0.2.1/ffff:ffff:: -p udplite -m multiport --ports "0:65535";! -s ::/32 -p udplite -m multiport --ports 0:65535;OK
*filter
:OUTPUT
! -o + -p udp -m multiport -j ACCEPT;;FAIL
! -s 2001:db8:0:1:2:3:4:5 -p udp -m multiport -j ACCEPT;;FAIL
-p 6 -m multiport --destination-ports "ssh,http";-p tcp -m multiport --dports 22,80;OK
-p udp -m multiport --dports 22;=;OK
-p udplite -m multiport --destination-port 22;-p udplite -m multiport --dports 22;OK
-p udplite -m multiport --port "1:2,3:4,5:6,7:8,9:10,11:12,13:14,15";-p udplite -m multiport --ports 1:2,3:4,5:6,7:8,9:10,11:12,13:14,15;OK
-p udplite -m multiport --source-ports "0:65535" -j RETURN;-p udplite -m multiport --sports 0:65535 -j RETURN;OK
-s 2001:db8:0:1:2:3:4:5/0 -p udplite -m multiport ! --ports 22;-p udplite -m multiport ! --ports 22;OK
*filter
:u
-i + -p sctp -m multiport --dport "0:65535";-p sctp -m multiport --dports 0:65535;OK
-p udplite -m multiport --sports "0:65535" -j RETURN;-p udplite -m multiport --sports 0:65535 -j RETURN;OK
*nat
:OUTPUT
-p udplite -m multiport --sports "1:3,5";-p udplite -m multiport --sports 1:3,5;OK
*nat
:PREROUTING
-p 132 -m multiport --ports "1:3,5";-p sctp -m multiport --ports 1:3,5;OK
*security
:OUTPUT
-p 33 -m multiport --destination-ports "ssh,http";;FAIL
-p dccp -m multiport ! --source-ports "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15" -j RETURN;-p dccp -m multiport ! --sports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15 -j RETURN;OK
