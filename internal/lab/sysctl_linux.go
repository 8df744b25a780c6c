package lab

import (
	"fmt"
	"os"
	"strings"
)

// setSysctl writes a setting of the calling thread's namespace by its dotted
// name. A name with slashes is taken as a path, for links with dots in their name.
func setSysctl(key, value string) error {
	path := key
	if !strings.Contains(key, "/") {
		path = strings.ReplaceAll(key, ".", "/")
	}
	if strings.Contains("/"+path+"/", "/../") {
		return fmt.Errorf("sysctl %q (expected a dotted name)", key)
	}
	f, err := os.OpenFile("/proc/sys/"+path, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("sysctl %q: %w", key, err)
	}
	defer f.Close()
	if _, err := f.WriteString(value); err != nil {
		return fmt.Errorf("sysctl %q to %q: %w", key, value, err)
	}
	return nil
}

// conf4 and conf6 are set for all, default and lo before links are made. A new
// namespace copies the IPv4 ones from the machine, so all that can matter are
// named: kernel defaults, but a router that trusts its links and sends neither
// redirects nor chatter.
var (
	conf4 = [][2]string{
		{"accept_local", "0"}, {"accept_redirects", "1"}, {"log_martians", "0"},
		{"route_localnet", "0"}, {"rp_filter", "0"}, {"send_redirects", "0"}, {"src_valid_mark", "0"},
		{"disable_xfrm", "0"}, {"disable_policy", "0"}, {"drop_unicast_in_l2_multicast", "0"},
		{"accept_source_route", "0"}, {"forwarding", "1"},
	}
	conf6 = [][2]string{
		{"disable_ipv6", "0"}, {"addr_gen_mode", "1"}, {"accept_ra", "0"}, {"router_solicitations", "0"},
		{"dad_transmits", "0"}, {"forwarding", "1"},
	}
	// base are the settings without a device. ICMP errors are not limited, so that
	// nothing depends on how fast packets come.
	base = []Sysctl{
		{"net.ipv4.icmp_ratelimit", "0"},
		{"net.ipv4.icmp_msgs_per_sec", "1000000"},
		{"net.ipv4.icmp_msgs_burst", "1000000"},
		{"net.ipv6.icmp.ratelimit", "0"},
		{"net.ipv6.auto_flowlabels", "0"},
	}
)

func (n *network) baseSysctls() error {
	for _, dev := range []string{"all", "default", "lo"} {
		for _, kv := range conf4 {
			if err := setOptional("net.ipv4.conf."+dev+"."+kv[0], kv[1]); err != nil {
				return err
			}
		}
		for _, kv := range conf6 {
			if err := setOptional("net.ipv6.conf."+dev+"."+kv[0], kv[1]); err != nil {
				return err
			}
		}
	}
	for _, s := range base {
		if err := setOptional(s.Key, s.Value); err != nil {
			return err
		}
	}
	return nil
}

// setOptional sets what kernels may lack or not have per namespace.
func setOptional(key, value string) error {
	err := setSysctl(key, value)
	if err != nil && (os.IsNotExist(err) || os.IsPermission(err)) || strings.Contains(fmt.Sprint(err), "no such file") {
		return nil
	}
	return err
}
