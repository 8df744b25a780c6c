package live

import (
	"encoding/binary"
	"fmt"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// Tracer reads what the kernel tells of packets whose journey is traced (those
// that a rule "meta nftrace set 1" met): every rule of nf_tables that matched,
// every policy that decided. Close it after use.
type Tracer struct {
	fd  int
	buf []byte
}

// TraceEvent is one step of a traced packet (net/netfilter/nf_tables_trace.c,
// Linux 6.18).
type TraceEvent struct {
	// ID tells packets apart; it may come again after the packet is gone.
	ID     uint32
	Family uint8 // NFPROTO_IPV4 2, NFPROTO_IPV6 10, NFPROTO_INET 1 ...
	Type   TraceType
	Table  string
	Chain  string
	Handle uint64 // of the rule, 0 for none
	// Verdict is what the rule or policy said: the kernel's NF_ and NFT_ numbers.
	Verdict int32
	// Jump is the chain of a jump or goto.
	Jump string
	Mark uint32
	// CtState is a bit of NF_CT_STATE_BIT or NF_CT_STATE_UNTRACKED_BIT; HasCt is
	// false before conntrack, for what is INVALID, in events of policies, and
	// before Linux 6.16.
	CtState uint32
	CtID    uint32
	HasCt   bool
}

// TraceType is what kind of step an event is.
type TraceType uint32

// The types (include/uapi/linux/netfilter/nf_tables.h, NFT_TRACETYPE_*).
const (
	TracePolicy TraceType = 1
	TraceReturn TraceType = 2
	TraceRule   TraceType = 3
)

// Attributes of a trace message (include/uapi/linux/netfilter/nf_tables.h).
const (
	attrTraceTable   = 1
	attrTraceChain   = 2
	attrTraceHandle  = 3
	attrTraceType    = 4
	attrTraceVerdict = 5
	attrTraceID      = 6
	attrTraceMark    = 14
	attrTracePolicy  = 16
	attrTraceCtID    = 18
	attrTraceCtState = 21
	attrVerdictCode  = 1
	attrVerdictChain = 2

	msgTrace = 17 // NFT_MSG_TRACE
)

// NewTracer listens in the namespace of the calling thread, see [Netns.Do].
func NewTracer() (*Tracer, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_NETFILTER)
	if err != nil {
		return nil, fmt.Errorf("netfilter netlink: %w", err)
	}
	unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 16<<20) // smaller is all right too
	err = unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
	if err == nil {
		err = unix.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_ADD_MEMBERSHIP, unix.NFNLGRP_NFTRACE)
	}
	if err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("netfilter trace: %w", err)
	}
	return &Tracer{fd: fd, buf: make([]byte, 1<<16)}, nil
}

// Close ends listening.
func (t *Tracer) Close() { unix.Close(t.fd) }

// Events returns what came since the last call. It does not wait. lost is true
// when the kernel had more than there was room for.
func (t *Tracer) Events() (events []TraceEvent, lost bool, err error) {
	for {
		n, _, err := unix.Recvfrom(t.fd, t.buf, 0)
		switch err {
		case nil:
		case unix.EAGAIN:
			return events, lost, nil
		case unix.ENOBUFS:
			lost = true
			continue
		case unix.EINTR:
			continue
		default:
			return events, lost, fmt.Errorf("netfilter trace: %w", err)
		}
		events, err = appendEvents(events, t.buf[:n])
		if err != nil {
			return events, lost, fmt.Errorf("netfilter trace: %w", err)
		}
	}
}

// appendEvents reads the messages of one datagram.
func appendEvents(events []TraceEvent, b []byte) ([]TraceEvent, error) {
	for len(b) >= unix.NLMSG_HDRLEN {
		size := int(binary.NativeEndian.Uint32(b))
		if size < unix.NLMSG_HDRLEN || size > len(b) {
			return events, fmt.Errorf("message of %d bytes in %d", size, len(b))
		}
		typ := binary.NativeEndian.Uint16(b[4:])
		body := b[unix.NLMSG_HDRLEN:size]
		const nfgenmsg = 4
		if typ == unix.NFNL_SUBSYS_NFTABLES<<8|msgTrace && len(body) >= nfgenmsg {
			e, err := parseEvent(body[nfgenmsg:])
			if err != nil {
				return events, err
			}
			e.Family = body[0]
			events = append(events, e)
		}
		b = b[min(len(b), (size+3)&^3):]
	}
	return events, nil
}

func parseEvent(b []byte) (TraceEvent, error) {
	var e TraceEvent
	d, err := netlink.NewAttributeDecoder(b)
	if err != nil {
		return e, err
	}
	d.ByteOrder = binary.BigEndian
	for d.Next() {
		switch d.Type() {
		case attrTraceTable:
			e.Table = d.String()
		case attrTraceChain:
			e.Chain = d.String()
		case attrTraceHandle:
			e.Handle = d.Uint64()
		case attrTraceType:
			e.Type = TraceType(d.Uint32())
		case attrTraceID:
			e.ID = d.Uint32()
		case attrTraceMark:
			e.Mark = d.Uint32()
		case attrTracePolicy:
			e.Verdict = int32(d.Uint32())
		case attrTraceCtID:
			e.CtID = d.Uint32()
		case attrTraceCtState:
			e.CtState, e.HasCt = d.Uint32(), true
		case attrTraceVerdict:
			d.Nested(func(v *netlink.AttributeDecoder) error {
				v.ByteOrder = binary.BigEndian
				for v.Next() {
					switch v.Type() {
					case attrVerdictCode:
						e.Verdict = int32(v.Uint32())
					case attrVerdictChain:
						e.Jump = v.String()
					}
				}
				return nil
			})
		}
	}
	return e, d.Err()
}
