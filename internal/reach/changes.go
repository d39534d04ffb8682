package reach

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/internal/progress"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Changes are the differences between the answers of two networks to a question.
type Changes struct {
	Parts []*ChangedPart

	// Only are the names of ports of the question that exist in one network only: the old
	// one, and the new one.
	Only [2][]string

	// Open is the reason why a part is not compared, "" if all parts are.
	Open string
}

// ChangedPart has the changes of packets that enter by ports of one datapath.
type ChangedPart struct {
	Part // of the old network
	List []*Change
	open packetset.Set // packets that are not compared
}

// Change is a set of packets with a different outcome by one cause: the same flows decided
// before, and the same flows decide after. Before or After is nil if the packets have the
// other result only for some choices.
type Change struct {
	Before, After *Result
	packetset.Description
	Example string
	Set     packetset.Set
}

// Compare answers a question in two networks, and returns exactly the packets with a
// different outcome: another end, another port, another reason or datapath of a drop, or
// another packet that arrives. Ports are those of the old network.
func Compare(ctx context.Context, before, after *address.Resolver, q *Question) (*Changes, error) {
	c, err := narrow(before.Network(), q.Packets)
	if err != nil {
		return nil, err
	}
	out := &Changes{}
	for _, ports := range starts(before, q) {
		var both []*lflow.Port
		for _, p := range ports {
			if !after.Network().HasPort(p.Name) {
				out.Only[0] = append(out.Only[0], p.Name)
			} else {
				both = append(both, p)
			}
		}
		for _, group := range sameKeys(both, after.Network()) {
			part, open, err := comparePart(ctx, before, after, q, c, group)
			if err != nil {
				return nil, err
			}
			out.Parts = append(out.Parts, part)
			if out.Open == "" {
				out.Open = open
			}
		}
	}
	if q.From == nil {
		for _, p := range vifs(after) {
			if !before.Network().HasPort(p.Name) {
				out.Only[1] = append(out.Only[1], p.Name)
			}
		}
	}
	return out, nil
}

// sameKeys groups ports whose key is the same in another network, to be walked together.
// Any other port is a group of its own.
func sameKeys(ports []*lflow.Port, n *lflow.Network) (groups [][]*lflow.Port) {
	var same []*lflow.Port
	var first *lflow.Datapath // of the other network's ports
	for _, p := range ports {
		if o, err := n.Port(p.Name); err == nil && o.Key == p.Key && (first == nil || o.Datapath == first) {
			first = o.Datapath
			same = append(same, p)
		} else {
			groups = append(groups, []*lflow.Port{p})
		}
	}
	if len(same) > 0 {
		groups = append(groups, same)
	}
	return groups
}

func comparePart(ctx context.Context, before, after *address.Resolver, q *Question, c *narrowed, ports []*lflow.Port) (part *ChangedPart, open string, err error) {
	defer packetset.Catch(&err)
	keys := make([]uint64, len(ports))
	others := make([]*lflow.Port, len(ports))
	for i, p := range ports {
		keys[i] = p.Key
		others[i], _ = after.Network().Port(p.Name) // it exists: ports of one network only were removed
	}
	x := newSpace(before.Network(), ports[0].Datapath, keys)
	y := newSpace(after.Network(), others[0].Datapath, keys)
	y.m = x.m
	x.arriving, y.arriving = rewritten, rewritten
	if others[0].Key != ports[0].Key {
		y.inport = others[0].Key
	}
	part = &ChangedPart{Part: Part{Ports: ports, space: x}}
	part.all = x.asked(before, q, c, ports)
	for i, o := range others { // its addresses may differ
		s := x.m.And(by(x.m, ports[i]), sent(x.m, c.has))
		if !q.Spoof && o.Type != "localnet" {
			s = x.m.And(s, own(x.m, after.Hosts(o)))
		}
		part.all = x.m.Or(part.all, x.m.And(s, c.set(x)))
	}
	was, err := x.results(ctx, before, q, part.all)
	if err != nil {
		return nil, "", err
	}
	is, err := y.results(ctx, after, q.in(after), part.all)
	if err != nil {
		return nil, "", err
	}
	for _, all := range []map[string]*outcome{was, is} {
		for _, o := range all {
			if r := o.causes[0]; r.Kind == Undecided && (open == "" || r.Reason < open) {
				open = r.Reason
			}
		}
	}
	part.changes(was, is)
	return part, open, nil
}

// in returns the question about the ports and datapaths of the same names in another
// network.
func (q *Question) in(resolver *address.Resolver) *Question {
	o := *q
	if q.To != nil {
		o.To = []*lflow.Port{} // not nil, which would select all ports
		for _, p := range q.To {
			if other, err := resolver.Network().Port(p.Name); err == nil {
				o.To = append(o.To, other)
			}
		}
	}
	if q.Through != nil {
		o.Through = []*lflow.Datapath{} // not nil, which would select all datapaths
		for _, d := range q.Through {
			if other, err := resolver.Network().Datapath(d.Name); err == nil {
				o.Through = append(o.Through, other)
			}
		}
	}
	return &o
}

// outcome is what Compare compares, with the results that have it.
type outcome struct {
	set    packetset.Set
	causes []*Result // with the packets of each
}

