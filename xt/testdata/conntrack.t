# match conntrack: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
-d 10.1.2.3/255.255.0.0 -p esp -m conntrack --ctstatus ASSURED --ctrepldst "255.255.255.255" ! --ctreplsrc "127.0.0.1/255.255.0.0";-d 10.1.0.0/16 -p esp -m conntrack ! --ctreplsrc 127.0.0.1/16 --ctrepldst 255.255.255.255 --ctstatus ASSURED;OK
-s 127.0.0.1/32 -m conntrack --ctrepldst "0.0.0.0" --ctreplsrcport 1024;-s 127.0.0.1/32 -m conntrack --ctrepldst 0.0.0.0 --ctreplsrcport 1024;OK
*filter
:OUTPUT
! -d 127.0.0.1/24 -m conntrack --ctrepldst "255.255.255.255/0" --ctrepldstport 1024;! -d 127.0.0.0/24 -m conntrack --ctrepldst 255.255.255.255/0 --ctrepldstport 1024;OK
! -p udplite -m conntrack --ctreplsrcport 65535 --ctdir ORIGINAL -j ACCEPT;=;OK
-m conntrack ! --ctstatus NONE;=;OK
-m conntrack --ctproto 0 -j DROP;=;OK
-m conntrack --ctstatus ASSURED ! --ctorigdstport 0 -j DROP;-m conntrack ! --ctorigdstport 0 --ctstatus ASSURED -j DROP;OK
-p 255 -m conntrack ! --ctorigsrcport ":" ! --ctstatus NONE -j RETURN;-p 255 -m conntrack ! --ctorigsrcport 0:65535 ! --ctstatus NONE -j RETURN;OK
*filter
:u
! -i eth0 -m conntrack ! --ctorigdstport 0 -j DROP;=;OK
! -p 41 -m conntrack --ctrepldstport 1024 ! --ctprot tcp --ctorigdst "192.0.2.1/32";! -p ipv6 -m conntrack ! --ctproto 6 --ctorigdst 192.0.2.1 --ctrepldstport 1024;OK
! -p udp -m conntrack --ctorigsrcport "1024:1024";! -p udp -m conntrack --ctorigsrcport 1024;OK
-m conntrack --ctreplsrc "127.0.0.1" -j ACCEPT;-m conntrack --ctreplsrc 127.0.0.1 -j ACCEPT;OK
*mangle
:FORWARD
-o + -m conntrack --ctorigsrc "127.0.0.1/255.0.255.0";-m conntrack --ctorigsrc 127.0.0.1;OK
*raw
:OUTPUT
-o + -m conntrack --ctexpire ":4294967295" ! --ctstate "UNTRACKED,DNAT";-m conntrack ! --ctstate UNTRACKED,DNAT --ctexpire 0:4294967295;OK
*raw
:u
-i abcdefghijklmno -m conntrack --ctrepldst "10.1.2.3/0" --ctrepldstport "http:0" -j DROP;-i abcdefghijklmno -m conntrack --ctrepldst 10.1.2.3/0 --ctrepldstport 80 -j DROP;OK
*security
:OUTPUT
-m conntrack --ctstate "UNTRACKED,DNAT";-m conntrack --ctstate UNTRACKED,DNAT;OK
%6
*filter
:FORWARD
! -i a.b:c ! -p udp -m conntrack --ctstatus "EXPECTED,SEEN_REPLY,CONFIRMED" -j DROP;! -i a.b:c ! -p udp -m conntrack --ctstatus EXPECTED,SEEN_REPLY,CONFIRMED -j DROP;OK
-d 2001:db8::1/0 -p sctp -m conntrack;;FAIL
-m conntrack ! --ctorigsrc "2001:db8:0:1:2:3:4:5/64";-m conntrack ! --ctorigsrc 2001:db8:0:1:2:3:4:5/64;OK
-p sctp -m conntrack --ctstatu ASSURED --ctorigdst "::192.0.2.1/129" --ctdir reply -j ACCEPT;;FAIL
*filter
:INPUT
-m conntrack --ctorigsrc "ff02::1/ffff:ffff::" --ctrepldst "ff02::1/64" -j RETURN;-m conntrack --ctorigsrc ff02::1/32 --ctrepldst ff02::1/64 -j RETURN;OK
-m conntrack;;FAIL
*filter
:OUTPUT
! -d 2001:db8::1 -m conntrack --ctrepldst "fe80::1/129" --ctstate "UNTRACKED,DNAT" -j RETURN;;FAIL
-m conntrack ! --ctrepldstport ":22" --ctexpire "10:";-m conntrack ! --ctrepldstport 0:22 --ctexpire 10:4294967295;OK
-m conntrack ! --ctstate "UNTRACKED,DNAT" --ctreplsrcport "http:22";-m conntrack ! --ctstate UNTRACKED,DNAT --ctreplsrcport 80:22;OK
*filter
:u
-d ff02::1/0 -m conntrack --ctstatus ASSURED -j DROP;-m conntrack --ctstatus ASSURED -j DROP;OK
-m conntrack --ctdir REPLY --ctorigsrcport "1024:" --ctstatus "EXPECTED,SEEN_REPLY,CONFIRMED";-m conntrack --ctorigsrcport 1024:65535 --ctstatus EXPECTED,SEEN_REPLY,CONFIRMED --ctdir REPLY;OK
-m conntrack --ctrepldst "::/ffff:ffff::";-m conntrack --ctrepldst ::/32;OK
*mangle
:PREROUTING
-m conntrack ! --ctexpire ":";-m conntrack ! --ctexpire 0:4294967295;OK
-m conntrack --ctexpire "2147483647:" -j DROP;-m conntrack --ctexpire 2147483647:4294967295 -j DROP;OK
*security
:FORWARD
-m conntrack --ctrepldstport 22 --ctorigsrc "fe80::1/128" -j DROP;-m conntrack --ctorigsrc fe80::1 --ctrepldstport 22 -j DROP;OK
*security
:u
-m conntrack --ctstate "est,new" --ctrepldst "2001:db8::1/64" ! --ctorigdst "2001:db8:0:1:2:3:4:5" -j DROP;-m conntrack --ctstate NEW,ESTABLISHED ! --ctorigdst 2001:db8:0:1:2:3:4:5 --ctrepldst 2001:db8::1/64 -j DROP;OK
