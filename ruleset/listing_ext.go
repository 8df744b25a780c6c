package ruleset

import (
	"strconv"
	"strings"
)

// piece is one way in which an extension lists itself: the words of pat in the
// listing stand for the options of out. In pat W is any word, Q a quoted text,
// ! an optional "!", pW a word that begins with p; a captured word may begin with
// "!" itself. In out $1, $2 are what was captured; a "!" that was seen goes before
// the first option. An empty mod is the module that names the ports' protocol.
// (iptables 1.8.9, print functions of extensions/lib*_*.c, and what older ones
// are seen to have printed.)
type piece struct{ mod, pat, out string }

var pieces = []piece{
	{"", "spts:W", "--sport $1"}, {"", "spt:W", "--sport $1"}, {"", "dpts:W", "--dport $1"}, {"", "dpt:W", "--dport $1"},
	{"tcp", "tcp", ""}, {"udp", "udp", ""}, {"udplite", "udplite", ""},
	{"dccp", "dccp", ""}, {"dccp", "option=W", "--dccp-option $1"}, {"sctp", "sctp", ""},
	{"sctp", "! any W", "--chunk-types any $1"}, {"sctp", "! all W", "--chunk-types all $1"}, {"sctp", "! only W", "--chunk-types only $1"},
	{"dccp", "! types", "--dccp-types $1"},
	{"tcp", "option=W", "--tcp-option $1"}, {"tcp", "flags:W", "--tcp-flags $1"}, {"tcp", "flags: W", "--tcp-flags $1"},
	{"ah", "spis:W", "--ahspi $1"}, {"ah", "spi:W", "--ahspi $1"}, {"ah", "ah", ""},
	{"esp", "spis:W", "--espspi $1"}, {"esp", "spi:W", "--espspi $1"}, {"esp", "esp", ""},
	{"icmp", "icmptype W code W", "--icmp-type $1/$2"}, {"icmp", "icmptype W", "--icmp-type $1"},
	{"icmp", "icmp type W code W", "--icmp-type $1/$2"}, {"icmp", "icmp type W", "--icmp-type $1"},
	{"icmp", "icmp !type W code W", "! --icmp-type $1/$2"}, {"icmp", "icmp !type W", "! --icmp-type $1"},
	{"icmp", "icmp W", "--icmp-type $1"},
	{"icmp6", "ipv6-icmptype W code W", "--icmpv6-type $1/$2"}, {"icmp6", "ipv6-icmptype W", "--icmpv6-type $1"},
	{"icmp6", "ipv6-icmp !type W code W", "! --icmpv6-type $1/$2"}, {"icmp6", "ipv6-icmp !type W", "! --icmpv6-type $1"},
	{"icmp6", "ipv6-icmp W", "--icmpv6-type $1"},
	{"state", "! state W", "--state $1"},
	{"conntrack", "! ctstate W", "--ctstate $1"}, {"conntrack", "! ctproto W", "--ctproto $1"},
	{"conntrack", "! ctorigsrc W", "--ctorigsrc $1"}, {"conntrack", "! ctorigdst W", "--ctorigdst $1"},
	{"conntrack", "! ctreplsrc W", "--ctreplsrc $1"}, {"conntrack", "! ctrepldst W", "--ctrepldst $1"},
	{"conntrack", "! ctorigsrcport W", "--ctorigsrcport $1"}, {"conntrack", "! ctorigdstport W", "--ctorigdstport $1"},
	{"conntrack", "! ctreplsrcport W", "--ctreplsrcport $1"}, {"conntrack", "! ctrepldstport W", "--ctrepldstport $1"},
	{"conntrack", "! ctstatus W", "--ctstatus $1"}, {"conntrack", "! ctexpire W", "--ctexpire $1"},
	{"conntrack", "ctdir W", "--ctdir $1"},
	{"hashlimit", "limit: up to W", "--hashlimit-upto $1"}, {"hashlimit", "limit: above W", "--hashlimit-above $1"},
	{"hashlimit", "burst W", "--hashlimit-burst $1"}, {"hashlimit", "mode W", "--hashlimit-mode $1"},
	{"hashlimit", "htable-size W", "--hashlimit-htable-size $1"}, {"hashlimit", "htable-max W", "--hashlimit-htable-max $1"},
	{"hashlimit", "htable-gcinterval W", "--hashlimit-htable-gcinterval $1"},
	{"hashlimit", "htable-expire W", "--hashlimit-htable-expire $1"},
	{"hashlimit", "srcmask W", "--hashlimit-srcmask $1"}, {"hashlimit", "dstmask W", "--hashlimit-dstmask $1"},
	{"hashlimit", "rate-match", "--hashlimit-rate-match"}, {"hashlimit", "rate-interval W", "--hashlimit-rate-interval $1"},
	{"hashlimit", "limit: avg W burst W mode W", "--hashlimit-upto $1 --hashlimit-burst $2 --hashlimit-mode $3"},
	{"limit", "limit: avg W burst W", "--limit $1 --limit-burst $2"},
	{"multiport", "multiport sports W", "--sports $1"}, {"multiport", "multiport dports W", "--dports $1"},
	{"multiport", "multiport ports W", "--ports $1"},
	{"owner", "! owner UID match W", "--uid-owner $1"}, {"owner", "! owner GID match W", "--gid-owner $1"},
	{"owner", "! owner socket exists", "--socket-exists"},
	{"owner", "incl. suppl. groups", "--suppl-groups"}, {"owner", "! OWNER UID match W", "--uid-owner $1"},
	{"owner", "! OWNER GID match W", "--gid-owner $1"},
	{"recent", "! recent: SET", "--set"}, {"recent", "! recent: CHECK", "--rcheck"},
	{"recent", "! recent: UPDATE", "--update"}, {"recent", "! recent: REMOVE", "--remove"},
	{"recent", "seconds: W", "--seconds $1"}, {"recent", "reap", "--reap"}, {"recent", "hit_count: W", "--hitcount $1"},
	{"recent", "TTL-Match", "--rttl"}, {"recent", "name: W", "--name $1"}, {"recent", "mask: W", "--mask $1"},
	{"recent", "side: source", "--rsource"}, {"recent", "side: dest", "--rdest"},
	{"connlimit", "#conn src/W > W", "--connlimit-above $2 --connlimit-mask $1 --connlimit-saddr"},
	{"connlimit", "#conn src/W <= W", "--connlimit-upto $2 --connlimit-mask $1 --connlimit-saddr"},
	{"connlimit", "#conn dst/W > W", "--connlimit-above $2 --connlimit-mask $1 --connlimit-daddr"},
	{"connlimit", "#conn dst/W <= W", "--connlimit-upto $2 --connlimit-mask $1 --connlimit-daddr"},
	{"connlimit", "#conn/W > W", "--connlimit-above $2 --connlimit-mask $1"},
	{"connlimit", "#conn/W <= W", "--connlimit-upto $2 --connlimit-mask $1"},
	{"connlimit", "#conn/W !> W", "--connlimit-upto $2 --connlimit-mask $1"},
	{"set", "! match-set W W", "--match-set $1 $2"}, {"set", "return-nomatch", "--return-nomatch"},
	{"set", "! update-counters", "--update-counters"}, {"set", "! update-subcounters", "--update-subcounters"},
	{"set", "! packets-eq W", "--packets-eq $1"}, {"set", "packets-lt W", "--packets-lt $1"}, {"set", "packets-gt W", "--packets-gt $1"},
	{"set", "! bytes-eq W", "--bytes-eq $1"}, {"set", "bytes-lt W", "--bytes-lt $1"}, {"set", "bytes-gt W", "--bytes-gt $1"},
	{"set", "! set W W", "--match-set $1 $2"},
	{"iprange", "source IP range ! W", "--src-range $1"}, {"iprange", "destination IP range ! W", "--dst-range $1"},
	{"length", "length W", "--length $1"}, {"tcpmss", "tcpmss match W", "--mss $1"},
	{"ttl", "TTL match TTL == W", "--ttl-eq $1"}, {"ttl", "TTL match TTL != W", "! --ttl-eq $1"},
	{"ttl", "TTL match TTL < W", "--ttl-lt $1"}, {"ttl", "TTL match TTL > W", "--ttl-gt $1"},
	{"hl", "HL match HL == W", "--hl-eq $1"}, {"hl", "HL match HL != W", "! --hl-eq $1"},
	{"hl", "HL match HL < W", "--hl-lt $1"}, {"hl", "HL match HL > W", "--hl-gt $1"},
	{"pkttype", "PKTTYPE = W", "--pkt-type $1"}, {"pkttype", "PKTTYPE != W", "! --pkt-type $1"},
	{"addrtype", "ADDRTYPE match", ""}, {"addrtype", "src-type W", "--src-type $1"}, {"addrtype", "dst-type W", "--dst-type $1"},
	{"addrtype", "limit-in", "--limit-iface-in"}, {"addrtype", "limit-out", "--limit-iface-out"},
	{"mac", "MAC ! W", "--mac-source $1"},
	{"string", "STRING match ! Q", "--string $1"}, {"string", "ALGO name W", "--algo $1"}, {"string", "FROM W", "--from $1"},
	{"string", "TO W", "--to $1"}, {"string", "ICASE", "--icase"},
	{"statistic", "statistic mode W", "--mode $1"}, {"statistic", "! probability W", "--probability $1"},
	{"statistic", "! every W", "--every $1"}, {"statistic", "packet W", "--packet $1"},
	{"quota", "quota: W bytes", "--quota $1"},
	{"dscp", "DSCP match W", "--dscp $1"},
	{"tos", "tos match! W", "! --tos $1"}, {"tos", "tos matchW", "--tos $1"}, {"tos", "TOS match W", "--tos $1"},
	{"mark", "mark match ! W", "--mark $1"}, {"mark", "MARK match ! W", "--mark $1"},
	{"connmark", "connmark match ! W", "--mark $1"}, {"connmark", "CONNMARK match ! W", "--mark $1"},
	{"helper", "helper match ! Q", "--helper $1"},
	{"physdev", "PHYSDEV match", ""}, {"physdev", "! --physdev-in W", "--physdev-in $1"}, {"physdev", "! --physdev-out W", "--physdev-out $1"},
	{"physdev", "! --physdev-is-in", "--physdev-is-in"}, {"physdev", "! --physdev-is-out", "--physdev-is-out"},
	{"physdev", "! --physdev-is-bridged", "--physdev-is-bridged"},
	{"policy", "policy match dir W pol W", "--dir $1 --pol $2"}, {"policy", "strict [0]", "--strict"}, {"policy", "strict", "--strict"},
	{"policy", "[W", "--next"}, {"policy", "reqid ! W", "--reqid $1"}, {"policy", "spi ! W", "--spi $1"},
	{"policy", "proto ! W", "--proto $1"}, {"policy", "mode ! W", "--mode $1"}, {"policy", "tunnel-dst ! W", "--tunnel-dst $1"},
	{"policy", "tunnel-src ! W", "--tunnel-src $1"},
	{"realm", "! realm W", "--realm $1"}, {"u32", "u32 ! Q", "--u32 $1"}, {"cpu", "cpu ! W", "--cpu $1"},
	{"devgroup", "! src-group W", "--src-group $1"}, {"devgroup", "! dst-group W", "--dst-group $1"},
	{"connlabel", "! connlabel ! W", "--label $1"}, {"connlabel", "set", "--set"},
	{"connbytes", "! connbytes W connbytes mode W connbytes direction W", "--connbytes $1 --connbytes-mode $2 --connbytes-dir $3"},
	{"nfacct", "nfacct name W", "--nfacct-name $1"}, {"osf", "OS fingerprint match ! W", "--genre $1"},
	{"ecn", "ECN match", ""}, {"ecn", "ECE", "--ecn-tcp-ece"}, {"ecn", "CWR", "--ecn-tcp-cwr"}, {"ecn", "!ECE", "! --ecn-tcp-ece"},
	{"ecn", "!CWR", "! --ecn-tcp-cwr"}, {"ecn", "ECT=W", "--ecn-ip-ect $1"}, {"ecn", "!ECT=W", "! --ecn-ip-ect $1"},
	{"cluster", "cluster node_mask=W total_nodes=W hash_seed=W", "--cluster-local-nodemask $1 --cluster-total-nodes $2 --cluster-hash-seed $3"},
	{"cluster", "cluster !node_mask=W total_nodes=W hash_seed=W", "! --cluster-local-nodemask $1 --cluster-total-nodes $2 --cluster-hash-seed $3"},
	{"cgroup", "cgroup ! W", "--cgroup $1"},
	{"rpfilter", "rpfilter", ""}, {"rpfilter", "loose", "--loose"}, {"rpfilter", "validmark", "--validmark"},
	{"rpfilter", "accept-local", "--accept-local"}, {"rpfilter", "invert", "--invert"},
	{"socket", "socket", ""}, {"socket", "--transparent", "--transparent"}, {"socket", "--nowildcard", "--nowildcard"},
	{"socket", "--restore-skmark", "--restore-skmark"},
	{"frag", "frag", ""}, {"frag", "id:W", "--fragid $1"}, {"frag", "ids:W", "--fragid $1"}, {"frag", "reserved", "--fragres"},
	{"frag", "first", "--fragfirst"}, {"frag", "more", "--fragmore"}, {"frag", "last", "--fraglast"}, {"frag", "length:W", "--fraglen $1"},
	{"rt", "rt", ""}, {"rt", "type:W", "--rt-type $1"}, {"rt", "segsleft:W", "--rt-segsleft $1"}, {"rt", "segslefts:W", "--rt-segsleft $1"},
	{"rt", "length:W", "--rt-len $1"},
	{"dst", "dst", ""}, {"dst", "length:W", "--dst-len $1"}, {"dst", "opts W", "--dst-opts $1"},
	{"hbh", "hbh", ""}, {"hbh", "length:W", "--hbh-len $1"}, {"hbh", "opts W", "--hbh-opts $1"},
	{"mh", "mh W", "--mh-type $1"}, {"mh", "mh", ""},
	{"ipv6header", "ipv6header flags:W", "--header $1"}, {"ipv6header", "soft", "--soft"},
	{"eui64", "eui64", ""},
	{"time", "TIME", ""}, {"time", "from W to W", "--timestart $1 --timestop $2"}, {"time", "on W", "--weekdays $1"},
	{"time", "starting from W W", "--datestart $1T$2"}, {"time", "until date W W", "--datestop $1T$2"},
	{"time", "UTC", ""}, {"time", "contiguous", "--contiguous"},
}

