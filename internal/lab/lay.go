package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
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
	db, err := p.rows(ctx)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	i := &identities{
		datapaths: map[string]string{}, keys: map[string]string{}, chassis: map[string]string{},
		ports: map[string]portIdentity{}, monitors: map[string][]string{},
	}
	key := func(r ovsdb.Row) string { return strconv.FormatInt(r.Int(r.Col("tunnel_key")), 10) }
	for r := range db.Table("Datapath_Binding").Rows() {
		i.datapaths[externalID(r, "name")] = r.UUID().String()
		i.keys[r.UUID().String()] = key(r)
	}
	for r := range db.Table("Chassis").Rows() {
		i.chassis[strings.Clone(r.Text("name"))] = r.UUID().String()
	}
	for r := range db.Table("Port_Binding").Rows() {
		d, _ := r.Ref(r.Col("datapath"))
		i.ports[strings.Clone(r.Text("logical_port"))] = portIdentity{r.UUID().String(), d.String(), key(r)}
	}
	for r := range db.Table("Service_Monitor").Rows() {
		ip := strings.Clone(r.Text("ip"))
		i.monitors[ip] = append(i.monitors[ip], r.UUID().String())
	}
	return i, nil
}
