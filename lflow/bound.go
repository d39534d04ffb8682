package lflow

import "github.com/ovnwalk/ovnwalk/dialect"

// boundGroup is a port group, with its names resolved to ports of datapaths, for comparisons
// with @NAME.
type boundGroup struct {
	name   string
	common bool         // whether datapaths without their own row have the group too
	own    map[int]bool // the datapaths with their own row
	keys   [][]uint64   // by datapath, the keys of the ports as bits
}

// portPlace is the datapath and key of a port.
type portPlace struct {
	datapath int
	key      uint64
}

// on reports whether the datapath has the group.
func (g *boundGroup) on(datapath int) bool { return g.common || g.own[datapath] }

// Has reports whether the port with a key on a datapath is in the group.
func (g *boundGroup) Has(datapath int, key uint64) bool {
	keys := g.keys[datapath]
	return key/64 < uint64(len(keys)) && keys[key/64]>>(key%64)&1 != 0
}

// add adds the port with a key on a datapath.
func (g *boundGroup) add(at portPlace) {
	keys := &g.keys[at.datapath]
	for uint64(len(*keys)) <= at.key/64 {
		*keys = append(*keys, 0)
	}
	(*keys)[at.key/64] |= 1 << (at.key % 64)
}

// boundGroup resolves the ports of a port group. Databases of newer releases have a row for
// each datapath, named after its tunnel key.
func (n *Network) boundGroup(name string) *boundGroup {
	n.mu.Lock()
	defer n.mu.Unlock()
	if g := n.pgCache[name]; g != nil {
		return g
	}
	g := &boundGroup{name: name, own: map[int]bool{}, keys: make([][]uint64, len(n.Datapaths))}
	perDatapath := n.Dialect.Has(dialect.PortGroupByDatapath)
	if perDatapath {
		for _, d := range n.Datapaths {
			if ports, ok := n.PortGroup(datapathGroup(d.TunnelKey, name)); ok {
				g.own[d.Index] = true
				n.bind(g, ports, func(datapath int) bool { return datapath == d.Index })
			}
		}
	}
	if !perDatapath || n.Dialect.Has(dialect.PortGroupByName) {
		if ports, ok := n.PortGroup(name); ok {
			g.common = true
			n.bind(g, ports, func(datapath int) bool { return !g.own[datapath] })
		}
	}
	n.pgCache[name] = g
	return g
}

// bind adds ports, by name, to a group on those datapaths for which wanted returns true.
func (n *Network) bind(g *boundGroup, ports []string, wanted func(datapath int) bool) {
	for _, name := range ports {
		if n.leadsNowhere(name) {
			for _, d := range n.Datapaths {
				if wanted(d.Index) {
					g.add(portPlace{d.Index, 0})
				}
			}
			continue
		}
		at, ok := n.placeOf(name)
		if !ok {
			p, _ := n.FindPort(name)
			if p == nil {
				continue
			}
			at = portPlace{p.Datapath.Index, p.Key}
		}
		if wanted(at.datapath) {
			g.add(at)
		}
	}
}
