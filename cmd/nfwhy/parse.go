package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/netip"
	"sort"
	"strconv"
	"strings"
	"time"

	"nfwhy/capture"
	"nfwhy/evidence"
	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/report"
	"nfwhy/ruleset"

	"github.com/spf13/cobra"
)

func parseCommand(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "parse [FILE...]",
		Short: "print what is recognised in any evidence, as JSON lines",
		Long: `parse prints one JSON object for each thing that it recognises, in the order of
the text: kind, source (file:line), time, fields, and the rest that it could not
use. The kinds are log (a line of a LOG rule), packet (of a capture or of
tcpdump's text), rule, set, conntrack, address, route, socket, sysctl, trace (of
the TRACE target) and message (what else the kernel says of packets).

For a log line the fields have the kernel's own keys, flags as a list in FLAGS,
the text before IN= in PREFIX, and the packet that an ICMP error quotes in INNER.
What looks like evidence and could not be read is listed on standard error.`,
		Example: `  nfwhy parse post.txt
  journalctl -k | nfwhy parse - | jq 'select(.kind == "log") | .fields.SRC'
  conntrack -L | nfwhy parse - | jq -r 'select(.fields.state == "TIME_WAIT") | .fields.orig.dst'`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.parse(args) },
	}
}

// item is one recognised thing, in the form of the command line's contract.
type item struct {
	Kind   string         `json:"kind"`
	Source string         `json:"source"`
	Time   string         `json:"time,omitempty"`
	Fields map[string]any `json:"fields"`
	Rest   string         `json:"rest,omitempty"`

	line int
}

func (c *cli) parse(args []string) error {
	if len(args) == 0 {
		args = []string{"-"}
	}
	o, err := c.result()
	if err != nil {
		return err
	}
	for _, name := range args {
		if err := c.parseOne(name, o); err != nil {
			return o.finish(err)
		}
	}
	return o.finish(nil)
}

func (c *cli) parseOne(name string, o io.Writer) error {
	in, err := c.open(name)
	if err != nil {
		return err
	}
	inputs := []evidence.Input{{Name: name, R: in}}
	defer closeAll(inputs)
	e, err := evidence.Read(inputs...)
	if err != nil {
		return err
	}
	if err := printItems(e, json.NewEncoder(o)); err != nil {
		return err
	}
	for _, i := range e.Ignored {
		fmt.Fprintf(c.err, "nfwhy: %s: %q: %s\n", report.Visible(i.Source), i.Text, report.Visible(i.Why))
	}
	return nil
}

// held is a thing that was kept, made into an item when its turn comes.
type held struct {
	line int
	item func() item
}

// merger prints two streams of items in the order of the text: what is held, and
// what comes line by line because it may be more than can be held.
type merger struct {
	held []held
	enc  *json.Encoder
	err  error
}

func (m *merger) print(it item) {
	m.until(it.line)
	m.encode(it)
}

// until prints what is held of the lines before.
func (m *merger) until(line int) {
	for len(m.held) > 0 && m.held[0].line < line {
		m.encode(m.held[0].item())
		m.held = m.held[1:]
	}
}

func (m *merger) encode(it item) {
	if m.err == nil {
		m.err = m.enc.Encode(it)
	}
}

// printItems prints everything recognised in one input.
func printItems(e *evidence.Evidence, enc *json.Encoder) error {
	m := merger{held: heldItems(e), enc: enc}
	take := m.print
	if e.Kept() { // Each gives one kind after the other then
		take = func(it item) { m.held = append(m.held, held{it.line, func() item { return it }}) }
	} else {
		m.sort()
	}
	err := e.Each(evidence.Visitor{
		Log:     func(l *evidence.Log) { take(logItem(l)) },
		Message: func(x *evidence.Message) { take(messageItem(x)) },
		Trace:   func(x *evidence.Trace) { take(traceItem(x)) },
	})
	if err != nil {
		return err
	}
	m.sort()
	m.until(math.MaxInt)
	return m.err
}

func (m *merger) sort() {
	sort.SliceStable(m.held, func(i, j int) bool { return m.held[i].line < m.held[j].line })
}

