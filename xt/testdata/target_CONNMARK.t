# target CONNMARK: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
! -d 192.0.2.1/24 -j CONNMARK --set-mark 0xa --mask 4294967295;! -d 192.0.2.0/24 -j CONNMARK --set-xmark 0xa/0xffffffff;OK
! -p udp -j CONNMARK --nfmask 1 --restore-mark;! -p udp -j CONNMARK --restore-mark --nfmask 0x1 --ctmask 0xffffffff;OK
-d 10.1/0 -p ah -j CONNMARK --or-mark 4294967294;-p ah -j CONNMARK --set-xmark 0xfffffffe/0xfffffffe;OK
-o eth0 -j CONNMARK --set-xmark "4294967294/0xffffffff" --mask 1;-o eth0 -j CONNMARK --set-xmark 0xfffffffe/0x1;OK
-s 0.0.0.0/255.0.255.0 -p icmpv6 -j CONNMARK --nfmask 1 --set-xmark 4294967294;-s 0.0.0.0/255.0.255.0 -p ipv6-icmp -j CONNMARK --set-xmark 0xfffffffe/0xffffffff;OK
*filter
:INPUT
! -d 0.0.0.0/0 -j CONNMARK;;FAIL
! -s 10.1.2.3/24 -j CONNMARK --ctmas 4294967295 --xor-mark 4294967295;! -s 10.1.2.0/24 -j CONNMARK --set-xmark 0xffffffff/0x0;OK
-i a.b:c ! -p gre -j CONNMARK --restore-mark --left-shift-mark 31;-i a.b:c ! -p gre -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff --left-shift-mark 31;OK
-j CONNMARK --restore-mark --right-shift-mark 1;-j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff --right-shift-mark 1;OK
-j CONNMARK --set-xmark 2147483647 --mask 0 --left-shift-mark 0x1;-j CONNMARK --set-xmark 0x7fffffff/0x0 --left-shift-mark 1;OK
-s 10.1.2.3 -f -j CONNMARK --mask 2147483647 --save-mark;-s 10.1.2.3/32 -f -j CONNMARK --save-mark --nfmask 0x7fffffff --ctmask 0x7fffffff;OK
*filter
:OUTPUT
-j CONNMARK --set-xmark 0xfffffffe --mask 2147483647 --right-shift-mark 32;;FAIL
-p ah -j CONNMARK --set-xmark "4294967295/0xff" --mask 0xfffffffe;-p ah -j CONNMARK --set-xmark 0xffffffff/0xfffffffe;OK
-s 127.0.0.1/255.0.255.0 -j CONNMARK --and-mark 0xfffffffe;-s 127.0.0.0/255.0.255.0 -j CONNMARK --set-xmark 0x0/0x1;OK
*filter
:u
! -d 127.0.0.1/24 -p udp -j CONNMARK --save-mark --left-shift-mark 0xa --ctmask 0xffffffff;! -d 127.0.0.0/24 -p udp -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff --left-shift-mark 10;OK
*nat
:OUTPUT
-j CONNMARK --xor-mark 2147483647 --left-shift-mark 1;-j CONNMARK --set-xmark 0x7fffffff/0x0 --left-shift-mark 1;OK
%6
*filter
:FORWARD
! -p dccp -j CONNMARK --or-mark 4294967295 --right-shift-mark 10;! -p dccp -j CONNMARK --set-xmark 0xffffffff/0xffffffff --right-shift-mark 10;OK
-j CONNMARK --or-mark 1 --right-shift-mark 1;-j CONNMARK --set-xmark 0x1/0x1 --right-shift-mark 1;OK
*filter
:INPUT
! -p icmp -j CONNMARK;;FAIL
-j CONNMARK --and-mark 0x0;-j CONNMARK --set-xmark 0x0/0xffffffff;OK
-j CONNMARK --set-xmark "0x7fffffff/0";-j CONNMARK --set-xmark 0x7fffffff/0x0;OK
-j CONNMARK;;FAIL
*filter
:OUTPUT
-j CONNMARK --restore-mark --ctmask 2147483647 --right-shift-mark 1;-j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0x7fffffff --right-shift-mark 1;OK
-j CONNMARK --restore-mark --right-shift-mark 1 --left-shift-mark 10;-j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff --left-shift-mark 10;OK
-j CONNMARK --right-shift-mark 31 --or-mark 4294967295 --left-shift-mark 1;-j CONNMARK --set-xmark 0xffffffff/0xffffffff --left-shift-mark 1;OK
-p 41 -j CONNMARK --and-mark 1;-p ipv6 -j CONNMARK --set-xmark 0x0/0xfffffffe;OK
-p sctp -j CONNMARK --nfmask 0;;FAIL
*mangle
:FORWARD
-j CONNMARK --ctmask 10 --restore-mark --left-shift-mark 0x1;-j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xa --left-shift-mark 1;OK
*nat
:PREROUTING
-j CONNMARK --left-shift-mark 16 --save-mark;-j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff --left-shift-mark 16;OK
*raw
:OUTPUT
-s ::/64 -o lo -j CONNMARK --save-mark --mask 0 --left-shift-mark 0;-s ::/64 -o lo -j CONNMARK --save-mark --nfmask 0x0 --ctmask 0x0;OK
*security
:FORWARD
! -s ::/64 -p 255 -j CONNMARK --mask 10 --set-xmark "2147483647/0xff";! -s ::/64 -p 255 -j CONNMARK --set-xmark 0x7fffffff/0xff;OK
*security
:INPUT
! -d ff02::1 -p 255 -j CONNMARK --nfmask 2147483647 --restore-mark --ctmask 4294967294;! -d ff02::1/128 -p 255 -j CONNMARK --restore-mark --nfmask 0x7fffffff --ctmask 0xfffffffe;OK
