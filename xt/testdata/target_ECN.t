# target ECN: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*mangle
:FORWARD
-d 10.1.2.3/255.0.255.0 -j ECN --ecn-tcp-remove;;FAIL
-f -j ECN --ecn-tcp-cwr 1;;FAIL
-j ECN --ecn-tcp-ece 0x0;;FAIL
*mangle
:INPUT
-j ECN --ecn-ip-ect 3;=;OK
-p 255 -j ECN --ecn-tcp-ece 1;;FAIL
-p udp -j ECN --ecn-ip-ect 0;=;OK
-s 0.0.0.0 ! -f ! -p 255 -j ECN;;FAIL
*mangle
:OUTPUT
-j ECN --ecn-ip-ect 3 --ecn-tcp-remove;;FAIL
-p TCP -j ECN --ecn-tcp-ece 0 --ecn-ip-ec 0 --ecn-tcp-cwr 0x0;-p tcp -j ECN --ecn-tcp-ece 0 --ecn-tcp-cwr 0 --ecn-ip-ect 0;OK
*mangle
:POSTROUTING
-j ECN --ecn-tcp-remove --ecn-ip-ect 3;;FAIL
-j ECN;;FAIL
*mangle
:PREROUTING
-i abcdefghijklmno -j ECN --ecn-ip-ect 1;=;OK
-p TCP -j ECN --ecn-ip-ect 0x1 --ecn-tcp-cwr 0;-p tcp -j ECN --ecn-tcp-cwr 0 --ecn-ip-ect 1;OK
-s 0.0.0.0/32 -i a.b:c -p TCP -j ECN --ecn-tcp-cwr 0;-s 0.0.0.0/32 -i a.b:c -p tcp -j ECN --ecn-tcp-cwr 0;OK
*mangle
:u
-p 255 -j ECN --ecn-tcp-cwr 10 --ecn-ip-ect 10;;FAIL
-s 192.0.2.1/255.255.0.0 -p esp -j ECN --ecn-tcp-remove --ecn-ip-ect 1;;FAIL
