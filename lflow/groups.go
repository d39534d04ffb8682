package lflow

import (
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/expr"
)

// Group is a multicast group of a datapath.
type Group struct {
	Name     string
	Key      uint64
	Datapath *Datapath
	Ports    []*Port // sorted by name
}

func (n *Network) loadGroups() {
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
		for _, u := range r.Refs(ports) {
			b, ok := bindings.Get(u)
			if !ok {
				n.warn("Multicast_Group %s: no Port_Binding %s for a port of group %s", r.UUID(), u, g.Name)
				continue
			}
			p := n.portAt[b.Number()]
			if p == nil {
				p = n.port[b.String(logicalPort)]
			}
			switch {
			case p == nil:
				n.warn("Multicast_Group %s: missing port %s", r.UUID(), b.String(logicalPort))
			case p.Datapath != g.Datapath:
				n.warn("Multicast_Group %s: group %s in datapath %s contains port %s outside that datapath", r.UUID(), g.Name, g.Datapath.Name, p.Name)
			default:
				g.Ports = append(g.Ports, p)
			}
		}
		slices.SortStableFunc(g.Ports, func(a, b *Port) int { return strings.Compare(a.Name, b.Name) })
		g.Datapath.groups = append(g.Datapath.groups, g)
		n.groups[g.Name] = append(n.groups[g.Name], g)
	}
}

// portGroup is a row of table Port_Group.
type portGroup struct{ ports []string }

// loadSets remembers address sets and port groups as they are written; they are
// read when a flow names them.
func (n *Network) loadSets() {
	t := n.db.Table("Address_Set")
	name, _ := t.Col("name")
	addresses, _ := t.Col("addresses")
	for r := range t.Unsorted() {
		n.sets[r.String(name)] = r.Strings(addresses)
	}
	t = n.db.Table("Port_Group")
	name, _ = t.Col("name")
	ports, _ := t.Col("ports")
	for r := range t.Unsorted() {
		n.portGroup[r.String(name)] = &portGroup{r.Strings(ports)}
	}
}

// AddressSet returns the members of an address set, in the order in which the
// release's own tool keeps them.
func (n *Network) AddressSet(name string) ([]expr.Constant, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if set, ok := n.setCache[name]; ok {
		return set, true
	}
	members, ok := n.sets[name]
	if !ok {
		return nil, false
	}
	set, _ := n.symbols.AddressSet(members)
	n.setCache[name] = set
	return set, true
}

// AddressSets returns the names of the address sets, sorted.
func (n *Network) AddressSets() []string { return sortedKeys(n.sets) }

// PortGroups returns the names of the port groups, sorted.
func (n *Network) PortGroups() []string { return sortedKeys(n.portGroup) }

// PortGroup returns the names of the ports in a port group.
func (n *Network) PortGroup(name string) ([]string, bool) {
	g, ok := n.portGroup[name]
	if !ok {
		return nil, false
	}
	return g.ports, true
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
