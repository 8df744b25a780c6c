package diagnose_test

import (
	"strings"
	"testing"

	"nfwhy/diagnose"
	"nfwhy/evidence"
	"nfwhy/host"
)

// explained reads a text as a post and explains it.
func explained(t *testing.T, text string) *diagnose.Report {
	t.Helper()
	e, err := evidence.Read(evidence.Input{Name: "post", R: strings.NewReader(text)})
	if err != nil {
		t.Fatal(err)
	}
	h := &host.Host{}
	e.AddRules(h, 0)
	e.InferHost(h)
	r, err := diagnose.Explain(e, h, diagnose.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const guide = `# a common guide's rules
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A INPUT -p tcp --dport 22 -j ACCEPT
-A INPUT -p tcp --dport 443 -j ACCEPT
-A INPUT -m limit --limit 5/min -j LOG --log-prefix "denied: "
-A INPUT -j DROP
`

// line makes a log line of the guide's rules out of what follows DST=.
func line(rest string) string {
	return "Feb  3 04:05:06 gw kernel: [  100.000001] denied: IN=eth0 OUT= MAC=02:00:00:00:00:01:02:00:00:00:00:02:08:00 " + rest + "\n"
}

func TestCauses(t *testing.T) {
	const from = "SRC=203.0.113.7 DST=192.0.2.1 "
	const ip = "TOS=0x00 PREC=0x00 TTL=52 ID=4711 DF "
	for _, c := range []struct {
		name, rules, log string
		cause, also      string
		role             string
		disposition      string
	}{
		{"a SYN to a closed port", guide, line(from + "LEN=60 " + ip + "PROTO=TCP SPT=40000 DPT=23 WINDOW=64240 RES=0x00 SYN URGP=0"),
			"unsolicited-inbound", "policy-default-deny", diagnose.RoleClient, diagnose.Harmless},
		{"SYN/ACK out of nothing", guide, line(from + "LEN=44 " + ip + "PROTO=TCP SPT=80 DPT=40000 WINDOW=29200 RES=0x00 ACK SYN URGP=0"),
			"invalid-unsolicited-synack", "backscatter", diagnose.RoleBackscatter, diagnose.Harmless},
		{"FIN of a forgotten connection", guide, line(from + "LEN=52 " + ip + "PROTO=TCP SPT=443 DPT=40000 WINDOW=501 RES=0x00 ACK FIN URGP=0"),
			"late-packet-after-expiry", "", diagnose.RoleServer, diagnose.Harmless},
		{"null scan", guide, line(from + "LEN=40 " + ip + "PROTO=TCP SPT=40000 DPT=23 WINDOW=1024 RES=0x00 URGP=0"),
			"unsolicited-inbound", "port-scan", diagnose.RoleScanner, diagnose.Harmless},
		{"xmas scan", guide, line(from + "LEN=40 " + ip + "PROTO=TCP SPT=40000 DPT=23 WINDOW=1024 RES=0x00 URG PSH FIN URGP=0"),
			"unsolicited-inbound", "port-scan", diagnose.RoleScanner, diagnose.Harmless},
		{"DNS answer too late", guide, line(from + "LEN=72 TOS=0x00 PREC=0x00 TTL=63 ID=21811 PROTO=UDP SPT=53 DPT=49929 LEN=52"),
			"udp-reply-after-timeout", "", diagnose.RoleServer, diagnose.Harmless},
		{"unrelated ICMP error", guide, line(from + "LEN=56 TOS=0x00 PREC=0xC0 TTL=60 ID=1 PROTO=ICMP TYPE=3 CODE=3 [SRC=192.0.2.1 DST=203.0.113.7 LEN=28 TOS=0x00 PREC=0x00 TTL=50 ID=2 PROTO=UDP SPT=9 DPT=9 LEN=8 ]"),
			"icmp-error-unrelated", "", diagnose.RoleRouter, diagnose.Harmless},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := explained(t, c.rules+c.log)
			if len(r.Findings) != 1 || r.Explained != 1 {
				t.Fatalf("%d findings, %d explained, want one", len(r.Findings), r.Explained)
			}
			f := r.Findings[0]
			if f.Cause != c.cause {
				t.Errorf("cause %s (also %v), want %s: %s %s", f.Cause, f.Also, c.cause, f.Title, f.Summary)
			}
			if c.also != "" && !strings.Contains(strings.Join(f.Also, " "), c.also) {
				t.Errorf("also %v, want %s", f.Also, c.also)
			}
			if f.Disposition != c.disposition {
				t.Errorf("disposition %s, want %s", f.Disposition, c.disposition)
			}
			if len(f.Actors) == 0 || f.Actors[0].Role != c.role || f.Actors[0].Ban {
				t.Errorf("actors %+v, want %s, not to be banned", f.Actors, c.role)
			}
			if len(f.Story) == 0 || f.Line.Journey == 0 {
				t.Error("no story, or the line is not in it")
			}
		})
	}
}

