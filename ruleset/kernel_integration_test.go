package ruleset

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// kernel is a network namespace in which iptables is run.
type kernel struct {
	t  *testing.T
	ns string
}

// newKernel makes a namespace, or skips the test; with NFWHY_KERNEL=1 it fails.
func newKernel(t *testing.T) *kernel {
	refuse := t.Skipf
	if os.Getenv("NFWHY_KERNEL") == "1" {
		refuse = t.Fatalf
	}
	if os.Geteuid() != 0 {
		refuse("needs root: network namespaces and iptables")
	}
	for _, p := range []string{"ip", "iptables", "iptables-restore", "iptables-save", "ip6tables"} {
		if _, err := exec.LookPath(p); err != nil {
			refuse("needs %s: %v", p, err)
		}
	}
	k := &kernel{t, fmt.Sprintf("ruleset-%d-%d", os.Getpid(), len(t.Name()))}
	if out, err := exec.Command("ip", "netns", "add", k.ns).CombinedOutput(); err != nil {
		refuse("ip netns add: %v %s", err, out)
	}
	t.Cleanup(func() { exec.Command("ip", "netns", "del", k.ns).Run() })
	return k
}

// run runs a command in the namespace.
func (k *kernel) run(in string, args ...string) (string, error) {
	cmd := exec.Command("ip", append([]string{"netns", "exec", k.ns}, args...)...)
	cmd.Stdin = strings.NewReader(in)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if err != nil {
		err = fmt.Errorf("%v: %w: %s", args, err, strings.TrimSpace(errs.String()))
	}
	return out.String(), err
}

// save returns iptables-save's output without its comments.
func (k *kernel) save(prog string) string {
	out, err := k.run("", prog+"-save")
	if err != nil {
		k.t.Fatal(err)
	}
	var b strings.Builder
	for _, line := range strings.SplitAfter(out, "\n") {
		if !strings.HasPrefix(line, "#") {
			b.WriteString(line)
		}
	}
	return b.String()
}
