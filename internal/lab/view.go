package lab

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
)

// A View has the contents of a southbound database that are not in a network's description:
// the identities that northd chose, and its flows.
type View struct {
	// Datapaths are keyed by name.
	Datapaths map[string]DatapathView
	// Ports are the UUIDs of Port_Binding rows by logical port, including the
	// chassisredirect ports, which no description has.
	Ports map[string]string
}

// A DatapathView is one row of Datapath_Binding with its flows.
type DatapathView struct {
	// Southbound is the row's UUID, Northbound that of the switch or router.
	Southbound, Northbound string
	// Matches are the texts of the ingress flows' matches, each once, in order, without
	// "1".
	Matches []string
	// Ports are the names of the datapath's ports, in order.
	Ports []string
}

// View reads the southbound database.
func (p *ControlPlane) View(ctx context.Context) (*View, error) {
	db, err := p.rows(ctx)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	v := &View{Datapaths: map[string]DatapathView{}, Ports: map[string]string{}}
	ports := map[ovsdb.UUID][]string{} // by datapath
	for r := range db.Table("Port_Binding").Rows() {
		name := strings.Clone(r.Text("logical_port"))
		v.Ports[name] = r.UUID().String()
		d, _ := r.Ref(r.Col("datapath"))
		ports[d] = append(ports[d], name)
	}
	matches := map[ovsdb.UUID]map[string]bool{}
	for r := range db.Table("Logical_Flow").Rows() {
		match := strings.Clone(r.Text("match"))
		if r.Text("pipeline") != "ingress" || match == "1" {
			continue
		}
		for _, d := range datapathsOf(db, r) {
			if matches[d] == nil {
				matches[d] = map[string]bool{}
			}
			matches[d][match] = true
		}
	}
	for r := range db.Table("Datapath_Binding").Rows() {
		v.Datapaths[externalID(r, "name")] = DatapathView{
			Southbound: r.UUID().String(), Northbound: externalID(r, "logical-switch") + externalID(r, "logical-router"),
			Matches: sortedKeys(matches[r.UUID()]), Ports: slices.Sorted(slices.Values(ports[r.UUID()])),
		}
	}
	return v, nil
}

// datapathsOf returns the datapaths of a flow.
func datapathsOf(db *ovsdb.Snapshot, flow ovsdb.Row) []ovsdb.UUID {
	all := flow.Refs(flow.Col("logical_datapath"))
	if u, ok := flow.Ref(flow.Col("logical_dp_group")); ok {
		group, _ := db.Table("Logical_DP_Group").Get(u)
		all = append(all, group.Refs(group.Col("datapaths"))...)
	}
	return all
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