// targetPieces are the pieces of targets, under the target's name. They begin
// with what every one of them prints, or are options that follow each other.
var targetPieces = map[string][]piece{
	"REJECT": {{pat: "reject-with W", out: "--reject-with $1"}},
	"DNAT":   append([]piece{{pat: "to:W", out: "--to-destination $1"}}, natFlags...),
	"SNAT":   append([]piece{{pat: "to:W", out: "--to-source $1"}}, natFlags...),
	"NETMAP": {{pat: "to:W", out: "--to $1"}},
	"REDIRECT": append([]piece{{pat: "redir ports W", out: "--to-ports $1"}, {pat: "redir port W", out: "--to-ports $1"}},
		natFlags...),
	"MASQUERADE": append([]piece{{pat: "masq ports: W", out: "--to-ports $1"}}, natFlags...),
	"MARK": {{pat: "MARK set W", out: "--set-xmark $1/0xffffffff"}, {pat: "MARK xset W", out: "--set-xmark $1"},
		{pat: "MARK and W", out: "--and-mark $1"}, {pat: "MARK or W", out: "--or-mark $1"}, {pat: "MARK xor W", out: "--xor-mark $1"}},
	"CONNMARK": {{pat: "CONNMARK set W", out: "--set-xmark $1/0xffffffff"}, {pat: "CONNMARK xset W", out: "--set-xmark $1"},
		{pat: "CONNMARK and W", out: "--and-mark $1"}, {pat: "CONNMARK or W", out: "--or-mark $1"}, {pat: "CONNMARK xor W", out: "--xor-mark $1"},
		{pat: "CONNMARK save mask W", out: "--save-mark --mask $1"}, {pat: "CONNMARK restore mask W", out: "--restore-mark --mask $1"},
		{pat: "CONNMARK save nfmask W ctmask W", out: "--save-mark --nfmask $1 --ctmask $2"},
		{pat: "CONNMARK restore ctmask W nfmask W", out: "--restore-mark --ctmask $1 --nfmask $2"},
		{pat: "CONNMARK save", out: "--save-mark"}, {pat: "CONNMARK restore", out: "--restore-mark"}},
	"TCPMSS":   {{pat: "TCPMSS set W", out: "--set-mss $1"}, {pat: "TCPMSS clamp to PMTU", out: "--clamp-mss-to-pmtu"}},
	"CLASSIFY": {{pat: "CLASSIFY set W", out: "--set-class $1"}},
	"TOS": {{pat: "TOS set W", out: "--set-tos $1"}, {pat: "TOS and W", out: "--and-tos $1"}, {pat: "TOS or W", out: "--or-tos $1"},
		{pat: "TOS xor W", out: "--xor-tos $1"}, {pat: "TOS setW", out: "--set-tos $1"}},
	"DSCP": {{pat: "DSCP set W", out: "--set-dscp $1"}},
	"TTL": {{pat: "TTL set to W", out: "--ttl-set $1"}, {pat: "TTL decrement by W", out: "--ttl-dec $1"},
		{pat: "TTL increment by W", out: "--ttl-inc $1"}},
	"HL": {{pat: "HL set to W", out: "--hl-set $1"}, {pat: "HL decrement by W", out: "--hl-dec $1"},
		{pat: "HL increment by W", out: "--hl-inc $1"}},
	"ECN": {{pat: "ECN TCP remove", out: "--ecn-tcp-remove"}}, "TEE": {{pat: "TEE gw:W", out: "--gateway $1"}},
	"CHECKSUM":    {{pat: "CHECKSUM fill", out: "--checksum-fill"}},
	"CONNSECMARK": {{pat: "CONNSECMARK save", out: "--save"}, {pat: "CONNSECMARK restore", out: "--restore"}},
	"SECMARK":     {{pat: "SECMARK selctx W", out: "--selctx $1"}},
	"AUDIT":       {{pat: "AUDIT W", out: "--type $1"}},
	"NFQUEUE": {{pat: "NFQUEUE num W", out: "--queue-num $1"}, {pat: "NFQUEUE balance W", out: "--queue-balance $1"},
		{pat: "bypass", out: "--queue-bypass"}, {pat: "cpu-fanout", out: "--queue-cpu-fanout"}},
	"NFLOG": {{pat: "nflog-prefix Q", out: "--nflog-prefix $1"}, {pat: "nflog-group W", out: "--nflog-group $1"},
		{pat: "nflog-range W", out: "--nflog-range $1"}, {pat: "nflog-size W", out: "--nflog-size $1"},
		{pat: "nflog-threshold W", out: "--nflog-threshold $1"}},
	"ULOG": {{pat: "ULOG copy_range W nlgroup W", out: "--ulog-cprange $1 --ulog-nlgroup $2"}, {pat: "prefix Q", out: "--ulog-prefix $1"},
		{pat: "queue_threshold W", out: "--ulog-qthreshold $1"}},
	"TPROXY": {{pat: "TPROXY redirect W mark W", out: "$1 --tproxy-mark $2"}},
	"CT": {{pat: "NOTRACK", out: ""}, {pat: "CT notrack", out: "--notrack"}, {pat: "CT", out: ""}, {pat: "helper W", out: "--helper $1"},
		{pat: "timeout W", out: "--timeout $1"}, {pat: "ctevents W", out: "--ctevents $1"}, {pat: "expevents W", out: "--expevents $1"},
		{pat: "zone-orig W", out: "--zone-orig $1"}, {pat: "zone-reply W", out: "--zone-reply $1"}, {pat: "zone W", out: "--zone $1"}},
	"SET": {{pat: "add-set W W", out: "--add-set $1 $2"}, {pat: "del-set W W", out: "--del-set $1 $2"}, {pat: "map-set W W", out: "--map-set $1 $2"},
		{pat: "exist", out: "--exist"}, {pat: "timeout W", out: "--timeout $1"}, {pat: "map-mark", out: "--map-mark"},
		{pat: "map-prio", out: "--map-prio"}, {pat: "map-queue", out: "--map-queue"}},
	"SYNPROXY": {{pat: "SYNPROXY", out: ""}, {pat: "sack-perm", out: "--sack-perm"}, {pat: "timestamp", out: "--timestamp"},
		{pat: "wscale W", out: "--wscale $1"}, {pat: "mss W", out: "--mss $1"}, {pat: "ecn", out: "--ecn"}},
	"IDLETIMER":   {{pat: "timeout:W label:W", out: "--timeout $1 --label $2"}, {pat: "alarm", out: "--alarm"}, {pat: "send_nl_msg:W", out: ""}},
	"TCPOPTSTRIP": {{pat: "TCPOPTSTRIP options W", out: "--strip-options $1"}},
	"DNPT":        {{pat: "DNPT src-pfx W dst-pfx W", out: "--src-pfx $1 --dst-pfx $2"}},
	"SNPT":        {{pat: "SNPT src-pfx W dst-pfx W", out: "--src-pfx $1 --dst-pfx $2"}},
	"LED":         {{pat: "led-trigger-id:Q", out: "--led-trigger-id $1"}, {pat: "led-delay:W", out: "--led-delay $1"}},
	"RATEEST":     {{pat: "name W interval W ewmalog W", out: "--rateest-name $1 --rateest-interval $2 --rateest-ewmalog $3"}},
	"LOG": {{pat: "LOG flags W level W", out: "flags $1 --log-level $2"}, {pat: "LOG level W", out: "--log-level $1"},
		{pat: "prefix Q", out: "--log-prefix $1"}, {pat: "tcp-sequence", out: "--log-tcp-sequence"}, {pat: "tcp-options", out: "--log-tcp-options"},
		{pat: "ip-options", out: "--log-ip-options"}, {pat: "uid", out: "--log-uid"}, {pat: "macdecode", out: "--log-macdecode"}},
}

