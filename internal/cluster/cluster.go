// Package cluster is where a logical network runs: its chassis, which port is
// bound where, which datapaths each chassis carries, its conntrack zones, its
// tunnels and the physical networks that it maps, as ovn-controller(8) of the
// release has them.
package cluster

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/interconnect"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Cluster is the chassis of one or several zones.  One walk at a time may use it:
// zone numbers and indexes are made when they are first needed.
type Cluster struct {
	sync.Mutex
	Zones   []*Zone
	Chassis []*Chassis // those that are a zone's own, sorted by name, then those that stand for others; the number of each is its place, from 1

	options   Options
	own       map[string]*Chassis // the chassis that are a zone's own, by name
	problems  map[between][]interconnect.Problem
	segments  map[string]string         // of physical networks that are one with others
	announced map[Station]*Announcement // nil where it has to be made anew
	failures  []error                   // of zones that cannot be read
	apart     bool                      // whether flows do not depend on this cluster
}

// Zone is what one southbound database describes.
type Zone struct {
	Network *lflow.Network // nil before the zone is entered
	Chassis []*Chassis     // its own; once it is entered also those of other zones that it has rows of
	source  Source
	failed  bool

	alwaysTunnels bool
	cluster       *Cluster
	bindings      map[*lflow.Port]*Binding
	ports         map[string]*Binding
	of            map[*lflow.Datapath][]*Binding
	macs          map[uint64]bool // read when they are first asked for
	ips           map[packet.Value]bool
}

// Source is where a zone comes from.
type Source struct {
	*lflow.Zone
	Network func() (*lflow.Network, error) // reads its database, once
}

// Options say what is different from what a database shows.
type Options struct {
	Down  []string          // names of chassis that are down
	Bound map[string]string // names of ports to those of the chassis to which they are bound
}

// UnknownChassisError is a chassis that no database has.
type UnknownChassisError struct {
	Name  string
	Known []string
}

// Error names the chassis and those that there are.
func (e *UnknownChassisError) Error() string {
	return fmt.Sprintf("unknown chassis %q; the database has: %s", e.Name, strings.Join(e.Known, ", "))
}

// Unknown returns the error for a name that no chassis has.
func (c *Cluster) Unknown(name string) *UnknownChassisError {
	return &UnknownChassisError{name, c.names()}
}

// New returns the cluster of networks, one for each zone.  A chassis that is
// remote in one zone stands for that of the same name in another.  From then on
// is_chassis_resident() in their flows is decided by the chassis on which a
// packet is.  The error, if any, is an *UnknownChassisError.
func New(networks []*lflow.Network, o Options) (*Cluster, error) {
	var sources []Source
	for _, n := range networks {
		sources = append(sources, Source{lflow.Describe(n, ""), func() (*lflow.Network, error) { return n, nil }})
	}
	c, err := Open(sources, o)
	if err != nil {
		return nil, err
	}
	for _, z := range c.Zones {
		z.Enter()
	}
	return c, nil
}

// Open returns the cluster of zones whose databases are read when they are entered.
// The error, if any, is an *UnknownChassisError.
func Open(sources []Source, o Options) (*Cluster, error) { return open(sources, o, false) }

func open(sources []Source, o Options, apart bool) (*Cluster, error) {
	c := &Cluster{apart: apart}
	for _, s := range sources {
		z := &Zone{source: s, cluster: c}
		z.addChassis(false)
		c.Zones = append(c.Zones, z)
		c.Chassis = append(c.Chassis, z.Chassis...)
	}
	slices.SortStableFunc(c.Chassis, func(a, b *Chassis) int { return cmp.Compare(a.Name, b.Name) })
	for i, h := range c.Chassis {
		h.Number = uint64(i + 1)
	}
	c.findOwn()
	c.joinNetworks()
	return c, c.Change(o)
}

