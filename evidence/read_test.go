package evidence

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"testing"
)

// read reads one text.
func read(t *testing.T, text string) *Evidence {
	t.Helper()
	e, err := Read(Input{Name: "post", R: strings.NewReader(text)})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// found lists what was recognised as "LINE KIND detail", in the order of the text.
func found(e *Evidence) []string {
	type entry struct {
		line int
		text string
	}
	var all []entry
	add := func(source, kind, format string, args ...any) {
		at := strings.SplitN(source, ":", 3)[1]
		n, _ := strconv.Atoi(at)
		all = append(all, entry{n, at + " " + kind + " " + fmt.Sprintf(format, args...)})
	}
	for i := range e.Logs {
		l := &e.Logs[i].Line
		add(e.Logs[i].Source, "log", "%s>%s proto %d dpt %d%s", e.Names.Show(l.Src), e.Names.Show(l.Dst), l.Proto, l.DstPort, times(l.Repeated))
	}
	for _, p := range e.Packets {
		add(p.Source(), "packet", "%s>%s proto %d", e.Names.Show(p.Packet.Src()), e.Names.Show(p.Packet.Dst()), p.Packet.Proto)
	}
	for _, f := range e.Files {
		for _, rs := range f.Rulesets() {
			for _, tb := range rs.Tables {
				for _, c := range tb.Chains {
					for i, r := range c.Rules {
						add(r.Pos.String(), "rule", "%s %s %d", tb.Name, c.Name, i+1)
					}
				}
			}
		}
		for _, s := range f.Sets {
			add(s.Pos.String(), "set", "%s %s %d", s.Name, s.Type, len(s.Entries))
		}
	}
	for i := range e.Conntrack {
		c := &e.Conntrack[i]
		add(c.Source, "conntrack", "%s>%s %s", e.Names.Show(c.Orig.Src()), e.Names.Show(c.Orig.Dst()), c.State)
	}
	for i := range e.Addresses {
		a := &e.Addresses[i]
		if a.Prefix.IsValid() {
			add(a.Source, "address", "%s/%d %s", e.Names.Show(a.Prefix.Addr()), a.Prefix.Bits(), a.Dev)
		} else {
			add(a.Source, "link", "%s %s", a.Dev, a.Kind)
		}
	}
	for _, r := range e.Routes {
		add(r.Source, "route", "%s dev %s", r.Dst, r.Dev)
	}
	for i := range e.Sockets {
		k := &e.Sockets[i]
		add(k.Source, "socket", "%s %s %v", k.Proto, k.LocalText, k.Listening())
	}
	for _, s := range e.Sysctls {
		add(s.Source, "sysctl", "%s=%s", s.Key, s.Value)
	}
	for i := range e.Messages {
		m := &e.Messages[i]
		add(m.Source, "message", "%s%s", m.Topic, times(m.Repeated))
	}
	for i := range e.Traces {
		x := &e.Traces[i]
		add(x.Source, "trace", "%s %s %s %d %s", x.Table, x.Chain, x.Kind, x.Rule, x.Verdict)
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].line < all[j].line })
	var out []string
	for _, a := range all {
		out = append(out, strings.TrimSpace(a.text))
	}
	return out
}

func times(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" x%d", n)
}

