package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"nfwhy/evidence"
	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/replay"
)

// probeSink takes packets and shows what passes the sender's links.
type probeSink interface {
	Send(b []byte) error
	// Next waits for a packet until the time given; ok is false when none came.
	Next(ctx context.Context, until time.Time) (s probeSeen, ok bool, err error)
	// Log returns the kernel log lines written since the last call.
	Log() []string
	Close()
}

// probeSeen is a packet that passed a link of the sender.
type probeSeen struct {
	data []byte
	dev  string
	out  bool
	time time.Time
}

// probeRun is one run of the command.
type probeRun struct {
	c      *cli
	plan   *probePlan
	out    *outFile
	asJSON bool
	site   *probeSite
	model  *probeModel // nil: nothing is known that could predict

	sent, answered, agree, differ, unknown int
}

// probeResult is one packet and what came of it.
type probeResult struct {
	number  int
	sent    []probeSeen
	answers []probeSeen
	logs    []string
	want    *expectation
	agree   agreement
}

func (run *probeRun) all(ctx context.Context) error {
	if err := run.open(ctx); err != nil {
		return err
	}
	if run.site.sink != nil {
		defer run.site.sink.Close()
	}
	next := time.Now()
	for i := range run.plan.packets.total() {
		if err := pause(ctx, next); err != nil {
			break
		}
		next = time.Now()
		r, err := run.one(ctx, i+1)
		if err != nil {
			return err
		}
		next = next.Add(time.Duration(len(r.sent)) * run.plan.interval) // the rate counts fragments
		run.count(r)
		if err := run.print(r); err != nil {
			return err
		}
	}
	run.summary()
	switch {
	case run.differ > 0:
		return status(exitObjection)
	case run.unknown > 0:
		return status(exitIncomplete)
	}
	return nil
}

