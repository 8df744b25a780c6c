package xt

import (
	"fmt"
	"math"
	"net/netip"
	"strings"
)

var hashlimitExt = &Extension{
	Name: "hashlimit", Families: FamBoth, Model: Exact,
	Doc: "A bucket of tokens for each address, port or combination. Rules naming the same table share it, with the parameters of the\n" +
		"rule that came first. An entry left alone for --hashlimit-htable-expire is forgotten and starts full again.",
	Options: []Option{
		{Name: "hashlimit-upto", Aliases: []string{"hashlimit"}, Arg: Text, Neg: true, Excl: []string{"hashlimit-above"}, Help: "match up to this rate",
			Samples: hashlimitRates},
		{Name: "hashlimit-above", Arg: Text, Neg: true, Excl: []string{"hashlimit-upto"}, Help: "match beyond this rate", Samples: hashlimitRates},
		{Name: "hashlimit-mode", Arg: Text, Help: "srcip, srcport, dstip, dstport; one bucket for all without",
			Samples: []string{"srcip", "srcip,dstport", "dstip,srcip,srcport,dstport", "dstip"}},
		{Name: "hashlimit-srcmask", Arg: PrefixMask, Help: "prefix length of source addresses", Samples: []string{"24", "32", "0"}},
		{Name: "hashlimit-dstmask", Arg: PrefixMask, Help: "prefix length of destination addresses", Samples: []string{"24", "16"}},
		{Name: "hashlimit-name", Arg: Text, Min: 1, Need: true, Help: "the table", Samples: []string{"a%d", "b-c%d"}},
		{Name: "hashlimit-burst", Arg: Text, Help: "how many (or how much) at once (5)", Samples: []string{"7", "1", "1000000", "20kb", "1mb", "6000", "1kb"}},
		{Name: "hashlimit-htable-size", Arg: Number, Max: 1<<32 - 1, Help: "buckets"},
		{Name: "hashlimit-htable-max", Arg: Number, Max: 1<<32 - 1, Help: "entries"},
		{Name: "hashlimit-htable-gcinterval", Arg: Number, Max: 1<<32 - 1, Help: "milliseconds between collections (1000)"},
		{Name: "hashlimit-htable-expire", Arg: Number, Max: 1<<32 - 1, Help: "milliseconds until an idle entry is forgotten"},
		{Name: "hashlimit-rate-match", Help: "measure the rate over an interval, without a bucket"},
		{Name: "hashlimit-rate-interval", Arg: Number, Min: 1, Max: 1<<31 - 1, Help: "the interval in seconds (1)", Samples: []string{"1", "10", "3600"}},
	},
	New: newHashlimit,
}

var hashlimitRates = []string{"5/s", "10/min", "7/hour", "3/day", "1000000/sec", "600/min", "1kb/s", "16b/s", "10mb/s", "1000b/s", "5"}

const (
	hashlimitScale = 1000000 // XT_HASHLIMIT_SCALE_v2
	hashlimitBytes = 16      // a byte credit
)

// hashlimitConfig are the parameters of a table.
type hashlimitConfig struct {
	srcIP, srcPort, dstIP, dstPort bool
	bytes, match                   bool
	avg, burst                     uint64
	size, max, gc, expire          uint32
	interval                       uint32
	srcBits, dstBits               int
	srcMask, dstMask               netip.Addr
}

type hashlimitMatch struct {
	cfg   hashlimitConfig
	above bool
	name  string
	six   bool
}

