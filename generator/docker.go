package generator

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"nfwhy/packet"
	"nfwhy/ruleset"
)

// published is a port of the host that leads into a container.
type published struct {
	line   Line
	port   int
	to     string // address of the container, "" when not told
	toPort int
	proto  string
}

// bridges is what the traces tell of a container network.
type bridges struct {
	devs   map[string]string // bridge to its network, "" when not known
	ports  []published
	docker bool // Docker's chains; else CNI's or podman's plain rules
	masq   []maskedNet
}

type maskedNet struct {
	line Line
	net  string
}

var (
	publishedFlag = regexp.MustCompile(`(?:-p|--publish)[ =](?:[\d.]+:)?(\d{1,5}):(\d{1,5})(?:/(tcp|udp))?`)
	publishedPS   = regexp.MustCompile(`(?:0\.0\.0\.0|\[::\]|:::?|[\d.]+):(\d{1,5})->(\d{1,5})/(tcp|udp)`)
	mapped        = regexp.MustCompile(`(?i)(?:port.?mapping|mapp?ed|published|forward\w*|dnat|hostport)\D{0,20}(\d{1,5})(?:/(tcp|udp))? *(?:->|→|=>|to) *([\d.]+):(\d{1,5})`)
	masked        = regexp.MustCompile(`(?i)masquerade\w* (?:for|of|from) ([\d.]+/\d+)`)
	dockerWords   = regexp.MustCompile(`(?i)\bdocker|\bcontainerd\b`)
	podWords      = regexp.MustCompile(`(?i)\bpodman|\bcni\b|\bbridge plugin|netavark|\bk3s\b|kubelet|kube-proxy|kubernetes`)
)

// dockerModel recognises Docker by its bridges in log lines, its commands and
// words, and makes the rules of Docker 20 to 28: its chains in front of FORWARD,
// whose policy is DROP, masquerading, and a DNAT per published port. Port
// mappings of podman and CNI are the same without the chains.
func dockerModel(q *Question) *Model {
	d := &bridges{devs: map[string]string{}}
	basis := d.read(q)
	if basis == "" {
		return nil
	}
	m := &Model{Basis: basis, User: len(d.ports) + len(d.masq)}
	if d.docker {
		m.Assumed = []string{"Docker's own chains stand in front of FORWARD and its policy is DROP"}
	} else {
		m.Assumed = []string{"FORWARD accepts the container network, whose addresses are masqueraded"}
	}
	four, _ := q.families()
	if four {
		m.Rules4 = d.build()
	}
	m.Fills = func(given *ruleset.Ruleset) bool {
		t := given.Table("filter")
		return t != nil && t.Chain("DOCKER") != nil && len(d.ports) > 0 && given.Table("nat") == nil
	}
	return m
}

func (d *bridges) read(q *Question) string {
	basis := ""
	known := func(s string) {
		if basis == "" {
			basis = s
		}
	}
	for _, l := range q.Logs {
		for _, dev := range []string{l.In, l.Out} {
			if dev == "docker0" || strings.HasPrefix(dev, "br-") && len(dev) == 15 {
				d.docker = true
				d.net(dev, l)
				known("the interface " + dev)
			}
		}
	}
	for _, l := range q.Lines {
		if strings.Contains(l.Text, "IN=") && strings.Contains(l.Text, "OUT=") {
			continue
		}
		for _, re := range []*regexp.Regexp{publishedFlag, publishedPS} {
			if dockerish(re, l.Text) {
				for _, m := range re.FindAllStringSubmatch(l.Text, 8) {
					port, _ := strconv.Atoi(m[1])
					to, _ := strconv.Atoi(m[2])
					d.ports = append(d.ports, published{l, port, "", to, orWord(m[3], "tcp")})
					d.docker = true
					known(fmt.Sprintf("a published port (%s)", posOf(l)))
				}
			}
		}
		for _, m := range mapped.FindAllStringSubmatch(l.Text, 8) {
			port, _ := strconv.Atoi(m[1])
			to, _ := strconv.Atoi(m[4])
			if _, err := netip.ParseAddr(m[3]); err == nil {
				d.ports = append(d.ports, published{l, port, m[3], to, orWord(m[2], "tcp")})
				known(fmt.Sprintf("a port mapping (%s)", posOf(l)))
			}
		}
		if m := masked.FindStringSubmatch(l.Text); m != nil {
			if _, err := netip.ParsePrefix(m[1]); err == nil {
				d.masq = append(d.masq, maskedNet{l, m[1]})
				known(fmt.Sprintf("masquerading (%s)", posOf(l)))
			}
		}
		if basis == "" && len(q.Logs) > 0 && dockerWords.MatchString(l.Text) {
			d.docker = d.docker || countBridges(q) > 0
		}
		if podWords.MatchString(l.Text) && (len(d.ports) > 0 || len(d.masq) > 0) {
			known(fmt.Sprintf("its name (%s)", posOf(l)))
		}
	}
	if len(d.devs) == 0 {
		d.devs["docker0"] = ""
	}
	return basis
}

