package lab

import (
	"reflect"
	"strings"
	"testing"
)

func TestGenerateIsDeterministic(t *testing.T) {
	for seed := range uint64(50) {
		for _, f := range []Features{0, IPv6, AllFeatures} {
			o := GenOptions{Features: f}
			a, b := Generate(seed, o), Generate(seed, o)
			if !reflect.DeepEqual(a, b) {
				t.Fatalf("seed %d, features %b: two drawings differ", seed, f)
			}
			if err := a.Validate(); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			if len(a.Steps) != 30 {
				t.Errorf("seed %d: %d steps", seed, len(a.Steps))
			}
		}
	}
}

// Everything that the core names must come up, or the comparison proves nothing
// about it.
func TestGenerateCovers(t *testing.T) {
	var all strings.Builder
	for seed := range uint64(400) {
		s := Generate(seed, GenOptions{Features: IPv6})
		text, _ := s.AppendText(nil)
		all.Write(text)
	}
	got := all.String()
	var missing []string
	for _, want := range strings.Split(`backend legacy|:INPUT DROP|-g |-j RETURN|-i ext|-o int|! -s |! -p tcp|-f|--syn|! --syn|--tcp-flags|--tcp-option|--icmp-type|
--icmpv6-type|--state INVALID|--ctstate|--ctstatus|--ctdir|--ctexpire|--ctproto|--ctorigsrc|--ctorigdst|--ctreplsrc|--ctrepldst|--ctorigsrcport|
--ctorigdstport|--ctreplsrcport|--ctrepldstport|-m limit|-m comment|-m multiport|-m length|-m ttl|-m hl|-m mark|-m addrtype|-m pkttype|-m iprange|-m mac|
tcp-reset|icmp-net-unreachable|icmp-host-unreachable|icmp-port-unreachable|icmp-proto-unreachable|icmp-net-prohibited|icmp-host-prohibited|
icmp-admin-prohibited|icmp6-no-route|icmp6-reject-route|icmp6-policy-fail|--log-prefix|--log-level|--log-tcp-sequence|--log-tcp-options|--log-ip-options|
--log-uid|--log-macdecode|--set-xmark|--or-mark|TCP SYN/ACK|stray RST|bad checksum|odd flags|ICMP error|first fragment|second fragment|to broadcast|
around the window|UDP|ICMP type 8|stray SYN/ACK|stray no flags|stray FIN/PSH/URG|protocol 47|IP options|padded|local mark`, "|") {
		if want = strings.TrimSpace(want); !strings.Contains(got, want) {
			missing = append(missing, want)
		}
	}
	if missing != nil {
		t.Errorf("never drawn: %q", missing)
	}
}