func newHashlimit(a *Args) (any, error) {
	m := &hashlimitMatch{six: a.six()}
	c := &m.cfg
	full := a.addrBits()
	c.gc, c.srcBits, c.dstBits = 1000, full, full
	c.srcMask, c.dstMask = prefixMask(full, full), prefixMask(full, full)
	rate, burst := a.Get("hashlimit-upto"), a.Get("hashlimit-burst")
	if rate == nil {
		rate = a.Get("hashlimit-above")
	}
	if rate == nil {
		return nil, a.Errorf("match hashlimit: --hashlimit-upto or --hashlimit-above must be given")
	}
	m.above = (rate.Option.Name == "hashlimit-above") != rate.Neg
	unit, err := c.rate(rate)
	if err != nil {
		return nil, err
	}
	if err := c.setBurst(burst); err != nil {
		return nil, err
	}
	c.expire = unit * 1000
	if c.bytes {
		c.expire = 15000
		if c.burst != 0 {
			c.expire = 60000
		}
	}
	if g := a.Get("hashlimit-mode"); g != nil {
		if err := c.mode(g); err != nil {
			return nil, err
		}
	}
	for _, x := range []struct {
		name string
		to   *uint32
	}{{"size", &c.size}, {"max", &c.max}, {"gcinterval", &c.gc}, {"expire", &c.expire}} {
		if g := a.Get("hashlimit-htable-" + x.name); g != nil {
			*x.to = uint32(g.Lo)
		}
	}
	c.size, c.max = min(c.size, 1<<20), min(c.max, 1<<20)
	if g := a.Get("hashlimit-srcmask"); g != nil {
		if c.srcMask, c.srcBits = g.Mask, hashlimitPrefix(g); c.srcBits > full {
			return nil, g.bad(fmt.Sprintf("a prefix length from 0 to %d", full))
		}
	}
	if g := a.Get("hashlimit-dstmask"); g != nil {
		if c.dstMask, c.dstBits = g.Mask, hashlimitPrefix(g); c.dstBits > full {
			return nil, g.bad(fmt.Sprintf("a prefix length from 0 to %d", full))
		}
	}
	m.name = a.Get("hashlimit-name").Text()
	c.rateMatch(a, unit)
	return m, m.check(a)
}

// hashlimitPrefix returns the bits of a mask; a mask with gaps has too many for
// the kernel.
func hashlimitPrefix(g *Given) int {
	if _, ok := wholeNumber(g.Text(), 0, 128); ok {
		bits, _ := maskBits(g.Mask)
		if v, _ := wholeNumber(g.Text(), 0, 128); int(v) != bits {
			return 255
		}
		return bits
	}
	m, _ := hostAddr(g.Text(), g.Mask.BitLen())
	if bits, ok := maskBits(m); ok {
		return bits
	}
	return 255
}

// rateMatch takes the parameters of the mode without a bucket.
func (c *hashlimitConfig) rateMatch(a *Args, unit uint32) {
	if !a.Has("hashlimit-rate-match") {
		return
	}
	c.match, c.interval = true, 1
	if g := a.Get("hashlimit-rate-interval"); g != nil {
		c.interval = uint32(g.Lo)
	}
	if !c.bytes { // iptables turns "N/hour" into N in an interval of an hour
		c.avg /= uint64(unit)
		c.interval *= unit
	}
}

// rate reads RATE[/UNIT] or BYTES[k|m]b/s and returns the unit's seconds.
func (c *hashlimitConfig) rate(g *Given) (unit uint32, err error) {
	s := g.Text()
	if i := strings.Index(s, "b/s"); i >= 0 {
		v, ok := atoi64(s)
		if !ok {
			return 0, g.bad("RATE/second, /minute, /hour, /day or BYTESb/s")
		}
		switch strings.ToLower(s[max(0, i-1):i]) {
		case "k":
			v *= 1024
		case "m":
			v *= 1024 * 1024
		}
		if v > math.MaxUint32 && v/hashlimitBytes > math.MaxUint32 {
			return 0, g.Errorf("option %q: rate %q is too large", "--"+g.Option.Name, s)
		}
		c.bytes, c.avg = true, byteCredit(v)
		return 1, nil
	}
	num, word, slash := strings.Cut(s, "/")
	unit = 1
	if slash {
		i := abbreviated(word, []string{"second", "minute", "hour", "day"})
		if i < 0 {
			return 0, g.bad("RATE/second, /minute, /hour, /day or BYTESb/s")
		}
		unit = [...]uint32{1, 60, 3600, 86400}[i]
	}
	r, ok := atoi(num)
	if !ok || r == 0 {
		return 0, g.bad("RATE/second, /minute, /hour, /day or BYTESb/s")
	}
	c.avg = hashlimitScale * uint64(unit) / uint64(r)
	if c.avg == 0 {
		return 0, g.Errorf("option %q: rate %q is too fast (at most %d/second)", "--"+g.Option.Name, s, hashlimitScale)
	}
	return unit, nil
}

