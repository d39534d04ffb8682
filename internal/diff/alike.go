package diff

import (
	"bytes"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/bridge"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/trace"
)

// alike determines which packets need not be sent through the second network. If two networks differ
// only in flows, a packet takes the same path in both unless it reaches a datapath whose flows differ.
type alike struct {
	rows    bool            // whether the networks differ in nothing but flows
	differs map[string]bool // the UUIDs of the datapaths whose flows differ
}

// findAlike compares the networks of a pair for that.
func (p *Pair) findAlike() *alike {
	a := &alike{rows: sameBesideFlows(p.Networks())}
	if !a.rows {
		return a
	}
	a.differs = map[string]bool{}
	for _, c := range p.flows() {
		a.differs[c.d.UUID] = true
	}
	return a
}

// carries reports whether a packet has the same outcome in both networks, given that in the first.
func (a *alike) carries(s *packetResult) bool {
	if !a.rows {
		return false
	}
	for _, w := range s.walks {
		differs := slices.ContainsFunc(w.passed, func(t takenFlow) bool { return a.differs[t.d.UUID] })
		trace.Walk(w.trace.Root, func(n trace.Node) bool { // where no flow matched, none is passed
			p, ok := n.(*trace.Pipeline)
			differs = differs || ok && a.differs[p.Datapath.UUID]
			return !differs
		})
		if differs {
			return false
		}
	}
	return true
}

// sameBesideFlows reports whether two networks are read alike and have the same rows in
// all tables but those of flows and their groups of datapaths.
func sameBesideFlows(nets [2]*lflow.Network) bool {
	a, b := bridge.Snapshot(nets[0]), bridge.Snapshot(nets[1])
	if !readAlike(nets) || a.SchemaVersion != b.SchemaVersion {
		return false
	}
	names := map[string]bool{}
	for _, s := range []*ovsdb.Snapshot{a, b} {
		for _, name := range s.Tables() {
			names[name] = name != "Logical_Flow" && name != "Logical_DP_Group"
		}
	}
	for name, compared := range names {
		if compared && !sameRows(a.Table(name), b.Table(name)) {
			return false
		}
	}
	return true
}

// readAlike reports whether the same text means the same in both networks, as far as that
// does not depend on rows.
func readAlike(nets [2]*lflow.Network) bool {
	viewpoint := func(n *lflow.Network) string {
		if c, ok := n.Viewpoint(); ok {
			return c.Name
		}
		return ""
	}
	return nets[0].Dialect == nets[1].Dialect && viewpoint(nets[0]) == viewpoint(nets[1])
}

// sameRows reports whether two tables have the same rows.
func sameRows(a, b *ovsdb.Table) bool {
	if a.Len() != b.Len() {
		return false
	}
	kept := b.Kept(a)
	var texts [2][]byte
	for row := range b.Unsorted() {
		if kept != nil && kept(row.Number()) {
			continue
		}
		other, ok := a.Get(row.UUID())
		if !ok {
			return false
		}
		texts = [2][]byte{other.AppendJSON(texts[0][:0]), row.AppendJSON(texts[1][:0])}
		if !bytes.Equal(texts[0], texts[1]) {
			return false
		}
	}
	return true
}
