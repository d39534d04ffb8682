package expr

import (
	"github.com/ovnwalk/ovnwalk/packet"
)

// PortSet is what a port's or port group's name leads to: keys of ports on
// datapaths.  A name that leads nowhere is a nil PortSet.
type PortSet interface {
	// Has reports whether key is one of the set's on a datapath, by its index.
	Has(datapath int, key uint64) bool
}

// Binder gives names in a match their meaning when it is compiled.
type Binder interface {
	Port(name string) PortSet
	Group(name string) PortSet
	Resident(port string) bool
}

// Matcher is a compiled expression: masked comparisons over the words of a
// packet.  It does not change and may be used by several goroutines.
type Matcher struct{ root node }

// node is one step of a matcher.
type node struct {
	op    nodeOp
	rel   Op
	word  uint8
	shift uint8
	mask  uint64
	value uint64
	kids  []node
	ports PortSet
	field *packet.Field
	wide  *[2]packet.Value // value and mask of an order comparison over 64 bits
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
	opWide     // a field wider than a word compared with wide
	opPorts    // the key at word, shift is one of ports'
	opNotPorts
)

// Compile returns the matcher of e, which must be annotated.
func Compile(e Expr, b Binder) *Matcher { return &Matcher{compile(e, b)} }

// Always reports whether the matcher matches every packet.
func (m *Matcher) Always() bool { return m.root.op == opTrue }

// Never reports whether the matcher matches no packet.
func (m *Matcher) Never() bool { return m.root.op == opFalse }

// Match reports whether the packet matches on a datapath, by its index.  It
// allocates nothing.
func (m *Matcher) Match(p *packet.Packet, datapath int) bool { return m.root.match(p, datapath) }

func (n *node) match(p *packet.Packet, dp int) bool {
	switch n.op {
	case opTrue:
		return true
	case opAll:
		for i := range n.kids {
			if !n.kids[i].match(p, dp) {
				return false
			}
		}
		return true
	case opAny:
		for i := range n.kids {
			if n.kids[i].match(p, dp) {
				return true
			}
		}
		return false
	case opEqual:
		return p.Word(int(n.word))&n.mask == n.value
	case opNotEqual:
		return p.Word(int(n.word))&n.mask != n.value
	case opOrder:
		v := p.Word(int(n.word)) & n.mask
		switch {
		case v < n.value:
			return n.rel.holds(-1)
		case v > n.value:
			return n.rel.holds(1)
		}
		return n.rel.holds(0)
	case opWide:
		return n.rel.holds(p.Get(n.field).And(n.wide[1]).Cmp(n.wide[0]))
	case opPorts:
		return n.ports.Has(dp, p.Word(int(n.word))>>n.shift&n.mask)
	case opNotPorts:
		return !n.ports.Has(dp, p.Word(int(n.word))>>n.shift&n.mask)
	}
	return false
}

func truth(b bool) node {
	if b {
		return node{op: opTrue}
	}
	return node{op: opFalse}
}

func compile(e Expr, b Binder) node {
	switch e := e.(type) {
	case *Cmp:
		return compileCmp(e, b)
	case *And:
		return compileJoined(e.Subs, b, opAll, opFalse, opTrue)
	case *Or:
		return compileJoined(e.Subs, b, opAny, opTrue, opFalse)
	case Bool:
		return truth(bool(e))
	case *Resident:
		return truth(b.Resident(e.Port) != e.Not)
	}
	return truth(false)
}

// compileJoined compiles operands, of which one that is decides settles the
// whole and one that is idle does not count.
func compileJoined(subs []Expr, b Binder, op, decides, idle nodeOp) node {
	kids := make([]node, 0, len(subs))
	for _, s := range subs {
		k := compile(s, b)
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
	switch len(kids) {
	case 0:
		return node{op: idle}
	case 1:
		return kids[0]
	}
	return node{op: op, kids: kids}
}

func compileCmp(e *Cmp, b Binder) node {
	f := e.Symbol.Field
	if f == nil {
		return truth(false)
	}
	word, shift, bits := f.Place()
	if e.Symbol.Width == 0 {
		return compilePort(e, b, word, shift, bits)
	}
	if e.Op != EQ && e.Op != NE {
		return compileOrder(e, f, word, shift)
	}
	// A field of two words is two comparisons; an empty mask is none.
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
		return node{op: opWide, rel: e.Op, field: f, wide: &[2]packet.Value{e.Value, e.Mask}}
	}
	return node{op: opOrder, rel: e.Op, word: uint8(word), mask: e.Mask.Lo << shift, value: e.Value.Lo << shift}
}

func compilePort(e *Cmp, b Binder, word, shift, bits int) node {
	var set PortSet
	if e.Group != "" {
		set = b.Group(e.Group)
	} else {
		set = b.Port(e.Port)
	}
	if set == nil {
		return truth(false)
	}
	n := node{op: opPorts, word: uint8(word), shift: uint8(shift), mask: packet.Ones(bits).Lo, ports: set}
	switch e.Op {
	case EQ:
		return n
	case NE:
		n.op = opNotPorts
		return n
	}
	return truth(false)
}
