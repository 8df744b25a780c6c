package prose

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"nfwhy/packet"
)

// sharkReader reads the packet list of Wireshark and tshark:
//
//	463 5.788207 server -> client TCP 66 443 -> 45020 [FIN, ACK] Seq=3664 Ack=763 Win=31104 Len=0
type sharkReader struct {
	post  *Post
	rows  []sharkRow
	ports map[[2]netip.Addr][2]uint16 // of connections seen, for rows that show none
}

type sharkRow struct {
	line     Line
	time     packet.Time
	src, dst netip.Addr
	proto    string
	size     int
	info     string
}

var (
	sharkLine = regexp.MustCompile(`^\s*(\d+)\s+(\d+\.\d+)\s+(\S+)\s+(?:->|→|-->)\s+(\S+)\s+([A-Za-z][\w./-]*)\s+(?:(\d+)\s+)?(.*)$`)
	sharkTCP  = regexp.MustCompile(`(\d{1,5})\s*(?:->|→|>)\s*(\d{1,5})\s*\[([A-Z, ]*)\]`)
	sharkUDP  = regexp.MustCompile(`(\d{1,5})\s*(?:->|→|>)\s*(\d{1,5})\s+Len=(\d+)`)
	sharkNum  = regexp.MustCompile(`\b(Seq|Ack|Win|Len)=(\d+)`)
)

func (s *sharkReader) line(l Line) bool {
	m := sharkLine.FindStringSubmatch(l.Text)
	if m == nil || len(s.rows) >= maxTold {
		return false
	}
	sec, err := strconv.ParseFloat(m[2], 64)
	if err != nil || sec > 1e9 {
		return false
	}
	size, _ := strconv.Atoi(m[6])
	s.rows = append(s.rows, sharkRow{l, packet.Time(sec * 1e9), s.post.address(m[3]), s.post.address(m[4]), m[5], size, m[7]})
	return true
}

// finish builds the packets; rows of protocols above TCP take their ports from the
// connection between the same ends.
func (s *sharkReader) finish() {
	s.ports = map[[2]netip.Addr][2]uint16{}
	for _, r := range s.rows {
		if m := sharkTCP.FindStringSubmatch(r.info); m != nil {
			a, b := number16(m[1]), number16(m[2])
			s.ports[[2]netip.Addr{r.src, r.dst}] = [2]uint16{a, b}
			s.ports[[2]netip.Addr{r.dst, r.src}] = [2]uint16{b, a}
		}
	}
	for i := range s.rows {
		if p := s.packet(&s.rows[i]); p != nil {
			s.post.Packets = append(s.post.Packets, *p)
		}
	}
}

func number16(s string) uint16 {
	n, _ := strconv.ParseUint(s, 10, 16)
	return uint16(n)
}

func (s *sharkReader) packet(r *sharkRow) *Packet {
	if r.src.Is4() != r.dst.Is4() {
		return nil
	}
	var data []byte
	seq := false
	switch m := sharkTCP.FindStringSubmatch(r.info); {
	case m != nil:
		f := packet.TCPFields{SrcPort: number16(m[1]), DstPort: number16(m[2]), Flags: sharkFlags(m[3]), Window: 64240}
		n := 0
		for _, x := range sharkNum.FindAllStringSubmatch(r.info, -1) {
			v, _ := strconv.ParseUint(x[2], 10, 32)
			switch x[1] {
			case "Seq":
				f.Seq, seq = uint32(v), true
			case "Ack":
				f.Ack = uint32(v)
			case "Win":
				f.Window = uint16(min(v, 65535))
			case "Len":
				n = int(min(v, 1400))
			}
		}
		data = wrap(r, packet.ProtoTCP, f.Encode(r.src, r.dst, make([]byte, n)))
	case strings.Contains(r.proto, "UDP"):
		u := sharkUDP.FindStringSubmatch(r.info)
		if u == nil {
			return nil
		}
		n, _ := strconv.Atoi(u[3])
		data = wrap(r, packet.ProtoUDP, packet.EncodeUDP(r.src, r.dst, number16(u[1]), number16(u[2]), make([]byte, min(n, 1400))))
	default:
		ports, ok := s.ports[[2]netip.Addr{r.src, r.dst}]
		if !ok || !(strings.HasPrefix(r.proto, "TLS") || strings.HasPrefix(r.proto, "HTTP") || strings.HasPrefix(r.proto, "SSH") || strings.HasPrefix(r.proto, "SSL")) {
			return nil
		}
		f := packet.TCPFields{SrcPort: ports[0], DstPort: ports[1], Flags: packet.ACK | packet.PSH, Window: 64240}
		data = wrap(r, packet.ProtoTCP, f.Encode(r.src, r.dst, make([]byte, max(1, min(r.size-66, 1400)))))
	}
	p := &packet.Packet{Verified: true}
	if p.Decode(data, len(data)) != nil {
		return nil
	}
	return &Packet{Line: r.line, Time: r.time, Pkt: p, Sequence: seq}
}

func wrap(r *sharkRow, proto uint8, body []byte) []byte {
	if r.src.Is6() {
		return packet.IPv6Fields{NextHeader: proto, Src: r.src, Dst: r.dst}.Encode(body)
	}
	return packet.IPv4Fields{Flags: 2, Protocol: proto, Src: r.src, Dst: r.dst}.Encode(body)
}

func sharkFlags(s string) uint16 {
	var f uint16
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' }) {
		f |= flagBits[w]
	}
	return f
}

var flagBits = map[string]uint16{"SYN": packet.SYN, "ACK": packet.ACK, "FIN": packet.FIN, "RST": packet.RST, "PSH": packet.PSH, "URG": packet.URG}
