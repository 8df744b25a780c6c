package conntrack

import (
	"strconv"

	"nfwhy/packet"
)

// protoNames are the protocol names of both listings; every other number is
// "unknown", but conntrack -L knows DCCP still, which the kernel no longer tracks.
var protoNames = map[uint8]string{
	packet.ProtoICMP: "icmp", packet.ProtoTCP: "tcp", packet.ProtoUDP: "udp", packet.ProtoGRE: "gre",
	packet.ProtoICMPv6: "icmpv6", packet.ProtoSCTP: "sctp", packet.ProtoUDPLite: "udplite",
}

// AppendList appends the entry as `conntrack -L` (conntrack-tools 1.4.7) lists
// it, without the newline.
func AppendList(dst []byte, c *Conn, now packet.Time) []byte {
	w := lister{b: dst}
	w.proto(c)
	w.b = strconv.AppendInt(w.b, c.Remaining(now), 10)
	w.b = append(w.b, ' ')
	w.state(c)
	w.direction(c, Original)
	w.flag(c.Status&SeenReply == 0, "[UNREPLIED] ")
	w.direction(c, Reply)
	w.flag(c.Status&Assured != 0, "[ASSURED] ")
	w.num("mark=", uint64(c.Mark))
	if c.x != nil && c.x.secctx != "" {
		w.str("secctx=" + c.x.secctx + " ")
	}
	if c.Zone.ID != 0 && c.Zone.Dir == ZoneBoth {
		w.num("zone=", uint64(c.Zone.ID))
	}
	if h := c.HelperName(); h != "" {
		w.str("helper=" + h + " ")
	}
	w.delta(c, now)
	w.num("use=", 1+uint64(c.children))
	return w.b[:len(w.b)-1]
}

// AppendProc appends the entry as /proc/net/nf_conntrack shows it, without the
// newline.
func AppendProc(dst []byte, c *Conn, now packet.Time) []byte {
	w := lister{b: dst, proc: true}
	if c.Orig.Family == packet.IPv6 {
		w.str("ipv6     10 ")
	} else {
		w.str("ipv4     2 ")
	}
	w.proto(c)
	w.b = strconv.AppendInt(w.b, c.Remaining(now), 10)
	w.b = append(w.b, ' ')
	w.state(c)
	w.direction(c, Original)
	w.flag(c.Status&SeenReply == 0, "[UNREPLIED] ")
	w.direction(c, Reply)
	w.flag(c.Status&Assured != 0, "[ASSURED] ")
	w.num("mark=", uint64(c.Mark))
	if c.x != nil && c.x.secctx != "" {
		w.str("secctx=" + c.x.secctx + " ")
	}
	if c.Zone.Dir == ZoneBoth {
		w.num("zone=", uint64(c.Zone.ID))
	}
	w.delta(c, now)
	w.num("use=", 2+uint64(c.children))
	return w.b[:len(w.b)-1]
}

// lister writes the fields that both listings share.
type lister struct {
	b    []byte
	proc bool
}

func (w *lister) str(s string) { w.b = append(w.b, s...) }

func (w *lister) flag(on bool, s string) {
	if on {
		w.str(s)
	}
}

func (w *lister) num(key string, v uint64) {
	w.str(key)
	w.b = strconv.AppendUint(w.b, v, 10)
	w.b = append(w.b, ' ')
}

func (w *lister) hex(key string, v uint64) {
	w.str(key + "0x")
	w.b = strconv.AppendUint(w.b, v, 16)
	w.b = append(w.b, ' ')
}

// proto writes the protocol's name, padded, and number.
func (w *lister) proto(c *Conn) {
	name := protoNames[c.Orig.Proto]
	switch {
	case c.Orig.Proto == packet.ProtoDCCP && !w.proc:
		name = "dccp"
	case name == "":
		name = "unknown"
	}
	w.str(name)
	w.str("         "[:9-min(len(name), 8)])
	w.b = strconv.AppendUint(w.b, uint64(c.Orig.Proto), 10)
	w.b = append(w.b, ' ')
}

func (w *lister) state(c *Conn) {
	if s := c.ProtoState(); s != "" {
		w.str(s)
		w.b = append(w.b, ' ')
	}
	if w.proc && c.Orig.Proto == packet.ProtoGRE {
		plain, stream := c.l4.greTimeouts()
		w.str("timeout=")
		w.b = strconv.AppendUint(w.b, uint64(*plain), 10)
		w.str(", stream_timeout=")
		w.b = strconv.AppendUint(w.b, uint64(*stream), 10)
		w.b = append(w.b, ' ')
	}
}

