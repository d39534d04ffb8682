package lab

import (
	"fmt"
	"net/netip"
)

// The first tunnel keys of remote router ports and of pods.
const (
	routerPortKey = 1
	podKey        = 10
)

// layer3 generates a network with a router and a switch of its own in each zone, joined by
// a transit switch.
func (x *interconnect) layer3() {
	n := x.newNetwork()
	key, ts := x.key(), n.prefix+"transit_switch"
	gateways := n.index == 0 || x.chance(.3)
	pods, secure, egress := x.between(1, 3), x.chance(.7), x.chance(.35)
	transit := &Switch{Name: ts}
	crossing := func(z int) []netip.Prefix { return n.prefixes("100.%d.0.%d/16", "fd97:%x::%x/64", 88+n.index, z+1) }
	crossingMAC := func(z int) string { return mac(0x64, 0x58, n.index, z+1) }
	joining := func(z int) []netip.Prefix { return n.prefixes("100.%d.0.%d/16", "fd98:%x::%x/64", 64+n.index, z+1) }
	x.each(func(z int, g *generator) {
		node := fmt.Sprintf("%snode%d", n.prefix, z)
		r := g.newRouterIn(n.prefix + "ovn_cluster_router")
		s := g.newSwitchIn(&Switch{Name: node, index: z})
		n.switches, n.routers, n.joined = append(n.switches, s), append(n.routers, r), append(n.joined, r)
		g.link(s, "stor-"+node, r, "rtos-"+node, mac(20+n.index, z, 0, 1), n.subnet(z), 0)
		management := Addr{MAC: mac(20+n.index, z, 0, 2), IPs: hosts(n.subnet(z), 2)}
		g.pod(s, "k8s-"+node, management, g.gateway(), false, 0)
		for i := range pods {
			a := Addr{MAC: mac(20+n.index, z, 0, 3+i), IPs: hosts(n.subnet(z), 3+i)}
			n.pods[z-1] = append(n.pods[z-1], g.pod(s, fmt.Sprintf("%spod%d-%d", n.prefix, z, i), a, g.host(), secure, 0))
		}
		g.newSwitchIn(transit, option("other_config", "interconn-ts", ts), option("other_config", "requested-tnl-key", key))
		g.link(transit, "tstor-"+node, r, "rtots-"+node, crossingMAC(z), crossing(z), routerPortKey+z)
		for m, other := range x.others(z) {
			g.remote(transit, fmt.Sprintf("tstor-%snode%d", n.prefix, m), Addr{MAC: crossingMAC(m), IPs: ipsOf(crossing(m))}.String(), other.gateway(), routerPortKey+m)
			for _, net := range n.subnet(m) {
				hop := addressOf(crossing(m), net.Addr())
				g.do("lr-route-add %s %s %s", r.Name, net.Masked(), hop)
				if gateways {
					ip := addressOf(joining(m), net.Addr())
					g.do("lr-route-add %s %s/%d %s", r.Name, ip, ip.BitLen(), hop)
				}
			}
		}
		if !gateways {
			return
		}
		js := g.newSwitchIn(&Switch{Name: n.prefix + "join"})
		gr := x.gatewayRouter(n, z, g)
		g.link(js, n.prefix+"jtor-cluster", r, n.prefix+"rtoj-cluster", mac(0x64, 0x40, n.index, 1), joining(0), 0)
		g.link(js, "jtor-"+gr.Name, gr, "rtoj-"+gr.Name, mac(0x64, 0x40, n.index, z+1), joining(z), 0)
		for _, net := range n.subnet(z) {
			hop := addressOf(joining(0), net.Addr())
			prefix := 16
			if net.Addr().Is6() {
				prefix = 48
			}
			g.do("lr-route-add %s %s %s", gr.Name, netip.PrefixFrom(net.Addr(), prefix).Masked(), hop)
			g.do("--policy=src-ip lr-route-add %s %s %s", r.Name, net.Masked(), addressOf(joining(z), net.Addr()))
			x.snat(g, gr, net)
		}
		family := map[bool]string{true: "ip4", false: "ip6"}
		for _, net := range n.subnet(z) {
			ip := family[net.Addr().Is4()]
			wide := 16
			if ip == "ip6" {
				wide = 48
			}
			cluster, joins := netip.PrefixFrom(net.Addr(), wide).Masked(), netip.PrefixFrom(addressOf(joining(0), net.Addr()), wide).Masked()
			g.north.Add("lr-policy-add", r.Name, "102", fmt.Sprintf("%[1]s.src == %[2]s && %[1]s.dst == %[2]s", ip, cluster), "allow")
			g.north.Add("lr-policy-add", r.Name, "102", fmt.Sprintf("%[1]s.src == %[2]s && %[1]s.dst == %[3]s", ip, cluster, joins), "allow")
			if own := addressOf(gr.external().Nets, net.Addr()); own.IsValid() {
				g.north.Add("lr-policy-add", r.Name, "1004", fmt.Sprintf("inport == %s && %s.dst == %s", Quote("rtos-"+node), ip, own), "reroute", addressOf(hostPrefixes(n.subnet(z), 2), net.Addr()).String())
			}
		}
	})
	if gateways && egress {
		x.egressIP(n, crossing, joining)
	}
}

