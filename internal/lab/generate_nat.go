package lab

import (
	"fmt"
	"net/netip"
)

// translation draws the NAT rules of gateway routers, of routers with a
// distributed gateway port and, now and then, of routers with neither.
func (g *generator) translation() {
	if !g.with("nat", .7) {
		return
	}
	for _, r := range g.n.Routers {
		gateways := r.gateways()
		if len(gateways) == 0 && !r.Gateway && !g.chance(.1) {
			continue
		}
		if len(r.Ports) == 0 {
			continue
		}
		outside := r.Ports[len(r.Ports)-1]
		if len(gateways) > 0 {
			outside = gateways[len(gateways)-1]
		}
		for i := range g.between(1, 5) {
			if len(gateways) > 1 {
				outside = pick(g.Rand, gateways...)
			}
			g.nat(r, outside, i)
		}
	}
}

// gateways returns the router's distributed gateway ports.
func (r *Router) gateways() (all []*RouterPort) {
	for _, p := range r.Ports {
		if p.Distributed {
			all = append(all, p)
		}
	}
	return all
}

// nat adds one NAT rule of a router with a given external port, with further columns.
func (g *generator) nat(r *Router, outside *RouterPort, i int, columns ...string) {
	v6 := outside.v6().IsValid() && (g.chance(.3) || !outside.v4().IsValid())
	kind := pick(g.Rand, "snat", "snat", "dnat", "dnat_and_snat", "dnat_and_snat", "dnat_and_snat")
	own := outside.ip(v6)
	if !own.IsValid() {
		return
	}
	external := siblingHost(own, 20+10*r.index+i)
	if kind == "snat" && g.chance(.5) {
		external = own
	}
	inner := g.inside(r, outside, v6)
	if inner == nil {
		return
	}
	g.n.Externals = append(g.n.Externals, external)
	logical := inner.addr.String()
	if kind == "snat" && g.chance(.75) {
		length := 24
		if v6 {
			length = 64
		}
		logical = netip.PrefixFrom(inner.addr, length).Masked().String()
		if !v6 && g.chance(.1) {
			logical = "0.0.0.0/0"
		}
	}
	if g.wire && !g.translatesFirst(r, kind, logical) {
		return
	}
	id := g.row()
	words := []string{"--id=" + id, "create", "nat", "type=" + kind, "external_ip=" + Quote(external.String()), "logical_ip=" + Quote(logical)}
	plain := true
	switch {
	case kind == "dnat_and_snat" && g.chance(.35):
		mac := fmt.Sprintf("00:00:02:%02x:00:%02x", r.index, i)
		g.n.MACs = append(g.n.MACs, mac)
		words = append(words, "logical_port="+Quote(inner.port.Name), "external_mac="+Quote(mac))
		plain = false
	case kind == "dnat_and_snat" && g.chance(.3):
		words = append(words, option("options", "stateless", "true"))
		plain = false
	}
	if plain && g.chance(.12) && (kind == "snat" || !g.wire) { // datapaths differ in which destination port they take
		words = append(words, "external_port_range="+Quote("2000-3000"))
	}
	if len(g.sets) > 0 && g.chance(.25) {
		index := 0
		if v6 && len(g.sets) > 1 {
			index = 1
		}
		if v6 == (index == 1) {
			words = append(words, pick(g.Rand, "allowed_ext_ips", "exempted_ext_ips")+"="+g.refer("address_set", g.sets[index]))
		}
	}
	if g.chance(.1) {
		words = append(words, option("options", "add_route", "true"))
	}
	if outside.Distributed && (g.chance(.2) || len(r.gateways()) > 1) {
		words = append(words, "gateway_port="+g.refer("logical_router_port", outside.Name))
	}
	g.north.Add(append(words, columns...)...)
	g.do("add logical_router %s nat %s", r.Name, id)
}

// translatesFirst reports whether no earlier rule of the router translates the same source:
// which of two such rules a switch applies is undefined.
func (g *generator) translatesFirst(r *Router, kind, logical string) bool {
	key := r.Name + " " + logical
	if kind == "dnat" {
		return true
	}
	first := !g.translated[key]
	g.translated[key] = true
	return first
}

// insideHost is an address behind a router that a rule may translate.
type insideHost struct {
	port *Port
	addr netip.Addr
}

// inside returns a host behind the router, not on the side of the given port.
func (g *generator) inside(r *Router, outside *RouterPort, v6 bool) *insideHost {
	var all []insideHost
	for _, rp := range r.Ports {
		if rp == outside || rp.Switch == nil {
			continue
		}
		for _, p := range rp.Switch.Ports {
			if p.Type != "" && p.Type != "virtual" {
				continue
			}
			for _, a := range p.ips() {
				if a.Is6() == v6 {
					all = append(all, insideHost{p, a})
				}
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	h := pick(g.Rand, all...)
	return &h
}

// siblingHost returns an address in the network of a, with another last octet.
func siblingHost(a netip.Addr, last int) netip.Addr {
	bytes := a.AsSlice()
	bytes[len(bytes)-1] = byte(last)
	out, _ := netip.AddrFromSlice(bytes)
	return out
}
