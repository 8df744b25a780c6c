package packet

import (
	"net/netip"
	"slices"
	"strings"
)

// Packet rebuilds a packet whose line is l: AppendLog(nil, &p, l.In, l.Out,
// l.Prefix, l.LogFlags()) has no difference that [Match] would see. wild says
// which fields of the packet the line does not tell; they are zero, but the
// checksums, which are right. ok is false when the line tells too little (no
// family, no length) or cannot come from any packet.
func (l *LogLine) Packet() (p Packet, wild Mask, ok bool) {
	wild = l.open()
	if l.Family == 0 || l.Has&FieldLen == 0 {
		return Packet{}, wild, false
	}
	var line []byte
	try := func(ihl int) bool {
		p = Packet{PhysIn: l.PhysIn, PhysOut: l.PhysOut, Mark: l.Mark, UID: l.UID, GID: l.GID, Socket: l.Has&FieldUID != 0,
			VLAN: l.VLAN, VLANProto: l.VLANProto}
		if l.In != "" {
			p.Link = l.Link
		}
		data := make([]byte, l.Len)
		l.encode(data, ihl, 0)
		if p.Decode(data, len(data)) != nil {
			return false
		}
		l.seal(&p)
		line = AppendLog(line[:0], &p, l.In, l.Out, l.Prefix, l.LogFlags())
		return len(Match(*l, string(line))) == 0
	}
	if ok = try(l.headerLen(l.Len)); ok || l.Family != IPv4 {
		return p, wild, ok
	}
	// Options that the line does not show move the end of the packet.
	for ihl := 24; ihl <= 60 && !ok && l.Has&FieldIPOptions == 0; ihl += 4 {
		ok = try(ihl)
	}
	return p, wild, ok
}

// headerLen is the IPv4 header length that makes room bytes of packet look as
// the line does.
func (l *LogLine) headerLen(room int) int {
	n := 20 + len(l.IPOptions)
	switch {
	case l.hasFlag("TRUNCATED"):
		n = 60
	case l.Has&FieldIncomplete != 0 && l.Has&FieldIPOptions == 0:
		n = min(max(room-l.Incomplete, 0), 60) &^ 3
	case l.optionsTruncated:
		n = min(max(n, (room-56+3)&^3), 60)
	}
	return n
}

// seal writes the checksums of a rebuilt packet.
func (l *LogLine) seal(p *Packet) {
	if p.Family == IPv4 {
		IPv4Header(p.Data).SetChecksum()
	}
	if p.FragOff != 0 || p.NoTransport {
		return
	}
	b := p.Data[p.L4:]
	switch {
	case p.Proto == ProtoTCP && len(b) >= 20:
		be.PutUint16(b[16:], ^Fold(Sum(b, p.pseudo(ProtoTCP))))
	case p.Proto == ProtoUDP && len(b) >= 8:
		if c := ^Fold(Sum(b, p.pseudo(ProtoUDP))); c != 0 {
			be.PutUint16(b[6:], c)
		} else {
			be.PutUint16(b[6:], 0xffff)
		}
	case p.Proto == ProtoICMP && p.Family == IPv4 && len(b) >= 8:
		be.PutUint16(b[2:], ^Fold(Sum(b, 0)))
	case p.Proto == ProtoICMPv6 && p.Family == IPv6 && len(b) >= 8:
		be.PutUint16(b[2:], ^Fold(Sum(b, p.pseudo(ProtoICMPv6))))
	}
}

// put copies b to buf at off, as far as it lies inside.
func put(buf []byte, off int, b ...byte) {
	for i, c := range b {
		if off+i >= 0 && off+i < len(buf) {
			buf[off+i] = c
		}
	}
}

func put16(buf []byte, off int, v uint16) { put(buf, off, byte(v>>8), byte(v)) }

func put32(buf []byte, off int, v uint32) {
	put16(buf, off, uint16(v>>16))
	put16(buf, off+2, uint16(v))
}

