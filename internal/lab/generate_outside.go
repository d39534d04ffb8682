package lab

import (
	"fmt"
	"net/netip"
	"slices"
)

// outside generates the hosts on the physical network: one or two in the subnet of each
// public switch. Most of the routers there have their Ethernet addresses.
func (g *generator) outside() {
	if !g.wire {
		return
	}
	for _, s := range g.n.Switches {
		if !s.public() {
			continue
		}
		for i := range g.between(1, 2) {
			o := Outside{Name: fmt.Sprintf("out%d-%d", s.index, i), Switch: s, Addr: Addr{MAC: fmt.Sprintf("1e:d5:ec:49:df:%x%x", s.index, 4+i)}}
			if s.V4.IsValid() {
				o.IPs = append(o.IPs, host(s.V4, 9-i))
			}
			if s.V6.IsValid() {
				o.IPs = append(o.IPs, host(s.V6, 9-i))
			}
			g.n.Outside = append(g.n.Outside, o)
			for _, p := range s.Routers {
				if !g.chance(.8) {
					continue
				}
				for _, a := range o.IPs {
					g.north.Add("create", "static_mac_binding", "logical_port="+p.Name, "ip="+Quote(a.String()), "mac="+Quote(o.MAC))
				}
			}
		}
	}
}

// bindAll binds every VIF to one of the chassis, or to its requested ones.
func (g *generator) bindAll() {
	for _, s := range g.n.Switches {
		for _, p := range s.vifs() {
			on := p.Chassis
			if len(on) == 0 {
				on = []string{g.host()}
			}
			for _, name := range on {
				g.n.ChassisRows.Bound = append(g.n.ChassisRows.Bound, Binding{Port: p.Name, Chassis: name})
			}
		}
	}
}

// on returns the router's port on a switch, or nil.
func (r *Router) on(s *Switch) *RouterPort {
	for _, p := range r.Ports {
		if p.Switch == s {
			return p
		}
	}
	return nil
}

// reaches reports whether an address is in one of the port's networks.
func (p *RouterPort) reaches(a netip.Addr) bool {
	return slices.ContainsFunc(p.Nets, func(n netip.Prefix) bool { return n.Contains(a) })
}
