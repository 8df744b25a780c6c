package xt

import (
	"fmt"
	"strconv"
	"strings"
)

// targetListings has how each target lists itself, as matchListings has it for
// matches.
var targetListings = map[string]func(*lister){
	"AUDIT":       func(l *lister) { l.word("AUDIT " + l.first()) },
	"CHECKSUM":    func(l *lister) { l.word("CHECKSUM fill") },
	"CLASSIFY":    listClassify,
	"CONNMARK":    listConnmark,
	"CONNSECMARK": func(l *lister) { l.word("CONNSECMARK"); l.plain() },
	"CT":          listCT,
	"NOTRACK":     listCT,
	"DNAT":        listNAT,
	"SNAT":        listNAT,
	"NETMAP":      listNAT,
	"MASQUERADE":  func(l *lister) { l.masquerade("masq ports: ") },
	"REDIRECT":    func(l *lister) { l.masquerade("redir ports ") },
	"DNPT":        func(l *lister) { l.prefixes() },
	"SNPT":        func(l *lister) { l.prefixes() },
	"DSCP":        func(l *lister) { l.word("DSCP set " + l.first()) },
	"ECN":         listECNTarget,
	"HL":          func(l *lister) { l.step("HL") },
	"TTL":         func(l *lister) { l.step("TTL") },
	"HMARK":       listHMARK,
	"IDLETIMER":   listIdletimer,
	"LOG":         listLog,
	"MARK":        func(l *lister) { l.setMark("MARK") },
	"NFLOG":       func(l *lister) { l.word(strings.ReplaceAll(" "+l.saved, " --nflog-", " nflog-")[1:]) },
	"NFQUEUE":     listNFQUEUE,
	"RATEEST": func(l *lister) {
		l.each("rateest-name=name rateest-interval=interval rateest-ewmalog=ewmalog", " ", "!")
	},
	"REJECT":      (*lister).plain,
	"SET":         (*lister).plain,
	"SYNPROXY":    func(l *lister) { l.word("SYNPROXY"); l.plain(); l.b.WriteByte(' ') },
	"TCPMSS":      listTCPMSS,
	"TCPOPTSTRIP": func(l *lister) { l.stripped() },
	"TEE":         listTEE,
	"TOS":         func(l *lister) { l.word("TOS set " + l.first()) },
	"TPROXY":      listTPROXY,
	"TRACE":       func(*lister) {},
}

func listClassify(l *lister) {
	major, minor, _ := strings.Cut(l.first(), ":")
	l.word("CLASSIFY set " + trimZeros(major) + ":" + trimZeros(minor))
}

func trimZeros(s string) string {
	if s = strings.TrimLeft(s, "0"); s == "" {
		return "0"
	}
	return s
}

// setMark writes a mark and its mask as the operation that they stand for.
func (l *lister) setMark(head string) {
	v, m, _ := strings.Cut(l.first(), "/")
	value, _ := strconv.ParseUint(v, 0, 32)
	mask, _ := strconv.ParseUint(m, 0, 32)
	switch {
	case value == 0:
		l.word(fmt.Sprintf("%s and 0x%x", head, ^uint32(mask)))
	case value == mask:
		l.word(fmt.Sprintf("%s or 0x%x", head, value))
	case mask == 0:
		l.word(fmt.Sprintf("%s xor 0x%x", head, value))
	case mask == 1<<32-1:
		l.word(fmt.Sprintf("%s set 0x%x", head, value))
	default:
		l.word(fmt.Sprintf("%s xset 0x%x/0x%x", head, value, mask))
	}
}

func listConnmark(l *lister) {
	t, ok := l.value.(*connmarkTarget)
	switch {
	case !ok:
		l.word(l.saved)
	case t.mode == 's':
		l.setMark("CONNMARK")
	case t.ctmask == 1<<32-1 && t.nfmask == 1<<32-1 && t.mode == '>':
		l.word("CONNMARK save")
	case t.ctmask == 1<<32-1 && t.nfmask == 1<<32-1:
		l.word("CONNMARK restore")
	case t.ctmask == t.nfmask && t.mode == '>':
		l.word(fmt.Sprintf("CONNMARK save mask 0x%x", t.nfmask))
	case t.ctmask == t.nfmask:
		l.word(fmt.Sprintf("CONNMARK restore mask 0x%x", t.nfmask))
	case t.mode == '>':
		l.word(fmt.Sprintf("CONNMARK save nfmask 0x%x ctmask ~0x%x", t.nfmask, t.ctmask))
	default:
		l.word(fmt.Sprintf("CONNMARK restore ctmask 0x%x nfmask ~0x%x", t.ctmask, t.nfmask))
	}
	if ok && t.shift != 0 {
		side := "left"
		if t.right {
			side = "right"
		}
		l.word(fmt.Sprintf("%s-shift-mark %d", side, t.shift))
	}
}

