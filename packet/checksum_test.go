package packet

import (
	"bytes"
	"net/netip"
	"testing"
)

var sumSrc, sumDst = netip.MustParseAddr("10.66.1.2"), netip.MustParseAddr("10.66.1.1")

func decodedSum(t *testing.T, data []byte) *Packet {
	t.Helper()
	p := &Packet{}
	if err := p.Decode(data, len(data)); err != nil {
		t.Fatal(err)
	}
	return p
}

// The kernel's sum has the IP header in it, so that a payload of zeros is right.
func TestChecksumOfNothing(t *testing.T) {
	for _, c := range []struct {
		payload []byte
		want    bool
	}{{nil, true}, {make([]byte, 8), true}, {[]byte{0xff, 0xff}, true}, {[]byte{1, 2}, false}} {
		p := decodedSum(t, IPv4Fields{Protocol: 253, Src: sumSrc, Dst: sumDst}.Encode(c.payload))
		if got := p.ChecksumOK(0); got != c.want {
			t.Errorf("%x: %v, want %v", c.payload, got, c.want)
		}
	}
}

func TestFinish(t *testing.T) {
	for name, body := range map[string][]byte{
		"tcp": TCPFields{SrcPort: 80, DstPort: 1234, Flags: RST}.Encode(sumSrc, sumDst, nil),
		"udp": EncodeUDP(sumSrc, sumDst, 53, 53, []byte("abc")),
	} {
		proto, at := uint8(ProtoTCP), 16
		if name == "udp" {
			proto, at = ProtoUDP, 6
		}
		p := decodedSum(t, IPv4Fields{Protocol: proto, Src: sumSrc, Dst: sumDst}.Encode(body))
		want := bytes.Clone(p.Data)
		be.PutUint16(p.Data[p.L4+at:], Fold(PseudoSum(sumSrc, sumDst, proto, len(body))))
		if !p.Offloaded() {
			t.Errorf("%s: not recognised as left to the device", name)
		}
		p.Partial = true
		if p.Finish(); !bytes.Equal(p.Data, want) || p.Partial {
			t.Errorf("%s: got %x, want %x", name, p.Data, want)
		}
	}
}
