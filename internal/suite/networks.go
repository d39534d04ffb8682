package suite

import (
	"context"
	"path/filepath"
	"strings"
	"sync"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/explain"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// Source names a database and the way in which it is read.
type Source struct {
	DB      string // a path, or whatever else names a database
	Release string // "" for what the database says itself
	Chassis string // "" for none

	// Northd is whether the network is what ovn-northd makes of the northbound
	// database NB and of DB, which may be "" for an empty one.
	Northd bool
	NB     string
}

// networks opens each database once.
type networks struct {
	open  func(context.Context, Source) (*lflow.Network, error)
	north func(context.Context, Source, *lflow.Network) (*explain.Northbound, error) // nil for none
	mu    sync.Mutex
	found map[Source]*network
	order []Source // in which they were opened
}

// network is a database that was opened, or why it was not.
type network struct {
	*address.Resolver
	north  *explain.Northbound // nil for none
	err    error
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
	opened, err := s.open(ctx, src)
	if err != nil {
		n.err = err
	} else {
		n.Resolver = address.NewResolver(opened)
		if s.north != nil {
			n.north, n.err = s.north(ctx, src, opened)
		}
	}
	if s.found == nil {
		s.found = map[Source]*network{}
	}
	s.found[src] = n
	s.order = append(s.order, src)
	return n
}

// close gives the databases back.
func (s *networks) close() {
	for _, n := range s.found {
		if n.Resolver != nil {
			_ = n.Network().Close() // it was only read
		}
	}
}

// stage reports whether a datapath of the network has a stage of that name.
func (n *network) stage(name string) bool {
	n.stages.Do(func() { n.known = stagesOf(n.Network()) })
	return n.known[name]
}

// stageNames returns the names of the stages.
func (n *network) stageNames() (out []string) {
	for s := range n.known {
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
// to the file's folder, "demo" and servers are not paths.
func relativeDB(file, db string) string {
	if db == "demo" || db == "-" || isServer(db) {
		return db
	}
	dir := filepath.Dir(file)
	if dir == "." {
		return db
	}
	join := func(path string) string {
		if filepath.IsAbs(path) {
			return path
		}
		return dir + string(filepath.Separator) + path // no Join: PATH//MEMBER keeps its slashes
	}
	if !strings.Contains(db, "=") {
		return join(db)
	}
	parts := strings.Split(db, ",")
	for i, p := range parts {
		if table, path, ok := strings.Cut(p, "="); ok {
			parts[i] = table + "=" + join(path)
		}
	}
	return strings.Join(parts, ",")
}
