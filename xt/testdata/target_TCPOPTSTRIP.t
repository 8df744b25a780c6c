# target TCPOPTSTRIP: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*mangle
:FORWARD
-i lo -o + -p tcp -j TCPOPTSTRIP;-i lo -p tcp -j TCPOPTSTRIP;OK
-p 6 -j TCPOPTSTRIP;-p tcp -j TCPOPTSTRIP;OK
-p tcp -j TCPOPTSTRIP;=;OK
*mangle
:INPUT
! -s 192.0.2.1/32 ! -d 0.0.0.0/32 -p 6 -j TCPOPTSTRIP --strip-options "5,8,19";! -s 192.0.2.1/32 ! -d 0.0.0.0/32 -p tcp -j TCPOPTSTRIP --strip-options 5,8,19;OK
-p tcp -j TCPOPTSTRIP;=;OK
-s 192.0.2.1/255.255.0.0 -p tcp -j TCPOPTSTRIP --strip-options "timestamp,254";-s 192.0.0.0/16 -p tcp -j TCPOPTSTRIP --strip-options 8,254;OK
*mangle
:OUTPUT
-o lo -p tcp -j TCPOPTSTRIP;=;OK
*mangle
:POSTROUTING
! -d 127.0.0.1 -p tcp -j TCPOPTSTRIP --strip-options 2;! -d 127.0.0.1/32 -p tcp -j TCPOPTSTRIP --strip-options 2;OK
-p tcp -j TCPOPTSTRIP;=;OK
*mangle
:PREROUTING
! -i eth0 -p tcp -j TCPOPTSTRIP;=;OK
-f -p tcp -j TCPOPTSTRIP --strip-options "5,8,19";-p tcp -f -j TCPOPTSTRIP --strip-options 5,8,19;OK
-p tcp -j TCPOPTSTRIP;=;OK
*mangle
:u
-p tcp -j TCPOPTSTRIP --strip-options "5,8,19";-p tcp -j TCPOPTSTRIP --strip-options 5,8,19;OK
-s 255.255.255.255/255.0.255.0 ! -f -p tcp -j TCPOPTSTRIP;-s 255.0.255.0/255.0.255.0 -p tcp ! -f -j TCPOPTSTRIP;OK
%6
*mangle
:FORWARD
-o + -p tcp -j TCPOPTSTRIP --strip-options 2;-p tcp -j TCPOPTSTRIP --strip-options 2;OK
-p 6 -j TCPOPTSTRIP;-p tcp -j TCPOPTSTRIP;OK
-p tcp -j TCPOPTSTRIP --strip-options "timestamp,254";-p tcp -j TCPOPTSTRIP --strip-options 8,254;OK
*mangle
:INPUT
-d 2001:db8::1/ffff:ffff:: -p tcp -j TCPOPTSTRIP;-d 2001:db8::/32 -p tcp -j TCPOPTSTRIP;OK
-j TCPOPTSTRIP --strip-options "timestamp,254";;FAIL
*mangle
:OUTPUT
-d 2001:db8:0:1:2:3:4:5 -p 6 -j TCPOPTSTRIP --strip-options 2;-d 2001:db8:0:1:2:3:4:5/128 -p tcp -j TCPOPTSTRIP --strip-options 2;OK
-p 6 -j TCPOPTSTRIP;-p tcp -j TCPOPTSTRIP;OK
-p tcp -j TCPOPTSTRIP --strip-options "mss,wscale";-p tcp -j TCPOPTSTRIP --strip-options 2,3;OK
-s ::ffff:192.0.2.1/128 -p tcp -j TCPOPTSTRIP --strip-options 2;=;OK
*mangle
:POSTROUTING
-o eth+ -p 6 -j TCPOPTSTRIP;-o eth+ -p tcp -j TCPOPTSTRIP;OK
-o eth+ -p tcp -j TCPOPTSTRIP --strip-options 256;;FAIL
-p 6 -j TCPOPTSTRIP --strip-options "2,mss";;FAIL
-p 6 -j TCPOPTSTRIP --strip-options "mss,wscale";-p tcp -j TCPOPTSTRIP --strip-options 2,3;OK
-p tcp -j TCPOPTSTRIP;=;OK
-s ff02::1/ffff:ffff:: -o + -p tcp -j TCPOPTSTRIP --strip-options "mss,wscale";-s ff02::/32 -p tcp -j TCPOPTSTRIP --strip-options 2,3;OK
*mangle
:u
-p 6 -j TCPOPTSTRIP;-p tcp -j TCPOPTSTRIP;OK
