# match ttl: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
-m ttl --ttl 255;-m ttl --ttl-eq 255;OK
-p tcp -m ttl --ttl-lt 0;=;OK
*filter
:INPUT
-m ttl --ttl-eq 0 -j DROP;=;OK
-m ttl --ttl-lt 254 -j DROP;=;OK
-p icmp -m ttl --ttl-lt 127;=;OK
*filter
:OUTPUT
-f -m ttl --ttl-lt 10 -j ACCEPT;=;OK
-m ttl --ttl-gt 0x0;-m ttl --ttl-gt 0;OK
-m ttl --ttl-lt 0xa;-m ttl --ttl-lt 10;OK
-o eth0 -p gre -m ttl --ttl-eq 127;=;OK
-p udp -m ttl --ttl-lt 0 -j RETURN;=;OK
-s 192.0.2.1/32 -p udp -m ttl --ttl-gt 127;=;OK
*filter
:u
-s 255.255.255.255/32 -m ttl --ttl-lt 255;=;OK
*mangle
:OUTPUT
! -d 10.1 -p 255 -m ttl --ttl-gt 127;! -d 10.1.0.0/32 -p 255 -m ttl --ttl-gt 127;OK
*raw
:PREROUTING
-m ttl --ttl-eq 127 -j RETURN;=;OK
*raw
:u
-i lo -m ttl ! --ttl-eq 256 -j RETURN;;FAIL
*security
:INPUT
-m ttl --ttl-lt 10 -j RETURN;=;OK
