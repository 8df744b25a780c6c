# target IDLETIMER: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
! -d 255.255.255.255 -j IDLETIMER --label "xt b24" --alarm --timeout 5;! -d 255.255.255.255/32 -j IDLETIMER --timeout 5 --label xt b24 --alarm;OK
! -p gre -j IDLETIMER --label xt-21 --timeout 5;! -p gre -j IDLETIMER --timeout 5 --label xt-21;OK
! -p tcp -j IDLETIMER --alarm --label "xt b25" --timeout 1;! -p tcp -j IDLETIMER --timeout 1 --label xt b25 --alarm;OK
*filter
:INPUT
-j IDLETIMER --label xt-18 --alarm --timeou 5;-j IDLETIMER --timeout 5 --label xt-18 --alarm;OK
-j IDLETIMER --timeout 4000000 --label "xt b20";;FAIL
-p udplite -j IDLETIMER --timeout 1 --label xt105678901234567890123456789;-p udplite -j IDLETIMER --timeout 1 --label xt1056789012345678901234567;OK
-s 10.1 ! -f -p gre -j IDLETIMER --alarm --label "xt b11" --timeout 5;-s 10.1.0.0/32 -p gre ! -f -j IDLETIMER --timeout 5 --label xt b11 --alarm;OK
*filter
:OUTPUT
! -o eth+ ! -p dccp -j IDLETIMER --label xt15678901234567890123456789 --timeout 1;! -o eth+ ! -p dccp -j IDLETIMER --timeout 1 --label xt1567890123456789012345678;OK
-d 192.0.2.1/24 -j IDLETIMER --label xt-22 --timeout 5;-d 192.0.2.0/24 -j IDLETIMER --timeout 5 --label xt-22;OK
-j IDLETIMER --timeout 5 --alarm --label xt-3;-j IDLETIMER --timeout 5 --label xt-3 --alarm;OK
-j IDLETIMER --timeout 5 --label xt165678901234567890123456789;-j IDLETIMER --timeout 5 --label xt1656789012345678901234567;OK
-s 192.0.2.1/255.255.0.0 -j IDLETIMER --timeout 1 --label xt-15;-s 192.0.0.0/16 -j IDLETIMER --timeout 1 --label xt-15;OK
*filter
:u
-s 0.0.0.0/0 -j IDLETIMER --alarm --timeout 1 --label xt-8;-j IDLETIMER --timeout 1 --label xt-8 --alarm;OK
-s 10.1/255.0.255.0 -j IDLETIMER --alarm --label "xt b12" --timeout 5;-s 10.0.0.0/255.0.255.0 -j IDLETIMER --timeout 5 --label xt b12 --alarm;OK
*nat
:PREROUTING
-i eth+ -p udp -j IDLETIMER --timeout 5 --label xt145678901234567890123456789;-i eth+ -p udp -j IDLETIMER --timeout 5 --label xt1456789012345678901234567;OK
*security
:FORWARD
! -o lo ! -p sctp -j IDLETIMER --label xt175678901234567890123456789 --timeout 1;! -o lo ! -p sctp -j IDLETIMER --timeout 1 --label xt1756789012345678901234567;OK
%6
*filter
:FORWARD
-p gre -j IDLETIMER --alarm --label xt505678901234567890123456789 --timeout 4000000;;FAIL
*filter
:INPUT
! -i + -j IDLETIMER --label xt-47 --timeout 5;! -i + -j IDLETIMER --timeout 5 --label xt-47;OK
-i + -j IDLETIMER --label xt495678901234567890123456789 --timeout 5;-j IDLETIMER --timeout 5 --label xt4956789012345678901234567;OK
-j IDLETIMER --alarm --timeout 1 --label "xt b46";-j IDLETIMER --timeout 1 --label xt b46 --alarm;OK
-j IDLETIMER --label xt-44 --alarm --timeout 5;-j IDLETIMER --timeout 5 --label xt-44 --alarm;OK
-j IDLETIMER --timeout 0 --label xt295678901234567890123456789;;FAIL
*filter
:OUTPUT
-j IDLETIMER --alarm --label xt-38 --timeout 5;-j IDLETIMER --timeout 5 --label xt-38 --alarm;OK
-p ah -j IDLETIMER --timeout 5 --label "xt b36";-p ah -j IDLETIMER --timeout 5 --label xt b36;OK
-p gre -j IDLETIMER --timeout 0 --label "xt b48";;FAIL
-s ::192.0.2.1/0 -j IDLETIMER --label "xt b31" --timeout 1;-j IDLETIMER --timeout 1 --label xt b31;OK
*mangle
:u
-d 2001:db8:0:1:2:3:4:5/0 -j IDLETIMER --label xt405678901234567890123456789 --timeout 4000000;;FAIL
*nat
:INPUT
-i + -j IDLETIMER --alarm --timeout 5 --label xt325678901234567890123456789;-j IDLETIMER --timeout 5 --label xt3256789012345678901234567 --alarm;OK
*nat
:OUTPUT
-j IDLETIMER --timeout 1 --label xt-37;=;OK
*raw
:PREROUTING
-d ::/64 -j IDLETIMER --timeout 4294967295 --label xt435678901234567890123456789;;FAIL
-s ::ffff:192.0.2.1/ffff:ffff:: -d ::192.0.2.1/64 -j IDLETIMER --alarm --timeout 1 --label "xt b26";-s ::/32 -d ::/64 -j IDLETIMER --timeout 1 --label xt b26 --alarm;OK
*security
:u
-j IDLETIMER --timeout 1 --label xt-33;=;OK
