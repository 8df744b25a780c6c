# target MASQUERADE: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*nat
:POSTROUTING
! -d 127.0.0.1/24 -j MASQUERADE;! -d 127.0.0.0/24 -j MASQUERADE;OK
! -p 41 -j MASQUERADE --to-port "80:90";;FAIL
-j MASQUERADE --random-fully --random;-j MASQUERADE --random --random-fully;OK
-j MASQUERADE --random;=;OK
-j MASQUERADE;=;OK
-o eth+ -j MASQUERADE --random-fully --to-ports 80;;FAIL
-o eth+ -j MASQUERADE;=;OK
-o eth0 ! -p icmp -j MASQUERADE --random;=;OK
-p TCP -j MASQUERADE --to-ports 80 --random;-p tcp -j MASQUERADE --to-ports 80 --random;OK
-p icmp -j MASQUERADE --random;=;OK
-p icmpv6 -j MASQUERADE --random --random-fully;-p ipv6-icmp -j MASQUERADE --random --random-fully;OK
-p tcp -j MASQUERADE --random --random-fully --to-ports 80;-p tcp -j MASQUERADE --to-ports 80 --random --random-fully;OK
*nat
:u
! -d 10.1.2.3 -p dccp -j MASQUERADE --random;! -d 10.1.2.3/32 -p dccp -j MASQUERADE --random;OK
! -p udp -j MASQUERADE --random --to-ports 80;! -p udp -j MASQUERADE --to-ports 80 --random;OK
-j MASQUERADE;=;OK
%6
*nat
:POSTROUTING
! -p icmp -j MASQUERADE --to-ports 65535 --random-fully;=;OK
! -p icmp -j MASQUERADE --to-ports 80 --random-fully;=;OK
-j MASQUERADE --random-fully;=;OK
-j MASQUERADE;=;OK
-p udplite -j MASQUERADE;=;OK
-s fe80::1/128 -j MASQUERADE;=;OK
-s ff02::1/128 ! -p gre -j MASQUERADE --random --random-fully;=;OK
-s ff02::1/128 -j MASQUERADE --random --random-fully;=;OK
*nat
:u
-i a.b:c -j MASQUERADE --random;=;OK
-j MASQUERADE --random;=;OK
-p tcp -j MASQUERADE --to-ports 80 --random-fully;=;OK
-s ::192.0.2.1/0 -j MASQUERADE;-j MASQUERADE;OK
*raw
:OUTPUT
! -p 255 -j MASQUERADE;;FAIL
