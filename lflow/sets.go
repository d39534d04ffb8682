package lflow

import (
	"cmp"
	"slices"
	"sync"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
)

// namedSets are the address sets or port groups in a table, by name.
type namedSets struct {
	rows          *ovsdb.Table
	name, members ovsdb.Col

	once  sync.Once
	table nameTable // of the numbers of rows
}

// setsOf returns the sets in the rows; table has their names from an index, or is nil.
func setsOf(rows *ovsdb.Table, members string, table nameTable) *namedSets {
	s := &namedSets{rows: rows, table: table}
	s.name, _ = rows.Col("name")
	s.members, _ = rows.Col(members)
	return s
}

// load reads the names.
func (s *namedSets) load() nameTable {
	s.once.Do(func() {
		if s.table != nil {
			return
		}
		s.table = newNameTable(s.rows.Len())
		for r := range s.rows.Unsorted() {
			s.table.put(r.String(s.name), r.Number())
		}
	})
	return s.table
}

// named returns the members of a set. If several sets have the same name, it returns the last
// one in the order of OVSDB's IDL in ovn-trace.
func (s *namedSets) named(name string) (members []string, ok bool) {
	var found ovsdb.Row
	mask := hashMask(s.rows.Len())
	for number := range s.load().candidates(name) {
		if number >= s.rows.Numbers() {
			continue // the index is damaged
		}
		r := s.rows.At(number)
		if r.String(s.name) != name {
			continue
		}
		if !ok || cmp.Or(cmp.Compare(found.UUID().Prefix()&mask, r.UUID().Prefix()&mask), found.UUID().Compare(r.UUID())) < 0 {
			found, ok = r, true
		}
	}
	if !ok {
		return nil, false
	}
	return found.Strings(s.members), true
}

// names returns the names of the sets, sorted.
func (s *namedSets) names() []string {
	var names []string
	for r := range s.rows.Rows() {
		names = append(names, r.String(s.name))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// loadSets sets the address sets and port groups, with the tables of names from an index.
func (n *Network) loadSets(addressSets, portGroups nameTable) {
	n.addressSets = setsOf(n.db.Table("Address_Set"), "addresses", addressSets)
	n.portGroups = setsOf(n.db.Table("Port_Group"), "ports", portGroups)
}

// AddressSet returns the address set with a name.
func (n *Network) AddressSet(name string) (*expr.AddressSet, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if set, ok := n.setCache[name]; ok {
		return set, true
	}
	members, ok := n.addressSets.named(name)
	if !ok {
		return nil, false
	}
	set, _ := n.symbols.AddressSet(name, members)
	n.setCache[name] = set
	return set, true
}

// AddressSets returns the names of the address sets, sorted.
func (n *Network) AddressSets() []string { return n.addressSets.names() }

// PortGroups returns the names of the port groups, sorted.
func (n *Network) PortGroups() []string { return n.portGroups.names() }

// PortGroup returns the names of the ports in the port group with a name.
func (n *Network) PortGroup(name string) ([]string, bool) { return n.portGroups.named(name) }
