# match string: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
! -p gre -m string --from 40 ! --hex-string "GET |20 2f| HTTP" --algo kmp -j RETURN;! -p gre -m string ! --string "GET  / HTTP" --algo kmp --from 40 -j RETURN;OK
-d 192.0.2.1/255.255.0.0 -m string --string "q\"uo\\te" --icase --from 0 --algo BM;;FAIL
-m string --hex-string "|41|" --to 1500 --algo kmp -j ACCEPT;-m string --string "A" --algo kmp --to 1500 -j ACCEPT;OK
-o eth+ -m string --algo BM --to 40;;FAIL
-s 192.0.2.1 ! -p ah -m string --string "GET /" --to 1500 --algo bm;-s 192.0.2.1/32 ! -p ah -m string --string "GET /" --algo bm --to 1500;OK
*filter
:INPUT
! -s 127.0.0.1/24 -p 255 -m string --hex-string "|41|" --from 40 --to 1500 --algo BM -j RETURN;;FAIL
-i a.b:c -m string --algo kmp;;FAIL
-m string --algo bm;;FAIL
-m string --string "GET /" --algo kmp;=;OK
*filter
:OUTPUT
-d 255.255.255.255/24 -m string --algo bm -j DROP;;FAIL
-m string --hex-string "a|00|b" --algo kmp -j ACCEPT;-m string --hex-string "|610062|" --algo kmp -j ACCEPT;OK
-m string --icase --string "a;b" --to 10 --algo bm;-m string --string "a;b" --algo bm --to 10 --icase;OK
*filter
:u
-m string --string "|41|" --algo kmp;=;OK
-p ah -m string --to 1500 --string "|41|" --algo bm;-p ah -m string --string "|41|" --algo bm --to 1500;OK
*mangle
:u
-d 255.255.255.255 -m string --string "it\'s" --algo BM;;FAIL
*security
:u
! -d 255.255.255.255/0 -m string --alg BM ! --string "it\'s" -j DROP;;FAIL
%6
*filter
:FORWARD
-d fe80::1/0 -m string --algo kmp ! --hex-string "\\|x";-m string ! --string "|x" --algo kmp;OK
-m string --algo bm;;FAIL
-m string --from 65535 --algo kmp;;FAIL
-o eth+ -m string --from 0 --algo bm;;FAIL
-o lo -m string --to 1500 --algo kmp -j DROP;;FAIL
-p ah -m string --algo bm;;FAIL
-s ::ffff:192.0.2.1/ffff:ffff:: ! -o + -p tcp -m string --fro 65535 --hex-string "\\|x" --algo bm;-s ::/32 ! -o + -p tcp -m string --string "|x" --algo bm --from 65535;OK
*filter
:INPUT
! -d ::/64 -m string --algo kmp --icase ! --hex-string "|41|";! -d ::/64 -m string ! --string "A" --algo kmp --icase;OK
-p udplite -m string --from 40 --algo bm -j ACCEPT;;FAIL
*filter
:OUTPUT
! -d ::/128 -m string --algo kmp --hex-string "|0d0a|";! -d ::/128 -m string --hex-string "|0d0a|" --algo kmp;OK
! -o eth+ -m string --from 10 --hex-strin "|0d0a|" --algo bm;! -o eth+ -m string --hex-string "|0d0a|" --algo bm --from 10;OK
-m string --algo bm;;FAIL
*mangle
:OUTPUT
-p dccp -m string --to 40 ! --strin "GET /" --algo bm;-p dccp -m string ! --string "GET /" --algo bm --to 40;OK
*raw
:OUTPUT
-m string --hex-string "|41|" --algo BM;;FAIL
*security
:OUTPUT
-m string --hex-string "GET |20 2f| HTTP" --to 1500 --algo kmp;-m string --string "GET  / HTTP" --algo kmp --to 1500;OK
-m string --string "q\"uo\\te" --algo kmp;=;OK
