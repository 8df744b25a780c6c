package lab

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Record is a scenario and, when a kernel was asked, its answer: the content of
// one recorded file.
type Record struct {
	Scenario Scenario
	Answer   *Result // nil when nobody was asked
}

// The text of a record is a txtar archive:
//
//	name
//	-- host --
//	backend nft|legacy
//	stack
//	link NAME mac MAC [mtu N] [addr PREFIX]... [peer ADDR MAC]...
//	route [KIND] PREFIX [via ADDR] [dev LINK] [src ADDR] [metric N]
//	sysctl KEY=VALUE
//	-- sets --, -- rules.v4 --, -- rules.v6 --
//	as ipset and iptables-save write them
//	-- packets --
//	TIME LINK|local [eth HEX] [mark N] HEX [# note]
//	-- answer --
//	start RFC3339 tick DURATION hz N end DURATION
//	refused "text"
//	STEP at DURATION | error "text" | log LEVEL "text" | out LINK HEX | conntrack "text"
//	-- answer/save.v4 --, -- answer/save.v6 --, -- answer/sets --, -- answer/conntrack --
//	as the commands print them
//
// Durations are as Go writes them (1.5s); STEP counts from 1.

// sections of a record, in the order they are written.
const (
	secHost      = "host"
	secSets      = "sets"
	secRules4    = "rules.v4"
	secRules6    = "rules.v6"
	secPackets   = "packets"
	secAnswer    = "answer"
	secSave4     = "answer/save.v4"
	secSave6     = "answer/save.v6"
	secSavedSets = "answer/sets"
	secConntrack = "answer/conntrack"
)

// AppendText appends s as text.
func (s *Scenario) AppendText(b []byte) ([]byte, error) {
	if s.Name != "" {
		b = append(b, s.Name...)
		b = append(b, '\n')
	}
	b = append(b, "-- host --\n"...)
	if s.Backend != "" {
		b = fmt.Appendf(b, "backend %s\n", s.Backend)
	}
	if s.Stack {
		b = append(b, "stack\n"...)
	}
	for _, l := range s.Links {
		b = l.append(b)
	}
	for _, r := range s.Routes {
		b = fmt.Appendf(b, "route %v\n", r)
	}
	for _, kv := range s.Sysctls {
		b = fmt.Appendf(b, "sysctl %s=%s\n", kv.Key, kv.Value)
	}
	b = appendSection(b, secSets, s.Sets)
	b = appendSection(b, secRules4, s.Rules4)
	b = appendSection(b, secRules6, s.Rules6)
	b = append(b, "-- packets --\n"...)
	for i := range s.Steps {
		b = s.Steps[i].append(b)
	}
	return b, nil
}

func appendSection(b []byte, name, text string) []byte {
	if text == "" {
		return b
	}
	b = fmt.Appendf(b, "-- %s --\n%s", name, text)
	if !strings.HasSuffix(text, "\n") {
		b = append(b, '\n')
	}
	return b
}

func (l *Link) append(b []byte) []byte {
	b = fmt.Appendf(b, "link %s mac %s", l.Name, macString(l.MAC))
	if l.MTU != 0 {
		b = fmt.Appendf(b, " mtu %d", l.MTU)
	}
	for _, p := range l.Addrs {
		b = fmt.Appendf(b, " addr %v", p)
	}
	for _, p := range l.Peers {
		b = fmt.Appendf(b, " peer %v %s", p.Addr, macString(p.MAC))
	}
	return append(b, '\n')
}

func (st *Step) append(b []byte) []byte {
	b = fmt.Appendf(b, "%v %s ", st.At, st.From)
	if st.Eth != nil {
		b = fmt.Appendf(b, "eth %x ", []byte(st.Eth))
	}
	if st.Mark != 0 {
		b = fmt.Appendf(b, "mark %#x ", st.Mark)
	}
	b = hex.AppendEncode(b, st.Packet)
	if st.Note != "" {
		b = append(append(b, " # "...), st.Note...)
	}
	return append(b, '\n')
}

