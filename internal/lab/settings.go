package lab

// conf4, conf6 and base are what every scenario starts from. A new namespace
// copies the IPv4 ones from the machine, so all that can matter are named:
// kernel defaults, but a router that trusts its links and sends neither
// redirects nor chatter. They are set for all, default and lo before links are
// made.
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
	// ICMP errors are not limited, so that nothing depends on how fast packets
	// come, and have no drawn flow label.
	base = []Sysctl{
		{"net.ipv4.icmp_ratelimit", "0"},
		{"net.ipv4.icmp_msgs_per_sec", "1000000"},
		{"net.ipv4.icmp_msgs_burst", "1000000"},
		{"net.ipv6.icmp.ratelimit", "0"},
		{"net.ipv6.auto_flowlabels", "0"},
	}
)

// allSysctls are the settings of a scenario's host, the scenario's own last.
func (s *Scenario) allSysctls() []Sysctl {
	var all []Sysctl
	for _, dev := range []string{"all", "default", "lo"} {
		for _, kv := range conf4 {
			all = append(all, Sysctl{"net.ipv4.conf." + dev + "." + kv[0], kv[1]})
		}
		for _, kv := range conf6 {
			all = append(all, Sysctl{"net.ipv6.conf." + dev + "." + kv[0], kv[1]})
		}
	}
	return append(append(all, base...), s.Sysctls...)
}
