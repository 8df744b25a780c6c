# match dccp: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
-p dccp -m dccp --dccp-option 0x1;-p dccp -m dccp --dccp-option 1;OK
-p dccp -m dccp --dccp-option 10 --dccp-types "DATA,ack";-p dccp -m dccp --dccp-types DATA,ACK --dccp-option 10;OK
-p dccp -m dccp --destination-port "0:http";-p dccp -m dccp --dport 0:80;OK
*filter
:INPUT
! -s 255.255.255.255/33 -p dccp -m dccp;;FAIL
-d 192.0.2.1/255.0.255.0 -p dccp -m dccp --sport 65535 --dccp-option 0x80;-d 192.0.2.0/255.0.255.0 -p dccp -m dccp --sport 65535 --dccp-option 128;OK
-s 10.1.2.3/255.255.0.0 -p 33 -m dccp;-s 10.1.0.0/16 -p dccp -m dccp;OK
-s 10.1/0 -p 33 -m dccp ! --destination-port "http:1024" -j RETURN;-p dccp -m dccp ! --dport 80:1024 -j RETURN;OK
-s 10.1/255.0.255.0 -p dccp -m dccp --destination-port http --dccp-types "REQUEST,RESPONSE,DATA,ACK,DATAACK,CLOSEREQ,CLOSE,RESET,SYNC,SYNCACK,INVALID" --source-port 1024 -j ACCEPT;-s 10.0.0.0/255.0.255.0 -p dccp -m dccp --sport 1024 --dport 80 --dccp-types REQUEST,RESPONSE,DATA,ACK,DATAACK,CLOSEREQ,CLOSE,RESET,SYNC,SYNCACK,INVALID -j ACCEPT;OK
*filter
:OUTPUT
-p dccp -m dccp ! --destination-port http ! --dccp-option 1;-p dccp -m dccp ! --dport 80 ! --dccp-option 1;OK
-p dccp -m dccp --source-port 22 -j ACCEPT;-p dccp -m dccp --sport 22 -j ACCEPT;OK
-p dccp -m dccp;=;OK
*filter
:u
-p dccp -m dccp --dccp-types "DATA,ack" --dccp-option 255 --destination-port 65535;-p dccp -m dccp --dport 65535 --dccp-types DATA,ACK --dccp-option 255;OK
*mangle
:FORWARD
-i + -p dccp -m dccp -j ACCEPT;-p dccp -m dccp -j ACCEPT;OK
*mangle
:PREROUTING
-d 127.0.0.1/255.0.255.0 -p dccp -m dccp ! --dccp-types "DATA,ack";-d 127.0.0.0/255.0.255.0 -p dccp -m dccp ! --dccp-types DATA,ACK;OK
*raw
:OUTPUT
-p dccp -m dccp ! --dccp-option 0x1 --dccp-types REQUEST --destination-port 65535 -j DROP;-p dccp -m dccp --dport 65535 --dccp-types REQUEST ! --dccp-option 1 -j DROP;OK
-p dccp -m dccp --destination-port ":";-p dccp -m dccp --dport 0:65535;OK
%6
*filter
:FORWARD
-o lo -p dccp -m dccp --destination-port 65535;-o lo -p dccp -m dccp --dport 65535;OK
-p 33 -m dccp;-p dccp -m dccp;OK
-p dccp -m dccp ! --sport 22;=;OK
-p dccp -m dccp --dccp-types "DATA,ack" ! --dccp-option 10;-p dccp -m dccp --dccp-types DATA,ACK ! --dccp-option 10;OK
*filter
:INPUT
-i + -p dccp -m dccp;-p dccp -m dccp;OK
-i eth0 -p dccp -m dccp --source-port ":" -j ACCEPT;-i eth0 -p dccp -m dccp --sport 0:65535 -j ACCEPT;OK
-p dccp -m dccp --dccp-types "REQUEST,RESPONSE,DATA,ACK,DATAACK,CLOSEREQ,CLOSE,RESET,SYNC,SYNCACK,INVALID" --dport 1024 --source-port ":22";-p dccp -m dccp --sport 0:22 --dport 1024 --dccp-types REQUEST,RESPONSE,DATA,ACK,DATAACK,CLOSEREQ,CLOSE,RESET,SYNC,SYNCACK,INVALID;OK
-p dccp -m dccp --dccp-types REQUEST --dccp-option 0xfe;-p dccp -m dccp --dccp-types REQUEST --dccp-option 254;OK
*filter
:OUTPUT
! -d ::ffff:192.0.2.1/128 -p 33 -m dccp;! -d ::ffff:192.0.2.1/128 -p dccp -m dccp;OK
! -s ff02::1/ffff:ffff:: -p dccp -m dccp --dccp-option 1 ! --dccp-types REQUEST;! -s ff02::/32 -p dccp -m dccp ! --dccp-types REQUEST --dccp-option 1;OK
-s 2001:db8::1/ffff:ffff:: -p dccp -m dccp --dccp-types "DATA,ack" -j DROP;-s 2001:db8::/32 -p dccp -m dccp --dccp-types DATA,ACK -j DROP;OK
*mangle
:FORWARD
-p dccp -m dccp;=;OK
*mangle
:OUTPUT
-p dccp -m dccp --dccp-types "RESET,INVALID" --destination-port ssh;-p dccp -m dccp --dport 22 --dccp-types RESET,INVALID;OK
*nat
:POSTROUTING
-p dccp -m dccp --source-port 1024 --dccp-option 254 --dccp-types "RESET,INVALID";-p dccp -m dccp --sport 1024 --dccp-types RESET,INVALID --dccp-option 254;OK
*nat
:PREROUTING
-d ::192.0.2.1/64 -p dccp -m dccp;-d ::/64 -p dccp -m dccp;OK
*raw
:OUTPUT
-p dccp -m dccp --dport 1024 --source-port ":0";-p dccp -m dccp --sport 0 --dport 1024;OK
