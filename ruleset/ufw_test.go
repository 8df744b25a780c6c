package ruleset

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const ufwVerbose = `Status: active
Logging: on (low)
Default: deny (incoming), allow (outgoing), disabled (routed)
New profiles: skip

To                         Action      From
--                         ------      ----
22/tcp                     LIMIT IN    Anywhere
80,443/tcp (Nginx Full)    ALLOW IN    10.0.0.0/8                 # web
Anywhere on eth1           DENY IN     192.168.1.5 8080/udp
53                         ALLOW OUT   8.8.8.8 on eth0
OpenSSH                    REJECT IN   Anywhere
Frobnicator                ALLOW IN    Anywhere
22/tcp (v6)                ALLOW IN    Anywhere (v6)
`

func TestUfwStatus(t *testing.T) {
	f, err := Parse("f", []byte(ufwVerbose))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	filter := f.V4.Table("filter")
	for _, name := range []string{"ufw-user-input", "ufw-user-output"} {
		for _, r := range filter.Chain(name).Rules {
			got = append(got, r.String())
		}
	}
	want := []string{
		"-A ufw-user-input -p tcp -m tcp --dport 22 -m conntrack --ctstate NEW -m recent --set",
		"-A ufw-user-input -p tcp -m tcp --dport 22 -m conntrack --ctstate NEW -m recent --update --seconds 30 --hitcount 6 -j ufw-user-limit",
		"-A ufw-user-input -p tcp -m tcp --dport 22 -j ufw-user-limit-accept",
		"-A ufw-user-input -s 10.0.0.0/8 -p tcp -m multiport --dports 80,443 -j ACCEPT",
		"-A ufw-user-input -s 192.168.1.5 -i eth1 -p udp -m udp --sport 8080 -j DROP",
		"-A ufw-user-input -p tcp -m tcp --dport 22 -j REJECT --reject-with tcp-reset",
		"-A ufw-user-output -s 8.8.8.8 -o eth0 -p tcp -m tcp --dport 53 -j ACCEPT",
		"-A ufw-user-output -s 8.8.8.8 -o eth0 -p udp -m udp --dport 53 -j ACCEPT",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	for chain, policy := range map[string]string{"INPUT": "DROP", "FORWARD": "DROP", "OUTPUT": "ACCEPT"} {
		if c := filter.Chain(chain); c == nil || c.Policy != policy {
			t.Errorf("%s: %+v", chain, c)
		}
	}
	if r := f.V6.Table("filter").Chain("ufw6-user-input").Rules; len(r) != 1 || r[0].Pos.Line != 14 || r[0].Origin != "ufw" {
		t.Errorf("v6: %v", r)
	}
	if len(f.Ignored) != 1 || f.Ignored[0].Pos.Line != 13 || len(f.Notes) != 1 {
		t.Errorf("ignored %v, notes %v", f.Ignored, f.Notes)
	}
	for _, rs := range f.Rulesets() {
		for _, tb := range rs.Tables {
			for _, c := range tb.Chains {
				for _, r := range c.Rules {
					if name, i := r.Jump(); i >= 0 && strings.HasPrefix(name, "ufw") && tb.Chain(name) == nil {
						t.Errorf("%s: no such chain", r)
					}
				}
			}
		}
	}
}

func TestUfwStatusBesideItsRules(t *testing.T) {
	f, err := Parse("f", []byte(ufwVerbose+"\n-A ufw-before-input -i lo -j ACCEPT\n"))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff("family 0\n*filter\n:ufw-before-input \n-A ufw-before-input -i lo -j ACCEPT\n", dump(f)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestUfwNumbered(t *testing.T) {
	f, err := Parse("f", []byte("Status: active\n\n     To                         Action      From\n     --                         ------      ----\n[ 1] 22/tcp                     ALLOW IN    Anywhere\n[12] Anywhere                   DENY IN     1.2.3.4\n"))
	if err != nil {
		t.Fatal(err)
	}
	r := f.V4.Table("filter").Chain("ufw-user-input").Rules
	if len(r) != 2 || r[0].String() != "-A ufw-user-input -p tcp -m tcp --dport 22 -j ACCEPT" || r[1].String() != "-A ufw-user-input -s 1.2.3.4 -j DROP" {
		t.Errorf("%v", r)
	}
}

func TestOrigin(t *testing.T) {
	for _, tt := range []struct{ rule, want string }{
		{"-A FORWARD -j DOCKER-USER", "docker"},
		{"-A DOCKER -j RETURN", "docker"},
		{"-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE", "docker"},
		{"-A KUBE-SERVICES -d 10.0.0.1/32 -j KUBE-SVC-X", "kube-proxy"},
		{`-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD`, "kube-proxy"},
		{"-A f2b-sshd -s 1.2.3.4/32 -j REJECT", "fail2ban"},
		{"-A INPUT -p tcp -m multiport --dports 22 -j f2b-sshd", "fail2ban"},
		{"-A LIBVIRT_FWI -j REJECT", "libvirt"},
		{"-A INPUT -j ufw-before-input", "ufw"},
		{"-A INPUT -m comment --comment \"cali:xyz\" -j DROP", "calico"},
		{"-A INPUT -j REJECT", ""},
		{"-A INPUT -i eth0 -j DROP", ""},
	} {
		f, _ := Parse("f", []byte(tt.rule+"\n"))
		for _, tb := range f.V4.Tables {
			for _, c := range tb.Chains {
				for _, r := range c.Rules {
					if r.Origin != tt.want {
						t.Errorf("%s: origin %q, want %q", tt.rule, r.Origin, tt.want)
					}
				}
			}
		}
	}
}
