package conntrack

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"nfwhy/packet"
)

// TestScenarios runs the cases of testdata/*.scenario. A case begins with
// "## name"; then one line per step:
//
//	c:PA 1001/5001 +100 => E> ESTABLISHED 300 U A log "text"
//
// The left side is a packet (see [builder.packet]), the right side what becomes
// of it: NEW, E> E< (ESTABLISHED original, reply), R> R<, INV, UNT; the state and
// the seconds left behind it; U for [UNREPLIED], A for [ASSURED], - for no entry.
// What the right side does not mention is not compared, except that the log line
// must be as said, or none. Other lines: HS (a handshake), HS2 (its first two
// packets), set KEY=VALUE, wait SECONDS, v6, count N.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.scenario")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range strings.Split("\n"+string(b), "\n## ")[1:] {
			name, body, _ := strings.Cut(c, "\n")
			t.Run(filepath.Base(f)+"/"+name, func(t *testing.T) {
				newStage(t).run(body)
			})
		}
	}
}

// stage is one running case.
type stage struct {
	t     *testing.T
	table *Table
	now   packet.Time
	b     builder
	tmpl  map[byte]*Template
}

func newStage(t *testing.T) *stage {
	return &stage{
		t: t, table: NewTable(DefaultSysctl()), now: 1700000000 * packet.Second, b: newBuilder(),
		tmpl: map[byte]*Template{},
	}
}

const (
	handshake2 = "c:S 1000/0 => NEW SYN_SENT 120 U\ns:SA 5000/1001 => E< SYN_RECV 60"
	handshake  = handshake2 + "\nc:A 1001/5001 => E> ESTABLISHED 432000 A"
)

func (s *stage) run(body string) {
	s.t.Helper()
	for _, line := range strings.Split(body, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if !s.step(line) {
			s.t.Fatalf("bad line %q", line)
		}
		if s.t.Failed() {
			return
		}
	}
}

func (s *stage) step(line string) bool {
	s.t.Helper()
	switch word, rest, _ := strings.Cut(line, " "); word {
	case "HS":
		s.run(handshake)
	case "HS2":
		s.run(handshake2)
	case "v6":
		s.b.v6()
	case "set":
		k, v, _ := strings.Cut(rest, "=")
		if err := s.table.Sysctl().Set(k, v); err != nil {
			s.t.Fatal(err)
		}
	case "wait":
		f, err := strconv.ParseFloat(rest, 64)
		if err != nil {
			return false
		}
		s.now = s.now.Add(f)
	case "ct":
		return s.template(rest)
	case "count":
		if got := fmt.Sprint(s.table.Count()); got != rest {
			s.t.Errorf("%d entries, want %s", s.table.Count(), rest)
		}
	case "list":
		s.list(rest)
	case "expect":
		s.expects(rest)
	default:
		left, want, ok := strings.Cut(line, "=>")
		if !ok {
			return false
		}
		s.packet(strings.TrimSpace(left), strings.TrimSpace(want))
	}
	return true
}

// template hangs a template on every later packet of one sender:
// "ct c zone=5", "ct c helper=ftp", "ct c none".
func (s *stage) template(spec string) bool {
	f := strings.Fields(spec)
	tmpl := &Template{}
	for _, w := range f[1:] {
		k, v, _ := strings.Cut(w, "=")
		n, _ := strconv.Atoi(v)
		switch k {
		case "none":
			tmpl = nil
		case "zone":
			tmpl.Zone = Zone{ID: uint16(n)}
		case "zone-orig":
			tmpl.Zone = Zone{ID: uint16(n), Dir: ZoneOrig}
		case "zone-reply":
			tmpl.Zone = Zone{ID: uint16(n), Dir: ZoneReply}
		case "helper":
			tmpl.Helper = v
		case "timeout0":
			tmpl.Timeout = &TimeoutPolicy{Seconds: TimeoutList{uint32(n), uint32(n)}}
		default:
			return false
		}
	}
	s.tmpl[f[0][0]] = tmpl
	return true
}

func (s *stage) list(want string) {
	s.t.Helper()
	var got []string
	for c := range s.table.All(s.now) {
		got = append(got, string(AppendList(nil, c, s.now)))
	}
	if g := strings.Join(got, " ; "); g != want {
		s.t.Errorf("list\n got %s\nwant %s", g, want)
	}
}

