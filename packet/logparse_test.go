package packet

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
)

// randomLine is a line of a random packet with a random rule.
func randomLine(g *randomPacket) (p *Packet, line string) {
	p = new(Packet)
	data := g.next()
	if err := p.Decode(data, len(data)); err != nil {
		panic(err)
	}
	flags := LogFlags(g.r.IntN(64)) & (LogTCPSeq | LogTCPOptions | LogIPOptions | LogUID | LogMACDecode)
	in, out := "eth0", ""
	switch g.r.IntN(4) {
	case 0:
		in, out = "", "wlan0"
	case 1:
		in, out = "br0", "br0"
		p.PhysIn, p.PhysOut = "p0", "p1"
	}
	if g.often(3) {
		p.Link = append(g.bytes(12), 8, 0)
	}
	if g.seldom(3) {
		p.Mark = g.r.Uint32()
	}
	if g.seldom(3) {
		p.UID, p.GID, p.Socket = g.r.Uint32(), 100, true
	}
	prefix := []string{"", "x: ", "[UFW BLOCK] ", "Unknown Output", "Shorewall:net2fw:DROP:", "a  b "}[g.r.IntN(6)]
	return p, string(AppendLog(nil, p, in, out, prefix, flags))
}

// A packet rebuilt from a line prints the very line again, so reading lost
// nothing of it. Left out are a few in ten thousand, IPv6 headers that overlap
// one another.
func TestLogRoundTrip(t *testing.T) {
	g := newRandomPacket(11)
	failed, total := 0, 20000
	for range total {
		p, line := randomLine(g)
		if len(line) == maxLogText {
			continue
		}
		l, ok := ParseLog(line)
		if !ok || len(l.Damaged) > 0 {
			t.Fatalf("%q: ok %v, damaged %q", line, ok, l.Damaged)
		}
		if diff := Match(l, line); diff != nil {
			t.Fatalf("%q differs from itself: %q", line, diff)
		}
		if l.Family != p.Family || l.Src != p.Src() || l.Dst != p.Dst() || l.TTL != p.TTL() || l.Len != p.Length&0xffff || l.Mark != p.Mark && l.Has&FieldMark != 0 {
			t.Fatalf("%q read as %+v", line, l)
		}
		q, _, ok := l.Packet()
		if !ok {
			failed++
			if p.Family == IPv4 {
				t.Errorf("no packet for %q, which came from % x", line, p.Data)
			}
			continue
		}
		if got := string(AppendLog(nil, &q, l.In, l.Out, l.Prefix, l.LogFlags())); got != line {
			t.Fatalf("line    %q\nrebuilt %q\nfrom % x", line, got, p.Data)
		}
	}
	if failed > total/500 {
		t.Errorf("%d of %d lines could not be rebuilt", failed, total)
	}
}

const sampleLog = "IN= OUT=ifext SRC=89.238.65.123 DST=108.162.[edited] LEN=40 TOS=0x00 PREC=0x00 TTL=64 ID=0 DF PROTO=TCP SPT=3594 DPT=80 WINDOW=0 RES=0x00 RST URGP=0"

// dressText puts what ParseLog made of a line's dress into one line.
func dressText(l LogLine) string {
	when := "-"
	if l.Time.Text != "" {
		when = fmt.Sprintf("%d/%d/%d %02d:%02d:%02d", l.Time.Year, l.Time.Month, l.Time.Day, l.Time.Hour, l.Time.Minute, l.Time.Second)
		if l.Time.Nano != 0 {
			when += fmt.Sprintf(".%09d", l.Time.Nano)
		}
		if l.Time.HasZone {
			when += fmt.Sprintf("%+d", l.Time.Zone)
		}
	}
	up := "-"
	if l.HasUptime {
		up = l.Uptime.String()
	}
	s := fmt.Sprintf("%s|%s|%s|%s|%s|", when, l.Host, l.Tag, up, l.Prefix)
	if l.Repeated > 0 {
		s += fmt.Sprint(l.Repeated)
	}
	return s
}

