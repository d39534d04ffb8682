package reach

import (
	"maps"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// A tail is walked with the packets of one entry, which is a port and an Ethernet address,
// from one sender's Ethernet address. The result is valid for all entries and senders if no
// flow that packets may match distinguishes them, and no decision does.

// byEntry are the fields that differ between entries or senders.
var byEntry = []*packet.Field{packet.Inport, packet.EthDst, packet.EthSrc}

// entries are the packets of all entries of which a walk uses one.
type entries struct {
	entry *packetset.Known // bits that packets of the entry have in common
	macs  packetset.Set    // packets from the Ethernet addresses of senders
	all   packetset.Set    // packets of all entries, to all destinations, from any Ethernet address
	here  packetset.Set    // packets of the entries by which walked packets may come
	list  []packet.Packet  // a packet of each entry, in which only the port and the address are set

	first map[tableKey]int // index of the first flow of a table that distinguishes entries
	apart map[packetset.Set]bool
	equal map[string]bool
}

// release removes results for sets and states that were made after a mark.
func (e *entries) release(to packetset.Mark) {
	maps.DeleteFunc(e.first, func(k tableKey, _ int) bool { return !to.HasState(k.state) })
	maps.DeleteFunc(e.apart, func(s packetset.Set, _ bool) bool { return !to.Has(s) })
}

// distinguishes reports whether a set has some, but not all packets that differ in the
// entry only.
func (x *space) distinguishes(s packetset.Set) bool {
	apart, known := x.entries.apart[s]
	if !known {
		apart = x.m.Restrict(s, x.entries.entry) != s
		x.entries.apart[s] = apart
	}
	return apart
}

// checkLookup fails the walk if a flow of a table, up to the flow that is taken,
// distinguishes entries.
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
				return r.distinguishes(match) && r.m.Meets(r.m.And(match, r.entries.macs), r.entries.all)
			}), -1)
			if first < 0 {
				first = len(flows)
			}
		}
		r.entries.first[key] = first
	}
	if first < len(flows) && (taken == nil || slices.Contains(flows[first:], taken)) {
		r.fail("a flow distinguishes the ports by which packets come")
	}
}

// checkDecision fails the walk if a decision is not the same for all entries.
func (r *image) checkDecision(s packetset.Set) {
	if s > packetset.All && r.distinguishes(s) && r.m.Meets(r.entries.here, s) && !r.m.Within(r.entries.here, s) {
		r.fail("a decision distinguishes the ports by which packets come")
	}
}

// byPort are the fields of byEntry that differ between entries.
var byPort = byEntry[:2]

// neverEqual reports whether two numbers, one of which depends on the entry or the sender,
// differ for all entries and senders; ok is false if none of them depends on these.
func (r *image) neverEqual(a, b packetset.Bits) (never, ok bool) {
	if b.Copies(byPort...) || !a.Copies(byPort...) && b.Copies(packet.EthSrc) {
		a, b = b, a
	}
	if !a.Copies(byEntry...) {
		return false, false
	}
	key := a.String() + " " + b.String()
	never, known := r.entries.equal[key]
	if !known {
		never = r.differ(&a, &b)
		r.entries.equal[key] = never
	}
	return never, true
}

// differ reports whether a number that depends on the entry or the sender is known to
// differ from another one.
func (r *image) differ(a, b *packetset.Bits) bool {
	e := r.entries
	becomes := func(b *packetset.Bits, v packet.Value) bool {
		return r.m.Meets(r.m.And(r.m.Becomes(b, v, packet.Ones(b.Width)), e.macs), e.here)
	}
	switch ofPort, ofSender := a.Copies(byPort...), a.Copies(packet.EthSrc); {
	case ofPort && ofSender || b.Copies(byPort...):
		return false
	case ofSender:
		return b.IsConstant() && !becomes(a, b.Value)
	}
	return !slices.ContainsFunc(e.list, func(p packet.Packet) bool { return becomes(b, a.Of(&p)) })
}
