package xt

import (
	"fmt"
	"math"
	"strings"
	"time"

	"nfwhy/packet"
	"nfwhy/trace"
)

var timeExt = &Extension{
	Name: "time", Families: FamBoth, Model: Exact,
	Doc: "Date, time of day and day, in UTC unless --kerneltz. Without an option it is true until 2038-01-19T03:14:07 and never after.",
	Options: []Option{
		{Name: "datestart", Arg: Text, Help: "YYYY[-MM[-DD[Thh[:mm[:ss]]]]]", Samples: dateSamples},
		{Name: "datestop", Arg: Text, Help: "YYYY[-MM[-DD[Thh[:mm[:ss]]]]]", Samples: dateSamples},
		{Name: "timestart", Arg: Text, Help: "hh:mm[:ss]", Samples: timeSamples},
		{Name: "timestop", Arg: Text, Help: "hh:mm[:ss]", Samples: timeSamples},
		{Name: "contiguous", Help: "a span over midnight belongs to the day it began on"},
		{Name: "weekdays", Arg: Text, Neg: true, Help: "Mon,Tue,Wed,Thu,Fri,Sat,Sun or 1 to 7", Samples: []string{"Mon,Tue", "Sa,Su", "7", "1,2,3,4,5,6,7", "mon", "Foo"}},
		{Name: "monthdays", Arg: Text, Neg: true, Help: "1 to 31", Samples: []string{"1", "1,15,31", "32", "31"}},
		{Name: "localtz", Excl: []string{"kerneltz", "utc"}, Help: "older name of --kerneltz"},
		{Name: "kerneltz", Excl: []string{"localtz", "utc"}, Help: "the kernel's time zone"},
		{Name: "utc", Excl: []string{"localtz", "kerneltz"}, Help: "UTC (the default)"},
	},
	New: newTime,
}

var (
	dateSamples = []string{"2024", "2024-01-02", "2024-01-02T03:04:05", "2037-12-31T23:59", "2024-02-30", "2024-1-2T3", "1970-01-01", "2024-13-01"}
	timeSamples = []string{"08:00", "00:00", "23:59:59", "17:30:01", "8:5", "24:00", "8"}
)

const lastDayTime = 24*60*60 - 1

type timeMatch struct {
	dateFrom, dateTo uint32
	dayFrom, dayTo   uint32
	monthDays        uint32 // bit per day
	weekDays         uint8  // bit per day, Monday 1
	kernelTZ         bool
	contiguous       bool
}

const (
	allMonthDays = 0xfffffffe
	allWeekDays  = 0xfe
)

func newTime(a *Args) (any, error) {
	m := &timeMatch{dateTo: math.MaxInt32, dayTo: lastDayTime, monthDays: allMonthDays, weekDays: allWeekDays,
		kernelTZ: a.Has("kerneltz") || a.Has("localtz"), contiguous: a.Has("contiguous")}
	var err error
	for _, g := range a.Given {
		switch g.Option.Name {
		case "datestart":
			m.dateFrom, err = dateOf(g)
		case "datestop":
			m.dateTo, err = dateOf(g)
		case "timestart":
			m.dayFrom, err = dayTimeOf(g)
		case "timestop":
			m.dayTo, err = dayTimeOf(g)
		case "weekdays":
			m.weekDays, err = weekDaysOf(g)
		case "monthdays":
			m.monthDays, err = monthDaysOf(g)
		}
		if err != nil {
			return nil, err
		}
	}
	if m.contiguous && m.dayFrom < m.dayTo {
		return nil, a.Errorf("match time: --contiguous makes sense only when --timestop is before --timestart")
	}
	return m, nil
}

// dateOf reads a date; what is missing is its first value, days beyond a month's
// end run on into the next.
func dateOf(g *Given) (uint32, error) {
	s := g.Text()
	bad := g.bad("YYYY[-MM[-DD[Thh[:mm[:ss]]]]], 1970 to 2038")
	date, clock, hasClock := strings.Cut(s, "T")
	f := [6]uint64{0, 1, 1, 0, 0, 0}
	limits := [6][2]uint64{{1970, 2038}, {1, 12}, {1, 31}, {0, 23}, {0, 59}, {0, 59}}
	read := func(text, sep string, at, n int) bool {
		parts := strings.SplitN(text, sep, n+1)
		if len(parts) > n {
			return false
		}
		for i, p := range parts {
			v, rest, ok := numberBase(p, 10)
			if !ok || rest != "" || v < limits[at+i][0] || v > limits[at+i][1] {
				return false
			}
			f[at+i] = v
		}
		return true
	}
	if !read(date, "-", 0, 3) || hasClock && (strings.Count(date, "-") != 2 || !read(clock, ":", 3, 3)) {
		return 0, bad
	}
	t := time.Date(int(f[0]), time.Month(f[1]), int(f[2]), int(f[3]), int(f[4]), int(f[5]), 0, time.UTC)
	return uint32(t.Unix()), nil
}

func dayTimeOf(g *Given) (uint32, error) {
	parts := strings.Split(g.Text(), ":")
	bad := g.bad("hh:mm[:ss], 00:00:00 to 23:59:59")
	if len(parts) < 2 || len(parts) > 3 {
		return 0, bad
	}
	var v uint32
	for i := 0; i < 3; i++ {
		var n uint64
		if i < len(parts) {
			var rest string
			var ok bool
			if n, rest, ok = numberBase(parts[i], 10); !ok || rest != "" || n > [...]uint64{23, 59, 59}[i] {
				return 0, bad
			}
		}
		v = v*60 + uint32(n)
	}
	return v, nil
}

