package lab

import (
	"fmt"
	"net/netip"
)

// multicast generates snooping on switches, and the groups of their hosts.
func (g *generator) multicast() {
	if !g.with("multicast", .4) {
		return
	}
	for _, s := range g.n.Switches {
		if !g.chance(.7) {
			continue
		}
		set := g.setter("logical_switch", s.Name, "other_config")
		set(1, "mcast_snoop", "true")
		if g.chance(.5) {
			set(1, "mcast_querier", "false")
		} else if s.V4.IsValid() {
			set(1, "mcast_eth_src", "00:00:00:00:00:fe")
			set(1, "mcast_ip4_src", host(s.V4, 8))
			if s.V6.IsValid() {
				set(.8, "mcast_ip6_src", "fe80::fe")
			}
		}
		set(.35, "mcast_flood_unregistered", "true")
		set(.2, "mcast_query_interval", 30)
		set(.2, "mcast_table_size", 1000)
		timeout := 60
		if g.wire { // members join once
			timeout = 3600
		}
		set(.2, "mcast_idle_timeout", timeout)
		vifs := s.vifs()
		groups := []string{"239.0.1.68", "239.0.1.69", "224.0.1.1", "ff0e::1234", "ff05::2"}
		for _, group := range some(g.Rand, groups, g.between(1, 3)) {
			a := netip.MustParseAddr(group)
			g.n.Groups = append(g.n.Groups, a)
			m := IGMPMembership{Switch: s.Name, Chassis: g.host(), Group: a, Ports: names(some(g.Rand, vifs, g.between(1, 2)))}
			if len(m.Ports) > 0 {
				g.n.ChassisRows.Members = append(g.n.ChassisRows.Members, m)
			}
		}
	}
}

// protection generates the meters that protect ovn-controller, and mirrors, which have no
// flow.
func (g *generator) protection() {
	if g.wire { // the effect of a meter depends on the time
		return
	}
	if g.with("copp", .25) {
		words := []string{"name=copp0"}
		for _, protocol := range some(g.Rand, []string{
			"arp", "arp-resolve", "dhcpv4-opts", "dhcpv6-opts", "dns", "event-elb", "icmp4-error", "icmp6-error", "igmp",
			"nd-na", "nd-ns", "nd-ns-resolve", "nd-ra-opts", "tcp-reset", "reject", "svc-monitor", "bfd",
		}, g.between(4, 17)) {
			words = append(words, option("meters", protocol, pick(g.Rand, g.meterList...)))
		}
		id := g.create("copp", words...)
		for _, s := range g.n.Switches {
			if g.chance(.7) {
				g.set("logical_switch", s.Name, "copp="+id)
			}
		}
		for _, r := range g.n.Routers {
			if g.chance(.7) {
				g.set("logical_router", r.Name, "copp="+id)
			}
		}
	}
	if g.chance(.1) {
		g.do("mirror-add mir0 gre 1 from-lport 192.0.2.99")
		for _, p := range g.n.Switches[0].vifs() {
			g.do("lsp-attach-mirror %s mir0", p.Name)
		}
	}
}

// fdbEntry returns the MAC address of a machine behind the switch's i-th port.
func fdbEntry(s *Switch, i int) string { return fmt.Sprintf("02:de:ad:be:%02x:%02x", s.index, i) }

// learn generates the rows that the chassis would have written: the chassis of ports, the
// neighbors of routers and the addresses behind ports.
func (g *generator) learn() {
	l := &g.n.ChassisRows
	if g.wire {
		g.bindAll()
		return
	}
	for _, s := range g.n.Switches {
		for i, p := range s.Ports {
			switch p.Type {
			case "":
				if g.chance(.85) {
					l.Bound = append(l.Bound, Binding{Port: p.Name, Chassis: g.host()})
				}
			case "localnet", "vtep", "l2gateway":
				if g.chance(.6) {
					l.Stations = append(l.Stations, FDBEntry{Port: p.Name, MAC: fdbEntry(s, i)})
				}
			}
			if p.Type == "" && g.chance(.1) {
				l.Stations = append(l.Stations, FDBEntry{Port: p.Name, MAC: fdbEntry(s, i)})
			}
		}
	}
	for _, r := range g.n.Routers {
		for _, v6 := range []bool{false, true} {
			seen := map[netip.Addr]bool{}
			for _, h := range g.hops(r, v6) {
				if !seen[h.addr] && g.chance(.3) {
					seen[h.addr] = true
					l.Neighbors = append(l.Neighbors, Neighbor{Port: h.port.Name, IP: h.addr, MAC: "1e:d5:ec:49:df:4f"})
				}
			}
		}
	}
}
