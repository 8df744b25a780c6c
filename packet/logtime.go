package packet

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// parseStamp reads a timestamp at the start of s and returns its length, 0 for
// none: 2014-08-14T11:48:37.5+02:00, "Aug 14 11:48:37", "14 août 11:48:37",
// "Thu Aug 14 11:48:37 2014", "Thu 2014-08-14 11:48:37 CEST", 1408009717.123.
func parseStamp(s string) (LogTime, int) {
	var t LogTime
	n, ok := 0, false
	switch {
	case s == "":
		return t, 0
	case s[0] >= '0' && s[0] <= '9':
		if n, ok = t.iso(s); !ok {
			n, ok = t.epoch(s)
		}
		if !ok {
			t = LogTime{}
			n, ok = t.words(s)
		}
	case s[0] >= 'A' && s[0] <= 'Z' || s[0] >= 'a' && s[0] <= 'z' || s[0] >= 0x80:
		n, ok = t.words(s)
	}
	if !ok {
		return LogTime{}, 0
	}
	t.Text = s[:n]
	return t, n
}

func epochTime(sec int64, nano int, text string) LogTime {
	u := time.Unix(sec, int64(nano)).UTC()
	return LogTime{Year: u.Year(), Month: int(u.Month()), Day: u.Day(), Hour: u.Hour(), Minute: u.Minute(), Second: u.Second(), Nano: nano, HasZone: true, Text: text}
}

// epoch reads seconds since 1970 with a fraction, as journalctl -o short-unix
// writes them.
func (t *LogTime) epoch(s string) (int, bool) {
	w, _ := firstWord(s)
	sec, frac, _ := strings.Cut(w, ".")
	if len(sec) != 10 || !allDigits(sec) || len(frac) > 9 || frac != "" && !allDigits(frac) {
		return 0, false
	}
	v, _ := strconv.ParseInt(sec, 10, 64)
	*t = epochTime(v, fraction(frac), "")
	return len(w), true
}

// iso reads a date with the year first, a T or blanks, and a clock with a zone.
func (t *LogTime) iso(s string) (int, bool) {
	n, ok := t.date(s)
	if !ok || n >= len(s) {
		return 0, false
	}
	if s[n] == 'T' || s[n] == '_' {
		n++
	} else if b := leadingBlanks(s[n:]); b > 0 {
		n += b
	} else {
		return 0, false
	}
	c, ok := t.clock(s[n:])
	return n + c, ok
}

func (t *LogTime) date(s string) (int, bool) {
	if len(s) < 10 || s[4] != s[7] || s[4] != '-' && s[4] != '/' && s[4] != '.' || !allDigits(s[:4]) || !allDigits(s[5:7]) || !allDigits(s[8:10]) {
		return 0, false
	}
	t.Year, t.Month, t.Day = atoi(s[:4]), atoi(s[5:7]), atoi(s[8:10])
	return 10, t.Month >= 1 && t.Month <= 12 && t.Day >= 1 && t.Day <= 31
}

func atoi(s string) int {
	v, _ := strconv.Atoi(s)
	return v
}

// clock reads hh:mm:ss with fraction and zone.
func (t *LogTime) clock(s string) (int, bool) {
	n := 2
	if len(s) > 1 && s[1] == ':' {
		n = 1
	}
	if len(s) < n+6 || s[n] != ':' || s[n+3] != ':' || !allDigits(s[:n]) || !allDigits(s[n+1:n+3]) || !allDigits(s[n+4:n+6]) {
		return 0, false
	}
	t.Hour, t.Minute, t.Second = atoi(s[:n]), atoi(s[n+1:n+3]), atoi(s[n+4:n+6])
	if t.Hour > 23 || t.Minute > 59 || t.Second > 60 {
		return 0, false
	}
	n += 6
	if n+1 < len(s) && (s[n] == '.' || s[n] == ',') && s[n+1] >= '0' && s[n+1] <= '9' {
		end := n + 1
		for end < len(s) && s[end] >= '0' && s[end] <= '9' {
			end++
		}
		t.Nano = fraction(s[n+1 : end])
		n = end
	}
	return n + t.zone(s[n:]), true
}

// zone reads Z, +hh:mm or +hhmm.
func (t *LogTime) zone(s string) int {
	if strings.HasPrefix(s, "Z") {
		t.HasZone = true
		return 1
	}
	if len(s) < 5 || s[0] != '+' && s[0] != '-' {
		return 0
	}
	h, m, n := s[1:3], s[3:5], 5
	if s[3] == ':' && len(s) > 5 {
		m, n = s[4:6], 6
	}
	if !allDigits(h) || !allDigits(m) {
		return 0
	}
	t.Zone, t.HasZone = atoi(h)*3600+atoi(m)*60, true
	if s[0] == '-' {
		t.Zone = -t.Zone
	}
	return n
}

