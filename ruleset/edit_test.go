package ruleset

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEdit(t *testing.T) {
	save := "# mine\n*filter\n:INPUT DROP [5:6]\n\n:foo - [0:0]\n-A INPUT -i lo -j ACCEPT\n[1:2] -A INPUT -j foo\n# last\nCOMMIT\n"
	cmds := "#!/x\nIPT=1\n\tsudo /sbin/iptables -t filter -A INPUT -i lo -j ACCEPT # keep\niptables -t nat -A POSTROUTING -j MASQUERADE\n\tiptables -I INPUT 1 -p tcp --dport 22 -j ACCEPT\nip6tables -A INPUT -j DROP\n"
	cmds = strings.ReplaceAll(cmds, "IPT=1\n", "")
	list := "-A INPUT -s 1.1.1.1,2.2.2.2,3.3.3.3 -j DROP\n"
	for _, tt := range []struct {
		name, in string
		edit     Edit
		want     string // unified diff
	}{
		{"insert before", save, Edit{Op: Insert, Table: "filter", Chain: "INPUT", Num: 1, Rule: "-j LOG --log-prefix \"a b\""},
			"@@ -3,6 +3,7 @@\n :INPUT DROP [5:6]\n \n :foo - [0:0]\n+-A INPUT -j LOG --log-prefix \"a b\"\n -A INPUT -i lo -j ACCEPT\n [1:2] -A INPUT -j foo\n # last\n"},
		{"insert with counters", save, Edit{Op: Insert, Table: "filter", Chain: "INPUT", Num: 2, Rule: "-A INPUT -j LOG"},
			"@@ -4,6 +4,7 @@\n \n :foo - [0:0]\n -A INPUT -i lo -j ACCEPT\n+[0:0] -A INPUT -j LOG\n [1:2] -A INPUT -j foo\n # last\n COMMIT\n"},
		{"append", save, Edit{Op: Insert, Table: "filter", Chain: "INPUT", Num: 3, Rule: "-j LOG"},
			"@@ -5,5 +5,6 @@\n :foo - [0:0]\n -A INPUT -i lo -j ACCEPT\n [1:2] -A INPUT -j foo\n+[0:0] -A INPUT -j LOG\n # last\n COMMIT\n"},
		{"into an empty chain", save, Edit{Op: Insert, Table: "filter", Chain: "foo", Num: 1, Rule: "-j LOG"},
			"@@ -5,5 +5,6 @@\n :foo - [0:0]\n -A INPUT -i lo -j ACCEPT\n [1:2] -A INPUT -j foo\n+[0:0] -A foo -j LOG\n # last\n COMMIT\n"},
		{"replace", save, Edit{Op: Replace, Table: "filter", Chain: "INPUT", Num: 2, Rule: "-s 1.2.3.4/32 -j DROP"},
			"@@ -4,6 +4,6 @@\n \n :foo - [0:0]\n -A INPUT -i lo -j ACCEPT\n-[1:2] -A INPUT -j foo\n+[1:2] -A INPUT -s 1.2.3.4/32 -j DROP\n # last\n COMMIT\n"},
		{"delete", save, Edit{Op: Delete, Table: "filter", Chain: "INPUT", Num: 1},
			"@@ -3,7 +3,6 @@\n :INPUT DROP [5:6]\n \n :foo - [0:0]\n--A INPUT -i lo -j ACCEPT\n [1:2] -A INPUT -j foo\n # last\n COMMIT\n"},
		{"move", save, Edit{Op: Move, Table: "filter", Chain: "INPUT", Num: 2, To: 1},
			"@@ -3,7 +3,7 @@\n :INPUT DROP [5:6]\n \n :foo - [0:0]\n--A INPUT -i lo -j ACCEPT\n [1:2] -A INPUT -j foo\n+-A INPUT -i lo -j ACCEPT\n # last\n COMMIT\n"},
		{"add chain", save, Edit{Op: AddChain, Table: "filter", Chain: "bar"},
			"@@ -3,6 +3,7 @@\n :INPUT DROP [5:6]\n \n :foo - [0:0]\n+:bar - [0:0]\n -A INPUT -i lo -j ACCEPT\n [1:2] -A INPUT -j foo\n # last\n"},
		{"policy", save, Edit{Op: Policy, Table: "filter", Chain: "INPUT", Rule: "ACCEPT"},
			"@@ -1,6 +1,6 @@\n # mine\n *filter\n-:INPUT DROP [5:6]\n+:INPUT ACCEPT [5:6]\n \n :foo - [0:0]\n -A INPUT -i lo -j ACCEPT\n"},
		{"policy not given", save, Edit{Op: Policy, Table: "filter", Chain: "FORWARD", Rule: "DROP"},
			"@@ -1,5 +1,6 @@\n # mine\n *filter\n+:FORWARD DROP [0:0]\n :INPUT DROP [5:6]\n \n :foo - [0:0]\n"},
		{"command before -A", cmds, Edit{Op: Insert, Family: 4, Table: "filter", Chain: "INPUT", Num: 2, Rule: "-m comment --comment \"it's $5\" -j LOG"},
			"@@ -1,4 +1,5 @@\n #!/x\n+\tsudo /sbin/iptables -t filter -A INPUT -m comment --comment 'it'\\''s $5' -j LOG\n \tsudo /sbin/iptables -t filter -A INPUT -i lo -j ACCEPT # keep\n iptables -t nat -A POSTROUTING -j MASQUERADE\n \tiptables -I INPUT 1 -p tcp --dport 22 -j ACCEPT\n"},
		{"command before -I", cmds, Edit{Op: Insert, Family: 4, Table: "filter", Chain: "INPUT", Num: 1, Rule: "-j LOG"},
			"@@ -2,4 +2,5 @@\n \tsudo /sbin/iptables -t filter -A INPUT -i lo -j ACCEPT # keep\n iptables -t nat -A POSTROUTING -j MASQUERADE\n \tiptables -I INPUT 1 -p tcp --dport 22 -j ACCEPT\n+\tiptables -I INPUT 1 -j LOG\n ip6tables -A INPUT -j DROP\n"},
		{"replace a command, comment kept", cmds, Edit{Op: Replace, Family: 4, Table: "filter", Chain: "INPUT", Num: 2, Rule: "-i br0 -j ACCEPT"},
			"@@ -1,5 +1,5 @@\n #!/x\n-\tsudo /sbin/iptables -t filter -A INPUT -i lo -j ACCEPT # keep\n+\tsudo /sbin/iptables -t filter -A INPUT -i br0 -j ACCEPT # keep\n iptables -t nat -A POSTROUTING -j MASQUERADE\n \tiptables -I INPUT 1 -p tcp --dport 22 -j ACCEPT\n ip6tables -A INPUT -j DROP\n"},
		{"family 6", cmds, Edit{Op: Insert, Family: 6, Table: "filter", Chain: "INPUT", Num: 1, Rule: "-j LOG"},
			"@@ -2,4 +2,5 @@\n \tsudo /sbin/iptables -t filter -A INPUT -i lo -j ACCEPT # keep\n iptables -t nat -A POSTROUTING -j MASQUERADE\n \tiptables -I INPUT 1 -p tcp --dport 22 -j ACCEPT\n+ip6tables -A INPUT -j LOG\n ip6tables -A INPUT -j DROP\n"},
		{"one of a list replaced", list, Edit{Op: Replace, Table: "filter", Chain: "INPUT", Num: 2, Rule: "-s 9.9.9.9 -j DROP"},
			"@@ -1 +1,3 @@\n--A INPUT -s 1.1.1.1,2.2.2.2,3.3.3.3 -j DROP\n+-A INPUT -s 1.1.1.1 -j DROP\n+-A INPUT -s 9.9.9.9 -j DROP\n+-A INPUT -s 3.3.3.3 -j DROP\n"},
		{"one of a list deleted", list, Edit{Op: Delete, Table: "filter", Chain: "INPUT", Num: 1},
			"@@ -1 +1,2 @@\n--A INPUT -s 1.1.1.1,2.2.2.2,3.3.3.3 -j DROP\n+-A INPUT -s 2.2.2.2 -j DROP\n+-A INPUT -s 3.3.3.3 -j DROP\n"},
		{"several commands a line", "iptables -F; iptables -A INPUT -j DROP\n", Edit{Op: Delete, Table: "filter", Chain: "INPUT", Num: 1},
			"@@ -1 +1,2 @@\n iptables -F; iptables -A INPUT -j DROP\n+iptables -D INPUT 1\n"},
		{"no newline at the end", "iptables -A INPUT -j DROP", Edit{Op: Insert, Table: "filter", Chain: "INPUT", Num: 2, Rule: "-j LOG"},
			"@@ -1 +1,2 @@\n-iptables -A INPUT -j DROP\n\\ No newline at end of file\n+iptables -A INPUT -j DROP\n+iptables -A INPUT -j LOG\n\\ No newline at end of file\n"},
		{"CRLF and BOM", "\ufeffiptables -A INPUT -j DROP\r\n", Edit{Op: Insert, Table: "filter", Chain: "INPUT", Num: 1, Rule: "-j LOG"},
			"@@ -1 +1,2 @@\n-\ufeffiptables -A INPUT -j DROP\r\n+\ufeffiptables -A INPUT -j LOG\r\n+iptables -A INPUT -j DROP\r\n"},
		{"a table that commands do not have yet", "iptables -A INPUT -j DROP\n", Edit{Op: Insert, Table: "raw", Chain: "PREROUTING", Num: 1, Rule: "-j DROP"},
			"@@ -1 +1,2 @@\n iptables -A INPUT -j DROP\n+iptables -t raw -A PREROUTING -j DROP\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Parse("f", []byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			g, err := f.Edit(tt.edit)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.TrimPrefix(Diff("f", f.Bytes(), g.Bytes()), "--- f\n+++ f\n")
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestEditRefused(t *testing.T) {
	f, err := Parse("f", []byte("*filter\n-A INPUT -j DROP\nCOMMIT\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		e    Edit
		want string
	}{
		{Edit{Op: Insert, Table: "filter", Chain: "INPUT", Num: 3, Rule: "-j LOG"}, `insert "-j LOG" before rule 3 of filter INPUT: rule number 3 (chain INPUT has 1 rules)`},
		{Edit{Op: Delete, Table: "filter", Chain: "OUTPUT", Num: 1}, `delete rule 1 of filter OUTPUT: rule number 1 (chain OUTPUT has 0 rules)`},
		{Edit{Op: Insert, Table: "filter", Chain: "INPUT", Num: 1, Rule: "-j A\n-A INPUT"}, `insert "-j A\n-A INPUT" before rule 1 of filter INPUT: rule "-j A\n-A INPUT" is more than a line`},
		{Edit{Op: Insert, Table: "filter", Chain: "nope", Num: 1, Rule: "-j LOG"}, `insert "-j LOG" before rule 1 of filter nope: no line of f can be changed to that effect`},
		{Edit{Op: Delete, Family: 6, Table: "filter", Chain: "INPUT", Num: 2}, `delete rule 2 of filter INPUT: rule number 2 (chain INPUT has 1 rules)`},
		{Edit{Op: Policy, Table: "filter", Chain: "foo", Rule: "DROP"}, `set policy of filter foo to DROP: chain "foo" is not a built-in chain of table filter`},
	} {
		_, err := f.Edit(tt.e)
		if err == nil || err.Error() != tt.want {
			t.Errorf("got  %v\nwant %s", err, tt.want)
		}
	}
}

// diffTwin is what diff(1) would apply: patch(1) turns the old text into the new.
func TestDiffAppliesWithPatch(t *testing.T) {
	if _, err := exec.LookPath("patch"); err != nil {
		t.Skip("no patch(1)")
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		old, now := randomLines(rnd), randomLines(rnd)
		d := Diff("x", old, now)
		if bytes.Equal(old, now) != (d == "") {
			t.Fatalf("%q to %q: %q", old, now, d)
		}
		if d == "" {
			continue
		}
		file := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(file, old, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("patch", "-s", file)
		cmd.Stdin = strings.NewReader(d)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("patch: %v %s\n%s", err, out, d)
		}
		if got, _ := os.ReadFile(file); !bytes.Equal(got, now) && !(len(now) == 0 && len(got) == 0) {
			t.Fatalf("%q to %q by\n%s\ngot %q", old, now, d, got)
		}
	}
}

func randomLines(rnd *rand.Rand) []byte {
	var b strings.Builder
	for range rnd.IntN(30) {
		b.WriteString(strings.Repeat(string(rune('a'+rnd.IntN(4))), 1+rnd.IntN(2)) + "\n")
	}
	return []byte(b.String())
}

// TestRandomEdits edits random dumps and scripts: every edit must be possible
// and change as many lines as it needs, all others stay as they are.
func TestRandomEdits(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		text := randomRules(rnd)
		f, err := Parse("f", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		c := f.V4.Table("filter").Chain("INPUT")
		n := len(c.Rules)
		e := Edit{Op: EditOp(rnd.IntN(4)), Table: "filter", Chain: "INPUT", Num: 1 + rnd.IntN(n), To: 1 + rnd.IntN(n), Rule: "-s 9.9.9.9/32 -j LOG"}
		if e.Op == Insert {
			e.Num = 1 + rnd.IntN(n+1)
		}
		g, err := f.Edit(e)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		added, removed := 0, 0
		for _, c := range changes(splitLines(f.Bytes()), splitLines(g.Bytes())) {
			removed += c.a2 - c.a1
			added += c.b2 - c.b1
		}
		want := map[EditOp][2]int{Insert: {1, 0}, Replace: {1, 1}, Delete: {0, 1}, Move: {1, 1}}[e.Op]
		if e.Op == Move && added == 0 { // to where it was, or past its equal
			want = [2]int{0, 0}
		}
		if [2]int{added, removed} != want {
			t.Fatalf("%s: %d lines added, %d removed\n%s", e, added, removed, Diff("f", f.Bytes(), g.Bytes()))
		}
		if got := g.V4.Table("filter").Chain("INPUT").Rules; e.Op == Insert && got[e.Num-1].Spec() != e.Rule {
			t.Fatalf("%s: rule %d is %s", e, e.Num, got[e.Num-1])
		}
	}
}

// randomRules writes a dump or a list of commands with comments and blank lines.
func randomRules(rnd *rand.Rand) string {
	var b strings.Builder
	prefix := pick(rnd, "", "", "iptables ", "  sudo iptables -w ")
	if prefix == "" {
		b.WriteString("*filter\n:INPUT DROP [0:0]\n:foo - [0:0]\n")
	}
	for range 2 + rnd.IntN(8) {
		switch rnd.IntN(5) {
		case 0:
			b.WriteString("# a comment\n")
		case 1:
			b.WriteString("\n")
		}
		b.WriteString(prefix + "-A " + pick(rnd, "INPUT", "INPUT", "OUTPUT") + " -s 10.0.0." + pick(rnd, "1", "2", "3") + "/32 -j " + pick(rnd, "ACCEPT", "DROP") + "\n")
	}
	b.WriteString(prefix + "-A INPUT -j REJECT\n")
	if prefix == "" {
		b.WriteString("COMMIT\n# end\n")
	}
	return b.String()
}
