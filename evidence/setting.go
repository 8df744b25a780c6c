package evidence

import (
	"strings"

	"nfwhy/conntrack"
	"nfwhy/host"
)

// Setting is a line of `sysctl -a`, of a file of sysctl.d, or what cat showed of
// a file under /proc/sys.
type Setting struct {
	Source, Text string
	Key, Value   string
}

// setting takes a line about a kernel setting.
func (f *factReader) setting(e *Evidence, source, s string) bool {
	if f.proc != "" {
		key := f.proc
		f.proc = ""
		if v := strings.TrimSpace(s); isNumbers(v) {
			e.keepSetting(Setting{source, s, key, v})
			return true
		}
	}
	s = strings.TrimLeft(s, "#$ ")
	for _, p := range []string{"sudo ", "sysctl ", "-w ", "-q "} {
		s = strings.TrimPrefix(s, p)
	}
	if name, ok := strings.CutPrefix(s, "cat /proc/sys/"); ok {
		f.proc = strings.ReplaceAll(strings.TrimSpace(name), "/", ".")
		return true
	}
	s = strings.TrimPrefix(s, "/proc/sys/")
	if !strings.HasPrefix(s, "net.") && !strings.HasPrefix(s, "net/") {
		return false
	}
	i := strings.IndexAny(s, "=:")
	if i < 0 {
		return false
	}
	key := strings.ReplaceAll(strings.TrimSpace(s[:i]), "/", ".")
	value := strings.Trim(strings.TrimSpace(s[i+1:]), `"'`)
	if strings.ContainsAny(key, " \t\"'()<>") || value == "" || strings.Count(key, ".") < 2 {
		return false
	}
	value, _, _ = strings.Cut(value, " #")
	e.keepSetting(Setting{source, s, key, strings.TrimSpace(value)})
	return true
}

// isNumbers reports what a file under /proc/sys holds that matters here.
func isNumbers(s string) bool {
	for _, c := range s {
		if (c < '0' || c > '9') && c != ' ' && c != '\t' && c != '-' {
			return false
		}
	}
	return s != ""
}

func (e *Evidence) keepSetting(s Setting) {
	if len(e.Sysctls) < maxFacts {
		e.Sysctls = append(e.Sysctls, s)
	}
}

// oldKeys are names of settings before Linux 2.6.20 or so, and short ones.
var oldKeys = strings.NewReplacer("net.ipv4.netfilter.ip_conntrack_", "net.netfilter.nf_conntrack_", "net.ipv4.netfilter.nf_conntrack_", "net.netfilter.nf_conntrack_",
	"net.ipv4.ip_conntrack_max", "net.netfilter.nf_conntrack_max", "net.nf_conntrack_max", "net.netfilter.nf_conntrack_max")

// addSettings writes the settings that were told into h; those that h has
// already stay.
func (e *Evidence) addSettings(h *host.Host) {
	given := map[string]bool{}
	for k := range h.Sysctl {
		given[k] = true
	}
	probe := conntrack.DefaultSysctl()
	put := func(key, value string) {
		key = oldKeys.Replace(key)
		if given[key] || strings.HasPrefix(key, "net.netfilter.nf_conntrack_") && probe.Set(key, value) != nil {
			return // a reading, such as nf_conntrack_count, or of another kernel
		}
		if h.Sysctl == nil {
			h.Sysctl = map[string]string{}
		}
		h.Sysctl[key] = value
	}
	for _, f := range e.Files {
		for k, v := range f.Sysctl {
			put(k, v)
		}
	}
	for _, s := range e.Sysctls {
		put(s.Key, s.Value)
	}
}
