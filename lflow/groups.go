package lflow

import (
	"slices"
	"strings"
	"sync"
)

// Group is a multicast group of a datapath.
type Group struct {
	Name     string
	Key      uint64
	Datapath *Datapath

	members []uint32 // the ports' numbers, sorted by the ports' names
	once    sync.Once
	ports   []*Port
}

// Ports returns the group's ports, sorted by name.  The caller must not change
// the slice.
func (g *Group) Ports() []*Port {
	g.once.Do(func() {
		for _, number := range g.members {
			if p := g.Datapath.n.portNumbered(number); p != nil {
				g.ports = append(g.ports, p)
			}
		}
	})
	return g.ports
}

// loadGroups reads the multicast groups; at has the ports by the numbers of their rows.
func (n *Network) loadGroups(at []*Port) {
	t := n.db.Table("Multicast_Group")
	name, _ := t.Col("name")
	dp, _ := t.Col("datapath")
	key, _ := t.Col("tunnel_key")
	ports, _ := t.Col("ports")
	bindings := n.db.Table("Port_Binding")
	logicalPort, _ := bindings.Col("logical_port")
	for _, r := range idlOrder(t) {
		g := &Group{Name: r.String(name), Key: uint64(r.Int(key)) & 0xffff, Datapath: n.datapathOf(r, dp)}
		if g.Datapath == nil {
			n.warn("Multicast_Group %s: logical multicast group %s missing datapath", r.UUID(), g.Name)
			continue
		}
		var members []*Port
		for _, u := range r.Refs(ports) {
			b, ok := bindings.Get(u)
			if !ok {
				n.warn("Multicast_Group %s: no Port_Binding %s for a port of group %s", r.UUID(), u, g.Name)
				continue
			}
			p := at[b.Number()]
			if p == nil {
				p = n.port(b.String(logicalPort))
			}
			switch {
			case p == nil:
				n.warn("Multicast_Group %s: missing port %s", r.UUID(), b.String(logicalPort))
			case p.Datapath != g.Datapath:
				n.warn("Multicast_Group %s: group %s in datapath %s contains port %s outside that datapath", r.UUID(), g.Name, g.Datapath.Name, p.Name)
			default:
				members = append(members, p)
			}
		}
		slices.SortStableFunc(members, func(a, b *Port) int { return strings.Compare(a.Name, b.Name) })
		g.members = make([]uint32, len(members))
		for i, p := range members {
			g.members[i] = p.number
		}
		n.addGroup(g)
	}
}

func (n *Network) addGroup(g *Group) {
	g.Datapath.groups = append(g.Datapath.groups, g)
	n.groupsNamed[g.Name] = append(n.groupsNamed[g.Name], g)
	n.groups = append(n.groups, g)
}
