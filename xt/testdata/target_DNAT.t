# target DNAT: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*nat
:OUTPUT
-j DNAT --random --to-destination "192.0.2.1";-j DNAT --to-destination 192.0.2.1 --random;OK
-j DNAT --to-destination "192.0.2.1:90-80";;FAIL
-j DNAT --to-destination "[2001:db8::1]";;FAIL
-j DNAT --to-destination "[2001:db8::1]:80";;FAIL
-o lo -f ! -p udplite -j DNAT --persistent --random --to-destination "[2001:db8::1-2001:db8::9]:80-90";;FAIL
-p sctp -j DNAT --to-destination "192.0.2.1:80-90/85";-p sctp -j DNAT --to-destination 192.0.2.1:80-90/85;OK
-s 10.1/255.0.255.0 -j DNAT --to-destination "192.0.2.1-192.0.2.1:0";;FAIL
-s 127.0.0.1 ! -f -p 255 -j DNAT --persistent --to-destination "192.0.2.1:http";;FAIL
*nat
:PREROUTING
! -i + -j DNAT --to-destination "192.0.2.1-192.0.2.9";! -i + -j DNAT --to-destination 192.0.2.1-192.0.2.9;OK
! -p ah -j DNAT --to-destination "192.0.2.1:80-90/85" --random --persistent;;FAIL
! -p esp -j DNAT --to-destination "2001:db8::1";;FAIL
-d 127.0.0.1/0 -j DNAT --random --to-destination "[2001:db8::1]";;FAIL
-i lo -j DNAT --to-destination "[2001:db8::1]";;FAIL
-j DNAT --to-destination "192.0.2.1-192.0.2.1:0";;FAIL
-j DNAT --to-destination ":80" --random;;FAIL
-s 192.0.2.1/0 -p dccp -j DNAT --persistent --to-destination "[2001:db8::1]:80";;FAIL
%6
*filter
:OUTPUT
-j DNAT --persistent --to-destination "[2001:db8::1-2001:db8::9]:80-90";;FAIL
*nat
:OUTPUT
-d ff02::1/64 -j DNAT --to-destination ":80";;FAIL
-j DNAT --random --to-destination "[2001:db8::1-2001:db8::9]:80-90";;FAIL
-j DNAT --to-destination "192.0.2.1-192.0.2.9";;FAIL
-j DNAT --to-destination "192.0.2.1:http";;FAIL
-j DNAT --to-destination "[2001:db8::1]";-j DNAT --to-destination 2001:db8::1;OK
-o eth0 -j DNAT --persistent --to-destination "192.0.2.1:http" --random;;FAIL
-s ::192.0.2.1/128 -o lo -j DNAT --to-destination "[2001:db8::1]";-s ::192.0.2.1/128 -o lo -j DNAT --to-destination 2001:db8::1;OK
*nat
:PREROUTING
! -i + -p udp -j DNAT --random --to-destination "2001:db8::1";! -i + -p udp -j DNAT --to-destination 2001:db8::1 --random;OK
! -p dccp -j DNAT --persistent --to-destination "[2001:db8::1]:80" --random;! -p dccp -j DNAT --to-destination [2001:db8::1]:80 --random --persistent;OK
-i + -p tcp -j DNAT --to-destination "[2001:db8::1]:80";-p tcp -j DNAT --to-destination [2001:db8::1]:80;OK
-j DNAT --persistent --to-destination "192.0.2.1:90-80";;FAIL
-j DNAT --random --persistent --to-destination "192.0.2.1-192.0.2.1:0";;FAIL
-j DNAT --to-destination "192.0.2.1-192.0.2.9:80-90";;FAIL
*nat
:u
-j DNAT --to-destination "2001:db8::1";-j DNAT --to-destination 2001:db8::1;OK
-s ::ffff:192.0.2.1/0 -j DNAT --to-destination "192.0.2.1" --persistent --random;;FAIL