// add adds a result of packets.
func (o *outcome) add(m *packetset.Manager, r *Result, set packetset.Set) {
	o.set = m.Or(o.set, set)
	cause := r.cause()
	if i := slices.IndexFunc(o.causes, func(k *Result) bool { return k.cause() == cause }); i >= 0 {
		o.causes[i].Set = m.Or(o.causes[i].Set, set)
		return
	}
	r.Set = set
	o.causes = append(o.causes, r)
}

// undecided reports whether the outcome of the packets is not known.
func (o *outcome) undecided() bool { return o.causes[0].Kind == Undecided }

// results returns the outcomes of packets, by the keys that Compare compares.
func (x *space) results(ctx context.Context, resolver *address.Resolver, q *Question, all packetset.Set) (map[string]*outcome, error) {
	if q.To != nil {
		x.isIrrelevant = (&leads{}).besides(q.To)
	}
	a := &Answer{question: q}
	out := map[string]*outcome{}
	classes := 0
	rest, err := x.explore(ctx, all, all, nil, func(c Class) bool {
		classes++
		progress.Add(ctx, 1, 0)
		r := a.result(&c)
		key := r.common()
		for _, got := range c.arrivals {
			key += " " + got.packet
		}
		if out[key] == nil {
			out[key] = &outcome{}
		}
		out[key].add(x.m, r, c.Set)
		return classes < q.limit()
	})
	if err == nil && rest != packetset.Empty {
		out["rest"] = &outcome{}
		out["rest"].add(x.m, &Result{Kind: Undecided, Reason: fmt.Sprintf("more than %d classes of packets", q.limit())}, rest)
	}
	return out, err
}

// common returns the part of a result that can be compared between networks: names, without
// flows.
func (r *Result) common() string {
	var names []string
	for _, p := range r.Ports {
		names = append(names, p.Name)
	}
	slices.Sort(names)
	return fmt.Sprint(r.Kind, " ", r.Code, " ", r.At.Datapath.DisplayName(true), " ", strings.Join(names, " "))
}

// cause returns a key of a result and the flows that decided it.
func (r *Result) cause() string {
	text := r.String()
	for _, at := range r.Deciding() {
		text += " " + flowID(at.Flow)
	}
	return text
}

// changes pairs the outcomes that packets no longer have with those that they have now.
func (p *ChangedPart) changes(was, is map[string]*outcome) {
	m := p.space.m
	less := func(a, b map[string]*outcome) (keys []string, sets map[string]packetset.Set) {
		sets = map[string]packetset.Set{}
		for _, key := range slices.Sorted(maps.Keys(a)) {
			set := a[key].set
			if a[key].undecided() {
				p.open = m.Or(p.open, set)
				continue
			}
			if o := b[key]; o != nil {
				set = m.Without(set, o.set)
			}
			if set != packetset.Empty {
				keys, sets[key] = append(keys, key), set
			}
		}
		return keys, sets
	}
	lost, lostSets := less(was, is)
	gained, gainedSets := less(is, was)
	paired := packetset.Empty
	for _, i := range lost {
		alone := lostSets[i]
		for _, j := range gained {
			p.add(was[i], is[j], m.And(lostSets[i], gainedSets[j]))
			alone = m.Without(alone, gainedSets[j])
		}
		p.add(was[i], nil, alone)
		paired = m.Or(paired, lostSets[i])
	}
	for _, j := range gained {
		p.add(nil, is[j], m.Without(gainedSets[j], paired))
	}
	for _, c := range p.List {
		c.Description, c.Example = m.Describe(c.Set, p.all, p.inports()), p.Example(c.Set)
	}
}

// add adds packets whose outcome has changed, by cause.
func (p *ChangedPart) add(before, after *outcome, set packetset.Set) {
	m := p.space.m
	if set = m.Without(set, p.open); set == packetset.Empty {
		return
	}
	causes := func(o *outcome) []*Result {
		if o == nil {
			return []*Result{nil}
		}
		return o.causes
	}
	in := func(set packetset.Set, r *Result) packetset.Set {
		if r == nil {
			return set
		}
		return m.And(set, r.Set)
	}
	for _, b := range causes(before) {
		for _, a := range causes(after) {
			set := in(in(set, b), a)
			if set == packetset.Empty {
				continue
			}
			same := func(x, y *Result) bool { return x == y || x != nil && y != nil && x.cause() == y.cause() }
			if i := slices.IndexFunc(p.List, func(c *Change) bool { return same(c.Before, b) && same(c.After, a) }); i >= 0 {
				p.List[i].Set = m.Or(p.List[i].Set, set)
			} else {
				p.List = append(p.List, &Change{Before: b, After: a, Set: set})
			}
		}
	}
}

// rewritten describes the fields that differ from those of the packet as it entered the
// network.
func rewritten(s *packetset.State) string {
	original := packetset.NewState()
	var b strings.Builder
	for _, f := range packetset.Fields() {
		now, then := s.Field(f), original.Field(f)
		if f == packet.Inport || now.Same(&then) {
			continue
		}
		fmt.Fprintf(&b, "%s=%s ", f.Name, now.String())
	}
	return b.String()
}

// Changed reports whether any packet has a different outcome.
func (c *Changes) Changed() bool {
	return slices.ContainsFunc(c.Parts, func(p *ChangedPart) bool { return len(p.List) > 0 })
}
