package capture

import (
	"bufio"
	"errors"
	"io"
	"net/netip"
	"strconv"
	"strings"

	"nfwhy/packet"
)

// TextScanner recognises what tcpdump prints among other lines, as in a forum
// post that holds rules, log lines and a dump. Give it every line with
// [TextScanner.Line], then ask for [TextScanner.Records].
//
// It reads all of tcpdump's styles: with and without -n, -v, -e, -q, -S, -#,
// every -t, -x to -XX, the In/Out of -i any, one-line and two-line form, and the
// notation of tcpdump before version 4. Where there is hex the bytes are the
// packet and the line only supplies the rest; without, the packet is rebuilt as
// far as the line tells, see [Record.Untold].
//
// The zero value is ready to use.
type TextScanner struct {
	// File is the name in Record.File and in errors.
	File string

	open    *pending   // the packet whose lines are being read
	done    []finished // packets whose lines are complete
	errs    []*TextError
	seqs    conversations
	clock   clockwork
	count   int
	iface   string // of "listening on eth0"
	stamped bool   // the packets so far have times or numbers
}

// pending is a packet under construction.
type pending struct {
	told   told
	bare   bool // a hex dump without a line above
	line   int
	lines  [2]string
	second bool // lines[1] is used
	dump   dump
	inner  *told // the packet quoted by an ICMP error
	nested bool  // reading the lines of a packet inside this one
	blank  bool  // an empty line came since
}

// finished is a record with its time still as written.
type finished struct {
	rec   *Record
	stamp stamp
}

// TextError is a line that looks like tcpdump's and could not be read.
type TextError struct {
	File   string
	Line   int
	Text   string
	Reason string
}

// Error returns `file:line: cannot read tcpdump line "text" (reason)`.
func (e *TextError) Error() string {
	return e.File + ":" + strconv.Itoa(e.Line) + ": cannot read tcpdump line " + strconv.Quote(cutText(e.Text, 200)) + ": " + e.Reason
}

// Bounds on what a text can make the scanner keep.
const (
	maxTextLine   = 1 << 16
	maxTextErrors = 1000
)

// LooksLikeTcpdump reports whether a line is the first line of a packet in
// tcpdump's notation.
func LooksLikeTcpdump(line string) bool {
	if !mayStart(line) {
		return false
	}
	_, ok, _ := parseLine(line)
	return ok
}

// mayStart is a cheap test that keeps most prose and log lines away from the
// parser.
func mayStart(line string) bool {
	if len(line) > maxTextLine {
		return false
	}
	if strings.Contains(line, "> ") || strings.Contains(line, "(tos ") || strings.Contains(line, "IP6 (") {
		return true
	}
	return strings.Contains(line, "IP") || strings.Contains(line, "ARP") || strings.Contains(line, "arp ") ||
		strings.Contains(line, "who-has") || strings.Contains(line, "ethertype") || strings.Contains(line, ", length")
}

// Line takes the next line, without its line feed. It reports whether the line
// is tcpdump's; if not, it is somebody else's to read. Lines of details that -v
// prints about payloads are not taken.
func (s *TextScanner) Line(no int, text string) (took bool) {
	if len(text) > maxTextLine {
		text = text[:maxTextLine]
	}
	if strings.TrimSpace(text) == "" {
		if s.open != nil {
			s.open.blank = true
		}
		return false
	}
	if s.hex(no, text) || s.continued(text) {
		return true
	}
	if mayStart(text) {
		if t, ok, reason := parseLine(text); ok {
			return s.start(no, text, t, reason)
		}
	}
	return s.chatter(text)
}

