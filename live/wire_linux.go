package live

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"nfwhy/packet"

	"golang.org/x/sys/unix"
)

// Wire sends packets along a path and sees what passes the namespace's links.
//
// To an address of another namespace or host a packet leaves its link byte for
// byte as given: it does not pass the sending namespace's own rules. To one of
// the namespace's own addresses it goes the way of a local process's packet,
// through OUTPUT and lo, where the kernel fills in IPv4 length and checksum, and
// a zero IPv4 ID unless DF is set (net/ipv4/raw.c, Linux 6.18).
type Wire struct {
	path  Path
	mac   net.HardwareAddr
	seen  int // packet socket that listens
	out   int // packet socket that sends, -1 on a local path
	raw   [2]int
	names map[int]string
	buf   []byte
	oob   []byte
	n     *Netns
}

// Seen is a packet that passed a link.
type Seen struct {
	Data []byte // from the IP header on
	Dev  string
	Out  bool // leaving
	Cast packet.Cast
	Time time.Time
}

// neighbourWait is how long a neighbour may take to tell its hardware address.
const neighbourWait = 3 * time.Second

// Wire opens the way p for sending.
func (n *Netns) Wire(p Path) (*Wire, error) {
	w := &Wire{path: p, n: n, seen: -1, out: -1, raw: [2]int{-1, -1}, names: map[int]string{}, buf: make([]byte, 1<<16+64), oob: make([]byte, 256)}
	var err error
	if !p.Local {
		if w.mac, err = n.Neighbour(p, neighbourWait); err != nil {
			return nil, err
		}
	}
	links, err := n.Links()
	if err != nil {
		return nil, err
	}
	for _, l := range links {
		w.names[l.Index] = l.Name
	}
	if err := n.Do(w.open); err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

func (w *Wire) open() (err error) {
	if w.seen, err = packetSocket(htons(unix.ETH_P_ALL), 0); err != nil {
		return fmt.Errorf("packet socket: %w", err)
	}
	if err = unix.SetsockoptInt(w.seen, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
		return err
	}
	unix.SetsockoptInt(w.seen, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 8<<20) // smaller is all right too
	if !w.path.Local {
		w.out, err = packetSocket(0, w.path.Dev.Index)
		return err
	}
	for i, family := range []int{unix.AF_INET, unix.AF_INET6} {
		if w.raw[i], err = RawSocket(family); err != nil {
			if family == unix.AF_INET6 && errors.Is(err, unix.EAFNOSUPPORT) {
				return nil
			}
			return fmt.Errorf("raw socket: %w", err)
		}
	}
	return nil
}

func htons(v uint16) uint16 { return v<<8 | v>>8 }

// packetSocket opens a packet socket without link headers, on one link or, with
// index 0, on all. With proto 0 it receives nothing.
func packetSocket(proto uint16, index int) (int, error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, err
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: proto, Ifindex: index}); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// RawSocket opens a socket that takes whole packets of a family (AF_INET or
// AF_INET6) and sends them as a local process does, to broadcast addresses too.
// It is in the namespace of the calling thread.
func RawSocket(family int) (int, error) {
	fd, err := unix.Socket(family, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.IPPROTO_RAW)
	if err != nil {
		return -1, err
	}
	if family == unix.AF_INET {
		err = unix.SetsockoptInt(fd, unix.SOL_IP, unix.IP_HDRINCL, 1)
	} else {
		err = unix.SetsockoptInt(fd, unix.SOL_IPV6, unix.IPV6_HDRINCL, 1)
	}
	if err == nil {
		err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_BROADCAST, 1)
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// Close ends the wire.
func (w *Wire) Close() {
	for _, fd := range []int{w.seen, w.out, w.raw[0], w.raw[1]} {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
}

// Send sends a packet, everything from the IP header on.
func (w *Wire) Send(b []byte) error {
	var p packet.Packet
	if err := p.Decode(b, len(b)); err != nil {
		return err
	}
	err := w.send(b, p.Dst())
	if errors.Is(err, unix.EMSGSIZE) {
		return fmt.Errorf("packet of %d bytes is larger than the MTU of %s (%d)", len(b), w.path.Dev.Name, w.path.Dev.MTU)
	}
	if errors.Is(err, unix.EPERM) && w.path.Local {
		return nil // dropped in OUTPUT: that is an answer, not a failure
	}
	if err != nil {
		return fmt.Errorf("sending to %v: %w", p.Dst(), err)
	}
	return nil
}

func (w *Wire) send(b []byte, dst netip.Addr) error {
	six := dst.Is6()
	if !w.path.Local {
		ll := &unix.SockaddrLinklayer{Protocol: htons(unix.ETH_P_IP), Ifindex: w.path.Dev.Index, Halen: uint8(len(w.mac))}
		if six {
			ll.Protocol = htons(unix.ETH_P_IPV6)
		}
		copy(ll.Addr[:], w.mac)
		return unix.Sendto(w.out, b, 0, ll)
	}
	if six {
		return unix.Sendto(w.raw[1], b, 0, &unix.SockaddrInet6{Addr: dst.As16()})
	}
	return unix.Sendto(w.raw[0], b, 0, &unix.SockaddrInet4{Addr: dst.As4()})
}

// Next returns the next packet that passed any link of the namespace, waiting
// for it until the time given; ok is false when none came. The bytes are the
// caller's.
func (w *Wire) Next(ctx context.Context, until time.Time) (s Seen, ok bool, err error) {
	for {
		s, ok, err = w.read()
		if ok || err != nil {
			return s, ok, err
		}
		left := time.Until(until)
		if left <= 0 || ctx.Err() != nil {
			return Seen{}, false, ctx.Err()
		}
		// Short sleeps, so that an interrupt does not wait.
		ms := int(min(left, 50*time.Millisecond)/time.Millisecond) + 1
		fds := []unix.PollFd{{Fd: int32(w.seen), Events: unix.POLLIN}}
		if _, err := unix.Poll(fds, ms); err != nil && err != unix.EINTR {
			return Seen{}, false, err
		}
	}
}

// read takes a packet that is there already.
func (w *Wire) read() (Seen, bool, error) {
	for {
		n, oobn, _, from, err := unix.Recvmsg(w.seen, w.buf, w.oob, 0)
		switch {
		case err == unix.EAGAIN:
			return Seen{}, false, nil
		case err == unix.EINTR || err == unix.ENETDOWN: // a link that was there is gone
			continue
		case err != nil:
			return Seen{}, false, fmt.Errorf("packet socket: %w", err)
		}
		ll, ok := from.(*unix.SockaddrLinklayer)
		if !ok || ll.Protocol != htons(unix.ETH_P_IP) && ll.Protocol != htons(unix.ETH_P_IPV6) {
			continue
		}
		return Seen{Data: append([]byte(nil), w.buf[:n]...), Dev: w.names[ll.Ifindex], Out: ll.Pkttype == unix.PACKET_OUTGOING,
			Cast: packet.Cast(ll.Pkttype), Time: stamp(w.oob[:oobn])}, true, nil
	}
}

// stamp is when the kernel saw the packet.
func stamp(oob []byte) time.Time {
	msgs, err := unix.ParseSocketControlMessage(oob)
	if err == nil {
		for _, m := range msgs {
			if m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SCM_TIMESTAMPNS && len(m.Data) >= 16 {
				return time.Unix(int64(binary.NativeEndian.Uint64(m.Data)), int64(binary.NativeEndian.Uint64(m.Data[8:])))
			}
		}
	}
	return time.Now()
}

// Header returns the link header of a packet of the given family that the wire
// sends, nil for links without one.
func (w *Wire) Header(f packet.Family) []byte {
	if w.path.Local || len(w.mac) != 6 || len(w.path.Dev.MAC) != 6 {
		return nil
	}
	h := append(append([]byte(nil), w.mac...), w.path.Dev.MAC...)
	if f == packet.IPv6 {
		return append(h, 0x86, 0xdd)
	}
	return append(h, 8, 0)
}