func countBridges(q *Question) int {
	n := 0
	for _, l := range q.Logs {
		if strings.HasPrefix(l.In, "docker") || strings.HasPrefix(l.Out, "docker") {
			n++
		}
	}
	return n
}

// dockerish keeps "-p 80:80" of other programs out.
func dockerish(re *regexp.Regexp, s string) bool {
	return re == publishedPS || strings.Contains(s, "docker") || strings.Contains(s, "podman") || strings.Contains(s, "run ")
}

func orWord(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

// net learns the network of a bridge from a line's addresses.
func (d *bridges) net(dev string, l *packet.LogLine) {
	if d.devs[dev] != "" {
		return
	}
	a := l.Src
	if l.Out == dev {
		a = l.Dst
	}
	d.devs[dev] = ""
	if a.Is4() && a.IsPrivate() {
		if p, err := a.Prefix(16); err == nil {
			d.devs[dev] = p.String()
		}
	}
}

func (d *bridges) build() *ruleset.Ruleset {
	b := newBuilder(map[bool]string{true: "docker", false: "containers"}[d.docker], 4)
	b.own("*nat", ":PREROUTING ACCEPT [0:0]", ":INPUT ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]", ":POSTROUTING ACCEPT [0:0]", ":DOCKER - [0:0]",
		"-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER", "-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER")
	for _, dev := range d.names() {
		if n := d.devs[dev]; n != "" {
			b.own(fmt.Sprintf("-A POSTROUTING -s %s ! -o %s -j MASQUERADE", n, dev))
		}
	}
	for _, m := range d.masq {
		b.from(m.line, fmt.Sprintf("-A POSTROUTING -s %s ! -d %s -j MASQUERADE", m.net, m.net))
	}
	for _, p := range d.ports {
		if p.to == "" {
			continue
		}
		b.from(p.line, fmt.Sprintf("-A DOCKER -p %s -m %s --dport %d -j DNAT --to-destination %s:%d", p.proto, p.proto, p.port, p.to, p.toPort))
	}
	b.own("COMMIT", "*filter")
	if !d.docker {
		b.own(":INPUT ACCEPT [0:0]", ":FORWARD ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]", "COMMIT")
		return b.rules()
	}
	b.own(":INPUT ACCEPT [0:0]", ":FORWARD DROP [0:0]", ":OUTPUT ACCEPT [0:0]", ":DOCKER - [0:0]", ":DOCKER-USER - [0:0]",
		":DOCKER-ISOLATION-STAGE-1 - [0:0]", ":DOCKER-ISOLATION-STAGE-2 - [0:0]",
		"-A FORWARD -j DOCKER-USER", "-A FORWARD -j DOCKER-ISOLATION-STAGE-1")
	for _, dev := range d.names() {
		b.own("-A FORWARD -o "+dev+" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "-A FORWARD -o "+dev+" -j DOCKER",
			"-A FORWARD -i "+dev+" ! -o "+dev+" -j ACCEPT", "-A FORWARD -i "+dev+" -o "+dev+" -j ACCEPT",
			"-A DOCKER-ISOLATION-STAGE-1 -i "+dev+" ! -o "+dev+" -j DOCKER-ISOLATION-STAGE-2", "-A DOCKER-ISOLATION-STAGE-2 -o "+dev+" -j DROP")
	}
	for _, p := range d.ports {
		if p.to != "" {
			b.from(p.line, fmt.Sprintf("-A DOCKER -d %s -p %s -m %s --dport %d -j ACCEPT", p.to, p.proto, p.proto, p.toPort))
		}
	}
	b.own("COMMIT")
	return b.rules()
}

func (d *bridges) names() []string {
	var out []string
	for n := range d.devs {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}
