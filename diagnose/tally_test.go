package diagnose

import (
	"fmt"
	"testing"

	"nfwhy/packet"
)

func TestTopCounts(t *testing.T) {
	var top Top[int]
	for i := range 5000 { // one value among very many others
		top.add(i+10, 1)
		top.add(7, 2)
	}
	most := top.Most(3)
	if most[0].Value != 7 || most[0].Count-most[0].Over > 10000 || most[0].Count < 10000 {
		t.Errorf("most is %+v, want 7 with 10000", most[0])
	}
	if n, more := top.Different(); n != topSize || !more {
		t.Errorf("%d different, more %v", n, more)
	}
	var few Top[string]
	few.add("a", 1)
	few.add("b", 3)
	few.add("a", 1)
	if got := fmt.Sprint(few.Most(9)); got != "[{b 3 0} {a 2 0}]" {
		t.Errorf("few: %s", got)
	}
}

func TestTimeline(t *testing.T) {
	const hour = 3600 * packet.Second
	base := packet.Time(1_700_000_000) * packet.Second
	for _, times := range [][]packet.Time{
		{0, hour, 2 * hour}, {2 * hour, hour, 0}, {0, 1000 * hour, 5}, {1000 * hour, 0, 999 * hour}, {0, 1, 2}, {-base, 0, base / 2},
	} {
		var line Timeline
		for _, at := range times {
			line.add(base+at, 1)
		}
		sum := 0
		for _, n := range line.Count {
			sum += n
		}
		if sum != len(times) || len(line.Count) > maxSteps {
			t.Errorf("%v: %d counted in %d steps", times, sum, len(line.Count))
		}
		for _, at := range times {
			if i := int((base + at - line.Start) / line.Step); base+at < line.Start || i >= len(line.Count) || line.Count[i] == 0 {
				t.Errorf("%v: %v is not in step %d of %v", times, at, i, line)
			}
		}
	}
	var far Timeline
	for _, at := range []packet.Time{0, maxTime, -maxTime, 1<<63 - 1, -1 << 63} {
		far.add(at, 1)
	}
	sum := 0
	for _, n := range far.Count {
		sum += n
	}
	if sum != 3 || len(far.Count) > maxSteps {
		t.Errorf("far times make %d steps with %d lines", len(far.Count), sum)
	}
}

func TestTally(t *testing.T) {
	var tally Tally
	for _, s := range []string{"Dec 31 23:59:00", "Jan  1 00:01:00"} {
		l, ok := packet.ParseLog(s + " gw kernel: IN=eth0 OUT= MAC= SRC=203.0.113.7 DST=192.0.2.1 LEN=40 TOS=0x00 PREC=0x00 TTL=50 ID=1 PROTO=TCP SPT=4000 DPT=23 WINDOW=1 RES=0x00 SYN URGP=0")
		if !ok {
			t.Fatal("no line")
		}
		tally.add(&l, 2)
	}
	if tally.First != "Dec 31 23:59:00" || tally.Last != "Jan  1 00:01:00" || tally.Rate.Step != 60*packet.Second || len(tally.Rate.Count) != 3 {
		t.Errorf("got %+v", tally)
	}
	if p := tally.Ports.Most(1); len(p) != 1 || p[0].Value != 23 || p[0].Count != 4 {
		t.Errorf("ports %+v", p)
	}
}