// egressIP routes packets of pods through gateway routers of other zones.
func (x *interconnect) egressIP(n *zonedNetwork, crossing, joining func(int) []netip.Prefix) {
	from := x.IntN(len(x.zones))
	if len(n.pods[from]) == 0 {
		return
	}
	pod := pick(x.Rand, n.pods[from]...)
	for _, ip := range pod.ips() {
		family := "ip4"
		if ip.Is6() {
			family = "ip6"
		}
		var hops []string
		for z := range x.zones {
			if z != 0 && !x.chance(.6) {
				continue
			}
			g, gr := x.zones[z], n.gateways[z]
			own := addressOf(gr.external().Nets, ip)
			if !own.IsValid() {
				continue
			}
			leave := host(netip.PrefixFrom(own, own.BitLen()), 10)
			g.do("lr-nat-add %s snat %s %s", gr.Name, leave, ip)
			hop := addressOf(joining(z+1), ip)
			if z != from {
				g.north.Add("lr-policy-add", n.routers[z].Name, "100", family+".src == "+ip.String(), "reroute", hop.String())
				hop = addressOf(crossing(z+1), ip)
			}
			hops = append(hops, hop.String())
		}
		if len(hops) > 0 {
			x.zones[from].north.Add("lr-policy-add", n.routers[from].Name, "100", family+".src == "+ip.String(), "reroute", join(hops, ","))
		}
	}
}

// gatewayRouter adds a zone's gateway router of a network, with its port to the physical
// network.
func (x *interconnect) gatewayRouter(n *zonedNetwork, z int, g *generator) *Router {
	name := fmt.Sprintf("GR_%snode%d", n.prefix, z)
	options := []string{option("options", "chassis", g.gateway())}
	add := func(key, value string, drawn bool) {
		if drawn {
			options = append(options, option("options", key, value))
		}
	}
	add("lb_force_snat_ip", "router_ip", n.index%2 == 0)
	add("always_learn_from_arp_request", "false", true)
	add("dynamic_neigh_routers", "true", x.chance(.8))
	add("snat-ct-zone", "0", x.chance(.5))
	gr := g.newRouterIn(name, options...)
	gr.Gateway = true
	n.gateways = append(n.gateways, gr)
	ext := g.newSwitchIn(&Switch{Name: fmt.Sprintf("%sext_node%d", n.prefix, z)})
	nets := n.prefixes("172.18.%d.%d/16", "fd18::%x:%x/64", n.index, z+1)
	p := g.link(ext, "etor-"+name, gr, "rtoe-"+name, fmt.Sprintf("02:42:ac:12:%02x:%02x", n.index, z+1), nets, 0)
	x.physical.Routers = append(x.physical.Routers, p)
	ln := "br-ex_" + ext.Name
	g.do("lsp-add %s %s", ext.Name, ln)
	g.set("logical_switch_port", ln, "type=localnet", "addresses=unknown", option("options", "network_name", DefaultPhysical))
	for _, net := range nets {
		g.do("lr-route-add %s %s %s %s", name, anyPrefix(net.Addr()), addressOf(hostPrefixes([]netip.Prefix{x.physical.V4, x.physical.V6}, 0xfe), net.Addr()), p.Name)
	}
	return gr
}