// prefixes writes both prefixes, also those that Save leaves out.
func (l *lister) prefixes() {
	l.word(l.name)
	for _, name := range []string{"src-pfx", "dst-pfx"} {
		v := "::/0"
		if o := l.get(name); o != nil {
			v = o.value()
		}
		l.word(name + " " + v)
	}
}

func listCT(l *lister) {
	if l.name == "NOTRACK" {
		l.word("NOTRACK")
		return
	}
	l.word("CT")
	l.plain()
}

func listNAT(l *lister) {
	for i := range l.opts {
		o := &l.opts[i]
		if strings.HasPrefix(o.name, "to") {
			l.word("to:" + o.value())
		} else {
			l.word(o.name)
		}
	}
}

func (l *lister) masquerade(ports string) {
	for i := range l.opts {
		if o := &l.opts[i]; o.name == "to-ports" {
			l.word(ports + o.value())
		} else {
			l.word(o.name)
		}
	}
}

func listECNTarget(l *lister) {
	l.word("ECN")
	if l.get("ecn-tcp-remove") != nil {
		l.word("TCP remove")
		return
	}
	l.eachColon([]string{"ecn-tcp-ece=ECE=", "ecn-tcp-cwr=CWR=", "ecn-ip-ect=ECT codepoint="})
}

func (l *lister) eachColon(forms []string) {
	for _, f := range forms {
		k, v, _ := strings.Cut(f, "=")
		if o := l.get(k); o != nil {
			l.word(v + o.value())
		}
	}
}

func (l *lister) step(head string) {
	name := l.opts[0].name
	how := map[string]string{"set": "set to", "inc": "increment by", "dec": "decrement by"}[name[strings.IndexByte(name, '-')+1:]]
	l.word(head + " " + how + " " + l.first())
}

func listHMARK(l *lister) {
	l.word("HMARK")
	if o := l.get("hmark-mod"); o != nil {
		l.word("mod " + o.value())
	}
	if o := l.get("hmark-offset"); o != nil {
		if n, err := strconv.ParseUint(o.value(), 0, 32); err == nil {
			l.word(fmt.Sprintf("+ 0x%x", n))
		}
	}
	for i := range l.opts {
		o := &l.opts[i]
		name := strings.TrimPrefix(o.name, "hmark-")
		if name == "mod" || name == "offset" {
			continue
		}
		v := o.value()
		if n, err := strconv.ParseUint(v, 0, 64); err == nil && strings.HasPrefix(v, "0x") {
			v = fmt.Sprintf("0x%x", n)
		}
		if l.six && v == "128" && strings.HasSuffix(name, "-prefix") {
			v = ""
		}
		l.word(name + " " + v)
	}
	l.b.WriteByte(' ')
}

func listIdletimer(l *lister) {
	l.eachColon([]string{"timeout=timeout:", "label=label:"})
	if l.get("alarm") != nil {
		l.word("alarm")
	}
}

func listLog(l *lister) {
	t, ok := l.value.(*logTarget)
	if !ok {
		l.word(l.saved)
		return
	}
	l.word(fmt.Sprintf("LOG flags %d level %d", t.flags, t.level))
	if t.prefix != "" {
		l.word(`prefix "` + t.prefix + `"`)
	}
}

func listNFQUEUE(l *lister) {
	l.word("NFQUEUE")
	l.each("queue-num=num queue-balance=balance queue-bypass=bypass queue-cpu-fanout=cpu-fanout", " ", "!")
}

func listTCPMSS(l *lister) {
	if l.get("clamp-mss-to-pmtu") != nil {
		l.word("TCPMSS clamp to PMTU")
		return
	}
	l.word("TCPMSS set " + l.first())
}

func (l *lister) stripped() {
	if v := l.first(); v != "" {
		l.word("TCPOPTSTRIP options " + v)
	}
}

func listTEE(l *lister) {
	l.word("TEE")
	l.eachColon([]string{"gateway=gw:", "oif=oif="})
}

func listTPROXY(l *lister) {
	ip, port, mark := l.get("on-ip"), l.get("on-port"), l.get("tproxy-mark")
	if ip == nil || port == nil {
		l.word(l.saved)
		return
	}
	addr := ip.value()
	l.word("TPROXY redirect " + addr + ":" + port.value())
	if mark != nil {
		l.word("mark " + mark.value())
	}
}