// encode writes the line's packet over buf, which has the length that is there.
func (l *LogLine) encode(buf []byte, ihl, depth int) {
	if l.Family == IPv6 {
		l.encode6(buf, depth)
		return
	}
	put(buf, 0, 0x40|byte(ihl/4), l.TOS|l.Prec)
	put16(buf, 2, uint16(l.Len))
	put16(buf, 4, l.ID)
	frag := uint16(l.FragOff / 8)
	for i, word := range [...]string{"CE", "DF", "MF"} {
		if l.hasFlag(word) {
			frag |= 0x8000 >> i
		}
	}
	put16(buf, 6, frag)
	proto := l.Proto
	if l.Has&FieldProto == 0 && l.FragOff != 0 {
		proto = ProtoAH // the one whose fragments have no PROTO=
	}
	put(buf, 8, l.TTL, proto)
	if l.Src.Is4() {
		put(buf, 12, l.Src.AsSlice()...)
	}
	if l.Dst.Is4() {
		put(buf, 16, l.Dst.AsSlice()...)
	}
	for i := 20; i < ihl; i++ {
		put(buf, i, 1) // no operation
	}
	put(buf, 20, l.IPOptions...)
	if l.FragOff == 0 {
		l.encodeTransport(buf, ihl, proto, depth)
	}
}

func (l *LogLine) encodeTransport(buf []byte, at int, proto uint8, depth int) {
	switch proto {
	case ProtoTCP:
		l.encodeTCP(buf, at)
	case ProtoUDP, ProtoUDPLite:
		put16(buf, at, l.SrcPort)
		put16(buf, at+2, l.DstPort)
		put16(buf, at+4, uint16(l.UDPLen))
	case ProtoICMP, ProtoICMPv6:
		l.encodeICMP(buf, at, depth)
	case ProtoAH:
		put32(buf, at+4, l.SPI)
	case ProtoESP:
		put32(buf, at, l.SPI)
	}
}

func (l *LogLine) encodeTCP(buf []byte, at int) {
	if l.Has&FieldIncomplete != 0 {
		return
	}
	put16(buf, at, l.SrcPort)
	put16(buf, at+2, l.DstPort)
	put32(buf, at+4, l.Seq)
	put32(buf, at+8, l.Ack)
	words := 5 + len(l.TCPOptions)/4
	if l.optionsTruncated {
		words = 15
	}
	put(buf, at+12, byte(words)<<4|l.Reserved>>2&0xe|byte(l.TCPFlags>>8), byte(l.TCPFlags))
	put16(buf, at+14, l.Window)
	put16(buf, at+18, l.Urgent)
	put(buf, at+20, l.TCPOptions...)
}

func (l *LogLine) encodeICMP(buf []byte, at, depth int) {
	put(buf, at, l.Type, l.Code)
	switch {
	case l.Gateway.Is4():
		put(buf, at+4, l.Gateway.AsSlice()...)
	case l.Has&FieldParameter != 0 && l.Family == IPv4:
		put(buf, at+4, byte(l.Parameter))
	case l.Has&FieldParameter != 0:
		put32(buf, at+4, l.Parameter)
	case l.Has&FieldMTU != 0:
		put32(buf, at+4, l.MTU)
	default:
		put16(buf, at+4, l.ICMPID)
		put16(buf, at+6, l.ICMPSeq)
	}
	if l.Inner != nil && depth == 0 && at+8 <= len(buf) {
		inner := buf[at+8:]
		l.Inner.encode(inner, l.Inner.headerLen(len(inner)), 1)
	}
}

// encode6 writes an IPv6 packet. Extension headers that the line does not show
// are put in where its lengths ask for them.
func (l *LogLine) encode6(buf []byte, depth int) {
	put32(buf, 0, 6<<28|uint32(l.TrafficClass)<<20|l.FlowLabel&0xfffff)
	put16(buf, 4, uint16(l.Len-40))
	put(buf, 7, l.TTL)
	if l.Src.Is6() {
		put(buf, 8, l.Src.AsSlice()...)
	}
	if l.Dst.Is6() {
		put(buf, 24, l.Dst.AsSlice()...)
	}
	last := l.lastHeader()
	chain := append([]logExtension(nil), l.extensions...)
	sizes := make([]int, len(chain))
	end := 40
	for i, e := range chain {
		sizes[i] = 8
		if e.proto == ProtoAH {
			sizes[i] = 12
		}
		end += sizes[i]
	}
	if slack, n := l.slack6(len(buf)-end, chain); slack > 0 {
		chain, sizes = carry(chain, sizes, slack, n)
	}
	at, field := 40, 6
	for i, e := range chain {
		put(buf, field, e.proto)
		field = at
		switch e.proto {
		case ProtoFragment:
			off := uint16(e.off) &^ 7
			if e.more {
				off |= 1
			}
			put16(buf, at+2, off)
			put32(buf, at+4, e.id)
		case ProtoAH:
			put(buf, at+1, byte(sizes[i]/4-2))
			put32(buf, at+4, e.spi)
		case ProtoESP:
			put32(buf, at, e.spi)
			return
		default:
			put(buf, at+1, byte(sizes[i]/8-1))
		}
		at += sizes[i]
	}
	put(buf, field, last)
	l.encodeTransport(buf, at, last, depth)
}