var weekDayNames = []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}

func weekDaysOf(g *Given) (uint8, error) {
	var bits uint8
	items := strings.Split(g.Text(), ",")
	if items[len(items)-1] == "" {
		items = items[:len(items)-1]
	}
	for _, item := range items {
		if v, rest, ok := numberBase(item, 10); ok && rest == "" && v > 0 {
			if v < 8 {
				bits |= 1 << v
			}
			continue
		}
		i := -1
		for j, name := range weekDayNames {
			if strings.HasPrefix(item, name[:2]) {
				i = j
			}
		}
		if i < 0 {
			return 0, g.Errorf("option %q: %q is no day (expected %s or 1 to 7)%s", "--weekdays", item, oneOf(weekDayNames), didYouMean(item, weekDayNames))
		}
		bits |= 2 << i
	}
	if g.Neg {
		bits ^= allWeekDays
	}
	return bits, nil
}

// monthDaysOf reads a list of days. As iptables it takes two digits at a time,
// so that 010 is 01 and 0.
func monthDaysOf(g *Given) (uint32, error) {
	var bits uint32
	for _, item := range strings.Split(g.Text(), ",") {
		for item != "" {
			n := min(2, len(item))
			v, rest, ok := numberBase(item[:n], 10)
			if !ok || rest != "" || v > 31 {
				return 0, g.Errorf("option %q: %q is no day (expected 1 to 31)", "--monthdays", item)
			}
			if v > 0 {
				bits |= 1 << v
			}
			item = item[n:]
		}
	}
	if g.Neg {
		bits ^= allMonthDays
	}
	return bits, nil
}

// Match is xt_time.c: time_mt (Linux 6.18).
func (m *timeMatch) Match(c *Ctx) trace.Truth {
	if m.kernelTZ {
		return c.unknown("time", "--kerneltz", m.text(c), "the kernel's time zone")
	}
	now := int64(c.Now / packet.Second)
	field, ok := m.test(now)
	t := trace.Of(ok)
	if c.Recorder != nil {
		saw := time.Unix(now, 0).UTC().Format("Mon 2006-01-02T15:04:05 UTC")
		c.Recorder.Term(trace.Term{Part: "time", Field: field, Saw: saw, Want: m.text(c), Truth: t})
	}
	return t
}

// test judges a second and names what decided.
func (m *timeMatch) test(now int64) (field string, ok bool) {
	if now < int64(m.dateFrom) || now > int64(m.dateTo) {
		return "date", false
	}
	const day = 24 * 60 * 60
	days, sec := now/day, uint32(now%day)
	if m.dayFrom < m.dayTo {
		if sec < m.dayFrom || sec > m.dayTo {
			return "time of day", false
		}
	} else {
		if sec < m.dayFrom && sec > m.dayTo {
			return "time of day", false
		}
		if m.contiguous && sec <= m.dayTo {
			days-- // the span began yesterday
		}
	}
	weekday := uint((days+3)%7) + 1 // 1970-01-01 was a Thursday
	if m.weekDays&(1<<weekday) == 0 {
		return "day of the week", false
	}
	if m.monthDays != allMonthDays {
		y, mon, d := civil(days)
		_, _ = y, mon
		if m.monthDays&(1<<d) == 0 {
			return "day of the month", false
		}
	}
	return "time", true
}

// civil returns the date of a day since 1970-01-01.
func civil(days int64) (year, month, day int64) {
	z := days + 719468
	era := z / 146097
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day = doy - (153*mp+2)/5 + 1
	month = mp + 3
	if month > 12 {
		month -= 12
	}
	year = yoe + era*400
	if month <= 2 {
		year++
	}
	return year, month, day
}

func (m *timeMatch) text(c *Ctx) string {
	if c.Recorder == nil {
		return ""
	}
	var w Writer
	m.Save(&w)
	return w.String()
}

// Save writes the options in iptables-save's order.
func (m *timeMatch) Save(w *Writer) {
	clock := func(v uint32) string { return fmt.Sprintf("%02d:%02d:%02d", v/3600, v/60%60, v%60) }
	if m.dayFrom != 0 || m.dayTo != lastDayTime {
		w.Printf("--timestart %s --timestop %s", clock(m.dayFrom), clock(m.dayTo))
	}
	if m.monthDays != allMonthDays {
		var list []string
		for d := 1; d <= 31; d++ {
			if m.monthDays&(1<<d) != 0 {
				list = append(list, fmt.Sprint(d))
			}
		}
		w.Printf("--monthdays %s", strings.Join(list, ","))
	}
	if m.weekDays != allWeekDays {
		var list []string
		for i, n := range weekDayNames {
			if m.weekDays&(2<<i) != 0 {
				list = append(list, n)
			}
		}
		w.Printf("--weekdays %s", strings.Join(list, ","))
	}
	for _, x := range []struct {
		name string
		v    uint32
	}{{"datestart", m.dateFrom}, {"datestop", m.dateTo}} {
		if x.v != 0 {
			w.Printf("--%s %s", x.name, time.Unix(int64(x.v), 0).UTC().Format("2006-01-02T15:04:05"))
		}
	}
	if m.kernelTZ {
		w.Opt("kerneltz", false)
	}
	if m.contiguous {
		w.Opt("contiguous", false)
	}
}