// heldItems lists what is not streamed.
func heldItems(e *evidence.Evidence) []held {
	var out []held
	add := func(source string, make func() item) {
		_, line := place(source)
		out = append(out, held{line, make})
	}
	for _, p := range e.Packets {
		line := p.Line
		if line == 0 {
			line = p.Number
		}
		out = append(out, held{line, func() item { return packetItem(p) }})
	}
	for _, f := range e.Files {
		for _, rs := range f.Rulesets() {
			for _, t := range rs.Tables {
				for _, ch := range t.Chains {
					for n, r := range ch.Rules {
						out = append(out, held{r.Pos.Line, func() item { return ruleItem(t.Name, ch.Name, n+1, r) }})
					}
				}
			}
		}
		for _, s := range f.Sets {
			out = append(out, held{s.Pos.Line, func() item { return setItem(s) }})
		}
	}
	for i := range e.Conntrack {
		add(e.Conntrack[i].Source, func() item { return connItem(&e.Conntrack[i]) })
	}
	for i := range e.Addresses {
		add(e.Addresses[i].Source, func() item { return addressItem(&e.Addresses[i]) })
	}
	for i := range e.Routes {
		add(e.Routes[i].Source, func() item { return routeItem(&e.Routes[i]) })
	}
	for i := range e.Sockets {
		add(e.Sockets[i].Source, func() item { return socketItem(&e.Sockets[i]) })
	}
	for _, s := range e.Sysctls {
		add(s.Source, func() item { return newItem("sysctl", s.Source, map[string]any{"key": s.Key, "value": s.Value}) })
	}
	return out
}

func newItem(kind, source string, fields map[string]any) item {
	it := item{Kind: kind, Source: source, Fields: fields}
	_, it.line = place(source)
	return it
}

// put adds a field that has a value.
func put(f map[string]any, key, value string) {
	if value != "" {
		f[key] = value
	}
}

func logItem(l *evidence.Log) item {
	it := newItem("log", l.Source, l.Line.Fields())
	it.Time, it.Rest = l.Line.Time.Text, l.Line.Rest
	if l.Line.Repeated > 0 {
		it.Fields["REPEATED"] = l.Line.Repeated
	}
	return it
}

func messageItem(m *evidence.Message) item {
	it := newItem("message", m.Source, map[string]any{"topic": m.Topic, "says": m.Says})
	it.Time = m.Time.Text
	for k, v := range m.Fields {
		it.Fields[k] = v
	}
	if m.Packet != nil {
		it.Fields["packet"] = m.Packet.Fields()
	}
	if m.Repeated > 0 {
		it.Fields["repeated"] = m.Repeated
	}
	put(it.Fields, "host", m.Host)
	return it
}

func traceItem(x *evidence.Trace) item {
	it := newItem("trace", x.Source, map[string]any{"type": x.Kind})
	for _, kv := range [][2]string{{"id", x.ID}, {"family", x.Family}, {"table", x.Table}, {"chain", x.Chain}, {"handle", x.Handle},
		{"verdict", x.Verdict}, {"says", x.Says}} {
		put(it.Fields, kv[0], kv[1])
	}
	if x.Rule > 0 {
		it.Fields["rule"] = x.Rule
	}
	if x.Packet != nil {
		it.Time = x.Packet.Time.Text
		it.Fields["packet"] = x.Packet.Fields()
	}
	return it
}

func packetItem(r *capture.Record) item {
	it := item{Kind: "packet", Source: r.Source()}
	if r.Clock == capture.Epoch {
		it.Time = time.Unix(0, int64(r.Time)).UTC().Format(time.RFC3339Nano)
	} else if r.Clock != capture.NoClock {
		it.Time = time.Unix(0, int64(r.Time)).UTC().Format("15:04:05.000000")
	}
	p := &r.Packet
	summary := string(p.AppendTcpdump(nil, 0))
	if r.SrcText != "" {
		summary = strings.Replace(summary, p.Src().String(), r.SrcText, 1)
	}
	if r.DstText != "" {
		summary = strings.Replace(summary, "> "+p.Dst().String(), "> "+r.DstText, 1)
	}
	f := map[string]any{"summary": summary, "length": p.Length, "proto": p.Proto, "src": p.Src().String(), "dst": p.Dst().String()}
	put(f, "src", r.SrcText)
	put(f, "dst", r.DstText)
	if s, d, ok := p.Ports(); ok {
		f["sport"], f["dport"] = s, d
	}
	if t, ok := p.TCP(); ok {
		f["flags"] = packet.FlagNames(t.Flags())
	}
	put(f, "iface", r.Iface)
	if r.Dir != capture.Unknown {
		f["dir"] = r.Dir.String()
	}
	if r.Untold != 0 {
		f["untold"] = r.Untold.Names()
	}
	it.Fields = f
	return it
}

