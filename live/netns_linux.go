package live

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Netns is a network namespace of this machine. Close it after use.
type Netns struct {
	// Name is what people call it: its name in /run/netns, "pid 17 (bash)", "" for
	// the one that the process is in.
	Name string
	// Inode tells namespaces apart.
	Inode uint64

	file *os.File
	here bool
}

// namedDirs hold files that stand for namespaces: iproute2's, Docker's.
var namedDirs = []string{"/run/netns", "/var/run/docker/netns"}

// Here returns the namespace that the process is in.
func Here() (*Netns, error) {
	n, err := openFile("", "/proc/self/ns/net")
	if err == nil {
		n.here = true
	}
	return n, err
}

// Open returns a namespace by its name in /run/netns, by the number of a process
// that is in it, or by a path. The name "" is that of [Here].
func Open(name string) (*Netns, error) {
	switch {
	case name == "":
		return Here()
	case strings.Contains(name, "/"):
		return openFile(name, name)
	}
	for _, dir := range namedDirs {
		n, err := openFile(name, filepath.Join(dir, name))
		if !errors.Is(err, os.ErrNotExist) {
			return n, err
		}
	}
	if _, err := strconv.ParseUint(name, 10, 31); err == nil {
		return openFile("pid "+name, "/proc/"+name+"/ns/net")
	}
	return nil, fmt.Errorf("network namespace %q is not there (expected a name that ip netns shows, a process number or a path)", name)
}

func openFile(name, path string) (*Netns, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	var st unix.Stat_t
	var fs unix.Statfs_t
	err = unix.Fstat(int(f.Fd()), &st)
	if err == nil {
		err = unix.Fstatfs(int(f.Fd()), &fs)
	}
	const nsfs = 0x6e736673 // include/uapi/linux/magic.h: NSFS_MAGIC
	if err == nil && fs.Type != nsfs {
		err = errors.New("not a namespace")
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &Netns{Name: name, Inode: st.Ino, file: f}, nil
}

// Close lets go of the namespace.
func (n *Netns) Close() error { return n.file.Close() }

// String names the namespace for people.
func (n *Netns) String() string {
	switch {
	case n.here || n.Name == "":
		return "this namespace"
	case strings.HasPrefix(n.Name, "pid "):
		return "the namespace of " + n.Name
	}
	return "namespace " + n.Name
}

// Same reports whether both are the same namespace.
func (n *Netns) Same(m *Netns) bool { return n.Inode == m.Inode }

// Do calls f on a thread that is in the namespace: sockets that f opens and
// commands that it starts are in it too.
func (n *Netns) Do(f func() error) error {
	if n.here {
		return f()
	}
	errc := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		if err := unix.Setns(int(n.file.Fd()), unix.CLONE_NEWNET); err != nil {
			errc <- fmt.Errorf("entering %v: %w", n, err)
			return
		}
		errc <- f()
	}()
	return <-errc
}

// maxNamespaces bounds a search; no machine is known to have that many.
const maxNamespaces = 10000

// All returns every network namespace that can be seen from here, each once: the
// process's own first, then those with names, then those of other processes.
func All() ([]*Netns, error) {
	own, err := Here()
	if err != nil {
		return nil, err
	}
	all := []*Netns{own}
	seen := map[uint64]bool{own.Inode: true}
	add := func(name, path string) {
		var st unix.Stat_t
		if len(all) >= maxNamespaces || unix.Stat(path, &st) != nil || seen[st.Ino] {
			return
		}
		if n, err := openFile(name, path); err == nil {
			seen[n.Inode] = true
			all = append(all, n)
		}
	}
	for _, dir := range namedDirs {
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			add(e.Name(), filepath.Join(dir, e.Name()))
		}
	}
	for _, pid := range processes() {
		comm, _ := os.ReadFile("/proc/" + pid + "/comm")
		add(fmt.Sprintf("pid %s (%s)", pid, strings.TrimSpace(string(comm))), "/proc/"+pid+"/ns/net")
	}
	return all, nil
}

func processes() []string {
	entries, _ := os.ReadDir("/proc")
	var pids []string
	for _, e := range entries {
		if _, err := strconv.Atoi(e.Name()); err == nil {
			pids = append(pids, e.Name())
		}
	}
	sort.Slice(pids, func(i, j int) bool {
		return len(pids[i]) < len(pids[j]) || len(pids[i]) == len(pids[j]) && pids[i] < pids[j]
	})
	return pids
}

// Holding returns the namespaces of which a is a local address. Loopback
// addresses are everybody's own, so only the process's own namespace is told.
func Holding(a netip.Addr) ([]*Netns, error) {
	all, err := All()
	if err != nil {
		return nil, err
	}
	var found []*Netns
	for _, n := range all {
		if n.here || !a.IsLoopback() {
			if local, err := n.Holds(a); err == nil && local {
				found = append(found, n)
				continue
			}
		}
		n.Close()
	}
	return found, nil
}

// Initial reports whether n is the machine's first namespace; ok is false when
// that cannot be seen from here.
func (n *Netns) Initial() (initial, ok bool) {
	// Only the first namespace has this setting (net/netfilter/nf_log.c, Linux 6.18).
	err := n.Do(func() error {
		_, err := os.Stat("/proc/sys/net/netfilter/nf_log_all_netns")
		if err != nil {
			return err
		}
		initial = true
		return nil
	})
	return initial, err == nil || errors.Is(err, os.ErrNotExist)
}
