package report

import (
	"encoding/json"
	"io"

	"nfwhy/conntrack"
	"nfwhy/diagnose"
	"nfwhy/trace"
)

type jsonReport struct {
	Subjects   int           `json:"subjects"`
	Explained  int           `json:"explained"`
	Host       jsonHost      `json:"host"`
	Ignored    []jsonIgnored `json:"ignored"`
	Findings   []jsonFinding `json:"findings"`
	Incomplete []string      `json:"incomplete,omitempty"`
}

type jsonHost struct {
	Addresses  []string        `json:"addresses"`
	Interfaces []string        `json:"interfaces"`
	Inferred   bool            `json:"inferred"`
	Because    []jsonInference `json:"because,omitempty"`
}

type jsonInference struct {
	Fact string `json:"fact"`
	From string `json:"from"`
}

type jsonIgnored struct {
	Source string `json:"source"`
	Text   string `json:"text"`
	Why    string `json:"why"`
}

type jsonFinding struct {
	Cause       string           `json:"cause"`
	Also        []string         `json:"also"`
	Disposition string           `json:"disposition"`
	Title       string           `json:"title"`
	Summary     string           `json:"summary"`
	Confidence  float64          `json:"confidence"`
	Word        string           `json:"certainty"`
	Count       int              `json:"count"`
	Subjects    []jsonSubject    `json:"subjects"`
	Story       []jsonPacket     `json:"story"`
	Notes       []string         `json:"notes,omitempty"`
	Hypotheses  []jsonHypothesis `json:"hypotheses"`
	Actors      []jsonActor      `json:"actors"`
	Fixes       []jsonFix        `json:"fixes"`
	Missing     []string         `json:"missing,omitempty"`
}

type jsonSubject struct {
	Source string `json:"source"`
	Text   string `json:"text"`
}

type jsonPacket struct {
	Packet   int        `json:"packet"`
	Parent   int        `json:"parent,omitempty"`
	Dir      string     `json:"dir"`
	Iface    string     `json:"iface"`
	Summary  string     `json:"summary"`
	State    string     `json:"ctstate"`
	StateWhy string     `json:"ctstate_why,omitempty"`
	Steps    []jsonStep `json:"steps"`
	Emits    []int      `json:"emits"`
	Log      []string   `json:"log"`
	Fate     string     `json:"fate"`
}

type jsonStep struct {
	Hook    string `json:"hook"`
	Table   string `json:"table,omitempty"`
	Chain   string `json:"chain,omitempty"`
	Rule    int    `json:"rule"`
	Source  string `json:"source,omitempty"`
	Text    string `json:"text"`
	Matched any    `json:"matched"`
	Why     string `json:"why"`
	Verdict string `json:"verdict,omitempty"`
}

type jsonHypothesis struct {
	ID         string   `json:"id"`
	Title      string   `json:"title"`
	Reproduces bool     `json:"reproduces"`
	Differs    []string `json:"differs"`
	Why        string   `json:"why,omitempty"`
}

type jsonActor struct {
	Address string `json:"address"`
	Name    string `json:"name,omitempty"`
	Role    string `json:"role"`
	Why     string `json:"why"`
	Ban     bool   `json:"ban"`
}

type jsonFix struct {
	Title    string   `json:"title"`
	Commands []string `json:"commands"`
	Silences int      `json:"silences"`
	Of       int      `json:"of"`
	Changes  []string `json:"changes"`
	Tested   string   `json:"tested"`
	Patch    string   `json:"patch,omitempty"`
}

