package address

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/similar"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// Group returns the ports of a port group, sorted by name.  Newer releases'
// databases have a row for each datapath, named after its tunnel key; the group
// is all of them.  The error, if any, is an *UnknownError.
func (b *Resolver) Group(name string) ([]*lflow.Port, error) {
	rows := []string{name}
	for _, d := range b.n.Datapaths {
		rows = append(rows, strconv.FormatInt(d.TunnelKey, 10)+"_"+name)
	}
	var ports []*lflow.Port
	known := false
	for _, row := range rows {
		members, ok := b.n.PortGroup(row)
		known = known || ok
		for _, m := range members {
			if p, err := b.n.Port(m); err == nil && !slices.Contains(ports, p) {
				ports = append(ports, p)
			}
		}
	}
	if !known {
		return nil, &UnknownError{Kind: "port group", Name: name, Similar: similar.Names(name, b.groups())}
	}
	sortPorts(ports)
	return ports, nil
}

// groups returns the names of the port groups as people gave them.
func (b *Resolver) groups() (out []string) {
	for _, row := range b.n.PortGroups() {
		if key, name, ok := strings.Cut(row, "_"); ok {
			if _, err := strconv.ParseInt(key, 10, 64); err == nil {
				row = name
			}
		}
		out = append(out, row)
	}
	return out
}

// VIFs returns the ports of a datapath that belong to systems, not to other
// datapaths, sorted by name.
func (b *Resolver) VIFs(d *lflow.Datapath) []*lflow.Port {
	return b.portsThat(func(p *lflow.Port) bool { return p.Datapath == d && p.Type == "" })
}

// portsThat returns the ports that satisfy a condition, sorted by name.
func (b *Resolver) portsThat(fit func(*lflow.Port) bool) (ports []*lflow.Port) {
	for _, p := range b.n.Ports() {
		if fit(p) {
			ports = append(ports, p)
		}
	}
	sortPorts(ports)
	return ports
}

func sortPorts(ports []*lflow.Port) {
	slices.SortFunc(ports, func(a, b *lflow.Port) int { return strings.Compare(a.Name, b.Name) })
}
