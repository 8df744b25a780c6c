# match ipcomp: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
-d 255.255.255.255 -p ipcomp -m ipcomp --compres -j DROP;-d 255.255.255.255/32 -p ipcomp -m ipcomp --ipcompspi 0 --compres -j DROP;OK
-f -p ipcomp -m ipcomp;-p ipcomp -f -m ipcomp --ipcompspi 0;OK
-p ipcomp -m ipcomp ! --ipcompspi "0:";-p ipcomp -m ipcomp;OK
-p ipcomp -m ipcomp ! --ipcompspi "0x1:";-p ipcomp -m ipcomp ! --ipcompspi 1:4294967295;OK
*filter
:INPUT
-d 255.255.255.255/0 -p ipcomp -m ipcomp --compres --ipcompspi 10;-p ipcomp -m ipcomp --ipcompspi 10 --compres;OK
-p ipcomp -m ipcomp --compres -j RETURN;-p ipcomp -m ipcomp --ipcompspi 0 --compres -j RETURN;OK
-p ipcomp -m ipcomp --ipcompspi 4294967294 -j DROP;=;OK
-p ipcomp -m ipcomp --ipcompspi 4294967295 --compres;=;OK
*filter
:OUTPUT
-o eth0 -p 108 -m ipcomp;-o eth0 -p ipcomp -m ipcomp --ipcompspi 0;OK
-p ipcomp -m ipcomp -j DROP;-p ipcomp -m ipcomp --ipcompspi 0 -j DROP;OK
-p ipcomp -m ipcomp -j RETURN;-p ipcomp -m ipcomp --ipcompspi 0 -j RETURN;OK
-p ipcomp -m ipcomp;-p ipcomp -m ipcomp --ipcompspi 0;OK
*nat
:INPUT
-f -p ipcomp -m ipcomp --compres;-p ipcomp -f -m ipcomp --ipcompspi 0 --compres;OK
*nat
:POSTROUTING
-d 10.1.2.3/255.0.255.0 -p ipcomp -m ipcomp --compres;-d 10.0.2.0/255.0.255.0 -p ipcomp -m ipcomp --ipcompspi 0 --compres;OK
*raw
:PREROUTING
-p ipcomp -m ipcomp -j DROP;-p ipcomp -m ipcomp --ipcompspi 0 -j DROP;OK
*security
:FORWARD
! -s 10.1/255.0.255.0 -d 0.0.0.0 -f -p ipcomp -m ipcomp --compres;! -s 10.0.0.0/255.0.255.0 -d 0.0.0.0/32 -p ipcomp -f -m ipcomp --ipcompspi 0 --compres;OK
%6
*filter
:FORWARD
-d ::ffff:192.0.2.1/129 -m ipcomp;;FAIL
-p ipcomp -m ipcomp ! --ipcompspi "4294967295:" --compres -j RETURN;-p ipcomp -m ipcomp ! --ipcompspi 4294967295 --compres -j RETURN;OK
-p ipcomp -m ipcomp --ipcompspi "0xa:1";-p ipcomp -m ipcomp --ipcompspi 10:1;OK
*filter
:INPUT
-i eth+ -p ipcomp -m ipcomp --compres;-i eth+ -p ipcomp -m ipcomp --ipcompspi 0 --compres;OK
-i eth0 -p 108 -m ipcomp --compres -j DROP;-i eth0 -p ipcomp -m ipcomp --ipcompspi 0 --compres -j DROP;OK
-p 108 -m ipcomp --compres;-p ipcomp -m ipcomp --ipcompspi 0 --compres;OK
-p 108 -m ipcomp --ipcompspi "4294967294:0";-p ipcomp -m ipcomp --ipcompspi 4294967294:0;OK
-p 108 -m ipcomp -j RETURN;-p ipcomp -m ipcomp --ipcompspi 0 -j RETURN;OK
-p 108 -m ipcomp;-p ipcomp -m ipcomp --ipcompspi 0;OK
-p ipcomp -m ipcomp ! --ipcompspi "0:1";-p ipcomp -m ipcomp ! --ipcompspi 0:1;OK
-p ipcomp -m ipcomp;-p ipcomp -m ipcomp --ipcompspi 0;OK
*filter
:OUTPUT
! -o eth+ -p 108 -m ipcomp -j ACCEPT;! -o eth+ -p ipcomp -m ipcomp --ipcompspi 0 -j ACCEPT;OK
-s 2001:db8::1/128 -p ipcomp -m ipcomp --compres;-s 2001:db8::1/128 -p ipcomp -m ipcomp --ipcompspi 0 --compres;OK
*filter
:u
-p ipcomp -m ipcomp;-p ipcomp -m ipcomp --ipcompspi 0;OK
*raw
:OUTPUT
-p ipcomp -m ipcomp;-p ipcomp -m ipcomp --ipcompspi 0;OK
*security
:INPUT
-p ipcomp -m ipcomp --ipcompspi ":1";-p ipcomp -m ipcomp --ipcompspi 0:1;OK