// ignored lists the lines that look like evidence and were not used.
func ignored(e *Evidence) []string {
	var out []string
	for _, i := range e.Ignored {
		out = append(out, strings.SplitN(i.Source, ":", 3)[1])
	}
	return out
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

// kernel is a log line as the kernel and syslog write it.
const kernel = "Mar  3 04:05:06 gw kernel: [  77.000001] DROP: IN=eth0 OUT= MAC=02:00:00:00:0b:01:02:00:00:00:0a:01:08:00 SRC=203.0.113.7 DST=192.0.2.1 " +
	"LEN=44 TOS=0x00 PREC=0x00 TTL=240 ID=1 PROTO=TCP SPT=4000 DPT=23 WINDOW=1024 RES=0x00 SYN URGP=0 "

const kernelFound = "log 203.0.113.7>192.0.2.1 proto 6 dpt 23"

func TestSortMixed(t *testing.T) {
	tests := []struct {
		name, text    string
		want, ignored []string
	}{
		{"nothing", "", nil, nil},
		{"English", "Hello, my rules are:\n\n-A INPUT -p tcp --dport 22 -j ACCEPT\n-A INPUT -j DROP\n\nand dmesg says\n\n" + kernel + "\n\nWhy? IN= is empty and I see SRC, DST.\nThanks - Bob\n",
			[]string{"3 rule filter INPUT 1", "4 rule filter INPUT 2", "8 " + kernelFound}, nil},
		{"German", "Moin zusammen,\n- ich habe folgende Regeln:\n\tiptables -A INPUT -i lo -j ACCEPT\n\tiptables -A INPUT -j LOG --log-prefix \"DROP: \"\n- und im Log:\n" + kernel + "\nWas heißt das? Für Hilfe wäre ich dankbar.\n",
			[]string{"3 rule filter INPUT 1", "4 rule filter INPUT 2", "6 " + kernelFound}, nil},
		{"Portuguese", "Olá, não consigo entender:\n-A INPUT -j DROP\nO que é isto?\n" + kernel + "\nObrigado!\n",
			[]string{"2 rule filter INPUT 1", "4 " + kernelFound}, nil},
		{"Russian", "Подскажите, что это за пакеты?\n" + kernel + "\n-A INPUT -j DROP\n— правило\n",
			[]string{"2 " + kernelFound, "3 rule filter INPUT 1"}, nil},
		{"Chinese", "防火墙日志里有这些:\n" + kernel + "\n规则如下:\n-A INPUT -j DROP\n",
			[]string{"2 " + kernelFound, "4 rule filter INPUT 1"}, nil},
		{"quoted mail", "> -A INPUT -p tcp --dport 22 -j ACCEPT\n> > -A INPUT -j DROP\n>\n> " + kernel + "\n",
			[]string{"1 rule filter INPUT 1", "2 rule filter INPUT 2", "4 " + kernelFound}, nil},
		{"Markdown", "Rules:\n```\n-A INPUT -j DROP\n```\n* " + kernel + "\n- `-A OUTPUT -j ACCEPT`\n",
			[]string{"3 rule filter INPUT 1", "5 " + kernelFound, "6 rule filter OUTPUT 1"}, nil},
		{"HTML", "<p>Rules:</p>\n<pre><code>-A INPUT -m comment --comment &quot;a &amp; b&quot; -j DROP\n</code></pre>\n<li>" + strings.ReplaceAll(kernel, "203.0.113.7", "&lt;ip&gt;") + "</li>\n",
			[]string{"2 rule filter INPUT 1", "4 log <ip>>192.0.2.1 proto 6 dpt 23"}, nil},
		{"forum", "[code]-A INPUT -j DROP\n-A OUTPUT -j ACCEPT[/code]\n[CODE]" + kernel + "[/CODE]\n",
			[]string{"1 rule filter INPUT 1", "2 rule filter OUTPUT 1", "3 " + kernelFound}, nil},
		{"carriage returns", "text\r\n-A INPUT -j DROP\r\n" + kernel + "\r\n",
			[]string{"2 rule filter INPUT 1", "3 " + kernelFound}, nil},
		{"backslashes", "my script:\niptables -A INPUT -p tcp \\\n  --dport 22 \\\n  -j ACCEPT\niptables -A INPUT -j DROP\nthe end\n",
			[]string{"2 rule filter INPUT 1", "5 rule filter INPUT 2"}, nil},
		{"tcpdump", "I ran tcpdump:\n04:05:06.000001 IP 203.0.113.7.4000 > 192.0.2.1.23: Flags [S], seq 1, win 1024, length 0\nand\n-A INPUT -j DROP\n",
			[]string{"2 packet 203.0.113.7>192.0.2.1 proto 6", "4 rule filter INPUT 1"}, nil},
		{"listing", "# iptables -L -n\nChain INPUT (policy DROP)\ntarget     prot opt source               destination\nACCEPT     tcp  --  0.0.0.0/0            0.0.0.0/0            tcp dpt:22\nDROP       all  --  0.0.0.0/0            0.0.0.0/0\n\nChain OUTPUT (policy ACCEPT)\ntarget     prot opt source               destination\n\n" + kernel + "\n",
			[]string{"4 rule filter INPUT 1", "5 rule filter INPUT 2", "10 " + kernelFound}, nil},
		{"iptables -S", "$ sudo iptables -S\n-P INPUT DROP\n-A INPUT -i lo -j ACCEPT\nwhat now\n",
			[]string{"3 rule filter INPUT 1"}, nil},
		{"ipset save", "create block hash:ip family inet hashsize 1024 maxelem 65536\nadd block 203.0.113.7\nadd block 203.0.113.8\n-A INPUT -m set --match-set block src -j DROP\nis that right?\n",
			[]string{"1 set block hash:ip 2", "4 rule filter INPUT 1"}, nil},
		{"ipset list", "Name: block\nType: hash:ip\nRevision: 4\nHeader: family inet hashsize 1024 maxelem 65536\nSize in memory: 120\nReferences: 1\nMembers:\n203.0.113.7\n203.0.113.8\n\n" + kernel + "\n",
			[]string{"1 set block hash:ip 2", "11 " + kernelFound}, nil},
		{"unreadable", "iptables -A INPUT -p tcp --dport 22 -j\nMar 3 gw kernel: XX=eth0 OUT= SRC=1.2.3.4 DST=5.6.7.8 LEN=40\n",
			nil, []string{"1", "2"}},
		{"words about logs", "Every line with SRC and DST, or with IN= alone, is evil. See TRACE: for more. Table full, I guess.\nThe default via is wrong: net.ipv4 says so.\nnf_conntrack is great.\n", nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := read(t, tt.text)
			same(t, "found", found(e), tt.want)
			var at []string
			for _, i := range e.Ignored {
				at = append(at, strings.SplitN(i.Source, ":", 3)[1])
			}
			same(t, "ignored", at, tt.ignored)
		})
	}
}