func TestParseLogDress(t *testing.T) {
	tests := []struct{ dress, want string }{
		{"", "-|||-||"},
		{"UNKNOWN_OUTGOING: ", "-|||-|UNKNOWN_OUTGOING: |"},
		{"Unknown Output", "-|||-|Unknown Output|"},
		{"[UFW BLOCK] ", "-|||-|[UFW BLOCK] |"},
		{"Aug 14 11:48:37 reynholm kernel: [81795.100496] UNKNOWN_OUTGOING: ", "0/8/14 11:48:37|reynholm|kernel|22h43m15.100496s|UNKNOWN_OUTGOING: |"},
		{"Aug  4 11:48:37 reynholm kernel: [  446.993387] [UFW BLOCK] ", "0/8/4 11:48:37|reynholm|kernel|7m26.993387s|[UFW BLOCK] |"},
		{"Aug 14 11:48:37 kernel: DROP ", "0/8/14 11:48:37||kernel|-|DROP |"},
		{"Aug 14 11:48:37 host kernel: Shorewall:net2all:DROP:", "0/8/14 11:48:37|host|kernel|-|Shorewall:net2all:DROP:|"},
		{"Aug 14 11:48:37 host kernel: ", "0/8/14 11:48:37|host|kernel|-||"},
		{"Aug 14 11:48:37 host kernel:  two blanks ", "0/8/14 11:48:37|host|kernel|-| two blanks |"},
		{"Aug 14 11:48:37 host kernel: kernel: [1.000001] x", "0/8/14 11:48:37|host|kernel|1.000001s|x|"},
		{"Aug 14 2014 11:48:37 host kernel: x ", "2014/8/14 11:48:37|host|kernel|-|x |"},
		{"фев 03 04:06:06 lenovo kernel: [NAT-OUTPUT icmp] ", "0/2/3 04:06:06|lenovo|kernel|-|[NAT-OUTPUT icmp] |"},
		{"14 août 11:48:37 hôte kernel: x ", "0/8/14 11:48:37|hôte|kernel|-|x |"},
		{"Mär 14 11:48:37 host kernel: x ", "0/3/14 11:48:37|host|kernel|-|x |"},
		{"8月 14 11:48:37 host kernel: x ", "0/8/14 11:48:37|host|kernel|-|x |"},
		{"Qqq 14 11:48:37 host kernel: x ", "0/0/14 11:48:37|host|kernel|-|x |"},
		{"2014-08-14T11:48:37.123456+02:00 host kernel: [81795.100496] x ", "2014/8/14 11:48:37.123456000+7200|host|kernel|22h43m15.100496s|x |"},
		{"2014-08-14T11:48:37Z host kernel: x ", "2014/8/14 11:48:37+0|host|kernel|-|x |"},
		{"2014-08-14T11:48:37-0500 host kernel: x ", "2014/8/14 11:48:37-18000|host|kernel|-|x |"},
		{"2014-08-14 11:48:37,5 host kernel: x ", "2014/8/14 11:48:37.500000000|host|kernel|-|x |"},
		{"2014/08/14 11:48:37 host kernel: x ", "2014/8/14 11:48:37|host|kernel|-|x |"},
		{"Thu 2014-08-14 11:48:37 CEST host kernel: x ", "2014/8/14 11:48:37+7200|host|kernel|-|x |"},
		{"Thu Aug 14 11:48:37 2014 host kernel: x ", "2014/8/14 11:48:37|host|kernel|-|x |"},
		{"Aug 14 11:48:37 PM host kernel: x ", "0/8/14 23:48:37|host|kernel|-|x |"},
		{"1408009717.250000 host kernel: x ", "2014/8/14 09:48:37.250000000+0|host|kernel|-|x |"},
		{"<4>Aug 14 11:48:37 host kernel: x ", "0/8/14 11:48:37|host|kernel|-|x |"},
		{"<4>1 2014-08-14T11:48:37.000+02:00 host kernel - - - [81795.100496] x ", "2014/8/14 11:48:37+7200|host|kernel|22h43m15.100496s|x |"},
		{`<4>1 2014-08-14T11:48:37Z host kernel - - [meta sequenceId="1"] x `, "2014/8/14 11:48:37+0|host|kernel|-|x |"},
		{"[81795.100496] x ", "-|||22h43m15.100496s|x |"},
		{"<4>[81795.100496] x ", "-|||22h43m15.100496s|x |"},
		{"[81795.100496] [   T12] x ", "-|||22h43m15.100496s|x |"},
		{"kern  :warn  : [81795.100496] x ", "-|||22h43m15.100496s|x |"},
		{"[81795.100496] host kernel: x ", "-|host|kernel|22h43m15.100496s|x |"},
		{"[Thu Aug 14 11:48:37 2014] x ", "2014/8/14 11:48:37|||-|x |"},
		{"Apr  2 19:54:54 box IN-work: ", "0/4/2 19:54:54|box||-|IN-work: |"},
		{"Apr  2 19:54:54 box ulogd[812]: IN-work: ", "0/4/2 19:54:54|box|ulogd|-|IN-work: |"},
		{"Apr  2 19:54:54 UNKNOWN_OUTGOING: ", "0/4/2 19:54:54|||-|UNKNOWN_OUTGOING: |"},
		{"Apr  2 19:54:54 [UFW BLOCK] ", "0/4/2 19:54:54|||-|[UFW BLOCK] |"},
		{"Apr  2 19:54:54 DROP ", "0/4/2 19:54:54|||-|DROP |"},
		{"Apr  2 19:54:54 box ", "0/4/2 19:54:54|box||-||"},
		{`Jun 13 23:29:15 UDMP UDMP [WAN_LOCAL-D-2147483647] DESCR="[WAN_LOCAL]Block All" `, `0/6/13 23:29:15|UDMP||-|[WAN_LOCAL-D-2147483647] DESCR="[WAN_LOCAL]Block All" |`},
		{"Oct  2 06:26:25 example kernel: [593219.016960] RULE 24 -- DROP ", "0/10/2 06:26:25|example|kernel|164h46m59.01696s|RULE 24 -- DROP |"},
		{"2025-01-23T12:33:23.218999-05:00 ubuntu kernel: message repeated 28 times: [ [UFW BLOCK] ", "2025/1/23 12:33:23.218999000-18000|ubuntu|kernel|-|[UFW BLOCK] |28"},
		{"Jan 1 00:00:00 <SERVER_NAME> kernel: [<UPTIME>] [UFW BLOCK] ", "0/1/1 00:00:00|SERVER_NAME|kernel|-|[UFW BLOCK] |"},
		{"> Aug 14 11:48:37 reynholm kernel: x ", "0/8/14 11:48:37|reynholm|kernel|-|x |"},
		{"> > x: ", "-|||-|x: |"},
		{"  | * Aug 14 11:48:37 host DROP ", "0/8/14 11:48:37|host||-|DROP |"},
		{"-- DROP -- ", "-|||-|-- DROP -- |"},
		{"1,12,00:11:17,BLOCK,lo,,,Jan 12 00:11:17 103213020 kernel: [3248409.197732] [UFW AUDIT] ", "0/1/12 00:11:17|103213020|kernel|902h20m9.197732s|[UFW AUDIT] |"},
		{"MESSAGE=iptables DROP_INPUT: ", "-|||-|iptables DROP_INPUT: |"},
		{"TRACE: filter:FORWARD:rule:1 ", "-|||-|TRACE: filter:FORWARD:rule:1 |"},
		{"FW-IN= ", "-|||-|FW-IN= |"},
	}
	for _, c := range tests {
		t.Run(c.dress, func(t *testing.T) {
			l, ok := ParseLog(c.dress + sampleLog)
			if !ok {
				t.Fatal("not recognised")
			}
			if got := dressText(l); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if l.Dress+l.Prefix != c.dress && l.Repeated == 0 && !strings.HasPrefix(c.dress, " ") {
				t.Errorf("dress %q and prefix %q are not what was there", l.Dress, l.Prefix)
			}
			if l.Out != "ifext" || l.SrcPort != 3594 || len(l.Damaged) > 0 {
				t.Errorf("fields: %+v", l)
			}
		})
	}
}

