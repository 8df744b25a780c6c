package xt

import (
	"fmt"
	"strconv"
	"strings"
)

// matchListings has how each match lists itself. Those that are missing print
// their options as iptables-save does.
var matchListings = map[string]func(*lister){
	"addrtype": func(l *lister) {
		l.word("ADDRTYPE match")
		l.each("limit-iface-in=limit-in limit-iface-out=limit-out", " ", "!")
	},
	"ah":      func(l *lister) { l.spi("ah", "ahspi", "ahlen", "ahres") },
	"bpf":     listBPF,
	"cgroup":  func(l *lister) { l.values("cgroup", "! ") },
	"cluster": listCluster,
	"comment": func(l *lister) { l.word("/* " + l.first() + " */") },
	"connbytes": func(l *lister) {
		l.each("connbytes-mode=connbytes_mode connbytes-dir=connbytes_direction", " ", "!")
	},
	"connlabel": func(l *lister) {
		l.word("connlabel")
		l.each("label= set=set", " ", "! ")
	},
	"connlimit": listConnlimit,
	"connmark":  func(l *lister) { l.mark("connmark match ") },
	"conntrack": (*lister).plain,
	"cpu":       func(l *lister) { l.values("cpu", "! ") },
	"dccp":      listDCCP,
	"devgroup":  listDevgroup,
	"dscp":      func(l *lister) { l.values("DSCP match", "!") },
	"dst":       func(l *lister) { l.options("dst", "dst-len", "dst-opts") },
	"ecn":       listECN,
	"esp":       func(l *lister) { l.spi("esp", "espspi", "", "") },
	"eui64":     func(*lister) {},
	"frag":      listFrag,
	"hashlimit": listHashlimit,
	"hbh":       func(l *lister) { l.options("hbh", "hbh-len", "hbh-opts") },
	"helper": func(l *lister) {
		l.word("helper match")
		l.each("helper=", ` "`, "! ")
		l.b.WriteByte('"')
	},
	"hl":         func(l *lister) { l.hops("HL") },
	"icmp":       func(l *lister) { l.icmp("icmp") },
	"icmp6":      func(l *lister) { l.icmp("ipv6-icmp") },
	"ipcomp":     func(l *lister) { l.spi("comp", "ipcompspi", "", "compres") },
	"iprange":    func(l *lister) { l.each("src-range=source_IP_range dst-range=destination_IP_range", " ", "! ") },
	"ipv6header": listIPv6Header,
	"length":     func(l *lister) { l.values("length", "!") },
	"limit":      listLimit,
	"mac":        func(l *lister) { l.values("MAC", "! ") },
	"mark":       func(l *lister) { l.mark("mark match") },
	"mh":         func(l *lister) { l.values("mh", "!") },
	"multiport":  listMultiport,
	"osf":        func(l *lister) { l.osf() },
	"owner": func(l *lister) {
		l.each("uid-owner=owner_UID_match gid-owner=owner_GID_match socket-exists=owner_socket_exists suppl-groups=incl._suppl._groups", " ", "! ")
	},
	"physdev": func(l *lister) {
		l.word("PHYSDEV match")
		l.word(l.saved)
	},
	"pkttype":   listPkttype,
	"policy":    listPolicy,
	"quota":     func(l *lister) { l.word("quota: " + l.first() + " bytes") },
	"realm":     listRealm,
	"recent":    listRecent,
	"rpfilter":  func(l *lister) { l.word("rpfilter"); l.plain() },
	"rt":        listRT,
	"sctp":      listSCTP,
	"set":       (*lister).plain,
	"socket":    func(l *lister) { l.word("socket"); l.word(l.saved) },
	"srh":       listSRH,
	"state":     (*lister).plain,
	"statistic": listStatistic,
	"string":    listString,
	"tcp":       listTCP,
	"tcpmss":    func(l *lister) { l.values("tcpmss match", "!") },
	"time":      listTime,
	"tos": func(l *lister) {
		l.word("tos match")
		l.b.WriteString(strings.TrimSpace(bang(l.opts[0].neg)) + l.first())
	},
	"ttl": func(l *lister) { l.hops("TTL") },
	"u32": func(l *lister) { l.word(strings.Replace(l.saved, "--", "", 1)) },
	"udp": func(l *lister) { l.word("udp"); l.ports() },
}

