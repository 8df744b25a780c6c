# match tcpmss: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
! -s 10.1.2.3/255.255.0.0 -p tcp -m tcpmss ! --mss ":";! -s 10.1.0.0/16 -p tcp -m tcpmss ! --mss 0:65535;OK
-i eth+ -p tcp -m tcpmss ! --mss ":";-i eth+ -p tcp -m tcpmss ! --mss 0:65535;OK
-p tcp -m tcpmss --mss "65534:65535" -j ACCEPT;-p tcp -m tcpmss --mss 65534:65535 -j ACCEPT;OK
-p tcp -m tcpmss --mss ":" -j DROP;-p tcp -m tcpmss --mss 0:65535 -j DROP;OK
-p tcp -m tcpmss --mss 65534;=;OK
-s 0.0.0.0/255.255.0.0 -p 6 -m tcpmss --mss "0xffff:0x7fff" -j DROP;;FAIL
*filter
:INPUT
-p 6 -m tcpmss --mss "65534:10" -j ACCEPT;;FAIL
-p tcp -m tcpmss ! --mss "0:0xffff";-p tcp -m tcpmss ! --mss 0:65535;OK
-p tcp -m tcpmss ! --mss 10;=;OK
-p tcp -m tcpmss --mss ":0x1";-p tcp -m tcpmss --mss 0:1;OK
*filter
:OUTPUT
! -d 0.0.0.0 -p tcp -m tcpmss --mss "0x7fff:" -j DROP;! -d 0.0.0.0/32 -p tcp -m tcpmss --mss 32767:65535 -j DROP;OK
! -d 0.0.0.0/255.255.0.0 -p 6 -m tcpmss --mss ":";! -d 0.0.0.0/16 -p tcp -m tcpmss --mss 0:65535;OK
-p 6 -m tcpmss --mss ":";-p tcp -m tcpmss --mss 0:65535;OK
-p tcp -m tcpmss --mss "1:";-p tcp -m tcpmss --mss 1:65535;OK
-p tcp -m tcpmss --mss ":";-p tcp -m tcpmss --mss 0:65535;OK
*security
:OUTPUT
-p tcp -m tcpmss --mss ":0x1";-p tcp -m tcpmss --mss 0:1;OK
%6
*filter
:FORWARD
! -o + -p 6 -m tcpmss --mss 65534;! -o + -p tcp -m tcpmss --mss 65534;OK
-p tcp -m tcpmss --mss ":0x1" -j ACCEPT;-p tcp -m tcpmss --mss 0:1 -j ACCEPT;OK
-s ::ffff:192.0.2.1 -d ff02::1/ffff:ffff:: -p tcp -m tcpmss --mss "65535:";-s ::ffff:192.0.2.1/128 -d ff02::/32 -p tcp -m tcpmss --mss 65535;OK
*filter
:INPUT
-i + -p tcp -m tcpmss --mss "0:";-p tcp -m tcpmss --mss 0:65535;OK
-p tcp -m tcpmss --mss "65534:0xfffe";-p tcp -m tcpmss --mss 65534;OK
-p tcp -m tcpmss --mss ":";-p tcp -m tcpmss --mss 0:65535;OK
-p tcp -m tcpmss --mss 0x1 -j DROP;-p tcp -m tcpmss --mss 1 -j DROP;OK
-p tcp -m tcpmss --mss 65534 -j RETURN;=;OK
*filter
:OUTPUT
-p 6 -m tcpmss --mss 10;-p tcp -m tcpmss --mss 10;OK
-p tcp -m tcpmss --mss "65535:";-p tcp -m tcpmss --mss 65535;OK
-p tcp -m tcpmss --mss ":1";-p tcp -m tcpmss --mss 0:1;OK
*mangle
:FORWARD
-o eth+ -p tcp -m tcpmss --mss ":";-o eth+ -p tcp -m tcpmss --mss 0:65535;OK
*nat
:POSTROUTING
-p tcp -m tcpmss ! --mss "1:65534";-p tcp -m tcpmss ! --mss 1:65534;OK
*raw
:PREROUTING
-s ::ffff:192.0.2.1/0 -p tcp -m tcpmss --mss "0xfffe:1";;FAIL
*raw
:u
-p tcp -m tcpmss ! --mss "65534:0xffff" -j DROP;-p tcp -m tcpmss ! --mss 65534:65535 -j DROP;OK
*security
:OUTPUT
-p tcp -m tcpmss --mss ":0x0";-p tcp -m tcpmss --mss 0;OK
