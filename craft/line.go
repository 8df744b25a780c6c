package craft

import (
	"fmt"
	"strings"

	"nfwhy/capture"
	"nfwhy/packet"
)

// Line makes the packet that text, as tcpdump prints it, tells of: one line, the
// two lines of -v, also with a hex dump. What the text does not tell is what most
// systems send: TTL 64, a payload of zeros, right checksums.
func Line(text string) ([]byte, error) {
	rec, err := scan(text)
	if err != nil {
		return nil, err
	}
	if rec.SrcText != "" || rec.DstText != "" {
		return nil, fmt.Errorf("line %q: address %q is blanked or a name (expected an address)", text, rec.SrcText+rec.DstText)
	}
	const needed = capture.FieldSrc | capture.FieldDst | capture.FieldProto | capture.FieldSrcPort | capture.FieldDstPort |
		capture.FieldFlags | capture.FieldTransport | capture.FieldICMP
	if missing := rec.Untold & needed; missing != 0 {
		return nil, fmt.Errorf("line %q does not tell %s", text, strings.Join(missing.Names(), ", "))
	}
	return Whole(rec)
}

// scan reads the one packet in text.
func scan(text string) (*capture.Record, error) {
	var s capture.TextScanner
	no := 0
	for line := range strings.Lines(text) {
		no++
		s.Line(no, strings.TrimRight(line, "\r\n"))
	}
	recs := s.Records()
	if errs := s.Errors(); len(errs) > 0 {
		return nil, fmt.Errorf("line %q: %s", text, errs[0].Reason)
	}
	switch {
	case len(recs) == 0:
		return nil, fmt.Errorf("line %q is no packet in tcpdump's notation (expected e.g. \"IP 192.0.2.1.80 > 192.0.2.2.3594: Flags [S.], seq 1, ack 2, win 512, length 0\")", text)
	case len(recs) > 1:
		return nil, fmt.Errorf("line %q tells of %d packets (expected one)", text, len(recs))
	case recs[0].Skip != nil:
		return nil, fmt.Errorf("line %q: %w", text, recs[0].Skip)
	}
	return recs[0], nil
}

// Whole returns the packet of a record from its IP header on with all its bytes:
// zeros where the capture was cut or the text tells none, and right checksums
// where the record has none to be believed.
func Whole(rec *capture.Record) ([]byte, error) {
	b := make([]byte, max(rec.Packet.Length, len(rec.Packet.Data)))
	copy(b, rec.Packet.Data)
	var p packet.Packet
	if err := p.Decode(b, len(b)); err != nil {
		return nil, err
	}
	if rec.Packet.Verified || rec.Untold.Has(capture.FieldChecksum) || rec.Packet.Cut() > 0 || rec.Packet.Offloaded() {
		seal(&p)
	}
	return p.Data, nil
}

// TCPOptions reads options as tcpdump prints them between its brackets, for
// example "mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7".
func TCPOptions(text string) ([]byte, error) {
	rec, err := scan("IP 192.0.2.1.1 > 192.0.2.2.2: Flags [S], seq 0, win 0, options [" + text + "], length 0")
	if err != nil || rec.Untold.Has(capture.FieldTCPOptions) || strings.ContainsAny(text, "]\n") {
		return nil, fmt.Errorf("TCP options %q (expected them as tcpdump prints them, e.g. \"mss 1460,nop,wscale 7\")", text)
	}
	t, ok := rec.Packet.TCP()
	if !ok {
		return nil, fmt.Errorf("TCP options %q: longer than 40 bytes", text)
	}
	opts, ok := t.Options()
	if !ok {
		return nil, fmt.Errorf("TCP options %q: longer than 40 bytes", text)
	}
	return append([]byte(nil), opts...), nil
}
