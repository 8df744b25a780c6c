# target CONNSECMARK: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*mangle
:FORWARD
-s 192.0.2.1/24 -j CONNSECMARK --save;-s 192.0.2.0/24 -j CONNSECMARK --save;OK
*mangle
:INPUT
-j CONNSECMARK --restore;=;OK
*mangle
:OUTPUT
-j CONNSECMARK --restore;=;OK
*mangle
:POSTROUTING
-d 255.255.255.255/32 -j CONNSECMARK --restore;=;OK
*mangle
:u
-i a.b:c -j CONNSECMARK --restore;=;OK
-i eth+ -j CONNSECMARK --save;=;OK
-p gre -j CONNSECMARK --restore;=;OK
*security
:FORWARD
-i a.b:c -o + -j CONNSECMARK --save;-i a.b:c -j CONNSECMARK --save;OK
-i a.b:c -p gre -j CONNSECMARK;;FAIL
-j CONNSECMARK --restore;=;OK
*security
:INPUT
-j CONNSECMARK --restore;=;OK
-p dccp -j CONNSECMARK --restore;=;OK
*security
:OUTPUT
-d 192.0.2.1/32 -o eth+ -j CONNSECMARK --restore;=;OK
-s 192.0.2.1/32 -j CONNSECMARK --save;=;OK
*security
:u
! -d 127.0.0.1/24 -j CONNSECMARK --restore;! -d 127.0.0.0/24 -j CONNSECMARK --restore;OK
%6
*mangle
:FORWARD
-j CONNSECMARK --restore;=;OK
-p tcp -j CONNSECMARK --save;=;OK
*mangle
:OUTPUT
-j CONNSECMARK --save;=;OK
-p gre -j CONNSECMARK --sav;-p gre -j CONNSECMARK --save;OK
*mangle
:POSTROUTING
-o lo ! -p udplite -j CONNSECMARK --restore;=;OK
-p TCP -j CONNSECMARK --save;-p tcp -j CONNSECMARK --save;OK
*security
:FORWARD
-j CONNSECMARK --save;=;OK
-o + -j CONNSECMARK --restor;-j CONNSECMARK --restore;OK
*security
:INPUT
! -p tcp -j CONNSECMARK --restore;=;OK
-j CONNSECMARK --restore;=;OK
-j CONNSECMARK --save;=;OK
*security
:OUTPUT
-j CONNSECMARK --restore;=;OK
-j CONNSECMARK --save;=;OK
*security
:u
-j CONNSECMARK --save;=;OK
