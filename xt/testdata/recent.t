# match recent: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
! -p 41 -m recent --rsource --set;! -p ipv6 -m recent --set --name DEFAULT --mask 255.255.255.255 --rsource;OK
! -p esp -m recent --name DEFAULT ! --update --rttl;! -p esp -m recent ! --update --rttl --name DEFAULT --mask 255.255.255.255 --rsource;OK
-m recent --rttl;;FAIL
-p udplite -m recent --rcheck --rttl --name DEFAULT;-p udplite -m recent --rcheck --rttl --name DEFAULT --mask 255.255.255.255 --rsource;OK
*filter
:INPUT
-m recent --set -j ACCEPT;-m recent --set --name DEFAULT --mask 255.255.255.255 --rsource -j ACCEPT;OK
-m recent;;FAIL
-p tcp -m recent --seconds 2 ! --rcheck --rdest;-p tcp -m recent ! --rcheck --seconds 2 --name DEFAULT --mask 255.255.255.255 --rdest;OK
*filter
:OUTPUT
! -s 0.0.0.0/32 ! -p 41 -m recent --rdest --remove;! -s 0.0.0.0/32 ! -p ipv6 -m recent --remove --name DEFAULT --mask 255.255.255.255 --rdest;OK
-m recent --rttl --seconds 0xfffffffe --rcheck;-m recent --rcheck --seconds -2 --rttl --name DEFAULT --mask 255.255.255.255 --rsource;OK
-m recent;;FAIL
-o + -m recent --remove;-m recent --remove --name DEFAULT --mask 255.255.255.255 --rsource;OK
-o eth+ -m recent;;FAIL
-p esp -m recent --rdest --remove --seconds 0x2;;FAIL
*nat
:PREROUTING
-p tcp -m recent --reap --seconds 2 ! --update --hitcount 3 -j ACCEPT;-p tcp -m recent ! --update --seconds 2 --reap --hitcount 3 --name DEFAULT --mask 255.255.255.255 --rsource -j ACCEPT;OK
*raw
:OUTPUT
-o + -m recent -j DROP;;FAIL
*security
:FORWARD
! -p ah -m recent;;FAIL
%6
*filter
:FORWARD
! -p icmp -m recent --update --rdest;! -p icmp -m recent --update --name DEFAULT --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rdest;OK
-m recent --mask "::ffff:192.0.2.1" ! --set --name portscan;-m recent ! --set --name portscan --mask ::ffff:192.0.2.1 --rsource;OK
-m recent --name DEFAULT --remove --hitcoun 33;;FAIL
*filter
:INPUT
-m recent --update;-m recent --update --name DEFAULT --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource;OK
-m recent;;FAIL
-p icmpv6 -m recent --name "a/b" --set;;FAIL
*filter
:OUTPUT
! -d 2001:db8:0:1:2:3:4:5 ! -o lo -m recent --rttl ! --rcheck --rsourc;! -d 2001:db8:0:1:2:3:4:5/128 ! -o lo -m recent ! --rcheck --rttl --name DEFAULT --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource;OK
-m recent ! --hitcount 33 -j ACCEPT;;FAIL
-m recent --rdest --rcheck --rttl;-m recent --rcheck --rttl --name DEFAULT --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rdest;OK
-m recent --set --seconds 4294967295 --reap;;FAIL
-p 255 -m recent --remove;-p 255 -m recent --remove --name DEFAULT --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource;OK
-s ff02::1 -d ::ffff:192.0.2.1/128 -m recent --update --rdest;-s ff02::1/128 -d ::ffff:192.0.2.1/128 -m recent --update --name DEFAULT --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rdest;OK
*filter
:u
-i eth+ -o eth0 -p 41 -m recent --name DEFAULT --mas "2001:db8:0:1:2:3:4:5";;FAIL
*mangle
:u
! -s ::192.0.2.1/64 ! -d 2001:db8::1/129 -m recent;;FAIL
*raw
:OUTPUT
-m recent --remove --hitcount 3 -j RETURN;;FAIL
