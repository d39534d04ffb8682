package expr

import (
	"cmp"
	"slices"

	"github.com/ovnwalk/ovnwalk/packet"
)

// PortSet is the set of ports with a port's or port group's name, as tunnel keys on
// datapaths. It is nil for a name without a port.
type PortSet interface {
	// Has reports whether the set contains a key on a datapath, given by its index.
	Has(datapath int, key uint64) bool
}

// Binder resolves names in a match when it is compiled.
type Binder interface {
	Port(name string) PortSet
	Group(name string) PortSet
	Resident(port string) bool
}

// chassisBinder is a Binder for packets on chassis.
type chassisBinder interface {
	Binder
	// Residence returns the set of the numbers of the chassis on which a port is
	// resident, or nil, with which is_chassis_resident() compares the number of the
	// packet's chassis. If known is false, Resident is used instead.
	Residence(port string) (chassis PortSet, known bool)
	// Compares returns false for a comparison that chassis do not make, so that every
	// packet satisfies it.
	Compares(e *Cmp) bool
}

// Matcher is a compiled expression: masked comparisons of the words of a packet. It is
// immutable and may be used by several goroutines. The zero Matcher matches nothing.
type Matcher struct {
	root   *node
	values []uint64  // arguments of nodes
	ports  []PortSet // arguments of nodes
	absent bool      // whether a comparison has a field that no packet has
}

// node is one step of a matcher.
type node struct {
	op     nodeOp
	rel    Op
	word   uint8
	shift  uint8
	arg    uint16 // index of the argument in values or ports, from 1; 0 if it is in the node
	mask   uint64
	value  uint64
	kids   []node
	ports  PortSet
	wide   *wideCompare
	values []uint64 // sorted
}

// wideCompare is an order comparison over 64 bits.
type wideCompare struct {
	field       *packet.Field
	value, mask packet.Value
}

type nodeOp uint8

const (
	opFalse nodeOp = iota
	opTrue
	opAll
	opAny
	opEqual    // word & mask == value
	opNotEqual // word & mask != value
	opOrder    // word & mask compared with value
	opIn       // word & mask is one of many
	opWide     // a field wider than a word is compared with wide
	opPorts    // the key at word, shift is in ports
	opNotPorts
)

// Compile returns the matcher of e, which must be annotated.
func Compile(e Expr, b Binder) *Matcher {
	c := compiler{Binder: b}
	root := c.compile(e)
	return &Matcher{root: &root, absent: c.absent}
}

// ComparesAbsent reports whether the expression compares a field that no packet has. Such a
// comparison matches no packet; Absent reports for which packets it is evaluated.
func (m *Matcher) ComparesAbsent() bool { return m.absent }

// Always reports whether constants in the expression make the matcher match every packet.
func (m *Matcher) Always() bool { return m.root != nil && m.root.op == opTrue }

// Never reports whether constants and unknown names in the expression make the matcher match
// no packet. It does not find contradictions such as "ip4 && ip6"; Cubes does.
func (m *Matcher) Never() bool { return m.root == nil || m.root.op == opFalse }

// Match reports whether the packet matches on a datapath, by its index.  It
// allocates nothing.
func (m *Matcher) Match(p *packet.Packet, datapath int) bool {
	return m.root != nil && m.match(m.root, p, datapath)
}

func (m *Matcher) match(n *node, p *packet.Packet, dp int) bool {
	switch n.op {
	case opTrue:
		return true
	case opAll:
		for i := range n.kids {
			if !m.match(&n.kids[i], p, dp) {
				return false
			}
		}
		return true
	case opAny:
		for i := range n.kids {
			if m.match(&n.kids[i], p, dp) {
				return true
			}
		}
		return false
	case opEqual:
		return p.Word(int(n.word))&n.mask == m.value(n)
	case opNotEqual:
		return p.Word(int(n.word))&n.mask != m.value(n)
	case opIn:
		_, ok := slices.BinarySearch(n.values, p.Word(int(n.word))&n.mask)
		return ok
	case opOrder:
		return n.rel.Holds(cmp.Compare(p.Word(int(n.word))&n.mask, n.value))
	case opWide:
		return n.rel.Holds(p.Get(n.wide.field).And(n.wide.mask).Cmp(n.wide.value))
	case opPorts:
		set := m.portSet(n)
		return set != nil && set.Has(dp, p.Word(int(n.word))>>n.shift&n.mask)
	case opNotPorts:
		set := m.portSet(n)
		return set != nil && !set.Has(dp, p.Word(int(n.word))>>n.shift&n.mask)
	default:
	}
	return false
}

func (m *Matcher) value(n *node) uint64 {
	if n.arg > 0 {
		return m.values[n.arg-1]
	}
	return n.value
}

func (m *Matcher) portSet(n *node) PortSet {
	if n.arg > 0 {
		return m.ports[n.arg-1]
	}
	return n.ports
}