// plain writes the options without their dashes.
func (l *lister) plain() { l.each("", " ", "!") }

// each writes every option under the name that names has for it ("_" stands for
// a blank), or its own.
func (l *lister) each(names, between, neg string) {
	as := map[string]string{}
	for _, f := range strings.Fields(names) {
		k, v, _ := strings.Cut(f, "=")
		as[k] = strings.ReplaceAll(v, "_", " ")
	}
	for i := range l.opts {
		o := &l.opts[i]
		name, renamed := as[o.name]
		if !renamed {
			name = o.name
		}
		front := names == "" || l.name == "owner" || l.name == "connbytes"
		if o.neg && front {
			l.word("!")
		}
		l.word(name)
		if o.neg && !front {
			l.word(strings.TrimSuffix(neg, " "))
			if !strings.HasSuffix(neg, " ") {
				l.b.WriteString(o.value())
				continue
			}
		}
		if len(o.args) > 0 {
			l.b.WriteString(between + o.value())
		}
	}
}

// first returns the value of the first option.
func (l *lister) first() string {
	if len(l.opts) == 0 {
		return ""
	}
	return l.opts[0].value()
}

// values writes head and the options' values.
func (l *lister) values(head, neg string) {
	l.word(head)
	for i := range l.opts {
		v := l.opts[i].value()
		if l.opts[i].neg {
			v = neg + v
		}
		l.b.WriteString(" " + v)
	}
}

// mark writes a mark with its mask.
func (l *lister) mark(head string) {
	if l.opts[0].neg {
		head = strings.TrimSpace(head) + " !"
		if l.name == "connmark" {
			head = "connmark match !"
		}
	}
	l.word(head + " " + l.first())
}

// colon writes "name:[!]value", "names:" for a range.
func (l *lister) colon(name, plural string, o *listOption) {
	if o == nil || o.value() == "0:65535" && !o.neg && (l.name == "dccp" || l.name == "sctp") {
		return
	}
	if strings.Contains(o.value(), ":") {
		name = plural
	}
	l.word(name + ":" + strings.TrimSpace(bang(o.neg)) + o.value())
}

func (l *lister) ports() {
	l.colon("spt", "spts", l.get("sport"))
	l.colon("dpt", "dpts", l.get("dport"))
}

func (l *lister) spi(head, spi, length, reserved string) {
	l.word(head)
	if l.get(spi) == nil && length != "" && l.six {
		l.b.WriteByte(' ') // libip6t_ah.c parts what it has not printed
	}
	l.colon("spi", "spis", l.get(spi))
	if o := l.get(length); o != nil {
		l.b.WriteString("length:" + strings.TrimSpace(bang(o.neg)) + o.value())
	}
	if l.get(reserved) != nil {
		l.word("reserved")
	}
}

func (l *lister) options(head, length, opts string) {
	l.word(head)
	l.colon("length", "length", l.get(length))
	if o := l.get(opts); o != nil {
		l.word("opts " + o.value())
	}
}

func (l *lister) hops(head string) {
	o := &l.opts[0]
	sign := map[string]string{"eq": "==", "lt": "<", "gt": ">"}[o.name[strings.IndexByte(o.name, '-')+1:]]
	if o.neg {
		sign = "!="
	}
	l.word(head + " match " + head + " " + sign + " " + o.value())
}

func (l *lister) icmp(head string) {
	if len(l.opts) == 0 {
		return
	}
	o := &l.opts[0]
	typ, code, has := strings.Cut(o.value(), "/")
	if typ == "any" {
		typ = "255"
	}
	if o.neg {
		head += " !type "
	} else {
		head += "type "
	}
	l.word(head + typ)
	if m, ok := l.value.(*icmpMatch); ok && !has && typ == "255" && m.lo == m.hi {
		code, has = strconv.Itoa(int(m.lo)), true
	}
	if has {
		l.word("code " + code)
	}
}

