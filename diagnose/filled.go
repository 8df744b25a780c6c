package diagnose

import (
	"fmt"
	"strings"

	"nfwhy/packet"
)

// filled returns the line with what its poster cut off filled in by what is most
// common, so that its packet can be rebuilt; the line itself when it can be
// anyway or when too little is there.
func filled(l *packet.LogLine) *packet.LogLine {
	if _, _, ok := l.Packet(); ok || l.Family == 0 && !l.Src.IsValid() {
		return l
	}
	if l.Inner != nil {
		return l
	}
	get := map[string]string{}
	for _, p := range l.Pairs {
		if _, twice := get[p.Key]; !twice {
			get[p.Key] = p.Value
		}
	}
	has := func(m packet.Mask) bool { return l.Has&m != 0 }
	proto := l.Proto
	if !has(packet.FieldProto) {
		if proto = packet.ProtoTCP; !has(packet.FieldSrcPort) && !has(packet.FieldDstPort) && !has(packet.FieldTCPFlags) {
			return l
		}
	}
	if l.Src.Is6() {
		return l
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%sIN=%s OUT=%s ", l.Prefix, l.In, l.Out)
	if l.PhysIn != "" {
		fmt.Fprintf(&b, "PHYSIN=%s ", l.PhysIn)
	}
	if l.PhysOut != "" {
		fmt.Fprintf(&b, "PHYSOUT=%s ", l.PhysOut)
	}
	if l.In != "" && len(l.Link) > 0 {
		fmt.Fprintf(&b, "MAC=%s ", l.MAC)
	}
	length := map[uint8]int{packet.ProtoTCP: 40, packet.ProtoUDP: 78, packet.ProtoICMP: 84}[proto]
	if proto == packet.ProtoTCP && l.TCPFlags&packet.SYN != 0 {
		length = 60
	}
	if has(packet.FieldLen) && l.Len >= length-20 {
		length = l.Len
	}
	length = max(length, 40)
	or := func(key string, m packet.Mask, def string) string {
		if v, ok := get[key]; ok && has(m) {
			return v
		}
		return def
	}
	fmt.Fprintf(&b, "SRC=%s DST=%s LEN=%d TOS=%s PREC=%s TTL=%s ID=%s ", l.Src, l.Dst, length, or("TOS", packet.FieldTOS, "0x00"),
		or("PREC", packet.FieldPrec, "0x00"), or("TTL", packet.FieldTTL, "64"), or("ID", packet.FieldID, "0"))
	for _, f := range l.Flags {
		if f == "DF" || f == "MF" || f == "CE" {
			b.WriteString(f + " ")
		}
	}
	switch proto {
	case packet.ProtoTCP:
		fmt.Fprintf(&b, "PROTO=TCP SPT=%d DPT=%d ", l.SrcPort, l.DstPort)
		if has(packet.FieldSeq) {
			fmt.Fprintf(&b, "SEQ=%d ACK=%d ", l.Seq, l.Ack)
		}
		fmt.Fprintf(&b, "WINDOW=%s RES=0x00 %sURGP=0 ", or("WINDOW", packet.FieldWindow, "1024"), flagWords(l.TCPFlags))
	case packet.ProtoUDP:
		fmt.Fprintf(&b, "PROTO=UDP SPT=%d DPT=%d LEN=%d ", l.SrcPort, l.DstPort, length-20)
	case packet.ProtoICMP:
		fmt.Fprintf(&b, "PROTO=ICMP TYPE=%d CODE=%d ", l.Type, l.Code)
	default:
		fmt.Fprintf(&b, "PROTO=%d ", proto)
	}
	n, ok := packet.ParseLog("kernel: " + b.String())
	if !ok {
		return l
	}
	n.Time, n.Uptime, n.HasUptime, n.Repeated = l.Time, l.Uptime, l.HasUptime, l.Repeated
	n.Prefix = l.Prefix
	if _, _, ok := n.Packet(); !ok {
		return l
	}
	return &n
}

// flagWords lists TCP flags in the order of the kernel's LOG.
func flagWords(f uint16) string {
	var b strings.Builder
	for _, w := range []struct {
		bit  uint16
		name string
	}{{packet.CWR, "CWR"}, {packet.ECE, "ECE"}, {packet.URG, "URG"}, {packet.ACK, "ACK"}, {packet.PSH, "PSH"}, {packet.RST, "RST"},
		{packet.SYN, "SYN"}, {packet.FIN, "FIN"}} {
		if f&w.bit != 0 {
			b.WriteString(w.name + " ")
		}
	}
	return b.String()
}
