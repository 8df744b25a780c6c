# match time: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
-m time -j DROP;-m time --datestop 2038-01-19T03:14:07 -j DROP;OK
-o eth+ -m time -j ACCEPT;-o eth+ -m time --datestop 2038-01-19T03:14:07 -j ACCEPT;OK
-p tcp -m time --datestart 2024-01-02;-p tcp -m time --datestart 2024-01-02T00:00:00 --datestop 2038-01-19T03:14:07;OK
*filter
:INPUT
-s 0.0.0.0 -m time --contiguous ! --weekdays 7 -j DROP;;FAIL
-s 10.1/24 -i eth0 -m time;-s 10.1.0.0/24 -i eth0 -m time --datestop 2038-01-19T03:14:07;OK
-s 127.0.0.1/24 -f -p tcp -m time --datestop 1970-01-01 --utc --timestart "08:00" -j ACCEPT;-s 127.0.0.0/24 -p tcp -f -m time --timestart 08:00:00 --timestop 23:59:59 -j ACCEPT;OK
*filter
:OUTPUT
! -p esp -m time --localtz --datestop "2024-01-02T03:04:05" --timestart "23:59:59";! -p esp -m time --timestart 23:59:59 --timestop 23:59:59 --datestop 2024-01-02T03:04:05 --kerneltz;OK
! -p icmpv6 -m time;! -p ipv6-icmp -m time --datestop 2038-01-19T03:14:07;OK
-m time --datestop 2024-02-30;-m time --datestop 2024-03-01T00:00:00;OK
-m time --timestart "00:00" --localtz;-m time --datestop 2038-01-19T03:14:07 --kerneltz;OK
-o eth0 -p tcp -m time --timestop "8:5";-o eth0 -p tcp -m time --timestart 00:00:00 --timestop 08:05:00 --datestop 2038-01-19T03:14:07;OK
-s 10.1.2.3 -o eth0 -m time --localtz --datestop 2024-01-02;-s 10.1.2.3/32 -o eth0 -m time --datestop 2024-01-02T00:00:00 --kerneltz;OK
-s 192.0.2.1/32 -m time;-s 192.0.2.1/32 -m time --datestop 2038-01-19T03:14:07;OK
*mangle
:INPUT
-p icmp -m time ! --weekdays "Mon,Tue" --localtz;-p icmp -m time --weekdays Wed,Thu,Fri,Sat,Sun --datestop 2038-01-19T03:14:07 --kerneltz;OK
*nat
:POSTROUTING
-d 255.255.255.255/255.255.0.0 -m time;-d 255.255.0.0/16 -m time --datestop 2038-01-19T03:14:07;OK
*security
:INPUT
-p tcp -m time --datestart 2024-02-30 -j DROP;-p tcp -m time --datestart 2024-03-01T00:00:00 --datestop 2038-01-19T03:14:07 -j DROP;OK
%6
*filter
:FORWARD
-m time --kerneltz --datestop "2037-12-31T23:59" --contiguous;;FAIL
-o lo -m time --localtz ! --monthdays 32 --weekdays mon;;FAIL
-p gre -m time;-p gre -m time --datestop 2038-01-19T03:14:07;OK
-s 2001:db8::1/128 -m time --kerneltz;-s 2001:db8::1/128 -m time --datestop 2038-01-19T03:14:07 --kerneltz;OK
-s fe80::1/64 -o eth+ -m time --timestart "17:30:01";-s fe80::/64 -o eth+ -m time --timestart 17:30:01 --timestop 23:59:59 --datestop 2038-01-19T03:14:07;OK
*filter
:OUTPUT
! -p gre -m time --timestop "17:30:01" --weekdays 7 --localtz;! -p gre -m time --timestart 00:00:00 --timestop 17:30:01 --weekdays Sun --datestop 2038-01-19T03:14:07 --kerneltz;OK
! -p tcp -m time;! -p tcp -m time --datestop 2038-01-19T03:14:07;OK
-m time --kerneltz ! --weekdays "Mon,Tue" -j ACCEPT;-m time --weekdays Wed,Thu,Fri,Sat,Sun --datestop 2038-01-19T03:14:07 --kerneltz -j ACCEPT;OK
*filter
:u
! -d ::/129 -i + -m time -j ACCEPT;;FAIL
-s ::ffff:192.0.2.1/128 -m time --datestop 1970-01-01 -j DROP;-s ::ffff:192.0.2.1/128 -m time -j DROP;OK
*mangle
:FORWARD
! -d ff02::1/ffff:ffff:: -m time --localtz;! -d ff02::/32 -m time --datestop 2038-01-19T03:14:07 --kerneltz;OK
*mangle
:OUTPUT
-p udplite -m time;-p udplite -m time --datestop 2038-01-19T03:14:07;OK
*raw
:PREROUTING
-d 2001:db8::1/ffff:ffff:: -m time --datestop 1970-01-01;-d 2001:db8::/32 -m time;OK
*security
:INPUT
-p icmp -m time --kerneltz --datestop 2024-01-02;-p icmp -m time --datestop 2024-01-02T00:00:00 --kerneltz;OK
*security
:u
-m time --localtz;-m time --datestop 2038-01-19T03:14:07 --kerneltz;OK
-s 2001:db8:0:1:2:3:4:5 ! -i eth0 -p tcp -m time;-s 2001:db8:0:1:2:3:4:5/128 ! -i eth0 -p tcp -m time --datestop 2038-01-19T03:14:07;OK