func (l *lister) osf() {
	l.word("OS fingerprint match")
	if o := l.get("genre"); o != nil {
		if o.neg {
			l.word("!")
		}
		l.word(o.value())
	}
}

func listBPF(l *lister) {
	_, program, _ := strings.Cut(l.first(), ",")
	l.b.WriteString("match bpf " + program + "\x00") // libxt_bpf.c prints the NUL
}

func listCluster(l *lister) {
	l.word("cluster")
	for i := range l.opts {
		o := &l.opts[i]
		name := map[string]string{"cluster-local-nodemask": "node_mask", "cluster-total-nodes": "total_nodes", "cluster-hash-seed": "hash_seed"}[o.name]
		l.word(strings.TrimSpace(bang(o.neg)) + name + "=" + o.value())
	}
}

func listConnlimit(l *lister) {
	sign, side := ">", "src"
	if l.opts[0].name == "connlimit-upto" {
		sign = "<="
	}
	if l.get("connlimit-daddr") != nil {
		side = "dst"
	}
	l.word("#conn " + side + "/" + l.get("connlimit-mask").value() + " " + sign + " " + l.first())
}

func listDCCP(l *lister) {
	l.word("dccp")
	l.ports()
	if o := l.get("dccp-types"); o != nil {
		if o.neg {
			l.word("!")
		}
		var nums []string
		for _, t := range strings.Split(o.value(), ",") {
			for n, name := range []string{"REQUEST", "RESPONSE", "DATA", "ACK", "DATAACK", "CLOSEREQ", "CLOSE", "RESET", "SYNC", "SYNCACK", "INVALID"} {
				if t == name && name == "INVALID" {
					nums = append(nums, "10", "11", "12", "13", "14", "15")
				} else if t == name {
					nums = append(nums, strconv.Itoa(n))
				}
			}
		}
		l.word(strings.Join(nums, ","))
	}
	if o := l.get("dccp-option"); o != nil {
		l.word("option=" + strings.TrimSpace(bang(o.neg)) + o.value())
	}
}

func listDevgroup(l *lister) {
	for i := range l.opts {
		if l.opts[i].value() == "default" {
			l.opts[i].args = []string{"0x0"}
		}
	}
	l.plain()
}

func listECN(l *lister) {
	l.word("ECN match")
	for i := range l.opts {
		o := &l.opts[i]
		name := map[string]string{"ecn-tcp-ece": "ECE", "ecn-tcp-cwr": "CWR", "ecn-ip-ect": "ECT=" + o.value()}[o.name]
		l.word(strings.TrimSpace(bang(o.neg)) + name)
	}
}

func listFrag(l *lister) {
	l.word("frag")
	if o := l.get("fragid"); o != nil {
		l.colon("id", "ids", o)
	} else {
		l.b.WriteByte(' ') // libip6t_frag.c parts what it has not printed
	}
	l.colon("length", "length", l.get("fraglen"))
	for _, f := range []string{"res=reserved", "first=first", "more=more", "last=last"} {
		k, v, _ := strings.Cut(f, "=")
		if l.get("frag"+k) != nil {
			l.word(v)
		}
	}
}

func listHashlimit(l *lister) {
	for i := range l.opts {
		o := &l.opts[i]
		switch name := strings.TrimPrefix(o.name, "hashlimit-"); name {
		case "upto":
			l.word("limit: up to " + o.value())
		case "above":
			l.word("limit: above " + o.value())
		case "mode":
			l.word("mode " + strings.ReplaceAll(o.value(), ",", "-"))
		case "name": // a listing does not tell it
		default:
			l.word(name)
			l.word(o.value())
		}
	}
}

