package capture

import (
	"strings"
	"testing"
)

func TestFieldNames(t *testing.T) {
	all := Field(1)<<numFields - 1
	names := all.Names()
	seen := make(map[string]bool)
	for _, n := range names {
		if n == "" || seen[n] {
			t.Errorf("field name %q is empty or used twice", n)
		}
		seen[n] = true
	}
	if len(names) != numFields || FieldPayload<<1 != Field(1)<<numFields {
		t.Errorf("%d names for %d fields", len(names), numFields)
	}
	if got := strings.Join((FieldSrc | FieldPayload).Names(), ","); got != "source address,payload" {
		t.Errorf("got %q", got)
	}
}

func TestStrings(t *testing.T) {
	for got, want := range map[string]string{
		In.String(): "in", Out.String(): "out", Unknown.String(): "unknown",
		Epoch.String(): "epoch", NoClock.String(): "none", Since.String(): "since", TimeOfDay.String(): "time of day", LocalDate.String(): "local date",
		KindPcapng.String(): "pcapng", KindBinary.String(): "binary",
		UnreadLinkType(105).Error(): "link type 105 is not read", OtherEtherType(0x88b5).Error(): "not IP: EtherType 0x88b5",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A clone outlives the reader's next packet.
func TestClone(t *testing.T) {
	f := newFile(false).pcap(magicMicro, 4, 1).packet(1, 2, ethernet("8100 0001 0800", synPacket())).packet(3, 4, make([]byte, 60))
	recs, err := readAll(t, f.b)
	if err != nil || len(recs) != 2 || recs[0].Packet.Src() != addrA || recs[0].Packet.Link[5] != 1 || recs[0].Packet.Link[12] != 8 {
		t.Errorf("got %d records, %v", len(recs), err)
	}
}
