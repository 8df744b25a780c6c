package ruleset

import "strings"

// originChains are prefixes of the names that programs give their chains.
var originChains = []struct{ prefix, origin string }{
	{"DOCKER", "docker"}, {"KUBE-", "kube-proxy"}, {"f2b-", "fail2ban"}, {"fail2ban-", "fail2ban"}, {"LIBVIRT_", "libvirt"},
	{"ufw-", "ufw"}, {"ufw6-", "ufw"}, {"cali-", "calico"}, {"CILIUM_", "cilium"}, {"FLANNEL-", "flannel"}, {"WEAVE", "weave"},
	{"CNI-", "cni"}, {"NETAVARK", "netavark"}, {"ISTIO_", "istio"}, {"KUMA_", "kuma"}, {"ts-", "tailscale"}, {"sshguard", "sshguard"},
	{"CROWDSEC_CHAIN", "crowdsec"}, {"PSAD_BLOCK_", "psad"}, {"PVEFW-", "proxmox"}, {"MINIUPNPD", "miniupnpd"}, {"FWKNOP_", "fwknop"},
	{"INPUT_direct", "firewalld"}, {"INPUT_ZONES", "firewalld"}, {"INPUT_POLICIES", "firewalld"}, {"FORWARD_direct", "firewalld"},
	{"FORWARD_IN_ZONES", "firewalld"}, {"FORWARD_OUT_ZONES", "firewalld"}, {"FORWARD_POLICIES", "firewalld"}, {"OUTPUT_direct", "firewalld"},
	{"OUTPUT_POLICIES", "firewalld"}, {"PREROUTING_direct", "firewalld"}, {"PREROUTING_ZONES", "firewalld"},
	{"PREROUTING_POLICIES", "firewalld"}, {"POSTROUTING_direct", "firewalld"}, {"POSTROUTING_ZONES", "firewalld"},
	{"POSTROUTING_POLICIES", "firewalld"}, {"FWDI_", "firewalld"}, {"FWDO_", "firewalld"}, {"FWD_", "firewalld"},
	{"zone_", "openwrt"}, {"delegate_", "openwrt"}, {"input_rule", "openwrt"}, {"output_rule", "openwrt"}, {"forwarding_rule", "openwrt"},
	{"LOCALINPUT", "csf"}, {"LOCALOUTPUT", "csf"}, {"LOGDROPIN", "csf"}, {"LOGDROPOUT", "csf"}, {"DENYIN", "csf"}, {"ALLOWIN", "csf"},
	{"bw_", "android"}, {"fw_", "android"}, {"oem_", "android"}, {"tetherctrl_", "android"}, {"natctrl_", "android"}, {"st_", "android"},
}

// originComments are prefixes of the comments that programs give their rules.
var originComments = []struct{ prefix, origin string }{
	{"kubernetes ", "kube-proxy"}, {"cali:", "calico"}, {"cilium", "cilium"}, {"flanneld", "flannel"}, {"generated for LXD", "lxd"},
	{"generated for Incus", "incus"}, {"wg-quick(8)", "wg-quick"}, {"!fw3", "openwrt"}, {"netavark", "netavark"}, {"CNI", "cni"},
	{"name: \"", "cni"}, {"crowdsec", "crowdsec"}, {"'dapp_", "ufw"}, {"kuma/", "kuma"}, {"portfw for", "docker"}, {"DOCKER", "docker"},
}

// chains that only firewalld and shorewall have together tell of them where
// their own names do not.
var zoneChains = []struct{ prefix, origin string }{
	{"IN_", "firewalld"}, {"PRE_", "firewalld"}, {"POST_", "firewalld"}, {"OUT_", "firewalld"},
}

// shorewallChains are names that shorewall always makes.
var shorewallChains = map[string]bool{"logflags": true, "smurfs": true, "tcpflags": true, "sfilter": true, "dynamic": true,
	"shorewall": true, "smurflog": true, "logdrop": true, "logreject": true, "~log0": true, "reject": true}

// markOrigins fills in Rule.Origin where the chain's name, the target or the
// comment tells which program wrote the rule.
func markOrigins(rs *Ruleset) {
	for _, t := range rs.Tables {
		zones := t.zoneProgram()
		for _, c := range t.Chains {
			own := chainOrigin(c.Name, zones)
			for _, r := range c.Rules {
				if r.Origin = own; own == "" || c.Builtin {
					r.Origin = r.origin(zones)
				}
			}
		}
	}
}

// zoneProgram returns the program whose zones name the table's chains: firewalld
// or shorewall, "" for none.
func (t *Table) zoneProgram() string {
	wall := 0
	for _, c := range t.Chains {
		if strings.HasPrefix(c.Name, "INPUT_ZONES") || strings.HasPrefix(c.Name, "PREROUTING_ZONES") || strings.HasPrefix(c.Name, "POSTROUTING_ZONES") {
			return "firewalld"
		}
		if shorewallChains[c.Name] {
			wall++
		}
	}
	if wall >= 2 {
		return "shorewall"
	}
	return ""
}

func chainOrigin(name, zones string) string {
	for _, o := range originChains {
		if strings.HasPrefix(name, o.prefix) {
			return o.origin
		}
	}
	switch zones {
	case "firewalld":
		for _, o := range zoneChains {
			if strings.HasPrefix(name, o.prefix) {
				return o.origin
			}
		}
	case "shorewall":
		if shorewallChains[name] || zonePair(name) {
			return "shorewall"
		}
	}
	return ""
}

// zonePair reports shorewall's names for a pair of zones or an interface:
// "net2fw", "net-fw", "eth0_fwd".
func zonePair(name string) bool {
	for _, s := range []string{"_fwd", "_in", "_out", "_frwd", "_dynf", "_masq", "_dyni"} {
		if strings.HasSuffix(name, s) {
			return true
		}
	}
	a, b, ok := strings.Cut(name, "2")
	if !ok {
		a, b, ok = strings.Cut(name, "-")
	}
	return ok && a != "" && b != "" && len(a) <= 5 && len(b) <= 5
}

func (r *Rule) origin(zones string) string {
	if name, i := r.Jump(); i >= 0 {
		if o := chainOrigin(name, zones); o != "" && strings.ToUpper(name) != "REJECT" {
			return o
		}
	}
	if c := r.Comment(); c != "" {
		for _, o := range originComments {
			if strings.HasPrefix(c, o.prefix) {
				return o.origin
			}
		}
	}
	for i, w := range r.Words {
		if i > 0 && (r.Words[i-1].Text == "-i" || r.Words[i-1].Text == "-o") {
			switch {
			case w.Text == "docker0":
				return "docker"
			case strings.HasPrefix(w.Text, "virbr"):
				return "libvirt"
			}
		}
	}
	return ""
}