func listIPv6Header(l *lister) {
	o := &l.opts[0]
	var flags uint
	for _, h := range strings.Split(o.value(), ",") {
		for i, name := range []string{"protocol", "ipv6-nonxt", "ipv6-opts", "ah", "ipv6-frag", "ipv6-route", "esp", "hop-by-hop"} {
			if h == name || h == [8]string{"prot", "none", "dst", "auth", "frag", "route", "esp", "hop"}[i] {
				flags |= []uint{1, 2, 64, 8, 16, 32, 4, 128}[i]
			}
		}
	}
	l.word(fmt.Sprintf("ipv6header flags:%s0x%02X", strings.TrimSpace(bang(o.neg)), flags))
	if l.get("soft") != nil {
		l.word("soft")
	}
}

func listLimit(l *lister) {
	burst := "5"
	if o := l.get("limit-burst"); o != nil {
		burst = o.value()
	}
	l.word("limit: avg " + l.first() + " burst " + burst)
}

func listMultiport(l *lister) {
	o := &l.opts[0]
	l.word("multiport " + o.name)
	if o.neg {
		l.word(" !" + o.value())
		return
	}
	l.word(o.value())
}

func listPkttype(l *lister) {
	sign := "PKTTYPE = "
	if l.opts[0].neg {
		sign = "PKTTYPE != "
	}
	l.word(sign + l.first())
}

func listPolicy(l *lister) {
	l.word("policy match")
	for i := range l.opts {
		if n, ok := protocolNumber(l.opts[i].value()); ok && l.opts[i].name == "proto" {
			l.opts[i].args = []string{strconv.Itoa(int(n))}
		}
	}
	l.plain()
}

func listRealm(l *lister) {
	o := &l.opts[0]
	if o.neg {
		l.word("!")
	}
	v := o.value()
	if v == "cosmos" {
		v = "0x0"
	}
	l.word("realm " + v)
}

func listRecent(l *lister) {
	if l.opts[0].neg {
		l.word("!")
	}
	l.word("recent: " + map[string]string{"set": "SET", "rcheck": "CHECK", "update": "UPDATE", "remove": "REMOVE"}[l.opts[0].name])
	for _, f := range []string{"seconds=seconds: ", "reap=reap", "hitcount=hit_count: ", "rttl=TTL-Match", "name=name: ",
		"rsource=side: source", "rdest=side: dest", "mask=mask: "} {
		k, v, _ := strings.Cut(f, "=")
		if o := l.get(k); o != nil {
			l.word(v + o.value())
		}
	}
}

func listRT(l *lister) {
	l.word("rt")
	l.colon("type", "type", l.get("rt-type"))
	l.colon("segsleft", "segslefts", l.get("rt-segsleft"))
	l.colon("length", "length", l.get("rt-len"))
	if l.get("rt-0-res") != nil {
		l.word("reserved")
	}
	if o := l.get("rt-0-addrs"); o != nil {
		l.word("0-addrs " + o.value())
	}
	if l.get("rt-0-not-strict") != nil {
		l.word("0-not-strict")
	}
}

func listSCTP(l *lister) {
	l.word("sctp")
	l.ports()
	o := l.get("chunk-types")
	if o == nil {
		return
	}
	if o.neg {
		l.word("!")
	}
	if len(o.args) != 2 || o.args[1] == "ALL" || o.args[1] == "NONE" {
		l.word(o.value())
		return
	}
	var chunks []string
	for _, c := range strings.Split(o.args[1], ",") {
		name, flags, has := strings.Cut(c, ":")
		if n, ok := sctpChunkNumber(name); ok {
			name = fmt.Sprintf("0x%04X", n)
		}
		if has {
			name += ":" + flags
		}
		chunks = append(chunks, name)
	}
	l.word(o.args[0] + " " + strings.Join(chunks, ","))
}

