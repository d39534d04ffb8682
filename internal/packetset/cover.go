package packetset

import (
	"cmp"
	"slices"

	"github.com/ovnwalk/ovnwalk/packet"
)

// describer looks for the formula of a set that costs least.
//
// A formula is looked for between two sets: those packets that it must have, and those
// that it may have.  What it may have besides are packets of no interest, such as those
// of another alternative.  The hull of a set is the packets whose kind and fields, each
// on its own, are those of a packet of the set.  If the set may have its hull, that is the formula.
// Else it is the hull with an exception, or with alternatives: those of the kinds of
// packets, or of the values of one field.
type describer struct {
	m           *Manager // of its own: what the search makes is not kept
	kinds       map[kinds]Set
	clauses     map[clauseKey]*clause
	phrases     map[[2]kinds]phrase
	projections map[projectionKey]Set

	// Of the set that is written:
	inports []Port
	solved  map[question]*solution
	steps   int // of the search
	allowed int // up to where sets are divided in all ways
}

type clauseKey struct {
	values Set
	name   string
}

type projectionKey struct {
	set   Set
	field *packet.Field
}

// question is what a formula must and may have, and in how many exceptions it is.
type question struct {
	must, may Set
	depth     int
}

// solution is the best formula for a question, or the limit up to which there is none.
type solution struct {
	*formula
	limit int
}

// Bounds of the search.
const (
	maxSteps   = 100  // after which the first way to divide a set is taken; each way has its share
	maxDepth   = 2    // exceptions in exceptions
	maxClasses = 6    // of the values of a field by which sets are divided
	unlimited  = 1e9  // a cost
	maxTerms   = 2000 // how many more there may be
)

func newDescriber() *describer {
	return &describer{
		m: NewManager(0), kinds: map[kinds]Set{}, clauses: map[clauseKey]*clause{}, phrases: map[[2]kinds]phrase{},
		projections: map[projectionKey]Set{},
	}
}

// of returns the packets of families.
func (d *describer) of(k kinds) Set {
	if k == allKinds {
		return All
	}
	s, ok := d.kinds[k]
	if !ok {
		s = Empty
		if k.count() == 1 {
			s = d.m.family(k.first())
		} else {
			for left := k; left != 0; left &= left - 1 {
				s = d.m.Or(s, d.of(1<<left.first()))
			}
		}
		d.kinds[k] = s
	}
	return s
}

// kindsOf returns the families of which a set has packets.
func (d *describer) kindsOf(s Set) (k kinds) {
	for i := range families {
		if d.m.Meets(s, d.of(1<<i)) {
			k |= 1 << i
		}
	}
	return k
}

func (d *describer) phrase(need, allowed kinds) phrase {
	key := [2]kinds{need, allowed}
	p, ok := d.phrases[key]
	if !ok {
		p = phraseFor(need, allowed)
		d.phrases[key] = p
	}
	return p
}

func (d *describer) project(s Set, f *packet.Field) Set {
	key := projectionKey{s, f}
	p, ok := d.projections[key]
	if !ok {
		p = d.m.project(s, f)
		d.projections[key] = p
	}
	return p
}

// domain returns the packets of which a field has a value that families with a symbol have.
func (d *describer) domain(f *packet.Field, s symbol) Set {
	if s.width == f.Bits {
		return All
	}
	return d.m.Equal(f, packet.Value{}, packet.Range(s.width, f.Bits-s.width))
}

// literal returns the packets whose field has values.
func (d *describer) literal(f *packet.Field, s symbol, values Set) literal {
	values = d.m.And(values, d.domain(f, s))
	key := clauseKey{values, s.name}
	c, ok := d.clauses[key]
	if !ok || f == packet.Inport { // (the names of ports differ between sets)
		c = d.m.clause(f, values, s, d.inports)
		d.clauses[key] = c
	}
	return literal{c, f, s, values, d.m.And(values, d.required(s))}
}

// required returns the packets that have a symbol, among those of its families.
func (d *describer) required(s symbol) Set {
	var types []uint64
	switch s.name {
	case "nd.target":
		types = []uint64{packet.NDSolicit, packet.NDAdvertise}
	case "nd.sll":
		types = []uint64{packet.NDSolicit}
	case "nd.tll":
		types = []uint64{packet.NDAdvertise}
	default:
		return All
	}
	m := d.m
	set := Empty
	for _, t := range types {
		set = m.Or(set, m.Is(packet.TPSrc, t))
	}
	return m.And(set, m.And(m.Is(packet.TPDst, 0), m.Is(packet.IPTTL, ndTTL)))
}

// ndTTL is the time to live that neighbor discovery has.
const ndTTL = 255