var natFlags = []piece{{pat: "random-fully", out: "--random-fully"}, {pat: "random", out: "--random"}, {pat: "persistent", out: "--persistent"}}

// extras reads what a listing has behind the addresses.
type extras struct {
	s      string
	i      int
	target string
	words  []string
	hidden []string
	mod    string          // module of the last piece
	proto  string          // module that names ports
	seen   map[string]bool // options of the current -m
	inTgt  bool
	utc    bool
	flow   int // guards the search for a comment's end
}

// gluedFlags puts the blank before "flags:" that iptables up to 1.8.4 left out:
// "tcp dpt:22flags: 0x17/0x02".
func gluedFlags(s string) string {
	end := len(s)
	for _, text := range []string{"/* ", `"`, "`"} {
		if i := strings.Index(s, text); i >= 0 {
			end = min(end, i)
		}
	}
	for at := 0; ; {
		i := strings.Index(s[at:end], "flags: ")
		if i < 0 {
			return s
		}
		i += at
		if i > 0 && !isBlank(s[i-1]) {
			s = s[:i] + " " + s[i:]
			i++
			end++
		}
		at = i + 1
	}
}

// read reads it all; what cannot be read ends up in hidden.
func (x *extras) read() {
	x.s = gluedFlags(x.s)
	for {
		x.blanks()
		switch {
		case x.i >= len(x.s):
			x.leave()
			return
		case strings.HasPrefix(x.s[x.i:], "/* "):
			x.comment()
		case strings.HasPrefix(x.s[x.i:], "match bpf "):
			x.bpf()
		case x.targetPiece() || x.matchPiece():
		default:
			x.hidden = append(x.hidden, strings.TrimSpace(x.s[x.i:]))
			return
		}
	}
}

