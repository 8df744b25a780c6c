# match rt: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%6
*filter
:FORWARD
-m rt --rt-0-not-strict;;FAIL
-m rt;=;OK
-s fe80::1/128 ! -d fe80::1/64 -m rt --rt-segsleft "4294967294:1" --rt-type 0x0;-s fe80::1/128 ! -d fe80::/64 -m rt --rt-type 0 --rt-segsleft 4294967294:1;OK
*filter
:INPUT
-m rt ! --rt-type 10 --rt-segsleft ":0" -j DROP;-m rt ! --rt-type 10 --rt-segsleft 0 -j DROP;OK
-m rt --rt-0-res --rt-type 0xfffffffe;;FAIL
*filter
:OUTPUT
-d ::/128 -m rt --rt-type 0;=;OK
-m rt ! --rt-type 2147483647 --rt-segsleft "0xa:0xa";-m rt ! --rt-type 2147483647 --rt-segsleft 10;OK
-m rt --rt-type 0;=;OK
-m rt;=;OK
-s ::192.0.2.1/0 -p esp -m rt --rt-0-addrs "2001:db8::1,2001:db8::2" --rt-len 0xffffffff --rt-0-not-strict -j DROP;;FAIL
*filter
:u
-d ::192.0.2.1/ffff:ffff:: -m rt;-d ::/32 -m rt;OK
-m rt --rt-0-res -j ACCEPT;;FAIL
*security
:INPUT
-m rt ! --rt-type 2147483647;=;OK
*security
:OUTPUT
-p ah -m rt;=;OK