// hull returns the families and the literals of the hull of a set.
func (d *describer) hull(s Set) (need kinds, list []literal) {
	need = d.kindsOf(s)
	for _, f := range d.m.support(s) {
		if f == packet.EthType && need != unnamed || f == packet.IPProto && need&^(otherIP4|otherIP6) != 0 && need&^(arp|rarp) != 0 {
			continue // the names of the families say it
		}
		symbol, ok := need.symbol(f)
		if !ok || !d.m.Within(s, d.required(symbol)) {
			continue
		}
		if l := d.literal(f, symbol, d.project(s, f)); l.values != d.domain(f, symbol) {
			list = append(list, l)
		}
	}
	return need, list
}

func (d *describer) all(s Set, list []literal) Set {
	for _, l := range list {
		s = d.m.And(s, l.set)
	}
	return s
}

// behind returns for each literal, and behind the last one, the packets of a set for which it
// and those after it hold.
func (d *describer) behind(s Set, list []literal) []Set {
	out := make([]Set, len(list)+1)
	out[len(list)] = s
	for i := len(list) - 1; i >= 0; i-- {
		out[i] = d.m.And(list[i].set, out[i+1])
	}
	return out
}

// product returns the shortest conjunction that has the packets of families for which
// literals hold, and of the others only those that it may have.  It is nil if it may not
// have the former.
func (d *describer) product(need kinds, list []literal, may Set) *formula {
	m := d.m
	outside := m.Not(may)
	base := d.of(need)
	byCost := slices.Clone(list)
	slices.SortStableFunc(byCost, func(a, b literal) int { return cmp.Compare(b.cost, a.cost) })
	lacking := d.behind(m.And(base, outside), byCost)
	if lacking[0] != Empty {
		return nil
	}
	// Literals that may be left out, the most costly first.
	before := All
	list = slices.Clone(list)
	for i, l := range byCost {
		if m.Meets(before, lacking[i+1]) {
			before = m.And(before, l.set)
		} else {
			list = slices.DeleteFunc(list, func(o literal) bool { return o.field == l.field })
		}
	}
	// Values that are shorter to write.
	lacking = d.behind(m.And(base, outside), list)
	before = All
	for i, l := range list {
		rest := m.And(m.And(before, d.required(l.symbol)), lacking[i+1])
		allowed := m.And(m.Not(d.project(rest, l.field)), d.domain(l.field, l.symbol))
		if allowed != l.values {
			for _, values := range []Set{allowed, m.Simplify(l.values, m.Or(l.values, m.Not(allowed)))} {
				if other := d.literal(l.field, l.symbol, values); m.Within(l.values, other.values) && m.Within(other.values, allowed) && other.cost < list[i].cost {
					list[i] = other
				}
			}
		}
		before = m.And(before, list[i].set)
	}
	f := &formula{literals: list}
	prerequisite, fields := f.prerequisites(), d.all(All, list)
	allowed := ^prerequisite & allKinds
	for i := range families {
		if !m.Meets(m.And(d.of(1<<i), fields), outside) {
			allowed |= 1 << i
		}
	}
	f.names = d.phrase(need, allowed)
	f.set = m.And(d.of(f.names.of&prerequisite), fields)
	f.price()
	return f
}

// find returns the formula that costs least, or nil if none costs less than a limit.
func (d *describer) find(must, may Set, limit, depth int) *formula {
	key := question{must, may, depth}
	if s := d.solved[key]; s != nil && (s.formula != nil || s.limit >= limit) {
		if s.formula != nil && s.cost >= limit {
			return nil
		}
		return s.formula
	}
	if d.steps++; d.steps > maxSteps+maxTerms {
		return tooLong(must)
	}
	f := d.search(must, may, limit, depth)
	d.solved[key] = &solution{f, limit}
	return f
}

// tooLong returns the formula of a set that is not written.
func tooLong(s Set) *formula { return &formula{cut: true, set: s, cost: unlimited / 4} }

