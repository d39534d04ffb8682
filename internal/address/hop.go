package address

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// neighbors are the known Ethernet addresses of the hosts on a datapath.
type neighbors map[netip.Addr]uint64

// routerPort is a router's port at the other end of a switch's port.
type routerPort struct {
	port       *lflow.Port // the router's
	switchPort *lflow.Port // the switch's
	host       Host
}

// String returns the router's name and its addresses there.
func (g routerPort) String() string {
	var ips []string
	for _, p := range g.host.IPs {
		ips = append(ips, p.Addr().String())
	}
	return fmt.Sprintf("%s by %s (%s)", g.port.Datapath.DisplayName(true), g.port.DisplayName(true), strings.Join(ips, " "))
}

// holds reports whether an address is in one of the gate's networks.
func (g routerPort) holds(ip netip.Addr) bool {
	return slices.ContainsFunc(g.host.IPs, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// neighbors returns who is on a datapath.
func (b *Resolver) neighbors(d *lflow.Datapath) neighbors {
	return b.on.get(d, func() neighbors {
		on := neighbors{}
		for _, p := range b.ports(d) {
			for _, h := range b.Hosts(p) {
				for _, ip := range h.IPs {
					if _, twice := on[ip.Addr()]; !twice {
						on[ip.Addr()] = h.MAC
					}
				}
			}
		}
		return on
	})
}

// ports returns the ports of a datapath, sorted by name.
func (b *Resolver) ports(d *lflow.Datapath) []*lflow.Port {
	return b.portsThat(func(p *lflow.Port) bool { return p.Datapath == d })
}

// routerPorts returns the routers' ports that are attached to a datapath.
func (b *Resolver) routerPorts(d *lflow.Datapath) []routerPort {
	return b.gates.get(d, func() (out []routerPort) {
		for _, p := range b.ports(d) {
			if p.Peer == nil || p.Peer.Datapath.Type != router {
				continue
			}
			for _, text := range p.Peer.AddressTexts() {
				if h, ok := parseHost(text); ok {
					out = append(out, routerPort{p.Peer, p, h})
				}
			}
		}
		return out
	})
}

// NextHop returns the Ethernet address to which the system of a port sends packets for an IP address;
// ok is false if it cannot be found.
func (b *Resolver) NextHop(from *lflow.Port, ip netip.Addr) (m uint64, ok bool) {
	f := ipv6
	if ip.Is4() {
		f = ipv4
	}
	a := builder{b: b, from: from, hosts: b.Hosts(from), constraints: &constraints{}}
	host, src, err := a.sender(f, destination{ip: ip})
	if err != nil {
		return 0, false
	}
	m, err = a.nextHop(host, src, ip, "")
	return m, err == nil
}

// Gateway is the only router that is attached to a switch.
type Gateway struct {
	MAC  uint64
	IPs  []netip.Prefix // its addresses, with its networks
	near func(netip.Addr) bool
}

// Gateway returns the router of a switch, or nil if there is none or several.
func (b *Resolver) Gateway(d *lflow.Datapath) *Gateway {
	gates := b.routerPorts(d)
	if d.Type == router || len(gates) != 1 {
		return nil
	}
	on := b.neighbors(d)
	return &Gateway{MAC: gates[0].host.MAC, IPs: gates[0].host.IPs, near: func(ip netip.Addr) bool {
		_, known := on[ip]
		return known || gates[0].holds(ip) || ip.IsLinkLocalUnicast() || ip.IsMulticast()
	}}
}

// Leads reports whether the router is the next hop of packets to an address, from
// every system on the switch that has an address of its family.
func (g *Gateway) Leads(ip netip.Addr) bool { return !g.near(ip) }

// nextHop returns the Ethernet address to which the sender's system would send
// a packet from one IP address to another.
func (a *builder) nextHop(from Host, src, dst netip.Addr, via string) (uint64, error) {
	if via != "" {
		return a.via(via)
	}
	d := a.from.Datapath
	if d.Type == router { // a packet that another system sent to the router's port
		if len(a.hosts) == 0 {
			return 0, &Error{fmt.Sprintf("router port %s has no Ethernet address in this database: say eth.dst in the packet", a.from.DisplayName(true))}
		}
		return a.hosts[0].MAC, nil
	}
	if m, ok := multicast(dst); ok {
		return m, nil
	}
	if m, ok := a.b.neighbors(d)[dst]; ok {
		return m, nil
	}
	gates := a.b.routerPorts(d)
	var out, near []routerPort // the routers that may lead further, those on whose network the destination is
	for _, g := range gates {
		if g.holds(dst) {
			near = append(near, g)
		}
		if !src.IsValid() || g.holds(src) {
			out = append(out, g)
		}
	}
	if len(near) > 0 || len(gates) == 0 || dst.IsLinkLocalUnicast() {
		return a.neighbor(from, src, dst, near)
	}
	if len(out) == 0 {
		out = gates
	}
	return a.gateway(out, dst)
}

// neighbor returns the Ethernet address of a destination on the sender's own
// network.
func (a *builder) neighbor(from Host, src, dst netip.Addr, near []routerPort) (uint64, error) {
	if m, ok := a.b.resolveMAC(arpQuery{a.from, from.MAC, src, dst}); ok {
		return m, nil
	}
	for _, g := range near {
		ip := packet.FromAddr(dst)
		if dst.Is4() {
			ip = packet.MapIPv4(ip.Lo)
		}
		if m, ok := g.port.Datapath.MACBinding(g.port.Key, ip); ok {
			return m, nil
		}
	}
	return 0, &Error{fmt.Sprintf("nobody on %s has or answers for %s: say eth.dst in the packet, or name a router to send it via",
		a.from.Datapath.DisplayName(true), dst)}
}

// gateway picks the router that leads to a destination elsewhere: the only one,
// or the only one with a port on the destination's network.
func (a *builder) gateway(gates []routerPort, dst netip.Addr) (uint64, error) {
	if len(gates) == 1 {
		return gates[0].host.MAC, nil
	}
	var direct []routerPort
	for _, g := range gates {
		for _, p := range a.b.n.Ports() {
			if p.Datapath == g.port.Datapath && p != g.port && p.Type != "chassisredirect" && a.b.isConnected(p, dst) {
				direct = append(direct, g)
				break
			}
		}
	}
	if len(direct) == 1 {
		return direct[0].host.MAC, nil
	}
	e := &RouterChoiceError{Datapath: a.from.Datapath.DisplayName(true), To: dst.String()}
	for _, g := range gates {
		e.Ports = append(e.Ports, g.port.Name)
		e.Routers = append(e.Routers, g.String())
	}
	return 0, e
}

// isConnected reports whether an address is on a router's port's network.
func (b *Resolver) isConnected(p *lflow.Port, ip netip.Addr) bool {
	for _, text := range p.AddressTexts() {
		if h, ok := parseHost(text); ok && (routerPort{host: h}).holds(ip) {
			return true
		}
	}
	return false
}

// via returns the Ethernet address of the next hop that the probe names.
func (a *builder) via(name string) (uint64, error) {
	if m, ok := packet.ParseMAC(name); ok {
		return m, nil
	}
	gates := a.b.routerPorts(a.from.Datapath)
	if ip, err := netip.ParseAddr(name); err == nil {
		if m, ok := a.b.neighbors(a.from.Datapath)[ip]; ok {
			return m, nil
		}
		return 0, &Error{fmt.Sprintf("nobody on %s has the next hop's address %s", a.from.Datapath.DisplayName(true), name)}
	}
	p, err := a.b.Port(name)
	if p != nil {
		if p.Distributed != nil { // the port of a chassisredirect port
			p = p.Distributed
		}
		for _, g := range gates {
			if g.port == p || g.switchPort == p {
				return g.host.MAC, nil
			}
		}
		if hosts := a.b.Hosts(p); p.Datapath == a.from.Datapath && len(hosts) > 0 {
			return hosts[0].MAC, nil
		}
	}
	routers := a.b.datapathsCalled(name)
	var named []routerPort
	var names []string
	for _, g := range gates {
		if slices.Contains(routers, g.port.Datapath) {
			named = append(named, g)
		}
		names = append(names, g.String())
	}
	switch {
	case len(named) == 1:
		return named[0].host.MAC, nil
	case len(named) > 1:
		e := &Error{fmt.Sprintf("cannot send via %s: it is attached to %s more than once; name the port:", name, a.from.Datapath.DisplayName(true))}
		for _, g := range named {
			e.Msg += "\n  " + g.port.DisplayName(true) + " (" + g.String() + ")"
		}
		return 0, e
	}
	if _, ok := errors.AsType[*AmbiguousError](err); ok {
		return 0, err
	}
	if len(names) == 0 {
		return 0, &Error{fmt.Sprintf("cannot send via %s: no router is attached to %s", name, a.from.Datapath.DisplayName(true))}
	}
	return 0, &Error{fmt.Sprintf("cannot send via %s, which is not attached to %s: the routers there are %s",
		name, a.from.Datapath.DisplayName(true), strings.Join(names, ", "))}
}

// multicast returns the Ethernet address of a broadcast or multicast address,
// RFC 1112 section 6.4 and RFC 2464 section 7.
func multicast(ip netip.Addr) (uint64, bool) {
	v := packet.FromAddr(ip)
	switch {
	case ip.Is4() && v.Lo == 0xffffffff:
		return 0xffffffffffff, true
	case ip.Is4() && ip.IsMulticast():
		return 0x01005e000000 | v.Lo&0x7fffff, true
	case ip.IsMulticast():
		return packet.MulticastMAC(v), true
	}
	return 0, false
}
