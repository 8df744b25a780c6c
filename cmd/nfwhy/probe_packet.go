package main

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"nfwhy/craft"
	"nfwhy/packet"

	"github.com/spf13/pflag"
)

// probePacketFlags describe the packet, with hping3's names where it has some.
type probePacketFlags struct {
	changed func(name string) bool
	names   []string

	udp, icmp, six bool
	proto          int

	flags            [8]bool
	srcPort          string
	dstPort          string
	keep             bool
	seq, ack         uint32
	win, urgent      uint16
	tcpOptions       string
	badSum           bool
	icmpType         int
	icmpCode         uint8
	icmpID, icmpSeq  uint16
	quote            string
	ttl, tos         uint8
	id               uint16
	df               bool
	ipOptions        string
	flowLabel        uint32
	size             int
	payload, hexText string
	file             string
	frag             bool
	fragSize         int
	seed             uint64
}

// tcpFlagNames are the options of the TCP flags, in the order of their bits.
var tcpFlagNames = [8]struct{ name, short, what string }{
	{"fin", "F", "FIN"}, {"syn", "S", "SYN"}, {"rst", "R", "RST"}, {"push", "P", "PSH"},
	{"ack", "A", "ACK"}, {"urg", "U", "URG"}, {"ece", "X", "ECE"}, {"cwr", "Y", "CWR"},
}

func (f *probePacketFlags) add(fl *pflag.FlagSet) {
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	for _, i := range []int{1, 4, 0, 2, 3, 5, 6, 7} {
		n := tcpFlagNames[i]
		fs.BoolVarP(&f.flags[i], n.name, n.short, false, "TCP with the flag "+n.what)
	}
	fs.BoolVarP(&f.udp, "udp", "2", false, "UDP")
	fs.BoolVarP(&f.icmp, "icmp", "1", false, "ICMP or ICMPv6, an echo request unless told otherwise")
	fs.IntVarP(&f.proto, "ipproto", "H", 0, "another protocol `NUMBER`, the payload its header")
	fs.BoolVarP(&f.six, "ipv6", "6", false, "IPv6 (the target's address says so already)")
	fs.StringVarP(&f.dstPort, "destport", "p", "0", "destination `PORT`; ++PORT goes up with every packet")
	fs.StringVarP(&f.srcPort, "baseport", "s", "", "source `PORT` of the first packet; goes up with every packet")
	fs.BoolVarP(&f.keep, "keep", "k", false, "keep the source port")
	fs.Uint32VarP(&f.seq, "seq", "M", 0, "TCP sequence `NUMBER`")
	fs.Uint32VarP(&f.ack, "setack", "L", 0, "TCP acknowledgement `NUMBER`")
	fs.Uint16VarP(&f.win, "win", "w", 512, "TCP `WINDOW`")
	fs.Uint16Var(&f.urgent, "urp", 0, "TCP urgent `POINTER`")
	fs.StringVar(&f.tcpOptions, "tcp-options", "", "TCP options as tcpdump prints them: `'mss 1460,nop,wscale 7'`")
	fs.BoolVarP(&f.badSum, "badcksum", "b", false, "a wrong transport checksum")
	fs.IntVarP(&f.icmpType, "icmp-type", "C", -1, "ICMP `TYPE`")
	fs.Uint8VarP(&f.icmpCode, "icmp-code", "K", 0, "ICMP `CODE`")
	fs.Uint16Var(&f.icmpID, "icmp-id", 0, "identifier of an echo")
	fs.Uint16Var(&f.icmpSeq, "icmp-seq", 0, "sequence number of an echo; goes up with every packet")
	fs.StringVar(&f.quote, "quote", "", "the `PACKET` that an ICMP error quotes, as tcpdump prints it")
	fs.Uint8VarP(&f.ttl, "ttl", "t", 64, "TTL or hop limit")
	fs.Uint8Var(&f.tos, "tos", 0, "type of service or traffic class")
	fs.Uint16VarP(&f.id, "id", "N", 0, "IPv4 ID of the first packet; goes up with every packet")
	fs.BoolVarP(&f.df, "df", "y", false, "don't fragment")
	fs.StringVar(&f.ipOptions, "ip-options", "", "IPv4 options in `HEX`")
	fs.Uint32Var(&f.flowLabel, "flow-label", 0, "IPv6 flow `LABEL`")
	fs.IntVarP(&f.size, "data", "d", 0, "a payload of `N` bytes")
	fs.StringVar(&f.payload, "payload", "", "the payload as `TEXT`")
	fs.StringVar(&f.hexText, "payload-hex", "", "the payload in `HEX`")
	fs.StringVarP(&f.file, "file", "E", "", "the payload out of a `FILE`")
	fs.BoolVarP(&f.frag, "frag", "f", false, "in fragments of 16 bytes")
	fs.IntVarP(&f.fragSize, "mtu", "m", 16, "in fragments of `N` bytes")
	fs.Uint64Var(&f.seed, "seed", 0, "draw ports and numbers that are not told from this `NUMBER`")
	fs.VisitAll(func(x *pflag.Flag) { f.names = append(f.names, x.Name) })
	fs.SortFlags = false
	fl.AddFlagSet(fs)
}

