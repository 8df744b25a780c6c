# match mac: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
! -o eth0 -m mac --mac-source "aa:BB:c:d:e:f";! -o eth0 -m mac --mac-source aa:bb:0c:0d:0e:0f;OK
! -p 255 -m mac --mac-source "aa:BB:c:d:e:f";! -p 255 -m mac --mac-source aa:bb:0c:0d:0e:0f;OK
-d 127.0.0.1/255.255.0.0 -i eth+ -p udplite -m mac ! --mac-source "aa:BB:c:d:e:f" -j ACCEPT;-d 127.0.0.0/16 -i eth+ -p udplite -m mac ! --mac-source aa:bb:0c:0d:0e:0f -j ACCEPT;OK
-m mac --mac-source "aa:BB:c:d:e:f";-m mac --mac-source aa:bb:0c:0d:0e:0f;OK
-o lo -p icmp -m mac --mac-source "aa:BB:c:d:e:f" -j DROP;-o lo -p icmp -m mac --mac-source aa:bb:0c:0d:0e:0f -j DROP;OK
-p sctp -m mac --mac-source "00:01:02:03:04:05" -j ACCEPT;-p sctp -m mac --mac-source 00:01:02:03:04:05 -j ACCEPT;OK
*filter
:INPUT
-d 255.255.255.255/255.255.0.0 -m mac --mac-source "aa:BB:c:d:e:f";-d 255.255.0.0/16 -m mac --mac-source aa:bb:0c:0d:0e:0f;OK
-d 255.255.255.255/32 -m mac --mac-source "00:01:02:03:04:05";-d 255.255.255.255/32 -m mac --mac-source 00:01:02:03:04:05;OK
-m mac ! --mac-source "00:01:02:03:04:05" -j DROP;-m mac ! --mac-source 00:01:02:03:04:05 -j DROP;OK
-m mac ! --mac-source "00:01:02:03:04:05";-m mac ! --mac-source 00:01:02:03:04:05;OK
-m mac ! --mac-source "aa:BB:c:d:e:f";-m mac ! --mac-source aa:bb:0c:0d:0e:0f;OK
-m mac --mac-source "00:01:02:03:04:05" -j ACCEPT;-m mac --mac-source 00:01:02:03:04:05 -j ACCEPT;OK
-p 41 -m mac --mac-source "00:01:02:03:04";;FAIL
-s 0.0.0.0/0 ! -d 10.1/255.255.0.0 -m mac --mac-source "aa:BB:c:d:e:f" -j RETURN;! -d 10.1.0.0/16 -m mac --mac-source aa:bb:0c:0d:0e:0f -j RETURN;OK
*nat
:PREROUTING
-m mac --mac-source "00:01:02:03:04:05";-m mac --mac-source 00:01:02:03:04:05;OK
*security
:FORWARD
-i + -f -p 255 -m mac --mac-source "aa:BB:c:d:e:f";-p 255 -f -m mac --mac-source aa:bb:0c:0d:0e:0f;OK
%6
*filter
:FORWARD
! -d ff02::1/ffff:ffff:: -m mac ! --mac-source "00:01:02:03:04:05";! -d ff02::/32 -m mac ! --mac-source 00:01:02:03:04:05;OK
-m mac --mac-source "00:01:02:03:04:05";-m mac --mac-source 00:01:02:03:04:05;OK
-o + -m mac ! --mac-source "00:01:02:03:04:05";-m mac ! --mac-source 00:01:02:03:04:05;OK
-s ff02::1/ffff:ffff:: ! -o eth0 -m mac --mac-source "aa:BB:c:d:e:f";-s ff02::/32 ! -o eth0 -m mac --mac-source aa:bb:0c:0d:0e:0f;OK
*filter
:INPUT
! -p sctp -m mac --mac-source "aa:BB:c:d:e:f";! -p sctp -m mac --mac-source aa:bb:0c:0d:0e:0f;OK
-m mac ! --mac-source "aa:BB:c:d:e:f";-m mac ! --mac-source aa:bb:0c:0d:0e:0f;OK
-m mac --mac-source "00:01:02:03:04:05";-m mac --mac-source 00:01:02:03:04:05;OK
-m mac --mac-source "aa:BB:c:d:e:f";-m mac --mac-source aa:bb:0c:0d:0e:0f;OK
-p TCP -m mac --mac-source "aa:BB:c:d:e:f";-p tcp -m mac --mac-source aa:bb:0c:0d:0e:0f;OK
*filter
:OUTPUT
-m mac --mac-source "aa:BB:c:d:e:f";;FAIL
*filter
:u
-i abcdefghijklmno -o lo -m mac ! --mac-source "00:01:02:03:04:05";-i abcdefghijklmno -o lo -m mac ! --mac-source 00:01:02:03:04:05;OK
-m mac --mac-source "00:01:02:03:04:05" -j DROP;-m mac --mac-source 00:01:02:03:04:05 -j DROP;OK
*mangle
:FORWARD
-i + -m mac --mac-source "aa:BB:c:d:e:f";-m mac --mac-source aa:bb:0c:0d:0e:0f;OK
*raw
:PREROUTING
-m mac --mac-source "aa:BB:c:d:e:f";-m mac --mac-source aa:bb:0c:0d:0e:0f;OK
-s ::ffff:192.0.2.1/64 ! -d 2001:db8::1 -p icmp -m mac --mac-source "00:01:02:03:04:05";-s ::/64 ! -d 2001:db8::1/128 -p icmp -m mac --mac-source 00:01:02:03:04:05;OK
*security
:u
-p esp -m mac --mac-source "00:01:02:03:04:05";-p esp -m mac --mac-source 00:01:02:03:04:05;OK
