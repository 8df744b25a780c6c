package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"nfwhy/evidence"
	"nfwhy/host"
	"nfwhy/internal/lab"
	"nfwhy/live"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

func (c *cli) labShell(cases, command []string, f *labFlags) error {
	if _, err := c.formatOf("text"); err != nil {
		return err
	}
	s, err := c.shellScenario(cases, f)
	if err != nil {
		return err
	}
	return c.inLab(lab.Options{}, func(ctx context.Context, h *lab.Host) error {
		var stop error
		err := h.Inhabit(ctx, s, func(in *lab.Inside) error {
			stop = c.inhabit(ctx, in, command)
			return nil
		})
		var refused *lab.RefusedError
		switch {
		case errors.As(err, &refused):
			return refusedRules(refused.Text, &s)
		case err != nil:
			return fmt.Errorf("lab shell: %w", err)
		}
		return stop
	})
}

// shellScenario is the host that a case or flags describe.
func (c *cli) shellScenario(cases []string, f *labFlags) (lab.Scenario, error) {
	switch {
	case len(cases) > 1:
		return lab.Scenario{}, fmt.Errorf("lab shell: %q after %q (expected one case; a command stands behind --)", cases[1], cases[0])
	case len(cases) == 1 && len(f.rules) > 0:
		return lab.Scenario{}, fmt.Errorf("lab shell: a case and --rules (expected one of them)")
	case len(cases) == 1:
		rec, err := c.readCase(cases[0])
		if err != nil {
			return lab.Scenario{}, err
		}
		return rec.Scenario, nil
	}
	var inputs []evidence.Input
	defer func() { closeAll(inputs) }()
	for _, name := range f.rules {
		r, err := c.open(name)
		if err != nil {
			return lab.Scenario{}, err
		}
		inputs = append(inputs, evidence.Input{Name: name, Kind: evidence.Rules, R: r})
	}
	e, err := evidence.Read(inputs...)
	if err != nil {
		return lab.Scenario{}, err
	}
	var h host.Host
	told, err := f.host.apply(&h)
	if err != nil {
		return lab.Scenario{}, err
	}
	e.AddRules(&h, f.host.family)
	if !told {
		furnish(&h, e)
	}
	return lab.FromHost(&h)
}

// furnish gives a host that nobody described the interfaces that its rules name,
// with addresses of the lab.
func furnish(h *host.Host, e *evidence.Evidence) {
	e.InferHost(h)
	h.Open = false
	named := len(e.Files) > 0 && !inferredName(h)
	if !named {
		h.Links = nil
		h.AddLink("eth0")
		h.AddLink("eth1")
	}
	n := byte(0)
	for i := range h.Links {
		l := &h.Links[i]
		if l.Loopback {
			continue
		}
		n++
		l.Addrs = append(l.Addrs, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 67, n, 1}), 24),
			netip.PrefixFrom(netip.AddrFrom16([16]byte{0: 0xfd, 1: 0x67, 3: n, 15: 1}), 64))
	}
}

// inferredName reports whether the interface's name is one that nothing names.
func inferredName(h *host.Host) bool {
	for _, i := range h.Inferred {
		if i.From == "nothing names one" {
			return true
		}
	}
	return false
}

// inhabit runs the shell or command and shows the kernel's log meanwhile.
func (c *cli) inhabit(ctx context.Context, in *lab.Inside, command []string) error {
	interactive := len(command) == 0
	var files []*os.File
	if interactive {
		if !c.quiet {
			c.banner(in)
		}
		var err error
		if command, files, err = shellCommand(in); err != nil {
			return cannot{err}
		}
	}
	cmd := in.Command(ctx, command...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.in, c.out, c.err
	cmd.ExtraFiles = files
	cmd.Env = append(os.Environ(), "NFWHY_LAB="+addresses(in), "PS1="+prompt(in))
	if self, err := os.Executable(); err == nil { // so that nfwhy is found in there too
		cmd.Env = append(cmd.Env, "PATH="+os.Getenv("PATH")+":"+filepath.Dir(self)+":/usr/sbin:/sbin")
	}
	log := c.followLog(in)
	err := cmd.Run()
	log()
	for _, f := range files {
		f.Close()
	}
	if interactive {
		takeTerminal(c.in)
	}
	return exitOf(ctx, err)
}

// exitOf is the status of a command as a shell gives it.
func exitOf(ctx context.Context, err error) error {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return status(exitInterrupt)
	case errors.As(err, &exit):
		if ws, ok := exit.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
			return status(128 + int(ws.Signal()))
		}
		return status(exit.ExitCode())
	}
	return cannot{fmt.Errorf("lab shell: %w", err)}
}