func TestParseLogFields(t *testing.T) {
	l, ok := ParseLog("Aug 14 11:48:37 reynholm kernel: [81795.100496] UNKNOWN_OUTGOING: " + sampleLog)
	if !ok || len(l.Damaged) > 0 {
		t.Fatalf("ok %v, damaged %q", ok, l.Damaged)
	}
	if l.Src.String() != "89.238.65.123" || l.DstText != "108.162.[edited]" || l.Dst.IsValid() || l.Has&FieldDst != 0 {
		t.Errorf("addresses: %v %q %v", l.Src, l.DstText, l.Dst)
	}
	if l.Family != IPv4 || l.Len != 40 || l.TTL != 64 || !l.Known(FieldID|FieldWindow) || l.Proto != ProtoTCP || l.DstPort != 80 || l.TCPFlags != RST {
		t.Errorf("%+v", l)
	}
	want := map[string]any{"PREFIX": "UNKNOWN_OUTGOING: ", "IN": "", "OUT": "ifext", "SRC": "89.238.65.123", "DST": "108.162.[edited]", "LEN": "40", "TOS": "0x00",
		"PREC": "0x00", "TTL": "64", "ID": "0", "PROTO": "TCP", "SPT": "3594", "DPT": "80", "WINDOW": "0", "RES": "0x00", "URGP": "0", "FLAGS": []string{"DF", "RST"}}
	if got := l.Fields(); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if got := l.Time.In(2014, time.UTC); got != Time(time.Date(2014, 8, 14, 11, 48, 37, 0, time.UTC).UnixNano()) {
		t.Errorf("time %v", got)
	}
}

