package lab

import (
	"fmt"
	"slices"
)

// An Addition is a feature of a network that only some releases have: those whose
// northbound schema has the column.
type Addition struct {
	Table, Column string
	North         Batch
}

// newer adds features of releases after 23.03. The ports that they need are VIFs, so that
// every release has them.
func (g *generator) newer() {
	if g.wire {
		g.wireAdditions()
	}
	for _, r := range g.n.Routers {
		if g.chance(.4) {
			g.policyChain(r)
		}
	}
	if len(g.n.Switches) > 1 && g.chance(.3) {
		pair := some(g.Rand, g.n.Switches, 2)
		g.peerSwitches(pair[0], pair[1])
	}
	for _, s := range g.n.Switches {
		if len(s.vifs()) == 0 {
			continue
		}
		if g.chance(.3) {
			g.mirrorTo(s)
		}
		if g.chance(.3) && !g.wire {
			g.healthChecks(s)
		}
		if g.chance(.3) {
			g.networkFunction(s)
		}
	}
	for _, s := range g.n.Switches {
		if !s.hasBare && g.chance(.4) {
			g.relay(s)
		}
	}
}

// addition adds commands for releases that have a column.
func (g *generator) addition(table, column string, draw func()) {
	outer := g.north
	g.north = nil
	draw()
	g.n.Additions = append(g.n.Additions, Addition{table, column, g.north})
	g.north = outer
}

// policyChain adds a chain of routing policies, and a policy that jumps to it or to a chain
// without policies.
func (g *generator) policyChain(r *Router) {
	g.addition("logical_router_policy", "jump_chain", func() {
		for range g.between(1, 3) {
			g.policy(r, "chain=inner")
		}
		jump := pick(g.Rand, "inner", "inner", "inner", "inner", "empty")
		g.createIn("logical_router", r.Name, "policies", "logical_router_policy", fmt.Sprintf("priority=%d", g.between(1, 40)*10),
			"match="+Quote(g.layer3(pick(g.Rand, "src", "dst"))), "action=jump", "jump_chain="+jump)
	})
}

// peerSwitches joins two switches by a pair of ports.
func (g *generator) peerSwitches(a, b *Switch) {
	p, q := g.bridgePort(a, "peer"), g.bridgePort(b, "peer")
	p.Type, q.Type = "switch", "switch"
	g.addition("logical_switch_port", "peer", func() {
		g.set("logical_switch_port", p.Name, "type=switch", "peer="+Quote(q.Name))
		g.set("logical_switch_port", q.Name, "type=switch", "peer="+Quote(p.Name))
	})
}

// bridgePort adds a port with unknown addresses.
func (g *generator) bridgePort(s *Switch, kind string) *Port {
	p := g.newPort(s, kind, "")
	s.hasBare = true
	g.set("logical_switch_port", p.Name, "addresses=unknown")
	return p
}

// mirrorTo adds a mirror of the packets of a VIF to a new port of any switch, with rules.
func (g *generator) mirrorTo(s *Switch) {
	from, sink := pick(g.Rand, s.vifs()...), g.bridgePort(pick(g.Rand, g.n.Switches...), "mirror")
	g.addition("mirror", "mirror_rules", func() {
		mirror, rules := g.row(), []string(nil)
		for range g.between(0, 3) {
			rules = append(rules, g.create("mirror_rule", fmt.Sprintf("priority=%d", g.between(1, 20)*10),
				"match="+Quote(g.match(g.between(0, 2))), "action="+pick(g.Rand, "mirror", "mirror", "skip")))
		}
		g.north.Add("--id="+mirror, "create", "mirror", "name=mirror-"+sink.Name, "type=lport", "sink="+Quote(sink.Name),
			"filter="+pick(g.Rand, "from-lport", "to-lport", "both"), "index=0", "mirror_rules=["+join(rules, ",")+"]")
		g.set("logical_switch_port", from.Name, "mirror_rules="+mirror)
	})
}

// healthChecks adds health checks of the IPv4 addresses of a VIF, from an address of its
// subnet.
func (g *generator) healthChecks(s *Switch) {
	p := pick(g.Rand, s.vifs()...)
	if !s.V4.IsValid() || len(p.ips()) == 0 {
		return
	}
	src := host(s.V4, 251)
	g.n.Remote = append(g.n.Remote, src)
	g.n.MACs = append(g.n.MACs, "12:34:56:78:9a:bc")
	g.addition("logical_switch_port", "health_checks", func() {
		for _, a := range p.ips() {
			if !a.Is4() {
				continue
			}
			words := []string{"src_ip=" + Quote(src.String()), "address=" + Quote(a.String())}
			if protocol := pick(g.Rand, "tcp", "udp", "icmp"); protocol == "icmp" {
				words = append(words, "protocol=icmp")
			} else {
				words = append(words, "protocol="+protocol, "port=80")
			}
			g.createIn("logical_switch_port", p.Name, "health_checks", "logical_switch_port_health_check", words...)
		}
	})
}

// networkFunction adds a network function with its two ports, and ACLs that send packets
// of VIFs through it.
func (g *generator) networkFunction(s *Switch) {
	protected := s.vifs()
	in, out := g.bridgePort(s, "nfin"), g.bridgePort(s, "nfout")
	number := 1 + slices.Index(g.n.Switches, s)
	g.addition("acl", "network_function_group", func() {
		for _, pair := range [][2]*Port{{in, out}, {out, in}} {
			g.set("logical_switch_port", pair[0].Name, option("options", "receive_multicast", "false"), option("options", "lsp_learn_fdb", "false"),
				option("options", "is-nf", "true"), option("options", "nf-linked-port", pair[1].Name))
		}
		function, group := g.row(), g.row()
		inport, outport := g.refer("logical_switch_port", in.Name), g.refer("logical_switch_port", out.Name)
		g.do("--id=%s create network_function name=nf%d id=%d inport=%s outport=%s", function, number, number, inport, outport)
		fallback := pick(g.Rand, "fail-open", "fail-close")
		g.do("--id=%s create network_function_group name=nfg%d id=%d mode=inline fallback=%s network_function=%s network_function_active=%s",
			group, number, number, fallback, function, function)
		for range g.between(1, 3) {
			direction := pick(g.Rand, "from-lport", "to-lport")
			text := fmt.Sprintf("%s == %s && %s", side(direction), Quote(pick(g.Rand, protected...).Name), g.match(g.between(0, 2)))
			g.aclRow("logical_switch", s.Name, direction, g.between(1, 50)*50, text, pick(g.Rand, "allow", "allow-related", "allow-related"),
				[]string{"network_function_group=" + group})
		}
	})
}

// relay has a router port relay the DHCP requests of its switch to a server.  Every VIF of
// the switch must have an Ethernet address: northd of OVN 26.03.90 reads that of each.
func (g *generator) relay(s *Switch) {
	for _, r := range g.n.Routers {
		p := r.on(s)
		servers := g.n.addresses(false)
		if p == nil || !p.v4().IsValid() || len(servers) == 0 {
			continue
		}
		server := pick(g.Rand, servers...)
		g.addition("logical_router_port", "dhcp_relay", func() {
			g.set("logical_router_port", p.Name, "dhcp_relay="+g.create("dhcp_relay", "name=relay-"+p.Name, "servers="+Quote(server.String())))
			g.set("logical_switch", s.Name, option("other_config", "dhcp_relay_port", p.peerName()))
		})
		return
	}
}
