# match helper: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
! -f -m helper --helper sip;=;OK
! -s 255.255.255.255/33 -m helper --helper ftp;;FAIL
-m helper ! --helper ftp-2121;=;OK
-m helper --helper 123456789012345678901234567890;-m helper --helper 12345678901234567890123456789;OK
*filter
:INPUT
-i + -m helper --helper ftp;-m helper --helper ftp;OK
-i a.b:c -m helper --helper ftp-2121;=;OK
-m helper ! --helper sip;=;OK
-m helper --helper 123456789012345678901234567890;-m helper --helper 12345678901234567890123456789;OK
*filter
:OUTPUT
! -d 0.0.0.0/255.255.0.0 -m helper --helper sip;! -d 0.0.0.0/16 -m helper --helper sip;OK
-m helper --helper 123456789012345678901234567890;-m helper --helper 12345678901234567890123456789;OK
-p icmp -m helper ! --helper 123456789012345678901234567890;-p icmp -m helper ! --helper 12345678901234567890123456789;OK
*filter
:u
-s 10.1/32 -m helper --helper ftp;-s 10.1.0.0/32 -m helper --helper ftp;OK
*mangle
:INPUT
-d 10.1/255.255.0.0 -p esp -m helper ! --helper sip;-d 10.1.0.0/16 -p esp -m helper ! --helper sip;OK
*nat
:OUTPUT
-s 10.1/0 -m helper --helper sip;-m helper --helper sip;OK
*raw
:OUTPUT
-m helper --helper 123456789012345678901234567890;-m helper --helper 12345678901234567890123456789;OK
%6
*filter
:FORWARD
-i eth+ -m helper --helper 123456789012345678901234567890 -j ACCEPT;-i eth+ -m helper --helper 12345678901234567890123456789 -j ACCEPT;OK
-m helper --helper "";=;OK
-m helper --helper ftp -j ACCEPT;=;OK
-p tcp -m helper --helper 123456789012345678901234567890 -j ACCEPT;-p tcp -m helper --helper 12345678901234567890123456789 -j ACCEPT;OK
-p udp -m helper --helper "";=;OK
*filter
:INPUT
! -i + -m helper --helper ftp-2121;=;OK
-m helper ! --helper ftp;=;OK
-m helper --helper 123456789012345678901234567890;-m helper --helper 12345678901234567890123456789;OK
-m helper --helper ftp-2121;=;OK
*filter
:OUTPUT
! -s ff02::1/129 -p icmp -m helper --helper 123456789012345678901234567890;;FAIL
-p udp -m helper --helper sip;=;OK
*filter
:u
-m helper ! --helper "";=;OK
*mangle
:POSTROUTING
-p gre -m helper ! --helper ftp;=;OK
*raw
:OUTPUT
-m helper --helper "";=;OK
-m helper --helper sip -j ACCEPT;=;OK