func TestParseLogInner(t *testing.T) {
	l, ok := ParseLog("Nov 25 18:58:52 linux kernel: Shorewall:net2all:DROP:IN=eth1 OUT= MAC=00:60:1d:f0:a6:f9:00:60:1d:f6:35:50:08:00 SRC=206.124.146.179 DST=192.0.2.3 LEN=56 TOS=0x00 PREC=0x00 TTL=110 ID=18558 PROTO=ICMP TYPE=3 CODE=3 [SRC=192.0.2.3 DST=172.16.1.10 LEN=128 TOS=0x00 PREC=0x00 TTL=47 ID=0 DF PROTO=UDP SPT=53 DPT=2857 LEN=108 ] MARK=0x3 ")
	if !ok || l.Inner == nil {
		t.Fatalf("%v %+v", ok, l)
	}
	if l.Type != 3 || l.Code != 3 || l.Mark != 3 || l.Inner.SrcPort != 53 || l.Inner.UDPLen != 108 || l.Inner.Len != 128 || l.ID != 18558 || len(l.Damaged) > 0 {
		t.Errorf("%+v %+v", l, l.Inner)
	}
	out, err := json.Marshal(l.Fields()["INNER"])
	want := `{"DPT":"2857","DST":"172.16.1.10","FLAGS":["DF"],"ID":"0","LEN":"128","PREC":"0x00","PROTO":"UDP","SPT":"53","SRC":"192.0.2.3","TOS":"0x00","TTL":"47","UDPLEN":"108"}`
	if err != nil || string(out) != want {
		t.Errorf("got  %s\nwant %s", out, want)
	}
	echo, _ := ParseLog("IN=lo OUT= SRC=1.1.1.1 DST=2.2.2.2 LEN=84 TOS=0x00 PREC=0x00 TTL=64 ID=60026 DF PROTO=ICMP TYPE=8 CODE=0 ID=2122 SEQ=1")
	if echo.ID != 60026 || echo.ICMPID != 2122 || echo.ICMPSeq != 1 || echo.Fields()["ICMPID"] != "2122" {
		t.Errorf("%+v", echo)
	}
}

