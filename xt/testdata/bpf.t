# match bpf: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
-d 192.0.2.1/0 ! -i lo -m bpf --bytecode "2,6 0 0 1";;FAIL
-o + -m bpf;;FAIL
*filter
:INPUT
-m bpf --bytecode "3,32 0 0 0,84 0 0 255,22 0 0 0,";-m bpf --bytecode "3,32 0 0 0,84 0 0 255,22 0 0 0";OK
*filter
:OUTPUT
! -d 127.0.0.1/24 -m bpf;;FAIL
! -p 255 -m bpf --bytecode "3,32 0 0 0,84 0 0 255,22 0 0 0,";! -p 255 -m bpf --bytecode "3,32 0 0 0,84 0 0 255,22 0 0 0";OK
-m bpf --bytecode "1,6 0 0 1" -j ACCEPT;=;OK
-m bpf --bytecode "3,32 0 0 0,84 0 0 255,22 0 0 0," -j DROP;-m bpf --bytecode "3,32 0 0 0,84 0 0 255,22 0 0 0" -j DROP;OK
-p dccp -m bpf --bytecode "3,32 0 0 0,84 0 0 255,22 0 0 0," -j RETURN;-p dccp -m bpf --bytecode "3,32 0 0 0,84 0 0 255,22 0 0 0" -j RETURN;OK
*filter
:u
-m bpf --bytecode "2,6 0 0 1";;FAIL
-o + -p icmp -m bpf -j DROP;;FAIL
*mangle
:OUTPUT
-s 10.1.2.3/0 -d 10.1/255.255.0.0 -m bpf --bytecode "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0" -j RETURN;-d 10.1.0.0/16 -m bpf --bytecode "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0" -j RETURN;OK
*mangle
:POSTROUTING
-p gre -m bpf --bytecode "3,32 0 0 0,84 0 0 255,22 0 0 0," -j ACCEPT;-p gre -m bpf --bytecode "3,32 0 0 0,84 0 0 255,22 0 0 0" -j ACCEPT;OK
*mangle
:u
! -s 255.255.255.255/0 -m bpf --bytecode "3,32 0 0 0,84 0 0 255,22 0 0 0," -j ACCEPT;;FAIL
*nat
:u
-m bpf --bytecode "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0" -j ACCEPT;=;OK
*security
:FORWARD
! -o eth+ -p icmp -m bpf --bytecode "3,32 0 0 0,84 0 0 255,22 0 0 0,";! -o eth+ -p icmp -m bpf --bytecode "3,32 0 0 0,84 0 0 255,22 0 0 0";OK
%6
*filter
:FORWARD
! -d 2001:db8::1/128 -m bpf --bytecode "3,32 0 0 0,84 0 0 255,22 0 0 0,";! -d 2001:db8::1/128 -m bpf --bytecode "3,32 0 0 0,84 0 0 255,22 0 0 0";OK
-i + -m bpf --bytecode "1,6 0 0 65535";-m bpf --bytecode "1,6 0 0 65535";OK
-m bpf --bytecode "1,6 0 0 65535" -j RETURN;=;OK
-m bpf --bytecode "1,6 0 0 65535";=;OK
*filter
:INPUT
-i lo -m bpf;;FAIL
-m bpf --bytecode "1,6 0 0 1" -j RETURN;=;OK
-m bpf --bytecode "1,6 0 0 1";=;OK
*filter
:OUTPUT
-m bpf --bytecode "1,6 0 0 1" -j DROP;=;OK
-m bpf --bytecode "1,6 0 0 1";=;OK
-m bpf --bytecode "1,6 0 0 65535" -j RETURN;=;OK
-o lo ! -p 255 -m bpf --bytecode "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0";=;OK
-s ff02::1/ffff:ffff:: -o eth0 -p ah -m bpf --bytecode "1,6 0 0 1";-s ff02::/32 -o eth0 -p ah -m bpf --bytecode "1,6 0 0 1";OK
*filter
:u
-d ::192.0.2.1/ffff:ffff:: -p icmp -m bpf ! --bytecode "1,21 0 1 6";;FAIL
-m bpf;;FAIL
*mangle
:PREROUTING
-p tcp -m bpf --bytecode "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0";=;OK
*security
:OUTPUT
-o + -m bpf --bytecode "1,6 0 0 1" -j ACCEPT;-m bpf --bytecode "1,6 0 0 1" -j ACCEPT;OK