// pause waits until t.
func pause(ctx context.Context, t time.Time) error {
	d := time.Until(t)
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// open finds out where packets go and what predicts them.
func (run *probeRun) open(ctx context.Context) error {
	f := run.plan.f
	var told host.Host
	isTold, rules, err := run.describe(&told)
	if err != nil {
		return err
	}
	if f.dryRun && (isTold || rules) {
		return run.offline(&told, isTold)
	}
	return run.openLive(ctx, &told, isTold, rules)
}

// describe reads the host that flags tell and the rules that files tell.
func (run *probeRun) describe(h *host.Host) (told, rules bool, err error) {
	f := run.plan.f
	var inputs []evidence.Input
	defer func() { closeAll(inputs) }()
	for _, name := range f.rules {
		r, err := run.c.open(name)
		if err != nil {
			return false, false, err
		}
		inputs = append(inputs, evidence.Input{Name: name, Kind: evidence.Rules, R: r})
	}
	e, err := evidence.Read(inputs...)
	if err != nil {
		return false, false, err
	}
	if told, err = f.host.apply(h); err != nil {
		return false, false, err
	}
	family := f.host.family
	if family == 0 && run.plan.target.Is6() {
		family = 6
	}
	e.AddRules(h, family)
	if !told {
		e.InferHost(h)
	}
	return told, len(f.rules) > 0, nil
}

// offline simulates with what was told alone: the target is the host's own
// address, the source a stranger's.
func (run *probeRun) offline(h *host.Host, told bool) error {
	target := run.plan.target
	run.site = &probeSite{source: run.plan.source, target: target, direct: true}
	if !run.site.source.IsValid() {
		return fmt.Errorf("--dry-run: no source (expected --source ADDRESS)")
	}
	fib := host.NewFIB(h)
	if !told && !fib.IsLocal(target) && !target.IsMulticast() {
		r, _ := fib.Lookup(target)
		if err := h.AddAddr(target.String() + "@" + r.Dev); err != nil {
			return err
		}
		fib = host.NewFIB(h)
	}
	run.site.local = fib.IsLocal(run.site.source)
	var err error
	run.model, err = newProbeModel(h, run.site, time.Now(), nil)
	return err
}

// one sends a packet and waits for what comes of it.
func (run *probeRun) one(ctx context.Context, number int) (*probeResult, error) {
	whole, pieces, err := run.plan.packets.next(run.site.source)
	if err != nil {
		return nil, err
	}
	r := &probeResult{number: number}
	for _, b := range pieces {
		r.sent = append(r.sent, probeSeen{data: b, dev: run.site.dev, out: true, time: time.Now()})
	}
	run.sent++
	if run.site.sink == nil {
		run.predict(r)
		return r, nil
	}
	run.site.sink.Log()
	for _, b := range pieces {
		if err := run.site.sink.Send(b); err != nil {
			return nil, err
		}
	}
	w := &probeWait{run: run, r: r, whole: whole}
	if err := w.wait(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return nil, err
	}
	for _, text := range run.site.sink.Log() {
		if run.site.concerns(text) {
			r.logs = append(r.logs, text)
		}
	}
	if r.want != nil {
		var answers [][]byte
		for _, a := range r.answers {
			answers = append(answers, a.data)
		}
		r.agree = run.site.compare(r.want, answers, r.logs)
	}
	return r, nil
}

// predict asks the rules about what was sent.
func (run *probeRun) predict(r *probeResult) {
	if run.model == nil {
		return
	}
	var pieces [][]byte
	for _, s := range r.sent {
		pieces = append(pieces, s.data)
	}
	e := run.model.predict(pieces, r.sent[len(r.sent)-1].time)
	r.want = &e
	r.agree.known = len(e.result.Open) == 0
}

// probeWait sorts what passes the sender's links while a probe waits.
type probeWait struct {
	run   *probeRun
	r     *probeResult
	whole []byte
	found int      // pieces seen leaving
	later [][]byte // what the sender's own stack sent to the target besides
}

// linger is how long after the last predicted answer one that was not predicted
// is still waited for.
const linger = 20 * time.Millisecond

func (w *probeWait) wait(ctx context.Context) error {
	sink := w.run.site.sink
	// What the kernel did with the packet before the call returned is there
	// already; the prediction is made on what really went out.
	if err := w.drain(ctx, time.Now()); err != nil {
		return err
	}
	w.run.predict(w.r)
	until := time.Now().Add(w.run.plan.f.wait)
	for {
		stop := until
		if w.complete() {
			if l := time.Now().Add(linger); l.Before(stop) {
				stop = l
			}
		}
		s, ok, err := sink.Next(ctx, stop)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		w.take(s)
	}
	if w.r.want != nil {
		for _, b := range w.later {
			w.r.want.logs = append(w.r.want.logs, w.run.model.observe(b, time.Now())...)
		}
	}
	return nil
}

func (w *probeWait) drain(ctx context.Context, until time.Time) error {
	for {
		s, ok, err := w.run.site.sink.Next(ctx, until)
		if err != nil || !ok {
			return err
		}
		w.take(s)
	}
}

// complete reports whether all predicted answers are there.
func (w *probeWait) complete() bool {
	e := w.r.want
	if e == nil {
		return len(w.r.answers) > 0
	}
	if e.anything || len(e.answers) == 0 {
		return e.anything && len(w.r.answers) > 0
	}
	return len(w.r.answers) >= len(e.answers)
}

// take sorts one packet.
func (w *probeWait) take(s probeSeen) {
	var p, sent packet.Packet
	if p.Decode(s.data, len(s.data)) != nil || sent.Decode(w.whole, len(w.whole)) != nil {
		return
	}
	site := w.run.site
	toward := p.Src() == sent.Src() && p.Dst() == sent.Dst() && p.Proto == sent.Proto
	switch {
	case s.out && toward && w.found < len(w.r.sent) && isCopy(w.r.sent[w.found].data, s.data):
		w.r.sent[w.found] = s
		w.found++
	case s.out && toward && !site.local:
		w.later = append(w.later, s.data)
	case !s.out && answers(&p, &sent):
		w.r.answers = append(w.r.answers, s)
	}
}

// isCopy reports whether got is what was sent, but for what a raw socket fills
// in: ID and checksum of IPv4.
func isCopy(sent, got []byte) bool {
	if len(sent) != len(got) || len(sent) == 0 || string(sent) == string(got) {
		return len(sent) == len(got) && len(sent) > 0
	}
	return sent[0]>>4 == 4 && len(sent) >= 20 && string(sent[:4]) == string(got[:4]) && string(sent[6:10]) == string(got[6:10]) &&
		string(sent[12:]) == string(got[12:])
}

// answers reports whether p answers sent: it goes the other way between the same
// ports, or is an ICMP error that quotes sent.
func answers(p, sent *packet.Packet) bool {
	if p.Dst() != sent.Src() {
		return false
	}
	if inner, ok := quotedPacket(p); ok {
		return inner.Src() == sent.Src() && inner.Dst() == sent.Dst() && inner.Proto == sent.Proto && samePorts(inner, sent, false)
	}
	if p.Src() != sent.Dst() || p.Proto != sent.Proto {
		return false
	}
	if h, ok := p.ICMP(); ok && (p.Proto == packet.ProtoICMP || p.Proto == packet.ProtoICMPv6) {
		k, ok := sent.ICMP()
		return ok && h.Type() != k.Type() && h.Rest() == k.Rest()
	}
	return samePorts(p, sent, true)
}

// samePorts compares ports where both packets have some, crosswise for an answer.
func samePorts(p, sent *packet.Packet, crosswise bool) bool {
	a, b, ok := p.Ports()
	c, d, ok2 := sent.Ports()
	if !ok || !ok2 {
		return ok == ok2
	}
	if crosswise {
		c, d = d, c
	}
	return a == c && b == d
}

// quotedPacket returns the packet that an ICMP error quotes.
func quotedPacket(p *packet.Packet) (*packet.Packet, bool) {
	h, ok := p.ICMP()
	if !ok {
		return nil, false
	}
	switch {
	case p.Proto == packet.ProtoICMPv6 && h.Type() < 128:
	case p.Proto == packet.ProtoICMP && (h.Type() == 3 || h.Type() == 4 || h.Type() == 5 || h.Type() == 11 || h.Type() == 12):
	default:
		return nil, false
	}
	var inner packet.Packet
	if inner.Decode(h[8:], 1<<16) != nil {
		return nil, false
	}
	return &inner, true
}

func (run *probeRun) count(r *probeResult) {
	if len(r.answers) > 0 {
		run.answered++
	}
	switch {
	case r.want == nil:
	case !r.agree.known:
		run.unknown++
	case len(r.agree.differs) > 0:
		run.differ++
	default:
		run.agree++
	}
}

func (run *probeRun) summary() {
	if run.c.quiet || run.plan.packets.total() < 2 || run.site.sink == nil {
		return
	}
	fmt.Fprintf(run.c.err, "%d sent, %d answered", run.sent, run.answered)
	if run.model != nil {
		fmt.Fprintf(run.c.err, "; as predicted %d, otherwise %d", run.agree, run.differ)
	}
	fmt.Fprintln(run.c.err)
}

func (run *probeRun) print(r *probeResult) error {
	if run.asJSON {
		return json.NewEncoder(run.out).Encode(run.json(r))
	}
	run.text(r)
	return run.out.Flush()
}

// text prints a packet, what came, and what was to be expected.
func (run *probeRun) text(r *probeResult) {
	row := func(head, text string) {
		for i, l := range strings.Split(text, "\n") {
			if i > 0 {
				head = ""
			}
			fmt.Fprintf(run.out, "%-8s%s\n", head, visible(l))
		}
	}
	if r.number > 1 {
		fmt.Fprintln(run.out)
	}
	head := "sent"
	if run.site.sink == nil {
		head = "packet"
	}
	for _, s := range r.sent {
		row(head, line(s.data))
		head = ""
	}
	if run.site.sink != nil {
		run.cameText(r, row)
	}
	e := r.want
	if e == nil {
		return
	}
	row("rules", (&replayRun{}).fate(&replay.Case{Result: e.result}))
	if s := e.result.Source; s != nil {
		row("", "  "+strings.TrimSpace(s.Text))
	}
	if e.note != "" {
		row("", "  "+e.note)
	}
	head = "expect"
	for _, a := range e.answers {
		row(head, line(a.data))
		head = ""
	}
	if len(e.answers) == 0 && !e.anything {
		row(head, "no answer")
	}
	for _, l := range e.logs {
		row("", "log "+l)
	}
	if run.site.sink == nil {
		return
	}
	switch {
	case !r.agree.known:
		row("agrees", "not known")
	case len(r.agree.differs) == 0:
		row("agrees", "yes")
	default:
		row("agrees", "no: "+strings.Join(r.agree.differs, "\n    "))
	}
}

func (run *probeRun) cameText(r *probeResult, row func(head, text string)) {
	last := r.sent[len(r.sent)-1].time
	head := "answer"
	for _, a := range r.answers {
		row(head, fmt.Sprintf("%s  (%s after %.3f ms)", line(a.data), a.dev, float64(a.time.Sub(last))/1e6))
		head = ""
	}
	if len(r.answers) == 0 {
		row(head, "none")
	}
	head = "log"
	for _, l := range r.logs {
		row(head, l)
		head = ""
	}
}

// probeJSON is the JSON of one packet.
type probeJSON struct {
	Probe    int               `json:"probe"`
	Source   string            `json:"source"`
	Target   string            `json:"target"`
	From     string            `json:"from,omitempty"`
	DryRun   bool              `json:"dry_run,omitempty"`
	Sent     []probePacketJSON `json:"sent"`
	Answers  []probePacketJSON `json:"answers"`
	Log      []string          `json:"log"`
	Expected *probeExpectJSON  `json:"expected,omitempty"`
	Agrees   *bool             `json:"agrees,omitempty"`
	Differs  []string          `json:"differs,omitempty"`
}

type probePacketJSON struct {
	Time    string  `json:"time,omitempty"`
	Iface   string  `json:"iface,omitempty"`
	Summary string  `json:"summary"`
	Hex     string  `json:"hex"`
	After   float64 `json:"after_ms,omitempty"`
}

type probeExpectJSON struct {
	Verdict  string     `json:"verdict"`
	Fate     string     `json:"fate"`
	State    string     `json:"ctstate,omitempty"`
	Why      string     `json:"ctstate_why,omitempty"`
	Hook     string     `json:"hook,omitempty"`
	Table    string     `json:"table,omitempty"`
	Chain    string     `json:"chain,omitempty"`
	Rule     int        `json:"rule"`
	Text     string     `json:"text,omitempty"`
	At       string     `json:"at,omitempty"`
	Answers  []string   `json:"answers"`
	Anything bool       `json:"anything,omitempty"`
	Note     string     `json:"note,omitempty"`
	Log      []string   `json:"log"`
	Open     []jsonOpen `json:"open,omitempty"`
}

func (run *probeRun) json(r *probeResult) probeJSON {
	j := probeJSON{Probe: r.number, Source: run.site.source.String(), Target: run.site.target.String(), From: run.site.from,
		DryRun: run.site.sink == nil, Sent: []probePacketJSON{}, Answers: []probePacketJSON{}, Log: append([]string{}, r.logs...)}
	last := r.sent[len(r.sent)-1].time
	for _, s := range r.sent {
		p := probePacketJSON{Iface: s.dev, Summary: line(s.data), Hex: fmt.Sprintf("%x", s.data)}
		if !j.DryRun {
			p.Time = s.time.UTC().Format(time.RFC3339Nano)
		}
		j.Sent = append(j.Sent, p)
	}
	for _, a := range r.answers {
		j.Answers = append(j.Answers, probePacketJSON{a.time.UTC().Format(time.RFC3339Nano), a.dev, line(a.data),
			fmt.Sprintf("%x", a.data), float64(a.time.Sub(last)) / 1e6})
	}
	if r.want == nil {
		return j
	}
	j.Expected = expectJSON(r.want)
	if !j.DryRun && r.agree.known {
		yes := len(r.agree.differs) == 0
		j.Agrees, j.Differs = &yes, r.agree.differs
	}
	return j
}

func expectJSON(e *expectation) *probeExpectJSON {
	r := &e.result
	j := &probeExpectJSON{Verdict: verdictWord(&replay.Case{Result: *r}), Fate: r.Fate.String(), Hook: r.Hook.String(), Table: r.Table,
		Chain: r.Chain, Rule: r.Rule, Answers: []string{}, Anything: e.anything, Note: e.note, Log: append([]string{}, e.logs...)}
	if r.Tracked {
		j.State, j.Why = r.State.String(), r.Reason.Text()
	}
	if r.Source != nil {
		j.Text, j.At = r.Source.Text, r.Source.Pos.String()
	}
	for _, a := range e.answers {
		j.Answers = append(j.Answers, line(a.data))
	}
	for _, o := range r.Open {
		j.Open = append(j.Open, jsonOpen{o.Fate.String(), o.Logs, o.Why})
	}
	return j
}
