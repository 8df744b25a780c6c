# match srh: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%6
*filter
:FORWARD
! -o eth+ -m srh;=;OK
-m srh ! --srh-lsid "::ffff:192.0.2.1/128" --srh-segs-left-g 0xfe ! --srh-hdr-len-eq 1;-m srh ! --srh-hdr-len-eq 1 --srh-segs-left-gt 254 ! --srh-lsid ::ffff:192.0.2.1/128;OK
-m srh;=;OK
*filter
:INPUT
! -d 2001:db8::1/64 -m srh -j DROP;! -d 2001:db8::/64 -m srh -j DROP;OK
-i a.b:c -m srh ! --srh-last-entry-eq 255 --srh-nsid "2001:db8::1/128" -j RETURN;-i a.b:c -m srh ! --srh-last-entry-eq 255 --srh-nsid 2001:db8::1/128 -j RETURN;OK
-m srh --srh-hdr-len-eq 254;=;OK
-p 41 -m srh;-p ipv6 -m srh;OK
*filter
:OUTPUT
-m srh --srh-psid "2001:db8:0:1:2:3:4:5/ffff:ffff::" --srh-last-entry-lt 1;-m srh --srh-last-entry-lt 1 --srh-psid 2001:db8:0:1:2:3:4:5/32;OK
-m srh --srh-segs-left-eq 0x1 ! --srh-segs-left-gt 10 --srh-psi "fe80::1/128";-m srh --srh-segs-left-eq 10 ! --srh-segs-left-gt 10 --srh-psid fe80::1/128;OK
-m srh;=;OK
*filter
:u
-o + -p udplite -m srh ! --srh-next-hdr 0xfe;-p udplite -m srh ! --srh-next-hdr 254;OK
*mangle
:OUTPUT
-m srh;=;OK
*mangle
:u
-s ::/ffff:ffff:: -i a.b:c ! -p dccp -m srh ! --srh-segs-left-gt 254 --srh-hdr-len-gt 254 --srh-lsid "2001:db8:0:1:2:3:4:5/ffff:ffff::";-s ::/32 -i a.b:c ! -p dccp -m srh --srh-hdr-len-gt 254 ! --srh-segs-left-gt 254 --srh-lsid 2001:db8:0:1:2:3:4:5/32;OK
*nat
:INPUT
-d ::ffff:192.0.2.1/ffff:ffff:: -m srh ! --srh-last-entry-eq 254 --srh-hdr-len-gt 127 ! --srh-segs-left-eq 10;-d ::/32 -m srh --srh-hdr-len-gt 127 ! --srh-segs-left-eq 10 ! --srh-last-entry-eq 254;OK
*nat
:u
-d fe80::1/128 -i + -m srh;-d fe80::1/128 -m srh;OK
*raw
:PREROUTING
-s ::/0 -m srh --srh-tag 0xa --srh-psid "ff02::1/128";-m srh --srh-tag 10 --srh-psid ff02::1/128;OK