func atoi64(s string) (uint64, bool) {
	v, _, ok := numberBase(strings.TrimLeft(s, " "), 10)
	return v, ok
}

// byteCredit is how the kernel is told a rate in bytes; byteRate undoes it.
func byteCredit(v uint64) uint64 { return math.MaxUint32 / (uint64(uint32(v/hashlimitBytes)) + 1) }

func byteRate(avg uint64) uint64 {
	if avg == 0 {
		return (math.MaxUint32 - 1) * hashlimitBytes
	}
	return (math.MaxUint32/avg - 1) * hashlimitBytes
}

func (c *hashlimitConfig) setBurst(g *Given) error {
	if g == nil {
		if !c.bytes {
			c.burst = 5
		}
		return nil
	}
	v, rest, ok := numberBase(g.Text(), 10)
	bad := g.bad("a number from 1 to 1000000, or bytes with b, kb or mb")
	if !ok {
		return bad
	}
	switch {
	case strings.HasPrefix(rest, "k"):
		v *= 1024
	case strings.HasPrefix(rest, "m"):
		v *= 1024 * 1024
	case rest != "" && rest != "b":
		return bad
	}
	if rest == "" && (v < 1 || v > 1000000) {
		return bad
	}
	c.burst = v
	if !c.bytes {
		if v > 1000000 {
			return bad
		}
		return nil
	}
	r := byteRate(c.avg)
	if v < r {
		return g.Errorf("option %q: the burst cannot be smaller than the rate (%d bytes)", "--hashlimit-burst", r)
	}
	if r != 0 {
		c.burst = (v + r - 1) / r
	}
	return nil
}

func (c *hashlimitConfig) mode(g *Given) error {
	flags := map[string]*bool{"srcip": &c.srcIP, "srcport": &c.srcPort, "dstip": &c.dstIP, "dstport": &c.dstPort}
	for _, item := range strings.FieldsFunc(g.Text(), func(r rune) bool { return r == ',' }) {
		f := flags[item]
		if f == nil {
			words := []string{"srcip", "srcport", "dstip", "dstport"}
			return g.Errorf("option %q: unknown mode %q (expected %s)%s", "--hashlimit-mode", item, oneOf(words), didYouMean(item, words))
		}
		*f = true
	}
	return nil
}

// check refuses what xt_hashlimit.c: hashlimit_mt_check_common refuses.
func (m *hashlimitMatch) check(a *Args) error {
	c := &m.cfg
	switch {
	case strings.ContainsRune(m.name, '/') || m.name == "." || m.name == "..":
		return a.Errorf("match hashlimit: %q cannot be a table's name", m.name)
	case c.gc == 0 || c.expire == 0:
		return a.Errorf("match hashlimit: the collection interval and the expiry must not be 0")
	case c.match && c.avg == 0, c.match && c.avg > math.MaxUint32,
		c.bytes && !c.match && c.avg == 0,
		!c.bytes && !c.match && (c.burst == 0 || c.avg*c.burst*hashlimitUnit < c.avg*hashlimitUnit):
		return a.Errorf("match hashlimit: rate and burst are too large together")
	}
	return nil
}

func (m *hashlimitMatch) text() string {
	word := "up to "
	if m.above {
		word = "above "
	}
	return word + m.rateText()
}