func TestFamilyOfDump(t *testing.T) {
	e := read(t, "see:\n# Generated by ip6tables-save v1.8.9 on Mon\n*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j DROP\nCOMMIT\n")
	if len(e.Files) != 1 || e.Files[0].V6 == nil || e.Files[0].V4 != nil {
		t.Errorf("rules of ip6tables-save among prose are not IPv6's: %+v", e.Files)
	}
}

func TestPureRules(t *testing.T) {
	for _, text := range []string{
		"-A INPUT -p tcp --dport 22 -j ACCEPT\n-I INPUT 9 -j DROP\n",
		"*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\nCOMMIT\n",
	} {
		if _, err := Read(Input{Name: "r", R: strings.NewReader(text)}); err == nil {
			t.Errorf("no error for the mistake in a file of rules %q", text)
		}
	}
	if _, err := Read(Input{Name: "r", Kind: Rules, R: strings.NewReader("hello\n-A INPUT -j DROP\n")}); err == nil {
		t.Error("no error for prose in what is said to be rules")
	}
	// A log line in a comment of a file of rules is an example.
	e := read(t, "*filter\n:INPUT ACCEPT [0:0]\n# "+kernel+"\n-A INPUT -j DROP\nCOMMIT\n")
	same(t, "found", found(e), []string{"4 rule filter INPUT 1"})
}

func TestLeaveOut(t *testing.T) {
	const rules = "-A INPUT -p tcp --dport 22 -j ACCEPT\n-A INPUT -p tcp --dprot 23 -j ACCEPT\n-A INPUT -j NOSUCH\n-A INPUT -j DROP\n"
	e := read(t, "my rules are\n"+rules)
	same(t, "found", found(e), []string{"2 rule filter INPUT 1", "5 rule filter INPUT 2"})
	same(t, "ignored", ignored(e), []string{"3", "4"})
	if len(e.LeftOut) != 2 || e.LeftOut[0].Pos.Line != 3 {
		t.Errorf("left out: %v", e.LeftOut)
	}
	if !strings.Contains(e.Ignored[0].Why, "--dprot") {
		t.Errorf("reason %q does not name the option", e.Ignored[0].Why)
	}
	if e = read(t, rules); len(e.LeftOut) != 0 {
		t.Errorf("rules were left out of a file of rules: %v", e.LeftOut)
	}
}

func TestKindLogs(t *testing.T) {
	text := "-A INPUT -j DROP\n" + kernel + "\n04:05:06.000001 IP 203.0.113.7.4000 > 192.0.2.1.23: Flags [S], seq 1, win 1024, length 0\n"
	e, err := Read(Input{Name: "x", Kind: Logs, R: strings.NewReader(text)})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "found", found(e), []string{"2 " + kernelFound})
}

func TestUTF16(t *testing.T) {
	for _, big := range []bool{false, true} {
		text := []byte{0xff, 0xfe}
		if big {
			text = []byte{0xfe, 0xff}
		}
		for _, c := range "-A INPUT -j DROP\r\nüben\r\n" + kernel + "\r\n" {
			if b := []byte{byte(c), byte(c >> 8)}; big {
				text = append(text, b[1], b[0])
			} else {
				text = append(text, b...)
			}
		}
		same(t, "found", found(read(t, string(text))), []string{"1 rule filter INPUT 1", "3 " + kernelFound})
	}
}

func TestUfwStatus(t *testing.T) {
	e := read(t, "ufw says\n\nStatus: active\nLogging: on (low)\nDefault: deny (incoming), allow (outgoing), disabled (routed)\nNew profiles: skip\n\n"+
		"To                         Action      From\n--                         ------      ----\n22/tcp                     ALLOW IN    Anywhere\n\nand logs\n"+kernel+"\n")
	if len(e.Files) != 1 || e.Files[0].V4 == nil || e.Files[0].V4.Table("filter").Chain("ufw-user-input") == nil {
		t.Fatalf("no rules from the status of ufw: %v", found(e))
	}
	if rules := e.Files[0].V4.Table("filter").Chain("ufw-user-input").Rules; len(rules) != 1 || rules[0].Pos.Line != 10 {
		t.Errorf("user rules %v", rules)
	}
	if len(e.Logs) != 1 || e.Logs[0].Source != "post:13" {
		t.Errorf("logs %v", e.Logs)
	}
}
