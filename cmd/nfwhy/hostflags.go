package main

import (
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"nfwhy/host"
	"nfwhy/ruleset"

	"github.com/spf13/cobra"
)

// hostFlags describe the host, the same for every command that simulates one.
type hostFlags struct {
	addrs, routes, sysctls []string
	hostFile               string
	family                 int
	sets                   []string
	backend, kernel        string
}

func (f *hostFlags) add(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringArrayVar(&f.addrs, "addr", nil, "an address of the host, `ADDR/PREFIX@IFACE` (repeat)")
	fl.StringArrayVar(&f.routes, "route", nil, "a route, `'CIDR [via GW] dev IFACE'` (repeat)")
	fl.StringVar(&f.hostFile, "host", "", "`FILE` with the output of ip addr and ip route")
	fl.StringArrayVar(&f.sysctls, "sysctl", nil, "a kernel setting, `KEY=VALUE` (repeat)")
	fl.IntVar(&f.family, "family", 0, "IP family of rules that do not tell: `4|6`")
	fl.StringArrayVar(&f.sets, "set", nil, "`FILE` with the output of ipset save (repeat)")
	fl.StringVar(&f.backend, "backend", "nft", "iptables back end: `nft|legacy`")
	fl.StringVar(&f.kernel, "kernel", "", "kernel `VERSION` whose behaviour to model (default 6.18)")
}

// apply writes the flags into h. told reports whether addresses were given, so
// that nothing needs to be inferred.
func (f *hostFlags) apply(h *host.Host) (told bool, err error) {
	if f.hostFile != "" {
		b, err := os.ReadFile(f.hostFile)
		if err != nil {
			return false, err
		}
		if err := h.ReadIP(f.hostFile, b); err != nil {
			return false, err
		}
		told = true
	}
	for _, a := range f.addrs {
		if err := h.AddAddr(a); err != nil {
			return false, fmt.Errorf("--addr: %w", err)
		}
		told = true
	}
	for _, r := range f.routes {
		if err := h.AddRoute(r); err != nil {
			return false, fmt.Errorf("--route: %w", err)
		}
	}
	for _, name := range f.sets {
		b, err := os.ReadFile(name)
		if err != nil {
			return false, err
		}
		file, err := ruleset.Parse(name, b)
		if err != nil {
			return false, err
		}
		h.Sets = append(h.Sets, file.Sets...)
	}
	if h.Sysctl == nil {
		h.Sysctl = map[string]string{}
	}
	for _, s := range f.sysctls {
		k, v, ok := strings.Cut(s, "=")
		if !ok || k == "" {
			return false, fmt.Errorf("--sysctl: %q (expected KEY=VALUE)", s)
		}
		h.Sysctl[strings.ReplaceAll(strings.TrimSpace(k), "/", ".")] = strings.TrimSpace(v)
	}
	switch f.backend {
	case "nft":
		h.Backend = host.NFT
	case "legacy":
		h.Backend = host.Legacy
	default:
		return false, fmt.Errorf("--backend: %q (expected nft or legacy)", f.backend)
	}
	switch f.family {
	case 0, 4, 6:
	default:
		return false, fmt.Errorf("--family: %d (expected 4 or 6)", f.family)
	}
	h.Kernel = f.kernel
	return told, nil
}

func decodeRune(s string) (rune, int) { return utf8.DecodeRuneInString(s) }
