package diagnose

import (
	"net/netip"
	"slices"
	"time"

	"nfwhy/packet"
)

// Tally counts what log lines of one explanation have in common, in bounded
// memory however many there are.
type Tally struct {
	// First and Last are the times of the lines as written, "" when they have none.
	First, Last string
	// Sources and Ports are the commonest source addresses and destination ports.
	Sources Top[netip.Addr]
	Ports   Top[uint16]
	// Rate is how many lines came when. Lines without a year count from
	// 2000, which is a leap year.
	Rate Timeline

	year, month int
}

// add counts a line n times.
func (t *Tally) add(l *packet.LogLine, n int) {
	if l.Src.IsValid() {
		t.Sources.add(l.Src, n)
	}
	if l.Known(packet.FieldDstPort) {
		t.Ports.add(l.DstPort, n)
	}
	if l.Time.Text == "" {
		return
	}
	if t.First == "" {
		t.First = l.Time.Text
	}
	t.Last = l.Time.Text
	if l.Time.Year == 0 && l.Time.Month < t.month-6 { // from December to January
		t.year++
	}
	t.month = l.Time.Month
	t.Rate.add(l.Time.In(2000+t.year, time.UTC), n)
}

// Top counts the commonest values of many: exactly as long as they are few, then
// the count of one may be too high by its Over (Metwally, Agrawal, El Abbadi 2005,
// "space saving").
type Top[K comparable] struct {
	index map[K]int
	list  []Counted[K]
	many  bool
}

// Counted is a value and how often it came.
type Counted[K comparable] struct {
	Value K
	Count int
	Over  int // how much of Count may be others'
}

// topSize is how many values are counted.
const topSize = 64

func (t *Top[K]) add(v K, n int) {
	if t.index == nil {
		t.index = make(map[K]int, topSize)
	}
	if i, ok := t.index[v]; ok {
		t.list[i].Count += n
		return
	}
	if len(t.list) < topSize {
		t.index[v] = len(t.list)
		t.list = append(t.list, Counted[K]{Value: v, Count: n})
		return
	}
	t.many = true
	least := 0
	for i := range t.list {
		if t.list[i].Count < t.list[least].Count {
			least = i
		}
	}
	delete(t.index, t.list[least].Value)
	t.index[v] = least
	t.list[least] = Counted[K]{Value: v, Count: t.list[least].Count + n, Over: t.list[least].Count}
}

// Most returns the n commonest values, those first that came more often.
func (t *Top[K]) Most(n int) []Counted[K] {
	out := slices.Clone(t.list)
	slices.SortStableFunc(out, func(a, b Counted[K]) int { return (b.Count - b.Over) - (a.Count - a.Over) })
	return out[:min(n, len(out))]
}

// Different returns how many different values there were; more says that there
// were more than that.
func (t *Top[K]) Different() (n int, more bool) { return len(t.list), t.many }

// Timeline counts events by time. Its steps are as wide as they must be for the
// whole time to fit.
type Timeline struct {
	Start packet.Time // of the first step
	Step  packet.Time // 0 when nothing was counted
	Count []int
}

// maxSteps is how many steps a timeline has.
const maxSteps = 128

func (t *Timeline) add(at packet.Time, n int) {
	if at > maxTime || at < -maxTime {
		return // a mistake
	}
	if t.Step == 0 {
		t.Step = 60 * packet.Second
		t.Start = floor(at, t.Step)
	}
	for at < t.Start || at >= t.Start+maxSteps*t.Step {
		if at < t.Start && t.Start-floor(at, t.Step) <= packet.Time(maxSteps-len(t.Count))*t.Step {
			more := int((t.Start - floor(at, t.Step)) / t.Step)
			t.Count = append(make([]int, more, maxSteps), t.Count...)
			t.Start = floor(at, t.Step)
			break
		}
		t.widen()
	}
	i := int((at - t.Start) / t.Step)
	for len(t.Count) <= i {
		t.Count = append(t.Count, 0)
	}
	t.Count[i] += n
}

// maxTime is a hundred years from 1970, far enough from where times overflow.
const maxTime = 100 * 366 * 24 * 3600 * packet.Second

// widen doubles the steps.
func (t *Timeline) widen() {
	start := floor(t.Start, 2*t.Step)
	odd := int((t.Start - start) / t.Step) // 1 when the first step is a second half
	half := make([]int, (len(t.Count)+odd+1)/2, maxSteps)
	for i, n := range t.Count {
		half[(i+odd)/2] += n
	}
	t.Start, t.Step, t.Count = start, 2*t.Step, half
}

// floor rounds down to a multiple of step.
func floor(t, step packet.Time) packet.Time {
	f := t - t%step
	if f > t {
		f -= step
	}
	return f
}