func (x *extras) blanks() {
	for x.i < len(x.s) && (isBlank(x.s[x.i]) || x.s[x.i] == 0) { // -m bpf lists a NUL
		x.i++
	}
}

// comment reads "/* text */". The text may hold "*/" itself: its end is then the
// first one behind which the rest of the line can be read.
func (x *extras) comment() {
	body := x.s[x.i+3:]
	end := -1
	for at := 0; x.flow < 64; x.flow++ {
		n := strings.Index(body[at:], " */")
		if n < 0 {
			break
		}
		n += at
		if end < 0 {
			end = n
		}
		rest := strings.TrimLeft(body[n+3:], " ")
		y := extras{s: rest, target: x.target, flow: x.flow + 1, proto: x.proto}
		if y.read(); len(y.hidden) == 0 || onlyOption(y.hidden) {
			end = n
			break
		}
		at = n + 1
	}
	if end < 0 {
		x.hidden = append(x.hidden, x.s[x.i:])
		x.i = len(x.s)
		return
	}
	x.leave()
	x.words = append(x.words, "-m", "comment", "--comment", body[:end])
	x.mod, x.inTgt = "comment", false
	x.i += 3 + end + 3
}

// onlyOption reports that nothing but named options is hidden, no text unread.
func onlyOption(hidden []string) bool {
	for _, h := range hidden {
		if !strings.HasPrefix(strings.TrimPrefix(h, "! "), "--") {
			return false
		}
	}
	return true
}

