package evidence

import (
	"strings"
	"testing"

	"nfwhy/host"
)

func TestFacts(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"conntrack -L", "tcp      6 431999 ESTABLISHED src=192.0.2.1 dst=203.0.113.7 sport=4000 dport=22 src=203.0.113.7 dst=192.0.2.1 sport=22 dport=4000 [ASSURED] mark=0 use=1\n" +
			"conntrack v1.4.7 (conntrack-tools): 1 flow entries have been shown.\n",
			[]string{"1 conntrack 192.0.2.1>203.0.113.7 ESTABLISHED"}},
		{"conntrack -E in a quote", "> [NEW] udp      17 30 src=192.0.2.1 dst=203.0.113.7 sport=4000 dport=53 [UNREPLIED] src=203.0.113.7 dst=192.0.2.1 sport=53 dport=4000\n",
			[]string{"1 conntrack 192.0.2.1>203.0.113.7"}},
		{"/proc/net/nf_conntrack", "ipv4     2 udp      17 20 src=192.0.2.1 dst=203.0.113.7 sport=4000 dport=53 src=203.0.113.7 dst=192.0.2.1 sport=53 dport=4000 mark=0 zone=0 use=2\n",
			[]string{"1 conntrack 192.0.2.1>203.0.113.7"}},
		{"blanked entry", "tcp 6 100 SYN_SENT src=x.x.x.x dst=203.0.113.7 sport=4000 dport=22 [UNREPLIED] src=203.0.113.7 dst=x.x.x.x sport=22 dport=4000 mark=0 use=1\n",
			[]string{"1 conntrack x.x.x.x>203.0.113.7 SYN_SENT"}},
		{"no entry", "set src=a and dst=b in the file\n", nil},
		{"ip addr", "$ ip a\n1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n    inet 127.0.0.1/8 scope host lo\n       valid_lft forever preferred_lft forever\n" +
			"2: eth0@if5: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP\n    link/ether 02:00:00:00:0b:01 brd ff:ff:ff:ff:ff:ff\n    inet 192.0.2.1/24 brd 192.0.2.255 scope global dynamic eth0\n    inet6 2001:db8::1/64 scope global\n    inet6 fe80::1/64 scope link noprefixroute\n",
			[]string{"2 link lo loopback", "3 link lo loopback", "4 address 127.0.0.1/8 lo", "6 link eth0", "7 link eth0 ether", "8 address 192.0.2.1/24 eth0",
				"9 address 2001:db8::1/64 eth0", "10 address fe80::1/64 eth0"}},
		{"ip -br addr", "lo               UNKNOWN        127.0.0.1/8 ::1/128\neth0             UP             192.0.2.1/24 fe80::1/64\n",
			[]string{"1 address 127.0.0.1/8 lo", "1 address ::1/128 lo", "2 address 192.0.2.1/24 eth0", "2 address fe80::1/64 eth0"}},
		{"ip -j", `[{"ifindex":2,"ifname":"eth0","flags":["UP"],"mtu":1400,"link_type":"ether","address":"02:00:00:00:0b:01","addr_info":[{"family":"inet","local":"192.0.2.1","prefixlen":24}]}]` + "\n" +
			`[{"dst":"default","gateway":"192.0.2.254","dev":"eth0","flags":[]}]` + "\n",
			[]string{"1 link eth0 ether", "1 address 192.0.2.1/24 eth0", "2 link eth0 ether", "2 route 0.0.0.0/0 dev eth0"}},
		{"address without its link's line", "inet 192.0.2.1/24 brd 192.0.2.255 scope global eth0\n", []string{"1 address 192.0.2.1/24 eth0"}},
		{"ifconfig", "eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500\n        inet 192.0.2.1  netmask 255.255.254.0  broadcast 192.0.3.255\n        inet6 fe80::1  prefixlen 64  scopeid 0x20<link>\n        ether 02:00:00:00:0b:01  txqueuelen 1000  (Ethernet)\n",
			[]string{"1 link eth0", "2 address 192.0.2.1/23 eth0", "3 address fe80::1/64 eth0", "4 link eth0 ether"}},
		{"old ifconfig", "eth0      Link encap:Ethernet  HWaddr 02:00:00:00:0b:01\n          inet addr:192.0.2.1  Bcast:192.0.2.255  Mask:255.255.255.0\n          inet6 addr: fe80::1/64 Scope:Link\n          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1\n",
			[]string{"1 link eth0 ether", "2 address 192.0.2.1/24 eth0", "3 address fe80::1/64 eth0"}},
		{"blanked address", "2: eth0: <UP> mtu 1500\n    inet xx.xx.xx.xx/29 brd xx.xx.xx.xx scope global eth0\n", []string{"1 link eth0", "2 address xx.xx.xx.xx/29 eth0"}},
		{"ip route", "default via 192.0.2.254 dev eth0 proto dhcp metric 100\n10.0.0.0/8 dev tun0 scope link\n192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.1\nblackhole 10.9.0.0/16\nunreachable default dev lo metric 4294967295 error -101\n",
			[]string{"1 route 0.0.0.0/0 dev eth0", "2 route 10.0.0.0/8 dev tun0", "3 route 192.0.2.0/24 dev eth0", "4 route 10.9.0.0/16 dev", "5 route 0.0.0.0/0 dev lo"}},
		{"blanked gateway", "default via x.x.x.x dev eth0 onlink\n", []string{"1 route 0.0.0.0/0 dev eth0"}},
		{"IPv6 gateway", "default via inet6 fe80::1 dev eth0\n2001:db8::/64 dev eth0 proto kernel metric 256 pref medium\n", []string{"1 route ::/0 dev eth0", "2 route 2001:db8::/64 dev eth0"}},
		{"route -n", "Kernel IP routing table\nDestination     Gateway         Genmask         Flags Metric Ref    Use Iface\n0.0.0.0         192.0.2.254     0.0.0.0         UG    0      0        0 eth0\n192.0.2.0       0.0.0.0         255.255.255.0   U     0      0        0 eth0\n",
			[]string{"3 route 0.0.0.0/0 dev eth0", "4 route 192.0.2.0/24 dev eth0"}},
		{"route command", "ip route add 10.0.0.0/8 via 192.0.2.9 dev eth0\n", []string{"1 route 10.0.0.0/8 dev eth0"}},
		{"no route", "default via the gateway dev told me\nlocal host is down now\n", nil},
		{"ss", "Netid State  Recv-Q Send-Q Local Address:Port  Peer Address:Port Process\nudp   UNCONN 0      0      127.0.0.53%lo:53         0.0.0.0:*     users:((\"x\",pid=1,fd=2))\ntcp   LISTEN 0      128          0.0.0.0:22         0.0.0.0:*\ntcp   ESTAB  0      0          192.0.2.1:22     203.0.113.7:4000\ntcp   LISTEN 0      128             [::]:80            [::]:*\n",
			[]string{"2 socket udp 127.0.0.53%lo:53 true", "3 socket tcp 0.0.0.0:22 true", "4 socket tcp 192.0.2.1:22 false", "5 socket tcp [::]:80 true"}},
		{"ss without Netid", "LISTEN 0 128 *:22 *:*\n", []string{"1 socket tcp *:22 true"}},
		{"netstat", "tcp        0      0 0.0.0.0:22              0.0.0.0:*               LISTEN      1234/sshd\ntcp6       0      0 :::80                   :::*                    LISTEN      99/nginx: master\nudp        0      0 0.0.0.0:68              0.0.0.0:*                           900/dhclient\n",
			[]string{"1 socket tcp 0.0.0.0:22 true", "2 socket tcp6 :::80 true", "3 socket udp 0.0.0.0:68 true"}},
		{"lsof", "sshd 1234 root 3u IPv4 12345 0t0 TCP *:ssh (LISTEN)\n", []string{"1 socket tcp *:ssh true"}},
		{"sysctl", "net.ipv4.ip_forward = 1\nnet.netfilter.nf_conntrack_tcp_loose=0\n# sysctl -w net.ipv4.conf.all.rp_filter=2\nkernel.hostname = gw\n$ cat /proc/sys/net/ipv4/tcp_syncookies\n1\n",
			[]string{"1 sysctl net.ipv4.ip_forward=1", "2 sysctl net.netfilter.nf_conntrack_tcp_loose=0", "3 sysctl net.ipv4.conf.all.rp_filter=2", "6 sysctl net.ipv4.tcp_syncookies=1"}},
		{"no sysctl", "net.ipv4 is my friend: yes\nnet.core: what (is) that = odd\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { same(t, "found", found(read(t, tt.text)), tt.want) })
	}
}