// words reads a date in words and numbers of any order up to a clock, and the
// year behind it.
func (t *LogTime) words(s string) (int, bool) {
	n, names := 0, 0
	for range 5 {
		n += leadingBlanks(s[n:])
		end := n
		for end < len(s) && s[end] != ' ' && s[end] != '\t' {
			end++
		}
		w := s[n:end]
		if w == "" || len(w) > 40 {
			return 0, false
		}
		if w[0] >= '0' && w[0] <= '9' {
			if c, ok := t.clock(s[n:]); ok {
				return n + c + t.after(s[n+c:]), names == 0 || t.Day != 0
			}
			if !t.dateWord(s[n:], w) {
				return 0, false
			}
		} else {
			names++
			m, ok := monthNumber(w)
			if !ok && !isName(w) {
				return 0, false
			}
			if ok && t.Month == 0 {
				t.Month = m
			}
		}
		n = end
	}
	return 0, false
}

// dateWord takes a word that begins with a digit: a day, a year, a whole date,
// the month of Chinese and Japanese.
func (t *LogTime) dateWord(s, w string) bool {
	if _, ok := t.date(s); ok && len(w) == 10 {
		return true
	}
	digits := strings.TrimRight(strings.TrimSuffix(strings.TrimSuffix(w, "日"), "年"), ".,")
	if m, ok := strings.CutSuffix(w, "月"); ok && allDigits(m) && len(m) < 3 {
		t.Month = atoi(m)
		return t.Month >= 1 && t.Month <= 12
	}
	if !allDigits(digits) {
		return false
	}
	v := 0
	if len(digits) <= 4 {
		v = atoi(digits)
	}
	switch {
	case len(digits) <= 2 && v >= 1 && v <= 31 && t.Day == 0:
		t.Day = v
	case len(digits) == 4 && v >= 1970 && v < 2200:
		t.Year = v
	default:
		return false
	}
	return true
}

// after reads AM or PM, a zone's name, and the year of ctime behind the clock.
func (t *LogTime) after(s string) int {
	n := 0
	if len(s) >= 3 && s[0] == ' ' && s[2] == 'M' && (s[1] == 'A' || s[1] == 'P') && (len(s) == 3 || s[3] == ' ') {
		t.Hour %= 12
		if s[1] == 'P' {
			t.Hour += 12
		}
		n = 3
	}
	rest := s[n:]
	if z, ok := zoneNames[strings.TrimSpace(rest[:min(5, len(rest))])]; ok && len(rest) > 0 && rest[0] == ' ' {
		t.Zone, t.HasZone = z*3600, true
		n += 1 + len(strings.TrimSpace(rest[:min(5, len(rest))]))
		rest = s[n:]
	}
	if len(rest) >= 5 && rest[0] == ' ' && (strings.HasPrefix(rest[1:], "19") || strings.HasPrefix(rest[1:], "20")) && allDigits(rest[1:5]) && (len(rest) == 5 || rest[5] == ' ') {
		t.Year = atoi(rest[1:5])
		n += 5
	}
	return n
}

// zoneNames are those that mean one thing, in hours.
var zoneNames = map[string]int{"UTC": 0, "GMT": 0, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "WET": 0, "WEST": 1, "EST": -5, "EDT": -4, "CDT": -5, "MDT": -6, "PDT": -7}

func isName(w string) bool {
	for _, r := range strings.TrimRight(w, ".,") {
		if !unicode.IsLetter(r) && !unicode.Is(unicode.Mn, r) {
			return false
		}
	}
	return utf8.ValidString(w)
}

// monthNumber knows the months of many languages, short or long.
func monthNumber(w string) (int, bool) {
	if len(w) == 3 {
		if m, ok := months[w]; ok {
			return m, true
		}
	}
	w = strings.TrimRight(strings.ToLower(w), ".,")
	if m, ok := months[w]; ok {
		return m, true
	}
	if len(w) < 3 || !isName(w) {
		return 0, false
	}
	for _, runes := range []int{4, 3} {
		if r := []rune(w); len(r) > runes {
			if m, ok := months[string(r[:runes])]; ok {
				return m, true
			}
		}
	}
	return 0, false
}

var months = monthTable()

// monthTable lists the beginnings of month names: English, German, French,
// Spanish, Portuguese, Italian, Dutch, Nordic, Polish, Czech, Hungarian,
// Romanian, Turkish, Finnish, Russian, Ukrainian, Bulgarian, Greek.
func monthTable() map[string]int {
	m := map[string]int{}
	for i, names := range []string{
		"Jan jan ene gen janv sty led ian oca tamm tam янв січ яну ιαν ιανο",
		"Feb feb fev fév févr lut úno febr şub hel helm фев лют φεβ",
		"Mar mar mär mrz mars mrt bře márc maa maal мар бер μαρ",
		"Apr apr avr abr kwi dub ápr nis huh huht апр кві απρ",
		"May may mai maj mei mag kvě máj tou touk mayı maja май мая тра μαΐ μάι",
		"Jun jun juin giu cze čer čvn jún iun haz kes kesä июн чер юни ιουν",
		"Jul jul juil lug lip čvc čec júl iul tem hei hein červenec июл лип юли ιουλ",
		"Aug aug aoû août ago sie srp ağu elo авг сер αυγ",
		"Sep sep sept set wrz zář szep eyl syy syys сен вер σεπ",
		"Oct oct okt oct out ott paź říj eki lok loka окт жов οκτ",
		"Nov nov lis kas noi marr ноя лис νοε ное",
		"Dec dec dez dic déc des gru pro ara jou joul дек гру δεκ",
	} {
		for _, n := range strings.Fields(names) {
			m[n] = i + 1
		}
	}
	return m
}