// Bits are bits of a word of a packet.
type Bits struct {
	Word        int
	Mask, Value uint64
}

// SinglePort is a PortSet that may consist of one key that is the same on all datapaths.
type SinglePort interface {
	PortSet
	// OnlyKey returns that key.
	OnlyKey() (key uint64, ok bool)
}

// Required appends bits with the values that every matching packet has, from the comparisons
// for equality that are necessary for a match. There may be none. If ComparesAbsent is true
// there are none, so that every packet is evaluated.
func (m *Matcher) Required(b []Bits) []Bits {
	if m.root == nil || m.absent {
		return b
	}
	if m.root.op != opAll {
		return m.required(m.root, b)
	}
	for i := range m.root.kids {
		b = m.required(&m.root.kids[i], b)
	}
	return b
}

func (m *Matcher) required(n *node, b []Bits) []Bits {
	switch n.op {
	case opEqual:
		return append(b, Bits{int(n.word), n.mask, m.value(n)})
	case opPorts:
		if one, ok := m.portSet(n).(SinglePort); ok {
			if key, ok := one.OnlyKey(); ok {
				return append(b, Bits{int(n.word), n.mask << n.shift, key << n.shift})
			}
		}
	default:
	}
	return b
}

// RequiredOneOf appends several values of the same bits, one of which every matching packet
// has, from a necessary comparison with few values, such as "ip4.src ==
// {10.0.0.1, 10.0.0.255}". There may be none.
func (m *Matcher) RequiredOneOf(b []Bits) []Bits {
	if m.root == nil || m.absent {
		return b
	}
	if m.root.op != opAll {
		return m.oneOf(m.root, b)
	}
	for i := range m.root.kids {
		if with := m.oneOf(&m.root.kids[i], b); len(with) > len(b) {
			return with
		}
	}
	return b
}

// fewValues bounds the values of RequiredOneOf.
const fewValues = 8

func (m *Matcher) oneOf(n *node, b []Bits) []Bits {
	switch n.op {
	case opIn:
		if len(n.values) <= fewValues {
			for _, v := range n.values {
				b = append(b, Bits{int(n.word), n.mask, v})
			}
		}
	case opAny:
		first := &n.kids[0]
		other := func(k node) bool { return k.op != opEqual || k.word != first.word || k.mask != first.mask }
		if len(n.kids) <= fewValues && !slices.ContainsFunc(n.kids, other) {
			for i := range n.kids {
				b = append(b, Bits{int(first.word), first.mask, m.value(&n.kids[i])})
			}
		}
	default:
	}
	return b
}

// compiler compiles expressions to nodes and, for a form, the list of its placeholders.
type compiler struct {
	Binder
	form   *form // nil if every constant is known
	absent bool  // whether a comparison has a field that no packet has
}

func truth(b bool) node {
	if b {
		return node{op: opTrue}
	}
	return node{op: opFalse}
}

func (c *compiler) compile(e Expr) node {
	switch e := e.(type) {
	case *Cmp:
		return c.compileCmp(e)
	case *And:
		return c.compileJoined(e.Subs, opAll, opFalse, opTrue)
	case *Or:
		if s := e.common(); s != nil {
			s.once.Do(func() { s.node = c.compileJoined(e.Subs, opAny, opTrue, opFalse) })
			return s.node
		}
		return c.compileJoined(e.Subs, opAny, opTrue, opFalse)
	case Bool:
		return truth(bool(e))
	case *Resident:
		if b, ok := c.Binder.(chassisBinder); ok {
			if chassis, known := b.Residence(e.Port); known {
				return residence(chassis, e.Not)
			}
		}
		return truth(c.Resident(e.Port) != e.Not)
	}
	return truth(false)
}

// compileJoined compiles operands. An operand that is decides determines the result; one that
// is idle has no effect.
func (c *compiler) compileJoined(subs []Expr, op, decides, idle nodeOp) node {
	kids := make([]node, 0, min(len(subs), fewAlternatives))
	var sets alternatives
	for _, s := range subs {
		if one, ok := s.(*Cmp); ok && op == opAny && len(subs) >= fewAlternatives && c.compares(one) && sets.take(one) {
			continue
		}
		k := c.compile(s)
		switch k.op {
		case decides:
			return k
		case idle:
		case op:
			kids = append(kids, k.kids...)
		default:
			kids = append(kids, k)
		}
	}
	kids = sets.nodes(kids)
	switch len(kids) {
	case 0:
		return node{op: idle}
	case 1:
		return kids[0]
	}
	return node{op: op, kids: kids}
}

// fewAlternatives is the number of comparisons up to which they are not joined.
const fewAlternatives = 8

// alternatives are comparisons of a disjunction with known values, by the bits that they
// compare: an address set yields thousands of them.
type alternatives []node

