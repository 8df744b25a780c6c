# match hl: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%6
*filter
:FORWARD
-d 2001:db8::1/ffff:ffff:: -p 41 -m hl --hl-eq 1;-d 2001:db8::/32 -p ipv6 -m hl --hl-eq 1;OK
-m hl --hl-eq 10 -j DROP;=;OK
-m hl --hl-lt 0xa;-m hl --hl-lt 10;OK
-o eth0 -m hl --hl-eq 127;=;OK
-p sctp -m hl --hl-lt 254 -j ACCEPT;=;OK
*filter
:INPUT
-m hl --hl-gt 10;=;OK
*filter
:OUTPUT
! -s :: -m hl --hl-eq 1 -j DROP;! -s ::/128 -m hl --hl-eq 1 -j DROP;OK
-m hl --hl-gt 0xff;-m hl --hl-gt 255;OK
-m hl --hl-lt 0xff;-m hl --hl-lt 255;OK
-o + -m hl ! --hl 254 -j RETURN;-m hl ! --hl-eq 254 -j RETURN;OK
-p tcp -m hl --hl-eq 1;=;OK
*filter
:u
-m hl --hl-eq 0x0;-m hl --hl-eq 0;OK
-m hl --hl-lt 0x1 -j DROP;-m hl --hl-lt 1 -j DROP;OK
*mangle
:FORWARD
-p icmp -m hl -j ACCEPT;;FAIL
*mangle
:OUTPUT
! -o eth+ -m hl --hl-lt 0xfe -j ACCEPT;! -o eth+ -m hl --hl-lt 254 -j ACCEPT;OK
*security
:OUTPUT
-m hl --hl 255 -j RETURN;-m hl --hl-eq 255 -j RETURN;OK
