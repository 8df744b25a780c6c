package evidence

import (
	"bytes"
	"strings"
	"testing"
	"testing/iotest"

	"nfwhy/host"
)

// FuzzRead gives any bytes to the reader: it must not fail on itself, keep within
// its bounds, and say the same when it reads again or in small pieces.
func FuzzRead(f *testing.F) {
	f.Add([]byte(bigLog(120)))
	f.Add([]byte(told + "default via 192.0.2.254 dev eth0\n" + kernel + "\n"))
	f.Add([]byte(line("eth0", "", "x.x.x.x", "x.x.x.x", 1, 2) + line("eth0", "", "258.1.2.3", "", 1, 2) + line("", "eth0", "a:b:c::x", "1.2.3.*", 1, 2)))
	f.Add([]byte("tcp 6 100 SYN_SENT src=x.x.x.x dst=203.0.113.7 sport=4000 dport=22 [UNREPLIED] src=203.0.113.7 dst=x.x.x.x sport=22 dport=4000\n"))
	f.Add([]byte("tcp LISTEN 0 128 [::]:22 [::]:* users:((\"x\",pid=1,fd=3))\nnet.ipv4.ip_forward = 1\n[{\"ifname\":\"x\"}]\n{\"oob.in\":\"x\"}\n"))
	f.Add([]byte("trace id 1a2b3c4d ip filter input rule tcp dport 22 accept (verdict accept)\nTRACE: 2 fc a:b:c:d:e -4\nkernel: martian source 1.2.3.4 from 5.6.7.8, on dev eth0\n"))
	f.Add([]byte("Chain INPUT (policy DROP)\ntarget     prot opt source               destination\nACCEPT     tcp  --  0.0.0.0/0            0.0.0.0/0            tcp dpt:22\n"))
	f.Add([]byte("\xff\xfe-\x00A\x00\n\x00"))
	f.Add([]byte("04:05:06.000001 IP x.x.x.x.4000 > x.x.x.x.23: Flags [S], seq 1, win 1024, length 0\n\t0x0000:  4500 0028 0001 0000 f006 ccc5 cb00 7107\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		e, err := Read(Input{Name: "post", R: bytes.NewReader(data)})
		small, err2 := Options{MaxLogs: 3}.Read(Input{Name: "post", R: iotest.OneByteReader(bytes.NewReader(data))})
		if (err == nil) != (err2 == nil) {
			t.Fatalf("errors %v and %v", err, err2)
		}
		if err != nil {
			if strings.ContainsAny(err.Error(), "\x00") {
				t.Errorf("error %q", err)
			}
			return
		}
		if got, want := all(t, small), all(t, e); len(got) != len(want) {
			t.Errorf("%d items when read again, %d when kept", len(got), len(want))
		}
		for i := range e.Logs {
			l := &e.Logs[i].Line
			if !l.Src.IsValid() || !l.Dst.IsValid() {
				t.Errorf("%s: an end is nobody: %v>%v", e.Logs[i].Text, l.Src, l.Dst)
			}
		}
		var h host.Host
		e.AddRules(&h, 0)
		e.InferHost(&h)
		if len(h.Links) == 0 {
			t.Error("a host without links")
		}
		if len(e.Ignored) > maxIgnored+len(e.LeftOut) {
			t.Errorf("%d lines ignored", len(e.Ignored))
		}
	})
}
