//go:build linux

package conntrack

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"sort"
	"strings"
	"testing"
	"time"

	"nfwhy/packet"
)

// helperCase is one helper with things its protocol's two sides may say.
type helperCase struct {
	name  string
	proto uint8
	port  uint16
	says  [2][]string
}

var helperCases = []helperCase{
	sipCase(),
	{"ftp", packet.ProtoTCP, 21, [2][]string{
		{"USER x\r\n", "PASV\r\n", "EPSV\r\n", "PORT 10,66,1,2,19,137\r\n", "port 10,66,1,2,4,5\r\n", "EPRT |1|10.66.1.2|6446|\r\n", "EPRT |2|::1|6446|\r\n",
			"PORT 10,66,1,9,19,137\r\n", "POR", "PORT 1,2", "PORT 10,66,1,2,19,137", "EPRT |1|10.66.1.2|0|\r\n", "eprt x1x10.66.1.2x77x\r\n", "no newline", "PORTAL\r\n", "P"},
		{"220 hi\r\n", "200 ok\r\n", "227 Entering Passive Mode (10,66,2,2,50,2)\r\n", "227 =10,66,2,2,50,3\r\n", "229 Entering (|||6000|)\r\n",
			"229 nothing\r\n", "227 none\r\n", "227 (10,66,2,9,50,2)\r\n", "22", "229 (|||7000", "227 (10,66,2,2,300,2)\r\n", "text"},
	}},
	{"irc", packet.ProtoTCP, 6667, [2][]string{
		{"PRIVMSG bob :\x01DCC SEND file 172097794 5000 100\x01\n", "privmsg bob :\x01DCC CHAT chat 172097794 5001\x01\n",
			"PRIVMSG bob :\x01DCC SEND file 172097795 5000 100\x01\n", "PRIVMSG bob :\x01DCC TSEND a 172097794 77\x01\r\n", "PRIVMSG x :hello world, this is a text\r\n",
			"PRIVMSG bob :\x01DCC SEND file 172097794 0 100\x01\n", "PRIVMSG bob :\x01DCC SEND file 172097794 5000 100", "NICK x\r\n", "  PRIVMSG bob :\x01DCC MOVE file 172097794 5002 1\x01\n",
			"PRIVMSG a :\x01DCC SEND  172097794 5003\x01\n"},
		{":x PRIVMSG bob :\x01DCC SEND file 172097794 5000 100\x01\n", "PING\r\n"},
	}},
	{"tftp", packet.ProtoUDP, 69, [2][]string{
		{"\x00\x01file\x00octet\x00", "\x00\x02file\x00octet\x00", "\x00\x04\x00\x01", "\x00", ""},
		{"\x00\x03\x00\x01data", "\x00\x01file\x00octet\x00"},
	}},
	{"amanda", packet.ProtoUDP, 10080, [2][]string{
		{"hello", "CONNECT DATA 1 MESG 2\n"},
		{"CONNECT DATA 50001 MESG 50002 INDEX 50003\n", "OPTIONS\nCONNECT DATA 77 STATE 123456 INDEX 9\n", "CONNECT DATA 50001", "CONNECT DATA 0 MESG 4\n", "x", ""},
	}},
}

