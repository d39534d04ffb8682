package wirelab

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/controlplane"
	"github.com/ovnwalk/ovnwalk/internal/lab"
)

// A zone is the control plane of an interconnect zone, or of the only zone.
type zone struct {
	*lab.ControlPlane
	network *lab.Network
	sb, nb  *client
}

// merged returns a network with the ports and addresses of all zones, for Connections.
func merged(zones []*lab.Network) *lab.Network {
	all := &lab.Network{Name: path.Dir(zones[0].Name), Physical: zones[0].Physical}
	if len(zones) == 1 {
		all.Name = zones[0].Name
	}
	for _, n := range zones {
		for _, s := range n.Switches {
			if !slices.Contains(all.Switches, s) {
				all.Switches = append(all.Switches, s)
			}
		}
		all.Routers, all.Outside = append(all.Routers, n.Routers...), append(all.Outside, n.Outside...)
		all.VIPs, all.Externals = append(all.VIPs, n.VIPs...), append(all.Externals, n.Externals...)
		all.Remote, all.Services = append(all.Remote, n.Remote...), append(all.Services, n.Services...)
		all.Groups, all.Names = append(all.Groups, n.Groups...), append(all.Names, n.Names...)
		all.ChassisRows.Bound = append(all.ChassisRows.Bound, n.ChassisRows.Bound...)
		all.ChassisRows.Members = append(all.ChassisRows.Members, n.ChassisRows.Members...)
	}
	return all
}

// joinZones writes the chassis of the other zones into each zone's database, as
// ovn-kubernetes does, or starts ovn-ic(8) to do it.
func (l *Lab) joinZones(ctx context.Context) error {
	if slices.ContainsFunc(l.zones, func(z *zone) bool { return len(z.network.Transit) > 0 }) {
		return l.interconnect(ctx)
	}
	for _, z := range l.zones {
		var b lab.Batch
		for _, h := range z.network.Elsewhere {
			i := slices.IndexFunc(l.chassis, func(c *chassis) bool { return c.Name == h.Name })
			b.Addf("chassis-add %s geneve %s", h.Name, l.chassis[i].ip)
			b.Addf("set chassis %s other_config:is-remote=true hostname=%s", h.Name, cmp.Or(h.Hostname, h.Name))
			for _, port := range z.network.RemotePorts[h.Name] {
				b.Addf("--may-exist lsp-bind %s %s", port, h.Name)
			}
		}
		if err := z.Southbound(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// The databases of ovn-ic(8), in the control plane of the first zone.
const icNB, icSB = "ic-nb", "ic-sb"

// hasInterconnect reports whether ovn-ic(8) is installed.
func hasInterconnect() bool {
	_, err := icSchema(icNB)
	return err == nil && controlplane.Locate("ovn-ic") != "" && controlplane.Locate("ovn-ic-nbctl") != ""
}

// icSchema finds the schema of one of ovn-ic's databases, beside OVN's others.
func icSchema(name string) (string, error) {
	programs, err := lab.Programs()
	if err != nil {
		return "", err
	}
	file := filepath.Join(filepath.Dir(programs.NBSchema), "ovn-"+name+".ovsschema")
	_, err = os.Stat(file)
	return file, err
}

// interconnect runs ovn-ic(8) to join the zones, and then the commands for the transit
// switches that it makes.
func (l *Lab) interconnect(ctx context.Context) error {
	first := l.zones[0]
	for _, name := range []string{icNB, icSB} {
		schema, err := icSchema(name)
		if err != nil {
			return err
		}
		if err := first.Database(ctx, name, schema); err != nil {
			return err
		}
	}
	for _, z := range l.zones {
		if err := z.Spawn("ic", nil, "ovn-ic", z.Control("ic"), "--ovnnb-db="+z.Plane.Remote(controlplane.NB), "--ovnsb-db="+z.Remote(),
			"--ic-nb-db="+first.Plane.Remote(icNB), "--ic-sb-db="+first.Plane.Remote(icSB)); err != nil {
			return err
		}
	}
	for _, name := range first.network.Transit {
		if _, err := first.Run(ctx, "ovn-ic-nbctl", "--db="+first.Plane.Remote(icNB), "--timeout=60", "ts-add", name); err != nil {
			return err
		}
	}
	for _, z := range l.zones {
		for _, name := range z.network.Transit {
			if err := l.until(ctx, z.nb, "OVN_Northbound", "Logical_Switch", "name", name); err != nil {
				return err
			}
		}
		if err := z.Northbound(ctx, z.network.Joined); err != nil {
			return err
		}
	}
	return nil
}

// until waits until a table has a row with a value.
func (l *Lab) until(ctx context.Context, c *client, database, table, column, value string) error {
	for start := time.Now(); ; {
		rows, err := c.transact(database, selection(table, column))
		if err != nil {
			return err
		}
		if slices.ContainsFunc(rows[0], func(row map[string]any) bool { return row[column] == value }) {
			return nil
		}
		if time.Since(start) > connectLimit {
			return fmt.Errorf("table %s has no row with %s %s", table, column, value)
		}
		if err := l.pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}
