package evidence

import (
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"nfwhy/capture"
	"nfwhy/host"
)

// inferred returns what InferHost makes of a text: links with their addresses,
// and facts with their reasons.
func inferred(t *testing.T, e *Evidence) (h *host.Host, links, facts []string) {
	t.Helper()
	h = &host.Host{}
	e.AddRules(h, 0)
	e.InferHost(h)
	for _, l := range h.Links {
		s := l.Name
		for _, p := range l.Addrs {
			s += " " + p.String()
		}
		links = append(links, s)
	}
	for _, i := range h.Inferred {
		facts = append(facts, i.Fact+": "+i.From)
	}
	return h, links, facts
}

func TestInferHost(t *testing.T) {
	const packet = "04:05:06.000001 IP (tos 0x0, ttl %TTL%, id 1, offset 0, flags [none], proto TCP (6), length 40)\n    203.0.113.7.4000 > 192.0.2.1.23: Flags [S], seq 1, win 1024, length 0\n" +
		"04:05:06.000002 IP (tos 0x0, ttl 64, id 2, offset 0, flags [none], proto TCP (6), length 40)\n    192.0.2.1.23 > 203.0.113.7.4000: Flags [R.], seq 0, ack 2, win 0, length 0\n"
	in := line("eth0", "", "203.0.113.7", "192.0.2.1", 4000, 23)
	tests := []struct {
		name, text  string
		links, fact []string
	}{
		{"SRC of a line with only OUT", line("", "eth0", "192.0.2.1", "203.0.113.7", 23, 4000), []string{"eth0 192.0.2.1/32"},
			[]string{"192.0.2.1 is this host's address on eth0: SRC= of a line with only OUT= (post:1)"}},
		{"DST of a line with only IN", in, []string{"eth0 192.0.2.1/32"},
			[]string{"192.0.2.1 is this host's address on eth0: DST= of a line with only IN= (post:1)"}},
		{"not of a broadcast", line("eth0", "", "203.0.113.7", "192.0.2.255", 4000, 23), []string{"eth0"}, nil},
		{"not of a broadcast frame", strings.Replace(line("eth0", "", "203.0.113.7", "192.0.2.77", 4000, 23), "MAC=02:00:00:00:0b:01", "MAC=ff:ff:ff:ff:ff:ff", 1), []string{"eth0"}, nil},
		{"not of multicast", line("eth0", "", "203.0.113.7", "224.0.0.251", 4000, 23), []string{"eth0"}, nil},
		{"not of lo", line("lo", "", "127.0.0.1", "192.0.2.1", 4000, 23), []string{"eth0"}, []string{"the interface is called eth0: nothing names one"}},
		{"forwarded", line("eth0", "eth1", "203.0.113.7", "10.0.0.9", 4000, 23), []string{"eth0", "eth1"}, nil},
		{"blanked", line("eth0", "", "203.0.113.7", "MYIP", 4000, 23), []string{"eth0 198.18.0.1/32"},
			[]string{"MYIP is this host's address on eth0: DST= of a line with only IN= (post:1)"}},
		{"not before routing", "-t raw -A PREROUTING -j LOG --log-prefix \"X: \"\n" + in, []string{"eth0"}, nil},
		{"also before routing", "iptables -t raw -A PREROUTING -j LOG --log-prefix \"X: \"\niptables -A INPUT -j LOG --log-prefix \"X: \"\n" + in, []string{"eth0 192.0.2.1/32"},
			[]string{"192.0.2.1 is this host's address on eth0: DST= of a line with only IN= (post:3)"}},
		{"trace of INPUT", "kernel: TRACE: filter:INPUT:rule:1 " + in[strings.Index(in, "IN="):], []string{"eth0 192.0.2.1/32"},
			[]string{"192.0.2.1 is this host's address on eth0: DST= of a line with only IN= (post:1)"}},
		{"trace before routing", "kernel: TRACE: raw:PREROUTING:rule:1 " + in[strings.Index(in, "IN="):], []string{"eth0"}, nil},
		{"rules' interfaces and addresses", "so:\n-A INPUT -i wan0 -d 192.0.2.1 -j DROP\n-A OUTPUT -o wan1 -s 192.0.2.2/32 -j DROP\n-A INPUT -i tun+ -j DROP\n-A FORWARD -d 192.0.2.3 -j DROP\n-A INPUT -d 192.0.2.255 -j DROP\n",
			[]string{"wan0 192.0.2.1/32 192.0.2.2/32", "wan1"}, []string{"192.0.2.1 is this host's address on wan0: rule post:2:1", "192.0.2.2 is this host's address on wan0: rule post:3:1"}},
		{"TTL", "dump:\n" + strings.Replace(packet, "%TTL%", "50", 1), []string{"eth0 192.0.2.1/32"},
			[]string{"the interface is called eth0: nothing names one",
				"192.0.2.1 is this host's address on eth0: its packets have the TTL that hosts start with; the others have crossed routers"}},
		{"first packet", "dump:\n04:05:06.000001 IP 203.0.113.7.4000 > 192.0.2.1.23: Flags [S], seq 1, win 1024, length 0\n", []string{"eth0 192.0.2.1/32"},
			[]string{"the interface is called eth0: nothing names one", "192.0.2.1 is this host's address on eth0: destination of the first packet of the capture"}},
		{"listening on", "tcpdump: listening on ppp0, link-type EN10MB\n04:05:06.000001 ppp0 Out IP 192.0.2.1.4000 > 203.0.113.7.23: Flags [S], seq 1, win 1024, length 0\n",
			[]string{"ppp0 192.0.2.1/32"}, []string{"192.0.2.1 is this host's address on ppp0: source of a packet that the capture marks as sent (post:2)"}},
		{"nothing", "hello\n", []string{"eth0"}, []string{"the interface is called eth0: nothing names one"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h, links, facts := inferred(t, read(t, tt.text))
			same(t, "links", links, tt.links)
			same(t, "facts", facts, tt.fact)
			if !h.Open {
				t.Error("the host is not open although nobody told its routes")
			}
		})
	}
}