// external returns a gateway router's port to the physical network.
func (r *Router) external() *RouterPort { return r.Ports[0] }

// snat translates the source of packets that leave a network, for the whole network or for
// each pod.
func (x *interconnect) snat(g *generator, gr *Router, net netip.Prefix) {
	out := addressOf(gr.external().Nets, net.Addr())
	if !x.chance(.3) {
		g.do("lr-nat-add %s snat %s %s", gr.Name, out, net.Masked())
		return
	}
	for i := range 3 {
		g.do("lr-nat-add %s snat %s %s", gr.Name, out, host(net.Masked(), 3+i))
	}
}

// layer2 generates a network with one switch in all zones. In each zone, the ports of other
// zones are remote. It may have a gateway router in each zone.
func (x *interconnect) layer2(gateways bool) {
	n := x.newNetwork()
	name := n.prefix + "ovn_layer2_switch"
	s := &Switch{Name: name, index: 64 + n.index}
	key, pods, secure, snoop := x.key(), x.between(1, 3), x.chance(.7), x.chance(.25)
	net := n.prefixes("10.%d.0.0/16", "fd%x::/64", 100+n.index)
	pod := func(z, i int) Addr { return Addr{MAC: mac(100+n.index, 0, z, 3+i), IPs: hosts(net, z<<8+3+i)} }
	gwNets := func(z int) []netip.Prefix { return hostPrefixes(net, z+1) }
	gwMAC := func(z int) string { return mac(100+n.index, 0, 0, z+1) }
	x.each(func(z int, g *generator) {
		config := []string{option("other_config", "requested-tnl-key", key)}
		if x.chance(.9) {
			config = append(config, option("other_config", "interconn-ts", name))
		}
		if snoop {
			config = append(config, option("other_config", "mcast_snoop", "true"), option("other_config", "mcast_querier", "false"), option("other_config", "mcast_flood_unregistered", "true"))
		}
		g.newSwitchIn(s, config...)
		n.switches = append(n.switches, s)
		for i := range pods {
			n.pods[z-1] = append(n.pods[z-1], g.pod(s, fmt.Sprintf("%sl2pod%d-%d", n.prefix, z, i), pod(z, i), g.host(), secure, podKey*z+10+i))
		}
		if !gateways {
			return
		}
		gr := x.gatewayRouter(n, z, g)
		n.joined = append(n.joined, gr)
		g.link(s, "stor-"+gr.Name, gr, "rtos-"+gr.Name, gwMAC(z), gwNets(z), routerPortKey+z)
		for _, p := range net {
			x.snat(g, gr, p)
		}
	})
	x.each(func(z int, g *generator) {
		for m, other := range x.others(z) {
			for i, p := range n.pods[m-1] {
				at := other.n.boundTo(p.Name)
				g.remote(s, p.Name, pod(m, i).String(), at, podKey*m+10+i)
			}
			if gateways {
				g.remote(s, fmt.Sprintf("stor-GR_%snode%d", n.prefix, m), Addr{MAC: gwMAC(m), IPs: ipsOf(gwNets(m))}.String(), other.gateway(), routerPortKey+m)
			}
		}
	})
}

// boundTo returns the chassis of a port.
func (n *Network) boundTo(port string) string {
	for _, b := range n.ChassisRows.Bound {
		if b.Port == port {
			return b.Chassis
		}
	}
	return ""
}