// Enter reads the zone's database the first time, and reports whether it can be used.
func (z *Zone) Enter() bool {
	if z.Network != nil || z.failed {
		return !z.failed
	}
	n, err := z.source.Network()
	if err != nil {
		z.failed = true
		z.cluster.failures = append(z.cluster.failures, err)
		return false
	}
	z.Network = n
	own := len(z.Chassis)
	z.addChassis(true)
	for _, h := range z.Chassis[own:] {
		z.cluster.Chassis = append(z.cluster.Chassis, h)
		h.Number = uint64(len(z.cluster.Chassis))
		h.Down = z.cluster.isDown(h.Name)
	}
	z.readBindings()
	z.readTunneling()
	z.readDatapaths()
	if !z.cluster.apart {
		n.PerChassis(z.residence, z.cluster.nameOf)
	}
	z.bind()
	z.place()
	z.cluster.announced = nil
	return true
}

// Release returns the release of the first zone that was entered.
func (c *Cluster) Release() (r dialect.Release) {
	for _, z := range c.Zones {
		if z.Network != nil {
			return z.Network.Dialect.Release()
		}
	}
	return r
}

// Failure returns why a zone that was entered could not be read, nil for none.
func (c *Cluster) Failure() error { return errors.Join(c.failures...) }

// Options returns what is different from what the databases show.
func (c *Cluster) Options() Options { return c.options }

// Change places the ports anew, with other options.  The error, if any, is an
// *UnknownChassisError; the cluster is then as it was.
func (c *Cluster) Change(o Options) error {
	for _, name := range o.Down {
		if c.Named(name) == nil {
			return c.Unknown(name)
		}
	}
	c.options, c.announced = o, nil
	for _, h := range c.Chassis {
		h.Down = c.isDown(h.Name)
		clear(h.local)
	}
	for _, z := range c.Zones {
		if z.Network != nil {
			z.bind()
			z.place()
		}
	}
	return nil
}

// isDown reports whether the options say that a chassis is down.
func (c *Cluster) isDown(name string) bool {
	for _, down := range c.options.Down {
		if h := c.Named(down); h != nil && h.Name == name {
			return true
		}
	}
	return false
}

// Named returns the chassis of a name or host name, nil where there is none.
func (c *Cluster) Named(name string) *Chassis {
	var found *Chassis
	for _, h := range c.Chassis {
		if h.Name == name {
			return h
		}
		if found == nil && h.Hostname == name {
			found = h
		}
	}
	return found
}

func (c *Cluster) names() (names []string) {
	for _, h := range c.Chassis {
		names = append(names, h.Name)
	}
	return slices.Compact(names)
}

// Numbered returns the chassis of a number, nil where there is none.
func (c *Cluster) Numbered(number uint64) *Chassis {
	if number == 0 || number > uint64(len(c.Chassis)) {
		return nil
	}
	return c.Chassis[number-1]
}

func (c *Cluster) nameOf(number uint64) string {
	if h := c.Numbered(number); h != nil {
		return h.Name
	}
	return ""
}

// ZoneOf returns the zone of a network.
func (c *Cluster) ZoneOf(n *lflow.Network) *Zone {
	for _, z := range c.Zones {
		if z.Network == n {
			return z
		}
	}
	return nil
}

// residence returns the chassis on which a port is resident.
func (z *Zone) residence(port string) expr.PortSet {
	if b := z.ports[port]; b != nil {
		return residence{b}
	}
	return nil
}

// residence is the number of the chassis on which a port is resident.
type residence struct{ b *Binding }

// Has implements expr.PortSet.  A port on several chassis is resident on the main one.
// A packet that is on no chassis, as one that is made to find an address, is seen from
// all of them.
func (s residence) Has(_ int, number uint64) bool {
	return number == 0 || s.b.Chassis != nil && s.b.Chassis.Number == number
}

// columns reads the columns of a row by their names.
type columns struct{ row ovsdb.Row }

func (c columns) get(name, key string) string {
	v, _ := c.row.MapGet(c.row.Col(name), key)
	return strings.Clone(v)
}

func (c columns) text(name string) string { return strings.Clone(c.row.Text(name)) }

func (c columns) texts(name string) (all []string) {
	for _, s := range c.row.Strings(c.row.Col(name)) {
		all = append(all, strings.Clone(s))
	}
	return all
}

func (c columns) refs(name string) []ovsdb.UUID {
	if all := c.row.Refs(c.row.Col(name)); all != nil {
		return all
	}
	if u, ok := c.row.Ref(c.row.Col(name)); ok {
		return []ovsdb.UUID{u}
	}
	return nil
}
