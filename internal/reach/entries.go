package reach

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// A tail is walked with the packets of one entry, which has a port and an Ethernet
// address.  It is that of all entries if no flow that comes into question tells them
// apart, and no decision does.

// byEntry are the fields of which packets of another entry have another value.
var byEntry = []*packet.Field{packet.Inport, packet.EthDst}

// entries is the packets of all entries, of which a walk has those of one.
type entries struct {
	entry *packetset.Known // what the packets of the entry have
	all   packetset.Set    // those of all entries, to all destinations
	here  packetset.Set    // those of entries by which packets may come that are walked
	list  []packet.Packet  // of each entry a packet, of which byEntry is known

	first map[tableKey]int // the first flow of a table that tells entries apart
	apart map[packetset.Set]bool
	equal map[string]bool
}

// tellsApart reports whether a set has some of the packets of which others differ in the
// entry alone.
func (x *space) tellsApart(s packetset.Set) bool {
	apart, known := x.entries.apart[s]
	if !known {
		apart = x.m.Given(s, x.entries.entry) != s
		x.entries.apart[s] = apart
	}
	return apart
}

// checkLookup fails where a flow of a table up to the one that is taken tells entries
// apart.
func (r *image) checkLookup(d *lflow.Datapath, p lflow.Pipeline, table int, s *packetset.State, taken *lflow.Flow) {
	flows := d.Network().Flows(d, p, table)
	key := tableKey{d, p, table, r.m.ID(s)}
	first, known := r.entries.first[key]
	if !known {
		first = len(flows)
		if s.Copies(byEntry...) {
			filter := r.m.NewFilter(s, r.entries.all)
			first = max(slices.IndexFunc(flows, func(f *lflow.Flow) bool {
				if filter.Rejects(f.Matcher(), d.Index) {
					return false
				}
				match := r.match(f, s, d)
				return r.tellsApart(match) && r.m.Meets(match, r.entries.all)
			}), -1)
			if first < 0 {
				first = len(flows)
			}
		}
		r.entries.first[key] = first
	}
	if first < len(flows) && (taken == nil || slices.Contains(flows[first:], taken)) {
		r.fail("a flow tells the ports apart by which packets come")
	}
}

// checkDecision fails where a decision is not the same for all entries.
func (r *image) checkDecision(s packetset.Set) {
	if s > packetset.All && r.tellsApart(s) && r.m.Meets(r.entries.here, s) && !r.m.Within(r.entries.here, s) {
		r.fail("a decision tells the ports apart by which packets come")
	}
}

// neverEqual reports whether two numbers, of which one depends on the entry, differ for
// all entries; ok is false where none does.
func (r *image) neverEqual(a, b packetset.Bits) (never, ok bool) {
	switch {
	case a.Copies(byEntry...):
	case b.Copies(byEntry...):
		a, b = b, a
	default:
		return false, false
	}
	key := a.String() + " " + b.String()
	never, known := r.entries.equal[key]
	if !known {
		never = !b.Copies(byEntry...)
		for i := range r.entries.list {
			v := a.Of(&r.entries.list[i])
			never = never && !r.m.Meets(r.m.Becomes(&b, v, packet.Ones(b.Width)), r.entries.here)
		}
		r.entries.equal[key] = never
	}
	return never, true
}
