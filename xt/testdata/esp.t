# match esp: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
! -d 127.0.0.1/24 -p esp -m esp ! --espspi ":0";! -d 127.0.0.0/24 -p esp -m esp ! --espspi 0;OK
-d 127.0.0.1/0 -p esp -m esp;-p esp -m esp;OK
-p 50 -m esp ! --espspi ":";-p esp -m esp;OK
-p 50 -m esp --espspi ":" -j DROP;-p esp -m esp -j DROP;OK
*filter
:INPUT
-d 192.0.2.1/32 -p esp -m esp --espspi "10:2147483647" -j ACCEPT;-d 192.0.2.1/32 -p esp -m esp --espspi 10:2147483647 -j ACCEPT;OK
-p esp -m esp ! --espspi ":";-p esp -m esp;OK
*filter
:OUTPUT
-p esp -m esp -j ACCEPT;=;OK
-p esp -m esp -j DROP;=;OK
-p esp -m esp;=;OK
*filter
:u
-p esp -m esp --espspi "1:" -j ACCEPT;-p esp -m esp --espspi 1:4294967295 -j ACCEPT;OK
*mangle
:FORWARD
! -s 10.1/24 -p 50 -m esp;! -s 10.1.0.0/24 -p esp -m esp;OK
*mangle
:INPUT
-p esp -m esp;=;OK
*mangle
:POSTROUTING
-p 50 -m esp ! --espspi "0xfffffffe:" -j DROP;-p esp -m esp ! --espspi 4294967294:4294967295 -j DROP;OK
*raw
:PREROUTING
-p esp -m esp --espspi "0x7fffffff:2147483647";-p esp -m esp --espspi 2147483647;OK
*raw
:u
-p esp -m esp --espspi "2147483647:" -j ACCEPT;-p esp -m esp --espspi 2147483647:4294967295 -j ACCEPT;OK
*security
:FORWARD
! -i lo -p 50 -m esp --espspi ":";! -i lo -p esp -m esp;OK
%6
*filter
:FORWARD
-d ::/128 -p esp -m esp;=;OK
-p esp -m esp --espspi "4294967295:2147483647";-p esp -m esp --espspi 4294967295:2147483647;OK
-p esp -m esp --espspi ":";-p esp -m esp;OK
-p esp -m esp --espspi ":2147483647";-p esp -m esp --espspi 0:2147483647;OK
-p esp -m esp -j DROP;=;OK
*filter
:INPUT
! -s ff02::1/64 -p esp -m esp --espspi 0;! -s ff02::/64 -p esp -m esp --espspi 0;OK
-d 2001:db8::1/64 -p esp -m esp --espspi "4294967295:0";-d 2001:db8::/64 -p esp -m esp --espspi 4294967295:0;OK
-p 50 -m esp;-p esp -m esp;OK
-p esp -m esp;=;OK
-s ::192.0.2.1/128 -i eth+ -p esp -m esp;=;OK
-s ff02::1/0 -p esp -m esp -j RETURN;-p esp -m esp -j RETURN;OK
*filter
:OUTPUT
-p 50 -m esp;-p esp -m esp;OK
*mangle
:FORWARD
-p esp -m esp;=;OK
*raw
:OUTPUT
-p esp -m esp --espspi "4294967294:";-p esp -m esp --espspi 4294967294:4294967295;OK
*raw
:PREROUTING
-p 50 -m esp ! --espspi "1:";-p esp -m esp ! --espspi 1:4294967295;OK
-p esp -m esp --espspi 0 -j ACCEPT;=;OK
