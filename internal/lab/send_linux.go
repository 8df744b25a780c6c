package lab

import (
	"errors"
	"fmt"
	"time"

	"nfwhy/live"

	"golang.org/x/sys/unix"
)

// send puts the step's packet on its link or hands it to the host's output path.
// It returns what the kernel said against it.
func (n *network) send(st *Step) string {
	var err error
	if st.From == Local {
		err = n.sendLocal(st)
	} else {
		i := n.linkIndex(st.From)
		_, err = unix.Write(n.taps[i], st.Frame(&n.links[i]))
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func (n *network) linkIndex(name string) int {
	for i := range n.links {
		if n.links[i].Name == name {
			return i
		}
	}
	panic(fmt.Sprintf("lab: no link %q in a validated scenario", name))
}

// sendLocal sends through a raw socket that takes the IP header as it is (but
// for IPv4 total length, checksum, and zero source and ID, which the kernel fills).
func (n *network) sendLocal(st *Step) error {
	p := st.Packet
	if p[0]>>4 == 6 {
		if len(p) < 40 {
			return unix.EINVAL
		}
		fd, err := rawSocket(&n.raw6, unix.AF_INET6)
		if err != nil {
			return err
		}
		if err := setMark(fd, &n.mark[1], st.Mark); err != nil {
			return err
		}
		return unix.Sendto(fd, p, 0, &unix.SockaddrInet6{Addr: [16]byte(p[24:40])})
	}
	if len(p) < 20 {
		return unix.EINVAL
	}
	fd, err := rawSocket(&n.raw4, unix.AF_INET)
	if err != nil {
		return err
	}
	if err := setMark(fd, &n.mark[0], st.Mark); err != nil {
		return err
	}
	return unix.Sendto(fd, p, 0, &unix.SockaddrInet4{Addr: [4]byte(p[16:20])})
}

// rawSocket opens *fd at first use.
func rawSocket(fd *int, family int) (int, error) {
	if *fd >= 0 {
		return *fd, nil
	}
	s, err := live.RawSocket(family)
	if err != nil {
		return -1, err
	}
	*fd = s
	return s, nil
}

func setMark(fd int, have *uint32, want uint32) error {
	if *have == want {
		return nil
	}
	*have = want
	return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_MARK, int(want))
}

// listenLo opens a packet socket on lo.
func listenLo() (int, error) {
	proto := int(htons(unix.ETH_P_ALL))
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, err
	}
	const loIndex = 1 // net/core/dev.c: LOOPBACK_IFINDEX
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: uint16(proto), Ifindex: loIndex}); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

func htons(v uint16) uint16 { return v<<8 | v>>8 }

// collect reads every frame that left. The kernel has handled the packet when
// the send returned; only what crosses lo may, on a loaded machine, be left to a
// kernel thread, so it waits until all that entered lo came out.
func (n *network) collect(sr *StepResult) error {
	var lo []Departure
	entered, left := 0, 0
	for try := 0; ; try++ {
		if err := n.drainTaps(sr); err != nil {
			return err
		}
		if err := n.drainLo(&lo, &entered, &left); err != nil {
			return err
		}
		if entered == left {
			break
		}
		if try > 1000 {
			return errors.New("packets on lo got lost")
		}
		time.Sleep(20 * time.Microsecond)
	}
	sr.Out = append(sr.Out, lo...)
	return nil
}

func (n *network) drainTaps(sr *StepResult) error {
	for i, fd := range n.taps {
		for {
			m, err := unix.Read(fd, n.buf)
			if err == unix.EAGAIN {
				break
			}
			if err != nil {
				return fmt.Errorf("link %s: %w", n.links[i].Name, err)
			}
			if !isReport(n.buf[:m]) {
				sr.Out = append(sr.Out, Departure{n.links[i].Name, append(Hex(nil), n.buf[:m]...)})
			}
		}
	}
	return nil
}

// isReport recognises the multicast listener reports of a host without an IPv6
// address, from :: to ff02::16: one may be under way when [quiet] stops them.
func isReport(frame []byte) bool {
	const group = "\xff\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x16"
	return len(frame) >= 54 && frame[12] == 0x86 && frame[13] == 0xdd &&
		string(frame[22:38]) == "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" && string(frame[38:54]) == group
}

// drainLo reads lo, where every packet is seen going in and coming out.
func (n *network) drainLo(out *[]Departure, entered, left *int) error {
	for {
		m, from, err := unix.Recvfrom(n.lo, n.buf, 0)
		if err == unix.EAGAIN {
			return nil
		}
		if err != nil {
			return fmt.Errorf("lo: %w", err)
		}
		ll, ok := from.(*unix.SockaddrLinklayer)
		if !ok || ll.Pkttype != unix.PACKET_OUTGOING {
			*left++
			continue
		}
		*entered++
		*out = append(*out, Departure{"lo", append(Hex(nil), n.buf[:m]...)})
	}
}