// TestStoryIsRead holds the story to the trace: the step that wrote the line
// writes the very text of the subject.
func TestStoryIsRead(t *testing.T) {
	r := explained(t, guide+line("SRC=203.0.113.7 DST=192.0.2.1 LEN=44 TOS=0x00 PREC=0x00 TTL=52 ID=4711 DF PROTO=TCP SPT=80 DPT=40000 WINDOW=29200 RES=0x00 ACK SYN URGP=0"))
	f := r.Findings[0]
	st := f.Story[f.Line.Journey-1].Steps[f.Line.Step]
	if !strings.Contains(f.Subjects[0].Text, strings.TrimSpace(st.Log)) {
		t.Errorf("the step wrote\n%s\nthe subject is\n%s", st.Log, f.Subjects[0].Text)
	}
	if st.Chain != "INPUT" || st.Rule != 5 {
		t.Errorf("written by %s %d, want INPUT 5", st.Chain, st.Rule)
	}
}

func TestContradictions(t *testing.T) {
	syn22 := line("SRC=203.0.113.7 DST=192.0.2.1 LEN=60 TOS=0x00 PREC=0x00 TTL=52 ID=4711 DF PROTO=TCP SPT=40000 DPT=22 WINDOW=64240 RES=0x00 SYN URGP=0")
	for _, c := range []struct{ name, text, want string }{
		{"the rules accept it before the LOG", guide + syn22, "evidence-contradicts-rules"},
		{"no LOG rule has the prefix", strings.ReplaceAll(guide, "denied", "refused") + syn22, "evidence-contradicts-rules"},
		{"no rules at all", syn22, "unsolicited-inbound"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := explained(t, c.text)
			if len(r.Findings) != 1 || r.Findings[0].Cause != c.want || r.Explained != 0 {
				t.Errorf("got %+v, want %s, not explained", r.Findings[0], c.want)
			}
			if len(r.Findings[0].Missing) == 0 {
				t.Error("nothing is said about what would settle it")
			}
		})
	}
}

// TestGrouping: lines that the rules cannot tell apart are one finding, others
// are not.
func TestGrouping(t *testing.T) {
	var b strings.Builder
	b.WriteString(guide)
	for i := range 40 {
		port := "23"
		if i%4 == 0 {
			port = "25"
		}
		b.WriteString(line("SRC=203.0.113." + string(rune('1'+i%9)) + " DST=192.0.2.1 LEN=60 TOS=0x00 PREC=0x00 TTL=52 ID=4711 DF PROTO=TCP SPT=40000 DPT=" + port + " WINDOW=64240 RES=0x00 SYN URGP=0"))
	}
	r := explained(t, b.String())
	if len(r.Findings) != 1 || r.Findings[0].Count != 40 || r.Explained != 40 {
		t.Errorf("%d findings, first has %d of 40", len(r.Findings), r.Findings[0].Count)
	}
	if n := len(r.Findings[0].Subjects); n > 20 {
		t.Errorf("%d subjects are kept, want at most 20", n)
	}
}

// TestFixIsTested: with the fix applied the line is gone, and what changes is
// said.
func TestFixIsTested(t *testing.T) {
	rules := strings.Replace(guide, "-A INPUT -j DROP\n", "-A INPUT -p tcp -j REJECT --reject-with tcp-reset\n", 1)
	rules += "-A OUTPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT\n-A OUTPUT -j LOG --log-prefix \"out: \"\n"
	log := "Feb  3 04:05:06 gw kernel: out: IN= OUT=eth0 SRC=192.0.2.1 DST=203.0.113.7 LEN=40 TOS=0x00 PREC=0x00 TTL=64 ID=0 DF PROTO=TCP SPT=40000 DPT=80 WINDOW=0 RES=0x00 RST URGP=0\n"
	r := explained(t, rules+log)
	f := r.Findings[0]
	if f.Cause != "reject-reply-untracked" || len(f.Fixes) == 0 {
		t.Fatalf("cause %s, %d fixes", f.Cause, len(f.Fixes))
	}
	x := f.Fixes[0]
	if x.Chain != "INPUT" || x.Number != 3 || x.Silences != 1 || x.Of != 1 || x.Tested != "simulated" {
		t.Errorf("fix %+v, want INPUT 3, 1 of 1, simulated", x)
	}
	if got := strings.Join(x.Changes, "\n"); !strings.Contains(got, "only INVALID ones change verdict") || !strings.Contains(got, "rejected before, dropped now: TCP") {
		t.Errorf("changes:\n%s", got)
	}
	// with the fix in the rules the same line contradicts them
	fixed := strings.Replace(rules, "-A INPUT -p tcp --dport 22", "-A INPUT "+x.Rule+"\n-A INPUT -p tcp --dport 22", 1)
	if g := explained(t, fixed+log).Findings[0]; g.Cause != "evidence-contradicts-rules" {
		t.Errorf("with the fix in place: %s, want evidence-contradicts-rules", g.Cause)
	}
}
