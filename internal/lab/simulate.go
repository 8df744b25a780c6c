package lab

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"

	"nfwhy/conntrack"
	"nfwhy/host"
	"nfwhy/netfilter"
	"nfwhy/packet"
	"nfwhy/ruleset"
	"nfwhy/trace"
)

// Simulate answers s with the engine. It takes the clock from the kernel's
// answer: when each packet really was sent, and when the ticks were.
func Simulate(s Scenario, kernel Result) (Result, error) { return simulate(s, kernel, 1) }

// simulate is Simulate with a seed for what the kernel draws at random.
func simulate(s Scenario, kernel Result, seed uint64) (Result, error) {
	h, err := s.host()
	if err != nil {
		return Result{}, err
	}
	n, err := netfilter.New(h)
	if err != nil {
		return Result{}, err
	}
	n.Seed(seed)
	r := Result{Start: kernel.Start, Tick: kernel.Tick, HZ: kernel.HZ, End: kernel.End}
	sim := &simulation{n: n, s: &s, links: s.AllLinks(), start: startTime(kernel)}
	n.Attach(sim)
	n.Load(sim.start)
	for i := range s.Steps {
		if i >= len(kernel.Steps) {
			return r, fmt.Errorf("the kernel's answer ends after step %d", i)
		}
		sr := StepResult{At: kernel.Steps[i].At}
		sim.step(&s.Steps[i], &sr)
		r.Steps = append(r.Steps, sr)
	}
	n.Clock(sim.at(r.End))
	r.Conntrack = listing(n)
	r.Save4, r.Save6 = saved(n, packet.IPv4), saved(n, packet.IPv6)
	return r, nil
}

// startTime is the start on a clock whose ticks are those of [packet.Time].
func startTime(r Result) packet.Time {
	hz := int64(packet.JiffyHz)
	tick := int64(time.Second) / hz
	start := r.Start.UnixNano()
	phase := ((start+int64(r.Tick))%tick + tick) % tick
	return packet.Time(start - phase)
}

// host is the description of the scenario's host.
func (s *Scenario) host() (*host.Host, error) {
	h := &host.Host{Sysctl: map[string]string{}}
	if s.Backend == Legacy {
		h.Backend = host.Legacy
	}
	h.Links = append(h.Links, host.Link{Name: "lo", Loopback: true, MTU: 65536})
	for _, l := range s.AllLinks() {
		h.Links = append(h.Links, host.Link{Name: l.Name, MAC: l.MAC, MTU: l.MTU, Ethernet: true, NoARP: true, Addrs: l.Addrs})
	}
	for _, r := range s.Routes {
		if err := h.AddRoute(r.String()); err != nil {
			return nil, err
		}
	}
	for _, kv := range s.allSysctls() {
		h.Sysctl[kv.Key] = kv.Value
	}
	if s.Sets != "" {
		f, err := ruleset.Parse("sets", []byte(s.Sets))
		if err != nil {
			return nil, err
		}
		h.Sets = f.Sets
	}
	var err error
	if h.Rules4, err = parseRules("rules.v4", s.Rules4, 4); err != nil {
		return nil, err
	}
	h.Rules6, err = parseRules("rules.v6", s.Rules6, 6)
	return h, err
}

func parseRules(name, text string, family int) (*ruleset.Ruleset, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	f, err := ruleset.Parse(name, []byte(text), ruleset.Family(family))
	if err != nil {
		return nil, err
	}
	return f.Ruleset(family), nil
}

// simulation plays a scenario on the engine and collects what it causes.
type simulation struct {
	n     *netfilter.Netns
	s     *Scenario
	links []Link
	start packet.Time
	into  *StepResult
}

func (m *simulation) at(d time.Duration) packet.Time { return m.start + packet.Time(d) }

// step gives the engine one packet.
func (m *simulation) step(st *Step, sr *StepResult) {
	m.into = sr
	var p packet.Packet
	data := append([]byte(nil), st.Packet...)
	if st.From == Local {
		if err := rawSend(data); err != nil {
			sr.Error = err.Error()
			return
		}
		if p.Decode(data, len(data)) != nil {
			sr.Error = errInvalid.Error()
			return
		}
		p.Mark, p.Socket = st.Mark, true
		r := m.n.Send(&p, "", m.at(sr.At))
		if r.Refused && (r.Hook == packet.Output || r.Hook == packet.Postrouting) {
			sr.Error = errPerm.Error()
		}
		return
	}
	frame := st.Frame(link(m.links, st.From))
	p.Link = frame[:14]
	if p.Decode(data, len(data)) != nil || !rightType(frame, p.Family) {
		return
	}
	p.Cast = cast(frame, link(m.links, st.From).MAC)
	m.n.Receive(&p, st.From, m.at(sr.At))
}

// What the kernel tells a program whose packet it does not send.
var (
	errPerm    = errors.New("operation not permitted")
	errInvalid = errors.New("invalid argument")
)

// rawSend does to data what a raw socket does (net/ipv4/raw.c: raw_send_hdrinc,
// Linux 6.18): IPv4 total length and checksum are the kernel's.
func rawSend(data []byte) error {
	if data[0]>>4 == 6 {
		if len(data) < 40 {
			return errInvalid
		}
		return nil
	}
	if len(data) < 20 || int(data[0]&0xf)*4 > len(data) {
		return errInvalid
	}
	data[2], data[3] = byte(len(data)>>8), byte(len(data))
	packet.IPv4Header(data).SetChecksum()
	return nil
}

// rightType reports whether the frame's EtherType says what the packet is.
func rightType(frame []byte, f packet.Family) bool {
	return frame[12] == 8 && frame[13] == 0 && f == packet.IPv4 || frame[12] == 0x86 && frame[13] == 0xdd && f == packet.IPv6
}

// cast is eth_type_trans (net/ethernet/eth.c).
func cast(frame []byte, mac Hex) packet.Cast {
	switch to := string(frame[:6]); {
	case to == string(mac):
		return packet.CastHost
	case to == "\xff\xff\xff\xff\xff\xff":
		return packet.CastBroadcast
	case frame[0]&1 != 0:
		return packet.CastMulticast
	}
	return packet.CastOther
}

// Logged takes a kernel log line.
func (m *simulation) Logged(_ packet.Time, level uint8, line []byte) {
	m.into.Log = append(m.into.Log, LogLine{int(level), string(line)})
}

// Sent takes a packet that left. Its frame has no link header.
func (m *simulation) Sent(_ packet.Time, dev string, p *packet.Packet, _ trace.Origin) {
	m.into.Out = append(m.into.Out, Departure{dev, append(make(Hex, 14), p.Data...)})
}

// listing is the connection table as conntrack -L has it.
func listing(n *netfilter.Netns) string {
	var lines []string
	for c := range n.Conntrack().All(n.Now()) {
		lines = append(lines, string(conntrack.AppendList(nil, c, n.Now()))+"\n")
	}
	sort.Strings(lines)
	return strings.Join(lines, "")
}

// counting is a machine that tells its rules with their present counters.
type counting interface {
	Rules(f packet.Family) *ruleset.Ruleset
}

// saved is a family's rules with counters, "" when it has none.
func saved(n any, f packet.Family) string {
	c, ok := n.(counting)
	if !ok {
		return ""
	}
	return string(c.Rules(f).AppendSave(nil, nil, true))
}