// bpf reads "match bpf 6 0 0 65535 ", the program without its length.
func (x *extras) bpf() {
	s := strings.TrimSpace(x.s[x.i+len("match bpf "):])
	end := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != ' ' && r != ',' })
	if end >= 0 {
		s = strings.TrimSpace(s[:end])
	}
	x.words = append(x.words, "-m", "bpf", "--bytecode", strconv.Itoa(strings.Count(s, ",")+1)+","+s)
	x.i = strings.Index(x.s[x.i:], s) + x.i + len(s)
	x.mod = "bpf"
}

func (x *extras) targetPiece() bool {
	for _, p := range targetPieces[x.target] {
		if x.inTgt || x.startsTarget(p) {
			if out, neg, end, ok := x.match(p); ok {
				x.leave()
				x.i, x.inTgt = end, true
				if p.pat == "NOTRACK" {
					x.words = append(x.words, "-j", "NOTRACK")
					return true
				}
				if !x.inTgtWords() {
					x.words = append(x.words, "-j", x.target)
				}
				x.put(p, out, neg)
				return true
			}
		}
	}
	return false
}

// inTgtWords reports that "-j TARGET" was written already.
func (x *extras) inTgtWords() bool {
	n := len(x.words)
	for i := n - 1; i > 0; i-- {
		if x.words[i-1] == "-j" && (x.words[i] == x.target || x.words[i] == "NOTRACK") {
			return true
		}
	}
	return false
}

