# match osf: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
-f -p 6 -m osf --genre "a b";-p tcp -f -m osf --genre a b;OK
-f -p tcp -m osf --genre "a b" --ttl 1 -j RETURN;-p tcp -f -m osf --genre a b --ttl 1 -j RETURN;OK
-p tcp -m osf --genre "a b" --log 2 -j ACCEPT;-p tcp -m osf --genre a b --log 2 -j ACCEPT;OK
-p tcp -m osf --genre Linux --log 1 -j DROP;=;OK
-p tcp -m osf --genre Linux;=;OK
*filter
:INPUT
-p tcp -m osf ! --genre "a b";-p tcp -m osf ! --genre a b;OK
-p tcp -m osf --genre Linux -j RETURN;=;OK
-p tcp -m osf --genre Linux;=;OK
-p tcp -m osf --log 0x1 --genr "a b" -j ACCEPT;-p tcp -m osf --genre a b --log 1 -j ACCEPT;OK
-s 10.1/32 -p tcp -m osf --ttl 1 --log 0x1 --genre Linux;-s 10.1.0.0/32 -p tcp -m osf --genre Linux --ttl 1 --log 1;OK
*filter
:u
-o eth+ -p tcp -m osf --log 0 ! --genre Linux;-o eth+ -p tcp -m osf ! --genre Linux --log 0;OK
*mangle
:INPUT
-p tcp -m osf --genre Linux;=;OK
*mangle
:PREROUTING
-p tcp -m osf --ttl 0x1 --genr "a b" -j ACCEPT;-p tcp -m osf --genre a b --ttl 1 -j ACCEPT;OK
*nat
:INPUT
-p tcp -m osf ! --genre "a b" -j ACCEPT;-p tcp -m osf ! --genre a b -j ACCEPT;OK
*raw
:PREROUTING
-p tcp -m osf --genre "a b" -j ACCEPT;-p tcp -m osf --genre a b -j ACCEPT;OK
*security
:FORWARD
-d 255.255.255.255/255.0.255.0 -p tcp -m osf ! --genre Linux;-d 255.0.255.0/255.0.255.0 -p tcp -m osf ! --genre Linux;OK
