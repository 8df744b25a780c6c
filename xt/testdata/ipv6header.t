# match ipv6header: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%6
*filter
:FORWARD
-d ::ffff:192.0.2.1/128 -i lo -m ipv6header ! --header protocol -j ACCEPT;=;OK
-m ipv6header ! --header ipv6-nonxt;=;OK
-m ipv6header --heade "ah,esp";-m ipv6header --header ah,esp;OK
-m ipv6header --header protocol;=;OK
-o lo -m ipv6header --header ipv6-nonxt -j RETURN;=;OK
*filter
:INPUT
! -p sctp -m ipv6header --header protocol;=;OK
! -p udp -m ipv6header --soft --header "ah,esp";! -p udp -m ipv6header --header ah,esp --soft;OK
-m ipv6header ! --header protocol -j DROP;=;OK
-m ipv6header --header ipv6-nonxt --soft;=;OK
*filter
:OUTPUT
-d 2001:db8::1/64 -o eth0 -m ipv6header ! --header protocol --soft;-d 2001:db8::/64 -o eth0 -m ipv6header ! --header protocol --soft;OK
-m ipv6header --header "0,60,43,44,51,50,59,255";-m ipv6header --header hop-by-hop,ipv6-opts,ipv6-route,ipv6-frag,ah,esp,ipv6-nonxt,protocol;OK
-m ipv6header --header "ah,esp";-m ipv6header --header ah,esp;OK
-m ipv6header --header frag;-m ipv6header --header ipv6-frag;OK
-m ipv6header --soft --header protocol;-m ipv6header --header protocol --soft;OK
*filter
:u
! -p 255 -m ipv6header --header "ah,esp" --soft -j ACCEPT;! -p 255 -m ipv6header --header ah,esp --soft -j ACCEPT;OK
*nat
:OUTPUT
-m ipv6header --soft --header "hop,dst";-m ipv6header --header hop-by-hop,ipv6-opts --soft;OK