// given returns the name of a flag that describes the packet and was used, ""
// for none. Fragments and seed go with a told packet too.
func (f *probePacketFlags) given() string {
	for _, n := range f.names {
		if f.changed(n) && n != "seed" && n != "ipv6" {
			return n
		}
	}
	return ""
}

// source makes the series of packets to dst.
func (f *probePacketFlags) source(dst netip.Addr, count int) (packetSource, error) {
	s := craft.Spec{Dst: dst, TTL: f.ttl, ZeroTTL: f.ttl == 0, TOS: f.tos, DF: f.df, FlowLabel: f.flowLabel, BadChecksum: f.badSum}
	var steps craft.Steps
	r := rand.New(rand.NewPCG(f.seed, 0x70726f6265))
	if !f.changed("seed") {
		r = rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), uint64(os.Getpid())))
	}
	f.drawn(&s, r)
	for _, step := range []func(*craft.Spec) error{f.protocol, f.fillPayload, f.fillOptions,
		func(s *craft.Spec) error { return f.ports(s, &steps) }, f.fillICMP} {
		if err := step(&s); err != nil {
			return nil, err
		}
	}
	ss := &specSource{spec: s, steps: steps, count: count, fragID: r.Uint32()}
	if f.frag || f.changed("mtu") {
		if f.fragSize < 8 {
			return nil, fmt.Errorf("--mtu: %d (expected 8 or more)", f.fragSize)
		}
		ss.fragSize = f.fragSize
	}
	return ss, nil
}

// drawn sets what hping3 draws at random unless told.
func (f *probePacketFlags) drawn(s *craft.Spec, r *rand.Rand) {
	port, id, seq, ack, echo := uint16(1024+r.IntN(64512)), uint16(1+r.IntN(65535)), r.Uint32(), r.Uint32(), uint16(r.Uint32())
	s.SrcPort, s.ID, s.Seq, s.Ack = port, id, seq, ack
	s.Window, s.Urgent = f.win, f.urgent
	if f.changed("id") {
		s.ID = f.id
	}
	if f.changed("seq") {
		s.Seq = f.seq
	}
	if f.changed("setack") {
		s.Ack = f.ack
	}
	if !f.flags[4] && !f.changed("setack") {
		s.Ack = 0
	}
	if !f.changed("icmp-id") {
		f.icmpID = echo
	}
}

// protocol finds what kind of packet is asked for.
func (f *probePacketFlags) protocol(s *craft.Spec) error {
	var kinds []string
	s.Proto = packet.ProtoTCP
	for i, on := range f.flags {
		if on {
			s.Flags |= 1 << i
		}
	}
	if s.Flags != 0 {
		kinds = append(kinds, "TCP flags")
	}
	if f.udp {
		kinds, s.Proto = append(kinds, "--udp"), packet.ProtoUDP
	}
	if f.icmp || f.icmpType >= 0 {
		kinds, s.Proto = append(kinds, "--icmp"), packet.ProtoICMP
	}
	if f.changed("ipproto") {
		if f.proto < 0 || f.proto > 255 {
			return fmt.Errorf("--ipproto: %d (expected 0 to 255)", f.proto)
		}
		kinds, s.Proto = append(kinds, "--ipproto"), uint8(f.proto)
		switch s.Proto {
		case packet.ProtoTCP, packet.ProtoUDP, packet.ProtoICMP, packet.ProtoICMPv6:
			return fmt.Errorf("--ipproto: %d has options of its own (expected none, --udp or --icmp)", f.proto)
		}
	}
	if len(kinds) > 1 {
		return fmt.Errorf("%s together (expected one of them)", strings.Join(kinds, " and "))
	}
	return nil
}

func (f *probePacketFlags) fillPayload(s *craft.Spec) error {
	told := 0
	for _, n := range []string{"data", "payload", "payload-hex", "file", "quote"} {
		if f.changed(n) {
			told++
		}
	}
	if told > 1 {
		return fmt.Errorf("more than one payload (expected one of --data, --payload, --payload-hex, --file, --quote)")
	}
	var err error
	switch {
	case f.changed("data"):
		if f.size < 0 || f.size > 65535 {
			return fmt.Errorf("--data: %d (expected 0 to 65535)", f.size)
		}
		s.Payload = []byte(strings.Repeat("X", f.size))
	case f.changed("payload"):
		s.Payload = []byte(f.payload)
	case f.changed("payload-hex"):
		if s.Payload, err = hex.DecodeString(strings.ReplaceAll(f.hexText, " ", "")); err != nil {
			return fmt.Errorf("--payload-hex: %q (expected hex digits)", f.hexText)
		}
	case f.changed("file"):
		st, err := os.Stat(f.file)
		if err != nil {
			return err
		}
		if !st.Mode().IsRegular() || st.Size() > 65535 {
			return fmt.Errorf("%s: no regular file of at most 65535 bytes", f.file)
		}
		if s.Payload, err = os.ReadFile(f.file); err != nil {
			return err
		}
	case f.changed("quote"):
		if s.Payload, err = craft.Line(f.quote); err != nil {
			return fmt.Errorf("--quote: %w", err)
		}
	}
	return nil
}

