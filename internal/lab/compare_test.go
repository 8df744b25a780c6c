package lab

import (
	"strings"
	"testing"
)

func TestCompare(t *testing.T) {
	icmp := func(id string) Hex {
		h := Hex{}
		h.UnmarshalText([]byte("00000000000000000000000000004500001c" + id + "00004001" + id + "0a4201010a42010203010000ffffffff"))
		return h
	}
	kernel := func() Result {
		return Result{
			Steps: []StepResult{
				{Log: []LogLine{{5, "[SRC IN= OUT=ext SRC=1.2.3.4 LEN=56 ID=77 PROTO=ICMP TYPE=3 CODE=1 [SRC=5.6.7.8 ID=9 PROTO=ICMP TYPE=8 ] "}},
					Out: []Departure{{"ext", icmp("1111")}, {"lo", Hex{1}}}},
				{Error: "operation not permitted"},
			},
			Save4: "*filter\n:INPUT ACCEPT [1:40]\n:C - [0:0]\n[2:80] -A INPUT -p tcp -j C\n[3:90] -A C -j DROP\nCOMMIT\n",
			Conntrack: "tcp      6 431999 ESTABLISHED src=1.2.3.4 dst=5.6.7.8 mark=0 use=1\n" +
				"udp      17 29 src=1.2.3.4 dst=5.6.7.8 sport=1 mark=0 use=1\n",
		}
	}
	for _, c := range []struct {
		name   string
		change func(e *Result)
		want   string // of the differences, joined
	}{
		{"the same", func(*Result) {}, ""},
		{"drawn IDs", func(e *Result) {
			e.Steps[0].Log[0].Text = strings.Replace(e.Steps[0].Log[0].Text, "ID=77", "ID=4", 1)
			e.Steps[0].Out[0].Frame = icmp("2222")
		}, ""},
		{"an inner ID", func(e *Result) {
			e.Steps[0].Log[0].Text = strings.Replace(e.Steps[0].Log[0].Text, "ID=9", "ID=8", 1)
		}, "step 1: log"},
		{"a level", func(e *Result) { e.Steps[0].Log[0].Level = 4 }, "step 1: log"},
		{"a missing line", func(e *Result) { e.Steps[0].Log = nil }, "step 1: log"},
		{"a line too many", func(e *Result) { e.Steps[1].Log = []LogLine{{4, "x"}} }, "step 2: log"},
		{"lo", func(e *Result) { e.Steps[0].Out = e.Steps[0].Out[:1] }, ""},
		{"another link", func(e *Result) { e.Steps[0].Out[0].Dev = "int" }, "step 1: out ext; step 1: out int"},
		{"a byte", func(e *Result) { e.Steps[0].Out[0].Frame[30]++ }, "step 1: out ext"},
		{"an error", func(e *Result) { e.Steps[1].Error = "" }, "step 2: error"},
		{"no steps", func(e *Result) { e.Steps = nil }, "step 1: log; step 1: out ext; step 2: error"},
		{"a second", func(e *Result) { e.Conntrack = strings.Replace(e.Conntrack, "431999", "432000", 1) }, ""},
		{"two seconds", func(e *Result) { e.Conntrack = strings.Replace(e.Conntrack, "431999", "431997", 1) }, "at the end: conntrack"},
		{"no entry", func(e *Result) { e.Conntrack = "" }, "at the end: conntrack; at the end: conntrack"},
		{"an entry twice", func(e *Result) { e.Conntrack += e.Conntrack }, "at the end: conntrack; at the end: conntrack"},
		{"a state", func(e *Result) { e.Conntrack = strings.Replace(e.Conntrack, "ESTABLISHED", "CLOSE", 1) },
			"at the end: conntrack; at the end: conntrack"},
		{"order and spelling of rules", func(e *Result) {
			e.Save4 = "*filter\n:INPUT ACCEPT [1:40]\n:C - [0:0]\n[3:90] -A C -j DROP\n[2:80] -A INPUT -p 6 -j C\nCOMMIT\n"
		}, ""},
		{"a rule's packets", func(e *Result) { e.Save4 = strings.Replace(e.Save4, "[3:90]", "[4:90]", 1) },
			"at the end: counters of iptables, filter C 1"},
		{"a policy's bytes", func(e *Result) { e.Save4 = strings.Replace(e.Save4, "[1:40]", "[1:41]", 1) },
			"at the end: counters of iptables, filter INPUT policy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := kernel()
			c.change(&e)
			var got []string
			for _, d := range Compare(kernel(), e) {
				what, _, _ := strings.Cut(d.String(), "\n")
				got = append(got, what)
			}
			if s := strings.Join(got, "; "); s != c.want {
				t.Errorf("got %s\nwant %s", s, c.want)
			}
		})
	}
}