func sctpChunkNumber(name string) (uint8, bool) {
	for n, c := range []string{"DATA", "INIT", "INIT_ACK", "SACK", "HEARTBEAT", "HEARTBEAT_ACK", "ABORT", "SHUTDOWN", "SHUTDOWN_ACK",
		"ERROR", "COOKIE_ECHO", "COOKIE_ACK", "ECN_ECNE", "ECN_CWR", "SHUTDOWN_COMPLETE"} {
		if c == name {
			return uint8(n), true
		}
	}
	n, ok := map[string]uint8{"I_DATA": 64, "RE_CONFIG": 130, "PAD": 132, "ASCONF": 193, "ASCONF_ACK": 128, "FORWARD_TSN": 192, "I_FORWARD_TSN": 194}[name]
	return n, ok
}

func listSRH(l *lister) {
	l.word("srh")
	for i := range l.opts {
		o := &l.opts[i]
		name := strings.TrimPrefix(o.name, "srh-")
		switch {
		case strings.HasSuffix(name, "sid"):
			l.word(name)
			l.b.WriteString(" " + strings.TrimSpace(bang(o.neg)))
			l.word(o.value())
		default:
			l.word(name + ":" + strings.TrimSpace(bang(o.neg)) + o.value())
		}
	}
}

func listStatistic(l *lister) {
	l.word("statistic")
	for i := range l.opts {
		o := &l.opts[i]
		if o.name == "packet" && o.value() == "0" {
			continue
		}
		if o.neg {
			l.word("!")
		}
		l.word(o.name + " " + o.value())
	}
}

func listString(l *lister) {
	o := &l.opts[0]
	l.word("STRING match ")
	if o.neg {
		l.b.WriteByte('!')
	}
	l.word(`"` + strings.NewReplacer(`"`, `\"`, `\`, `\\`, `'`, `\'`).Replace(o.value()) + `"`)
	for _, f := range []string{"algo=ALGO name ", "from=FROM ", "to=TO ", "icase=ICASE"} {
		k, v, _ := strings.Cut(f, "=")
		if o := l.get(k); o != nil {
			l.word(v + o.value())
		}
	}
}

func listTCP(l *lister) {
	l.word("tcp")
	l.ports()
	if o := l.get("tcp-option"); o != nil {
		l.word("option=" + strings.TrimSpace(bang(o.neg)) + o.value())
	}
	if m, ok := l.value.(*tcpMatch); ok && l.get("tcp-flags") != nil {
		l.word(fmt.Sprintf("flags:%s0x%02X/0x%02X", strings.TrimSpace(bang(m.negFlags)), m.mask, m.comp))
	}
}

func listTime(l *lister) {
	l.word("TIME")
	if from, to := l.get("timestart"), l.get("timestop"); from != nil || to != nil {
		a, b := "00:00:00", "23:59:59"
		if from != nil {
			a = from.value()
		}
		if to != nil {
			b = to.value()
		}
		l.word("from " + a + " to " + b)
	}
	for _, name := range []string{"weekdays", "monthdays"} {
		o := l.get(name)
		if o == nil {
			continue
		}
		if o.neg {
			l.word("!")
		}
		v := o.value()
		if name == "monthdays" {
			v = ordinals(v)
		}
		l.word("on " + v)
	}
	if o := l.get("datestart"); o != nil {
		l.word("starting from " + strings.Replace(o.value(), "T", " ", 1))
	}
	if o := l.get("datestop"); o != nil && o.value() != "2038-01-19T03:14:07" {
		l.word("until date " + strings.Replace(o.value(), "T", " ", 1))
	}
	if m, ok := l.value.(*timeMatch); ok && m.dateTo == 0 {
		l.word("until date")
	}
	if l.get("kerneltz") == nil {
		l.word("UTC")
	}
	if l.get("contiguous") != nil {
		l.word("contiguous")
	}
}

// ordinals writes "1,2" as "1st,2nd".
func ordinals(s string) string {
	days := strings.Split(s, ",")
	for i, d := range days {
		end := "th"
		if n := len(d); n == 1 || d[0] != '1' {
			switch d[n-1] {
			case '1':
				end = "st"
			case '2':
				end = "nd"
			case '3':
				end = "rd"
			}
		}
		days[i] = d + end
	}
	return strings.Join(days, ",")
}