// What people and programs do to a line.
func TestParseLogDamage(t *testing.T) {
	tests := []struct {
		name, from, to string
		damaged        string // in the note, "" for none
		check          func(l LogLine) bool
	}{
		{"no damage", "", "", "", func(l LogLine) bool { return l.TTL == 64 }},
		{"lost blank", "TTL=64 ID=0", "TTL=64ID=0", "no blank before ID", func(l LogLine) bool { return l.TTL == 64 && l.Known(FieldID) }},
		{"lost blank behind hex", "PREC=0x00 TTL", "PREC=0x00TTL", "no blank before TTL", func(l LogLine) bool { return l.Known(FieldPrec) && l.TTL == 64 }},
		{"lost blank before a word", "ID=0 DF", "ID=0DF", "no blank before DF", func(l LogLine) bool { return l.Known(FieldID) && l.hasFlag("DF") }},
		{"lost blank behind a word", "DF PROTO", "DFPROTO", "no blank before PROTO", func(l LogLine) bool { return l.Proto == ProtoTCP && l.hasFlag("DF") }},
		{"lost blank at RES", "RES=0x00 RST", "RES=0x00RST", "no blank before RST", func(l LogLine) bool { return l.TCPFlags == RST && l.Reserved == 0 }},
		{"lost blank behind the interface", "OUT=ifext SRC", "OUT=ifextSRC", "no blank before SRC", func(l LogLine) bool { return l.Out == "ifext" && l.Src.IsValid() }},
		{"lost blank between IN and OUT", "IN= OUT", "IN=eth0OUT", "no blank before OUT", func(l LogLine) bool { return l.In == "eth0" && l.Out == "ifext" }},
		{"words together", "RST URGP", "ACKRST URGP", "no blank between ACK and RST", func(l LogLine) bool { return l.TCPFlags == RST|ACK }},
		{"ulogd's TOS", "TOS=0x00", "TOS=00", "", func(l LogLine) bool { return l.Known(FieldTOS) && l.TOS == 0 }},
		{"protocol in number", "PROTO=TCP", "PROTO=6", "", func(l LogLine) bool { return l.Proto == ProtoTCP && l.Has&FieldProto != 0 }},
		{"protocol unknown", "PROTO=TCP", "PROTO=http", "PROTO", func(l LogLine) bool { return l.Has&FieldProto == 0 }},
		{"port by name", "DPT=80", "DPT=http", "DPT=", func(l LogLine) bool { return l.Has&FieldDstPort == 0 && l.SrcPort == 3594 }},
		{"impossible number", "TTL=64", "TTL=640", "TTL=", func(l LogLine) bool { return l.Has&FieldTTL == 0 }},
		{"full stop", "URGP=0", "URGP=0.", "", func(l LogLine) bool { return l.Known(FieldUrgent) }},
		{"quotes", "URGP=0", "URGP=0 \"", "", func(l LogLine) bool { return l.Known(FieldUrgent) && l.Rest == `"` }},
		{"prose behind", "URGP=0", "URGP=0 what is this?", "", func(l LogLine) bool { return l.Rest == "what is this?" }},
		{"next line behind", "URGP=0", "URGP=0 Aug 14 host kernel: x " + sampleLog, "", func(l LogLine) bool { return strings.HasPrefix(l.Rest, "Aug 14 host kernel: x IN= OUT=ifext") }},
		{"foreign word", "ID=0 DF", "ID=0 .189.91.96 DF", "is no field", func(l LogLine) bool { return l.hasFlag("DF") && l.Rest == "" }},
		{"cut", " DF PROTO=TCP SPT=3594 DPT=80 WINDOW=0 RES=0x00 RST URGP=0", " ...", "ends early", func(l LogLine) bool { return l.Len == 40 }},
		{"cut inside a field", " WINDOW=0 RES=0x00 RST URGP=0", " WIND", "ends early", func(l LogLine) bool { return l.DstPort == 80 }},
		{"address in words", "SRC=89.238.65.123", "SRC=my ip", "", func(l LogLine) bool { return l.SrcText == "my ip" }},
		{"address in brackets", "SRC=89.238.65.123", "SRC=[my ip]", "", func(l LogLine) bool { return l.SrcText == "[my ip]" }},
		{"address empty", "SRC=89.238.65.123", "SRC=", "", func(l LogLine) bool { return l.SrcText == "" && l.DstText != "" && l.Has&FieldSrc == 0 }},
		{"both empty", "SRC=89.238.65.123 DST=108.162.[edited]", "SRC= DST=", "", func(l LogLine) bool { return l.SrcText == "" && l.DstText == "" && l.Len == 40 }},
		{"address as x", "SRC=89.238.65.123", "SRC=x.x.x.x", "", func(l LogLine) bool { return l.SrcText == "x.x.x.x" }},
		{"address as word", "SRC=89.238.65.123", "SRC=MYIP", "", func(l LogLine) bool { return l.SrcText == "MYIP" }},
		{"address as tag", "SRC=89.238.65.123", "SRC=<my server ip>", "", func(l LogLine) bool { return l.SrcText == "<my server ip>" }},
		{"address as tag without blank", "SRC=89.238.65.123", "SRC=<ip>", "", func(l LogLine) bool { return l.SrcText == "<ip>" }},
		{"address with star", "SRC=89.238.65.123", "SRC=1.2.3.*", "", func(l LogLine) bool { return l.SrcText == "1.2.3.*" && !l.Src.IsValid() }},
		{"impossible octet", "SRC=89.238.65.123", "SRC=258.1.2.3", "", func(l LogLine) bool { return l.SrcText == "258.1.2.3" && !l.Src.IsValid() }},
		{"remark behind digits", "SRC=89.238.65.123", "SRC=89.238.[rest is mine]", "", func(l LogLine) bool { return l.SrcText == "89.238.[rest is mine]" }},
		{"masked MAC", "IN= OUT=ifext", "IN=eth0 OUT= MAC=38:ea:a7:a3:**:**:**:**:**:**:**:**:**:**", "", func(l LogLine) bool { return l.MAC != "" && l.Link == nil && l.Has&FieldMAC == 0 }},
		{"MAC left out", "IN= OUT=ifext", "IN=eth0 OUT= MAC=...", "", func(l LogLine) bool { return l.MAC == "..." && l.Src.IsValid() }},
		{"short MAC", "IN= OUT=ifext", "IN=eth0 OUT= MAC=45:00:00:4e", "", func(l LogLine) bool { return len(l.Link) == 4 && l.Link[0] == 0x45 }},
		{"no OUT", "IN= OUT=ifext", "IN=eth0", "", func(l LogLine) bool { return l.In == "eth0" && l.Src.IsValid() }},
		{"mark without 0x", "URGP=0", "URGP=0 MARK=1a0000", "", func(l LogLine) bool { return l.Mark == 0x1a0000 }},
		{"tabs", "TTL=64 ID", "TTL=64\tID", "", func(l LogLine) bool { return l.TTL == 64 && l.Known(FieldID) }},
		{"carriage return", "URGP=0", "URGP=0\r\n", "", func(l LogLine) bool { return l.Known(FieldUrgent) && strings.TrimSpace(l.Rest) == "" }},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			line := "pfx: " + sampleLog
			if !strings.Contains(line, c.from) {
				t.Fatal("nothing to damage")
			}
			line = strings.Replace(line, c.from, c.to, 1)
			l, ok := ParseLog(line)
			if !ok {
				t.Fatalf("%q is not recognised", line)
			}
			notes := strings.Join(l.Damaged, "; ")
			if !strings.Contains(notes, c.damaged) || c.damaged == "" && notes != "" {
				t.Errorf("damage %q, want %q", notes, c.damaged)
			}
			if !c.check(l) {
				t.Errorf("%q read as %+v", line, l)
			}
		})
	}
}