// AppendText appends r as text.
func (r *Record) AppendText(b []byte) ([]byte, error) {
	b, err := r.Scenario.AppendText(b)
	if err != nil || r.Answer == nil {
		return b, err
	}
	a := r.Answer
	b = fmt.Appendf(b, "-- answer --\nstart %s tick %v hz %d end %v\n", a.Start.UTC().Format(time.RFC3339Nano), a.Tick, a.HZ, a.End)
	if a.Refused != "" {
		b = fmt.Appendf(b, "refused %q\n", a.Refused)
	}
	for i := range a.Steps {
		b = a.Steps[i].append(b, i+1)
	}
	b = appendSection(b, secSave4, a.Save4)
	b = appendSection(b, secSave6, a.Save6)
	b = appendSection(b, secSavedSets, a.Sets)
	b = appendSection(b, secConntrack, a.Conntrack)
	return b, nil
}

func (sr *StepResult) append(b []byte, n int) []byte {
	b = fmt.Appendf(b, "%d at %v\n", n, sr.At)
	if sr.Error != "" {
		b = fmt.Appendf(b, "%d error %q\n", n, sr.Error)
	}
	for _, l := range sr.Log {
		b = fmt.Appendf(b, "%d log %d %q\n", n, l.Level, l.Text)
	}
	for _, d := range sr.Out {
		b = fmt.Appendf(b, "%d out %s %x\n", n, d.Dev, []byte(d.Frame))
	}
	if sr.Conntrack != "" {
		b = fmt.Appendf(b, "%d conntrack %q\n", n, sr.Conntrack)
	}
	return b
}

// Parse reads a record; name is for errors, which begin with "name:line:".
func Parse(name string, data []byte) (*Record, error) {
	p := parser{name: name, rec: &Record{}, texts: map[string]*bytes.Buffer{}}
	section := ""
	for line := range bytes.Lines(data) {
		p.line++
		text := string(line)
		if s, ok := sectionName(text); ok {
			section = s
			if err := p.enter(section); err != nil {
				return nil, err
			}
			continue
		}
		if err := p.read(section, text); err != nil {
			return nil, err
		}
	}
	p.keepTexts()
	p.rec.Scenario.Name = strings.TrimSuffix(p.rec.Scenario.Name, "\n")
	if err := p.rec.Scenario.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return p.rec, nil
}

// sectionName returns the name in a line "-- name --".
func sectionName(line string) (string, bool) {
	line = strings.TrimRight(line, "\r\n")
	s, ok := strings.CutPrefix(line, "-- ")
	if !ok {
		return "", false
	}
	s, ok = strings.CutSuffix(s, " --")
	return s, ok && s != ""
}

type parser struct {
	name string
	line int
	rec  *Record
	// texts are the sections that are kept as they are, and the name under "".
	texts map[string]*bytes.Buffer
}

// keepTexts puts the sections that are plain text in their places.
func (p *parser) keepTexts() {
	get := func(section string) string {
		if b := p.texts[section]; b != nil {
			return b.String()
		}
		return ""
	}
	s := &p.rec.Scenario
	s.Name, s.Sets, s.Rules4, s.Rules6 = get(""), get(secSets), get(secRules4), get(secRules6)
	if a := p.rec.Answer; a != nil {
		a.Save4, a.Save6, a.Sets, a.Conntrack = get(secSave4), get(secSave6), get(secSavedSets), get(secConntrack)
	}
}

func (p *parser) errorf(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", p.name, p.line, fmt.Sprintf(format, args...))
}

// enter checks a section's name.
func (p *parser) enter(section string) error {
	switch section {
	case secHost, secSets, secRules4, secRules6, secPackets:
		return nil
	case secAnswer, secSave4, secSave6, secSavedSets, secConntrack:
		if p.rec.Answer == nil {
			p.rec.Answer = &Result{}
		}
		return nil
	}
	return p.errorf("section %q (expected host, sets, rules.v4, rules.v6, packets or answer)", section)
}

