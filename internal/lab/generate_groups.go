package lab

import (
	"fmt"
	"net/netip"
)

// meters draws the meters that ACLs and control-plane protection refer to.
func (g *generator) meters() {
	for i := range g.between(1, 3) {
		name := fmt.Sprintf("m%d", i)
		g.meterList = append(g.meterList, name)
		words := []string{"meter-add", name, "drop", "10", pick(g.Rand, "pktps", "kbps")}
		if g.chance(.4) {
			words = append([]string{"--fair"}, words...)
		}
		g.north.Add(words...)
	}
}

// groups draws address sets and port groups.
func (g *generator) groups() {
	for i := range g.between(0, 3) {
		name := fmt.Sprintf("as_%d", i)
		g.sets = append(g.sets, name)
		g.do("create address_set name=%s %s", name, setOf("addresses", g.members(i%2 == 1)))
	}
	var all []*Port
	for _, s := range g.n.Switches {
		all = append(all, s.vifs()...)
	}
	for i := range g.between(0, 3) {
		set := portSet{name: fmt.Sprintf("pg_%d", i), ports: some(g.Rand, all, g.between(0, 4))}
		g.portSets = append(g.portSets, set)
		g.north.Add(append([]string{"pg-add", set.name}, names(set.ports)...)...)
	}
}

// members draws the elements of an address set of one family.
func (g *generator) members(v6 bool) []string {
	all := texts(some(g.Rand, g.n.addresses(v6), g.between(0, 3)))
	if v6 {
		return append(all, some(g.Rand, []string{"fd12::/64", "2001:db8::1", "fe80::/10"}, g.between(0, 2))...)
	}
	return append(all, some(g.Rand, []string{"192.0.2.0/24", "10.10.0.8/29", "10.11.0.0/255.255.0.255", "198.51.100.7"}, g.between(0, 2))...)
}

// someAddress returns an address for a rule to compare: one of the network, or another one.
func (g *generator) someAddress(v6 bool) netip.Addr {
	pool := g.n.addresses(v6)
	if len(pool) == 0 || g.chance(.1) {
		if v6 {
			return netip.MustParseAddr(pick(g.Rand, "2001:db8::1", "fd99::9"))
		}
		return netip.MustParseAddr(pick(g.Rand, "198.51.100.7", "8.8.8.8"))
	}
	return pick(g.Rand, pool...)
}
