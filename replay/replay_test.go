package replay_test

import (
	"net/netip"
	"testing"

	"nfwhy/capture"
	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/replay"
	"nfwhy/ruleset"
	"nfwhy/trace"
)

const rules = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m conntrack --ctstate INVALID -p tcp -j REJECT --reject-with tcp-reset
-A INPUT -p udp --dport 9 -j REJECT
COMMIT
`

func newReplay(t *testing.T) *replay.Replay {
	t.Helper()
	f, err := ruleset.Parse("rules", []byte(rules))
	if err != nil {
		t.Fatal(err)
	}
	h := &host.Host{Rules4: f.V4}
	for _, a := range []string{"10.66.1.1/24@ext", "10.66.2.1/24@int"} {
		if err := h.AddAddr(a); err != nil {
			t.Fatal(err)
		}
	}
	r, err := replay.New(h)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// record makes a captured packet.
func record(t *testing.T, at float64, iface string, dir capture.Direction, data []byte) *capture.Record {
	t.Helper()
	r := &capture.Record{Time: packet.Time(at * 1e9), Iface: iface, Dir: dir}
	if err := r.Packet.Decode(data, len(data)); err != nil {
		t.Fatal(err)
	}
	return r
}

var (
	client = netip.MustParseAddr("10.66.1.2")
	server = netip.MustParseAddr("10.66.2.2")
	own    = netip.MustParseAddr("10.66.1.1")
)

func tcp(src, dst netip.Addr, sport, dport, flags uint16, seq, ack uint32, ttl uint8) []byte {
	b := packet.TCPFields{SrcPort: sport, DstPort: dport, Flags: flags, Seq: seq, Ack: ack, Window: 1000}.Encode(src, dst, nil)
	return packet.IPv4Fields{Flags: 2, TTL: ttl, Protocol: packet.ProtoTCP, Src: src, Dst: dst}.Encode(b)
}

func TestRoles(t *testing.T) {
	reset := tcp(own, client, 3594, 80, packet.RST, 77, 0, 64)
	h := packet.TCP(reset[20:])
	h[14], h[15] = 0, 0       // window
	h[16], h[17] = 0xde, 0xad // a checksum that the card finishes
	synack := tcp(client, own, 80, 3594, packet.SYN|packet.ACK, 5, 77, 60)
	fwd := tcp(client, server, 1000, 80, packet.SYN, 1, 0, 64)
	fwdOut := tcp(client, server, 1000, 80, packet.SYN, 1, 0, 63)
	onLo := tcp(own, own, 1000, 2000, packet.SYN, 1, 0, 64)
	for _, c := range []struct {
		name string
		recs []*capture.Record
		want []replay.Role
	}{
		{"direction flags", []*capture.Record{
			record(t, 1, "ext", capture.In, synack), record(t, 1.0001, "ext", capture.Out, reset)},
			[]replay.Role{replay.RoleIn, replay.RoleEcho}},
		{"by address", []*capture.Record{
			record(t, 1, "", capture.Unknown, synack), record(t, 1.0001, "", capture.Unknown, reset)},
			[]replay.Role{replay.RoleIn, replay.RoleEcho}},
		{"a second reset is somebody's own", []*capture.Record{
			record(t, 1, "ext", capture.In, synack), record(t, 1.0001, "ext", capture.Out, reset), record(t, 1.0002, "ext", capture.Out, reset)},
			[]replay.Role{replay.RoleIn, replay.RoleEcho, replay.RoleOut}},
		{"too late to be the answer", []*capture.Record{
			record(t, 1, "ext", capture.In, synack), record(t, 60, "ext", capture.Out, reset)},
			[]replay.Role{replay.RoleIn, replay.RoleOut}},
		{"forwarded, captured on both sides", []*capture.Record{
			record(t, 1, "ext", capture.Unknown, fwd), record(t, 1.0001, "int", capture.Unknown, fwdOut)},
			[]replay.Role{replay.RoleIn, replay.RoleEcho}},
		{"lo shows a packet twice", []*capture.Record{
			record(t, 1, "lo", capture.Out, onLo), record(t, 1, "lo", capture.In, onLo)},
			[]replay.Role{replay.RoleOut, replay.RoleEcho}},
		{"a reset that nothing provoked", []*capture.Record{record(t, 1, "ext", capture.Out, reset)},
			[]replay.Role{replay.RoleOut}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newReplay(t)
			for i, rec := range c.recs {
				if got := r.Packet(rec.Clone()).Role; got != c.want[i] {
					t.Errorf("packet %d: %v, want %v", i+1, got, c.want[i])
				}
			}
		})
	}
}

func TestSkipped(t *testing.T) {
	r := newReplay(t)
	c := r.Packet(&capture.Record{Skip: capture.ErrARP})
	if c.Role != replay.RoleSkipped {
		t.Errorf("ARP is %v, want skipped", c.Role)
	}
}

func TestInterfaceFromRoutes(t *testing.T) {
	r := newReplay(t)
	c := r.Packet(record(t, 1, "", capture.Unknown, tcp(server, own, 1, 2, packet.SYN, 1, 0, 64)))
	if c.Iface != "int" {
		t.Errorf("interface %q, want int: the source is routed there", c.Iface)
	}
}

func TestRecordKeepsTheStory(t *testing.T) {
	r := newReplay(t)
	r.Record = true
	c := r.Packet(record(t, 1, "ext", capture.In, tcp(client, own, 80, 3594, packet.SYN|packet.ACK, 5, 77, 60)))
	if c.Trace == nil || len(c.Trace.Journeys) != 2 {
		t.Fatalf("trace %v, want two journeys", c.Trace)
	}
	made := c.Trace.Journeys[1]
	if made.Origin != trace.Made || made.Parent != 1 {
		t.Errorf("the reset has origin %v and parent %d, want made by 1", made.Origin, made.Parent)
	}
	step := c.Trace.Journeys[0].Steps[made.Step]
	if step.Target != "REJECT" || len(step.Emits) != 1 || step.Emits[0] != 2 {
		t.Errorf("it points at %+v, want the REJECT rule that emits 2", step)
	}
}