// direction writes one tuple with what belongs to it.
func (w *lister) direction(c *Conn, d Direction) {
	w.ports(c.Tuple(d))
	switch {
	case d == Original && c.Zone.Dir == ZoneOrig && c.Zone.ID != 0:
		w.num("zone-orig=", uint64(c.Zone.ID))
	case d == Reply && c.Zone.Dir == ZoneReply && c.Zone.ID != 0:
		w.num("zone-reply=", uint64(c.Zone.ID))
	}
	if packets, bytes, ok := c.Counters(d); ok {
		w.num("packets=", packets)
		w.num("bytes=", bytes)
	}
}

// ports writes a tuple's addresses and ports.
func (w *lister) ports(k *Tuple) {
	w.addr("src=", k, &k.src)
	w.addr("dst=", k, &k.dst)
	switch k.Proto {
	case packet.ProtoTCP, packet.ProtoUDP, packet.ProtoUDPLite, packet.ProtoSCTP:
		w.num("sport=", uint64(k.SrcID))
		w.num("dport=", uint64(k.DstID))
	case packet.ProtoDCCP:
		if !w.proc {
			w.str("sport=0 dport=0 ")
		}
	case packet.ProtoICMP, packet.ProtoICMPv6:
		typ, code := k.ICMPType()
		w.num("type=", uint64(typ))
		w.num("code=", uint64(code))
		w.num("id=", uint64(k.SrcID))
	case packet.ProtoGRE:
		w.hex("srckey=", uint64(k.SrcID))
		w.hex("dstkey=", uint64(k.DstID))
	}
}

func (w *lister) addr(key string, k *Tuple, b *[16]byte) {
	w.str(key)
	a := k.addr(b)
	if w.proc && a.Is6() {
		w.str(a.StringExpanded())
	} else if a.Is4In6() {
		w.str("::ffff:")
		w.b = a.Unmap().AppendTo(w.b)
	} else {
		w.b = a.AppendTo(w.b)
	}
	w.b = append(w.b, ' ')
}

func (w *lister) delta(c *Conn, now packet.Time) {
	if at, ok := c.Started(); ok {
		w.num("delta-time=", uint64(max(now-at, 0)/packet.Second))
	}
}

// AppendProc appends the expectation as /proc/net/nf_conntrack_expect shows it,
// without the newline.
func (e *Expectation) AppendProc(dst []byte, now packet.Time) []byte {
	w := lister{b: dst, proc: true}
	w.b = strconv.AppendInt(w.b, e.Remaining(now), 10)
	if e.Tuple.Family == packet.IPv6 {
		w.str(" l3proto = 10 proto=")
	} else {
		w.str(" l3proto = 2 proto=")
	}
	w.b = strconv.AppendUint(w.b, uint64(e.Tuple.Proto), 10)
	w.b = append(w.b, ' ')
	w.ports(&e.Tuple)
	switch {
	case e.Permanent && e.Inactive:
		w.str("PERMANENT,INACTIVE ")
	case e.Permanent:
		w.str("PERMANENT ")
	case e.Inactive:
		w.str("INACTIVE ")
	}
	w.str(e.expects)
	if e.expects == "sip" {
		w.str("/" + sipClasses[e.Class&3])
	}
	return w.b
}

// AppendList appends the expectation as `conntrack -L expect` lists it, without
// the newline.
func (e *Expectation) AppendList(dst []byte, now packet.Time) []byte {
	w := lister{b: dst}
	w.b = strconv.AppendInt(w.b, e.Remaining(now), 10)
	w.str(" proto=")
	w.b = strconv.AppendUint(w.b, uint64(e.Tuple.Proto), 10)
	w.b = append(w.b, ' ')
	w.ports(&e.Tuple)
	var none, full [16]byte
	for i := range full {
		full[i] = 0xff
	}
	src := &full
	if e.AnySrc {
		src = &none
	}
	w.addr("mask-src=", &e.Tuple, src)
	w.addr("mask-dst=", &e.Tuple, &full)
	sport := uint64(0)
	if e.SrcPort {
		sport = 65535
	}
	w.num("sport=", sport)
	w.num("dport=", 65535)
	m := &e.Master.Orig
	w.addr("master-src=", m, &m.src)
	w.addr("master-dst=", m, &m.dst)
	w.num("sport=", uint64(m.SrcID))
	w.num("dport=", uint64(m.DstID))
	if e.Permanent {
		w.str("PERMANENT ")
	}
	if e.Inactive {
		w.str("INACTIVE ")
	}
	w.num("class=", uint64(e.Class))
	w.str("helper=" + e.expects)
	return w.b
}
