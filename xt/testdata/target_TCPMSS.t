# target TCPMSS: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
! -i abcdefghijklmno -p tcp -j TCPMSS;;FAIL
*filter
:INPUT
! -s 0.0.0.0/255.255.0.0 ! -d 255.255.255.255/255.255.0.0 -p tcp -j TCPMSS --clamp-mss-to-pmtu --set-mss 65515;! -s 0.0.0.0/16 ! -d 255.255.0.0/16 -p tcp -j TCPMSS --set-mss 65515;OK
-p 6 -j TCPMSS --set-mss 0xffea;-p tcp -j TCPMSS --set-mss 65514;OK
-p tcp -j TCPMSS --set-mss 0;=;OK
-p tcp -j TCPMSS --set-mss 32757;=;OK
*filter
:OUTPUT
-p 6 -j TCPMSS --set-mss 0x7ff5;-p tcp -j TCPMSS --set-mss 32757;OK
-p tcp -j TCPMSS --clamp-mss-to-pmtu;=;OK
*filter
:u
! -o eth+ -p 6 -j TCPMSS --clamp-mss-to-pmtu;! -o eth+ -p tcp -j TCPMSS --clamp-mss-to-pmtu;OK
-o lo -p tcp -j TCPMSS --set-mss 65515;=;OK
-p 6 -j TCPMSS --set-mss 32757;-p tcp -j TCPMSS --set-mss 32757;OK
*mangle
:INPUT
-d 255.255.255.255/0 -p tcp -j TCPMSS --clamp-mss-to-pmtu --set-mss 0xffea;-p tcp -j TCPMSS --set-mss 65514;OK
*mangle
:PREROUTING
-s 192.0.2.1 ! -d 255.255.255.255 -p tcp -j TCPMSS --clamp-mss-to-pmtu --set-mss 32757;-s 192.0.2.1/32 ! -d 255.255.255.255/32 -p tcp -j TCPMSS --set-mss 32757;OK
*nat
:INPUT
-i abcdefghijklmno -p tcp -j TCPMSS --set-mss 0xffeb;-i abcdefghijklmno -p tcp -j TCPMSS --set-mss 65515;OK
*nat
:OUTPUT
-p tcp -j TCPMSS --set-mss 32757;=;OK
*security
:FORWARD
-p tcp -j TCPMSS --set-mss 32757;=;OK
%6
*filter
:FORWARD
-d ff02::1/64 -p tcp -j TCPMSS --clamp-mss-to-pmtu;-d ff02::/64 -p tcp -j TCPMSS --clamp-mss-to-pmtu;OK
-p tcp -j TCPMSS --set-mss 1;=;OK
-p tcp -j TCPMSS --set-mss 32757 --clamp-mss-to-pmtu;-p tcp -j TCPMSS --clamp-mss-to-pmtu;OK
-p tcp -j TCPMSS;;FAIL
*filter
:OUTPUT
-d ::192.0.2.1/128 -o lo -p 6 -j TCPMSS;;FAIL
-p tcp -j TCPMSS --set-mss 0xffea;;FAIL
-s ::192.0.2.1/ffff:ffff:: -d ::192.0.2.1 -p tcp -j TCPMSS --clamp-mss-to-pmtu;-s ::/32 -d ::192.0.2.1/128 -p tcp -j TCPMSS --clamp-mss-to-pmtu;OK
-s fe80::1 -p tcp -j TCPMSS --set-mss 0;-s fe80::1/128 -p tcp -j TCPMSS --set-mss 0;OK
*filter
:u
-p tcp -j TCPMSS --clamp-mss-to-pmtu;=;OK
-s ::/64 -p tcp -j TCPMSS --set-mss 0;=;OK
-s fe80::1/0 -p tcp -j TCPMSS --clamp-mss-to-pmtu;-p tcp -j TCPMSS --clamp-mss-to-pmtu;OK
*nat
:INPUT
-s fe80::1/128 -p tcp -j TCPMSS;;FAIL
*nat
:u
-p 6 -j TCPMSS;;FAIL
*raw
:PREROUTING
-p tcp -j TCPMSS --set-mss 65515;;FAIL
*raw
:u
-s ::192.0.2.1/0 -p tcp -j TCPMSS --set-mss 1;-p tcp -j TCPMSS --set-mss 1;OK
*security
:INPUT
-p 6 -j TCPMSS;;FAIL
