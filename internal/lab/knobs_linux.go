package lab

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// stateDir is where the labs of a machine meet.
const stateDir = "/run/nfwhy-lab"

// fileLock is a lock among processes; the kernel releases it when its holder dies.
type fileLock struct{ fd int }

func openLock(name string) (*fileLock, error) {
	if err := os.MkdirAll(stateDir, 0o755); err != nil {
		return nil, err
	}
	path := filepath.Join(stateDir, name)
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CREAT|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &fileLock{fd}, nil
}

func (l *fileLock) flock(how int) error {
	for {
		if err := unix.Flock(l.fd, how); err != unix.EINTR {
			return err
		}
	}
}

func (l *fileLock) lock() error   { return l.flock(unix.LOCK_EX) }
func (l *fileLock) unlock() error { return l.flock(unix.LOCK_UN) }
func (l *fileLock) close()        { unix.Close(l.fd) }

// knobs are the global settings that labs change: the first lab writes down what
// they were, the last one puts that back. A lab that was killed cannot; then the
// next first one finds the note still there, and it counts.
type knobs struct{ users *fileLock }

type knob struct {
	path, value string
	fast        bool
}

var knobList = []knob{
	{"/proc/sys/net/netfilter/nf_log_all_netns", "1", false},
	{"/sys/kernel/rcu_expedited", "1", true},
	{"/proc/sys/net/netfilter/nf_conntrack_buckets", "1024", true},
	{"/proc/sys/kernel/printk", "1", true},
}

func knobNote() string { return filepath.Join(stateDir, "settings") }

// turnKnobs registers a lab and changes the settings.
func turnKnobs(fast bool) (*knobs, error) {
	gate, err := openLock("gate")
	if err != nil {
		return nil, err
	}
	defer gate.close()
	if err := gate.lock(); err != nil {
		return nil, err
	}
	users, err := openLock("users")
	if err != nil {
		return nil, err
	}
	if users.flock(unix.LOCK_EX|unix.LOCK_NB) == nil { // nobody else
		err = noteKnobs()
	}
	if err == nil {
		err = users.flock(unix.LOCK_SH)
	}
	for _, k := range knobList {
		if err != nil || k.fast && !fast {
			continue
		}
		err = os.WriteFile(k.path, []byte(k.value), 0)
		if k.fast {
			err = nil // a kernel without it is slower, no more
		}
	}
	if err != nil {
		users.close()
		return nil, err
	}
	return &knobs{users}, nil
}

// noteKnobs writes down the present settings unless a note was left behind.
func noteKnobs() error {
	if putBack() == nil {
		return nil
	}
	note := map[string]string{}
	for _, k := range knobList {
		if b, err := os.ReadFile(k.path); err == nil {
			note[k.path] = string(b)
		}
	}
	b, err := json.Marshal(note)
	if err != nil {
		return err
	}
	return os.WriteFile(knobNote(), b, 0o600)
}

// putBack sets everything to what the note says.
func putBack() error {
	b, err := os.ReadFile(knobNote())
	if err != nil {
		return err
	}
	var note map[string]string
	if err := json.Unmarshal(b, &note); err != nil {
		return fmt.Errorf("%s: %w", knobNote(), err)
	}
	for _, k := range knobList {
		v, ok := note[k.path]
		if !ok {
			continue
		}
		if now, err := os.ReadFile(k.path); err == nil && string(now) == v {
			continue
		}
		if werr := os.WriteFile(k.path, []byte(v), 0); werr != nil {
			err = werr
		}
	}
	return err
}

// restore signs a lab off; the last one puts the settings back.
func (k *knobs) restore() error {
	gate, err := openLock("gate")
	if err != nil {
		return err
	}
	defer gate.close()
	if err := gate.lock(); err != nil {
		return err
	}
	defer k.users.close()
	if k.users.flock(unix.LOCK_EX|unix.LOCK_NB) != nil {
		return nil // others go on
	}
	if err := putBack(); err != nil {
		return err
	}
	return os.Remove(knobNote())
}
