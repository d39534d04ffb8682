package lflow

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
)

// PortState is the state of a port's binding.
type PortState uint8

//go:generate go run golang.org/x/tools/cmd/stringer@v0.52.0 -linecomment -type PortState

// The states of a port.
const (
	// StateNone: chassis do not claim ports of its type, or the state is unknown. Its
	// word is "".
	StateNone PortState = iota //
	// StateBound: a chassis has claimed it.
	StateBound // bound
	// StateDown: a chassis has claimed it, and it is not up.
	StateDown // down
	// StateUnbound: no chassis has claimed it.
	StateUnbound // unbound
	// StateLost: its chassis has no row in table Chassis.
	StateLost // chassis missing
)

// portClaims are the types of ports that a chassis claims (ovn-sb(5),
// Port_Binding).
var portClaims = []string{"", "virtual", "external", "l2gateway", "l3gateway", "chassisredirect", "vtep"}

// State returns the state of a port's binding.
func (n *Network) State(p *Port) PortState {
	t := p.row.Table()
	chassis, known := t.Col("chassis")
	if !known || !slices.Contains(portClaims, p.Type) {
		return StateNone
	}
	u, bound := p.row.Ref(chassis)
	if !bound {
		return StateUnbound
	}
	if _, ok := n.db.Table("Chassis").Get(u); !ok {
		return StateLost
	}
	if up, ok := t.Col("up"); ok && p.row.Has(up) && !p.row.Bool(up) {
		return StateDown
	}
	return StateBound
}

// PhysicalNetwork returns the physical network of a port of type localnet or l2gateway, and its
// VLAN tag or 0. It returns "" for ports of other types.
func (p *Port) PhysicalNetwork() (name string, tag int64) {
	if p.Type != "localnet" && p.Type != "l2gateway" {
		return "", 0
	}
	t := p.row.Table()
	options, _ := t.Col("options")
	number, _ := t.Col("tag")
	name, _ = p.row.MapGet(options, "network_name")
	return name, p.row.Int(number)
}

// MissingPeer reports whether a port of type patch has no peer.  It returns the name of
// a peer that does not exist, or "" if the port names none, as northd writes it for a
// router port without a switch port.
func (n *Network) MissingPeer(p *Port) (name string, missing bool) {
	if p.Type != "patch" || p.Peer != nil {
		return "", false
	}
	options, ok := p.row.Table().Col("options")
	if !ok {
		return "", false
	}
	name, _ = p.row.MapGet(options, "peer")
	return strings.Clone(name), n.port(name) == nil
}

// LaggingChassis is a chassis that may be dead, according to the database.
type LaggingChassis struct {
	Name     string
	Hostname string

	// Missing means that table Chassis has no row for it.
	Missing bool

	// Config is the last northbound configuration that it has processed, and Newest the
	// last that any chassis has processed. Behind is the age of its report relative to the
	// newest one.
	Config, Newest int64
	Behind         time.Duration
}

// laggingAfter is the minimum age of the last report, relative to the newest one, of a chassis
// that is reported. A chassis that is alive processes a configuration within seconds.
const laggingAfter = time.Minute

// LaggingChassis returns the chassis that have no row in table Chassis, or that are far
// behind the configuration that others have processed, sorted by name.
func (n *Network) LaggingChassis() []LaggingChassis {
	t := n.db.Table("Chassis_Private")
	name, _ := t.Col("name")
	config, _ := t.Col("nb_cfg")
	stamp, _ := t.Col("nb_cfg_timestamp")
	byName := map[string]*Chassis{}
	for _, c := range n.Chassis() {
		byName[c.Name] = c
	}
	var newest, latest int64
	var rows []ovsdb.Row
	for r := range t.Rows() {
		newest, latest = max(newest, r.Int(config)), max(latest, r.Int(stamp))
		rows = append(rows, r)
	}
	var out []LaggingChassis
	for _, r := range rows {
		l := LaggingChassis{Name: strings.Clone(r.String(name)), Config: r.Int(config), Newest: newest}
		l.Behind = time.Duration(latest-r.Int(stamp)) * time.Millisecond
		c := byName[l.Name]
		if c != nil {
			l.Hostname = c.Hostname
		}
		l.Missing = c == nil
		if l.Missing || l.Config < newest && l.Behind > laggingAfter && r.Int(stamp) > 0 {
			out = append(out, l)
		}
	}
	slices.SortFunc(out, func(a, b LaggingChassis) int { return cmp.Compare(a.Name, b.Name) })
	return out
}