func (f *probePacketFlags) fillOptions(s *craft.Spec) error {
	var err error
	if f.tcpOptions != "" {
		if s.TCPOptions, err = craft.TCPOptions(f.tcpOptions); err != nil {
			return fmt.Errorf("--tcp-options: %w", err)
		}
	}
	if f.ipOptions != "" {
		if s.IPOptions, err = hex.DecodeString(strings.ReplaceAll(f.ipOptions, " ", "")); err != nil {
			return fmt.Errorf("--ip-options: %q (expected hex digits)", f.ipOptions)
		}
	}
	return nil
}

func (f *probePacketFlags) ports(s *craft.Spec, steps *craft.Steps) error {
	dst := strings.TrimLeft(f.dstPort, "+")
	switch f.dstPort[:len(f.dstPort)-len(dst)] {
	case "":
	case "++":
		steps.DstPort = true
	default:
		return fmt.Errorf("--destport: %q (expected PORT or ++PORT)", f.dstPort)
	}
	p, err := strconv.ParseUint(dst, 10, 16)
	if err != nil {
		return fmt.Errorf("--destport: %q (expected 0 to 65535)", f.dstPort)
	}
	s.DstPort = uint16(p)
	if f.srcPort != "" {
		if p, err = strconv.ParseUint(f.srcPort, 10, 16); err != nil {
			return fmt.Errorf("--baseport: %q (expected 0 to 65535)", f.srcPort)
		}
		s.SrcPort = uint16(p)
	}
	steps.KeepSrcPort = f.keep
	return nil
}

func (f *probePacketFlags) fillICMP(s *craft.Spec) error {
	if s.Proto != packet.ProtoICMP {
		if f.quote != "" {
			return fmt.Errorf("--quote: only an ICMP error quotes a packet (expected --icmp)")
		}
		return nil
	}
	s.Type = packet.ICMPEcho
	if s.Dst.Is6() {
		s.Type = 128
	}
	switch {
	case f.icmpType > 255:
		return fmt.Errorf("--icmp-type: %d (expected 0 to 255)", f.icmpType)
	case f.icmpType >= 0:
		s.Type = uint8(f.icmpType)
	}
	s.Code = f.icmpCode
	if f.quote == "" || f.changed("icmp-id") || f.changed("icmp-seq") {
		s.Rest = uint32(f.icmpID)<<16 | uint32(f.icmpSeq)
	}
	return nil
}

// maxPieces is how many fragments one packet may have.
const maxPieces = 128

// specSource is a series of packets from a description.
type specSource struct {
	spec     craft.Spec
	steps    craft.Steps
	count    int
	done     int
	fragSize int // 0: whole
	fragID   uint32
}

func (s *specSource) total() int { return s.count }

func (s *specSource) next(src netip.Addr) (whole []byte, pieces [][]byte, err error) {
	if s.done > 0 {
		s.spec = s.spec.Next(s.steps)
		s.fragID++
	}
	s.done++
	s.spec.Src = src
	whole, err = s.spec.Build()
	if err != nil || s.fragSize == 0 {
		return whole, [][]byte{whole}, err
	}
	pieces, err = craft.Fragments(whole, s.fragSize, s.fragID)
	if len(pieces) > maxPieces {
		return nil, nil, fmt.Errorf("a packet in %d fragments (expected at most %d; --mtu makes them larger)", len(pieces), maxPieces)
	}
	return whole, pieces, err
}

// lineSource is packets as told, one after the other, count times.
type lineSource struct {
	packets [][]byte
	count   int
	done    int
}

func (s *lineSource) total() int { return s.count * len(s.packets) }

func (s *lineSource) next(netip.Addr) (whole []byte, pieces [][]byte, err error) {
	b := s.packets[s.done%len(s.packets)]
	s.done++
	return b, [][]byte{b}, nil
}

// isPacketLine tells a packet in tcpdump's notation from the address of a host.
func isPacketLine(arg string) bool { return strings.ContainsAny(arg, " >") }

// parseInterval reads hping3's interval: seconds, or uN microseconds.
func parseInterval(s string) (time.Duration, error) {
	unit := time.Second
	text := s
	if t, ok := strings.CutPrefix(s, "u"); ok {
		text, unit = t, time.Microsecond
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= 0) || v*float64(unit) > float64(24*time.Hour) {
		return 0, fmt.Errorf("--interval: %q (expected seconds, or microseconds as in u10000)", s)
	}
	return time.Duration(v * float64(unit)), nil
}