// sipCase has messages as phones and registrars send them.
func sipCase() helperCase {
	head := "Via: SIP/2.0/UDP 10.66.1.2:5060;branch=z9\r\nFrom: <sip:a@10.66.1.2>;tag=1\r\nTo: <sip:b@10.66.2.2>\r\nCall-ID: 1@c\r\n"
	sdp := func(addr, media string) string {
		return "Content-Type: application/sdp\r\n\r\nv=0\r\no=a 1 1 IN IP4 " + addr + "\r\ns=-\r\nc=IN IP4 " + addr + "\r\nt=0 0\r\n" + media
	}
	audio := func(port string) string { return "m=audio " + port + " RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n" }
	return helperCase{"sip", packet.ProtoUDP, 5060, [2][]string{
		{
			"INVITE sip:b@10.66.2.2 SIP/2.0\r\n" + head + "CSeq: 1 INVITE\r\nContact: <sip:a@10.66.1.2:5060>\r\n" + sdp("10.66.1.2", audio("7000")),
			"INVITE sip:b@10.66.2.2 SIP/2.0\r\n" + head + "CSeq: 2 INVITE\r\n" + sdp("10.66.1.2", audio("7010")+"m=video 7020 RTP/AVP 31\r\n"),
			"INVITE sip:b@10.66.2.2 SIP/2.0\r\n" + head + "CSeq: 3 INVITE\r\n" + sdp("10.66.1.9", audio("7000")),
			"INVITE sip:b@10.66.2.2 SIP/2.0\r\n" + head + "CSeq: 4 INVITE\r\n" + sdp("10.66.1.2", audio("0")),
			"INVITE sip:b@10.66.2.2 SIP/2.0\r\n" + head + sdp("10.66.1.2", audio("7000")),
			"INVITE sip:b@10.66.2.2 SIP/2.0\r\n" + head + "CSeq: 5 INVITE\r\n" + sdp("10.66.1.2", audio("99")),
			"ACK sip:b@10.66.2.2 SIP/2.0\r\n" + head + "CSeq: 1 ACK\r\n\r\n",
			"BYE sip:b@10.66.2.2 SIP/2.0\r\n" + head + "CSeq: 6 BYE\r\n\r\n",
			"REGISTER sip:10.66.2.2 SIP/2.0\r\n" + head + "CSeq: 7 REGISTER\r\nContact: <sip:a@10.66.1.2:5060>\r\nExpires: 600\r\n\r\n",
			"REGISTER sip:10.66.2.2 SIP/2.0\r\n" + head + "CSeq: 8 REGISTER\r\nContact: <sip:a@10.66.1.2:5060>;expires=0\r\n\r\n",
			"OPTIONS sip:10.66.2.2 SIP/2.0\r\n" + head + "CSeq: 9 OPTIONS\r\n\r\n",
			"x", "",
		},
		{
			"SIP/2.0 200 OK\r\n" + head + "CSeq: 1 INVITE\r\nContact: <sip:b@10.66.2.2:5060>\r\n" + sdp("10.66.2.2", audio("9000")),
			"SIP/2.0 183 Progress\r\n" + head + "CSeq: 1 INVITE\r\n" + sdp("10.66.2.2", audio("9001")),
			"SIP/2.0 486 Busy\r\n" + head + "CSeq: 1 INVITE\r\n\r\n",
			"SIP/2.0 100 Trying\r\n" + head + "CSeq: 2 INVITE\r\n\r\n",
			"SIP/2.0 200 OK\r\n" + head + "CSeq: 7 REGISTER\r\nContact: <sip:a@10.66.1.2:5060>;expires=300\r\n\r\n",
			"SIP/2.0 401 Unauthorized\r\n" + head + "CSeq: 7 REGISTER\r\n\r\n",
			"SIP/2.0 x\r\n", "SIP/2.0 200 OK\r\n\r\n",
		},
	}}
}

// TestHelperKernel lets both sides of a connection with a helper say things, with
// and without source NAT, and tries what is expected.
func TestHelperKernel(t *testing.T) {
	l := newLab(t)
	rnd := seed(t)
	for _, h := range helperCases {
		if only := os.Getenv("NFWHY_HELPER"); only != "" && only != h.name {
			continue
		}
		for _, nat := range []bool{false, true} {
			if nat && h.name == "sip" {
				continue // messages are not rewritten
			}
			proto := map[uint8]string{packet.ProtoTCP: "tcp", packet.ProtoUDP: "udp"}[h.proto]
			cmd := fmt.Sprintf("iptables -w -t raw -F; iptables -w -t nat -F; iptables -w -t raw -A PREROUTING -p %s --dport %d -j CT --helper %s", proto, h.port, h.name)
			if nat {
				cmd += "; iptables -w -t nat -A POSTROUTING -o nfct-s-r -j SNAT --to-source 10.66.2.5"
			}
			run(t, "ip netns exec "+l.name+" sh -ec '"+cmd+"'")
			for range rounds(t, 1) {
				d := &talk{duel: newDuel(l), h: h, nat: nat, rnd: rnd}
				d.reset()
				if !d.run() {
					return
				}
			}
		}
	}
}

