package netfilter_test

import (
	"testing"

	"nfwhy/host"
	"nfwhy/netfilter"
	"nfwhy/packet"
	"nfwhy/ruleset"
	"nfwhy/trace"
)

// fuzzRules look into packets in every way there is.
const fuzzRules = `*raw
-A PREROUTING -p tcp -m tcp --dport 21 -j CT --helper ftp
-A PREROUTING -p udp -m udp --dport 7 -j NOTRACK
COMMIT
*mangle
-A PREROUTING -j TTL --ttl-inc 1
-A FORWARD -p tcp -m tcp --syn -j TCPMSS --clamp-mss-to-pmtu
-A OUTPUT -j MARK --set-mark 1
COMMIT
*nat
-A PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.66.2.2:8080
-A POSTROUTING -o int -j MASQUERADE
COMMIT
*filter
-A INPUT -m conntrack --ctstate INVALID -j LOG --log-tcp-options --log-ip-options --log-tcp-sequence --log-macdecode
-A INPUT -p tcp -m tcp --tcp-option 2 -m multiport --dports 1:1000 -j REJECT --reject-with tcp-reset
-A INPUT -p icmp -m icmp --icmp-type 3/4 -j REJECT
-A INPUT -m u32 --u32 "6&0xFF=6 && 0>>22&0x3C@12>>26&0x3C@0=1"
-A INPUT -m hashlimit --hashlimit-upto 1/sec --hashlimit-mode srcip,dstport --hashlimit-name h
-A INPUT -j REJECT
-A FORWARD -m ttl --ttl-lt 3 -j LOG
-A FORWARD -m connlimit --connlimit-above 3 -j REJECT
-A OUTPUT -j LOG
COMMIT
`

const fuzzRules6 = `*filter
-A INPUT -m frag --fragfirst -j LOG --log-ip-options
-A INPUT -m hbh --hbh-len 8
-A INPUT -m rt --rt-type 0
-A INPUT -p tcp -m conntrack --ctstate NEW -j LOG --log-ip-options --log-tcp-options
-A INPUT -j REJECT
-A FORWARD -j REJECT
COMMIT
`

// FuzzNetns feeds bytes as packets to a machine: the first byte of each says how
// it comes and how long it is. Nothing panics, and nothing hangs.
func FuzzNetns(f *testing.F) {
	add := func(data []byte) { f.Add(append([]byte{byte(len(data)), 0}, data...)) }
	for _, text := range []string{"ext tcp 10.66.1.2:1 > 10.66.1.1:21", "ext udp 10.66.1.2:1 > 10.66.2.2:7", "ext ping 10.66.1.2 > 10.66.1.1",
		"ext tcp fd66:1::2:1 > fd66:1::1:80", "ext udp 10.66.1.2:1 > 192.0.2.1:7", "ext ping fd66:1::2 > fd66:2::2"} {
		if text[8] != 'f' && text[9] != 'f' {
			p, _ := stimulus(f, text)
			add(p.Data)
		}
	}
	r4, err4 := ruleset.Parse("v4", []byte(fuzzRules), ruleset.Family(4))
	r6, err6 := ruleset.Parse("v6", []byte(fuzzRules6), ruleset.Family(6))
	if err4 != nil || err6 != nil {
		f.Fatal(err4, err6)
	}
	h := &host.Host{Rules4: r4.Ruleset(4), Rules6: r6.Ruleset(6), Sysctl: map[string]string{"net.netfilter.nf_conntrack_log_invalid": "255"}}
	for _, a := range []string{"10.66.1.1/24@ext", "10.66.2.1/24@int", "fd66:1::1/64@ext", "fd66:2::1/64@int"} {
		if err := h.AddAddr(a); err != nil {
			f.Fatal(err)
		}
	}
	fresh, err := netfilter.New(h)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n := fresh.Fork()
		var e effects
		n.Attach(&e)
		now := 1000 * packet.Second
		for count := 0; len(b) > 2 && count < 64; count++ {
			size, how := int(b[0]), b[1]
			data := append([]byte(nil), b[2:min(len(b), 2+size)]...)
			b = b[len(data)+2:]
			now += packet.Time(how) * packet.Second / 16
			var p packet.Packet
			if p.Decode(data, len(data)) != nil {
				continue
			}
			p.Cast = packet.Cast(how >> 2 & 1)
			if how&8 != 0 {
				n.Record(&trace.Recorder{})
			}
			switch how & 3 {
			case 0:
				n.Receive(&p, "ext", now)
			case 1:
				n.Receive(&p, "int", now)
			case 2:
				n.Send(&p, "", now)
			default:
				p.Link = []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0}
				n.Receive(&p, "ext", now)
			}
			n.Record(nil)
		}
	})
}
