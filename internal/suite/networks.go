package suite

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"strings"
	"sync"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/internal/explain"
	"github.com/ovnwalk/ovnwalk/internal/names"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/open"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Source names a database and the way in which it is read.
type Source struct {
	DB      string // a path, or whatever else names a database
	Release string // "" for the detected one
	Chassis string // "" for none

	// AsChassis is whether flows are read as chassis have them, see lflow.Options.
	AsChassis bool

	// Northd means that the network is made by ovn-northd from the northbound database
	// NB and from DB, which may be "" for an empty one.
	Northd bool
	NB     string

	connections bool   // walked by connections, not by single packets
	down        string // the chassis that are down, a line each
}

// Zones are the interconnect zones of one network.
type Zones struct {
	Networks []*lflow.Network

	// ByName are the networks by the names of their zones, as traces have them.
	ByName map[string]*lflow.Network
	// Across returns where a packet to a port of another zone continues. It is nil if there
	// is only one zone.
	Across func(*lflow.Port) sim.Entry
}

// networks opens each database once.
type networks struct {
	open  func(context.Context, Source) (*Zones, error)
	north func(context.Context, Source, *lflow.Network) (*explain.Northbound, error) // nil for none
	mu    sync.Mutex
	found map[Source]*network
	order []Source // in which they were opened
}

// network is a database that was opened, or why it was not.
type network struct {
	*address.Resolver
	cluster *cluster.Cluster      // of connections, all zones
	all     []*lflow.Network      // of all zones, the Resolver's first
	norths  []*explain.Northbound // of those that have one
	err     error

	zones *Zones     // of packets that go through several, nil for one
	peers []*network // the views from all zones, this one included; nil for one

	stages sync.Once
	known  map[string]bool // names of stages

	mu     sync.Mutex
	tables map[tableKey]bool // those that walks came to
}

func (s *networks) get(ctx context.Context, src Source) *network {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := s.found[src]; n != nil {
		return n
	}
	n := &network{}
	n.err = s.read(ctx, src, n)
	if s.found == nil {
		s.found = map[Source]*network{}
	}
	s.found[src] = n
	s.order = append(s.order, src)
	return n
}

// read opens the databases of a source.
func (s *networks) read(ctx context.Context, src Source, n *network) (err error) {
	zones, err := s.open(ctx, src)
	if err != nil {
		return err
	}
	n.all = zones.Networks
	if zones.Across != nil && !src.connections {
		n.zones = zones
	}
	n.Resolver = address.NewResolver(n.all[0])
	var other error
	for _, opened := range n.all {
		if s.north == nil {
			break
		}
		north, err := s.north(ctx, src, opened)
		switch {
		case err == nil:
			n.norths = append(n.norths, north)
		case len(n.all) > 1 && errors.Is(err, explain.ErrOtherNetwork):
			other = err
		default:
			return err
		}
	}
	if other != nil && n.norths == nil {
		return other
	}
	index := n.names()
	n.UseNames(index)
	if n.zones != nil {
		resolvers := []*address.Resolver{n.Resolver}
		for _, opened := range n.all[1:] {
			resolvers = append(resolvers, address.NewResolver(opened))
			resolvers[len(resolvers)-1].UseNames(index)
		}
		n.view(resolvers)
	}
	if src.connections {
		n.cluster, err = cluster.New(n.all, cluster.Options{Down: strings.FieldsFunc(src.down, func(r rune) bool { return r == '\n' })})
	}
	return err
}

// names returns the index of the names of all zones, and has northbound rows described by
// them.
func (n *network) names() *names.Index {
	zones := make([]names.Zone, len(n.all))
	for i, opened := range n.all {
		zones[i].Network = opened
		for _, north := range n.norths {
			if north != nil && zones[i].North == nil && north.Of(opened) == nil {
				zones[i].North = north.Snapshot()
			}
		}
	}
	index := names.New(zones...)
	for _, north := range n.norths {
		north.UseTitles(index.TitleOf)
	}
	return index
}

// north returns the zone's northbound database, nil for none.
func (n *network) north() *explain.Northbound {
	for _, north := range n.norths {
		if n.peers == nil || north.Of(n.Network()) == nil {
			return north
		}
	}
	return nil
}

// origins returns the northbound rows that a flow was generated from.
func (n *network) origins(f *trace.Flow) (rows []string) {
	for _, north := range n.norths {
		rows = append(rows, north.Origins(f)...)
	}
	return rows
}

// close gives the databases back.
func (s *networks) close() {
	for _, n := range s.found {
		for _, opened := range n.all {
			_ = opened.Close() // it was only read
		}
	}
}

// stage reports whether a datapath of the network has a stage of that name.
func (n *network) stage(name string) bool {
	n = n.first()
	n.stages.Do(func() {
		n.known = map[string]bool{}
		for _, opened := range n.networks() {
			maps.Copy(n.known, stagesOf(opened))
		}
	})
	return n.known[name]
}

// stageNames returns the names of the stages.
func (n *network) stageNames() (out []string) {
	for s := range n.first().known {
		out = append(out, s)
	}
	return out
}

// maxTable is the highest number that a table of a pipeline has in any release.
const maxTable = 63

func stagesOf(n *lflow.Network) map[string]bool {
	known := map[string]bool{}
	for _, d := range n.Datapaths {
		for _, p := range []lflow.Pipeline{lflow.Ingress, lflow.Egress} {
			for table := range maxTable + 1 {
				if flows := n.Flows(d, p, table); len(flows) > 0 {
					known[flows[0].Stage()] = true
				}
			}
		}
	}
	return known
}

// relativeDB returns a database's name as it is meant in a file: paths are relative
// to the file's directory.
func relativeDB(file, db string) string {
	dir := filepath.Dir(file)
	if dir == "." || db == demo.Name {
		return db
	}
	return open.MapFiles(db, func(path string) string {
		if filepath.IsAbs(path) {
			return path
		}
		return dir + string(filepath.Separator) + path // not Join, which cleans paths
	})
}