func (d *describer) search(must, may Set, limit, depth int) *formula {
	m := d.m
	need, list := d.hull(must)
	best := d.product(need, list, may)
	if best != nil {
		if best.cost >= limit {
			return nil
		}
		return best
	}
	hull := d.all(d.of(need), list)
	base := d.product(need, list, m.Or(may, hull))
	try := func(f *formula) {
		if f != nil && f.cost < limit {
			best, limit = f, f.cost
		}
	}
	exhausted := d.steps >= d.allowed
	core := m.Simplify(must, m.Or(must, m.Not(may)))
	divisions := d.divisions(core, must, need, exhausted)
	end := d.allowed
	share := func(ways int) { d.allowed = d.steps + (end-d.steps)/ways }
	for i, parts := range divisions {
		share(len(divisions) + 1 - i)
		f := d.union(need, list, base.set, parts, must, may, limit, depth)
		try(f)
		if f != nil && f.names.or { // alternatives in common: perhaps those of the parts say it
			try(d.union(need, nil, All, parts, must, may, limit, depth))
		}
	}
	d.allowed = end
	// (Of an exception, "any packet except" would be a double negation.)
	if depth < maxDepth && !exhausted && (depth == 0 || base.parts() > 0) {
		if not := d.find(m.Without(base.set, may), m.Not(must), limit-base.cost-costExcept, depth+1); not != nil {
			f := *base
			f.except, f.set = not, m.Without(f.set, not.set)
			f.price()
			try(&f)
		}
	}
	if best == nil && limit > unlimited/2 {
		return tooLong(must)
	}
	return best
}

// union returns the alternatives of the parts of a set, and before them what they have in
// common; nil if it costs more than a limit.
func (d *describer) union(need kinds, list []literal, base Set, parts []Set, must, may Set, limit, depth int) *formula {
	m := d.m
	f := &formula{}
	left := limit
	covered := Empty
	inside := m.Or(may, m.Not(base))
	for _, part := range parts {
		part = m.Without(part, covered)
		if part == Empty {
			continue
		}
		a := d.find(part, inside, left, depth)
		if a == nil {
			return nil
		}
		if left -= a.cost + costJoin; left <= 0 {
			return nil
		}
		covered = m.Or(covered, a.set)
		f.add(a)
	}
	// Alternatives that the others include are left out. after are the packets of those from
	// each one on, one are those of the ones before it.
	after := make([]Set, len(f.any)+1)
	for i := len(f.any) - 1; i >= 0; i-- {
		after[i] = m.Or(f.any[i].set, after[i+1])
	}
	one := Empty
	kept := f.any[:0]
	for i, a := range f.any {
		if len(kept)+len(f.any)-i > 1 && m.Within(must, m.Or(one, after[i+1])) {
			continue
		}
		kept = append(kept, a)
		one = m.Or(one, a.set)
		f.cut = f.cut || a.cut
	}
	f.any = kept
	common := d.product(need, list, m.Or(may, m.Not(one)))
	f.names, f.literals = common.names, common.literals
	f.set = m.And(common.set, one)
	f.price()
	return f
}

// divisions returns ways to divide a set: by the kinds of packets, and by the values of
// each field.  Core is the same set but for packets of no interest.
func (d *describer) divisions(core, must Set, need kinds, first bool) (out [][]Set) {
	m := d.m
	fields := m.support(core)
	var groups []kinds
	if need.count() > 1 {
		byRest := map[Set]int{}
		for left := need; left != 0; left &= left - 1 {
			i := left.first()
			rest := m.Simplify(core, d.of(1<<i))
			g, known := byRest[rest]
			if !known {
				g = len(groups)
				byRest[rest] = g
				groups = append(groups, 0)
			}
			groups[g] |= 1 << i
		}
		for _, f := range fields {
			if _, ok := need.symbol(f); len(groups) == 1 && !ok && f != packet.EthType && f != packet.IPProto {
				groups = bySymbol(need, f)
			}
		}
	}
	if len(groups) > 1 {
		parts := make([]Set, len(groups))
		for i, k := range groups {
			parts[i] = m.And(must, d.of(k))
		}
		out = append(out, parts)
	}
	limit := maxClasses
	if first {
		limit = maxTerms
	}
	for _, f := range fields {
		if first && len(out) > 0 {
			return out
		}
		_, ok := need.symbol(f)
		if !ok || f == packet.EthType && need != unnamed {
			continue
		}
		classes, ok := m.classes(core, f, limit)
		if !ok || len(classes) < 2 {
			continue
		}
		var parts []Set
		for _, c := range classes {
			if part := m.And(must, c); part != Empty {
				parts = append(parts, part)
			}
		}
		if len(parts) > 1 {
			out = append(out, parts)
		}
	}
	if len(out) == 0 && !first {
		return d.divisions(core, must, need, true)
	}
	return out
}

// bySymbol divides families by what they call a field.
func bySymbol(need kinds, f *packet.Field) (groups []kinds) {
	for left := need; left != 0; left &= left - 1 {
		i := left.first()
		s := symbolsOf[f][i]
		g := slices.IndexFunc(groups, func(k kinds) bool { return s.known && symbolsOf[f][k.first()] == s })
		if g < 0 {
			g = len(groups)
			groups = append(groups, 0)
		}
		groups[g] |= 1 << i
	}
	return groups
}
