package lab

import (
	"fmt"
	"strconv"
)

// The rarer matches and targets, with values that the packets of a scenario have.

func oneOf(ss ...string) func(*gen, *place) string {
	return func(g *gen, _ *place) string { return pick(g, ss...) }
}

// v4 and v6 are parts of rules of one family only.
func (g *gen) v4(s string) string {
	if g.six {
		return ""
	}
	return s
}

func (g *gen) v6(s string) string {
	if g.six {
		return s
	}
	return ""
}

var rareMatchers = []weighted[matcher]{
	{4, matcher{"connmark", Extensions, anywhere, func(g *gen, _ *place) string {
		return "-m connmark " + g.not(20) + "--mark " + pick(g, "0x0", "0x1", "0x5", "0x1/0x1", "0x0/0xff")
	}}},
	{4, matcher{"connbytes", Extensions, anywhere, (*gen).matchConnbytes}},
	{2, matcher{"connlabel", Extensions, anywhere, func(g *gen, _ *place) string {
		return "-m connlabel " + g.not(20) + "--label " + pick(g, "1", "2", "127") + pick(g, "", " --set")
	}}},
	{3, matcher{"connlimit", Extensions, anywhere, func(g *gen, _ *place) string {
		return "-m connlimit " + pick(g, "--connlimit-above ", "--connlimit-upto ") + strconv.Itoa(g.r.IntN(4)) +
			pick(g, "", " --connlimit-mask 24", " --connlimit-mask 0", " --connlimit-daddr")
	}}},
	{2, matcher{"cluster", Extensions, anywhere, func(g *gen, _ *place) string {
		return fmt.Sprintf("-m cluster --cluster-total-nodes %d %s--cluster-local-node 1 --cluster-hash-seed %d", g.between(2, 5), g.not(20), g.r.IntN(1000))
	}}},
	{2, matcher{"helper", Extensions, anywhere, func(g *gen, _ *place) string { return "-m helper " + g.not(30) + "--helper " + pick(g, "ftp", "tftp") }}},
	{3, matcher{"dscp", Extensions, anywhere, func(g *gen, _ *place) string {
		return "-m dscp " + g.not(20) + "--dscp " + pick(g, "0", "46", "4", "48", "63")
	}}},
	{3, matcher{"tos", Extensions, anywhere, func(g *gen, _ *place) string {
		return "-m tos " + g.not(20) + "--tos " + pick(g, "0x10", "0x10/0x10", "0xb8/0xfc", "0/3", "0xff")
	}}},
	{2, matcher{"ecn", Extensions, withProto("tcp"), func(g *gen, _ *place) string {
		return "-m ecn " + g.not(20) + pick(g, "--ecn-tcp-cwr", "--ecn-tcp-ece", "--ecn-ip-ect 0", "--ecn-ip-ect 3")
	}}},
	{2, matcher{"quota", Extensions, anywhere, func(g *gen, _ *place) string {
		return "-m quota " + g.not(20) + "--quota " + pick(g, "0", "100", "500", "3000")
	}}},
	{3, matcher{"statistic", Extensions, anywhere, func(g *gen, _ *place) string {
		n := g.between(1, 5)
		return fmt.Sprintf("-m statistic --mode nth %s--every %d --packet %d", g.not(20), n, g.r.IntN(n))
	}}},
	{3, matcher{"string", Extensions, anywhere, func(g *gen, _ *place) string {
		return "-m string --algo " + pick(g, "bm", "kmp") + " " + g.not(20) + pick(g, "--string ghij", "--string ABCD --icase", `--hex-string "|0000|"`, "--string k --from 40", "--string lmn --to 60", "--string abc --from 29 --to 44")
	}}},
	{3, matcher{"u32", Extensions, anywhere, func(g *gen, _ *place) string {
		return "-m u32 " + g.not(20) + `--u32 "` + pick(g, "6&0xFF=6", "0>>22&0x3C@0>>16=80", "4&0x1FFF=0:5", "40=0", "16=0x0a420101", "100@4=0", "0&0xffff=0:60&&8&0xff=0:255") + `"`
	}}},
	{2, matcher{"bpf", Extensions, anywhere, func(g *gen, _ *place) string {
		return `-m bpf --bytecode "` + pick(g, "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0", "4,48 0 0 6,21 0 1 17,6 0 0 1,6 0 0 0",
			"5,177 0 0 0,72 0 0 2,21 0 1 80,6 0 0 1,6 0 0 0", "4,128 0 0 0,37 0 1 60,6 0 0 1,6 0 0 0") + `"`
	}}},
	{3, matcher{"tcpmss", Extensions, withProto("tcp"), func(g *gen, _ *place) string {
		return "-m tcpmss " + g.not(20) + "--mss " + pick(g, "0:1000", "1460", "536:65535")
	}}},
	{4, matcher{"recent", Extensions, anywhere, func(g *gen, _ *place) string {
		return "-m recent --name " + pick(g, "A", "B") + " " + g.not(15) + pick(g, "--set", "--set", "--rcheck", "--update", "--remove", "--rcheck --hitcount 2",
			"--update --seconds 100 --hitcount 3", "--rcheck --rttl", "--update --seconds 60 --reap") + pick(g, "", "", " --rdest")
	}}},
	{4, matcher{"hashlimit", Extensions, anywhere, func(g *gen, _ *place) string {
		return "-m hashlimit --hashlimit-name H" + pick(g, "1", "2") + " " + pick(g, "--hashlimit-upto ", "--hashlimit-above ") +
			pick(g, "1/min", "3/hour", "10000/sec", "1/day") + " --hashlimit-burst " + pick(g, "1", "5", "20") + " --hashlimit-htable-expire 600000" +
			pick(g, "", " --hashlimit-mode srcip", " --hashlimit-mode dstip,dstport", " --hashlimit-mode srcip,srcport,dstport") + pick(g, "", " --hashlimit-srcmask 24")
	}}},
	{2, matcher{"owner", Extensions, func(p *place) bool { return p.only(atOut | atPost) }, func(g *gen, _ *place) string {
		return "-m owner " + g.not(30) + pick(g, "--uid-owner 0", "--uid-owner 1000-2000", "--gid-owner 0", "--socket-exists")
	}}},
	{2, matcher{"rpfilter", Extensions, func(p *place) bool { return p.only(atPre) && (p.table == "raw" || p.table == "mangle") }, func(g *gen, _ *place) string {
		return "-m rpfilter" + pick(g, "", " --loose", " --accept-local", " --invert", " --validmark")
	}}},
	{2, matcher{"time", Extensions, anywhere, func(g *gen, _ *place) string {
		return "-m time " + pick(g, "--datestart 2020-01-01", "--datestop 2020-01-01", "--weekdays Mon,Tue,Wed,Thu", "! --weekdays Sun", "--timestart 06:00 --timestop 18:00")
	}}},
	{1, matcher{"physdev", Extensions, anywhere, func(g *gen, p *place) string {
		return "-m physdev " + g.not(40) + pick(g, "--physdev-in ext", "--physdev-is-in")
	}}},
	{2, matcher{"sctp", Extensions, withProto("sctp"), func(g *gen, _ *place) string {
		return "-m sctp " + pick(g, "", g.not(20)+"--sport 5 ", g.not(20)+"--dport 1:100 ") + pick(g, "", g.not(20)+"--chunk-types "+pick(g, "all", "any", "only")+" "+pick(g, "DATA", "INIT", "DATA,SACK", "ALL"))
	}}},
	{2, matcher{"dccp", Extensions, withProto("dccp"), func(g *gen, _ *place) string {
		return "-m dccp " + pick(g, g.not(20)+"--sport 5", g.not(20)+"--dport 1:100", g.not(20)+"--dccp-types "+pick(g, "REQUEST,DATA", "ACK"))
	}}},
	{2, matcher{"esp", Extensions, withProto("esp"), func(g *gen, _ *place) string {
		return "-m esp " + g.not(20) + "--espspi " + pick(g, "0", "0:5", "256:")
	}}},
	{2, matcher{"ah", Extensions, withProto("ah"), func(g *gen, _ *place) string {
		return g.v4("-m ah " + g.not(20) + "--ahspi " + pick(g, "0", "0:5", "256:"))
	}}},
	{2, matcher{"frag", Extensions, anywhere, func(g *gen, _ *place) string {
		return g.v6("-m frag " + g.not(20) + "--fragid " + pick(g, "0:", "5", "0:100") + pick(g, "", " --fragfirst", " --fragmore", " --fraglast", " --fragres"))
	}}},
	{2, matcher{"hbh", Extensions, anywhere, func(g *gen, _ *place) string {
		return g.v6("-m hbh " + pick(g, "", g.not(20)+"--hbh-len 8", "--hbh-opts "+pick(g, "1:4", "5:2,1", "0", "5")))
	}}},
	{2, matcher{"dst", Extensions, anywhere, func(g *gen, _ *place) string {
		return g.v6("-m dst " + pick(g, "", g.not(20)+"--dst-len 8", "--dst-opts "+pick(g, "1:4", "5:2,1", "0")))
	}}},
	{2, matcher{"ipv6header", Extensions, anywhere, func(g *gen, _ *place) string {
		return g.v6("-m ipv6header " + g.not(20) + "--header " + pick(g, "hop", "dst", "route", "frag", "prot", "hop,prot", "none", "frag,prot") + pick(g, "", " --soft"))
	}}},
	{2, matcher{"rt", Extensions, anywhere, func(g *gen, _ *place) string {
		return g.v6("-m rt " + pick(g, "", g.not(20)+"--rt-type "+pick(g, "0", "2", "4"), g.not(20)+"--rt-segsleft "+pick(g, "0", "1:", "0:5"), "--rt-type 0 --rt-0-res"))
	}}},
	{1, matcher{"eui64", Extensions, func(p *place) bool { return p.only(atPre | atIn | atFwd) }, func(g *gen, _ *place) string { return g.v6("-m eui64") }}},
}

