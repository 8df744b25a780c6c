# match sctp: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
-p 132 -m sctp --chunk-types all NONE -j DROP;-p sctp -m sctp --chunk-types all NONE -j DROP;OK
-p sctp -m sctp --chunk-types only INIT,SACK;=;OK
*filter
:INPUT
-i lo -p sctp -m sctp --chunk-types any ALL --source-port ":";-i lo -p sctp -m sctp --sport 0:65535 --chunk-types any ALL;OK
-p 132 -m sctp;-p sctp -m sctp;OK
-s 0.0.0.0/255.255.0.0 -p sctp -m sctp ! --destination-por "1:99" --chunk-types all NONE -j DROP;-s 0.0.0.0/16 -p sctp -m sctp ! --dport 1:99 --chunk-types all NONE -j DROP;OK
*filter
:OUTPUT
-o eth+ -p sctp -m sctp --destination-port 5 ! --chunk-types all NONE -j DROP;-o eth+ -p sctp -m sctp --dport 5 ! --chunk-types all NONE -j DROP;OK
-p sctp -m sctp ! --chunk-types any ALL --dport "1:99" --source-port "1:99";-p sctp -m sctp --sport 1:99 --dport 1:99 ! --chunk-types any ALL;OK
-p sctp -m sctp ! --destination-port "80:" --chunk-types all NONE;-p sctp -m sctp ! --dport 80:65535 --chunk-types all NONE;OK
-p sctp -m sctp --source-port ":" --destination-port 5;-p sctp -m sctp --sport 0:65535 --dport 5;OK
-p sctp -m sctp -j DROP;=;OK
*filter
:u
-i a.b:c -p sctp -m sctp;=;OK
*mangle
:FORWARD
-p 132 -m sctp;-p sctp -m sctp;OK
*mangle
:OUTPUT
-p sctp -m sctp -j RETURN;=;OK
*nat
:POSTROUTING
-p sctp -m sctp;=;OK
*nat
:u
-p sctp -m sctp --sport ":7";-p sctp -m sctp --sport 0:7;OK
*security
:INPUT
-p 132 -m sctp --chunk-types any ALL ! --destination-port "1:99" -j DROP;-p sctp -m sctp ! --dport 1:99 --chunk-types any ALL -j DROP;OK
%6
*filter
:FORWARD
-p sctp -m sctp --destination-port "1:99";-p sctp -m sctp --dport 1:99;OK
-p sctp -m sctp --source-port 65535 --chunk-types any DATA:BE;-p sctp -m sctp --sport 65535 --chunk-types any DATA:BE;OK
*filter
:INPUT
-p sctp -m sctp ! --destination-port "80:";-p sctp -m sctp ! --dport 80:65535;OK
-p sctp -m sctp ! --sport 65535 --destination-port 5 --chunk-types ANY ABORT:t,SHUTDOWN_COMPLETE:T -j ACCEPT;-p sctp -m sctp ! --sport 65535 --dport 5 --chunk-types any ABORT:t,SHUTDOWN_COMPLETE:T -j ACCEPT;OK
-p sctp -m sctp --chunk-types any FOO;;FAIL
-p sctp -m sctp --source-port ":" ! --destination-port "1:99" --chunk-types all DATA;-p sctp -m sctp --sport 0:65535 ! --dport 1:99 --chunk-types all DATA;OK
-p sctp -m sctp;=;OK
-s 2001:db8:0:1:2:3:4:5/64 -p 132 -m sctp --destination-port "1:99" --chunk-types ANY ABORT:t,SHUTDOWN_COMPLETE:T -j ACCEPT;-s 2001:db8:0:1::/64 -p sctp -m sctp --dport 1:99 --chunk-types any ABORT:t,SHUTDOWN_COMPLETE:T -j ACCEPT;OK
-s fe80::1/0 ! -i + -p sctp -m sctp;! -i + -p sctp -m sctp;OK
*filter
:OUTPUT
-p sctp -m sctp;=;OK
*mangle
:FORWARD
! -s fe80::1/128 -p 255 -m sctp --destination-port "1:99";;FAIL
*mangle
:POSTROUTING
-p sctp -m sctp --source-port 5;-p sctp -m sctp --sport 5;OK
*mangle
:PREROUTING
-i abcdefghijklmno -p sctp -m sctp ! --chunk-types any DATA:BE;=;OK
*nat
:OUTPUT
! -d ::192.0.2.1/ffff:ffff:: -p sctp -m sctp --chunk-types only INIT,SACK;! -d ::/32 -p sctp -m sctp --chunk-types only INIT,SACK;OK
*raw
:OUTPUT
-p sctp -m sctp -j DROP;=;OK
*raw
:PREROUTING
! -s ::192.0.2.1/64 -p sctp -m sctp --sport ":" --dport "80:";! -s ::/64 -p sctp -m sctp --sport 0:65535 --dport 80:65535;OK