func TestSocketProcess(t *testing.T) {
	e := read(t, "tcp LISTEN 0 128 127.0.0.1:631 0.0.0.0:* users:((\"cupsd\",pid=7,fd=6))\n")
	k := e.Sockets[0]
	if k.Process != `users:(("cupsd",pid=7,fd=6))` || k.Local.Port() != 631 || k.Local.Addr().String() != "127.0.0.1" || k.Peer.Port() != 0 {
		t.Errorf("got %+v", k)
	}
}

func TestSettings(t *testing.T) {
	e := read(t, strings.Join([]string{"net.netfilter.nf_conntrack_tcp_timeout_established = 600", "net.netfilter.nf_conntrack_count = 77", "net.netfilter.nf_conntrack_max = much",
		"net.ipv4.netfilter.ip_conntrack_max = 10067", "net.ipv4.ip_forward = 0", "-A INPUT -j DROP", "some words"}, "\n"))
	h := host.Host{Sysctl: map[string]string{"net.ipv4.ip_forward": "1"}}
	e.AddRules(&h, 0)
	want := map[string]string{"net.netfilter.nf_conntrack_tcp_timeout_established": "600", "net.netfilter.nf_conntrack_max": "10067", "net.ipv4.ip_forward": "1"}
	for k, v := range want {
		if h.Sysctl[k] != v {
			t.Errorf("%s is %q, want %q", k, h.Sysctl[k], v)
		}
	}
	if len(h.Sysctl) != len(want) {
		t.Errorf("settings %v, want %v", h.Sysctl, want)
	}
	if len(e.Sysctls) != 5 {
		t.Errorf("%d settings kept, want 5", len(e.Sysctls))
	}
}