// lastHeader is the header behind those that the line shows.
func (l *LogLine) lastHeader() uint8 {
	switch {
	case l.Has&FieldProto != 0:
		return l.Proto
	case l.hasFlag("TRUNCATED"):
		return ProtoDstOpts
	}
	for _, e := range l.extensions {
		if e.off > 0 {
			return ProtoDstOpts // ends the line of a later fragment
		}
	}
	return ProtoESP // ends the line without a word
}

// slack6 is how many bytes must be added to the first fixed headers so that the
// room bytes left behind the chain become what the line says.
func (l *LogLine) slack6(room int, chain []logExtension) (slack, fixed int) {
	n := len(chain)
	switch {
	case n > 0 && chain[n-1].cut:
		left := room + 8 // bytes of the header that is cut
		return max(left-7+3, 0) &^ 3, n - 1
	case l.Has&FieldIncomplete != 0 && n > 0 && l.Has&FieldProto == 0:
		size := 8
		if chain[n-1].proto == ProtoAH {
			size = 12
		}
		return room + size - l.Incomplete, n - 1
	case l.Has&FieldIncomplete != 0:
		return room - l.Incomplete, n
	case l.hasFlag("TRUNCATED") && room > 1:
		return (room + 7) &^ 7, n
	case l.optionsTruncated && room > 56:
		return (room - 56 + 7) &^ 7, n
	case l.Inner != nil && l.Inner.Has&FieldLen == 0 && room > 47: // quotes less than a header
		return (room - 47 + 7) &^ 7, n
	}
	return 0, n
}

// carry makes the last of the first n extension headers that can have any length
// longer by slack bytes, or puts in a new one that the line does not show.
func carry(chain []logExtension, sizes []int, slack, n int) ([]logExtension, []int) {
	later := -1 // where a later fragment is, behind which no new header goes unseen
	for i := n - 1; i >= 0; i-- {
		e := chain[i]
		if e.proto == ProtoDstOpts && slack%8 == 0 || e.proto == ProtoAH && slack%4 == 0 {
			sizes[i] += slack
			return chain, sizes
		}
		if e.off > 0 {
			later = i
		}
	}
	if later >= 0 {
		n = later
	}
	kind := uint8(ProtoDstOpts)
	if slack%8 != 0 {
		kind = ProtoAH
	}
	return slices.Insert(chain, n, logExtension{proto: kind}), slices.Insert(sizes, n, slack)
}

// open returns the fields that the line leaves open.
func (l *LogLine) open() Mask {
	m := FieldPayload | FieldSrc | FieldDst | FieldLen | FieldTTL | FieldProto
	flags := l.LogFlags()
	if l.In != "" && (l.MAC != "" || !l.hasKey("MAC")) && flags&LogMACDecode == 0 {
		m |= FieldMAC
	}
	if l.Family == IPv6 {
		m |= FieldTrafficClass | FieldFlowLabel
		if flags&LogIPOptions == 0 {
			m |= FieldExtensions
		}
	} else {
		m |= FieldTOS | FieldPrec | FieldID | FieldTOSBit
		if flags&LogIPOptions == 0 {
			m |= FieldIPOptions
		}
	}
	if l.FragOff == 0 {
		m |= l.openTransport(flags)
	}
	return m &^ l.Has
}

func (l *LogLine) openTransport(flags LogFlags) Mask {
	switch l.Proto {
	case ProtoTCP:
		m := FieldSrcPort | FieldDstPort | FieldSeq | FieldAck | FieldTCPFlags | FieldReserved | FieldWindow | FieldUrgent | FieldChecksums
		if flags&LogTCPOptions == 0 {
			m |= FieldTCPOptions
		}
		return m
	case ProtoUDP, ProtoUDPLite:
		return FieldSrcPort | FieldDstPort | FieldUDPLen | FieldChecksums
	case ProtoICMP, ProtoICMPv6:
		m := FieldType | FieldCode | FieldChecksums
		if l.Has&(FieldICMPID|FieldGateway|FieldMTU|FieldParameter) == 0 {
			m |= FieldICMPRest
		}
		return m
	case ProtoAH, ProtoESP:
		return FieldSPI | FieldIPsecHeader
	}
	return 0
}

