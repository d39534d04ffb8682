package witness

import (
	"strings"

	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/packet"
)

// form is the flows of a table whose actions differ only in constants. Only the actions of
// the first one are parsed, until a constant matters.
type form struct {
	stage    Stage
	differs  bool // whether there are such constants
	flows    []*flow
	list     []action.Action // the actions of the first flow
	edges    []*edge         // its edges
	balances bool            // whether the actions name backends
}

// newForm returns the form of a flow, with its edges added to the path.
func (p *path) newForm(f *flow, differs bool) *form {
	of := &form{stage: f.stage, differs: differs, flows: []*flow{f}, list: f.Actions().List}
	eachEdge(f, of.list, nil, func(to target, e *edge) {
		p.leads[to] = append(p.leads[to], lead{of, len(of.edges)})
		of.edges = append(of.edges, e)
	})
	f.edgeList.Store(&of.edges)
	eachBackend(of.list, func(action.Backend) { of.balances = true })
	p.forms = append(p.forms, of)
	return of
}

// eachBackend calls visit with the backends in actions.
func eachBackend(list []action.Action, visit func(action.Backend)) {
	for _, a := range list {
		switch a := a.(type) {
		case *action.CTLB:
			for _, b := range a.Backends {
				visit(b)
			}
		case *action.Nested:
			eachBackend(a.List, visit)
		}
	}
}

// edges returns the edges of the flow.
func (f *flow) edges() []*edge {
	if known := f.edgeList.Load(); known != nil {
		return *known
	}
	list := []*edge{}
	eachEdge(f, f.Actions().List, nil, func(_ target, e *edge) { list = append(list, e) })
	if !f.edgeList.CompareAndSwap(nil, &list) {
		return *f.edgeList.Load()
	}
	return list
}

// lead is the same edge of all flows of a form.
type lead struct {
	*form
	index int // of the edge among those of a flow
}

// first returns the edge of the first flow.
func (l lead) first() *edge { return l.edges[l.index] }

// edge returns the edge of the i-th flow.
func (l lead) edge(i int) *edge { return l.flows[i].edges()[l.index] }

// answers returns a function that reports whether the edge of the i-th flow makes a reply.
func (l lead) answers() func(i int) bool {
	if first := l.first(); !l.differs || !setsParts(first.from.ActionsText()) { // numbers are part of the form
		return func(i int) bool { return first.isAnswer(l.flows[i].Flow) }
	}
	return func(i int) bool { return l.edge(i).isAnswer(l.flows[i].Flow) }
}

// setsParts reports whether actions may set a part of a field, or all of it written as a
// part. Numbers that other fields are set to are the same in all actions of a form, unless
// they are addresses.
func setsParts(text string) bool {
	for {
		_, after, ok := strings.Cut(text, "]")
		if !ok {
			return false
		}
		if text = strings.TrimLeft(after, " \t\r\n"); !strings.HasPrefix(text, ";") {
			return true
		}
	}
}

// onlyAnswers reports whether the edge of each flow makes a reply.
func (l lead) onlyAnswers() bool {
	if !l.first().mayAnswer() {
		return false
	}
	answers := l.answers()
	for i := range l.flows {
		if !answers(i) {
			return false
		}
	}
	return true
}

// divide groups flows by a key of the i-th, and calls each with each group.
func (l lead) divide(key func(i int) uint64, each func(key uint64, l lead)) {
	var order []uint64
	parts := map[uint64]*form{}
	for i, f := range l.flows {
		k := key(i)
		of := parts[k]
		if of == nil {
			of = &form{stage: l.stage, differs: l.differs, list: l.list, edges: f.edges()}
			parts[k] = of
			order = append(order, k)
		}
		of.flows = append(of.flows, f)
	}
	for _, k := range order {
		each(k, lead{parts[k], l.index})
	}
}

// family is the set of address families that a packet's Ethernet type may have.
type family uint8

const (
	anyFamily family = iota
	onlyIPv4
	onlyIPv6
	notIP
	numFamilies
)

// family returns the families that a region allows.
func (r *Region) family() family {
	c := *r
	typ, known := c.forget(packet.EthType, packet.Ones(16))
	switch {
	case known != packet.Ones(16):
		return anyFamily
	case typ.Lo == packet.EthTypeIPv4:
		return onlyIPv4
	case typ.Lo == packet.EthTypeIPv6:
		return onlyIPv6
	}
	return notIP
}

// mayBe reports whether packets of a family are allowed.
func (f family) mayBe(v6 bool) bool {
	return f == anyFamily || !v6 && f == onlyIPv4 || v6 && f == onlyIPv6
}

// constants returns the bits of packets of a family that an action sets to constants in
// which other flows of the form may differ; it returns all bits if these are not known.
func (o op) constants(of family) words {
	var r Region
	fields := func(list ...*packet.Field) {
		for _, f := range list {
			r.Fix(f, packet.Value{}, packet.Ones(f.Bits))
		}
	}
	switch a := o.Action.(type) {
	case *action.Load:
		if field, ofs, bits := a.Dst.Resolve(); field != nil {
			r.Fix(field, packet.Value{}, packet.Range(ofs, bits))
		}
	case *action.CTLB:
		for _, b := range a.Backends {
			if b.Addr.Is4() && of.mayBe(false) {
				fields(packet.IPv4Dst, packet.TPDst)
			} else if !b.Addr.Is4() && of.mayBe(true) {
				fields(packet.IPv6Dst, packet.TPDst)
			}
		}
	case *action.CTNAT:
		if a.Addr.IsValid() {
			fields(translated(a))
		}
	case *action.Move, *action.Exchange, *action.Next, *action.Output, *action.Nested, *action.DecTTL, *action.Result,
		*action.CTNext, *action.CTClear, *action.CTCommit, *action.CTCommitParams, *action.CTCommitNAT, *action.CTCommitToZone:
	default:
		for i := range r.mask {
			r.mask[i] = ^uint64(0)
		}
	}
	return r.mask
}

// constants returns the constants of all actions of an edge, as a mask.
func (e *edge) constants(of family) sparse {
	var all Region
	for _, o := range e.ops {
		for i, m := range o.constants(of) {
			all.mask[i] |= m
		}
	}
	return all.sparse()
}
