package witness

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Limits of the proof that packets do not reach a stage: the number of steps from table to
// table, and the number of flows of a table up to which each is evaluated.
const (
	maxStepsBack = 64
	maxFlowsBack = 64
)

// Never reports whether the tables before a stage of a datapath prove that no packet of a
// set reaches it: going backward, no flow continues each of the packets, or it has metadata
// that no packet has that enters the datapath. The set has packets at a point of their path
// (packetset.Anywhere); ports are the keys that a port of them can have. It returns false
// if a packet that returns from later tables continues to another table, because these may
// have changed it.
func (x *Finder) Never(m *packetset.Manager, d *lflow.Datapath, s Stage, set packetset.Set, ports []uint64) bool {
	p := x.path(d)
	if !p.isPlain() {
		return false
	}
	b := backward{m, p, ports}
	type arrival struct {
		s   Stage
		set packetset.Set
	}
	known := map[Stage]packetset.Set{}
	list := []arrival{{s, set}}
	for steps := 0; len(list) > 0; steps++ {
		at := list[len(list)-1]
		list = list[:len(list)-1]
		more := m.Without(at.set, known[at.s])
		if more == packetset.Empty {
			continue
		}
		if at.s == egress || at.s == start && b.mayEnter(more) || steps == maxStepsBack {
			return false
		}
		known[at.s] = m.Or(known[at.s], more)
		var order []Stage
		from := map[Stage][]lead{}
		for _, l := range p.leads[target{Stage: at.s}] {
			if from[l.stage] == nil {
				order = append(order, l.stage)
			}
			from[l.stage] = append(from[l.stage], l)
		}
		for _, s := range order {
			if before := b.table(s, from[s], more); before != packetset.Empty {
				list = append(list, arrival{s, before})
			}
		}
	}
	return true
}

// backward goes backward from sets of packets on a datapath.
type backward struct {
	m     *packetset.Manager
	p     *path
	ports []uint64
}

// mayEnter reports whether packets of a set may enter the datapath. Those from another
// datapath may have any metadata, others have only an input port.
func (b *backward) mayEnter(set packetset.Set) bool {
	m, anywhere := b.m, packetset.Anywhere()
	word, shift, n := packet.Inport.Place()
	mask := packet.Range(shift, n).Lo
	var fresh Region
	fresh.fresh()
	for _, port := range b.p.d.Ports() {
		in := m.And(set, m.Word(anywhere, word, mask, port.Key<<shift))
		for i := 0; port.Peer == nil && i < metadata && in != packetset.Empty; i++ {
			in = m.And(in, m.Word(anywhere, i, fresh.mask[i], 0))
		}
		if in != packetset.Empty {
			return true
		}
	}
	return false
}

// table returns packets of a table that include all that its flows continue to packets of a
// set, over edges of leads. Among flows of one priority, a packet may take each that it
// matches; in a table of many flows it may take any.
func (b *backward) table(s Stage, leads []lead, set packetset.Set) (out packetset.Set) {
	m := b.m
	if len(b.p.tables[s]) > maxFlowsBack {
		for _, l := range leads {
			out = m.Or(out, b.undo(l.first(), set, l.differs && len(l.flows) > 1))
		}
		return out
	}
	undone := map[edgeKey]packetset.Set{}
	by := map[*flow]packetset.Set{}
	left := packetset.Empty
	for _, l := range leads {
		for i, f := range l.flows {
			k := edgeKey{s, f.ActionsText(), l.index}
			before, ok := undone[k]
			if !ok {
				before = b.undo(l.edge(i), set, false)
				undone[k] = before
				left = m.Or(left, before)
			}
			by[f] = m.Or(by[f], before)
		}
	}
	anywhere, d := packetset.Anywhere(), b.p.d
	for flows := b.p.tables[s]; len(flows) > 0 && left != packetset.Empty; {
		n := slices.IndexFunc(flows, func(f *flow) bool { return f.Priority != flows[0].Priority })
		if n < 0 {
			n = len(flows)
		}
		taken := packetset.Empty
		for _, f := range flows[:n] {
			if f.Err(d) == nil {
				of := m.And(left, m.Match(f.Matcher(), anywhere, d.Index, b.ports))
				taken, out = m.Or(taken, of), m.Or(out, m.And(of, by[f]))
			}
		}
		left, flows = m.Without(left, taken), flows[n:]
	}
	return out
}

// every has all bits.
var every = func() (c cares) {
	for i := range c {
		c[i] = ^uint64(0)
	}
	return c
}()

// undo returns packets before an edge that include all that it turns into packets of a set.
// If others is true, the edge stands for edges with other constants too.
func (b *backward) undo(e *edge, set packetset.Set, others bool) packetset.Set {
	for i := len(e.ops) - 1; i >= 0 && set != packetset.Empty; i-- {
		o := e.ops[i]
		refs, _ := writes(o.Action)
		switch a := o.Action.(type) {
		case *action.Load:
			if !others {
				set = b.assignment(a, set)
				continue
			}
		case *action.Result:
			refs = []expr.FieldRef{a.Dst}
		case *action.Move, *action.Exchange, *action.Pop, *action.CheckPktLarger, *action.PutOpts,
			*action.LookupMACBind, *action.LookupMACBindIP, *action.LookupFDB, *action.GetFDB:
		case *action.CTNext, *action.CTLB:
			if o.fork {
				for _, f := range slices.Concat(looked, tuple) {
					set = b.m.Forget(set, f, packet.Ones(f.Bits))
				}
			}
			continue
		default:
			c := every
			switch outs, goes := o.outcomes(b.p, &c); {
			case !goes && !others:
				return packetset.Empty
			case !goes || outs != nil:
				return packetset.All
			}
			continue
		}
		for _, f := range refs {
			set = b.forget(set, f)
		}
	}
	return set
}

// looked are the fields that a conntrack lookup or the choice of a backend may write,
// besides the tuple.
var looked = []*packet.Field{
	packet.CTState, packet.CTMark, packet.CTLabel, packet.IPv4Dst, packet.IPv6Dst, packet.TPDst,
}

func (b *backward) forget(set packetset.Set, f expr.FieldRef) packetset.Set {
	field, ofs, bits := f.Resolve()
	if field == nil {
		return set
	}
	return b.m.Forget(set, field, packet.Range(ofs, bits))
}

// assignment undoes an assignment.
func (b *backward) assignment(a *action.Load, set packetset.Set) packetset.Set {
	field, value, mask := b.p.loaded(a)
	if field == nil {
		return set
	}
	_, ofs, bits := a.Dst.Resolve()
	if mask != packet.Range(ofs, bits) {
		return b.forget(set, a.Dst)
	}
	s := packetset.Anywhere()
	s.Set(field, ofs, packetset.Constant(value.Shr(ofs), bits))
	return b.m.Before(set, s)
}