// JSON writes the report as one document.
func JSON(w io.Writer, r *diagnose.Report) error {
	doc := jsonReport{Subjects: r.Subjects, Explained: r.Explained, Host: hostOf(r), Ignored: []jsonIgnored{}, Findings: []jsonFinding{}}
	for _, i := range r.Ignored {
		doc.Ignored = append(doc.Ignored, jsonIgnored(i))
	}
	for _, f := range r.Findings {
		doc.Findings = append(doc.Findings, findingOf(r, f))
	}
	for _, g := range r.Gaps {
		s := g.What
		if g.Source != nil {
			s = g.Source.Pos.String() + ": " + s
		}
		doc.Incomplete = append(doc.Incomplete, s)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(true)
	return enc.Encode(doc)
}

func hostOf(r *diagnose.Report) jsonHost {
	h := jsonHost{Addresses: []string{}, Interfaces: []string{}}
	if r.Host == nil {
		return h
	}
	for _, l := range r.Host.Links {
		if l.Loopback {
			continue
		}
		h.Interfaces = append(h.Interfaces, l.Name)
		for _, a := range l.Addrs {
			h.Addresses = append(h.Addresses, a.Addr().String())
		}
	}
	h.Inferred = len(r.Host.Inferred) > 0 || r.Host.Open
	for _, i := range r.Host.Inferred {
		h.Because = append(h.Because, jsonInference(i))
	}
	return h
}

func findingOf(r *diagnose.Report, f *diagnose.Finding) jsonFinding {
	out := jsonFinding{Cause: f.Cause, Also: list(f.Also), Disposition: f.Disposition, Title: f.Title, Summary: f.Summary,
		Confidence: round(f.Confidence), Word: f.Word, Count: f.Count, Subjects: []jsonSubject{}, Story: []jsonPacket{}, Notes: f.Notes,
		Hypotheses: []jsonHypothesis{}, Actors: []jsonActor{}, Fixes: []jsonFix{}, Missing: f.Missing}
	for _, s := range f.Subjects {
		out.Subjects = append(out.Subjects, jsonSubject{s.Source, s.Text})
	}
	for _, j := range f.Story {
		out.Story = append(out.Story, packetOf(j))
	}
	for _, h := range f.Hypotheses {
		out.Hypotheses = append(out.Hypotheses, jsonHypothesis{h.ID, h.Title(), h.Reproduces, list(h.Differs), h.Why})
	}
	for _, a := range f.Actors {
		ja := jsonActor{Address: a.Address.String(), Role: a.Role, Why: a.Why, Ban: a.Ban}
		if name := r.Names.Show(a.Address); name != ja.Address {
			ja.Name = name
		}
		out.Actors = append(out.Actors, ja)
	}
	for _, x := range f.Fixes {
		out.Fixes = append(out.Fixes, jsonFix{x.Title, x.Commands, x.Silences, x.Of, list(x.Changes), x.Tested, x.Patch})
	}
	return out
}

func packetOf(j *trace.Journey) jsonPacket {
	p := jsonPacket{Packet: j.ID, Parent: j.Parent, Dir: direction(j), Iface: j.In, Summary: string(j.Packet.AppendTcpdump(nil, 0)),
		Steps: []jsonStep{}, Emits: []int{}, Log: []string{}, Fate: j.Fate.String()}
	if p.Iface == "" {
		p.Iface = j.Out
	}
	if j.Tracked {
		p.State = j.State.String()
		if j.State&conntrack.StateInvalid != 0 {
			p.StateWhy = j.Reason.Text()
		}
	}
	for i := range j.Steps {
		st := &j.Steps[i]
		p.Steps = append(p.Steps, stepOf(st))
		p.Emits = append(p.Emits, st.Emits...)
		if st.Log != "" {
			p.Log = append(p.Log, st.Log)
		}
	}
	return p
}

func stepOf(st *trace.Step) jsonStep {
	s := jsonStep{Hook: st.Hook.String(), Table: st.Table, Chain: st.Chain, Rule: st.Rule, Text: st.Text}
	if st.Source != nil {
		s.Source = st.Source.Pos.String()
	}
	switch st.Matched {
	case trace.Unknown:
		s.Matched = "unknown"
	default:
		s.Matched = st.Matched == trace.Yes
	}
	switch {
	case st.Verdict == trace.Drop && st.Target == "REJECT":
		s.Verdict = "REJECT"
	case st.Verdict != trace.Continue:
		s.Verdict = st.Verdict.String()
	case st.Matched == trace.Yes && st.Target != "":
		s.Verdict = st.Target
	}
	if t := failing(st); t != nil {
		s.Why = why(t)
	}
	return s
}

// why puts a term in words: what was seen, and what the rule asks for.
func why(t *trace.Term) string {
	s := t.Field + " is " + t.Saw
	if t.Truth == trace.No && t.Want != "" {
		s += ", the rule wants " + t.Want
	}
	if t.Truth == trace.Unknown {
		s = t.Field + " is not known"
		if t.Gap != "" {
			s = t.Gap
		}
	}
	return s
}

func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

func round(f float64) float64 { return float64(int(f*100+0.5)) / 100 }