// expects compares the expectations, oldest first: "tcp 10.0.0.1>10.0.0.2:99 300; ...".
func (s *stage) expects(want string) {
	s.t.Helper()
	var got []string
	for e := range s.table.Expectations(s.now) {
		src := e.Tuple.Src().String()
		if e.AnySrc {
			src = "*"
		}
		got = append(got, fmt.Sprintf("%s %s>%s:%d %d", protoNames[e.Tuple.Proto], src, e.Tuple.Dst(), e.Tuple.DstID, e.Remaining(s.now)))
	}
	g := strings.Join(got, "; ")
	if g == "" {
		g = "none"
	}
	if g != want {
		s.t.Errorf("expectations\n got %s\nwant %s", g, want)
	}
}

// packet sends one packet through. Marks before the colon: "!" a rule drops it
// (no confirm), "o" it is sent by this host itself (OUTPUT).
func (s *stage) packet(spec, want string) {
	s.t.Helper()
	head, _, _ := strings.Cut(spec, ":")
	data := s.b.packet(spec)
	p := new(packet.Packet)
	if err := p.Decode(data, len(data)); err != nil {
		s.t.Fatalf("%s: %v", spec, err)
	}
	hook := packet.Prerouting
	if strings.Contains(head, "o") {
		hook = packet.Output
	}
	var r Ref
	r.Template = s.tmpl[head[0]]
	out := s.table.In(p, &r, hook, s.now)
	at := r
	log, extra := out.Reason.Log(), out.Extra.Log()
	drop := out.Drop
	if !strings.Contains(head, "!") && !drop {
		o := s.table.Confirm(p, &r, packet.Postrouting, s.now)
		drop = o.Drop
		if o.Drop {
			log = o.Reason.Log()
		}
	}
	confirmed := r.Conn != nil && r.Conn.Confirmed()
	s.table.Release(p, &r)
	s.compare(spec, want, at, confirmed, drop, log, extra)
	checkTable(s.t, s.table)
	if out.Reason.Code != NoReason && out.Reason.Text() == "" {
		s.t.Errorf("%s: reason %d has no text", spec, out.Reason.Code)
	}
}

func (s *stage) compare(spec, want string, r Ref, confirmed, drop bool, log, extra string) {
	s.t.Helper()
	wantLog := ""
	want, wantLog, _ = strings.Cut(want, "log ")
	gotLog := ""
	if log != "" {
		gotLog = strconv.Quote(log)
	}
	if extra != "" {
		gotLog += " " + strconv.Quote(extra)
	}
	if wantLog = strings.TrimSpace(wantLog); gotLog != wantLog {
		s.t.Errorf("%s\n logged %s\n   want %s", spec, gotLog, wantLog)
	}
	c := r.Conn
	live := confirmed && c.Status&Dying == 0
	if !live {
		c = nil
	}
	if c == nil { // refused: what it would have belonged to
		data := s.b.packet(spec)
		p := new(packet.Packet)
		if p.Decode(data, len(data)) == nil {
			c, _ = s.table.FindPacket(p, 0, s.now)
		}
		live = c != nil
	}
	var got []string
	for i, w := range strings.Fields(want) {
		g := "?"
		switch {
		case i == 0:
			g = shortInfo(r)
			if drop {
				g = "DROP"
			}
		case w == "-":
			if live {
				g = "entry"
			} else {
				g = "-"
			}
		case !live:
			g = "-"
		case w == "U":
			g = pick(c.Status&SeenReply == 0, "U", "replied")
		case w == "A":
			g = pick(c.Status&Assured != 0, "A", "notassured")
		case w == "replied":
			g = pick(c.Status&SeenReply == 0, "U", "replied")
		case w == "notassured":
			g = pick(c.Status&Assured != 0, "A", "notassured")
		case w[0] >= '0' && w[0] <= '9':
			g = fmt.Sprint(c.Remaining(s.now))
		case strings.HasPrefix(w, "zone="):
			g = fmt.Sprintf("zone=%d", c.Zone.ID)
		case strings.HasPrefix(w, "acct="):
			a, b, _ := c.Counters(Original)
			x, y, _ := c.Counters(Reply)
			g = fmt.Sprintf("acct=%d/%d,%d/%d", a, b, x, y)
		case strings.HasPrefix(w, "orig="):
			g = "orig=" + c.Orig.Src().String()
		case strings.HasPrefix(w, "mark="):
			g = fmt.Sprintf("mark=%d", c.Mark)
		default:
			g = c.ProtoState()
		}
		got = append(got, g)
	}
	if g := strings.Join(got, " "); g != strings.Join(strings.Fields(want), " ") {
		s.t.Errorf("%s\n got %s\nwant %s", spec, g, want)
	}
}

func pick(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}

func shortInfo(r Ref) string {
	switch {
	case r.State()&StateUntracked != 0:
		return "UNT"
	case r.Conn == nil:
		return "INV"
	}
	switch r.Info {
	case Established:
		return "E>"
	case EstablishedReply:
		return "E<"
	case Related:
		return "R>"
	case RelatedReply:
		return "R<"
	}
	return "NEW"
}

