# target CT: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*raw
:OUTPUT
! -f ! -p udplite -j CT;! -p udplite ! -f -j CT;OK
! -s 192.0.2.1/0 -p icmpv6 -j CT;;FAIL
! -s 192.0.2.1/33 -j CT --expevents new;;FAIL
-j CT --zone-orig mark;=;OK
-j CT --zone-reply 65536 --helpe irc --expevents new;;FAIL
-p esp -j CT --zone-orig 65535 --zone 0;-p esp -j CT;OK
*raw
:PREROUTING
-d 0.0.0.0/32 -i eth0 -j CT;=;OK
-f ! -p dccp -j CT;! -p dccp -f -j CT;OK
-i + ! -p udp -j CT --zone 0x10 --expevents new --helper sip;;FAIL
-j CT --helper nope --notrack --expevents new;-j CT --notrack --helper nope --expevents new;OK
-j CT --zone-orig mark --notrack --zone mark;-j CT --notrack --zone-orig mark;OK
-j CT;=;OK
-p udplite -j CT --ctevents "new,related,destroy,reply,assured,protoinfo,helper,mark,natseqinfo,secmark" --zone-orig mark;-p udplite -j CT --ctevents new,related,destroy,reply,assured,protoinfo,helper,mark,natseqinfo,secmark --zone-orig mark;OK
-s 255.255.255.255/255.0.255.0 ! -d 255.255.255.255/32 -j CT --zone-reply 0;-s 255.0.255.0/255.0.255.0 ! -d 255.255.255.255/32 -j CT;OK
*raw
:u
-j CT --helper tftp;;FAIL
%6
*raw
:OUTPUT
! -d 2001:db8::1 -j CT;! -d 2001:db8::1/128 -j CT;OK
! -o lo -p icmpv6 -j CT --helper tftp --zone-orig 0x10;;FAIL
! -s ::192.0.2.1/128 -p icmpv6 -j CT --zone-reply 5 --zone 5;! -s ::192.0.2.1/128 -p ipv6-icmp -j CT --zone-reply 5;OK
-j CT --notrack;=;OK
-j CT --zone 0x10;-j CT --zone 16;OK
-j CT --zone-orig mark;=;OK
-j CT --zone-reply 65536;;FAIL
-o eth+ -p udplite -j CT --notrack --expevents new --ctevents NEW;;FAIL
-p gre -j CT --zone-reply 0x10;-p gre -j CT --zone-reply 16;OK
*raw
:PREROUTING
! -s ::192.0.2.1 -j CT --notrack --ctevents new;! -s ::192.0.2.1/128 -j CT --notrack --ctevents new;OK
-j CT --ctevents "new,destroy" --notrack --helper ftp;-j CT --notrack --helper ftp --ctevents new,destroy;OK
-j CT --helper sip --zone-reply mark;;FAIL
-j CT --notrack --zone-reply 0 --expevents new;-j CT --notrack --expevents new;OK
-j CT;=;OK
*raw
:u
! -p dccp -j CT --zone-reply 0;! -p dccp -j CT;OK
-j CT;=;OK
