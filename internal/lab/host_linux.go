package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"time"

	"nfwhy/live"

	"golang.org/x/sys/unix"
)

// Options say how a [Host] works.
type Options struct {
	// Fast changes more global settings of the machine while labs are open: RCU
	// grace periods are expedited, the connection hash is made small, the console
	// shows no kernel log. A scenario then takes a quarter of the time. For
	// machines that do nothing else.
	Fast bool
	// EachStep asks for the connection table after every step.
	EachStep bool
}

// Host runs scenarios on the kernel of this machine, one after the other, each
// in a network namespace of its own. Several hosts may be open at once, in one
// process or in many. Its methods may be called from any goroutine.
type Host struct {
	opts  Options
	jobs  chan func()
	done  chan struct{}
	once  sync.Once
	tools map[string]string
	knobs *knobs
	log   *live.KernelLog
	// turn is held by whoever is sending a packet: kernel log lines between two
	// readings then belong to one step of one lab of this machine.
	turn *fileLock
}

// Supported returns nil when scenarios can run here, else what is missing.
func Supported() error {
	if os.Geteuid() != 0 {
		return errors.New("not root: network namespaces need root")
	}
	if _, err := lookTools(); err != nil {
		return err
	}
	for _, p := range []string{"/dev/net/tun", "/dev/kmsg"} {
		fd, err := unix.Open(p, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
		if err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		unix.Close(fd)
	}
	return trial()
}

// trial enters a new network namespace on a thread of its own.
func trial() error {
	errc := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		errc <- unix.Unshare(unix.CLONE_NEWNET)
	}()
	if err := <-errc; err != nil {
		return fmt.Errorf("new network namespace: %w", err)
	}
	return nil
}

// needed are the commands of both back ends.
var needed = []string{
	"iptables-nft-restore", "iptables-nft-save", "ip6tables-nft-restore", "ip6tables-nft-save",
	"iptables-legacy-restore", "iptables-legacy-save", "ip6tables-legacy-restore", "ip6tables-legacy-save",
	"conntrack", "ipset",
}

// lookTools finds the commands; sbin directories count even when PATH lacks them.
func lookTools() (map[string]string, error) {
	m := map[string]string{}
next:
	for _, name := range needed {
		if p, err := exec.LookPath(name); err == nil {
			m[name] = p
			continue
		}
		for _, dir := range []string{"/usr/sbin/", "/sbin/", "/usr/local/sbin/"} {
			if unix.Access(dir+name, unix.X_OK) == nil {
				m[name] = dir + name
				continue next
			}
		}
		return nil, fmt.Errorf("command %q is not installed (expected the packages iptables, conntrack, ipset)", name)
	}
	return m, nil
}

// New opens a lab. The caller must Close it.
func New(opts Options) (*Host, error) {
	tools, err := lookTools()
	if err != nil {
		return nil, err
	}
	h := &Host{opts: opts, tools: tools, jobs: make(chan func()), done: make(chan struct{})}
	if h.knobs, err = turnKnobs(opts.Fast); err != nil {
		return nil, err
	}
	if h.turn, err = openLock("turn"); err == nil {
		h.log, err = live.OpenKernelLog()
	}
	if err != nil {
		h.knobs.restore()
		return nil, err
	}
	go h.work()
	return h, nil
}

// work runs jobs on one thread, which lives in the namespace of the scenario at
// hand and ends with the lab.
func (h *Host) work() {
	runtime.LockOSThread()
	defer close(h.done)
	for f := range h.jobs {
		f()
	}
}

// do runs f on the host's thread.
func (h *Host) do(f func() error) error {
	errc := make(chan error, 1)
	select {
	case h.jobs <- func() { errc <- f() }:
		return <-errc
	case <-h.done:
		return errors.New("lab is closed")
	}
}

// Close ends the lab and puts global settings back when it is the last one.
func (h *Host) Close() error {
	err := error(nil)
	h.once.Do(func() {
		close(h.jobs)
		<-h.done
		h.log.Close()
		h.turn.close()
		err = h.knobs.restore()
	})
	return err
}