// checkTable verifies what must hold of a table at any time.
func checkTable(t testing.TB, tb *Table) {
	t.Helper()
	inTable, alive, slots := 0, 0, 0
	for i := uint32(1); i < tb.slab.top; i++ {
		c := tb.slab.at(i)
		switch c.life {
		case lifeTable:
			inTable++
			alive++
			for _, d := range []Direction{Original, Reply} {
				if d == Original && c.Status&NATClash != 0 {
					continue
				}
				slots++
				if !tb.index.has(c.Tuple(d).hash(c.Zone.For(d)), refOf(c, d)) {
					t.Errorf("entry %d is not found by its tuple in direction %s", c.id, d)
				}
			}
		case lifeNew:
			alive++
		}
	}
	if inTable != tb.inTable || alive != tb.count || slots != tb.index.used {
		t.Errorf("table counts %d confirmed, %d alive, %d slots; there are %d, %d, %d", tb.inTable, tb.count, tb.index.used, inTable, alive, slots)
	}
}

func (x *index) has(hash, ref uint32) bool {
	mask := len(x.slots) - 1
	for i := x.home(hash); x.slots[i].ref != 0; i = (i + 1) & mask {
		if x.slots[i].ref == ref {
			return true
		}
	}
	return false
}

// builder makes packets from text.
type builder struct {
	addr map[byte]netip.Addr
}

func newBuilder() builder {
	return builder{map[byte]netip.Addr{
		'c': netip.MustParseAddr("10.66.1.2"), 's': netip.MustParseAddr("10.66.2.2"),
		't': netip.MustParseAddr("10.66.1.1"), 'u': netip.MustParseAddr("10.66.2.1"),
		'x': netip.MustParseAddr("10.66.2.9"),
	}}
}

func (b *builder) v6() {
	b.addr['c'] = netip.MustParseAddr("fd66:1::2")
	b.addr['s'] = netip.MustParseAddr("fd66:2::2")
	b.addr['t'] = netip.MustParseAddr("fd66:1::1")
	b.addr['x'] = netip.MustParseAddr("fd66:2::9")
	b.addr['l'] = netip.MustParseAddr("fe80::9")
}

// packet returns the IP packet that the text describes:
//
//	c:FLAGS SEQ/ACK +LEN ...    TCP of the client c or the server s
//	c:udp SPORT>DPORT +LEN      c:icmp TYPE/CODE id=N     c:proto N +LEN
//	c:sctp TAG HEXCHUNKS        c:gre HEX
//
// followed by options: win= opt=HEX sport= dport= from= to= cut=N (transport
// bytes kept) sum=bad|0 data="TEXT" hop= q[PACKET] (quoted packet) hex=HEX
// (raw payload) tcplen etc.
func (b *builder) packet(spec string) []byte {
	head, body, _ := strings.Cut(spec, ":")
	quote := []byte(nil)
	if i := strings.Index(body, "q["); i >= 0 {
		j := strings.LastIndex(body, "]")
		quote = b.packet(body[i+2 : j])
		body = body[:i] + body[j+1:]
	}
	text := ""
	if i := strings.Index(body, "data=\""); i >= 0 {
		j := strings.LastIndex(body, "\"")
		var err error
		if text, err = strconv.Unquote(body[i+5 : j+1]); err != nil {
			panic(err)
		}
		body = body[:i] + body[j+1:]
	}
	f := strings.Fields(body)
	o := options(f)
	src, dst := b.addr[head[0]], b.addr['s']
	if head[0] != 'c' {
		dst = b.addr['c']
	}
	if v, ok := o["from"]; ok {
		src = b.named(v)
	}
	if v, ok := o["to"]; ok {
		dst = b.named(v)
	}
	payload := make([]byte, num(o["+"]))
	if text != "" {
		payload = []byte(text)
	}
	if v, ok := o["hex"]; ok {
		payload = unhex(v)
	}
	if quote != nil {
		if v, ok := o["qcut"]; ok {
			quote = quote[:num(v)]
		}
		if v, ok := o["qset"]; ok { // OFFSET:HEX
			at, h, _ := strings.Cut(v, ":")
			copy(quote[num(at):], unhex(h))
		}
		payload = append(payload, quote...)
	}
	proto, l4 := transport(f, o, src, dst, payload)
	if v, ok := o["cut"]; ok {
		l4 = l4[:num(v)]
	}
	if src.Is4() {
		return packet.IPv4Fields{Protocol: proto, Src: src, Dst: dst, FragOff: num(o["frag"]), TTL: uint8(num(o["hop"]))}.Encode(l4)
	}
	return packet.IPv6Fields{NextHeader: proto, Src: src, Dst: dst, HopLimit: uint8(num(o["hop"]))}.Encode(l4)
}

