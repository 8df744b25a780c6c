# match length: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
-d 255.255.255.255/255.0.255.0 -p udp -m length --length 0xfffe;-d 255.0.255.0/255.0.255.0 -p udp -m length --length 65534;OK
-d 255.255.255.255/255.255.0.0 -m length ! --length 10;-d 255.255.0.0/16 -m length ! --length 10;OK
-f -p 41 -m length --length ":0xfffe";-p ipv6 -f -m length --length 0:65534;OK
-o eth+ ! -p gre -m length --length "1:" -j RETURN;-o eth+ ! -p gre -m length --length 1:65535 -j RETURN;OK
-p 255 -m length --length ":32767" -j RETURN;-p 255 -m length --length 0:32767 -j RETURN;OK
*filter
:INPUT
! -s 10.1 -m length ! --length "0:";! -s 10.1.0.0/32 -m length ! --length 0:65535;OK
-m length --length "1:";-m length --length 1:65535;OK
-p esp -m length --length ":" -j ACCEPT;-p esp -m length --length 0:65535 -j ACCEPT;OK
-s 10.1.2.3/255.0.255.0 -i a.b:c -m length --length "0:";-s 10.0.2.0/255.0.255.0 -i a.b:c -m length --length 0:65535;OK
*filter
:OUTPUT
-f ! -p sctp -m length --length ":";! -p sctp -f -m length --length 0:65535;OK
-m length --length ":";-m length --length 0:65535;OK
-m length --length ":1";-m length --length 0:1;OK
-m length --length 65534;=;OK
-s 127.0.0.1 -p 41 -m length ! --length ":10" -j DROP;-s 127.0.0.1/32 -p ipv6 -m length ! --length 0:10 -j DROP;OK
*filter
:u
-m length --length "0xa:0xffff";-m length --length 10:65535;OK
*security
:FORWARD
-o + -m length --length 0xa;-m length --length 10;OK
%6
*filter
:FORWARD
-m length --length "65535:0xffff";-m length --length 65535;OK
-s ::ffff:192.0.2.1 -m length --length "0x1:" -j ACCEPT;-s ::ffff:192.0.2.1/128 -m length --length 1:65535 -j ACCEPT;OK
*filter
:OUTPUT
! -d 2001:db8::1/64 -o eth0 -p 41 -m length --length ":65535";! -d 2001:db8::/64 -o eth0 -p ipv6 -m length --length 0:65535;OK
-m length --length "1:";-m length --length 1:65535;OK
-m length --length "65535:";-m length --length 65535;OK
-m length --length ":0";-m length --length 0;OK
-m length --length 0xa;-m length --length 10;OK
-o eth0 -m length --length "65534:" -j RETURN;-o eth0 -m length --length 65534:65535 -j RETURN;OK
*filter
:u
! -d ::192.0.2.1/128 -p 255 -m length --length "65535:";! -d ::192.0.2.1/128 -p 255 -m length --length 65535;OK
-m length ! --length "10:";-m length ! --length 10:65535;OK
-m length ! --length ":";-m length ! --length 0:65535;OK
*mangle
:INPUT
-p dccp -m length --length "0xffff:";-p dccp -m length --length 65535;OK
*mangle
:PREROUTING
-s 2001:db8::1/64 -p icmpv6 -m length --length ":" -j RETURN;-s 2001:db8::/64 -p ipv6-icmp -m length --length 0:65535 -j RETURN;OK
*nat
:POSTROUTING
-m length ! --length 0xfffe -j RETURN;-m length ! --length 65534 -j RETURN;OK
*security
:FORWARD
! -d ff02::1/64 -p 255 -m length ! --length 0;! -d ff02::/64 -p 255 -m length ! --length 0;OK
-m length --length 10;=;OK
