package witness

import (
	"net/netip"
	"strings"

	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// host is a VIF with its addresses.
type host struct {
	port *lflow.Port
	mac  uint64
	ip   [2]packet.Value // IPv4 and IPv6
	has  [2]bool
}

// readHosts returns the VIFs of a network that have an Ethernet and an IP address.
func readHosts(n *lflow.Network) (out []host) {
	for _, port := range n.Ports() {
		if port.Type != "" {
			continue
		}
		h := host{port: port}
		for _, field := range strings.Fields(strings.Join(port.AddressTexts(), " ")) {
			if mac, ok := packet.ParseMAC(field); ok {
				if h.mac != 0 {
					break
				}
				h.mac = mac
			} else if a, err := netip.ParseAddr(field); err == nil {
				i := 0
				if a.Is6() {
					i = 1
				}
				h.ip[i], h.has[i] = packet.FromAddr(a), true
			}
		}
		if h.mac != 0 && (h.has[0] || h.has[1]) {
			out = append(out, h)
		}
	}
	return out
}

// allows reports whether a region has packets with a value of a field.
func (r *Region) allows(f *packet.Field, v packet.Value) bool {
	c := *r
	return c.Fix(f, v, packet.Ones(f.Bits))
}

// replace sets a field of a packet.
func (w *words) replace(f *packet.Field, v packet.Value) {
	r := Region{val: *w}
	r.forget(f, packet.Ones(f.Bits))
	r.Fix(f, v, packet.Ones(f.Bits))
	*w = r.val
}

// sendTo sets the destination of a packet that enters by a port to the address of a host to
// which packets of a region may go. If near is true it is a host on the port's datapath,
// with its Ethernet address, else one behind the router to which the packet is sent. If
// there is none, the other kind is tried.
func (x *Finder) sendTo(w *words, port *lflow.Port, r *Region, near bool) {
	i, dst := 0, packet.IPv4Dst
	if w.get(packet.EthType).Lo == packet.EthTypeIPv6 {
		i, dst = 1, packet.IPv6Dst
	}
	router := r.allows(packet.EthDst, w.get(packet.EthDst))
	for _, local := range []bool{near, !near} {
		for _, h := range x.hosts() {
			if h.port == port || !h.has[i] || (h.port.Datapath == port.Datapath) != local || !r.allows(dst, h.ip[i]) {
				continue
			}
			if local && !r.allows(packet.EthDst, packet.Uint(h.mac)) || !local && !router {
				continue
			}
			if local {
				w.replace(packet.EthDst, packet.Uint(h.mac))
			}
			w.replace(dst, h.ip[i])
			return
		}
	}
}
