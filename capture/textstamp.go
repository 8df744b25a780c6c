package capture

import (
	"strings"
	"time"

	"nfwhy/packet"
)

// stamp is the time that a tcpdump line starts with.
type stamp struct {
	form  stampForm
	value packet.Time
}

// stampForm is how a stamp is written; what it means may depend on the stamps
// around it (see clockwork).
type stampForm uint8

const (
	noStamp    stampForm = iota // -t
	timeStamp                   // 11:48:37.860337, also -ttt and -ttttt
	epochStamp                  // 1418145369.924505 (-tt)
	dateStamp                   // 2014-12-09 17:16:09.924505 (-tttt)
	deltaStamp                  // 127522 or "1. 127522", microseconds of old -ttt
)

// cutStamp takes a stamp off the start of s. Without one it returns s.
func cutStamp(s string) (stamp, string) {
	if v, rest, ok := cutDate(s); ok {
		return stamp{dateStamp, v}, rest
	}
	if v, rest, ok := cutTime(s); ok {
		return stamp{timeStamp, v}, rest
	}
	if neg, ok := strings.CutPrefix(s, "-"); ok { // -ttt where the clock went back
		if v, rest, ok := cutTime(neg); ok {
			return stamp{timeStamp, -v}, rest
		}
	}
	sec, rest := cutDigits(s)
	switch {
	case len(sec) > 0 && len(sec) <= 9 && strings.HasPrefix(rest, ". "):
		if frac, tail := cutDigits(rest[2:]); len(frac) == 6 && atBlank(tail) {
			return stamp{deltaStamp, packet.Time(number(sec))*packet.Second + fraction(frac)}, skipBlanks(tail)
		}
	case len(sec) >= 1 && len(sec) <= 10 && number(sec) < 1<<33 && strings.HasPrefix(rest, "."):
		if frac, tail := cutDigits(rest[1:]); len(frac) >= 6 && len(frac) <= 9 && atBlank(tail) && (len(sec) >= 9 || startsPacket(skipBlanks(tail))) {
			return stamp{epochStamp, packet.Time(number(sec))*packet.Second + fraction(frac)}, skipBlanks(tail)
		}
	case len(sec) == 6 && atBlank(rest):
		return stamp{deltaStamp, fraction(sec)}, skipBlanks(rest)
	}
	return stamp{}, s
}

// startsPacket says that a packet follows a number, which then is a time.
func startsPacket(s string) bool {
	if strings.HasPrefix(s, "IP") || strings.HasPrefix(s, "ARP") {
		return true
	}
	word, _ := cutWord(s)
	_, ok := parseMAC(word)
	return ok
}

// cutDate reads 2014-12-09 17:16:09.924505.
func cutDate(s string) (packet.Time, string, bool) {
	if len(s) < 19 || s[4] != '-' || s[7] != '-' || s[10] != ' ' && s[10] != 'T' {
		return 0, s, false
	}
	day, err := time.Parse(time.DateOnly, s[:10])
	if err != nil {
		return 0, s, false
	}
	tod, rest, ok := cutTime(s[11:])
	return packet.Time(day.Unix())*packet.Second + tod, rest, ok
}

// cutTime reads 17:16:09.924505; the fraction may be missing (old -t styles of
// other systems), hours may have one digit.
func cutTime(s string) (packet.Time, string, bool) {
	h, rest := cutDigits(s)
	if len(h) < 1 || len(h) > 2 || len(rest) < 6 || rest[0] != ':' || rest[3] != ':' {
		return 0, s, false
	}
	m, okm := cutFixed(rest[1:3])
	sec, oks := cutFixed(rest[4:6])
	if !okm || !oks || m > 59 || sec > 60 || number(h) > 23 {
		return 0, s, false
	}
	t := packet.Time(number(h)*3600+m*60+sec) * packet.Second
	rest = rest[6:]
	if strings.HasPrefix(rest, ".") {
		frac, tail := cutDigits(rest[1:])
		if len(frac) == 0 || len(frac) > 9 {
			return 0, s, false
		}
		t += fraction(frac)
		rest = tail
	}
	if !atBlank(rest) {
		return 0, s, false
	}
	return t, skipBlanks(rest), true
}

// fraction is the nanoseconds of the digits behind a decimal point.
func fraction(digits string) packet.Time {
	v := packet.Time(number(digits))
	for range 9 - len(digits) {
		v *= 10
	}
	return v
}

// clockwork turns the stamps of a dump into times. Stamps of the form of a time
// of day are one unless the first is exactly zero: then they count from the
// first packet (-ttttt) or each from the one before (-ttt), which shows as soon
// as one is smaller than the one before.
type clockwork struct {
	started  bool
	relative bool
	delta    bool        // valid iff relative
	seen     packet.Time // the last stamp seen
	last     packet.Time // the last one read
	days     packet.Time
	sum      packet.Time
}

const day = 86400 * packet.Second

// minEpoch is in 1973, before tcpdump.
const minEpoch = 1e8 * packet.Second

// undecided says that a later stamp may still change what the earlier mean.
func (c *clockwork) undecided() bool { return c.relative && !c.delta }

// see takes note of the next stamp. Stamps are read after more of them were seen.
func (c *clockwork) see(s stamp) {
	if s.form != timeStamp {
		return
	}
	if !c.started {
		c.started, c.relative = true, s.value == 0
	}
	if c.relative && s.value < c.seen {
		c.delta = true
	}
	c.seen = s.value
}

// read converts the next stamp.
func (c *clockwork) read(s stamp) (packet.Time, Clock) {
	switch s.form {
	case epochStamp:
		if s.value < minEpoch {
			return s.value, Since // made relative by some tool
		}
		return s.value, Epoch
	case dateStamp:
		return s.value, LocalDate
	case deltaStamp:
		c.sum += s.value
		return c.sum, Since
	case timeStamp:
	default:
		return 0, NoClock
	}
	switch {
	case c.relative && c.delta:
		c.sum += s.value
		return c.sum, Since
	case c.relative:
		c.sum = s.value
		return s.value, Since
	}
	if s.value < c.last-day/2 {
		c.days += day
	}
	c.last = s.value
	return c.days + s.value, TimeOfDay
}