// Run answers s. An error means that the question could not be put; rules that
// the kernel does not take are an answer ([Result.Refused]).
func (h *Host) Run(ctx context.Context, s Scenario) (Result, error) {
	var r Result
	err := h.do(func() (err error) {
		n, err := h.open(ctx, &s)
		if err != nil {
			return err
		}
		defer n.close()
		r, err = n.run(ctx)
		return err
	})
	return r, err
}

// With builds the host of s, loads its rules and calls f on the thread that is
// in its namespace: commands that f starts run there. The steps of s are not
// played.
func (h *Host) With(ctx context.Context, s Scenario, f func() error) error {
	return h.do(func() error {
		n, err := h.open(ctx, &s)
		if err != nil {
			return err
		}
		defer n.close()
		refused, err := n.load(ctx)
		if err != nil {
			return err
		}
		if refused != "" {
			return errors.New(refused)
		}
		return f()
	})
}

// run plays the scenario's steps.
func (n *network) run(ctx context.Context) (Result, error) {
	return n.around(ctx, func(r *Result, start time.Duration) error {
		for i := range n.sc.Steps {
			sr, err := n.step(ctx, &n.sc.Steps[i], start)
			if err != nil {
				return fmt.Errorf("step %d: %w", i+1, err)
			}
			r.Steps = append(r.Steps, sr)
		}
		return nil
	})
}

// around loads the rules, calls play, which counts time from start, and reads
// everything back.
func (n *network) around(ctx context.Context, play func(r *Result, start time.Duration) error) (Result, error) {
	var r Result
	refused, err := n.load(ctx)
	if err != nil || refused != "" {
		r.Refused = refused
		return r, err
	}
	// What the host said when its links came up is no answer to anything.
	if err := n.collect(&StepResult{}); err != nil {
		return r, err
	}
	r.HZ = clockHZ()
	start := monotonic()
	r.Start = time.Now()
	r.Tick = -(start % (time.Second / time.Duration(r.HZ)))
	if err := play(&r, start); err != nil {
		return r, err
	}
	for range 5 { // the seconds in the list are worth something only when it came fast
		r.End = monotonic() - start
		if r.Conntrack, err = n.conntrack(ctx); err != nil {
			return r, err
		}
		if monotonic()-start-r.End < time.Second/2 {
			break
		}
	}
	err = n.save(ctx, &r)
	return r, err
}

// step waits for the step's time, sends the packet and collects what it caused.
func (n *network) step(ctx context.Context, st *Step, start time.Duration) (StepResult, error) {
	var sr StepResult
	if err := sleepUntil(ctx, start+st.At); err != nil {
		return sr, err
	}
	if err := n.h.turn.lock(); err != nil {
		return sr, err
	}
	defer n.h.turn.unlock()
	if err := n.h.skipLog(); err != nil {
		return sr, err
	}
	sr.At = monotonic() - start
	sr.Error = n.send(st)
	if err := n.collect(&sr); err != nil {
		return sr, err
	}
	var err error
	if sr.Log, err = n.logged(); err != nil {
		return sr, err
	}
	if n.h.opts.EachStep {
		sr.Conntrack, err = n.conntrack(ctx)
	}
	return sr, err
}

// monotonic is CLOCK_MONOTONIC. The kernel's ticks lie on its multiples of 1/HZ
// (kernel/time/tick-sched.c since Linux 6.5).
func monotonic() time.Duration {
	var ts unix.Timespec
	unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts)
	return time.Duration(ts.Nano())
}

// clockHZ is how many ticks the kernel has in a second.
func clockHZ() int {
	var ts unix.Timespec
	if unix.ClockGetres(unix.CLOCK_MONOTONIC_COARSE, &ts) != nil || ts.Nano() <= 0 {
		return 250
	}
	return int((int64(time.Second) + ts.Nano()/2) / ts.Nano())
}

func sleepUntil(ctx context.Context, at time.Duration) error {
	d := at - monotonic()
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