// take adds c if it is such a comparison.
func (a *alternatives) take(c *Cmp) bool {
	if c.Op != EQ || c.placeholder > 0 || c.Symbol.Width == 0 || c.Symbol.Field == nil || c.Symbol.Field.Bits > 64 || c.Mask.Lo == 0 {
		return false
	}
	word, shift, _ := c.Symbol.Field.Place()
	mask, value := c.Mask.Lo<<shift, c.Value.Lo<<shift
	for i := range *a {
		if n := &(*a)[i]; n.mask == mask && int(n.word) == word {
			n.values = append(n.values, value)
			return true
		}
	}
	if len(*a) == maxAlternatives {
		return false
	}
	*a = append(*a, node{op: opIn, word: uint8(word), mask: mask, values: []uint64{value}})
	return true
}

// maxAlternatives bounds the number of masks.
const maxAlternatives = 64

// nodes appends the comparisons to kids.
func (a alternatives) nodes(kids []node) []node {
	for _, n := range a {
		slices.Sort(n.values)
		if n.values = slices.Compact(n.values); len(n.values) == 1 {
			n = node{op: opEqual, word: n.word, mask: n.mask, value: n.values[0]}
		}
		kids = append(kids, n)
	}
	return kids
}

// residence compares the number of the packet's chassis.
func residence(chassis PortSet, not bool) node {
	if chassis == nil {
		return truth(not)
	}
	word, shift, bits := packet.OnChassis.Place()
	n := node{op: opPorts, word: uint8(word), shift: uint8(shift), mask: packet.Ones(bits).Lo, ports: chassis}
	if not {
		n.op = opNotPorts
	}
	return n
}

// compares reports whether a comparison is evaluated.
func (c *compiler) compares(e *Cmp) bool {
	b, ok := c.Binder.(chassisBinder)
	return !ok || b.Compares(e)
}

func (c *compiler) compileCmp(e *Cmp) node {
	if !c.compares(e) {
		return truth(true)
	}
	f := e.Symbol.Field
	if f == nil {
		c.absent = true
		return truth(false)
	}
	word, shift, bits := f.Place()
	if e.Symbol.Width == 0 {
		return c.compilePort(e, word, shift, bits)
	}
	if e.Op != EQ && e.Op != NE {
		return compileOrder(e, f, word, shift)
	}
	// A field of two words needs two comparisons; a zero mask needs none.
	var parts []node
	for i, half := range [2][2]uint64{{e.Value.Lo, e.Mask.Lo}, {e.Value.Hi, e.Mask.Hi}} {
		if half[1] == 0 {
			if half[0] != 0 {
				return truth(e.Op == NE)
			}
			continue
		}
		n := node{op: opEqual, word: uint8(word - i), mask: half[1] << shift, value: half[0] << shift}
		if e.Op == NE {
			n.op = opNotEqual
		}
		if e.placeholder > 0 && c.form != nil {
			c.form.placeholders = append(c.form.placeholders, placeholder{constant: e.placeholder - 1, ofs: e.placeholderOfs, mask: e.Mask, high: i == 1, shift: shift})
			n.arg = uint16(len(c.form.placeholders))
		}
		parts = append(parts, n)
	}
	switch len(parts) {
	case 0:
		return truth(e.Op == EQ)
	case 1:
		return parts[0]
	}
	if e.Op == EQ {
		return node{op: opAll, kids: parts}
	}
	return node{op: opAny, kids: parts}
}

func compileOrder(e *Cmp, f *packet.Field, word, shift int) node {
	zero := e.Value.And(e.Mask).IsZero()
	full := e.Value.And(e.Mask) == e.Mask
	if e.Op == GE && zero || e.Op == LE && full {
		return truth(true)
	}
	if e.Op == LT && zero || e.Op == GT && full {
		return truth(false)
	}
	if f.Bits > 64 {
		return node{op: opWide, rel: e.Op, wide: &wideCompare{f, e.Value, e.Mask}}
	}
	return node{op: opOrder, rel: e.Op, word: uint8(word), mask: e.Mask.Lo << shift, value: e.Value.Lo << shift}
}

func (c *compiler) compilePort(e *Cmp, word, shift, bits int) node {
	n := node{op: opPorts, word: uint8(word), shift: uint8(shift), mask: packet.Ones(bits).Lo}
	switch e.Op {
	case EQ:
	case NE:
		n.op = opNotPorts
	default:
		return truth(false)
	}
	switch {
	case e.Group != "":
		n.ports = c.Group(e.Group)
	case e.placeholder > 0 && c.form != nil:
		c.form.ports = append(c.form.ports, e.placeholder-1)
		n.arg = uint16(len(c.form.ports))
		return n
	default:
		n.ports = c.Port(e.Port)
	}
	if n.ports == nil {
		return truth(false)
	}
	return n
}