func (g *gen) matchConnbytes(*place) string {
	return "-m connbytes " + g.not(20) + "--connbytes " + pick(g, "1", "2:3", "0:100", "60:", "3:") + " --connbytes-dir " +
		pick(g, "original", "reply", "both") + " --connbytes-mode " + pick(g, "packets", "bytes", "avgpkt")
}

var rareTargeters = []weighted[targeter]{
	{8, targeter{"NOTRACK", Tables, inTable("raw"), oneOf("-j NOTRACK", "-j CT --notrack")}},
	{8, targeter{"CT zone", Tables, inTable("raw"), oneOf("-j CT --zone 1", "-j CT --zone 2", "-j CT --zone-orig 1", "-j CT --zone-reply 1", "-j CT --zone mark", "-j CT --zone-orig mark")}},
	{6, targeter{"CONNMARK", Tables, inTable("mangle", "filter"), oneOf("-j CONNMARK --set-mark 0x5", "-j CONNMARK --save-mark", "-j CONNMARK --restore-mark",
		"-j CONNMARK --or-mark 0x1", "-j CONNMARK --set-xmark 0x100/0xff", "-j CONNMARK --save-mark --mask 0xf", "-j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xf0")}},
	{4, targeter{"TTL", Tables, inTable("mangle"), func(g *gen, _ *place) string {
		return "-j " + g.family("TTL --ttl-", "HL --hl-") + pick(g, "set 5", "inc 10", "dec 3", "set 1", "inc 255")
	}}},
	{4, targeter{"TOS", Tables, inTable("mangle"), oneOf("-j TOS --set-tos 0x10", "-j TOS --and-tos 0xf0", "-j TOS --or-tos 1", "-j TOS --set-tos 4/0xf", "-j DSCP --set-dscp 46", "-j DSCP --set-dscp 0")}},
	{4, targeter{"TCPMSS", Tables, func(p *place) bool { return p.table == "mangle" && p.proto == "tcp" }, func(g *gen, p *place) string {
		s := "--tcp-flags SYN,RST SYN -j TCPMSS --set-mss " + pick(g, "500", "1000", "1460")
		if p.only(atFwd|atOut|atPost) && g.percent(40) {
			s = "--tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu"
		}
		return s
	}}},
	{3, targeter{"TCPOPTSTRIP", Extensions, func(p *place) bool { return p.table == "mangle" && p.proto == "tcp" },
		oneOf("-j TCPOPTSTRIP --strip-options mss", "-j TCPOPTSTRIP --strip-options timestamp,wscale", "-j TCPOPTSTRIP --strip-options 2,3,4,8")}},
	{3, targeter{"ECN", Extensions, func(p *place) bool { return p.table == "mangle" && p.proto == "tcp" },
		func(g *gen, _ *place) string { return g.v4("-j ECN --ecn-tcp-remove") }}},
	{2, targeter{"NFLOG", Extensions, anywhere, oneOf("-j NFLOG --nflog-group 7 --nflog-prefix x")}},
	{2, targeter{"CLASSIFY", Extensions, func(p *place) bool { return p.table == "mangle" && p.only(atFwd|atOut|atPost) }, oneOf("-j CLASSIFY --set-class 1:2")}},
	{2, targeter{"CHECKSUM", Extensions, inTable("mangle"), oneOf("-j CHECKSUM --checksum-fill")}},
	{2, targeter{"HMARK", Extensions, func(p *place) bool { return p.table == "mangle" && p.only(atPre|atOut|atFwd) }, func(g *gen, _ *place) string {
		return "-j HMARK --hmark-tuple " + pick(g, "src,dst", "src,dst,sport,dport,proto", "ct,src,dst", "proto", "dst") +
			fmt.Sprintf(" --hmark-mod %d --hmark-rnd %d --hmark-offset %d", g.between(1, 1000), g.r.IntN(100000), g.r.IntN(10))
	}}},
	{3, targeter{"TRACE", Extensions, inTable("raw"), oneOf("-j TRACE")}},
}