// addresses lists the host's links for people: "ext 10.66.1.1 fd66:1::1".
func addresses(in *lab.Inside) string {
	var w []string
	for _, l := range in.Scenario.Links {
		w = append(w, l.Name)
		for _, p := range l.Addrs {
			w = append(w, p.Addr().String())
		}
	}
	return strings.Join(w, " ")
}

// prompt tells the IPv4 addresses, which are the short ones.
func prompt(in *lab.Inside) string {
	var w []string
	for _, l := range in.Scenario.Links {
		text := l.Name
		for _, p := range l.Addrs {
			if p.Addr().Is4() {
				text += " " + p.Addr().String()
				break
			}
		}
		w = append(w, text)
	}
	return "[lab " + strings.Join(w, ", ") + "] # "
}

func (c *cli) banner(in *lab.Inside) {
	fmt.Fprintln(c.err, "A host of its own, gone when you leave. Its LOG lines are shown here.")
	for _, l := range in.Scenario.Links {
		fmt.Fprintf(c.err, "  %-10s", l.Name)
		for _, p := range l.Addrs {
			fmt.Fprintf(c.err, " %v", p)
		}
		fmt.Fprintln(c.err)
	}
	for _, p := range in.Peers {
		fmt.Fprintf(c.err, "  %-10s", p.Name)
		for _, a := range p.Addrs {
			fmt.Fprintf(c.err, " %v", a)
		}
		fmt.Fprintf(c.err, "   (ip netns exec %s ...)\n", p.Name)
	}
	for _, p := range in.Peers {
		for _, l := range in.Scenario.Links {
			if l.Name == p.Link && len(l.Addrs) > 0 {
				fmt.Fprintf(c.err, "Try: nfwhy probe --from %s --syn --ack -p 3594 -s 80 %v\n", p.Name, l.Addrs[0].Addr())
				return
			}
		}
	}
}

// shellCommand is the user's shell with a prompt that tells the addresses.
func shellCommand(in *lab.Inside) ([]string, []*os.File, error) {
	shell := os.Getenv("SHELL")
	if shell == "" {
		shell = "/bin/sh"
		if p, err := exec.LookPath("bash"); err == nil {
			shell = p
		}
	}
	if filepath.Base(shell) != "bash" {
		return []string{shell, "-i"}, nil, nil
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	fmt.Fprintf(w, "[ -f ~/.bashrc ] && . ~/.bashrc\nPS1='%s'\nexec 3<&-\n", strings.ReplaceAll(prompt(in), "'", ""))
	w.Close()
	return []string{shell, "--rcfile", "/dev/fd/3", "-i"}, []*os.File{r}, nil
}

// takeTerminal makes this process the terminal's foreground again, which the
// shell was.
func takeTerminal(in io.Reader) {
	if f, ok := in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		signal.Ignore(syscall.SIGTTOU) // asking from the background is what this is for
		unix.IoctlSetPointerInt(int(f.Fd()), unix.TIOCSPGRP, unix.Getpgrp())
	}
}

var logDevices = regexp.MustCompile(`IN=(\S*) OUT=(\S*) `)

// followLog prints the kernel's log lines that name a link of the host. The
// returned function prints the last of them and ends it.
func (c *cli) followLog(in *lab.Inside) (end func()) {
	k, err := live.OpenKernelLog()
	if err != nil {
		fmt.Fprintf(c.err, "nfwhy: the kernel log is not shown: %v\n", err)
		return func() {}
	}
	known := map[string]bool{"": true, "lo": true}
	for _, l := range in.Scenario.Links {
		known[l.Name] = true
	}
	show := func() {
		lines, _, _ := k.Lines()
		for _, l := range lines {
			m := logDevices.FindStringSubmatch(l.Text)
			if m != nil && m[1]+m[2] != "" && known[m[1]] && known[m[2]] {
				fmt.Fprintf(c.err, "kernel: %s\n", visible(l.Text))
			}
		}
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		t := time.NewTicker(100 * time.Millisecond)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				show()
			case <-stop:
				show()
				k.Close()
				return
			}
		}
	}()
	return func() { close(stop); wg.Wait() }
}
