package xt_test

import (
	"fmt"
	"strings"

	"nfwhy/netfilter"
	"nfwhy/xt"
)

// engineCounts says that the engine counts connections when a rule asks for it.
const engineCounts = false

// meanings draw one extension each, with values that the packets below have.
var meanings = []func(d *drawer) string{
	func(d *drawer) string {
		return "-p " + d.pick("tcp", "udp", "icmp", "ipv6-icmp", "esp", "ah", "sctp", "dccp", "ipcomp", "135", "59", "43", "60", "0", "44")
	},
	func(d *drawer) string { return "! -p " + d.pick("tcp", "udp", "ah", "esp", "41") },
	func(d *drawer) string { return d.not() + "-s " + d.addr() + d.pick("", "/24", "/8", "/64") },
	func(d *drawer) string { return d.not() + "-d " + d.addr() + d.pick("", "/24", "/255.0.255.255", "/64") },
	func(d *drawer) string { return d.not() + "-i " + d.pick("ext", "ex+", "int", "+", "lo") },
	func(d *drawer) string { return d.not() + "-o " + d.pick("ext", "in+", "int", "+") },
	func(d *drawer) string { return d.not() + "-f" },
	func(d *drawer) string { return "-p esp -m esp " + d.not() + "--espspi " + d.pick("5", "1:9", "256:") },
	func(d *drawer) string { return "-p ah -m ah " + d.not() + "--ahspi " + d.pick("5", "1:9", "256:") },
	func(d *drawer) string {
		return "-m ah " + d.not() + "--ahspi " + d.pick("5", "1:9", "0:") + d.pick("", " --ahlen 24", " ! --ahlen 24", " --ahres")
	},
	func(d *drawer) string {
		return "-p ipcomp -m ipcomp " + d.not() + "--ipcompspi " + d.pick("5", "1:9", "256:")
	},
	func(d *drawer) string { return "-m comment --comment x" },
	func(d *drawer) string {
		return "-p dccp -m dccp " + d.pick("", d.not()+"--sport 5 ", d.not()+"--dport 1:100 ") + d.pick("", d.not()+"--dccp-types "+d.pick("REQUEST,DATA", "ACK", "INVALID,RESET"), d.notHere()+"--dccp-option "+d.num(1, 2, 32))
	},
	func(d *drawer) string { return "-m dscp " + d.not() + "--dscp " + d.num(0, 46, 8, 10) },
	func(d *drawer) string {
		return "-m tos " + d.not() + "--tos " + d.pick("0x10", "0x10/0x10", "0xb8/0xfc", "0/3")
	},
	func(d *drawer) string { return "-m ecn " + d.not() + "--ecn-ip-ect " + d.num(0, 1, 2, 3) },
	func(d *drawer) string { return "-p tcp -m ecn " + d.not() + d.pick("--ecn-tcp-cwr", "--ecn-tcp-ece") },
	func(d *drawer) string {
		return "-m length " + d.not() + "--length " + d.pick("0:60", "61:", "40", "100:200")
	},
	func(d *drawer) string { return "-m mark " + d.not() + "--mark " + d.pick("0", "5", "1/1", "0x10/0xf0") },
	func(d *drawer) string {
		return "-m iprange " + d.not() + d.pick("--src-range ", "--dst-range ") + d.rangeText()
	},
	func(d *drawer) string {
		return "-p " + d.pick("tcp", "udp", "sctp", "dccp", "udplite") + " -m multiport " + d.not() + d.pick("--ports ", "--sports ", "--dports ") + d.pick("5,80", "1:100,443", "53")
	},
	func(d *drawer) string {
		return "-m pkttype " + d.not() + "--pkt-type " + d.pick("unicast", "broadcast", "multicast", "otherhost")
	},
	func(d *drawer) string { return "-m quota " + d.not() + "--quota " + d.num(0, 100, 500, 1000) },
	func(d *drawer) string {
		e := 1 + d.IntN(4)
		return fmt.Sprintf("-m statistic --mode nth %s--every %d --packet %d", d.not(), e, d.IntN(e))
	},
	func(d *drawer) string {
		return "-p sctp -m sctp " + d.pick("", d.not()+"--sport 5 ", d.not()+"--dport 1:100 ") + d.pick("", d.notHere()+"--chunk-types "+d.pick("all", "any", "only")+" "+d.pick("DATA", "INIT", "DATA,SACK", "DATA:BE", "ALL", "NONE", "ABORT:T,DATA"))
	},
	func(d *drawer) string {
		return "-m string --algo " + d.pick("bm", "kmp") + " " + d.not() + d.pick("--string hello", "--string HELLO --icase", `--hex-string "|00 00|"`, "--string hello --from "+d.num(20, 28, 29, 40, 41, 48), "--string hello --to "+d.num(32, 33, 34, 45, 46, 60)) + d.pick("", " --from 20", " --to 60")
	},
	func(d *drawer) string {
		return "-p tcp -m tcpmss " + d.not() + "--mss " + d.pick("0:1000", "1460", "536:")
	},
	func(d *drawer) string {
		return "-m ttl " + d.pick("--ttl-eq 64", "! --ttl-eq 63", "--ttl-lt 10", "--ttl-gt 60")
	},
	func(d *drawer) string {
		return "-m hl " + d.pick("--hl-eq 64", "! --hl-eq 63", "--hl-lt 10", "--hl-gt 60")
	},
	func(d *drawer) string {
		return "-m u32 " + d.not() + `--u32 "` + d.pick("6&0xFF=6", "0>>22&0x3C@0>>16=80", "4&0x1FFF=0:5", "40=0", "16=0x0a420101", "0>>24&0xf<<2@0=0:0xffff,0x10000000:0xffffffff",
			"0>>31=0", "100@4=0", "0&0xffff=0:60&&8&0xff=0:255") + `"`
	},
	func(d *drawer) string {
		return `-m bpf --bytecode "` + d.pick("4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0", "4,48 0 0 6,21 0 1 17,6 0 0 1,6 0 0 0", "5,177 0 0 0,72 0 0 2,21 0 1 80,6 0 0 1,6 0 0 0",
			"4,128 0 0 0,37 0 1 60,6 0 0 1,6 0 0 0", "4,32 0 0 100,21 1 0 0,6 0 0 0,6 0 0 7", "5,48 0 0 1,84 0 0 255,148 0 0 3,22 0 0 0,6 0 0 0") + `"`
	},
	func(d *drawer) string {
		return "-m time " + d.pick("--datestart 2020-01-01", "--datestop 2020-01-01", "--weekdays Mon,Tue,Wed,Thu", "! --weekdays Sun", "--monthdays 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15", "--timestart 06:00 --timestop 18:00", "--timestart 18:00 --timestop 06:00 --contiguous --weekdays Mon,Tue")
	},
	func(d *drawer) string {
		return "-m recent --name " + d.pick("A", "B") + " " + d.not() + d.pick("--set", "--rcheck", "--update", "--remove", "--rcheck --hitcount 2", "--update --seconds 100 --hitcount 3", "--rcheck --rttl", "--update --seconds 60 --reap") + d.pick("", " --rdest", " --mask "+d.mask())
	},
	func(d *drawer) string {
		name, more := "H"+d.num(1, 2), d.pick("", " --hashlimit-srcmask 24", " --hashlimit-htable-max 3 --hashlimit-htable-size 1", " --hashlimit-rate-match")
		if strings.HasSuffix(more, "match") { // current kernels let no others share its table
			name = "R"
		}
		return "-m hashlimit --hashlimit-name " + name + " " + d.pick("--hashlimit-upto ", "--hashlimit-above ") + d.pick("1/min", "3/hour", "1000/sec", "200b/s", "1kb/s") + d.pick("", " --hashlimit-mode srcip", " --hashlimit-mode dstip,dstport", " --hashlimit-mode srcip,srcport,dstport") + more
	},
	func(d *drawer) string {
		return "-m connlimit " + d.pick("--connlimit-above ", "--connlimit-upto ") + d.num(0, 1, 2, 3) + d.pick("", " --connlimit-mask 24", " --connlimit-mask 0", " --connlimit-daddr")
	},
	func(d *drawer) string {
		if !engineCounts {
			return "-m comment --comment z"
		}
		return "-m connbytes " + d.not() + "--connbytes " + d.pick("1", "2:3", "0:100", "60:") + " --connbytes-dir " + d.pick("original", "reply", "both") + " --connbytes-mode " + d.pick("packets", "bytes", "avgpkt")
	},
	func(d *drawer) string { return "-m connmark " + d.not() + "--mark " + d.pick("0", "5", "1/1") },
	func(d *drawer) string {
		return "-m connlabel " + d.not() + "--label " + d.num(1, 2) + d.pick("", " --set")
	},
	func(d *drawer) string { return "-m helper " + d.not() + "--helper ftp" },
	func(d *drawer) string {
		return fmt.Sprintf("-m cluster --cluster-total-nodes %d %s--cluster-local-node 1 --cluster-hash-seed %d", 2+d.IntN(3), d.not(), d.IntN(1000))
	},
	func(d *drawer) string {
		return "-m physdev " + d.not() + d.pick("--physdev-in ext", "--physdev-is-in", "--physdev-is-bridged")
	},
	func(d *drawer) string { return "-m mac " + d.not() + "--mac-source 02:00:00:00:01:02" },
	func(d *drawer) string { return "-p tcp -m tcp " + d.not() + "--tcp-option " + d.num(2, 3, 4, 8, 1) },
	func(d *drawer) string {
		return "-p tcp -m tcp " + d.not() + "--tcp-flags " + d.pick("SYN,ACK SYN", "ALL NONE", "FIN,RST FIN")
	},
	func(d *drawer) string {
		return "-p " + d.pick("tcp -m tcp ", "udp -m udp ") + d.not() + d.pick("--dport 80", "--sport 1:100", "--dport 0:65535")
	},
	func(d *drawer) string { return "-p tcp -m tcp" },
	func(d *drawer) string {
		return "-p icmp -m icmp " + d.not() + "--icmp-type " + d.pick("any", "8", "3", "3/1:3", "0/0")
	},
	func(d *drawer) string {
		return "-p ipv6-icmp -m icmp6 " + d.not() + "--icmpv6-type " + d.pick("128", "1", "135")
	},
	func(d *drawer) string {
		return "-m frag " + d.not() + "--fragid " + d.pick("0:", "5", "0:100") + d.pick("", " --fragfirst", " --fragmore", " --fraglast", " --fragres")
	},
	func(d *drawer) string {
		return "-m hbh " + d.pick("", d.not()+"--hbh-len 8", "--hbh-opts "+d.pick("1:4", "5:2,1", "0", "5"))
	},
	func(d *drawer) string {
		return "-m dst " + d.pick("", d.not()+"--dst-len 8", "--dst-opts "+d.pick("1:4", "5:2,1", "0"))
	},
	func(d *drawer) string {
		return "-m ipv6header " + d.not() + "--header " + d.pick("hop", "dst", "route", "frag", "prot", "hop,prot", "none", "ah,prot", "frag,prot") + d.pick("", " --soft")
	},
	func(d *drawer) string {
		return "-m rt " + d.pick("", d.not()+"--rt-type "+d.num(0, 2, 4), d.not()+"--rt-segsleft "+d.pick("0", "1:", "0:5"), d.not()+"--rt-len 24", "--rt-type 0 --rt-0-res", "--rt-type 0 --rt-0-addrs 2001:db8::5", "--rt-type 0 --rt-0-addrs 2001:db8::5 --rt-0-not-strict")
	},
	func(d *drawer) string {
		return "-m srh " + d.pick("", d.not()+"--srh-next-hdr 6", d.not()+"--srh-hdr-len-eq 2", d.not()+"--srh-segs-left-gt 0", d.not()+"--srh-last-entry-lt 1", d.not()+"--srh-tag 5", "--srh-nsid 2001:db8::5/64", "--srh-lsid 2001:db8::5")
	},
	func(d *drawer) string { return "-p 135 -m mh " + d.not() + "--mh-type " + d.pick("1", "0:3", "5:") },
	func(d *drawer) string { return "-m eui64" },
	func(d *drawer) string {
		return "-j MARK " + d.pick("--set-mark 5", "--or-mark 1", "--xor-mark 0x11", "--and-mark 0xf0")
	},
	func(d *drawer) string {
		return "-j CONNMARK " + d.pick("--set-mark 5", "--save-mark", "--restore-mark", "--save-mark --mask 0xf", "--or-mark 1", "--restore-mark --nfmask 0xff --ctmask 0xf0", "--set-mark 1 --left-shift-mark 2")
	},
	func(d *drawer) string { return "-j DSCP --set-dscp " + d.num(0, 46, 63) },
	func(d *drawer) string {
		return "-j TOS " + d.pick("--set-tos 0x10", "--and-tos 0xf0", "--or-tos 1", "--xor-tos 0xff", "--set-tos 4/0xf")
	},
	func(d *drawer) string {
		return "-j TTL " + d.pick("--ttl-set 5", "--ttl-inc 10", "--ttl-dec 3", "--ttl-inc 255")
	},
	func(d *drawer) string { return "-j HL " + d.pick("--hl-set 5", "--hl-inc 10", "--hl-dec 3") },
	func(d *drawer) string { return "-p tcp -j TCPMSS --set-mss " + d.num(500, 1000, 1460) },
	func(d *drawer) string { return "-p tcp --syn -j TCPMSS --set-mss " + d.num(500, 1000, 1460) },
	func(d *drawer) string {
		if _, ok := any((*netfilter.Netns)(nil)).(xt.PathKnower); !ok {
			return "-m comment --comment y"
		}
		return "-p tcp --syn -j TCPMSS --clamp-mss-to-pmtu"
	},
	func(d *drawer) string {
		return "-p tcp -j TCPOPTSTRIP --strip-options " + d.pick("mss", "timestamp", "2,3,4,8", "254", "5")
	},
	func(d *drawer) string {
		return "-p tcp -j ECN " + d.pick("--ecn-tcp-remove", "--ecn-tcp-ece 1", "--ecn-ip-ect 2", "--ecn-tcp-cwr 1 --ecn-ip-ect 1")
	},
	func(d *drawer) string {
		return "-j HMARK --hmark-tuple " + d.pick("src,dst", "src,dst,sport,dport,proto", "ct,src,dst", "spi", "proto", "dst") + fmt.Sprintf(" --hmark-mod %d --hmark-rnd %d --hmark-offset %d", 1+d.IntN(1000), d.IntN(100000), d.IntN(10))
	},
	func(d *drawer) string { return "-j CHECKSUM --checksum-fill" },
	func(d *drawer) string { return "-j CLASSIFY --set-class 1:2" },
	func(d *drawer) string { return "-j NFLOG --nflog-group 7" },
	func(d *drawer) string { return "-j DNPT --src-pfx " + d.pfx() + " --dst-pfx " + d.pfx() },
	func(d *drawer) string { return "-j SNPT --src-pfx " + d.pfx() + " --dst-pfx " + d.pfx() },
}

func (d *drawer) pfx() string {
	return d.pick("fd66:1::/64", "fd66:2::/64", "2001:db8:5::/48", "fd66:2::/48", "2001:db8:7:1::/56", "2001:db8:7:100::/60")
}

func (d *drawer) mask() string {
	if d.six {
		return d.pick("ffff:ffff::", "ffff:ffff:ffff:ffff::")
	}
	return d.pick("255.255.255.0", "255.0.0.0", "0.0.0.0")
}

func (d *drawer) addr() string {
	if d.six {
		return d.pick("fd66:1::1", "fd66:1::2", "fd66:2::2", "2001:db8::1")
	}
	return d.pick("10.66.1.1", "10.66.1.2", "10.66.2.2", "192.0.2.1")
}

func (d *drawer) rangeText() string {
	if d.six {
		return d.pick("fd66:1::1-fd66:1::5", "fd66:2::-fd66:2::ffff", "::-2001:db8::")
	}
	return d.pick("10.66.1.1-10.66.1.5", "10.66.2.0-10.66.2.255", "1.0.0.0-10.66.1.1", "10.66.1.2-10.66.1.2")
}
