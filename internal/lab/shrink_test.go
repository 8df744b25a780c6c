package lab

import (
	"strings"
	"testing"
)

func TestShrink(t *testing.T) {
	s := Generate(7, GenOptions{})
	s.Rules4 = "*raw\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n*filter\n:INPUT ACCEPT [0:0]\n:C - [0:0]\n-A INPUT -p tcp -j C\n" +
		"-A INPUT ! -s 10.0.0.1 -p udp -m udp --dport 53 -j LOG --log-prefix needle\n-A C -j DROP\nCOMMIT\n"
	want := s.Steps[17].Packet
	asked := 0
	got := Shrink(s, func(c Scenario) bool {
		asked++
		found := false
		for _, st := range c.Steps {
			found = found || string(st.Packet) == string(want)
		}
		return found && strings.Contains(c.Rules4, "*filter") && strings.Contains(c.Rules4, "-p udp") &&
			strings.Contains(c.Rules4, "needle") && strings.Contains(c.Rules4, "COMMIT")
	})
	if len(got.Steps) != 1 || string(got.Steps[0].Packet) != string(want) {
		t.Errorf("%d steps left", len(got.Steps))
	}
	if want := "*filter\n-A INPUT -p udp --log-prefix needle\nCOMMIT\n"; got.Rules4 != want {
		t.Errorf("rules left:\n%s", got.Rules4)
	}
	if got.Sysctls != nil && len(got.Sysctls)+len(got.Routes) > 0 {
		t.Errorf("left: %v %v", got.Sysctls, got.Routes)
	}
	if asked > 1000 {
		t.Errorf("asked %d times", asked)
	}
}

func TestShrinkKeepsTheArgument(t *testing.T) {
	s := Generate(3, GenOptions{})
	before, _ := s.AppendText(nil)
	Shrink(s, func(Scenario) bool { return true })
	if after, _ := s.AppendText(nil); string(after) != string(before) {
		t.Error("the scenario was changed")
	}
}