func TestParseLogNot(t *testing.T) {
	for _, text := range []string{
		"", "IN=", "IN= OUT=", "no line at all", "XX=enp1s0 OUT= MAC= SRC=1.2.3.4",
		"# ufw default deny outgoing (inferred from IN= OUT=eth0 under [UFW BLOCK])",
		"segments between 10.50.0.2 and 192.168.1.0/24 (IN=br0 OUT=br0); the initial SYN never crosses",
		"PHYSIN=p0 PHYSOUT=p1 SRC=1.2.3.4", "the line says IN=eth0 and nothing else", `{"MESSAGE": "IN=eth0"}`,
		"-A INPUT -j LOG --log-prefix \"IN= \"",
	} {
		if l, ok := ParseLog(text); ok {
			t.Errorf("%q was read as %+v", text, l)
		}
	}
}

func TestParseLogJournal(t *testing.T) {
	text := `{"__REALTIME_TIMESTAMP":"1642033008518660","_HOSTNAME":"node4","_SOURCE_MONOTONIC_TIMESTAMP":"1840789131578","PRIORITY":"7","SYSLOG_IDENTIFIER":"kernel","MESSAGE":"DROP_INPUT: IN=eth1 OUT= MAC= SRC=0.0.0.0 DST=255.255.255.255 LEN=328 TOS=0x00 PREC=0x00 TTL=64 ID=0 PROTO=UDP SPT=68 DPT=67 LEN=308 "}`
	l, ok := ParseLog(text)
	if want := "2022/1/13 00:16:48.518660000+0|node4|kernel|511h19m49.131578s|DROP_INPUT: |"; !ok || dressText(l) != want || l.DstPort != 67 {
		t.Errorf("got  %s\nwant %s", dressText(l), want)
	}
	l, ok = ParseLog(`{"message":[73,78,61,32,79,85,84,61,108,111,32,83,82,67,61,49,46,49,46,49,46,49,32,76,69,78,61,52,48]}`)
	if !ok || l.Out != "lo" || l.Len != 40 {
		t.Errorf("bytes: %v %+v", ok, l)
	}
}