// startsTarget keeps words that matches have too, such as "timeout", from being
// taken for the target's before it began.
func (x *extras) startsTarget(p piece) bool {
	switch p.pat {
	case "bypass", "exist", "timeout W", "ecn", "prefix Q", "uid", "random", "mss W":
		return false
	}
	return true
}

// matchPiece reads a piece of a match: one of the module at hand before others.
func (x *extras) matchPiece() bool {
	for _, same := range []bool{true, false} {
		for _, p := range pieces {
			mod := p.mod
			if mod == "" {
				mod = x.proto
			}
			if mod == "" || (mod == x.mod) != same || !same && !p.opens() && p.mod != "" {
				continue
			}
			if out, neg, end, ok := x.match(p); ok {
				x.i = end
				x.begin(p, mod, out)
				x.put(p, out, neg)
				return true
			}
		}
	}
	return false
}

// opener is the first word of what the modules print whose options only mean
// something behind it. Others may begin with any of their pieces.
var opener = map[string]string{"recent": "recent:", "hashlimit": "limit:", "frag": "frag", "rt": "rt", "dst": "dst",
	"hbh": "hbh", "rpfilter": "rpfilter", "socket": "socket", "ipv6header": "ipv6header", "ecn": "ECN", "time": "TIME",
	"addrtype": "ADDRTYPE", "policy": "policy", "string": "STRING", "statistic": "statistic", "physdev": "PHYSDEV",
	"ah": "ah", "esp": "esp", "tcp": "tcp", "udp": "udp", "udplite": "udplite", "dccp": "dccp", "sctp": "sctp",
	"connlabel": "connlabel", "cluster": "cluster", "connbytes": "connbytes"}