// talk is one connection with a helper.
type talk struct {
	*duel
	h    helperCase
	nat  bool
	rnd  *rand.Rand
	next [2]uint32 // next sequence number as the sender counts
	got  [2]uint32 // what each side has received up to
	main Tuple     // the connection as the client sees it
}

func (d *talk) run() bool {
	d.t.Helper()
	b := newBuilder()
	d.main = MakeTuple(b.addr['c'], b.addr['s'], d.h.proto, uint16(1024+d.rnd.IntN(60000)), d.h.port)
	d.next = [2]uint32{d.rnd.Uint32(), d.rnd.Uint32()}
	if d.h.proto == packet.ProtoTCP {
		for i, f := range []uint16{packet.SYN, packet.SYN | packet.ACK, packet.ACK} {
			if !d.say(i%2, f, "") {
				return false
			}
		}
	}
	for range 14 {
		from := d.rnd.IntN(2)
		ok := true
		if d.rnd.IntN(4) == 0 {
			ok = d.tryExpected()
		} else {
			ok = d.say(from, packet.ACK|packet.PSH, d.h.says[from][d.rnd.IntN(len(d.h.says[from]))])
		}
		if !ok {
			return false
		}
	}
	return true
}

// say sends a piece of the connection itself.
func (d *talk) say(from int, flags uint16, text string) bool {
	d.t.Helper()
	k := d.main
	if from == 1 {
		c, _ := d.table.Lookup(d.main, 0, packet.Time(time.Now().UnixNano()))
		if c == nil {
			return true
		}
		k = c.Reply
	}
	var l4 []byte
	if d.h.proto == packet.ProtoTCP {
		h := packet.TCPFields{SrcPort: k.SrcID, DstPort: k.DstID, Seq: d.next[from], Ack: d.got[from], Flags: flags, Window: 60000}
		l4 = h.Encode(k.Src(), k.Dst(), []byte(text))
	} else {
		l4 = packet.EncodeUDP(k.Src(), k.Dst(), k.SrcID, k.DstID, []byte(text))
	}
	ip := packet.IPv4Fields{Protocol: k.Proto, Src: k.Src(), Dst: k.Dst()}.Encode(l4)
	out, ok := d.through(from, ip, fmt.Sprintf("%c: %q", "cs"[from], text))
	if !ok || out == nil || d.h.proto != packet.ProtoTCP {
		return ok
	}
	n := uint32(len(text))
	if flags&packet.SYN != 0 {
		n++
	}
	d.next[from] += n
	h := packet.TCP(out[20:])
	d.got[from^1] = h.Seq() + uint32(len(out)-20-h.DataOffset())
	if flags&packet.SYN != 0 {
		d.got[from^1]++
	}
	return true
}

// tryExpected sends the first packet of something expected, or nearly so.
func (d *talk) tryExpected() bool {
	d.t.Helper()
	for e := range d.table.Expectations(packet.Time(time.Now().UnixNano())) {
		k := e.Tuple
		b := newBuilder()
		if e.AnySrc {
			k.SetSrc(b.addr['s'])
		}
		k.SrcID = uint16(1024 + d.rnd.IntN(60000))
		if d.rnd.IntN(6) == 0 {
			k.DstID++
		}
		from := 1
		if k.Src() == b.addr['c'] {
			from = 0
		}
		var l4 []byte
		if k.Proto == packet.ProtoTCP {
			flags := []uint16{packet.SYN, packet.SYN, packet.ACK, packet.FIN | packet.ACK}[d.rnd.IntN(4)]
			l4 = packet.TCPFields{SrcPort: k.SrcID, DstPort: k.DstID, Seq: 1, Flags: flags, Window: 100}.Encode(k.Src(), k.Dst(), nil)
		} else {
			l4 = packet.EncodeUDP(k.Src(), k.Dst(), k.SrcID, k.DstID, nil)
		}
		ip := packet.IPv4Fields{Protocol: k.Proto, Src: k.Src(), Dst: k.Dst()}.Encode(l4)
		_, ok := d.through(from, ip, fmt.Sprintf("%c: expected %s", "cs"[from], tupleText(&k)))
		return ok
	}
	return true
}

