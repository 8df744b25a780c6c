# target NFLOG: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
-j NFLOG --nflog-size 0xfffffffe --nflog-group 0;-j NFLOG --nflog-size 4294967294;OK
-j NFLOG;=;OK
*filter
:INPUT
! -p sctp -j NFLOG;=;OK
! -s 10.1/255.255.0.0 -p 255 -j NFLOG --nflog-prefix x --nflog-group 0;! -s 10.1.0.0/16 -p 255 -j NFLOG --nflog-prefix x;OK
! -s 127.0.0.1/24 -p 255 -j NFLOG --nflog-size 0xffffffff --nflog-group 0xfffe --nflog-prefix "a b";! -s 127.0.0.0/24 -p 255 -j NFLOG --nflog-prefix "a b" --nflog-group 65534 --nflog-size 4294967295;OK
-j NFLOG --nflog-group 1;=;OK
-p icmp -j NFLOG --nflog-range 10 --nflog-threshold 0 --nflog-prefix "it\'s: ";-p icmp -j NFLOG --nflog-prefix "it\'s: ";OK
*filter
:OUTPUT
-d 10.1/255.0.255.0 ! -p udplite -j NFLOG --nflog-group 0 --nflog-prefix "it\'s: ";-d 10.0.0.0/255.0.255.0 ! -p udplite -j NFLOG --nflog-prefix "it\'s: ";OK
-j NFLOG --nflog-prefix x --nflog-group 65534;=;OK
-s 10.1.2.3 -j NFLOG --nflog-threshold 0x0;-s 10.1.2.3/32 -j NFLOG;OK
*filter
:u
-p tcp -j NFLOG --nflog-prefix x;=;OK
*nat
:OUTPUT
-d 10.1/255.0.255.0 -p tcp -j NFLOG;-d 10.0.0.0/255.0.255.0 -p tcp -j NFLOG;OK
-p icmpv6 -j NFLOG --nflog-size 0xfffffffe;-p ipv6-icmp -j NFLOG --nflog-size 4294967294;OK
*nat
:PREROUTING
-j NFLOG --nflog-threshold 10;=;OK
*raw
:OUTPUT
-j NFLOG --nflog-prefix "it\'s: ";=;OK
*security
:INPUT
-j NFLOG --nflog-group 32767 --nflog-size 4294967295 --nflog-threshold 65534;=;OK
%6
*filter
:FORWARD
! -i abcdefghijklmno ! -p 41 -j NFLOG --nflog-prefix x;! -i abcdefghijklmno ! -p ipv6 -j NFLOG --nflog-prefix x;OK
-j NFLOG --nflog-prefix "it\'s: ";=;OK
-j NFLOG --nflog-range 0xffffffff --nflog-threshold 65534;-j NFLOG --nflog-threshold 65534;OK
-o + -p udplite -j NFLOG --nflog-size 2147483647;-p udplite -j NFLOG --nflog-size 2147483647;OK
-p icmp -j NFLOG --nflog-size 0xffffffff;-p icmp -j NFLOG --nflog-size 4294967295;OK
-p tcp -j NFLOG;=;OK
*filter
:INPUT
! -p dccp -j NFLOG;=;OK
-d fe80::1/0 -j NFLOG --nflog-threshold 65534;-j NFLOG --nflog-threshold 65534;OK
-j NFLOG;=;OK
*filter
:OUTPUT
! -p esp -j NFLOG --nflog-size 0x7fffffff;! -p esp -j NFLOG --nflog-size 2147483647;OK
-j NFLOG --nflog-prefix x --nflog-threshold 65534 --nflog-size 4294967294;-j NFLOG --nflog-prefix x --nflog-size 4294967294 --nflog-threshold 65534;OK
*mangle
:FORWARD
-j NFLOG;=;OK
*mangle
:OUTPUT
-j NFLOG;=;OK
*nat
:INPUT
! -p 41 -j NFLOG --nflog-prefix x --nflog-threshold 1;! -p ipv6 -j NFLOG --nflog-prefix x --nflog-threshold 1;OK
-j NFLOG --nflog-size 1;=;OK
*security
:INPUT
-j NFLOG;=;OK