// Match compares l, a line from anywhere, with got, what [AppendLog] wrote, and
// returns the keys that differ, nil for none. What l blanks out is not compared;
// numbers count by value; trailing blanks and the number of blanks between words
// do not count. A field that only one of them has differs. got must be
// undamaged.
func Match(l LogLine, got string) (differ []string) {
	g, ok := ParseLog(got)
	if !ok {
		return []string{"IN"}
	}
	if squeeze(l.Prefix) != squeeze(got[:len(g.Dress)+len(g.Prefix)]) {
		differ = append(differ, "PREFIX")
	}
	return l.match(&g, differ)
}

// squeeze makes every run of blanks one and drops those in front.
func squeeze(s string) string {
	s = strings.TrimLeft(s, " ")
	for strings.Contains(s, "  ") {
		s = strings.ReplaceAll(s, "  ", " ")
	}
	return s
}

func (l *LogLine) match(g *LogLine, differ []string) []string {
	if len(l.Pairs) != len(g.Pairs) || !sameKeys(l.Pairs, g.Pairs) {
		differ = diffKeys(l.Pairs, g.Pairs, differ)
	} else {
		for i := range l.Pairs {
			if !sameValue(l.Pairs[i].Key, l.Pairs[i].Value, g.Pairs[i].Value) {
				differ = append(differ, l.Pairs[i].Key)
			}
		}
	}
	if !sameWords(l.Flags, g.Flags) || len(l.extensions) != len(g.extensions) {
		differ = append(differ, "FLAGS")
	}
	switch {
	case l.Inner == nil && g.Inner == nil:
	case l.Inner == nil || g.Inner == nil:
		differ = append(differ, "INNER")
	default:
		if len(l.Inner.match(g.Inner, nil)) > 0 {
			differ = append(differ, "INNER")
		}
	}
	return differ
}

func sameKeys(a, b []LogPair) bool {
	for i := range a {
		if a[i].Key != b[i].Key {
			return false
		}
	}
	return true
}

func sameWords(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// diffKeys pairs the fields of two lines by key and turn (the second LEN with
// the second LEN) and appends the keys of those that differ or stand alone.
func diffKeys(a, b []LogPair, differ []string) []string {
	used := make([]bool, len(b))
	for _, x := range a {
		j := 0
		for j < len(b) && (used[j] || b[j].Key != x.Key) {
			j++
		}
		none := x.Key == "MARK" && (x.Value == "0" || x.Value == "0x0") // ulogd
		if j == len(b) && !none || j < len(b) && !sameValue(x.Key, x.Value, b[j].Value) {
			differ = append(differ, x.Key)
		}
		if j < len(b) {
			used[j] = true
		}
	}
	noMAC := !slices.ContainsFunc(a, isMAC)
	for j, y := range b {
		if !used[j] && !(noMAC && isMAC(y)) { // people take MAC= out
			differ = append(differ, y.Key)
		}
	}
	return differ
}

func isMAC(p LogPair) bool { return strings.HasPrefix(p.Key, "MAC") }

// sameValue compares a value as found with one as written by us; a blanked one
// is like any.
func sameValue(key, found, ours string) bool {
	if found == ours {
		return true
	}
	switch key {
	case "IN", "OUT", "PHYSIN", "PHYSOUT", "OPT":
		return strings.ContainsAny(found, "<[*")
	case "SRC", "DST", "GATEWAY":
		a, err := netip.ParseAddr(found)
		b, _ := netip.ParseAddr(ours)
		return err != nil || a == b
	case "MAC", "MACSRC", "MACDST":
		return sameMAC(found, ours)
	case "PROTO":
		a, ok := logProto(found)
		b, _ := logProto(ours)
		return !ok || a == b
	}
	base := keyBase(key)
	if base == 0 {
		return false
	}
	a, n, ok := logNumber(found, base)
	b, _, _ := logNumber(ours, base)
	return !ok || n != len(found) || a == b
}

// sameMAC compares link headers byte by byte; pairs that are no hexadecimal
// digits are blanked, and so is anything that is no list of pairs.
func sameMAC(found, ours string) bool {
	if found == "" {
		return false
	}
	if len(found)%3 != 2 || len(found) != len(ours) {
		return strings.Trim(found, "0123456789abcdefABCDEF:") != ""
	}
	for i := 0; i < len(found); i += 3 {
		hi, lo := unhexDigit(found[i]), unhexDigit(found[i+1])
		if hi >= 0 && lo >= 0 && !strings.EqualFold(found[i:i+2], ours[i:i+2]) {
			return false
		}
	}
	return true
}