func TestMatch(t *testing.T) {
	got := "p: IN= OUT=ifext SRC=89.238.65.123 DST=108.162.1.1 LEN=40 TOS=0x00 PREC=0x00 TTL=64 ID=0 DF PROTO=TCP SPT=3594 DPT=80 WINDOW=0 RES=0x00 RST URGP=0 "
	tests := []struct {
		from, to string
		want     []string
	}{
		{"", "", nil},
		{"URGP=0 ", "URGP=0", nil},
		{"p: ", "p:   ", nil},
		{"p: ", "q: ", []string{"PREFIX"}},
		{"DST=108.162.1.1", "DST=108.162.[edited]", nil},
		{"DST=108.162.1.1", "DST=", nil},
		{"DST=108.162.1.1", "DST=108.162.1.2", []string{"DST"}},
		{"TOS=0x00", "TOS=00", nil},
		{"TTL=64", "TTL=xx", nil},
		{"TTL=64", "TTL=63", []string{"TTL"}},
		{"DF ", "", []string{"FLAGS"}},
		{"RST", "RST ACK", []string{"FLAGS"}},
		{"PROTO=TCP", "PROTO=6", nil},
		{"URGP=0 ", "URGP=0 MARK=0x1", []string{"MARK"}},
		{"URGP=0 ", "URGP=0 MARK=0", nil},
		{"WINDOW=0 ", "SEQ=1 ACK=0 WINDOW=0 ", []string{"SEQ", "ACK"}},
		{"OUT=ifext", "OUT=eth0", []string{"OUT"}},
		{"OUT=ifext", "OUT=<nic>", nil},
		{"ID=0 ", "ID=1 ", []string{"ID"}},
		{"URGP=0 ", "URGP=0 OPT (0204) ", []string{"OPT"}},
	}
	for _, c := range tests {
		l, ok := ParseLog(strings.Replace(got, c.from, c.to, 1))
		if !ok {
			t.Fatal(c.to)
		}
		if diff := Match(l, got); !reflect.DeepEqual(diff, c.want) {
			t.Errorf("%q for %q: %q, want %q", c.to, c.from, diff, c.want)
		}
	}
	stripped, _ := ParseLog("IN=e OUT= SRC=1.1.1.1")
	if diff := Match(stripped, "IN=e OUT= MAC=02:00:00:00:0b:01:02:00:00:00:0a:01:08:00 SRC=1.1.1.1"); diff != nil {
		t.Errorf("MAC taken out: %q", diff)
	}
	inner := "IN= OUT=lo SRC=1.1.1.1 DST=2.2.2.2 LEN=56 TOS=0x00 PREC=0xC0 TTL=64 ID=9 PROTO=ICMP TYPE=3 CODE=1 [SRC=2.2.2.2 DST=1.1.1.1 LEN=28 TOS=0x00 PREC=0x00 TTL=64 ID=27698 DF PROTO=UDP SPT=1 DPT=2 LEN=8 ] "
	l, _ := ParseLog(inner)
	if diff := Match(l, strings.Replace(inner, "DPT=2", "DPT=3", 1)); !reflect.DeepEqual(diff, []string{"INNER"}) {
		t.Errorf("quoted packet: %q", diff)
	}
	mac, _ := ParseLog("IN=e OUT= MAC=38:ea:a7:a3:**:**:**:**:**:**:**:**:**:** SRC=1.1.1.1")
	if diff := Match(mac, "IN=e OUT= MAC=38:ea:a7:a3:01:02:03:04:05:06:07:08:08:00 SRC=1.1.1.1"); diff != nil {
		t.Errorf("masked: %q", diff)
	}
	if diff := Match(mac, "IN=e OUT= MAC=38:ea:a7:a4:01:02:03:04:05:06:07:08:08:00 SRC=1.1.1.1"); !reflect.DeepEqual(diff, []string{"MAC"}) {
		t.Errorf("masked: %q", diff)
	}
}

func TestLogPacketOpen(t *testing.T) {
	l, _ := ParseLog(sampleLog)
	p, wild, ok := l.Packet()
	want := FieldDst | FieldPayload | FieldTOSBit | FieldIPOptions | FieldSeq | FieldAck | FieldTCPOptions | FieldChecksums
	if !ok || wild != want {
		t.Errorf("ok %v, open: %v\nwant: %v", ok, wild, want)
	}
	if h, ok := p.TCP(); !ok || h.Flags() != RST || h.SrcPort() != 3594 || !p.ChecksumOK(ProtoTCP) || !IPv4Header(p.Data).ChecksumOK() {
		t.Errorf("% x", p.Data)
	}
	l, _ = ParseLog("IN=e OUT= MAC=... SRC=1.1.1.1 DST=2.2.2.2")
	if _, wild, ok := l.Packet(); ok || wild&FieldMAC == 0 || wild&FieldLen == 0 {
		t.Errorf("ok %v, open: %v", ok, wild)
	}
}

// dataDir is where public logs may lie to measure with.
func dataDir(t *testing.T) string {
	dir := os.Getenv("NFWHY_DATA")
	if dir == "" {
		dir = "../../shared/data"
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no data at %s", dir)
	}
	return dir
}

