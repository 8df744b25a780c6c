package lab

import (
	"net/netip"
	"reflect"
	"testing"
	"time"
)

func sampleRecord() *Record {
	return &Record{
		Scenario: Scenario{
			Name: "a title", Backend: Legacy, Stack: true,
			Links: append(DefaultLinks(), Link{Name: "dmz", MAC: Hex{2, 0, 0, 0, 3, 1}, MTU: 1400}),
			Routes: []Route{
				{Dst: netip.MustParsePrefix("0.0.0.0/0"), Via: netip.MustParseAddr("10.66.1.2"), Dev: "ext", Metric: 5},
				{Kind: "blackhole", Dst: netip.MustParsePrefix("198.51.100.0/24")},
				{Dst: netip.MustParsePrefix("fd00::/8"), Dev: "int", Src: netip.MustParseAddr("fd66:2::1")},
			},
			Sysctls: []Sysctl{{"net.ipv4.conf.all.rp_filter", "1"}, {"net.ipv4.tcp_mem", "1 2 3"}},
			Sets:    "create s hash:ip\nadd s 192.0.2.1\n",
			Rules4:  "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n",
			Rules6:  "*raw\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n",
			Steps: []Step{
				{From: "ext", Packet: Hex{0x45, 0}},
				{At: 1500 * time.Millisecond, From: "int", Eth: Hex{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 8, 0}, Packet: Hex{0x45}, Note: "a note"},
				{From: Local, Mark: 7, Packet: Hex{0x60}},
			},
		},
		Answer: &Result{
			Start: time.Unix(1700000000, 5).UTC(), Tick: -3 * time.Millisecond, HZ: 250, End: time.Second,
			Refused: "iptables: \"no\"\nline 2", Save4: "*filter\nCOMMIT\n", Save6: "x\n", Sets: "y\n", Conntrack: "udp 17\n",
			Steps: []StepResult{
				{At: time.Microsecond, Error: "operation not permitted"},
				{At: 2, Log: []LogLine{{5, "IN= OUT=ext \x01\\ "}, {4, ""}}, Out: []Departure{{"ext", Hex{1, 2}}, {"lo", Hex{3}}}},
				{At: 3, Conntrack: "a\nb\n"},
			},
		},
	}
}

func TestRecordText(t *testing.T) {
	want := sampleRecord()
	text, err := want.AppendText(nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse("f", text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\n%+v\nwant %+v\n%+v", got.Scenario, got.Answer, want.Scenario, want.Answer)
	}
}

func TestParseErrors(t *testing.T) {
	const packets = "-- packets --\n"
	for _, c := range []struct{ text, want string }{
		{"-- what --\n", `f:1: section "what" (expected host, sets, rules.v4, rules.v6, packets or answer)`},
		{"-- host --\nbackend both\n", `f: back end "both" (expected nft or legacy)`},
		{"-- host --\n\nfrobnicate\n", `f:3: "frobnicate" (expected backend, stack, link, route or sysctl)`},
		{"-- host --\nlink a mac\n", `f:2: "mac" without a value`},
		{"-- host --\nlink a at 02:00:00:00:00:01\n", `f:2: "02:00:00:00:00:01" before any peer`},
		{"-- host --\nlink lo mac 02:00:00:00:00:01\n", `f: link name "lo" (expected 1 to 15 letters, digits, dots and dashes, not lo or local)`},
		{"-- host --\nroute default\n", `f:2: netip.ParsePrefix("default"): no '/'`},
		{packets + "0s ext\n", `f:2: "0s ext" (expected TIME LINK [eth HEX] [mark N] HEX)`},
		{packets + "x ext 45\n", `f:2: time "x" (expected a duration such as 1.5s)`},
		{packets + "0s ext 4\n", `f:2: packet "4": encoding/hex: odd length hex string`},
		{packets + "0s eth9 45\n", `f: step 1: from "eth9", which is no link of the scenario (expected a link's name or local)`},
		{packets + "0s local eth 0102 45\n", `f: step 1: a link header on a packet sent by the host itself`},
		{"-- answer --\n2 at 1s\n", `f:2: step 2 after step 0`},
		{"-- answer --\n1 log 5 text\n", `f:2: text (expected a quoted text)`},
	} {
		_, err := Parse("f", []byte(c.text))
		if err == nil || err.Error() != c.want {
			t.Errorf("%q:\n got %v\nwant %v", c.text, err, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	text, _ := sampleRecord().AppendText(nil)
	f.Add(string(text))
	f.Add("-- host --\nlink a mac 02:00:00:00:00:01 peer 1.2.3.4 02:00:00:00:00:02 peer\n")
	f.Fuzz(func(t *testing.T, in string) {
		r, err := Parse("f", []byte(in))
		if err != nil {
			return
		}
		first, err := r.AppendText(nil)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse("f", first)
		if err != nil {
			t.Fatalf("%v\n%s", err, first)
		}
		if second, _ := again.AppendText(nil); string(second) != string(first) {
			t.Fatalf("first\n%s\nsecond\n%s", first, second)
		}
	})
}
