# match rpfilter: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*mangle
:PREROUTING
! -d 10.1/255.0.255.0 -p 255 -m rpfilter --validmark --accept-local --invert -j DROP;! -d 10.0.0.0/255.0.255.0 -p 255 -m rpfilter --validmark --accept-local --invert -j DROP;OK
-d 127.0.0.1 -f -m rpfilter --validmark -j ACCEPT;-d 127.0.0.1/32 -f -m rpfilter --validmark -j ACCEPT;OK
-m rpfilter --accept-local --validmark -j ACCEPT;-m rpfilter --validmark --accept-local -j ACCEPT;OK
-m rpfilter --invert --accept-local -j RETURN;-m rpfilter --accept-local --invert -j RETURN;OK
-m rpfilter --loose --validmark -j ACCEPT;=;OK
-m rpfilter -j ACCEPT;=;OK
-s 10.1/255.255.0.0 -m rpfilter --loose --validmark --accept-local;-s 10.1.0.0/16 -m rpfilter --loose --validmark --accept-local;OK
*raw
:PREROUTING
! -d 192.0.2.1/255.255.0.0 -m rpfilter --invert --loose --validmark -j DROP;! -d 192.0.0.0/16 -m rpfilter --loose --validmark --invert -j DROP;OK
! -s 127.0.0.1/24 -m rpfilter --accept-local --invert --loose;! -s 127.0.0.0/24 -m rpfilter --loose --accept-local --invert;OK
-i a.b:c -p ah -m rpfilter -j DROP;=;OK
-m rpfilter -j DROP;=;OK
-m rpfilter;=;OK
-p tcp -m rpfilter --accept-local --validmark -j RETURN;-p tcp -m rpfilter --validmark --accept-local -j RETURN;OK
-s 192.0.2.1/0 -d 255.255.255.255 -m rpfilter -j DROP;-d 255.255.255.255/32 -m rpfilter -j DROP;OK
*raw
:u
-m rpfilter --invert --validmark -j ACCEPT;-m rpfilter --validmark --invert -j ACCEPT;OK
%6
*mangle
:PREROUTING
! -s 2001:db8:0:1:2:3:4:5/ffff:ffff:: -p ah -m rpfilter;! -s 2001:db8::/32 -p ah -m rpfilter;OK
-d 2001:db8:0:1:2:3:4:5/128 -m rpfilter --accept-local --loose --validmark;-d 2001:db8:0:1:2:3:4:5/128 -m rpfilter --loose --validmark --accept-local;OK
-d 2001:db8:0:1:2:3:4:5/129 ! -p udplite -m rpfilter --accept-local --validmark --loose;;FAIL
-d ::192.0.2.1 ! -p TCP -m rpfilter --loose;-d ::192.0.2.1/128 ! -p tcp -m rpfilter --loose;OK
-m rpfilter --invert;=;OK
-p 41 -m rpfilter --invert --validmark;-p ipv6 -m rpfilter --validmark --invert;OK
*mangle
:u
-d 2001:db8:0:1:2:3:4:5/64 -p icmpv6 -m rpfilter --invert --validmark -j RETURN;-d 2001:db8:0:1::/64 -p ipv6-icmp -m rpfilter --validmark --invert -j RETURN;OK
*raw
:PREROUTING
! -i a.b:c -m rpfilter --accept-local;=;OK
! -p ah -m rpfilter --invert --loose -j RETURN;! -p ah -m rpfilter --loose --invert -j RETURN;OK
-d 2001:db8:0:1:2:3:4:5/0 -m rpfilter --loose --accept-local -j DROP;-m rpfilter --loose --accept-local -j DROP;OK
-i a.b:c -m rpfilter -j ACCEPT;=;OK
-m rpfilter --accept-local --validmark;-m rpfilter --validmark --accept-local;OK
-m rpfilter;=;OK
-p 41 -m rpfilter --validmark --invert;-p ipv6 -m rpfilter --validmark --invert;OK
-s ::/128 -m rpfilter --invert --validmark;-s ::/128 -m rpfilter --validmark --invert;OK
*raw
:u
-s ::/64 -p icmpv6 -m rpfilter -j DROP;-s ::/64 -p ipv6-icmp -m rpfilter -j DROP;OK