// hex adds a line of a hex dump to the open packet, or opens one for a dump
// that has lost its line.
func (s *TextScanner) hex(no int, text string) bool {
	c := strings.TrimLeft(text, " \t>|`\u00a0")
	if c == "" || !isHex(c[0]) {
		return false
	}
	p := s.open
	offset := strings.HasPrefix(c, "0x")
	switch {
	case p == nil:
	case p.told.skip != nil && offset:
		return true // of ARP and the like
	case p.told.skip != nil, p.blank && !offset && len(p.dump.b) > 0:
	case p.dump.add(text):
		return true
	case strings.HasPrefix(c, "0x0000:") && !p.bare && !fromDump(new(Record), p.dump.b, &p.told):
		// -vv dumps parts of packets too; the whole packet's dump is the last
		p.dump = dump{}
		return p.dump.add(text)
	}
	off, data, ok := hexLine(text)
	if !ok || off != 0 || data[0]>>4 != 4 && data[0]>>4 != 6 {
		return false
	}
	s.finish()
	s.open = &pending{bare: true, line: no, lines: [2]string{text}}
	return s.open.dump.add(text)
}

// continued reads the second line of the two-line form, of the open packet or of
// one inside it.
func (s *TextScanner) continued(text string) bool {
	if s.open == nil {
		return false
	}
	t := &s.open.told
	if s.open.nested {
		t = s.open.inner
	}
	if t == nil || !t.needAddr || len(s.open.dump.b) > 0 || strings.Contains(text, "(tos 0x") && !strings.Contains(text, ": IP ") {
		return false
	}
	body := unquoteBody(text)
	if st, _ := cutStamp(body); st.form != noStamp || !t.addresses(body) {
		return false
	}
	t.needAddr = false
	if !s.open.nested {
		s.open.lines[1], s.open.second = text, true
	}
	return true
}

// unquoteBody removes quote marks, but not the ">" of a missing source.
func unquoteBody(s string) string {
	return strings.TrimLeft(unquote(s), " \t|")
}

// start opens a packet. A line without time inside a dump whose lines have one is
// the packet inside a tunnel or an ICMP error, which -v prints below it.
func (s *TextScanner) start(no int, text string, t told, reason string) bool {
	plain := t.stamp.form == noStamp && t.number == 0
	if p := s.open; p != nil && plain && !p.blank && !p.bare && s.isInner(p, text) {
		p.nested = true
		if p.inner == nil && reason == "" {
			p.inner = &t
		} else {
			p.inner = nil
		}
		return true
	}
	s.finish()
	if reason != "" {
		s.fail(no, text, reason)
		return true
	}
	s.open = &pending{told: t, line: no, lines: [2]string{text}}
	return true
}

// isInner decides that for a line without time.
func (s *TextScanner) isInner(p *pending, text string) bool {
	if p.told.stamp.form != noStamp || p.told.number > 0 {
		return true
	}
	// without any times: what follows an ICMP error or a tunnel header of -v
	if !p.told.ip.verbose || p.inner != nil {
		return false
	}
	proto := protocolOf(p.told.body)
	if m := parseICMP(p.told.body, p.told.family); proto == packet.ProtoICMP || proto == packet.ProtoICMPv6 {
		return m.isError
	}
	return proto == packet.ProtoGRE || proto == packet.ProtoIPIP || proto == 41
}

// chatter takes tcpdump's own messages; "listening on" names the interface.
func (s *TextScanner) chatter(text string) bool {
	t := strings.TrimSpace(unquote(text))
	t = strings.TrimPrefix(t, "tcpdump: ")
	if rest, ok := strings.CutPrefix(t, "listening on "); ok {
		name, _, _ := strings.Cut(rest, ",")
		s.finish()
		s.iface = ""
		if name = strings.TrimSpace(name); name != "any" && len(name) <= maxIfName {
			s.iface = name
		}
		return true
	}
	for _, p := range []string{"verbose output suppressed, use -v", "dropped privs to ", "reading from file ", "data link type "} {
		if strings.HasPrefix(t, p) {
			return true
		}
	}
	d, rest := cutDigits(t)
	return d != "" && (strings.HasPrefix(rest, " packets captured") || strings.HasPrefix(rest, " packets received by filter") ||
		strings.HasPrefix(rest, " packets dropped by ") || strings.HasPrefix(rest, " packet captured"))
}

func (s *TextScanner) fail(no int, text, reason string) {
	if len(s.errs) < maxTextErrors {
		s.errs = append(s.errs, &TextError{File: s.File, Line: no, Text: strings.TrimSpace(text), Reason: reason})
	}
}

