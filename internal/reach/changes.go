package reach

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"

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

	// Zones are the names of the zones that exist in one network only. Their ports are not in
	// Only.
	Zones [2][]string

	// Open is the reason why a part is not compared, "" if all parts are.
	Open string
}

// ChangedPart has the changes of packets that enter by ports of one datapath.
type ChangedPart struct {
	Part        // of the old network
	Zone string // that of the datapath in the old network, "" if each network has one zone
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
	Kind    SectionKind // of its packets; those of Later are with others if they are described alike
}

// sides is a question about two networks.
type sides struct {
	before, after *Zones
	zoned         bool // whether one of them has several zones, which are matched by name
	old, new      *Question
}

// Compare answers a question in two networks, and returns exactly the packets with a
// different outcome: another end, another port, another reason or datapath of a drop, or
// another packet that arrives. Ports are those of the old network. Zones are matched by name,
// unless each network has one.
func Compare(ctx context.Context, before, after *Zones, q *Question) (*Changes, error) {
	all := *q
	all.Later = true
	q = &all
	c := &sides{before: before, after: after, zoned: before.several() || after.several(), old: q}
	c.new = c.translate(q)
	out := &Changes{}
	type group struct {
		narrowed      *narrowed
		ports, others []*lflow.Port
	}
	var groups []group
	for i, resolver := range before.Resolvers {
		isGone := c.zoned && !slices.Contains(after.Names, before.Names[i])
		if isGone {
			out.Zones[0] = append(out.Zones[0], before.Names[i])
		}
		senders := starts(resolver, q)
		if len(senders) == 0 {
			continue
		}
		narrowed, err := narrow(resolver.Network(), q.Packets)
		if err != nil {
			return nil, err
		}
		for _, ports := range senders {
			var both, others []*lflow.Port
			for _, p := range ports {
				if o := c.counterpart(p, before, after); o != nil {
					both, others = append(both, p), append(others, o)
				} else if !isGone {
					out.Only[0] = append(out.Only[0], c.name(before, p))
				}
			}
			for _, g := range sameKeys(both, others) {
				groups = append(groups, group{narrowed, g[0], g[1]})
			}
		}
	}
	for i, resolver := range after.Resolvers {
		if c.zoned && !slices.Contains(before.Names, after.Names[i]) {
			out.Zones[1] = append(out.Zones[1], after.Names[i])
			continue
		}
		if q.From == nil {
			for _, p := range vifs(resolver) {
				if c.counterpart(p, after, before) == nil {
					out.Only[1] = append(out.Only[1], c.name(after, p))
				}
			}
		}
	}
	out.Parts = make([]*ChangedPart, len(groups))
	open := make([]string, len(groups))
	if err := parallel(ctx, runtime.GOMAXPROCS(0), len(groups), func(i int) (err error) {
		g := &groups[i]
		out.Parts[i], open[i], err = c.part(ctx, g.narrowed, g.ports, g.others)
		return err
	}); err != nil {
		return nil, err
	}
	for _, why := range open {
		if out.Open == "" {
			out.Open = why
		}
	}
	return out, nil
}

// counterpart returns the port of the same name on the other side, nil if there is none: that
// of the zone of the same name, or of the zone into which it moved.
func (c *sides) counterpart(p *lflow.Port, from, to *Zones) *lflow.Port {
	zone := 0
	if c.zoned {
		zone = slices.Index(to.Names, from.Names[from.index(p.Datapath)])
	}
	if zone >= 0 {
		if o, err := to.Resolvers[zone].Network().Port(p.Name); err == nil && (!c.zoned || o.Type != "remote") {
			return o
		}
	}
	if !c.zoned {
		return nil
	}
	return to.owned(p.Name)
}

// zone returns the name of a datapath's zone, "" if each side has one zone.
func (c *sides) zone(z *Zones, d *lflow.Datapath) string {
	if !c.zoned {
		return ""
	}
	return z.Names[z.index(d)]
}

// name returns the name of a port, with its zone.
func (c *sides) name(z *Zones, p *lflow.Port) string {
	if zone := c.zone(z, p.Datapath); zone != "" {
		return zone + ":" + p.Name
	}
	return p.Name
}

// sameKeys groups ports whose counterparts are on one datapath and have the same keys, to be
// walked together. Any other port is a group of its own.
func sameKeys(ports, others []*lflow.Port) (groups [][2][]*lflow.Port) {
	var same [2][]*lflow.Port
	for i, o := range others {
		if p := ports[i]; o.Key == p.Key && (len(same[1]) == 0 || o.Datapath == same[1][0].Datapath) {
			same[0], same[1] = append(same[0], p), append(same[1], o)
		} else {
			groups = append(groups, [2][]*lflow.Port{{p}, {o}})
		}
	}
	if len(same[0]) > 0 {
		groups = append(groups, same)
	}
	return groups
}

