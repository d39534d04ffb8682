package lflow

import (
	"encoding/json"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
)

// Datapaths, ports, multicast groups and bindings in an index: writing and reading.

// datapathEntry is a datapath in an index.
type datapathEntry struct {
	uuid                     ovsdb.UUID
	tunnelKey                int64
	row                      uint32
	l3gateway                uint32
	nbUUID, typ              run // ranges of the text
	name, name2, short       run
	keys, macs, fdb, sources run
}

// portEntry is a port in an index. Other properties of the port are read from its row.
type portEntry struct {
	name        run // range of the text
	row         uint32
	datapath    uint32
	key         uint32
	peer        uint32 // the port's number plus one, 0 for none
	distributed uint32 // the port's number plus one, 0 for none
}

// groupEntry is a multicast group in an index.
type groupEntry struct {
	name     run // range of the text
	members  run
	datapath uint32
	key      uint32
}

// addNetwork adds all but the flows to the index.
func (c *compiled) addNetwork(n *Network) {
	text := func(s string) run { return add(&c.text, []byte(s)) }
	c.head = []compiledHead{{release: releaseName(n), tables: uint64(n.flows.tables)}}
	for _, d := range n.Datapaths {
		e := datapathEntry{
			uuid: d.uuid, tunnelKey: d.TunnelKey, row: d.row.Number(), nbUUID: text(d.NBUUID), typ: text(d.Type),
			name: text(d.Name), name2: text(d.Name2), short: text(d.short),
			keys: add(&c.keys, d.keys), macs: add(&c.macs, d.macs), fdb: add(&c.fdb, d.fdb),
		}
		if d.HasL3Gateway {
			e.l3gateway = 1
		}
		c.datapaths = append(c.datapaths, e)
	}
	number := func(p *Port) uint32 {
		if p == nil {
			return 0
		}
		return p.number + 1
	}
	for _, p := range n.Ports() {
		c.ports = append(c.ports, portEntry{text(p.Name), p.row.Number(), uint32(p.Datapath.Index), uint32(p.Key), number(p.Peer), number(p.Distributed)})
	}
	c.names, c.aliases = n.ports.names, n.ports.aliases
	c.addressSets, c.portGroups = n.addressSets.load(), n.portGroups.load()
	for _, g := range n.groups {
		c.groups = append(c.groups, groupEntry{text(g.Name), add(&c.members, g.members), uint32(g.Datapath.Index), uint32(g.Key)})
	}
	var warnings []string
	for _, w := range n.Warnings[len(n.db.Warnings):] {
		warnings = append(warnings, w.Text)
	}
	c.warnings, _ = json.Marshal(warnings) // strings always marshal
}

// fits reports whether an index can be used for the network: it is of the same release, the
// network has no template variables, and all numbers in the index are in range.
func (c *compiled) fits(n *Network) bool {
	if c == nil || c.head[0].release != releaseName(n) || n.vars != nil || c.head[0].tables > 256 {
		return false
	}
	datapaths, ports := uint32(len(c.datapaths)), uint32(len(c.ports))
	rows, bindings := n.db.Table("Datapath_Binding").Numbers(), n.db.Table("Port_Binding").Numbers()
	for i := range c.datapaths {
		if c.datapaths[i].row >= rows {
			return false
		}
	}
	for _, p := range c.ports {
		if p.row >= bindings || p.datapath >= datapaths || p.peer > ports || p.distributed > ports {
			return false
		}
	}
	for _, g := range c.groups {
		if g.datapath >= datapaths {
			return false
		}
	}
	for _, s := range c.listed {
		if int(s) >= len(c.sources) {
			return false
		}
	}
	return c.names.valid() && c.aliases.valid() && c.addressSets.valid() && c.portGroups.valid()
}

// restore reads the network from an index.
func (n *Network) restore(c *compiled) {
	text := func(r run) string { return string(in(c.text, r)) }
	t := n.db.Table("Datapath_Binding")
	all := make([]Datapath, len(c.datapaths))
	for i := range c.datapaths {
		e := &c.datapaths[i]
		all[i] = Datapath{
			Index: i, UUID: e.uuid.String(), NBUUID: text(e.nbUUID), Name: text(e.name), Name2: text(e.name2), Type: text(e.typ),
			TunnelKey: e.tunnelKey, HasL3Gateway: e.l3gateway != 0, n: n, short: text(e.short), uuid: e.uuid, row: t.At(e.row),
			keys: in(c.keys, e.keys), macs: in(c.macs, e.macs), fdb: in(c.fdb, e.fdb),
		}
		n.addDatapath(&all[i])
	}
	n.ports.restore(c)
	n.loadSets(c.addressSets, c.portGroups)
	for _, e := range c.groups {
		n.addGroup(&Group{Name: text(e.name), Key: uint64(e.key), Datapath: n.Datapaths[e.datapath], members: in(c.members, e.members)})
	}
	var warnings []string
	_ = json.Unmarshal(c.warnings, &warnings) // the index may be damaged
	for _, w := range warnings {
		n.warn("%s", w)
	}
}
