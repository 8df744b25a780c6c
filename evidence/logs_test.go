package evidence

import (
	"strings"
	"testing"
)

func TestWrapped(t *testing.T) {
	flat := strings.TrimSpace(kernel)
	cut := func(at string, offset int) (a, b string) {
		i := strings.Index(flat, at) + offset
		return flat[:i], flat[i:]
	}
	wrap := func(at string, offset int, sep string) string {
		a, b := cut(at, offset)
		return strings.TrimRight(a, " ") + sep + strings.TrimLeft(b, " ")
	}
	tests := []struct{ name, text string }{
		{"not at all", flat},
		{"before SRC", wrap("SRC=", 0, "\n")},
		{"before PROTO", wrap("PROTO=", 0, "\n")},
		{"before SPT", wrap("SPT=", 0, "\n")},
		{"before a flag", wrap("SYN", 0, "\n")},
		{"inside an address", wrap("203.0.113.7", 6, "\n")},
		{"inside a number", wrap("4000", 2, "\n")},
		{"inside MAC=", wrap("02:00:00:00:0a", 0, "\n")},
		{"before a colon of MAC=", wrap("02:00:00:00:0a", 2, "\n")},
		{"behind a quote mark", "> " + wrap("TTL=", 0, "\n> ")},
		{"with indentation", wrap("TTL=", 0, "\n      ")},
		{"twice", strings.Replace(wrap("TTL=", 0, "\n"), " SPT=", "\nSPT=", 1)},
		{"in the old kernel's pieces", strings.Replace(wrap("SRC=", 0, "\nMar  3 04:05:06 gw kernel: "), " PROTO=", "\nMar  3 04:05:06 gw kernel: PROTO=", 1)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := read(t, "I see\n"+tt.text+"\nand wonder, SRC= being odd\n"+flat+"\n")
			if len(e.Logs) != 2 {
				t.Fatalf("%d log lines: %v", len(e.Logs), found(e))
			}
			got, want := e.Logs[0].Line, e.Logs[1].Line
			if got.Src != want.Src || got.SrcPort != want.SrcPort || got.TCPFlags != want.TCPFlags || got.MAC != want.MAC || len(got.Pairs) != len(want.Pairs) {
				t.Errorf("got  %v %v\nwant %v %v", got.Pairs, got.Flags, want.Pairs, want.Flags)
			}
			if e.Logs[0].Source != "post:2" {
				t.Errorf("source %q", e.Logs[0].Source)
			}
		})
	}
}

func TestWrappedTail(t *testing.T) {
	flat := strings.TrimSpace(kernel)
	tests := []struct {
		text  string
		pairs int // more than flat has
		rest  string
	}{
		{flat + "\nOPT (020405B4)\n", 1, ""},
		{flat + "\nMARK=0x7\n", 1, ""},
		{flat + "\nMARK=0x7 is my mark\n", 0, ""},
		{flat + "\nSYN\n", 0, ""}, // as a flag it is there twice then; nothing new
		{flat + "\nwhat is WINDOW=1024?\n", 0, ""},
		{flat + "\n\nMARK=0x7\n", 0, ""},
	}
	base := read(t, flat).Logs[0].Line
	for _, tt := range tests {
		e := read(t, tt.text)
		l := e.Logs[0].Line
		if len(e.Logs) != 1 || len(l.Pairs) != len(base.Pairs)+tt.pairs || l.Rest != tt.rest {
			t.Errorf("%q: %d pairs, want %d; rest %q", tt.text[len(flat):], len(l.Pairs), len(base.Pairs)+tt.pairs, l.Rest)
		}
	}
}

func TestWrappedICMPError(t *testing.T) {
	const whole = "kernel: IN=eth0 OUT= MAC= SRC=203.0.113.7 DST=192.0.2.1 LEN=56 TOS=0x00 PREC=0x00 TTL=240 ID=1 PROTO=ICMP TYPE=3 CODE=3 " +
		"[SRC=192.0.2.1 DST=203.0.113.9 LEN=60 TOS=0x00 PREC=0x00 TTL=50 ID=2 PROTO=UDP SPT=53 DPT=4000 LEN=40 ] "
	for i, c := range whole {
		if c != ' ' || i < strings.Index(whole, "DST=") {
			continue
		}
		e := read(t, whole[:i]+"\n"+whole[i+1:]+"\n")
		if len(e.Logs) != 1 || e.Logs[0].Line.Inner == nil || e.Logs[0].Line.Inner.DstPort != 4000 || e.Logs[0].Line.Inner.UDPLen != 40 {
			t.Errorf("wrapped before %q: %v", whole[i+1:min(i+20, len(whole))], found(e))
		}
	}
}

func TestRepeated(t *testing.T) {
	const last = "Mar  3 04:05:09 gw last message repeated 3 times"
	tests := []struct {
		name, text string
		want       []string
	}{
		{"syslogd", kernel + "\n" + last + "\n", []string{"1 " + kernelFound + " x4"}},
		{"twice", kernel + "\n" + last + "\n" + last + "\n", []string{"1 " + kernelFound + " x4"}},
		{"rsyslogd", strings.Replace(kernel, "DROP:", "message repeated 5 times: [ DROP:", 1) + "]\n", []string{"1 " + kernelFound + " x5"}},
		{"of another line", "Mar  3 04:05:05 gw sshd: hello\n" + last + "\n" + kernel + "\n", []string{"3 " + kernelFound}},
		{"talk", kernel + "\nthe last message repeated many times\n", []string{"1 " + kernelFound}},
		{"of a message", "Mar  3 04:05:05 gw kernel: nf_conntrack: table full, dropping packet\n" + last + "\n", []string{"1 message conntrack-table-full x4"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { same(t, "found", found(read(t, tt.text)), tt.want) })
	}
}

func TestDressOfData(t *testing.T) {
	tests := []struct{ name, text string }{
		{"journal export", "__CURSOR=s=1\n__REALTIME_TIMESTAMP=1700000000000001\n_HOSTNAME=gw\nPRIORITY=4\nMESSAGE=" + kernel[strings.Index(kernel, "DROP"):] + "\n\n"},
		{"journal JSON", `{"__REALTIME_TIMESTAMP":"1700000000000001","_HOSTNAME":"gw","MESSAGE":"` + kernel[strings.Index(kernel, "DROP"):] + `"}` + "\n"},
		{"ulogd JSON", `{"timestamp":"2023-11-14T22:13:20.000001+0000","dvc":"gw","oob.in":"eth0","oob.out":"","oob.prefix":"DROP: ","src_ip":"203.0.113.7","dest_ip":"192.0.2.1","ip.totlen":44,"ip.ttl":240,"ip.id":1,"ip.tos":0,"ip.protocol":6,"src_port":4000,"dest_port":23,"tcp.window":1024,"tcp.syn":1}` + "\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := read(t, tt.text)
			if len(e.Logs) != 1 {
				t.Fatalf("found %v", found(e))
			}
			l := &e.Logs[0].Line
			if l.Prefix != "DROP: " || l.In != "eth0" || l.SrcPort != 4000 || l.TCPFlags != 2 || l.TTL != 240 || l.Len != 44 || l.Host != "gw" || l.Time.Year != 2023 || l.Time.Nano != 1000 {
				t.Errorf("got %+v", l)
			}
		})
	}
}