// Every kernel line of the public logs is recognised, and an undamaged one is
// rebuilt.
func TestParseLogData(t *testing.T) {
	dir := dataDir(t)
	looksLike := regexp.MustCompile(`\bIN=\S* ?OUT=\S* .*(SRC=|DST=)`)
	lines, damaged, rebuilt, blanked := 0, 0, 0, 0
	for _, sub := range []string{"logs-misc", "psad", "crowdsec-hub", "elastic-integrations", "qa"} {
		err := filepath.WalkDir(filepath.Join(dir, sub), func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(path, ".assert") || strings.HasSuffix(path, "LICENSE") {
				return err
			}
			return eachLine(path, func(text string) {
				l, ok := ParseLog(text)
				if !ok && looksLike.MatchString(text) {
					t.Errorf("%s: not recognised: %q", path, text)
				}
				if !ok {
					return
				}
				lines++
				_, wild, ok := l.Packet()
				switch {
				case len(l.Damaged) > 0:
					damaged++
					t.Logf("%s: %q: %q", filepath.Base(path), l.Damaged, clip(text))
				case ok && wild&(FieldSrc|FieldDst) != 0:
					blanked++
				case ok:
					rebuilt++
				default:
					t.Logf("%s: not rebuilt: %q", filepath.Base(path), text)
				}
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if lines < 70000 || damaged > 20 || rebuilt+blanked+damaged < lines {
		t.Errorf("%d lines, %d damaged, %d rebuilt, %d more with blanked addresses", lines, damaged, rebuilt, blanked)
	}
	t.Logf("%d lines, %d damaged, %d rebuilt, %d more with blanked addresses", lines, damaged, rebuilt, blanked)
}

func eachLine(path string, f func(string)) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	var r io.Reader = file
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(file); err != nil {
			return err
		}
	}
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		f(sc.Text())
	}
	return sc.Err()
}

func FuzzParseLog(f *testing.F) {
	g := newRandomPacket(4)
	for range 100 {
		_, line := randomLine(g)
		f.Add("Aug 14 11:48:37 host kernel: [81795.100496] " + line)
	}
	f.Add(`{"MESSAGE":"IN= OUT=lo SRC=1.1.1.1 LEN=40"}`)
	f.Add("<4>1 2014-08-14T11:48:37Z h kernel - - [a b=\"c\"] IN=a OUT= SRC=[my ip] DST=x.x.x.x [SRC=")
	f.Fuzz(func(t *testing.T, text string) {
		l, ok := ParseLog(text)
		if !ok {
			return
		}
		if !strings.Contains(text, l.Dress+l.Prefix) && !strings.HasPrefix(strings.TrimSpace(text), "{") {
			t.Errorf("dress %q and prefix %q are not in %q", l.Dress, l.Prefix, text)
		}
		for _, p := range l.Pairs {
			if strings.Contains(p.Value, " IN=") {
				t.Errorf("%s holds another line: %q", p.Key, p.Value)
			}
		}
		p, _, ok := l.Packet()
		if !ok {
			return
		}
		if diff := Match(l, string(AppendLog(nil, &p, l.In, l.Out, l.Prefix, l.LogFlags()))); diff != nil {
			t.Errorf("%q rebuilt differs in %q", text, diff)
		}
		_, _ = json.Marshal(l.Fields())
	})
}

func BenchmarkParseLog(b *testing.B) {
	text := "Aug 14 11:48:37 reynholm kernel: [81795.100496] [UFW BLOCK] IN=eth0 OUT= MAC=02:00:00:00:0b:01:02:00:00:00:0a:01:08:00 SRC=10.77.1.2 DST=10.77.1.1 LEN=40 TOS=0x00 PREC=0x00 TTL=64 ID=1 DF PROTO=TCP SPT=1 DPT=2 WINDOW=1024 RES=0x00 SYN URGP=0 "
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := ParseLog(text); !ok {
			b.Fatal("not recognised")
		}
	}
}

func BenchmarkLogPacket(b *testing.B) {
	l, _ := ParseLog(sampleLog)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, ok := l.Packet(); !ok {
			b.Fatal("not rebuilt")
		}
	}
}

func TestMaskString(t *testing.T) {
	if got := (FieldSrc | FieldTCPOptions | FieldIPsecHeader).String(); got != "SRC, TCP options, IPsec header" {
		t.Errorf("%q", got)
	}
	if len(fieldNames) != 44 || FieldIPsecHeader != 1<<(len(fieldNames)-1) {
		t.Error("a field has no name")
	}
}

func TestLogTimeIn(t *testing.T) {
	iso, _ := ParseLog("2014-08-14T11:48:37.5+02:00 host kernel: " + sampleLog)
	want := Time(time.Date(2014, 8, 14, 9, 48, 37, 5e8, time.UTC).UnixNano())
	if got := iso.Time.In(1999, time.UTC); got != want {
		t.Errorf("got %d, want %d", got, want)
	}
	if got := (LogTime{}).In(2014, time.UTC); got != 0 {
		t.Errorf("no stamp: %d", got)
	}
}
