package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

// Build builds the network on the plane: its chassis, its northbound rows, then the rows
// that the chassis would have learned. When it returns, northd has written all flows, and
// the databases do not change any more.
func (p *ControlPlane) Build(ctx context.Context, n *Network) error {
	steps := []struct {
		name string
		do   func() error
	}{
		{"chassis", func() error {
			return p.runLenient(ctx, n.Chassis, func(b Batch) error { return p.Southbound(ctx, b) })
		}},
		{"northbound rows", func() error { return p.BuildNorthbound(ctx, n) }},
		{"northd", func() error { return p.Settle(ctx) }},
		{"learned rows", func() error { return p.learn(ctx, n.ChassisRows) }},
		{"northd", func() error { return p.Settle(ctx) }},
		{"foreign flows", func() error { p.Freeze(); return p.insert(ctx, n.ChassisRows.Flows) }},
	}
	for _, s := range steps {
		if err := s.do(); err != nil {
			return fmt.Errorf("network %s: %s: %w", n.Name, s.name, err)
		}
	}
	return nil
}

// insert adds flows that northd would remove. Northd must have been stopped.
func (p *ControlPlane) insert(ctx context.Context, flows []Flow) error {
	if len(flows) == 0 {
		return nil
	}
	ids, err := p.identify(ctx)
	if err != nil {
		return err
	}
	var b Batch
	for _, f := range flows {
		if ids.datapaths[f.Datapath] == "" {
			continue // a disabled router has no datapath
		}
		b.Add("create", "logical_flow", "logical_datapath="+ids.datapaths[f.Datapath], "pipeline="+f.Pipeline,
			fmt.Sprintf("table_id=%d", f.Table), fmt.Sprintf("priority=%d", f.Priority), "match="+Quote(f.Match), "actions="+Quote(f.Actions),
			option("external_ids", "stage-name", f.Stage), option("external_ids", "source", "foreign.go:1"))
	}
	return p.runLenient(ctx, b, func(b Batch) error { return p.Southbound(ctx, b) })
}

// BuildNorthbound writes the northbound rows only.
func (p *ControlPlane) BuildNorthbound(ctx context.Context, n *Network) error {
	if !n.Stepwise {
		north, err := p.added(n)
		if err != nil {
			return err
		}
		return p.runLenient(ctx, north, func(b Batch) error { return p.Northbound(ctx, b) })
	}
	for _, command := range n.North {
		if err := p.Northbound(ctx, Batch{command}); err != nil {
			return err
		}
	}
	return nil
}

// added returns the northbound commands of a network with the additions that the release
// has columns for.
func (p *ControlPlane) added(n *Network) (Batch, error) {
	if len(n.Additions) == 0 {
		return n.North, nil
	}
	text, err := os.ReadFile(p.programs.NBSchema)
	if err != nil {
		return nil, err
	}
	var schema struct {
		Tables map[string]struct {
			Columns map[string]json.RawMessage
		}
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		return nil, fmt.Errorf("%s: %w", p.programs.NBSchema, err)
	}
	columns := map[string]bool{}
	for name, t := range schema.Tables {
		for column := range t.Columns {
			columns[strings.ToLower(name)+"."+column] = true
		}
	}
	north := slices.Clone(n.North)
	for _, a := range n.Additions {
		if columns[a.Table+"."+a.Column] {
			north = append(north, a.North...)
		}
	}
	return north, nil
}

// learn writes the rows that ovn-controller writes.
func (p *ControlPlane) learn(ctx context.Context, l ChassisRows) error {
	ids, err := p.identify(ctx)
	if err != nil {
		return err
	}
	var b Batch
	for _, x := range l.Bound {
		if !ids.has(x.Port) {
			continue // northd makes no binding for some ports, such as those of a disabled router
		}
		b.Addf("lsp-bind %s %s", x.Port, x.Chassis)
		if x.Parent != "" {
			b.Addf("set port_binding %s virtual_parent=%s", x.Port, x.Parent)
		}
	}
	for _, x := range l.Neighbors {
		if at, ok := ids.ports[x.Port]; ok {
			b.Add("create", "mac_binding", "logical_port="+x.Port, "datapath="+at.datapath,
				"ip="+Quote(x.IP.String()), "mac="+Quote(x.MAC))
		}
	}
	for _, x := range l.Stations {
		if at, ok := ids.ports[x.Port]; ok {
			b.Add("create", "fdb", "mac="+Quote(x.MAC), "dp_key="+ids.keys[at.datapath], "port_key="+at.key)
		}
	}
	for _, x := range l.Members {
		var members []string
		for _, name := range x.Ports {
			if at, ok := ids.ports[name]; ok {
				members = append(members, at.uuid)
			}
		}
		b.Add("create", "igmp_group", "address="+Quote(x.Group.String()), "datapath="+ids.datapaths[x.Switch],
			"chassis="+ids.chassis[x.Chassis], "ports=["+strings.Join(members, ",")+"]")
	}
	for _, address := range l.Offline {
		for _, uuid := range ids.monitors[address] {
			b.Add("set", "service_monitor", uuid, "status=offline")
		}
	}
	return p.runLenient(ctx, b, func(b Batch) error { return p.Southbound(ctx, b) })
}

// identities are the UUIDs and tunnel keys in the southbound database.
type identities struct {
	datapaths map[string]string // by name
	keys      map[string]string // tunnel keys, by UUID of the datapath
	chassis   map[string]string // by name
	ports     map[string]portIdentity
	monitors  map[string][]string // service monitors, by address
}

type portIdentity struct{ uuid, datapath, key string }

func (i *identities) has(port string) bool { _, ok := i.ports[port]; return ok }

// identify reads the identities from the southbound database.
func (p *ControlPlane) identify(ctx context.Context) (*identities, error) {
	i := &identities{
		datapaths: map[string]string{}, keys: map[string]string{}, chassis: map[string]string{},
		ports: map[string]portIdentity{}, monitors: map[string][]string{},
	}
	tables := []struct {
		name    string
		columns []string
		take    func(row)
	}{
		{"datapath_binding", []string{"_uuid", "tunnel_key", "external_ids"}, func(r row) {
			i.datapaths[r.pairs("external_ids")["name"]] = r.text("_uuid")
			i.keys[r.text("_uuid")] = r.text("tunnel_key")
		}},
		{"chassis", []string{"_uuid", "name"}, func(r row) { i.chassis[r.text("name")] = r.text("_uuid") }},
		{"port_binding", []string{"_uuid", "logical_port", "datapath", "tunnel_key"}, func(r row) {
			i.ports[r.text("logical_port")] = portIdentity{r.text("_uuid"), r.text("datapath"), r.text("tunnel_key")}
		}},
		{"service_monitor", []string{"_uuid", "ip"}, func(r row) {
			i.monitors[r.text("ip")] = append(i.monitors[r.text("ip")], r.text("_uuid"))
		}},
	}
	for _, t := range tables {
		rows, err := p.rows(ctx, t.name, t.columns...)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			t.take(r)
		}
	}
	return i, nil
}