// part compares the packets that enter by some ports of a datapath.
func (c *sides) part(ctx context.Context, narrowed *narrowed, ports, others []*lflow.Port) (part *ChangedPart, open string, err error) {
	defer packetset.Catch(&err)
	keys := make([]uint64, len(ports))
	for i, p := range ports {
		keys[i] = p.Key
	}
	d, e := ports[0].Datapath, others[0].Datapath
	x := newSpace(d.Network(), d, keys)
	y := spaceIn(x.m, e.Network(), e, keys)
	x.arriving, y.arriving = rewritten, rewritten
	x.answered, y.answered = true, true
	x.links, y.links = c.before.links(), c.after.links()
	if others[0].Key != ports[0].Key {
		y.inport = others[0].Key
	}
	q := c.old
	part = &ChangedPart{Part: Part{Ports: ports, space: x, named: narrowed.has}, Zone: c.zone(c.before, d)}
	part.all = x.asked(c.before.of(ports[0]), q, narrowed, ports)
	for i, o := range others { // its addresses may differ
		s := x.m.And(by(x.m, ports[i]), sent(x.m, narrowed.has, q.Later))
		if !q.Spoof && o.Type != "localnet" {
			s = x.m.And(s, own(x.m, c.after.of(o).Hosts(o)))
		}
		part.all = x.m.Or(part.all, x.m.And(s, narrowed.set(x)))
	}
	was, err := x.results(ctx, c.before, q, part.all, part.Zone)
	if err != nil {
		return nil, "", err
	}
	is, err := y.results(ctx, c.after, c.new, part.all, c.zone(c.after, e))
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

// translate returns the question about the ports and datapaths of the same names in the new
// network.
func (c *sides) translate(q *Question) *Question {
	o := *q
	if q.To != nil {
		o.To = []*lflow.Port{} // not nil, which would select all ports
		for _, p := range q.To {
			if other := c.counterpart(p, c.before, c.after); other != nil {
				o.To = append(o.To, other)
			}
		}
	}
	if q.Through != nil {
		o.Through = []*lflow.Datapath{} // not nil, which would select all datapaths
		for _, d := range q.Through {
			for i, r := range c.after.Resolvers {
				if c.zoned && c.after.Names[i] != c.zone(c.before, d) {
					continue
				}
				if other, err := r.Network().Datapath(d.Name); err == nil {
					o.Through = append(o.Through, other)
				}
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

// results returns the outcomes of packets that enter a zone, by the keys that Compare
// compares.
func (x *space) results(ctx context.Context, zones *Zones, q *Question, all packetset.Set, zone string) (map[string]*outcome, error) {
	if q.To != nil {
		x.isIrrelevant, x.ends = zones.irrelevantBesides(q.To), q.To
	}
	a := &Answer{question: q, zones: zones}
	out := map[string]*outcome{}
	classes := 0
	rest, err := x.explore(ctx, all, all, nil, func(c Class) bool {
		classes++
		progress.Add(ctx, 1, 0)
		if q.To != nil {
			c.Undecided = cmp.Or(c.Undecided, c.doubt)
		}
		r := a.result(&c)
		key := r.common(zone)
		for _, got := range c.arrivals {
			key += " " + got.packet
		}
		for _, got := range c.floods {
			key += " " + got.port.Name + " " + got.packet
		}
		if out[key] == nil {
			out[key] = &outcome{}
		}
		out[key].add(x.m, r, c.Set)
		return classes < q.limit()
	})
	if err == nil && rest != packetset.Empty {
		out["rest"] = &outcome{}
		out["rest"].add(x.m, &Result{Kind: Undecided, Reason: tooMany(q.limit())}, rest)
	}
	return out, err
}

// common returns the part of a result of packets from a zone that can be compared between
// networks: names, without flows.
func (r *Result) common(zone string) string {
	var names []string
	for _, p := range r.Ports {
		names = append(names, p.Name)
	}
	slices.Sort(names)
	return fmt.Sprint(r.Kind, " ", r.Code, " ", cmp.Or(r.At.Zone, zone), " ", r.At.Datapath.DisplayName(true), " ", strings.Join(names, " "))
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
	all := p.List
	p.List = nil
	p.to = p.all
	for _, kind := range []SectionKind{Addressed, MixedDestinations, Later} {
		among := p.among(kind)
		for _, c := range all {
			one := *c
			if one.Set = m.And(c.Set, among); one.Set == packetset.Empty {
				continue
			}
			one.Kind = kind
			one.Description, one.Example = m.Describe(one.Set, among, p.inports()), p.Example(one.Set)
			said := slices.IndexFunc(p.List, func(o *Change) bool {
				return kind == Later && o.Before == one.Before && o.After == one.After && o.Text == one.Text
			})
			if said >= 0 { // conntrack has no part in it
				p.List[said].Set = m.Or(p.List[said].Set, one.Set)
			} else {
				p.List = append(p.List, &one)
			}
		}
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

// Changed reports whether the networks differ: a packet has a different outcome, or a port or
// a zone exists in one network only.
func (c *Changes) Changed() bool {
	return c.OneSided() || slices.ContainsFunc(c.Parts, func(p *ChangedPart) bool { return len(p.List) > 0 })
}

// OneSided reports whether there are ports or zones in one network only, whose packets are
// not compared.
func (c *Changes) OneSided() bool {
	return len(c.Only[0])+len(c.Only[1])+len(c.Zones[0])+len(c.Zones[1]) > 0
}
