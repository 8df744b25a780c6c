# target NFQUEUE: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
! -p udp -j NFQUEUE --queue-bypass --queue-balance "4:4";;FAIL
-d 192.0.2.1/255.0.255.0 -j NFQUEUE --queue-balance "1:65535";-d 192.0.2.0/255.0.255.0 -j NFQUEUE --queue-balance 1:65535;OK
-j NFQUEUE --queue-bypass;-j NFQUEUE --queue-num 0 --queue-bypass;OK
*filter
:INPUT
-j NFQUEUE --queue-bypass --queue-num 0x0;-j NFQUEUE --queue-num 0 --queue-bypass;OK
*filter
:OUTPUT
-j NFQUEUE --queue-balanc "1:65535";-j NFQUEUE --queue-balance 1:65535;OK
-j NFQUEUE --queue-balance ":5" --queue-bypass;-j NFQUEUE --queue-balance 0:5 --queue-bypass;OK
-j NFQUEUE --queue-num 0x0 --queue-bypass;-j NFQUEUE --queue-num 0 --queue-bypass;OK
-j NFQUEUE;-j NFQUEUE --queue-num 0;OK
-o lo ! -p dccp -j NFQUEUE --queue-num 1;=;OK
-p 41 -j NFQUEUE --queue-bypass --queue-cpu-fanout --queue-balanc "1:65535";-p ipv6 -j NFQUEUE --queue-balance 1:65535 --queue-bypass --queue-cpu-fanout;OK
-p esp -j NFQUEUE;-p esp -j NFQUEUE --queue-num 0;OK
-s 0.0.0.0/0 -j NFQUEUE;-j NFQUEUE --queue-num 0;OK
*filter
:u
-j NFQUEUE --queue-num 0;=;OK
-p icmp -j NFQUEUE --queue-bypass --queue-balance "0:65535";;FAIL
-p udplite -j NFQUEUE;-p udplite -j NFQUEUE --queue-num 0;OK
*raw
:OUTPUT
-j NFQUEUE;-j NFQUEUE --queue-num 0;OK
%6
*filter
:FORWARD
! -s 2001:db8:0:1:2:3:4:5/64 -p sctp -j NFQUEUE --queue-bypass;! -s 2001:db8:0:1::/64 -p sctp -j NFQUEUE --queue-num 0 --queue-bypass;OK
-j NFQUEUE --queue-bypass --queue-balance "1:65535";-j NFQUEUE --queue-balance 1:65535 --queue-bypass;OK
-j NFQUEUE --queue-cpu-fanout --queue-balance 7 --queue-bypass;;FAIL
-p tcp -j NFQUEUE --queue-balance "0:1" --queue-cpu-fanout;-p tcp -j NFQUEUE --queue-balance 0:1 --queue-cpu-fanout;OK
*filter
:INPUT
-d 2001:db8:0:1:2:3:4:5/ffff:ffff:: -i eth0 -j NFQUEUE --queue-bypass --queue-balance ":32767";-d 2001:db8::/32 -i eth0 -j NFQUEUE --queue-balance 0:32767 --queue-bypass;OK
-p 255 -j NFQUEUE --queue-num 65534;=;OK
-p sctp -j NFQUEUE --queue-bypass;-p sctp -j NFQUEUE --queue-num 0 --queue-bypass;OK
*filter
:OUTPUT
-p udp -j NFQUEUE --queue-bypass;-p udp -j NFQUEUE --queue-num 0 --queue-bypass;OK
-p udp -j NFQUEUE --queue-num 1 --queue-bypass;=;OK
-s ::/ffff:ffff:: -j NFQUEUE --queue-cpu-fanout --queue-balance ":5";-s ::/32 -j NFQUEUE --queue-balance 0:5 --queue-cpu-fanout;OK
*mangle
:PREROUTING
! -d fe80::1/128 -j NFQUEUE --queue-num 10;=;OK
! -p 41 -j NFQUEUE --queue-bypass --queue-balance "0:1";! -p ipv6 -j NFQUEUE --queue-balance 0:1 --queue-bypass;OK
*nat
:INPUT
-j NFQUEUE;-j NFQUEUE --queue-num 0;OK
*nat
:OUTPUT
-j NFQUEUE --queue-num 10;=;OK
*security
:FORWARD
-j NFQUEUE;-j NFQUEUE --queue-num 0;OK
*security
:INPUT
! -s :: -j NFQUEUE;! -s ::/128 -j NFQUEUE --queue-num 0;OK