func (b *builder) named(s string) netip.Addr {
	if len(s) == 1 {
		return b.addr[s[0]]
	}
	return netip.MustParseAddr(s)
}

func options(f []string) map[string]string {
	o := map[string]string{}
	for _, w := range f[1:] {
		if w[0] == '+' {
			o["+"] = w[1:]
		} else if k, v, ok := strings.Cut(w, "="); ok {
			o[k] = v
		}
	}
	return o
}

func num(s string) int {
	if s == "" {
		return 0
	}
	n, err := strconv.ParseInt(s, 0, 64)
	if err != nil {
		panic(err)
	}
	return int(n)
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, "_", ""))
	if err != nil {
		panic(err)
	}
	return b
}

func transport(f []string, o map[string]string, src, dst netip.Addr, payload []byte) (uint8, []byte) {
	arg := ""
	if len(f) > 1 {
		arg = f[1]
	}
	switch f[0] {
	case "udp", "udplite":
		a, z, _ := strings.Cut(arg, ">")
		l4 := packet.EncodeUDP(src, dst, uint16(num(a)), uint16(num(z)), payload)
		setSum(l4[6:8], o["sum"])
		if v, ok := o["len"]; ok {
			be.PutUint16(l4[4:], uint16(num(v)))
		}
		if f[0] == "udplite" {
			return packet.ProtoUDPLite, l4
		}
		return packet.ProtoUDP, l4
	case "icmp":
		a, z, _ := strings.Cut(arg, "/")
		rest := uint32(num(o["id"]))<<16 | uint32(num(o["seq"]))
		l4 := packet.EncodeICMP(uint8(num(a)), uint8(num(z)), rest, payload)
		if src.Is6() {
			l4 = packet.EncodeICMPv6(src, dst, uint8(num(a)), uint8(num(z)), rest, payload)
		}
		setSum(l4[2:4], o["sum"])
		if src.Is6() {
			return packet.ProtoICMPv6, l4
		}
		return packet.ProtoICMP, l4
	case "proto":
		return uint8(num(arg)), payload
	case "gre":
		return packet.ProtoGRE, unhex(arg)
	case "sctp":
		l4 := append(unhex("0001000900000000"+"00000000"), payload...)
		if o["rev"] != "" {
			l4[0], l4[1], l4[2], l4[3] = 0, 9, 0, 1
		}
		be.PutUint32(l4[4:], uint32(num(arg)))
		le.PutUint32(l4[8:], sctpChecksum(l4))
		setSum(l4[8:10], o["sum"])
		return packet.ProtoSCTP, l4
	}
	return packet.ProtoTCP, tcpSegmentText(f, o, src, dst, payload)
}

func setSum(b []byte, how string) {
	switch how {
	case "bad":
		b[0] ^= 0x55
	case "0":
		b[0], b[1] = 0, 0
	}
}

func tcpSegmentText(f []string, o map[string]string, src, dst netip.Addr, payload []byte) []byte {
	h := packet.TCPFields{SrcPort: 1000, DstPort: 80, Window: 64240}
	for _, r := range f[0] {
		i := strings.IndexRune("FSRPAUEC", r)
		if i >= 0 {
			h.Flags |= 1 << i
		}
	}
	if len(f) > 1 {
		if a, z, ok := strings.Cut(f[1], "/"); ok {
			h.Seq, h.Ack = uint32(num(a)), uint32(num(z))
		}
	}
	if o["rev"] != "" || src == netip.MustParseAddr("10.66.2.2") || src == netip.MustParseAddr("fd66:2::2") {
		h.SrcPort, h.DstPort = h.DstPort, h.SrcPort
	}
	if v, ok := o["sport"]; ok {
		h.SrcPort = uint16(num(v))
	}
	if v, ok := o["dport"]; ok {
		h.DstPort = uint16(num(v))
	}
	if v, ok := o["win"]; ok {
		h.Window = uint16(num(v))
	}
	if v, ok := o["opt"]; ok {
		h.Options = unhex(v)
	}
	h.Reserved = uint8(num(o["res"]))
	l4 := h.Encode(src, dst, payload)
	if v, ok := o["doff"]; ok {
		l4[12] = byte(num(v))<<4 | l4[12]&0xf
		l4[16], l4[17] = 0, 0
		be.PutUint16(l4[16:], ^packet.Fold(packet.Sum(l4, packet.PseudoSum(src, dst, packet.ProtoTCP, len(l4)))))
	}
	setSum(l4[16:18], o["sum"])
	return l4
}
