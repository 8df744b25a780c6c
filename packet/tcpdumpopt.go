package packet

import "strconv"

// options4 prints the names of IP options, and the hops of those that record
// them; false when the capture ends among them.
func (t *dumpText) options4(b []byte, n int) bool {
	for at := 0; at < n; {
		if at > 0 {
			t.str(",")
		}
		code := t.u8(b, at)
		t.str(optionName4(code))
		size := 1
		if code > 1 {
			size = int(t.u8(b, at+1))
		}
		if t.ended {
			return true
		}
		if size > n-at || code > 1 && size < 2 {
			t.num(" [bad length ", uint32(size))
			t.str("]")
			return true
		}
		if len(b) < at+size {
			return false
		}
		if code == 0 {
			return true
		}
		if !t.option4(code, b[at:], size) {
			return false
		}
		at += size
	}
	return true
}

func optionName4(code uint8) string {
	switch code {
	case 0:
		return "EOL"
	case 1:
		return "NOP"
	case 7:
		return "RR"
	case 68:
		return "timestamp"
	case 82:
		return "traceroute"
	case 130:
		return "security"
	case 131:
		return "LSRR"
	case 137:
		return "SSRR"
	case 148:
		return "RA"
	}
	return "unknown " + strconv.Itoa(int(code))
}

// option4 prints the inside of the option of n bytes at the start of b; false
// when the capture ends in what it reads.
func (t *dumpText) option4(code uint8, b []byte, n int) bool {
	switch code {
	case 7, 131, 137:
		return t.route4(b, n)
	case 68:
		return t.timestamps4(b, n)
	case 148:
		if n < 4 {
			t.badLength(" [bad length ", n)
		} else if v := be.Uint16(b[2:]); v != 0 {
			t.num(" value ", uint32(v))
		}
	}
	return true
}

func (t *dumpText) badLength(text string, n int) {
	t.num(text, uint32(n))
	t.str("]")
}

// route4 prints a recorded or a source route of n bytes; one of a wrong length
// is read beyond its end.
func (t *dumpText) route4(b []byte, n int) bool {
	if n < 3 {
		t.badLength(" [bad length ", n)
		return true
	}
	if (n+1)&3 != 0 {
		t.badLength(" [bad length ", n)
	}
	ptr := int(uint32(b[2]) - 1) // 0 becomes very large
	if ptr < 3 || (ptr+1)&3 != 0 || ptr > n+1 {
		t.badLength(" [bad ptr ", int(b[2]))
	}
	for at := 3; at < n; at += 4 {
		if at+4 > len(b) {
			return false
		}
		t.str(" ")
		t.addr4(b[at:])
		if ptr > at {
			t.str(",")
		}
	}
	return true
}

// timestamps4 prints the timestamp option of n bytes; one of a wrong length is
// read beyond its end.
func (t *dumpText) timestamps4(b []byte, n int) bool {
	if n < 4 {
		t.badLength("[bad length ", n)
		return true
	}
	t.str(" TS{")
	kind, hop := b[3]&15, 8
	if kind == 0 {
		hop = 4
	}
	if (n-4)&(hop-1) != 0 {
		t.badLength("[bad length ", n)
	}
	ptr, at := int(uint32(b[2])-1), 0
	if ptr < 4 || (ptr-4)&(hop-1) != 0 || ptr > n+1 {
		t.badLength("[bad ptr ", int(b[2]))
	}
	if kind > 3 || kind == 2 {
		t.badLength("[bad ts type ", int(kind))
	} else {
		t.str([...]string{"TSONLY", "TS+ADDR", "", "PRESPEC"}[kind])
		for at = 4; at < n; at += hop {
			if at+hop > len(b) {
				return false
			}
			if ptr == at {
				t.str(" ^")
			}
			t.num(" ", be.Uint32(b[at+hop-4:]))
			t.str("@")
			if hop == 8 {
				t.addr4(b[at:])
			}
		}
	}
	if ptr == at {
		t.str(" ^ ")
	}
	if over := b[3] >> 4; over != 0 {
		t.num(" [", uint32(over))
		t.str(" hops not recorded]} ")
	} else {
		t.str("}")
	}
	return true
}
