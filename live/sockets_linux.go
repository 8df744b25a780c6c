package live

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"nfwhy/packet"
)

// Listens reports whether a socket of the namespace takes packets of a new peer
// for an address and port: a listening TCP or an unconnected UDP socket.
func (n *Netns) Listens(proto uint8, a netip.Addr, port uint16) (listens bool, err error) {
	names := map[uint8][]string{packet.ProtoTCP: {"tcp", "tcp6"}, packet.ProtoUDP: {"udp", "udp6"}}[proto]
	if names == nil {
		return false, fmt.Errorf("protocol %d has no ports to listen on", proto)
	}
	err = n.Do(func() error {
		for _, name := range names {
			b, err := os.ReadFile("/proc/thread-self/net/" + name)
			if os.IsNotExist(err) {
				continue
			}
			if err != nil {
				return err
			}
			listens = listens || listed(string(b), a, port)
		}
		return nil
	})
	return listens, err
}

// The states of /proc/net/tcp and udp (include/net/tcp_states.h).
const (
	stateClose  = "07" // an unconnected UDP socket
	stateListen = "0A"
)

// listed looks for a socket in the text of /proc/net/tcp or its like.
func listed(text string, a netip.Addr, port uint16) bool {
	for line := range strings.Lines(text) {
		w := strings.Fields(line)
		if len(w) < 4 || w[3] != stateListen && w[3] != stateClose {
			continue
		}
		la, lp, ok := procAddr(w[1])
		if !ok || lp != port {
			continue
		}
		// A socket bound to :: takes IPv4 too, unless it says V6ONLY, which is not
		// shown here.
		if la.IsUnspecified() && (la.Is6() || a.Is4()) || la.Unmap() == a {
			return true
		}
	}
	return false
}

// procAddr reads "0100007F:0016": 32-bit words in the order of the machine.
func procAddr(s string) (netip.Addr, uint16, bool) {
	ha, hp, ok := strings.Cut(s, ":")
	b, err := hex.DecodeString(ha)
	port, err2 := strconv.ParseUint(hp, 16, 16)
	if !ok || err != nil || err2 != nil || len(b) != 4 && len(b) != 16 {
		return netip.Addr{}, 0, false
	}
	if littleEndian {
		for i := 0; i+4 <= len(b); i += 4 {
			b[i], b[i+1], b[i+2], b[i+3] = b[i+3], b[i+2], b[i+1], b[i]
		}
	}
	a, ok := netip.AddrFromSlice(b)
	return a, uint16(port), ok
}

var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1
