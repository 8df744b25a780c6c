package xt

import (
	"strings"

	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/trace"
)

var limitExt = &Extension{
	Name:     "limit",
	Families: FamBoth,
	Model:    Exact,
	Doc: "A bucket of tokens: matches --limit-burst times at once, then as often as --limit allows. Each packet that gets this far\n" +
		"in the rule takes one, whatever comes later in the rule.",
	Options: []Option{
		{Name: "limit", Arg: Text, Help: "average rate N/second, /minute, /hour or /day (3/hour)",
			Samples: []string{"3/min", "5", "1/s", "10/hour", "7/day", "10000/sec", "600/m", "3/SECOND", "61/min"}},
		{Name: "limit-burst", Arg: Number, Max: 10000, Help: "how many at once (5)"},
	},
	New: newLimit,
}

// limitScale is the unit of a rate: ten thousandths of a second between packets.
const limitScale = 10000

type limitMatch struct {
	avg    uint32 // as xt_limit has it: scale * unit / rate
	burst  uint32
	cost   uint32 // legacy
	credit uint32 // legacy: the cap
	nanos  int64  // nft: cost of one packet
	max    int64  // nft: the cap
	nft    bool
}

func newLimit(a *Args) (any, error) {
	m := &limitMatch{avg: limitScale * 3600 / 3, burst: 5, nft: a.Env.Backend == host.NFT}
	if g := a.Get("limit"); g != nil {
		var err error
		if m.avg, err = limitRate(g, limitScale); err != nil {
			return nil, err
		}
	}
	if g := a.Get("limit-burst"); g != nil {
		m.burst = uint32(g.Lo)
	}
	if m.nft {
		if m.burst == 0 { // nft_limit.c takes 0 for not given
			m.burst = 5
		}
		rate, unit := limitUnits(m.avg)
		m.nanos = int64(unit) * 1e9 / int64(rate)
		m.max = m.nanos * int64(m.burst)
		m.avg = limitScale * unit / rate
		return m, nil
	}
	m.cost = limitCredits(m.avg)
	m.credit = limitCredits(m.avg * m.burst)
	if m.burst == 0 || m.credit < m.cost {
		return nil, a.Errorf("match limit: the burst is 0 or too large for this rate (use a lower one)")
	}
	return m, nil
}

// limitRate reads RATE[/UNIT]; the unit may be abbreviated. The number ends at
// the first letter, as atoi reads it.
func limitRate(g *Given, scale uint32) (uint32, error) {
	num, unit, slash := strings.Cut(g.Text(), "/")
	mult := uint32(1)
	bad := g.bad("RATE/second, /minute, /hour or /day")
	if slash {
		i := abbreviated(unit, []string{"second", "minute", "hour", "day"})
		if i < 0 {
			return 0, bad
		}
		mult = [...]uint32{1, 60, 3600, 86400}[i]
	}
	r, ok := atoi(num)
	if !ok || r == 0 {
		return 0, bad
	}
	v := scale * mult / r
	if v == 0 {
		return 0, g.Errorf("option %q: rate %q is too fast (at most %d/second)", "--"+g.Option.Name, g.Text(), scale)
	}
	return v, nil
}

// atoi reads a number as C's atoi does, wrapped to 32 bits: blanks, a sign,
// decimal digits, and whatever follows.
func atoi(s string) (uint32, bool) {
	s = strings.TrimLeft(s, " \t\n\v\f\r")
	neg := strings.HasPrefix(s, "-")
	if neg {
		s = s[1:]
	}
	v, _, ok := numberBase(s, 10)
	if neg {
		v = -v
	}
	return uint32(v), ok
}

var limitMults = [...]uint32{limitScale * 86400, limitScale * 3600, limitScale * 60, limitScale}

// limitUnits finds the unit in which a rate is written: the smallest that shows
// it without too great an error (iptables 1.8.9, both when it hands a rate to
// nf_tables and when it prints one).
func limitUnits(avg uint32) (rate, unit uint32) {
	i := 1
	for ; i < len(limitMults); i++ {
		if avg > limitMults[i] || limitMults[i]/avg < limitMults[i]%avg {
			break
		}
	}
	return limitMults[i-1] / avg, limitMults[i-1] / limitScale
}

// limitCredits turns a rate into xt_limit.c's credits: 128 in each of 250
// jiffies a second.
func limitCredits(u uint32) uint32 {
	const perSecond = 128 * packet.JiffyHz
	if u > 0xffffffff/perSecond {
		return u / limitScale * perSecond
	}
	return u * perSecond / limitScale
}

// limitState is a bucket: credits and jiffies for legacy, nanoseconds for nft.
type limitState struct {
	credit uint32
	jiffy  int64
	tokens int64
	last   packet.Time
}

// Clone copies the bucket.
func (s *limitState) Clone() State { c := *s; return &c }

// NewState returns a full bucket.
func (m *limitMatch) NewState(now packet.Time, _ map[string]State) State {
	return &limitState{credit: m.credit, jiffy: now.Jiffies(), tokens: m.max, last: now}
}

// Match takes a token if there is one (xt_limit.c: limit_mt; nft_limit.c:
// nft_limit_eval; Linux 6.18).
func (m *limitMatch) Match(c *Ctx) trace.Truth {
	s, ok := c.State.(*limitState)
	if !ok {
		return c.unknown("limit", "--limit", m.text(), "how many packets the limit has let through before")
	}
	t := trace.Of(m.take(s, c.Now))
	if c.Recorder != nil {
		saw := "the limit is used up"
		if t == trace.Yes {
			saw = "within the limit"
		}
		c.Recorder.Term(trace.Term{Part: "limit", Field: "--limit", Saw: saw, Want: m.text(), Truth: t})
	}
	return t
}

func (m *limitMatch) take(s *limitState, now packet.Time) bool {
	if m.nft {
		tokens := min(m.max, s.tokens+int64(now-s.last))
		s.last = now
		s.tokens = tokens
		if tokens < m.nanos {
			return false
		}
		s.tokens -= m.nanos
		return true
	}
	j := now.Jiffies()
	s.credit = min(s.credit+uint32(j-s.jiffy)*128, m.credit)
	s.jiffy = j
	if s.credit < m.cost {
		return false
	}
	s.credit -= m.cost
	return true
}

func (m *limitMatch) text() string {
	return rateText(m.avg) + " burst " + utoa(uint64(m.burst))
}

// rateText writes a rate in xt_limit's unit.
func rateText(avg uint32) string {
	rate, unit := limitUnits(avg)
	name := "sec"
	switch unit {
	case 86400:
		name = "day"
	case 3600:
		name = "hour"
	case 60:
		name = "min"
	}
	return utoa(uint64(rate)) + "/" + name
}

// Save writes the rate, and the burst unless it is the usual one.
func (m *limitMatch) Save(w *Writer) {
	w.Opt("limit", false)
	w.Word(rateText(m.avg))
	if m.burst != 5 {
		w.Opt("limit-burst", false)
		w.Uint(uint64(m.burst))
	}
}
