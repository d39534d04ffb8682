package lab

import (
	"context"
	"sort"
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
	v := &View{Datapaths: map[string]DatapathView{}, Ports: map[string]string{}}
	names := map[string]string{} // by UUID
	rows, err := p.rows(ctx, "datapath_binding", "_uuid", "external_ids")
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		ids := r.pairs("external_ids")
		names[r.text("_uuid")] = ids["name"]
		v.Datapaths[ids["name"]] = DatapathView{Southbound: r.text("_uuid"), Northbound: ids["logical-switch"] + ids["logical-router"]}
	}
	ports, err := p.rows(ctx, "port_binding", "_uuid", "logical_port", "datapath")
	if err != nil {
		return nil, err
	}
	for _, r := range ports {
		name := r.text("logical_port")
		v.Ports[name] = r.text("_uuid")
		d := v.Datapaths[names[r.text("datapath")]]
		d.Ports = append(d.Ports, name)
		v.Datapaths[names[r.text("datapath")]] = d
	}
	matches, err := p.matches(ctx)
	if err != nil {
		return nil, err
	}
	for uuid, name := range names {
		d := v.Datapaths[name]
		d.Matches = sortedKeys(matches[uuid])
		sort.Strings(d.Ports)
		v.Datapaths[name] = d
	}
	return v, nil
}

// matches returns the ingress flows' matches by datapath UUID.
func (p *ControlPlane) matches(ctx context.Context) (map[string]map[string]bool, error) {
	groups, err := p.datapathGroups(ctx)
	if err != nil {
		return nil, err
	}
	flows, err := p.rows(ctx, "logical_flow", "match", "pipeline", "logical_datapath", "logical_dp_group")
	if err != nil {
		return nil, err
	}
	found := map[string]map[string]bool{}
	for _, r := range flows {
		if r.text("pipeline") != "ingress" || r.text("match") == "1" {
			continue
		}
		for _, d := range append(r.strings("logical_datapath"), groups[r.text("logical_dp_group")]...) {
			if found[d] == nil {
				found[d] = map[string]bool{}
			}
			found[d][r.text("match")] = true
		}
	}
	return found, nil
}

// datapathGroups returns the datapaths' UUIDs by that of their group.
func (p *ControlPlane) datapathGroups(ctx context.Context) (map[string][]string, error) {
	rows, err := p.rows(ctx, "logical_dp_group", "_uuid", "datapaths")
	if err != nil {
		return nil, err
	}
	groups := map[string][]string{}
	for _, r := range rows {
		groups[r.text("_uuid")] = r.strings("datapaths")
	}
	return groups, nil
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