// finish makes the record of the open packet.
func (s *TextScanner) finish() {
	p := s.open
	s.open = nil
	if p == nil {
		return
	}
	s.count++
	t := &p.told
	rec := &Record{File: s.File, Line: p.line, Number: s.count, Iface: t.iface, Dir: t.dir, LinkType: LinkRaw}
	if t.number > 0 {
		rec.Number = t.number
	}
	if rec.Iface == "" {
		rec.Iface = s.iface
	}
	rec.Text = strings.TrimSpace(unquote(p.lines[0]))
	if p.second {
		rec.Text += " " + strings.TrimSpace(unquoteBody(p.lines[1]))
	}
	if reason := s.fill(rec, p); reason != "" {
		s.count--
		s.fail(p.line, p.lines[0], reason)
		return
	}
	s.clock.see(t.stamp)
	s.done = append(s.done, finished{rec, t.stamp})
}

// fill makes the packet from the dump or from the lines.
func (s *TextScanner) fill(rec *Record, p *pending) (reason string) {
	t := &p.told
	if t.skip != nil {
		rec.Skip = t.skip
		return ""
	}
	var inDump bool
	if len(p.dump.b) > 0 {
		if p.bare {
			rec.Text = ""
			t = nil
		}
		inDump = fromDump(rec, p.dump.b, t)
	}
	switch {
	case inDump && rec.Skip == nil && t != nil:
		s.compare(rec, t)
	case inDump:
	case t == nil:
		return "hex dump holds no IP packet"
	case t.needAddr:
		return "the second line with the addresses is missing"
	default:
		var inner *told
		if p.inner != nil && !p.inner.needAddr {
			inner = p.inner
		}
		rec.Skip = build(rec, t, inner, &s.seqs)
		s.link(rec, t)
	}
	if t != nil && rec.Skip == nil {
		textCast(rec, t)
	}
	return ""
}

// compare notes which addresses the poster blanked in the line, and lets the
// sequence numbers of the dump serve for lines that have none. A dump whose
// checksum is right with its addresses holds the true ones.
func (s *TextScanner) compare(rec *Record, t *told) {
	p := &rec.Packet
	tcp, isTCP := p.TCP()
	_, isUDP := p.UDP()
	ports := isTCP || isUDP || printsPorts(int(p.Proto)) && p.FragOff == 0
	if t.src != "" || t.dst != "" {
		src, dst := parseEndpoint(t.src, p.Family, ports), parseEndpoint(t.dst, p.Family, ports)
		right := p.Cut() == 0 && transportRight(p)
		if src.addr != p.Src() || !src.known {
			rec.SrcText = src.text
			rec.Untold |= unless(right, FieldSrc)
		}
		if dst.addr != p.Dst() || !dst.known {
			rec.DstText = dst.text
			rec.Untold |= unless(right, FieldDst)
		}
		if isTCP {
			told := tcpTold{flags: tcp.Flags(), hasFlags: true, seq: tcp.Seq(), ack: tcp.Ack(), hasSeq: true,
				hasAck: tcp.Flags()&packet.ACK != 0, length: max(0, p.Length-p.L4-tcp.DataOffset())}
			s.seqs.resolve(&told, side{src.text, src.port}, side{dst.text, dst.port})
		}
	}
	if rec.Untold.Has(FieldSrc | FieldDst) {
		p.Verified = true // the checksum is that of the true addresses
	}
}

func unless(right bool, f Field) Field {
	if right {
		return 0
	}
	return f
}

// transportRight reports whether a whole packet's transport checksum fits its
// addresses.
func transportRight(p *packet.Packet) bool {
	switch p.Proto {
	case packet.ProtoTCP, packet.ProtoUDP, packet.ProtoICMPv6:
		return p.FragOff == 0 && !p.MoreFrags && !p.NoTransport && p.ChecksumOK(p.Proto)
	}
	return p.Family == packet.IPv4 && packet.IPv4Header(p.Data).ChecksumOK()
}