// opens reports whether a piece can be the first one of its match.
func (p piece) opens() bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(p.pat, "! "), " ")
	if p.mod == "set" {
		return first == "match-set" || first == "set"
	}
	o, ok := opener[p.mod]
	return !ok && first != "incl." && p.mod != "" || first == o
}

// begin writes "-m MODULE" unless the option belongs to the one at hand.
func (x *extras) begin(p piece, mod string, out []string) {
	first := ""
	for _, w := range out {
		if strings.HasPrefix(w, "--") {
			first = w
			break
		}
	}
	fresh := p.opens()
	if _, ok := opener[mod]; !ok && mod != "set" {
		fresh = x.seen[first]
	}
	if mod != x.mod || fresh {
		x.leave()
		x.words = append(x.words, "-m", mod)
		x.mod, x.seen = mod, map[string]bool{}
		if mod == "hashlimit" {
			x.hidden = append(x.hidden, "--hashlimit-name")
		}
		if mod == "quota" {
			x.hidden = append(x.hidden, "! --quota")
		}
	}
	x.seen[first] = true
	switch mod {
	case "tcp", "udp", "udplite", "dccp", "sctp":
		x.proto = mod
	}
}

// match tries a piece at the present place.
func (x *extras) match(p piece) (out []string, neg bool, end int, ok bool) {
	i := x.i
	var caps []string
	for _, e := range strings.Fields(p.pat) {
		for i < len(x.s) && isBlank(x.s[i]) {
			i++
		}
		if e == "Q" || strings.HasSuffix(e, ":Q") {
			pre := strings.TrimSuffix(e, "Q")
			if !strings.HasPrefix(x.s[i:], pre) {
				return nil, false, 0, false
			}
			q, n := quoted(x.s[i+len(pre):])
			if n == 0 {
				return nil, false, 0, false
			}
			caps = append(caps, q)
			i += len(pre) + n
			continue
		}
		tok := x.s[i:]
		if n := strings.IndexAny(tok, " \t"); n >= 0 {
			tok = tok[:n]
		}
		switch {
		case e == "!":
			if tok == "!" {
				neg = true
				i++
			}
			continue
		case e == "types":
			if tok == "" || tok[0] != 'R' && tok[0] != 'D' && (tok[0] < '0' || tok[0] > '9') || strings.Contains(tok, ":") {
				return nil, false, 0, false
			}
			caps = append(caps, tok)
		case strings.HasSuffix(e, "W"):
			pre := strings.TrimSuffix(e, "W")
			rest, has := strings.CutPrefix(tok, pre)
			if !has || rest == "" {
				return nil, false, 0, false
			}
			if rest != "!" && rest[0] == '!' {
				neg, rest = true, rest[1:]
			}
			caps = append(caps, rest)
		case tok != e:
			return nil, false, 0, false
		}
		i += len(tok)
	}
	return captured(p.out, caps), neg, i, true
}

func captured(out string, caps []string) []string {
	words := strings.Fields(out)
	for i, w := range words {
		for n, c := range caps {
			w = strings.ReplaceAll(w, "$"+strconv.Itoa(n+1), c)
		}
		words[i] = w
	}
	return words
}

// quoted reads "text", or `text' as older versions wrote it. The text may hold
// quotes: it ends at the last one that is followed by a blank and an option of
// NFLOG, or by nothing.
func quoted(s string) (text string, n int) {
	if s == "" || s[0] != '"' && s[0] != '`' {
		return "", 0
	}
	mark := byte('"')
	if s[0] == '`' {
		mark = '\''
	}
	for _, after := range []string{" nflog-", " ALGO name ", " queue_threshold ", " tcp-sequence", " /* "} {
		if i := strings.Index(s, string(mark)+after); i > 0 {
			return s[1:i], i + 1
		}
	}
	end := strings.LastIndexByte(strings.TrimRight(s, " \t"), mark)
	if end <= 0 {
		return "", 0
	}
	return s[1:end], end + 1
}

// put writes the options of a piece, with the values in the form that iptables
// takes.
func (x *extras) put(p piece, out []string, neg bool) {
	out = x.values(p, out)
	if neg && len(out) > 0 {
		x.words = append(x.words, "!")
	}
	x.words = append(x.words, out...)
}