// transitRouter generates a layer 2 network behind a router of all zones. Its ports to the
// gateway routers of other zones are remote.
func (x *interconnect) transitRouter() {
	n := x.newNetwork()
	name := n.prefix + "ovn_layer2_switch"
	s := &Switch{Name: name, index: 80 + n.index}
	switchKey, routerKey, pods, secure := x.key(), x.key(), x.between(1, 2), x.chance(.7)
	net := n.prefixes("10.%d.0.0/16", "fd%x::/64", 100+n.index)
	crossing := func(z, end int) []netip.Prefix {
		return n.prefixes("100.%[1]d.%[2]d.%[3]d/24", "fd97:%[1]x:0:%[2]x::%[3]x/64", 96+n.index, z, end)
	}
	x.each(func(z int, g *generator) {
		g.newSwitchIn(s, option("other_config", "interconn-ts", name), option("other_config", "requested-tnl-key", switchKey))
		n.switches = append(n.switches, s)
		tr := g.newRouterIn(n.prefix+"transit_router", option("options", "requested-tnl-key", routerKey))
		n.joined = append(n.joined, tr)
		p := g.link(s, "stotr-"+name, tr, "trtos-"+name, mac(100+n.index, 0, 0, 1), hostPrefixes(net, 1), 30000)
		g.set("logical_router_port", p.Name, option("options", "requested-tnl-key", 30000))
		gr := x.gatewayRouter(n, z, g)
		for m, other := range x.zones {
			m++
			near := fmt.Sprintf("%strtor-GR_node%d", n.prefix, m)
			far := fmt.Sprintf("%srtotr-GR_node%d", n.prefix, m)
			if m == z {
				g.peers(tr, near, mac(0x64, 0x60, m, 1), crossing(m, 1), gr, far, mac(0x64, 0x60, m, 2), crossing(m, 2))
			} else {
				g.north.Add(append([]string{"lrp-add", tr.Name, near, mac(0x64, 0x60, m, 1)}, texts(crossing(m, 1))...)...)
				g.set("logical_router_port", near, option("options", "requested-chassis", other.gateway()))
			}
			g.set("logical_router_port", near, option("options", "requested-tnl-key", routerPortKey+m))
		}
		for _, a := range net {
			g.do("lr-route-add %s %s %s", gr.Name, a.Masked(), addressOf(crossing(z, 1), a.Addr()))
			x.snat(g, gr, a)
		}
		for i := range pods {
			a := Addr{MAC: mac(100+n.index, 0, z, 3+i), IPs: hosts(net, z<<8+3+i)}
			n.pods[z-1] = append(n.pods[z-1], g.pod(s, fmt.Sprintf("%strpod%d-%d", n.prefix, z, i), a, g.host(), secure, podKey*z+10+i))
		}
	})
	x.each(func(z int, g *generator) {
		for m, other := range x.zones {
			for i, p := range n.pods[m] {
				if m+1 != z {
					g.remote(s, p.Name, p.Addrs[0].String(), other.n.boundTo(p.Name), podKey*(m+1)+10+i)
				}
				for _, ip := range p.ips() { // packets of a pod leave by the gateway router of its zone
					g.do("--policy=src-ip lr-route-add %s %s/%d %s", n.joined[z-1].Name, ip, ip.BitLen(), addressOf(crossing(m+1, 2), ip))
				}
			}
		}
	})
}

// localnet generates a network with a switch of its own in each zone, on the physical
// network.
func (x *interconnect) localnet() {
	n := x.newNetwork()
	s := x.physical
	x.each(func(z int, g *generator) {
		at := &Switch{Name: fmt.Sprintf("%slocalnet_switch", n.prefix)}
		g.newSwitchIn(at)
		ln := n.prefix + "localnet_port"
		g.do("lsp-add %s %s", at.Name, ln)
		g.set("logical_switch_port", ln, "type=localnet", "addresses=unknown", option("options", "network_name", DefaultPhysical))
		for i := range x.between(1, 2) {
			a := Addr{MAC: mac(0x77, n.index, z, 3+i), IPs: hosts([]netip.Prefix{s.V4, s.V6}, 0x7000+z<<8+3+i)}
			p := g.pod(at, fmt.Sprintf("%slnpod%d-%d", n.prefix, z, i), a, g.host(), x.chance(.6), 0)
			at.Ports = at.Ports[:len(at.Ports)-1]
			p.Switch, s.Ports = s, append(s.Ports, p)
			n.pods[z-1] = append(n.pods[z-1], p)
		}
		n.switches = append(n.switches, at)
	})
}

// hosts returns the addresses of a number in each prefix, hostPrefixes the same with the
// prefixes' lengths.
func hosts(nets []netip.Prefix, number int) (all []netip.Addr) {
	for _, n := range nets {
		all = append(all, host(n, number))
	}
	return all
}

func hostPrefixes(nets []netip.Prefix, number int) (all []netip.Prefix) {
	for _, n := range nets {
		all = append(all, netip.PrefixFrom(host(n, number), n.Bits()))
	}
	return all
}

func ipsOf(nets []netip.Prefix) (all []netip.Addr) {
	for _, n := range nets {
		all = append(all, n.Addr())
	}
	return all
}
