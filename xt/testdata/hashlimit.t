# match hashlimit: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.
%4
*filter
:FORWARD
-d 10.1/24 -m hashlimit --hashlimit-htable-expire 4294967294 --hashlimit-dstmas 0 --hashlimit-mode "dstip,srcip,srcport,dstport" --hashlimit-name a31;;FAIL
-i abcdefghijklmno -m hashlimit --hashlimit-name b-c21;;FAIL
-p ah -m hashlimit --hashlimit-name a22 ! --hashlimit-upto "600/min";-p ah -m hashlimit --hashlimit-above 10/sec --hashlimit-burst 5 --hashlimit-name a22 --hashlimit-htable-expire 60000;OK
-p icmp -m hashlimit ! --hashlimit-upto 5 --hashlimit-htable-siz 10 --hashlimit-burst 1kb --hashlimit-name b-c8 -j ACCEPT;-p icmp -m hashlimit --hashlimit-above 5/sec --hashlimit-burst 1024 --hashlimit-name b-c8 --hashlimit-htable-size 10 -j ACCEPT;OK
-p icmp -m hashlimit --hashlimit-above "10/min" --hashlimit-dstmask 32 --hashlimit-burst 1 --hashlimit-name a20;-p icmp -m hashlimit --hashlimit-above 10/min --hashlimit-burst 1 --hashlimit-name a20;OK
*filter
:INPUT
! -p 41 -m hashlimit --hashlimit-name b-c47;;FAIL
-d 10.1.2.3/255.0.255.0 -m hashlimit --hashlimit-htable-size 4294967294 --hashlimit-name b-c11;;FAIL
-m hashlimit --hashlimit-htable-max 10 --hashlimit-name b-c42;;FAIL
-m hashlimit --hashlimit-name a16 -j RETURN;;FAIL
-p esp -m hashlimit --hashlimit-name a50;;FAIL
*filter
:OUTPUT
-d 127.0.0.1/24 -m hashlimit --hashlimit-name a19;;FAIL
-m hashlimit --hashlimit-name b-c25;;FAIL
-p tcp -m hashlimit --hashlimit "10/min" --hashlimit-name b-c36;-p tcp -m hashlimit --hashlimit-upto 10/min --hashlimit-burst 5 --hashlimit-name b-c36;OK
-s 255.255.255.255/32 -m hashlimit --hashlimit-htable-max 0xa --hashlimit-htable-gcinterval 10 --hashlimit-name b-c27;;FAIL
*filter
:u
-m hashlimit ! --hashlimit-above 5 --hashlimit-srcmask 0 --hashlimit-rate-match --hashlimit-name a29;-m hashlimit --hashlimit-upto 5/sec --hashlimit-burst 5 --hashlimit-name a29 --hashlimit-srcmask 0 --hashlimit-rate-match;OK
*mangle
:FORWARD
-m hashlimit --hashlimit-name b-c24 -j ACCEPT;;FAIL
%6
*filter
:FORWARD
! -p esp -m hashlimit ! --hashlimit-upto "1kb/s" --hashlimit-htable-gcinterval 0x1 --hashlimit-mode srcip --hashlimit-name b-c104;! -p esp -m hashlimit --hashlimit-above 1kb/s --hashlimit-mode srcip --hashlimit-name b-c104 --hashlimit-htable-gcinterval 1;OK
! -s fe80::1/0 -m hashlimit --hashlimit-rate-match --hashlimit-upto "10mb/s" --hashlimit-burst 7 --hashlimit-nam b-c99;;FAIL
-m hashlimit --hashlimit-rate-interval 10 --hashlimit-htable-gcinterval 0x1 ! --hashlimit-above "7/hour" --hashlimit-name b-c80;-m hashlimit --hashlimit-upto 7/hour --hashlimit-burst 5 --hashlimit-name b-c80 --hashlimit-htable-gcinterval 1;OK
-m hashlimit --hashlimit-srcmask 0 --hashlimit-htable-gcinterval 1 --hashlimit "16b/s" --hashlimit-name b-c93;-m hashlimit --hashlimit-upto 16b/s --hashlimit-name b-c93 --hashlimit-htable-gcinterval 1 --hashlimit-srcmask 0;OK
*filter
:INPUT
! -p TCP -m hashlimit --hashlimit-name a51 -j ACCEPT;;FAIL
-m hashlimit --hashlimit-name b-c55;;FAIL
-m hashlimit --hashlimit-upt "7/hour" --hashlimit-htable-gcinterval 1 --hashlimit-htable-expire 4294967295 --hashlimit-name a70;-m hashlimit --hashlimit-upto 7/hour --hashlimit-burst 5 --hashlimit-name a70 --hashlimit-htable-gcinterval 1 --hashlimit-htable-expire 4294967295;OK
*filter
:OUTPUT
-d 2001:db8:0:1:2:3:4:5/0 -m hashlimit --hashlimit-burst 1kb --hashlimit-htable-expire 10 --hashlimit-dstmask 16 --hashlimit-name b-c85;;FAIL
-m hashlimit --hashlimit-mode srcip --hashlimit-rate-match --hashlimit-name a53;;FAIL
*mangle
:FORWARD
-p ah -m hashlimit --hashlimit-dstmask 16 --hashlimit-rate-interval 3600 --hashlimit-name b-c105 -j DROP;;FAIL
*mangle
:OUTPUT
-m hashlimit --hashlimit-upto "1kb/s" --hashlimit-name a97;-m hashlimit --hashlimit-upto 1kb/s --hashlimit-name a97;OK
-p icmp -m hashlimit --hashlimit-name a91 --hashlimit-above "1000000/sec";-p icmp -m hashlimit --hashlimit-above 1000000/sec --hashlimit-burst 5 --hashlimit-name a91;OK
*nat
:OUTPUT
-m hashlimit --hashlimit-htable-gcinterval 4294967295 --hashlimit-htable-expire 0x100000000 --hashlimit-name b-c89;;FAIL
*nat
:PREROUTING
! -p icmp -m hashlimit --hashlimit-upto "600/min" --hashlimit-rate-interval 10 --hashlimit-mode "srcip,dstport" --hashlimit-name b-c56 -j RETURN;! -p icmp -m hashlimit --hashlimit-upto 10/sec --hashlimit-burst 5 --hashlimit-mode srcip,dstport --hashlimit-name b-c56 --hashlimit-htable-expire 60000 -j RETURN;OK
-m hashlimit --hashlimit-burs 1000000 --hashlimit-mode "dstip,srcip,srcport,dstport" --hashlimit-rate-interval 10 --hashlimit-name a94;;FAIL
*raw
:OUTPUT
-o eth0 -m hashlimit --hashlimit-mode "srcip,dstport" --hashlimit-upto "1000b/s" --hashlimit-name a59 -j DROP;-o eth0 -m hashlimit --hashlimit-upto 992b/s --hashlimit-mode srcip,dstport --hashlimit-name a59 -j DROP;OK