func (m *hashlimitMatch) rateText() string {
	if m.cfg.bytes {
		return byteRateText(m.cfg.avg) + "/s"
	}
	rate, name, _ := hashlimitUnits(m.cfg.avg)
	return utoa(rate) + "/" + name
}

// hashlimitUnits is limitUnits with hashlimit's scale.
func hashlimitUnits(avg uint64) (rate uint64, name string, unit uint32) {
	units := [...]uint32{86400, 3600, 60, 1}
	i := 1
	for ; i < len(units); i++ {
		mult := uint64(units[i]) * hashlimitScale
		if avg > mult || mult/avg < mult%avg {
			break
		}
	}
	return uint64(units[i-1]) * hashlimitScale / avg, [...]string{"day", "hour", "min", "sec"}[i-1], units[i-1]
}

// byteUnits are the units of byte rates, the largest first.
var byteUnits = []struct {
	size uint64
	name string
}{{1024 * 1024, "mb"}, {1024, "kb"}, {1, "b"}}

// byteRateText writes a rate in the largest unit that leads back to it.
func byteRateText(avg uint64) string {
	r := byteRate(avg)
	for _, u := range byteUnits {
		if r >= u.size && byteCredit(r&^(u.size-1)) == avg || u.size == 1 {
			return utoa(r/u.size) + u.name
		}
	}
	return ""
}

// bytesText writes a number of bytes in the largest unit, cut to a whole number.
func bytesText(v uint64) string {
	for _, u := range byteUnits {
		if v >= u.size {
			return utoa(v/u.size) + u.name
		}
	}
	return "0b"
}

// Save writes the options in iptables-save's order.
func (m *hashlimitMatch) Save(w *Writer) {
	c := &m.cfg
	name := "hashlimit-upto"
	if m.above {
		name = "hashlimit-above"
	}
	w.Opt(name, false)
	w.Word(m.rateText())
	quantum := uint32(60000)
	switch {
	case !c.bytes:
		_, _, unit := hashlimitUnits(c.avg)
		quantum = unit * 1000
		w.Printf("--hashlimit-burst %d", c.burst)
	case c.burst != 0:
		w.Printf("--hashlimit-burst %s", bytesText(c.burst*byteRate(c.avg)))
	default:
		quantum = 15000
	}
	var mode []string
	for _, x := range []struct {
		on   bool
		name string
	}{{c.srcIP, "srcip"}, {c.srcPort, "srcport"}, {c.dstIP, "dstip"}, {c.dstPort, "dstport"}} {
		if x.on {
			mode = append(mode, x.name)
		}
	}
	if mode != nil {
		w.Printf("--hashlimit-mode %s", strings.Join(mode, ","))
	}
	w.Printf("--hashlimit-name %s", m.name)
	m.saveTable(w, quantum)
}

// saveTable writes what differs from the defaults.
func (m *hashlimitMatch) saveTable(w *Writer, quantum uint32) {
	c := &m.cfg
	if c.size != 0 {
		w.Printf("--hashlimit-htable-size %d", c.size)
	}
	if c.max != 0 {
		w.Printf("--hashlimit-htable-max %d", c.max)
	}
	if c.gc != 1000 {
		w.Printf("--hashlimit-htable-gcinterval %d", c.gc)
	}
	if c.expire != quantum {
		w.Printf("--hashlimit-htable-expire %d", c.expire)
	}
	if full := c.srcMask.BitLen(); c.srcBits != full {
		w.Printf("--hashlimit-srcmask %d", c.srcBits)
	}
	if full := c.dstMask.BitLen(); c.dstBits != full {
		w.Printf("--hashlimit-dstmask %d", c.dstBits)
	}
	if c.match {
		w.Opt("hashlimit-rate-match", false)
		if c.interval != 1 {
			w.Word(fmt.Sprintf("--hashlimit-rate-interval %d", c.interval))
		}
	}
}