// through sends a packet through both and compares what comes out, the entries
// and the expectations.
func (d *talk) through(from int, ip []byte, what string) (out []byte, ok bool) {
	d.t.Helper()
	now := packet.Time(time.Now().UnixNano())
	d.story = append(d.story, what)
	var p packet.Packet
	if err := p.Decode(bytes.Clone(ip), len(ip)); err != nil {
		d.t.Fatal(err)
	}
	r, drop := d.model(&p, now)
	d.table.Release(&p, &r)
	if p.Dst().As4()[2] == byte(1+from) {
		drop = true // not translated: routed back to where it came from
	}
	checkTable(d.t, d.table)
	out = d.send(from, ip)
	d.log(0)
	if (out == nil) != drop {
		return out, d.differ("%s nat=%v: model drops: %v, kernel: %x", d.h.name, d.nat, drop, out)
	}
	if !drop {
		out[1] = 0
		packet.IPv4Header(out).SetChecksum()
		out = out[:be.Uint16(out[2:])]
		packet.IPv4Header(p.Data).SetChecksum()
		finishChecksum(out)
		if !bytes.Equal(out, p.Data) {
			return out, d.differ("%s nat=%v\nkernel %x\nmodel  %x", d.h.name, d.nat, out, p.Data)
		}
	}
	var want []string
	for e := range d.table.Expectations(now) {
		want = append(want, string(e.AppendProc(nil, now)))
	}
	got := strings.Split(strings.TrimSpace(run(d.t, "ip netns exec "+d.name+" cat /proc/net/nf_conntrack_expect")), "\n")
	if w, g := sortedLines(want), sortedLines(got); w != g {
		return out, d.differ("%s nat=%v expectations\nkernel %s\nmodel  %s", d.h.name, d.nat, g, w)
	}
	return out, d.compareTables(packet.Time(time.Now().UnixNano()))
}

// sortedLines sorts lines and takes the seconds off, which may differ by one.
func sortedLines(l []string) string {
	var s []string
	for _, v := range l {
		if _, rest, ok := strings.Cut(v, " "); ok {
			s = append(s, rest)
		}
	}
	sort.Strings(s)
	return strings.Join(s, "\n")
}

func (d *talk) model(p *packet.Packet, now packet.Time) (r Ref, drop bool) {
	t := d.table
	if dport, ok := destinationPort(p); ok && p.Proto == d.h.proto && dport == d.h.port {
		r.Template = &Template{Helper: d.h.name}
	}
	t.In(p, &r, packet.Prerouting, now)
	hook := func(h packet.Hook) bool {
		if !d.nat {
			return true
		}
		if t.NeedsBinding(p, r, h) {
			if h == packet.Postrouting && p.Dst().As4()[2] == 2 {
				t.Bind(r.Conn, ManipSrc, *addrRange("10.66.2.5", "10.66.2.5"), now, nil)
			} else {
				t.BindNull(r.Conn, ManipAt(h), now, nil)
			}
		}
		return t.Translate(p, r, h)
	}
	if !hook(packet.Prerouting) {
		return r, true
	}
	p.SetTTL(p.TTL() - 1)
	if !hook(packet.Postrouting) {
		return r, true
	}
	return r, t.Confirm(p, &r, packet.Postrouting, now).Drop
}

func destinationPort(p *packet.Packet) (uint16, bool) {
	_, d, ok := p.Ports()
	return d, ok
}

// finishChecksum does what a network card does for a packet that a helper
// rewrote: until then its checksum is that of the pseudo header only.
func finishChecksum(ip []byte) {
	var p packet.Packet
	if p.Decode(ip, len(ip)) != nil {
		return
	}
	at := p.L4 + 16
	if p.Proto == packet.ProtoUDP {
		at = p.L4 + 6
	}
	l4 := ip[p.L4:]
	pseudo := packet.PseudoSum(p.Src(), p.Dst(), p.Proto, len(l4))
	if be.Uint16(ip[at:]) == packet.Fold(pseudo) {
		ip[at], ip[at+1] = 0, 0
		be.PutUint16(ip[at:], ^packet.Fold(packet.Sum(l4, pseudo)))
	}
}