const told = "2: eth0: <BROADCAST,UP> mtu 1400\n    link/ether 02:00:00:00:0b:01 brd ff:ff:ff:ff:ff:ff\n    inet 192.0.2.1/24 scope global eth0\n3: tun0: <POINTOPOINT,UP> mtu 1400\n    link/none\n"

func TestToldHost(t *testing.T) {
	routes := "default via 192.0.2.254 dev eth0\n192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.1\n"
	in := line("eth0", "", "203.0.113.7", "192.0.2.9", 4000, 23)
	tests := []struct {
		name, text string
		links      []string
		open       bool
	}{
		{"addresses", told + in, []string{"eth0 192.0.2.1/24", "tun0"}, true},
		{"addresses of another link", told + line("eth9", "", "203.0.113.7", "192.0.2.9", 4000, 23), []string{"eth0 192.0.2.1/24", "tun0", "eth9 192.0.2.9/32"}, true},
		{"routes", routes + in, []string{"eth0 192.0.2.1/32 192.0.2.9/32"}, true},
		{"both", told + routes + in, []string{"eth0 192.0.2.1/24", "tun0"}, false},
		{"both, and a link that only a line names", told + routes + line("eth9", "", "203.0.113.7", "192.0.2.9", 4000, 23), []string{"eth0 192.0.2.1/24", "tun0", "eth9"}, false},
		{"more than one table", told + routes + "10.0.0.0/8 via 192.0.2.7 dev eth0 table 100\n", []string{"eth0 192.0.2.1/24", "tun0"}, true},
		{"the tables that all have", told + routes + "local 192.0.2.1 dev eth0 table local proto kernel scope host src 192.0.2.1\n0:\tfrom all lookup local\n", []string{"eth0 192.0.2.1/24", "tun0"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h, links, _ := inferred(t, read(t, tt.text))
			same(t, "links", links, tt.links)
			if h.Open != tt.open {
				t.Errorf("open %v, want %v", h.Open, tt.open)
			}
		})
	}
	h, _, _ := inferred(t, read(t, told+routes))
	eth, tun := h.Link("eth0"), h.Link("tun0")
	if eth.MTU != 1400 || len(eth.MAC) != 6 || !eth.Ethernet || tun.Ethernet || len(h.Routes) != 2 {
		t.Errorf("links %+v, routes %v", h.Links, h.Routes)
	}
}

func TestMACOfLog(t *testing.T) {
	h, _, _ := inferred(t, read(t, line("eth0", "", "203.0.113.7", "192.0.2.1", 4000, 23)))
	if l := h.Link("eth0"); len(l.MAC) != 6 || l.MAC[5] != 1 || l.MAC[4] != 0x0b {
		t.Errorf("MAC %x", l.MAC)
	}
}

