package lab

import (
	"fmt"
	"slices"
)

// options draws options for networks on real chassis, most of them of releases after 23.03. Releases that
// do not know one ignore it.
func (g *generator) options() {
	global := g.setter("nb_global", ".", "options")
	global(.08, "always_tunnel", "true")
	global(.15, "acl_ct_translation", "true")
	for _, r := range g.n.Routers {
		set := g.setter("logical_router", r.Name, "options")
		set(.15, "ct-commit-all", "true")
		set(.15, "use_common_zone", "true")
		for _, p := range r.Ports {
			if p.Switch == nil {
				continue
			}
			g.setter("logical_switch_port", p.peerName(), "options")(.1, "enable_router_port_acl", "true")
		}
	}
	for _, s := range g.n.Switches {
		set := g.setter("logical_switch", s.Name, "other_config")
		set(.2, "broadcast-arps-to-all-routers", "false")
		set(.2, "enable-stateless-acl-with-lb", "true")
		for _, p := range s.vifs() {
			set := g.setter("logical_switch_port", p.Name, "options")
			set(.1, "pkt_clone_type", "mc_unknown")
			set(.1, "force_fdb_lookup", "true")
			set(.1, "disable_arp_nd_rsp", "true")
		}
	}
	for i := range g.balanced {
		set := g.setter("load_balancer", fmt.Sprintf("lb%d", i), "options")
		set(.15, "use_stateless_nat", "true")
		set(.1, "distributed", "true")
	}
}

// peerName returns the name of the switch's port to a router port.
func (p *RouterPort) peerName() string { return fmt.Sprintf("%s-lr%d", p.Switch.Name, p.Router.index) }

// tiers adds ACLs in several tiers to a switch, as network policies of administrators and of
// projects have them: a pass goes on with the next tier.
func (g *generator) tiers(s *Switch) {
	g.addition("acl", "tier", func() {
		for tier := range g.between(2, 3) {
			for range g.between(1, 3) {
				direction := pick(g.Rand, "from-lport", "to-lport")
				action := pick(g.Rand, "pass", "pass", "allow", "allow-related", "allow-related", "drop", "reject")
				columns := []string{fmt.Sprintf("tier=%d", tier)}
				if action == "allow-related" && g.chance(.3) {
					columns = append(columns, option("options", "persist-established", "true"))
				}
				g.aclRow("logical_switch", s.Name, direction, g.between(1, 40)*50, g.match(g.between(0, 2)), action, columns)
			}
		}
	})
}

// samples adds ACLs whose packets are sampled.
func (g *generator) samples(s *Switch) {
	g.addition("acl", "sample_new", func() {
		collector := g.create("sample_collector", fmt.Sprintf("id=%d", 1+s.index), fmt.Sprintf("name=collector%d", s.index), "probability=65535", fmt.Sprintf("set_id=%d", 1+s.index))
		for range g.between(1, 3) {
			var columns []string
			for _, column := range some(g.Rand, []string{"sample_new", "sample_est"}, g.between(1, 2)) {
				columns = append(columns, column+"="+g.create("sample", "collectors="+collector, fmt.Sprintf("metadata=%d", g.between(1, 1<<20))))
			}
			g.aclRow("logical_switch", s.Name, pick(g.Rand, "from-lport", "to-lport"), g.between(1, 40)*50, g.match(g.between(0, 2)),
				pick(g.Rand, "allow", "allow-related", "allow-related", "drop", "reject"), columns)
		}
	})
}

// matchedNAT adds NAT rules for some packets only.
func (g *generator) matchedNAT() {
	for _, r := range g.n.Routers {
		gateways := r.gateways()
		if len(gateways) == 0 && !r.Gateway || len(r.Ports) == 0 || !g.chance(.3) {
			continue
		}
		outside := r.Ports[len(r.Ports)-1]
		if len(gateways) > 0 {
			outside = pick(g.Rand, gateways...)
		}
		g.addition("nat", "match", func() {
			for i := range g.between(1, 2) {
				g.nat(r, outside, 8+i, "priority="+fmt.Sprint(g.between(0, 9)), "match="+Quote(g.match(g.between(0, 1))))
			}
		})
	}
}

// wireAdditions adds the features of later releases to a network on real chassis. None of them sends probes.
func (g *generator) wireAdditions() {
	g.options()
	g.matchedNAT()
	for _, s := range slices.Clone(g.n.Switches) {
		if g.chance(.25) {
			g.tiers(s)
		}
		if g.chance(.15) {
			g.samples(s)
		}
	}
}