// read takes one line of a section.
func (p *parser) read(section, text string) error {
	switch section {
	case secHost, secPackets, secAnswer:
		return p.words(section, text)
	}
	b := p.texts[section]
	if b == nil {
		b = &bytes.Buffer{}
		p.texts[section] = b
	}
	b.WriteString(text)
	return nil
}

// words takes a line of the sections that are read word by word.
func (p *parser) words(section, text string) error {
	note := ""
	if section == secPackets {
		text, note, _ = strings.Cut(text, "#")
	}
	w := strings.Fields(text)
	if len(w) == 0 {
		return nil
	}
	switch section {
	case secHost:
		return p.host(w, strings.TrimSpace(text))
	case secPackets:
		return p.packet(w, strings.TrimSpace(note))
	}
	return p.answer(w, strings.TrimSpace(text))
}

func (p *parser) host(w []string, text string) error {
	s := &p.rec.Scenario
	switch {
	case w[0] == "backend" && len(w) == 2:
		s.Backend = w[1]
	case w[0] == "stack" && len(w) == 1:
		s.Stack = true
	case w[0] == "link" && len(w) > 1:
		return p.link(w[1:])
	case w[0] == "route" && len(w) > 1:
		return p.route(w[1:])
	case w[0] == "sysctl":
		key, value, ok := strings.Cut(strings.TrimSpace(strings.TrimPrefix(text, "sysctl")), "=")
		if !ok || key == "" {
			return p.errorf("%q (expected sysctl KEY=VALUE)", text)
		}
		s.Sysctls = append(s.Sysctls, Sysctl{key, value})
	default:
		return p.errorf("%q (expected backend, stack, link, route or sysctl)", text)
	}
	return nil
}

// pairs calls f with each key and value of w.
func (p *parser) pairs(w []string, f func(key, value string) error) error {
	for len(w) > 0 {
		if len(w) == 1 {
			return p.errorf("%q without a value", w[0])
		}
		if err := f(w[0], w[1]); err != nil {
			return p.errorf("%v", err)
		}
		w = w[2:]
	}
	return nil
}

func (p *parser) link(w []string) error {
	l := Link{Name: w[0]}
	for i := 1; i < len(w); i++ { // "peer ADDR MAC" becomes "peer ADDR", "at MAC"
		if w[i] == "peer" && i+2 < len(w) {
			w = append(w[:i+2:i+2], append([]string{"at"}, w[i+2:]...)...)
			i += 3
		}
	}
	err := p.pairs(w[1:], func(k, v string) (err error) {
		switch k {
		case "mac":
			l.MAC, err = parseMAC(v)
		case "mtu":
			l.MTU, err = strconv.Atoi(v)
		case "addr":
			var a netip.Prefix
			a, err = netip.ParsePrefix(v)
			l.Addrs = append(l.Addrs, a)
		case "peer":
			var a netip.Addr
			a, err = netip.ParseAddr(v)
			l.Peers = append(l.Peers, Peer{Addr: a})
		case "at":
			if len(l.Peers) == 0 {
				return fmt.Errorf("%q before any peer", v)
			}
			l.Peers[len(l.Peers)-1].MAC, err = parseMAC(v)
		default:
			err = fmt.Errorf("%q (expected mac, mtu, addr or peer)", k)
		}
		return err
	})
	p.rec.Scenario.Links = append(p.rec.Scenario.Links, l)
	return err
}

func parseMAC(s string) (Hex, error) {
	m, err := net.ParseMAC(s)
	return Hex(m), err
}

func (p *parser) route(w []string) error {
	var r Route
	for _, k := range routeKinds[1:] {
		if w[0] == k && len(w) > 1 {
			r.Kind, w = k, w[1:]
			break
		}
	}
	var err error
	if r.Dst, err = netip.ParsePrefix(w[0]); err != nil {
		return p.errorf("%v", err)
	}
	err = p.pairs(w[1:], func(k, v string) (err error) {
		switch k {
		case "via":
			r.Via, err = netip.ParseAddr(v)
		case "dev":
			r.Dev = v
		case "src":
			r.Src, err = netip.ParseAddr(v)
		case "metric":
			r.Metric, err = strconv.Atoi(v)
		default:
			err = fmt.Errorf("%q (expected via, dev, src or metric)", k)
		}
		return err
	})
	p.rec.Scenario.Routes = append(p.rec.Scenario.Routes, r)
	return err
}