func TestPacketDirections(t *testing.T) {
	e := read(t, "04:05:06.000001 eth3 In  IP 203.0.113.7.4000 > 192.0.2.1.23: Flags [S], seq 1, win 1024, length 0\n")
	if e.Packets[0].Dir != capture.In {
		t.Fatalf("direction %v", e.Packets[0].Dir)
	}
	_, links, _ := inferred(t, e)
	same(t, "links", links, []string{"eth3 192.0.2.1/32"})
}

func TestAddRules(t *testing.T) {
	rules := func(texts ...string) (h host.Host) {
		var in []Input
		for i, s := range texts {
			in = append(in, Input{Name: string(rune('a' + i)), R: strings.NewReader(s)})
		}
		e, err := Read(in...)
		if err != nil {
			t.Fatal(err)
		}
		e.AddRules(&h, 0)
		return h
	}
	const six = "# Generated by ip6tables-save v1.8.9\n*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j DROP\nCOMMIT\n"
	const nat = "*nat\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n"
	h := rules("-A INPUT -j DROP\n", six)
	if h.Rules4 == nil || h.Rules6 == nil {
		t.Errorf("rules of two families: %v %v", h.Rules4, h.Rules6)
	}
	h = rules("*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j DROP\nCOMMIT\n", nat)
	if len(h.Rules4.Tables) != 2 {
		t.Errorf("tables of two texts: %v", h.Rules4.Tables)
	}
	h = rules("-A INPUT -j DROP\n", "-A INPUT -j ACCEPT\n-A INPUT -j DROP\n")
	if n := len(h.Rules4.Table("filter").Chain("INPUT").Rules); n != 2 {
		t.Errorf("the second text's table has %d rules, want 2", n)
	}
	const v6 = "kernel: IN=eth0 OUT= MAC= SRC=2001:0db8:0000:0000:0000:0000:0000:0001 DST=2001:0db8:0000:0000:0000:0000:0000:0002 LEN=60 TC=0 HOPLIMIT=64 FLOWLBL=0 PROTO=TCP SPT=1 DPT=2 WINDOW=1 RES=0x00 SYN URGP=0\n"
	h = rules("-A INPUT -j DROP\nsays\n" + v6)
	if h.Rules4 != nil || h.Rules6 == nil {
		t.Errorf("rules beside IPv6 lines only: %v %v", h.Rules4, h.Rules6)
	}
	var g host.Host
	e := read(t, "-A INPUT -j DROP\n")
	e.AddRules(&g, 6)
	if g.Rules6 == nil || g.Rules4 != nil {
		t.Error("rules of unknown family are not of the family that was said")
	}
}

// data returns the folder of shared data, or skips the test.
func data(t *testing.T, sub string) string {
	t.Helper()
	root := os.Getenv("NFWHY_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "data")
	}
	dir := filepath.Join(root, sub)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no data: %v", err)
	}
	return dir
}

// What is found line by line is what host.ReadIP finds in a whole file.
func TestListingsOfData(t *testing.T) {
	dir, n := data(t, "net-network"), 0
	err := filepath.Walk(dir, func(path string, st os.FileInfo, err error) error {
		if err != nil || st.IsDir() || !strings.Contains(filepath.Base(path), "ip") || strings.Contains(path, "tables") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var whole host.Host
		if whole.ReadIP(path, text) != nil {
			return nil
		}
		n++
		e := read(t, string(text))
		var h host.Host
		e.InferHost(&h)
		// the src of a route is an address of the host; a listing of addresses says all
		if got, want := addressesOf(&h), addressesOf(&whole); len(want) > 0 && strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s: addresses\n got %v\nwant %v", path, got, want)
		}
		if len(h.Routes) != len(whole.Routes) {
			t.Errorf("%s: %d routes, want %d", path, len(h.Routes), len(whole.Routes))
		}
		return nil
	})
	if err != nil || n < 5 {
		t.Errorf("%d listings read, error %v", n, err)
	}
}

func addressesOf(h *host.Host) []string {
	var out []string
	for _, l := range h.Links {
		for _, p := range l.Addrs {
			if !l.Loopback {
				out = append(out, l.Name+":"+p.String())
			}
		}
	}
	sort.Strings(out)
	return out
}
