# match policy: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
-d 255.255.255.255/255.0.255.0 -m policy --dir in -j RETURN;-d 255.0.255.0/255.0.255.0 -m policy --dir in --pol ipsec -j RETURN;OK
-i a.b:c ! -p esp -m policy --dir in;-i a.b:c ! -p esp -m policy --dir in --pol ipsec;OK
-p tcp -m policy --proto ah --pol none --reqid 0x1 --dir in;-p tcp -m policy --dir in --pol none;OK
*filter
:INPUT
! -p TCP -m policy --dir out;;FAIL
-d 0.0.0.0 -p udplite -m policy --tunnel-src "10.1/33" --dir out -j DROP;;FAIL
-p icmp -m policy --tunnel-dst "10.1.2.3" --dir in -j ACCEPT;;FAIL
*filter
:OUTPUT
! -p ah -m policy --dir in;;FAIL
-m policy --dir in;;FAIL
-m policy --tunnel-src "255.255.255.255/33" --spi 0 --dir out;;FAIL
*filter
:u
-m policy --pol none --dir in;-m policy --dir in --pol none;OK
-p 41 -m policy --dir in --pol ipsec ! --proto esp -j RETURN;-p ipv6 -m policy --dir in --pol ipsec ! --proto esp -j RETURN;OK
*mangle
:FORWARD
-i abcdefghijklmno -m policy --reqid 0xffffffff --dir out;-i abcdefghijklmno -m policy --dir out --pol ipsec --reqid 4294967295;OK
-s 10.1/255.0.255.0 -m policy --dir out ! --tunnel-dst "192.0.2.1/255.255.0.0" --spi 10;;FAIL
*raw
:PREROUTING
-m policy --dir in --proto 50 --tunnel-src "192.0.2.1/255.0.255.0";;FAIL
*security
:INPUT
-s 255.255.255.255 -m policy --dir in;-s 255.255.255.255/32 -m policy --dir in --pol ipsec;OK
*security
:OUTPUT
-d 255.255.255.255 -m policy --reqid 2147483647 --mode transport --dir out;-d 255.255.255.255/32 -m policy --dir out --pol ipsec --reqid 2147483647 --mode transport;OK
%6
*filter
:FORWARD
! -i eth0 -m policy --strict --dir out -j RETURN;;FAIL
-m policy --dir out;-m policy --dir out --pol ipsec;OK
-m policy --mode tunnel --pol ipsec --dir in;-m policy --dir in --pol ipsec --mode tunnel;OK
-m policy --reqid 1 --dir out;-m policy --dir out --pol ipsec --reqid 1;OK
-p 41 -m policy --dir out -j RETURN;-p ipv6 -m policy --dir out --pol ipsec -j RETURN;OK
*filter
:INPUT
-i abcdefghijklmno -m policy --dir in;-i abcdefghijklmno -m policy --dir in --pol ipsec;OK
-m policy --strict --tunnel-dst "::192.0.2.1/129" --dir in;;FAIL
-p udp -m policy --dir in;-p udp -m policy --dir in --pol ipsec;OK
*filter
:OUTPUT
! -d ::192.0.2.1/128 -o + -p sctp -m policy --spi 0xfffffffe --dir out;! -d ::192.0.2.1/128 -p sctp -m policy --dir out --pol ipsec --spi 0xfffffffe;OK
-m policy --dir out;-m policy --dir out --pol ipsec;OK
*filter
:u
! -p udplite -m policy --spi 4294967294 --dir out;! -p udplite -m policy --dir out --pol ipsec --spi 0xfffffffe;OK
-m policy --reqid 0 --strict --dir out;-m policy --dir out --pol ipsec --strict --reqid 0;OK
*mangle
:PREROUTING
-s 2001:db8::1/128 -d ff02::1/0 -i eth0 -m policy --pol ipsec --strict --reqid 1 --dir in -j ACCEPT;-s 2001:db8::1/128 -i eth0 -m policy --dir in --pol ipsec --strict --reqid 1 -j ACCEPT;OK
*mangle
:u
! -p udp -m policy ! --tunnel-dst "::/64" --pol none --mode transport --dir in;! -p udp -m policy --dir in --pol none;OK
*nat
:OUTPUT
! -s ::/128 -p icmp -m policy --dir out;! -s ::/128 -p icmp -m policy --dir out --pol ipsec;OK
*security
:INPUT
-p dccp -m policy --dir in ! --mode transport;-p dccp -m policy --dir in --pol ipsec ! --mode transport;OK