func (p *parser) packet(w []string, note string) error {
	if len(w) < 3 {
		return p.errorf("%q (expected TIME LINK [eth HEX] [mark N] HEX)", strings.Join(w, " "))
	}
	st := Step{From: w[1], Note: note}
	var err error
	if st.At, err = time.ParseDuration(w[0]); err != nil {
		return p.errorf("time %q (expected a duration such as 1.5s)", w[0])
	}
	last := len(w) - 1
	if err := p.pairs(w[2:last], func(k, v string) (err error) {
		switch k {
		case "eth":
			err = st.Eth.UnmarshalText([]byte(v))
		case "mark":
			var m uint64
			m, err = strconv.ParseUint(v, 0, 32)
			st.Mark = uint32(m)
		default:
			err = fmt.Errorf("%q (expected eth or mark)", k)
		}
		return err
	}); err != nil {
		return err
	}
	if err := st.Packet.UnmarshalText([]byte(w[last])); err != nil {
		return p.errorf("packet %q: %v", w[last], err)
	}
	p.rec.Scenario.Steps = append(p.rec.Scenario.Steps, st)
	return nil
}

func (p *parser) answer(w []string, text string) error {
	a := p.rec.Answer
	switch w[0] {
	case "start":
		return p.pairs(w, func(k, v string) (err error) {
			switch k {
			case "start":
				a.Start, err = time.Parse(time.RFC3339Nano, v)
			case "tick":
				a.Tick, err = time.ParseDuration(v)
			case "hz":
				a.HZ, err = strconv.Atoi(v)
			case "end":
				a.End, err = time.ParseDuration(v)
			default:
				err = fmt.Errorf("%q (expected start, tick, hz or end)", k)
			}
			return err
		})
	case "refused":
		var err error
		if a.Refused, err = quoted(text, 1); err != nil {
			return p.errorf("%v", err)
		}
		return nil
	}
	n, err := strconv.Atoi(w[0])
	if err != nil || len(w) < 3 {
		return p.errorf("%q (expected start, refused or a step's number)", text)
	}
	if n == len(a.Steps)+1 {
		a.Steps = append(a.Steps, StepResult{})
	}
	if n < 1 || n != len(a.Steps) {
		return p.errorf("step %d after step %d", n, len(a.Steps))
	}
	if err := a.Steps[n-1].parse(w, text); err != nil {
		return p.errorf("%v", err)
	}
	return nil
}

// parse takes the line "N what ..." of an answer.
func (sr *StepResult) parse(w []string, text string) (err error) {
	switch w[1] {
	case "at":
		sr.At, err = time.ParseDuration(w[2])
	case "error":
		sr.Error, err = quoted(text, 2)
	case "conntrack":
		sr.Conntrack, err = quoted(text, 2)
	case "log":
		var l LogLine
		if l.Level, err = strconv.Atoi(w[2]); err == nil {
			l.Text, err = quoted(text, 3)
		}
		sr.Log = append(sr.Log, l)
	case "out":
		if len(w) != 4 {
			return fmt.Errorf("%q (expected N out LINK HEX)", text)
		}
		d := Departure{Dev: w[2]}
		err = d.Frame.UnmarshalText([]byte(w[3]))
		sr.Out = append(sr.Out, d)
	default:
		err = fmt.Errorf("%q (expected at, error, log, out or conntrack)", w[1])
	}
	return err
}

// quoted returns the Go string literal that follows the first n words of text.
func quoted(text string, n int) (string, error) {
	for range n {
		i := strings.IndexAny(text, " \t")
		if i < 0 {
			return "", fmt.Errorf("%q (expected a quoted text at the end)", text)
		}
		text = strings.TrimLeft(text[i:], " \t")
	}
	s, err := strconv.Unquote(text)
	if err != nil {
		return "", fmt.Errorf("%s (expected a quoted text)", text)
	}
	return s, nil
}
