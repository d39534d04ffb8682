// Package cluster computes from the rows of databases what ovn-controller(8) of their release has on
// each chassis: the ports bound to it, the datapaths that it carries, its conntrack zones, tunnels
// and bridge mappings.
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

// Cluster has the chassis of one or several zones.  It must not be used concurrently: zone numbers
// and indexes are computed when they are first needed.
type Cluster struct {
	sync.Mutex
	Zones   []*Zone
	Chassis []*Chassis // the own chassis of zones, sorted by name, then the remote ones; the number of each is its index plus 1

	options   Options
	own       map[string]*Chassis // the own chassis of zones, by name
	problems  map[between][]interconnect.Problem
	segments  map[string]string         // of physical networks that are joined to others
	announced map[Station]*Announcement // nil if it has to be computed
	failures  []error                   // errors in reading zones
	apart     bool                      // whether is_chassis_resident() in flows does not use this cluster
}

// Zone is the part of a cluster that one southbound database describes.
type Zone struct {
	Network *lflow.Network // nil before the zone is entered
	Chassis []*Chassis     // its own; once it is entered, also the remote ones in its database
	source  Source
	failed  bool

	alwaysTunnels bool
	cluster       *Cluster
	bindings      map[*lflow.Port]*Binding
	ports         map[string]*Binding
	of            map[*lflow.Datapath][]*Binding
	macs          map[uint64]bool // read when they are first needed, as the following ones
	ips           map[packet.Value]bool
	external      map[uint64]bool         // Ethernet addresses of external ports
	outside       map[packet.Value]uint64 // IP addresses of external ports to Ethernet addresses
}

// Source is a zone that may not have been read yet.
type Source struct {
	*lflow.Zone
	Network func() (*lflow.Network, error) // reads its database, once
}

// Options are differences to the contents of the databases.
type Options struct {
	Down  []string          // names of chassis that are down
	Bound map[string]string // names of ports to the names of the chassis to which they are bound
}

// UnknownChassisError means that no database has a chassis.
type UnknownChassisError struct {
	Name  string
	Known []string
}

// Error names the chassis and the known ones.
func (e *UnknownChassisError) Error() string {
	return fmt.Sprintf("unknown chassis %q; the database has: %s", e.Name, strings.Join(e.Known, ", "))
}

// Unknown returns the error for an unknown name of a chassis.
func (c *Cluster) Unknown(name string) *UnknownChassisError {
	return &UnknownChassisError{name, c.names()}
}

// New returns the cluster of networks, one for each zone.  A remote chassis of one zone is the
// chassis with the same name in another zone.  New changes the networks: is_chassis_resident() in
// their flows is then evaluated on the chassis where a packet is.  The error, if any, is an
// *UnknownChassisError.
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
	z.readTunnels()
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

// Failure returns the errors in reading zones that were entered, or nil.
func (c *Cluster) Failure() error { return errors.Join(c.failures...) }

// Options returns the options of the cluster.
func (c *Cluster) Options() Options { return c.options }

// Change computes the bindings again with other options.  If it returns an error, which is an
// *UnknownChassisError, the cluster is not changed.
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

// isDown reports whether a chassis is down in the options.
func (c *Cluster) isDown(name string) bool {
	for _, down := range c.options.Down {
		if h := c.Named(down); h != nil && h.Name == name {
			return true
		}
	}
	return false
}

// Named returns the chassis with a name or host name, or nil.
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

// Numbered returns the chassis with a number, or nil.
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

// residence returns the set of the chassis on which a port is resident.
func (z *Zone) residence(port string) expr.PortSet {
	if b := z.ports[port]; b != nil {
		return residence{b}
	}
	return nil
}

// residence is the set of the chassis, by their numbers, on which a port is resident.
type residence struct{ b *Binding }

// Has implements expr.PortSet.  A port on several chassis is resident on the main one.  For a
// packet on no chassis, such as one that looks up an address, every port is resident.
func (s residence) Has(_ int, number uint64) bool {
	return number == 0 || s.b.Chassis != nil && s.b.Chassis.Number == number
}

// columns reads columns of a row by their names.
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
