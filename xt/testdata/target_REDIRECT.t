# target REDIRECT: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*mangle
:PREROUTING
-s 127.0.0.1 -j REDIRECT;;FAIL
*nat
:OUTPUT
! -d 127.0.0.1/24 -p dccp -j REDIRECT;! -d 127.0.0.0/24 -p dccp -j REDIRECT;OK
! -o + -j REDIRECT;=;OK
! -p dccp -j REDIRECT;=;OK
-o eth+ -j REDIRECT;=;OK
-o lo ! -p ah -j REDIRECT;=;OK
-s 10.1/255.255.0.0 -j REDIRECT;-s 10.1.0.0/16 -j REDIRECT;OK
*nat
:PREROUTING
! -d 10.1/32 -p TCP -j REDIRECT --random;! -d 10.1.0.0/32 -p tcp -j REDIRECT --random;OK
! -p 255 -j REDIRECT --to-ports "80:90" --random;;FAIL
! -p ah -j REDIRECT --to-ports "80:90";;FAIL
! -p udplite -j REDIRECT --random;=;OK
-d 0.0.0.0/255.255.0.0 -i lo -j REDIRECT --random;-d 0.0.0.0/16 -i lo -j REDIRECT --random;OK
-i + -j REDIRECT --random;-j REDIRECT --random;OK
-j REDIRECT;=;OK
-s 0.0.0.0/24 -d 10.1.2.3/255.0.255.0 -p 41 -j REDIRECT --to-ports 65535;;FAIL
%6
*nat
:OUTPUT
-d 2001:db8:0:1:2:3:4:5/129 -j REDIRECT --random;;FAIL
-d 2001:db8::1/128 -o + -j REDIRECT --random;-d 2001:db8::1/128 -j REDIRECT --random;OK
-d ::/129 -j REDIRECT --to-ports 0;;FAIL
-d ff02::1/128 -j REDIRECT;=;OK
-j REDIRECT;=;OK
*nat
:PREROUTING
! -i eth+ -p icmpv6 -j REDIRECT;! -i eth+ -p ipv6-icmp -j REDIRECT;OK
! -p sctp -j REDIRECT;=;OK
-d 2001:db8:0:1:2:3:4:5/ffff:ffff:: ! -p gre -j REDIRECT --to-ports 65535;;FAIL
-j REDIRECT --to-ports 0 --random;;FAIL
-j REDIRECT;=;OK
-p gre -j REDIRECT --random;=;OK
-s 2001:db8:0:1:2:3:4:5/ffff:ffff:: -j REDIRECT --to-ports 90-80;;FAIL
*nat
:u
-o eth+ -j REDIRECT --to-ports 80;;FAIL
-o eth0 -j REDIRECT;=;OK