func ruleItem(table, chain string, n int, r *ruleset.Rule) item {
	words := make([]string, len(r.Words))
	for i, w := range r.Words {
		words[i] = w.Text
	}
	it := newItem("rule", fmt.Sprintf("%s:%d", r.Pos.File, r.Pos.Line),
		map[string]any{"table": table, "chain": chain, "number": n, "words": words, "text": r.Text})
	if r.Counted {
		it.Fields["packets"], it.Fields["bytes"] = r.Packets, r.Bytes
	}
	return it
}

func setItem(s *ruleset.Set) item {
	elems := make([]string, len(s.Entries))
	for i := range s.Entries {
		elems[i] = s.Entries[i].Elem
	}
	f := map[string]any{"name": s.Name, "type": s.Type, "entries": elems}
	put(f, "family", s.Family)
	if s.HasTimeout {
		f["timeout"] = s.Timeout
	}
	return newItem("set", fmt.Sprintf("%s:%d", s.Pos.File, s.Pos.Line), f)
}

func connItem(c *evidence.Conn) item {
	tuple := func(src, dst netip.Addr, sport, dport uint16) map[string]any {
		return map[string]any{"src": src.String(), "dst": dst.String(), "sport": sport, "dport": dport}
	}
	f := map[string]any{"proto": c.Orig.Proto, "status": c.Status.String(),
		"orig":  tuple(c.Orig.Src(), c.Orig.Dst(), c.Orig.SrcID, c.Orig.DstID),
		"reply": tuple(c.Reply.Src(), c.Reply.Dst(), c.Reply.SrcID, c.Reply.DstID)}
	put(f, "state", c.State)
	put(f, "event", c.Event)
	put(f, "helper", c.Helper)
	if c.Timed {
		f["seconds"] = c.Seconds
	}
	if c.Mark != 0 {
		f["mark"] = c.Mark
	}
	if c.Zone.ID != 0 {
		f["zone"] = c.Zone.ID
	}
	if c.Counted {
		f["packets"], f["bytes"] = c.Packets, c.Bytes
	}
	return newItem("conntrack", c.Source, f)
}

func addressItem(a *evidence.Address) item {
	f := map[string]any{"dev": a.Dev}
	switch {
	case a.Blanked != "":
		f["address"], f["bits"] = a.Blanked, a.Prefix.Bits()
	case a.Prefix.IsValid():
		f["address"], f["bits"] = a.Prefix.Addr().String(), a.Prefix.Bits()
	}
	put(f, "link", a.Kind)
	put(f, "mac", hex.EncodeToString(a.MAC))
	if a.MTU > 0 {
		f["mtu"] = a.MTU
	}
	return newItem("address", a.Source, f)
}

func routeItem(r *evidence.Route) item {
	if r.Rule {
		return newItem("route", r.Source, map[string]any{"rule": r.Text})
	}
	f := map[string]any{"dst": r.Dst.String(), "type": routeTypes[r.Kind]}
	put(f, "dev", r.Dev)
	put(f, "table", r.Table)
	if r.Via.IsValid() {
		f["via"] = r.Via.String()
	}
	if r.Src.IsValid() {
		f["src"] = r.Src.String()
	}
	if r.Metric != 0 {
		f["metric"] = r.Metric
	}
	return newItem("route", r.Source, f)
}

func socketItem(k *evidence.Socket) item {
	f := map[string]any{"proto": k.Proto, "local": k.LocalText, "peer": k.PeerText, "listening": k.Listening()}
	put(f, "state", k.State)
	put(f, "process", k.Process)
	put(f, "dev", k.Dev)
	return newItem("socket", k.Source, f)
}

var routeTypes = map[host.RouteKind]string{host.Unicast: "unicast", host.Local: "local", host.Broadcast: "broadcast", host.Multicast: "multicast",
	host.Blackhole: "blackhole", host.Unreachable: "unreachable", host.Prohibit: "prohibit"}

// place splits "file:line".
func place(source string) (file string, line int) {
	i := strings.LastIndexByte(source, ':')
	if i < 0 {
		return source, 0
	}
	line, _ = strconv.Atoi(source[i+1:])
	return source[:i], line
}