// values changes what is listed in another form than it is given in.
func (x *extras) values(p piece, out []string) []string {
	if len(out) < 2 {
		if p.pat == "UTC" {
			x.utc = true
		}
		return out
	}
	v := &out[len(out)-1]
	switch out[len(out)-2] {
	case "--icmp-type", "--icmpv6-type":
		if *v == "255" || *v == "255/255" {
			*v = "any"
		}
		if name, ok := strings.CutPrefix(*v, "!"); ok {
			return append([]string{"!"}, out[0], name)
		}
	case "--tcp-flags":
		mask, comp, _ := strings.Cut(*v, "/")
		return []string{out[0], flagNames(mask), flagNames(comp)}
	case "--hashlimit-mode":
		*v = strings.ReplaceAll(*v, "-", ",")
	case "--weekdays":
		if (*v)[0] >= '0' && (*v)[0] <= '9' {
			return []string{"--monthdays", monthdays(*v)}
		}
	case "--string":
		if len(*v) > 2 && (*v)[0] == '|' && strings.HasSuffix(*v, "|") && isHex((*v)[1:len(*v)-1]) {
			out[0] = "--hex-string"
		}
	case "--log-level":
		return logOptions(out)
	case "--cgroup":
		if strings.HasPrefix(*v, "/") {
			out[0] = "--path"
		}
	case "--ctmask":
		if n, err := strconv.ParseUint(strings.TrimPrefix(*v, "~"), 0, 32); err == nil {
			*v = "0x" + strconv.FormatUint(n, 16)
		}
	case "--tproxy-mark":
		i := strings.LastIndexByte(out[0], ':')
		if i < 0 {
			return out
		}
		return []string{"--on-port", out[0][i+1:], "--on-ip", strings.Trim(out[0][:i], "[]"), out[1], out[2]}
	case "--dccp-types":
		*v = namesOf(*v, dccpTypes)
	case "--header":
		*v = headerNames(*v)
	}
	if len(out) == 3 && out[0] == "--chunk-types" {
		*v = namesOf(*v, sctpChunks)
	}
	return out
}

func isHex(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF ", r) }) < 0
}

// flagNames writes the TCP flags of "0x17" by name; names stay.
func flagNames(s string) string {
	n, err := strconv.ParseUint(s, 0, 8)
	if err != nil {
		return s
	}
	var out []string
	for i, name := range []string{"FIN", "SYN", "RST", "PSH", "ACK", "URG"} {
		if n&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	if out == nil {
		return "NONE"
	}
	return strings.Join(out, ",")
}

// monthdays writes "1st,2nd" as "1,2".
func monthdays(s string) string {
	parts := strings.Split(s, ",")
	for i, p := range parts {
		parts[i] = strings.TrimRight(p, "stndrh")
	}
	return strings.Join(parts, ",")
}

var logLevels = map[string]string{"emerg": "0", "alert": "1", "crit": "2", "error": "3", "err": "3", "warn": "4", "warning": "4",
	"notice": "5", "info": "6", "debug": "7"}

// logOptions writes "flags 10 --log-level 4" as options; level 4 is the default.
func logOptions(out []string) []string {
	level := out[len(out)-1]
	if n, ok := logLevels[level]; ok {
		level = n
	}
	var to []string
	if level != "4" {
		to = append(to, "--log-level", level)
	}
	if out[0] == "flags" {
		flags, _ := strconv.Atoi(out[1])
		for i, name := range []string{"tcp-sequence", "tcp-options", "ip-options", "uid", "", "macdecode"} {
			if name != "" && flags&(1<<i) != 0 {
				to = append(to, "--log-"+name)
			}
		}
	}
	return to
}

var dccpTypes = []string{"REQUEST", "RESPONSE", "DATA", "ACK", "DATAACK", "CLOSEREQ", "CLOSE", "RESET", "SYNC", "SYNCACK",
	"INVALID", "INVALID", "INVALID", "INVALID", "INVALID", "INVALID"}

var sctpChunks = []string{"DATA", "INIT", "INIT_ACK", "SACK", "HEARTBEAT", "HEARTBEAT_ACK", "ABORT", "SHUTDOWN", "SHUTDOWN_ACK",
	"ERROR", "COOKIE_ECHO", "COOKIE_ACK", "ECN_ECNE", "ECN_CWR", "SHUTDOWN_COMPLETE"}

// namesOf replaces numbers in a list by their names; what follows a colon stays.
func namesOf(s string, names []string) string {
	var out []string
	for _, p := range strings.Split(s, ",") {
		num, more, _ := strings.Cut(p, ":")
		if n, err := strconv.ParseUint(num, 0, 16); err == nil && int(n) < len(names) {
			num = names[n]
		}
		if more != "" {
			num += ":" + more
		}
		if len(out) == 0 || out[len(out)-1] != num {
			out = append(out, num)
		}
	}
	return strings.Join(out, ",")
}

// headerNames writes the IPv6 headers of "0x18" by name.
func headerNames(s string) string {
	n, err := strconv.ParseUint(s, 0, 8)
	if err != nil {
		return s
	}
	var out []string
	for i, name := range []string{"protocol", "ipv6-nonxt", "ipv6-opts", "ah", "ipv6-frag", "ipv6-route", "esp", "hop-by-hop"} {
		if n&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return strings.Join(out, ",")
}

// leave ends the module at hand: a time that was not listed as UTC is the
// kernel's own.
func (x *extras) leave() {
	if x.mod == "time" && !x.utc {
		x.words = append(x.words, "--kerneltz")
	}
	x.mod, x.utc = "", false
}
