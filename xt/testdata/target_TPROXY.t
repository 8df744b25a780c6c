# target TPROXY: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*mangle
:PREROUTING
! -s 0.0.0.0/32 -i + -p udp -j TPROXY --on-port 0;! -s 0.0.0.0/32 -p udp -j TPROXY --on-port 0 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0;OK
! -s 127.0.0.1/255.255.0.0 -p tcp -j TPROXY --on-ip "0.0.0.0" --on-port ssh;! -s 127.0.0.0/16 -p tcp -j TPROXY --on-port 22 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0;OK
-f -p udp -j TPROXY --on-port ssh;-p udp -f -j TPROXY --on-port 22 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0;OK
-p 6 -j TPROXY --on-port 1024;-p tcp -j TPROXY --on-port 1024 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0;OK
-p 6 -j TPROXY --on-port ssh;-p tcp -j TPROXY --on-port 22 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0;OK
-p esp -j TPROXY --on-ip "10.1.2.3" --on-port http;;FAIL
-p tcp -j TPROXY --on-port 1024;-p tcp -j TPROXY --on-port 1024 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0;OK
-p tcp -j TPROXY --on-port 65535;-p tcp -j TPROXY --on-port 65535 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0;OK
-p tcp -j TPROXY --on-port ssh;-p tcp -j TPROXY --on-port 22 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0;OK
-p tcp -j TPROXY --tproxy-mark "0/0xffffffff" --on-i "192.0.2.1" --on-port http;-p tcp -j TPROXY --on-port 80 --on-ip 192.0.2.1 --tproxy-mark 0x0/0xffffffff;OK
-p udp -j TPROXY --on-ip "10.1" --on-port 0;-p udp -j TPROXY --on-port 0 --on-ip 10.0.0.1 --tproxy-mark 0x0/0x0;OK
-p udp -j TPROXY --on-port 22;-p udp -j TPROXY --on-port 22 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0;OK
-p udp -j TPROXY --on-port ssh;-p udp -j TPROXY --on-port 22 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0;OK
-p udp -j TPROXY --tproxy-mark "1/0xffffffff" --on-port http;-p udp -j TPROXY --on-port 80 --on-ip 0.0.0.0 --tproxy-mark 0x1/0xffffffff;OK
-s 255.255.255.255/32 -i + -p tcp -j TPROXY --on-port 22 --on-ip "127.0.0.1" --tproxy-mark "10/0xff";-s 255.255.255.255/32 -p tcp -j TPROXY --on-port 22 --on-ip 127.0.0.1 --tproxy-mark 0xa/0xff;OK
*mangle
:u
-d 255.255.255.255/255.0.255.0 -p udp -j TPROXY --tproxy-mark 2147483647 --on-port http;-d 255.0.255.0/255.0.255.0 -p udp -j TPROXY --on-port 80 --on-ip 0.0.0.0 --tproxy-mark 0x7fffffff/0xffffffff;OK
%6
*mangle
:PREROUTING
! -d ::ffff:192.0.2.1/64 -i eth+ -p udp -j TPROXY --on-port http --tproxy-mark 0xffffffff;! -d ::/64 -i eth+ -p udp -j TPROXY --on-port 80 --on-ip :: --tproxy-mark 0xffffffff/0xffffffff;OK
! -s ::192.0.2.1/0 -p 6 -j TPROXY --on-port http;;FAIL
-d ::ffff:192.0.2.1/64 -p tcp -j TPROXY --tproxy-mark "1/0" --on-port 65535;-d ::/64 -p tcp -j TPROXY --on-port 65535 --on-ip :: --tproxy-mark 0x1/0x0;OK
-p 17 -j TPROXY --on-port http;-p udp -j TPROXY --on-port 80 --on-ip :: --tproxy-mark 0x0/0x0;OK
-p tcp -j TPROXY --on-ip "::" --on-port 65535;-p tcp -j TPROXY --on-port 65535 --on-ip :: --tproxy-mark 0x0/0x0;OK
-p tcp -j TPROXY --on-ip "::" --on-port ssh;-p tcp -j TPROXY --on-port 22 --on-ip :: --tproxy-mark 0x0/0x0;OK
-p tcp -j TPROXY --on-port 0;-p tcp -j TPROXY --on-port 0 --on-ip :: --tproxy-mark 0x0/0x0;OK
-p tcp -j TPROXY --tproxy-mark "4294967294/0" --on-port 22;-p tcp -j TPROXY --on-port 22 --on-ip :: --tproxy-mark 0xfffffffe/0x0;OK
-p udp -j TPROXY --on-ip "2001:db8:0:1:2:3:4:5" --on-port 22;-p udp -j TPROXY --on-port 22 --on-ip 2001:db8:0:1:2:3:4:5 --tproxy-mark 0x0/0x0;OK
-p udp -j TPROXY --on-ip "2001:db8:0:1:2:3:4:5" --tproxy-mar "4294967295/0xff" --on-port 65535;-p udp -j TPROXY --on-port 65535 --on-ip 2001:db8:0:1:2:3:4:5 --tproxy-mark 0xffffffff/0xff;OK
-p udp -j TPROXY --on-port http;-p udp -j TPROXY --on-port 80 --on-ip :: --tproxy-mark 0x0/0x0;OK
-s :: -p tcp -j TPROXY --on-port 1024;-s ::/128 -p tcp -j TPROXY --on-port 1024 --on-ip :: --tproxy-mark 0x0/0x0;OK
-s ::ffff:192.0.2.1/ffff:ffff:: -p 6 -j TPROXY --on-port 1024 --tproxy-mark "10/0xff";-s ::/32 -p tcp -j TPROXY --on-port 1024 --on-ip :: --tproxy-mark 0xa/0xff;OK
*mangle
:u
-p tcp -j TPROXY --tproxy-mark "4294967295/0xffffffff" --on-port ssh;-p tcp -j TPROXY --on-port 22 --on-ip :: --tproxy-mark 0xffffffff/0xffffffff;OK
