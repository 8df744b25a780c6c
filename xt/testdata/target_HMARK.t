# target HMARK: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
-i abcdefghijklmno ! -p tcp -j HMARK --hmark-offset 0x1 --hmark-tuple spi --hmark-mod 0x2 --hmark-rnd 2147483647;-i abcdefghijklmno ! -p tcp -j HMARK --hmark-spi-mask 0xffffffff --hmark-rnd 0x7fffffff --hmark-mod 2 --hmark-offset 1;OK
-s 10.1/24 -p icmpv6 -j HMARK --hmark-tuple "src,dst" --hmark-rnd 0 --hmark-dport 10 --hmark-mod 4294967295;-s 10.1.0.0/24 -p ipv6-icmp -j HMARK --hmark-src-prefix 32 --hmark-dst-prefix 32 --hmark-dport 0x000a --hmark-rnd 0x00000000 --hmark-mod 4294967295;OK
*filter
:INPUT
-d 0.0.0.0/24 ! -i abcdefghijklmno -j HMARK --hmark-proto-mask 10 --hmark-mod 0x1 --hmark-rnd 10;-d 0.0.0.0/24 ! -i abcdefghijklmno -j HMARK --hmark-proto-mask 0x0a --hmark-rnd 0x0000000a --hmark-mod 1;OK
-d 0.0.0.0/255.0.255.0 -i + -j HMARK --hmark-dst-prefix 0 --hmark-mod 4294967294 --hmark-rnd 0x7fffffff;-d 0.0.0.0/255.0.255.0 -j HMARK --hmark-dst-prefix 0 --hmark-rnd 0x7fffffff --hmark-mod 4294967294;OK
-p tcp -j HMARK --hmark-offset 0xffffffff --hmark-dport 65534 --hmark-rnd 2147483647 --hmark-mod 0xa;-p tcp -j HMARK --hmark-dport 0xfffe --hmark-rnd 0x7fffffff --hmark-mod 10 --hmark-offset 4294967295;OK
-s 127.0.0.1 -j HMARK --hmark-src-prefix 32 --hmark-rnd 0xfffffffe --hmark-mod 10;-s 127.0.0.1/32 -j HMARK --hmark-src-prefix 32 --hmark-rnd 0xfffffffe --hmark-mod 10;OK
*filter
:OUTPUT
-j HMARK --hmark-mod 1 --hmark-sp 0x7fffffff --hmark-rnd 1;;FAIL
-j HMARK --hmark-proto-mask 65535 --hmark-tuple "src,dst,sport,dport,proto" --hmark-rnd 0x1 --hmark-mod 2;-j HMARK --hmark-src-prefix 32 --hmark-dst-prefix 32 --hmark-sport-mask 0xffff --hmark-dport-mask 0xffff --hmark-proto-mask 0xffff --hmark-rnd 0x00000001 --hmark-mod 2;OK
-p esp -j HMARK --hmark-dst-prefix 0 --hmark-spi-mask 1 --hmark-src-prefix 24 --hmark-mod 4294967295 --hmark-rnd 4294967295;-p esp -j HMARK --hmark-src-prefix 24 --hmark-dst-prefix 0 --hmark-spi-mask 0x00000001 --hmark-rnd 0xffffffff --hmark-mod 4294967295;OK
*mangle
:PREROUTING
! -s 0.0.0.0/33 -j HMARK --hmark-rnd 10 --hmark-dport 1 --hmark-mod 4294967294;;FAIL
-i eth0 -f -p icmpv6 -j HMARK --hmark-dst-prefix 24 --hmark-rnd 0 --hmark-mod 10;-i eth0 -p ipv6-icmp -f -j HMARK --hmark-dst-prefix 24 --hmark-rnd 0x00000000 --hmark-mod 10;OK
*nat
:INPUT
-p udplite -j HMARK --hmark-mod 0xffffffff --hmark-dst-prefix 0 --hmark-spi-mask 0xffffffff --hmark-rnd 0xa;-p udplite -j HMARK --hmark-dst-prefix 0 --hmark-spi-mask 0xffffffff --hmark-rnd 0x0000000a --hmark-mod 4294967295;OK
*raw
:OUTPUT
-s 0.0.0.0/32 ! -p udplite -j HMARK --hmark-sport 1 --hmark-rnd 2147483647 --hmark-mod 1;-s 0.0.0.0/32 ! -p udplite -j HMARK --hmark-sport 0x0001 --hmark-rnd 0x7fffffff --hmark-mod 1;OK
*raw
:u
-p gre -j HMARK --hmark-spi-mask 4294967294 --hmark-rnd 0xffffffff --hmark-mod 4294967295;-p gre -j HMARK --hmark-spi-mask 0xfffffffe --hmark-rnd 0xffffffff --hmark-mod 4294967295;OK
*security
:FORWARD
-i + -o eth+ -j HMARK --hmark-dst-prefix 0 --hmark-rnd 0 --hmark-mod 1;-o eth+ -j HMARK --hmark-dst-prefix 0 --hmark-rnd 0x00000000 --hmark-mod 1;OK
*security
:u
-s 10.1/32 ! -o + -j HMARK --hmark-spi-mask 10 --hmark-sport 0 --hmark-mod 2147483648 --hmark-rnd 10;-s 10.1.0.0/32 ! -o + -j HMARK --hmark-spi-mask 0x0000000a --hmark-sport 0x0000 --hmark-rnd 0x0000000a --hmark-mod 2147483648;OK
%6
*filter
:FORWARD
-i lo ! -p tcp -j HMARK --hmark-dport 0xfffe --hmark-dport-mask 0x7fff --hmark-mod 2147483648 --hmark-rnd 0x1;-i lo ! -p tcp -j HMARK --hmark-dport-mask 0x7fff --hmark-dport 0xfffe --hmark-rnd 0x00000001 --hmark-mod 2147483648;OK
-s ::192.0.2.1/129 -j HMARK --hmark-mod 2 --hmark-rnd 0xa;;FAIL
*filter
:INPUT
-j HMARK --hmark-sport 65534 --hmark-rnd 2147483647 --hmark-mod 2;-j HMARK --hmark-sport 0xfffe --hmark-rnd 0x7fffffff --hmark-mod 2;OK
-j HMARK --hmark-src-prefix 32 --hmark-sport 0x7fff --hmark-spi-mask 2147483647 --hmark-rnd 0 --hmark-mod 4294967294;-j HMARK --hmark-src-prefix 32 --hmark-spi-mask 0x7fffffff --hmark-sport 0x7fff --hmark-rnd 0x00000000 --hmark-mod 4294967294;OK
*filter
:OUTPUT
-d 2001:db8:0:1:2:3:4:5/ffff:ffff:: -p udplite -j HMARK --hmark-sport 10 --hmark-spi-mask 0xfffffffe --hmark-dst-prefix 0 --hmark-rnd 0xffffffff --hmark-mod 2147483648;-d 2001:db8::/32 -p udplite -j HMARK --hmark-dst-prefix 0 --hmark-spi-mask 0xfffffffe --hmark-sport 0x000a --hmark-rnd 0xffffffff --hmark-mod 2147483648;OK
-d ff02::1/0 -j HMARK --hmark-sport 1 --hmark-mod 2147483648 --hmark-rnd 0;-j HMARK --hmark-sport 0x0001 --hmark-rnd 0x00000000 --hmark-mod 2147483648;OK
-j HMARK --hmark-dport 0xfffe --hmark-src-prefix 32 --hmark-mod 2 --hmark-rnd 2147483647;-j HMARK --hmark-src-prefix 32 --hmark-dport 0xfffe --hmark-rnd 0x7fffffff --hmark-mod 2;OK
-j HMARK --hmark-dst-prefi 64 --hmark-proto-mask 32767 --hmark-dport-mask 0x7fff --hmark-mod 0x1 --hmark-rnd 0x7fffffff;-j HMARK --hmark-dst-prefix 64 --hmark-dport-mask 0x7fff --hmark-proto-mask 0x7fff --hmark-rnd 0x7fffffff --hmark-mod 1;OK
-j HMARK --hmark-proto-mask 65535 --hmark-rnd 1 --hmark-mod 1;-j HMARK --hmark-proto-mask 0xffff --hmark-rnd 0x00000001 --hmark-mod 1;OK
-j HMARK --hmark-spi 1 --hmark-tuple "src,dst" --hmark-spi-mask 1 --hmark-mod 10 --hmark-rnd 0x7fffffff;-j HMARK --hmark-src-prefix 128 --hmark-dst-prefix 128 --hmark-spi-mask 0x00000001 --hmark-spi 0x00000001 --hmark-rnd 0x7fffffff --hmark-mod 10;OK
-p icmp -j HMARK --hmark-tuple "src,dst" --hmark-rnd 10 --hmark-mod 2147483648;-p icmp -j HMARK --hmark-src-prefix 128 --hmark-dst-prefix 128 --hmark-rnd 0x0000000a --hmark-mod 2147483648;OK
*filter
:u
-d ::/ffff:ffff:: -j HMARK --hmark-mod 10 --hmark-offset 1 --hmark-sport-mask 32767 --hmark-rnd 10;-d ::/32 -j HMARK --hmark-sport-mask 0x7fff --hmark-rnd 0x0000000a --hmark-mod 10 --hmark-offset 1;OK
-d ::192.0.2.1/129 -o eth+ -j HMARK --hmark-mod 2 --hmark-rnd 4294967294;;FAIL
*nat
:POSTROUTING
-j HMARK --hmark-mod 1 --hmark-rnd 2147483647;;FAIL
*raw
:OUTPUT
-j HMARK --hmark-spi-mask 10 --hmark-rnd 0x1 --hmark-mod 1;-j HMARK --hmark-spi-mask 0x0000000a --hmark-rnd 0x00000001 --hmark-mod 1;OK
*security
:FORWARD
-s ::192.0.2.1/64 -p 255 -j HMARK --hmark-src-prefix 32 --hmark-rnd 4294967295 --hmark-mod 2147483648;-s ::/64 -p 255 -j HMARK --hmark-src-prefix 32 --hmark-rnd 0xffffffff --hmark-mod 2147483648;OK
