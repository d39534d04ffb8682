package reach

import (
	"maps"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// A tail is walked with the packets of one entry, which has a port and an Ethernet
// address, and of one sender's Ethernet address.  It is that of all entries and senders
// if no flow that packets may meet distinguishes them, and no decision does.

// byEntry are the fields of which packets of another entry or sender have another value.
var byEntry = []*packet.Field{packet.Inport, packet.EthDst, packet.EthSrc}

// entries is the packets of all entries, of which a walk has those of one.
type entries struct {
	entry *packetset.Known // what the packets of the entry have
	macs  packetset.Set    // those from the Ethernet addresses of senders
	all   packetset.Set    // those of all entries, to all destinations, from any Ethernet address
	here  packetset.Set    // those of entries by which packets may come that are walked
	list  []packet.Packet  // of each entry a packet, of which the port and the address are known

	first map[tableKey]int // the first flow of a table that distinguishes entries
	apart map[packetset.Set]bool
	equal map[string]bool
}

// release forgets what is known of sets and states that are not from before a mark.
func (e *entries) release(to packetset.Mark) {
	maps.DeleteFunc(e.first, func(k tableKey, _ int) bool { return !to.HasState(k.state) })
	maps.DeleteFunc(e.apart, func(s packetset.Set, _ bool) bool { return !to.Has(s) })
}

// distinguishes reports whether a set has some of the packets of which others differ in the
// entry alone.
func (x *space) distinguishes(s packetset.Set) bool {
	apart, known := x.entries.apart[s]
	if !known {
		apart = x.m.Given(s, x.entries.entry) != s
		x.entries.apart[s] = apart
	}
	return apart
}

// checkLookup fails where a flow of a table up to the one that is taken distinguishes
// entries.
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

// checkDecision fails where a decision is not the same for all entries.
func (r *image) checkDecision(s packetset.Set) {
	if s > packetset.All && r.distinguishes(s) && r.m.Meets(r.entries.here, s) && !r.m.Within(r.entries.here, s) {
		r.fail("a decision distinguishes the ports by which packets come")
	}
}

// byPort are those fields of byEntry that an entry has.
var byPort = byEntry[:2]

// neverEqual reports whether two numbers, of which one depends on the entry or the sender,
// differ for all entries and senders; ok is false where none does.
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

// differ reports whether a number that depends on the entry or the sender surely differs
// from another one.
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
