# match mh: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%6
*filter
:FORWARD
-o eth+ -p 135 -m mh --mh-type home-test;-o eth+ -p mobility-header -m mh --mh-type 3;OK
-p mobility-header -m mh -j DROP;=;OK
-p mobility-header -m mh;=;OK
*filter
:INPUT
-d :: -p mobility-header -m mh --mh-type 1;-d ::/128 -p mobility-header -m mh --mh-type 1;OK
*filter
:OUTPUT
-d 2001:db8::1/64 -p 135 -m mh -j DROP;-d 2001:db8::/64 -p mobility-header -m mh -j DROP;OK
-p mobility-header -m mh;=;OK
-s fe80::1/ffff:ffff:: -p mobility-header -m mh -j RETURN;-s fe80::/32 -p mobility-header -m mh -j RETURN;OK
*filter
:u
-p mobility-header -m mh;=;OK
*mangle
:OUTPUT
-d 2001:db8:0:1:2:3:4:5 -p mobility-header -m mh ! --mh-type "5:";-d 2001:db8:0:1:2:3:4:5/128 -p mobility-header -m mh ! --mh-type 5:255;OK
-p 135 -m mh --mh-type 256 -j DROP;;FAIL
*nat
:INPUT
-p mobility-header -m mh;=;OK
*raw
:PREROUTING
-p 135 -m mh -j ACCEPT;-p mobility-header -m mh -j ACCEPT;OK
*security
:INPUT
-p mobility-header -m mh --mh-typ 1 -j DROP;-p mobility-header -m mh --mh-type 1 -j DROP;OK
*security
:u
-p mobility-header -m mh --mh-type "binding-update:be";-p mobility-header -m mh --mh-type 5:7;OK
