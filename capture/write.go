package capture

import (
	"encoding/binary"
	"io"
	"time"
	"unicode/utf8"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"nfwhy/packet"
)

// Writer writes a pcapng file: interfaces by name, nanoseconds, and for each
// packet its direction (epb_flags) and a comment, which Wireshark shows. An
// interface is described when its first packet comes. [Writer.Close] ends the
// file.
type Writer struct {
	w     io.Writer
	ng    *pcapgo.NgWriter
	ids   map[ifaceKey]int
	flags pcapgo.NgEpbFlags
	text  [1]string
	frame []byte
}

type ifaceKey struct {
	name string
	link LinkType
}

// NewWriter returns a Writer to w. It writes nothing before the first packet.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w, ids: make(map[ifaceKey]int)} }

// Write writes rec as it was captured: Raw, WireLen, LinkType, Iface, Time, Dir
// and Comment are used.
func (w *Writer) Write(rec *Record) error {
	return w.write(rec.Iface, rec.LinkType, rec.Raw, rec.WireLen, rec.Time, rec.Dir, rec.Comment)
}

// WritePacket writes p as it passes the named interface: an Ethernet frame if it
// has an Ethernet header (with its VLAN tag), else raw IP.
func (w *Writer) WritePacket(name string, t packet.Time, dir Direction, p *packet.Packet, comment string) error {
	if len(p.Link) != 14 {
		return w.write(name, LinkRaw, p.Data, p.Length, t, dir, comment)
	}
	f := w.frame[:0]
	f = append(f, p.Link[:12]...)
	if p.VLANProto != 0 {
		f = binary.BigEndian.AppendUint16(f, p.VLANProto)
		f = binary.BigEndian.AppendUint16(f, p.VLAN)
	}
	f = append(f, p.Link[12:]...)
	f = append(f, p.Data...)
	w.frame = f
	return w.write(name, LinkEthernet, f, len(f)+p.Cut(), t, dir, comment)
}

func (w *Writer) write(name string, link LinkType, b []byte, wire int, t packet.Time, dir Direction, comment string) error {
	id, err := w.iface(name, link)
	if err != nil {
		return err
	}
	ci := gopacket.CaptureInfo{
		Timestamp:      time.Unix(0, max(0, int64(t))), // pcapng's are unsigned
		CaptureLength:  len(b),
		Length:         max(wire, len(b)),
		InterfaceIndex: id,
	}
	var opts pcapgo.NgPacketOptions
	if dir != Unknown {
		w.flags = pcapgo.NgEpbFlags{Direction: pcapgo.NgEpbFlag(dir)} // In 1, Out 2 as in epb_flags
		opts.Flags = &w.flags
	}
	if comment != "" {
		w.text[0] = cutText(comment, maxComment)
		opts.Comments = w.text[:]
	}
	return w.ng.WritePacketWithOptions(ci, b, opts)
}

// maxComment keeps the option below the 65535 bytes that its length can tell;
// the library writes longer ones with a wrong length.
const maxComment = 65000

// cutText shortens s to at most n bytes at a character.
func cutText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	n -= len("...")
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "..."
}

// iface returns the number of an interface, describing it at its first use.
func (w *Writer) iface(name string, link LinkType) (int, error) {
	k := ifaceKey{name, link}
	if id, ok := w.ids[k]; ok {
		return id, nil
	}
	desc := pcapgo.NgInterface{Name: cutText(name, maxIfName), LinkType: layers.LinkType(link), TimestampResolution: 9}
	var id int
	var err error
	if w.ng == nil {
		section := pcapgo.NgWriterOptions{SectionInfo: pcapgo.NgSectionInfo{Application: "nfwhy"}}
		w.ng, err = pcapgo.NewNgWriterInterface(w.w, desc, section)
	} else {
		id, err = w.ng.AddInterface(desc)
	}
	if err != nil {
		return 0, err
	}
	w.ids[k] = id
	return id, nil
}

// Close writes what is buffered. A file without packets gets one interface
// without a name, because tcpdump refuses a file that describes none.
func (w *Writer) Close() error {
	if w.ng == nil {
		if _, err := w.iface("", LinkRaw); err != nil {
			return err
		}
	}
	return w.ng.Flush()
}