// link rebuilds the link header that -e prints.
func (s *TextScanner) link(rec *Record, t *told) {
	rec.Packet.VLAN, rec.Packet.VLANProto = t.vlan, t.vlanProto
	if !t.hasSrc && !t.hasDst || rec.Skip != nil {
		return
	}
	h := t.link
	h[12], h[13] = 0x08, 0x00
	if t.family == packet.IPv6 {
		h[12], h[13] = 0x86, 0xdd
	}
	rec.Packet.Link = h[:]
	if !t.hasDst {
		rec.Untold |= FieldLinkDst
	}
}

// textCast sets how the link addressed the packet, from the line, the link
// header, or what a host does with the destination address.
func textCast(rec *Record, t *told) {
	p := &rec.Packet
	dst := p.Dst()
	switch {
	case t.cast != castUnknown:
		p.Cast = packet.Cast(t.cast)
	case rec.Dir == Out:
		p.Cast = packet.CastOutgoing
	case len(p.Link) == 14 && !rec.Untold.Has(FieldLinkDst):
		p.Cast = packet.CastHost
		if p.Link[0]&1 != 0 {
			p.Cast = packet.CastMulticast
		}
		if [6]byte(p.Link) == [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff} {
			p.Cast = packet.CastBroadcast
		}
	case dst.IsMulticast():
		p.Cast = packet.CastMulticast
	case dst == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		p.Cast = packet.CastBroadcast
	}
}

// Records returns the packets read since the last call, the one whose lines came
// last included: call it at the end of the text.
func (s *TextScanner) Records() []*Record {
	s.finish()
	return s.take()
}

// take converts the times of the finished packets and hands them over.
func (s *TextScanner) take() []*Record {
	recs := make([]*Record, len(s.done))
	for i, f := range s.done {
		recs[i] = f.rec
		f.rec.Time, f.rec.Clock = s.clock.read(f.stamp)
		if f.rec.Clock != Epoch {
			f.rec.Untold |= FieldTime
		}
	}
	s.done = s.done[:0]
	return recs
}

// Errors returns the lines that look like tcpdump's and could not be read, the
// first thousand of them.
func (s *TextScanner) Errors() []*TextError { return s.errs }

// textSource reads a file of text.
type textSource struct {
	scan  TextScanner
	in    *bufio.Reader
	line  int
	queue []*Record
	err   error
}

func newTextSource(name string, r *bufio.Reader) *textSource {
	return &textSource{scan: TextScanner{File: name}, in: r}
}

// maxUndecided is how many packets are held back to see what their times mean.
const maxUndecided = 1 << 12

func (t *textSource) next(*Record) error { return io.EOF }

// nextRecord returns the next packet. Errors of lines are left to
// [Reader.Problems].
func (t *textSource) nextRecord() (*Record, error) {
	for len(t.queue) == 0 {
		if t.err != nil {
			return nil, t.err
		}
		t.read()
	}
	rec := t.queue[0]
	t.queue = t.queue[1:]
	return rec, nil
}

// read takes lines until packets are complete.
func (t *textSource) read() {
	for len(t.scan.done) == 0 || t.scan.clock.undecided() && len(t.scan.done) < maxUndecided {
		line, err := t.nextLine()
		if err != nil {
			t.err = err
			t.queue = t.scan.Records()
			if err == io.EOF && len(t.queue) == 0 && t.scan.count == 0 {
				t.err = t.nothing()
			}
			return
		}
		t.line++
		t.scan.Line(t.line, line)
	}
	t.queue = t.scan.take()
}

// nothing is the error of a text without any packet.
func (t *textSource) nothing() error {
	if len(t.scan.errs) > 0 {
		return &Error{Line: t.scan.errs[0].Line, Msg: "cannot read tcpdump line: " + t.scan.errs[0].Reason, Err: t.scan.errs[0]}
	}
	return &Error{Msg: "text holds no packet (expected tcpdump's output)"}
}

// nextLine returns the next line, its rest cut off where it is too long.
func (t *textSource) nextLine() (string, error) {
	b, err := t.in.ReadSlice('\n')
	line := string(b[:min(len(b), maxTextLine+1)])
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = t.in.ReadSlice('\n')
	}
	if err == io.EOF && line != "" {
		err = nil
	}
	return strings.TrimRight(line, "\r\n"), err
}
