package wirelab

import (
	"math/rand/v2"
	"net/netip"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/lab"
)

// A Connection is a first packet with its sender.
type Connection struct {
	from  *end
	first frame
	kind  string // "" for one that opens a connection of TCP, UDP, or of an echo
}

// Connections generates connections for a network: between hosts behind ports and on the
// physical network, to virtual addresses, to addresses of rules and routers, and to unused
// addresses.
type Connections struct {
	*rand.Rand
	l    *Lab
	from []*end
}

// NewConnections returns the connections of a lab's network for a seed.
func NewConnections(l *Lab, seed uint64) *Connections {
	c := &Connections{Rand: rand.New(rand.NewPCG(seed, 0x77697265)), l: l}
	for _, e := range l.ends {
		if slices.ContainsFunc(e.addrs, func(a lab.Addr) bool { return len(a.IPs) > 0 }) {
			c.from = append(c.from, e)
		}
	}
	return c
}

// target is a destination of connections.
type target struct {
	addr     netip.Addr
	port     int // 0 for any
	protocol int // 0 for any
}

// Next returns a connection. ok is false if no host could send it.
func (c *Connections) Next() (Connection, bool) {
	if len(c.from) == 0 {
		return Connection{}, false
	}
	from := pick(c.Rand, c.from)
	mac := pick(c.Rand, slices.DeleteFunc(slices.Clone(from.addrs), func(a lab.Addr) bool { return len(a.IPs) == 0 }))
	f := frame{src: mac.MAC, ipSrc: pick(c.Rand, mac.IPs), ttl: 64, ethType: typeIPv4}
	v6 := f.ipSrc.Is6()
	if v6 {
		f.ethType = typeIPv6
	}
	to := c.target(from, v6)
	f.ipDst, f.dst = to.addr, c.nextHop(from, to.addr)
	f.proto = to.protocol
	if f.proto == 0 {
		f.proto = pick(c.Rand, []int{protoTCP, protoTCP, protoUDP, protoICMP})
	}
	f.srcPort = 20000 + c.IntN(40000)
	switch f.dstPort = to.port; {
	case f.dstPort != 0:
	case len(c.l.network.Services) > 0 && c.IntN(3) == 0:
		f.dstPort = int(pick(c.Rand, c.l.network.Services))
	default:
		f.dstPort = pick(c.Rand, []int{22, 53, 80, 443, 5432, 8080})
	}
	switch f.proto {
	case protoTCP:
		f.flags, f.seq = flagSYN, clientSequence
	case protoUDP:
		f.payload = []byte("ovnwalk")
	case protoICMP:
		f.icmpType, f.icmpID, f.payload = echoRequest, f.srcPort, []byte("ovnwalk")
		if v6 {
			f.proto, f.icmpType = protoICMP6, echoRequest6
		}
	}
	if c.IntN(4) == 0 {
		if k, g := pick(c.Rand, kinds), f; k.make(c, from, &g) {
			return Connection{from, g, k.name}, true
		}
	}
	return Connection{from: from, first: f}, true
}

// target chooses a destination of a family.
func (c *Connections) target(from *end, v6 bool) target {
	n := c.l.network
	var hosts, near, special, unknown []target
	for _, e := range c.l.ends {
		for _, a := range e.addrs {
			for _, ip := range a.IPs {
				if ip.Is6() == v6 && e != from {
					hosts = append(hosts, target{addr: ip})
					if c.routed(from, e) {
						near = append(near, target{addr: ip})
					}
				}
			}
		}
	}
	for _, v := range n.VIPs {
		if v.Addr.Is6() == v6 && v.Protocol != "sctp" {
			protocol := map[string]int{"tcp": protoTCP, "udp": protoUDP}[v.Protocol]
			if v.Port == 0 {
				protocol = 0
			}
			special = append(special, target{v.Addr, int(v.Port), protocol}, target{v.Addr, int(v.Port), protocol})
		}
	}
	for _, a := range n.Externals {
		if a.Is6() == v6 {
			special = append(special, target{addr: a}, target{addr: a})
		}
	}
	for _, r := range n.Routers {
		for _, p := range r.Ports {
			for _, net := range p.Nets {
				if net.Addr().Is6() == v6 {
					special = append(special, target{addr: net.Addr()})
				}
			}
		}
	}
	for _, a := range n.Remote {
		if a.Is6() == v6 {
			unknown = append(unknown, target{addr: a})
		}
	}
	nobody := "192.0.2.77"
	if v6 {
		nobody = "2001:db8::77"
	}
	unknown = append(unknown, target{addr: netip.MustParseAddr(nobody)})
	// The kinds with their weights. A kind without destinations is replaced by the next.
	kinds := [][]target{near, near, near, hosts, special, special, special, unknown}
	for i := c.IntN(len(kinds)); ; i++ {
		if kind := kinds[i%len(kinds)]; len(kind) > 0 {
			return pick(c.Rand, kind)
		}
	}
}

// routed reports whether two ends are on one switch, or on switches of one router.
func (c *Connections) routed(a, b *end) bool {
	return a.sw == b.sw || slices.ContainsFunc(a.sw.Routers, func(p *lab.RouterPort) bool {
		return slices.ContainsFunc(b.sw.Routers, func(q *lab.RouterPort) bool { return p.Router == q.Router })
	})
}

// nextHop returns the Ethernet address to which a host would send: that of a neighbor, else
// that of a router of its switch, else an unused one.
func (c *Connections) nextHop(from *end, to netip.Addr) string {
	for _, e := range c.l.ends {
		if e.sw == from.sw && e.has(to) {
			for _, a := range e.addrs {
				if slices.Contains(a.IPs, to) {
					return a.MAC
				}
			}
		}
	}
	for _, p := range from.sw.Routers {
		for _, n := range p.Nets {
			if n.Addr() == to {
				return p.MAC
			}
		}
	}
	if len(from.sw.Routers) == 0 {
		return "0a:00:00:00:00:fe"
	}
	return pick(c.Rand, from.sw.Routers).MAC
}

func pick[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }
