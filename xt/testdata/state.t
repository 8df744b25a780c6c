# match state: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
! -i eth+ -m state --stat NEW;! -i eth+ -m state --state NEW;OK
-f -m state --state INVALID;=;OK
-m state ! --state NEW;=;OK
-s 192.0.2.1/255.255.0.0 -f -m state --state NEW -j RETURN;-s 192.0.0.0/16 -f -m state --state NEW -j RETURN;OK
*filter
:INPUT
-m state ! --state NEW -j ACCEPT;=;OK
*filter
:OUTPUT
-m state ! --state NEW;=;OK
-m state --state INVALID;=;OK
*filter
:u
! -d 192.0.2.1/32 -m state --state INVALID;=;OK
-i lo -p tcp -m state --state "RELATED,ESTABLISHED";-i lo -p tcp -m state --state RELATED,ESTABLISHED;OK
-m state --state "NEW,UNTRACKED";-m state --state NEW,UNTRACKED;OK
-p icmpv6 -m state --state "RELATED,ESTABLISHED";-p ipv6-icmp -m state --state RELATED,ESTABLISHED;OK
*mangle
:INPUT
-i lo -p ah -m state ! --state "NEW,UNTRACKED";-i lo -p ah -m state ! --state NEW,UNTRACKED;OK
*nat
:INPUT
-p esp -m state --state NEW;=;OK
*raw
:OUTPUT
-m state ! --state NEW;=;OK
*raw
:PREROUTING
-i eth+ -m state ! --state NEW;=;OK
*security
:OUTPUT
! -p icmp -m state --state "NEW,UNTRACKED";! -p icmp -m state --state NEW,UNTRACKED;OK
%6
*filter
:FORWARD
! -p 255 -m state --state NEW -j ACCEPT;=;OK
-d ::ffff:192.0.2.1/0 -i lo ! -p icmpv6 -m state --state INVALID;-i lo ! -p ipv6-icmp -m state --state INVALID;OK
-i abcdefghijklmno -m state ! --state "RELATED,ESTABLISHED";-i abcdefghijklmno -m state ! --state RELATED,ESTABLISHED;OK
-p esp -m state --state "NEW,UNTRACKED" -j DROP;-p esp -m state --state NEW,UNTRACKED -j DROP;OK
*filter
:INPUT
-d ff02::1/0 -m state --state "RELATED,ESTABLISHED";-m state --state RELATED,ESTABLISHED;OK
*filter
:OUTPUT
! -s ::ffff:192.0.2.1 ! -p TCP -m state --state "NEW,UNTRACKED";! -s ::ffff:192.0.2.1/128 ! -p tcp -m state --state NEW,UNTRACKED;OK
-m state ! --state "RELATED,ESTABLISHED";-m state ! --state RELATED,ESTABLISHED;OK
-m state --state "RELATED,ESTABLISHED" -j RETURN;-m state --state RELATED,ESTABLISHED -j RETURN;OK
-p esp -m state --state INVALID;=;OK
-s ::192.0.2.1/64 -p tcp -m state --state "NEW,UNTRACKED";-s ::/64 -p tcp -m state --state NEW,UNTRACKED;OK
*raw
:PREROUTING
-m state --state "NEW,UNTRACKED" -j ACCEPT;-m state --state NEW,UNTRACKED -j ACCEPT;OK
*security
:FORWARD
-m state --state "NEW,UNTRACKED";-m state --state NEW,UNTRACKED;OK
*security
:INPUT
! -s 2001:db8::1 ! -p 41 -m state --state "RELATED,ESTABLISHED";! -s 2001:db8::1/128 ! -p ipv6 -m state --state RELATED,ESTABLISHED;OK
-p ah -m state ! --state "RELATED,ESTABLISHED";-p ah -m state ! --state RELATED,ESTABLISHED;OK
*security
:OUTPUT
-m state ! --state "NEW,UNTRACKED" -j ACCEPT;-m state ! --state NEW,UNTRACKED -j ACCEPT;OK
-o lo -m state --state "RELATED,ESTABLISHED" -j RETURN;-o lo -m state --state RELATED,ESTABLISHED -j RETURN;OK
