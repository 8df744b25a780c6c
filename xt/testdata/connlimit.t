# match connlimit: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
-d 0.0.0.0/24 -m connlimit --connlimit-mask 24 --connlimit-upto 4294967295;-d 0.0.0.0/24 -m connlimit --connlimit-upto 4294967295 --connlimit-mask 24 --connlimit-saddr;OK
-m connlimit --connlimit-abov 0xffffffff;-m connlimit --connlimit-above 4294967295 --connlimit-mask 32 --connlimit-saddr;OK
-m connlimit --connlimit-daddr --connlimit-above 0xa -j RETURN;-m connlimit --connlimit-above 10 --connlimit-mask 32 --connlimit-daddr -j RETURN;OK
-s 192.0.2.1 -i abcdefghijklmno -m connlimit --connlimit-saddr --connlimit-upto 4294967295 --connlimit-mask 0;-s 192.0.2.1/32 -i abcdefghijklmno -m connlimit --connlimit-upto 4294967295 --connlimit-mask 0 --connlimit-saddr;OK
*filter
:INPUT
! -s 0.0.0.0 -d 10.1.2.3/0 -m connlimit --connlimit-mask 8 ! --connlimit-upto 0x7fffffff -j DROP;! -s 0.0.0.0/32 -m connlimit --connlimit-above 2147483647 --connlimit-mask 8 --connlimit-saddr -j DROP;OK
-m connlimit --connlimit-saddr --connlimit-abov 0xa --connlimit-mask 0;-m connlimit --connlimit-above 10 --connlimit-mask 0 --connlimit-saddr;OK
-m connlimit --connlimit-upto 1 --connlimit-saddr;-m connlimit --connlimit-upto 1 --connlimit-mask 32 --connlimit-saddr;OK
-s 0.0.0.0/255.0.255.0 -m connlimit --connlimit-upto 4294967295 --connlimit-saddr;-s 0.0.0.0/255.0.255.0 -m connlimit --connlimit-upto 4294967295 --connlimit-mask 32 --connlimit-saddr;OK
-s 10.1/0 ! -i eth0 -m connlimit ! --connlimit-above 1 --connlimit-daddr;! -i eth0 -m connlimit --connlimit-upto 1 --connlimit-mask 32 --connlimit-daddr;OK
*filter
:OUTPUT
-m connlimit --connlimit-mask 0 ! --connlimit-above 10 --connlimit-daddr -j RETURN;-m connlimit --connlimit-upto 10 --connlimit-mask 0 --connlimit-daddr -j RETURN;OK
-m connlimit --connlimit-saddr --connlimit-upto 4294967294;-m connlimit --connlimit-upto 4294967294 --connlimit-mask 32 --connlimit-saddr;OK
*filter
:u
! -s 192.0.2.1/255.255.0.0 -m connlimit --connlimit-daddr --connlimit-mask 8 --connlimit-upto 4294967295 -j RETURN;! -s 192.0.0.0/16 -m connlimit --connlimit-upto 4294967295 --connlimit-mask 8 --connlimit-daddr -j RETURN;OK
*mangle
:OUTPUT
-o + -p icmp -m connlimit --connlimit-upto 0 --connlimit-daddr --connlimit-mask 64;-p icmp -m connlimit --connlimit-upto 0 --connlimit-mask 32 --connlimit-daddr;OK
*nat
:OUTPUT
-s 192.0.2.1/24 -d 255.255.255.255/255.0.255.0 -m connlimit --connlimit-mask 24 --connlimit-upto 4294967295 --connlimit-daddr -j ACCEPT;-s 192.0.2.0/24 -d 255.0.255.0/255.0.255.0 -m connlimit --connlimit-upto 4294967295 --connlimit-mask 24 --connlimit-daddr -j ACCEPT;OK
*nat
:PREROUTING
-m connlimit --connlimit-daddr --connlimit-mask 8 --connlimit-upto 4294967294 -j ACCEPT;-m connlimit --connlimit-upto 4294967294 --connlimit-mask 8 --connlimit-daddr -j ACCEPT;OK
*security
:FORWARD
-m connlimit ! --connlimit-above 4294967295 --connlimit-saddr;-m connlimit --connlimit-upto 4294967295 --connlimit-mask 32 --connlimit-saddr;OK
%6
*filter
:FORWARD
-d 2001:db8::1/ffff:ffff:: -m connlimit --connlimit-above 1;-d 2001:db8::/32 -m connlimit --connlimit-above 1 --connlimit-mask 128 --connlimit-saddr;OK
-m connlimit --connlimit-mask 24 --connlimit-upto 0xffffffff -j RETURN;-m connlimit --connlimit-upto 4294967295 --connlimit-mask 24 --connlimit-saddr -j RETURN;OK
*filter
:INPUT
-m connlimit ! --connlimit-upto 10 --connlimit-saddr;-m connlimit --connlimit-above 10 --connlimit-mask 128 --connlimit-saddr;OK
-m connlimit --connlimit-above 10;-m connlimit --connlimit-above 10 --connlimit-mask 128 --connlimit-saddr;OK
-m connlimit --connlimit-mask 32;;FAIL
*filter
:OUTPUT
! -s 2001:db8:0:1:2:3:4:5/ffff:ffff:: -m connlimit --connlimit-sadd --connlimit-mask 8 --connlimit-above 0xfffffffe -j RETURN;! -s 2001:db8::/32 -m connlimit --connlimit-above 4294967294 --connlimit-mask 8 --connlimit-saddr -j RETURN;OK
! -s ::192.0.2.1/ffff:ffff:: -m connlimit ! --connlimit-mask 32 --connlimit-saddr ! --connlimit-above 0;;FAIL
-m connlimit --connlimit-abov 4294967295 --connlimit-mask 0;-m connlimit --connlimit-above 4294967295 --connlimit-mask 0 --connlimit-saddr;OK
-m connlimit --connlimit-above 4294967294 --connlimit-saddr -j DROP;-m connlimit --connlimit-above 4294967294 --connlimit-mask 128 --connlimit-saddr -j DROP;OK
-m connlimit -j DROP;;FAIL
*filter
:u
-m connlimit ! --connlimit-upto 1;-m connlimit --connlimit-above 1 --connlimit-mask 128 --connlimit-saddr;OK
-m connlimit;;FAIL
-p icmpv6 -m connlimit --connlimit-upto 0x7fffffff --connlimit-daddr;-p ipv6-icmp -m connlimit --connlimit-upto 2147483647 --connlimit-mask 128 --connlimit-daddr;OK
*mangle
:POSTROUTING
-m connlimit --connlimit-upto 0xffffffff --connlimit-mask 128;-m connlimit --connlimit-upto 4294967295 --connlimit-mask 128 --connlimit-saddr;OK
*nat
:PREROUTING
-i a.b:c ! -p dccp -m connlimit --connlimit-upto 4294967295 --connlimit-saddr --connlimit-mask 128;-i a.b:c ! -p dccp -m connlimit --connlimit-upto 4294967295 --connlimit-mask 128 --connlimit-saddr;OK
*raw
:OUTPUT
-d ff02::1/0 ! -o + -m connlimit;;FAIL
