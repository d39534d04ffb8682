// Package packetset has sets of packets and the operations of a walk on them: set algebra;
// states, which are packets whose bits are constants or bits of the packet that entered the
// network; matches evaluated over states; and sets written as matches.
//
// A set is a binary decision diagram over the bits of a packet as it enters the network
// (Fields). Diagrams are reduced and shared, so that two sets are equal if and only if they
// are the same number. Assignments do not change sets: in a State, each bit of the packet
// is a constant or refers to a bit of the original packet.
package packetset

import (
	"errors"
	"math/bits"
	"unsafe"
)

// Set is a set of packets of one Manager.
type Set int32

// The sets that are the same in all managers.
const (
	Empty Set = 0
	All   Set = 1
)

// node is a decision by a bit: lo has the packets in which it is 0, hi those in which it is
// 1.
type node struct {
	bit    int32 // the position of the bit in the order; that of Empty and All is numBits
	lo, hi Set
}

// Manager holds sets. It must not be used by several goroutines at once.
type Manager struct {
	nodes   []node
	unique  []Set // a hash table of nodes, open addressing; 0 is free
	cache   []cached
	limit   int
	most    int        // the limit of nodes, with those that Next kept
	renames *Renamings // nil for none

	states stateTable
	lists  map[listKey]Set // the sets of lists of values in matches
	long   []conjoined     // see setOf
	free   []*terms        // for reuse in matches

	digests map[Set]Digest
	assumed []assumption

	seen  []uint32 // the epoch in which a node was last visited
	made  []Set    // the result for a node in that epoch
	epoch uint32
	same  map[Set]*known // the results of known
}

// cached is an entry of the cache of operations: the operation is in the low bits of what,
// the first set in the others.
type cached struct {
	what   uint32
	b      Set
	result Set
}

// opBits is the number of bits of an operation.
const opBits = 3

func (c *cached) op() operation { return operation(c.what & (1<<opBits - 1)) }

func (c *cached) a() Set { return Set(c.what >> opBits) }

type operation uint8

const (
	opNone operation = iota
	opAnd
	opOr
	opWithout
	opMeets
	opEscapes
	opSimplify
)

// ErrTooLarge means that the sets of a manager need more memory than it may use.
var ErrTooLarge = errors.New("the sets of packets are too large")

// DefaultLimit is the number of nodes that a manager may have. A node needs about 50 bytes.
const DefaultLimit = 20_000_000

// NewManager returns a manager with at most limit nodes, or DefaultLimit if limit is 0. An
// operation that needs more panics with ErrTooLarge; Catch turns the panic into an error.
func NewManager(limit int) *Manager {
	if limit == 0 {
		limit = DefaultLimit
	}
	m := &Manager{
		nodes:  make([]node, 2, 1024),
		unique: zeros[Set](4096),
		cache:  zeros[cached](1 << 12),
		limit:  limit,
		most:   limit,
		lists:  map[listKey]Set{},
	}
	m.nodes[0].bit, m.nodes[1].bit = numBits, numBits
	return m
}

// zeros returns a table of zeros, and writes to each of its pages: the system maps a page
// twice that is read before it is written, as places of hash tables are.
func zeros[T any](n int) []T {
	const pageSize = 4096
	table := make([]T, n)
	var zero T
	for i := 0; i < n; i += pageSize / int(unsafe.Sizeof(zero)) {
		table[i] = zero
	}
	return table
}

// Catch, called by defer, turns a panic with ErrTooLarge into an error of the function.
func Catch(err *error) {
	switch r := recover(); r {
	case nil:
	case ErrTooLarge:
		*err = ErrTooLarge
	default:
		panic(r)
	}
}

// Size returns the number of nodes that the manager has.
func (m *Manager) Size() int { return len(m.nodes) }

func hash(a, b, c uint64) uint64 {
	hi, lo := bits.Mul64(a*0x9e3779b97f4a7c15^b*0xc2b2ae3d27d4eb4f^c, 0xd6e8feb86659fd93)
	return hi ^ lo
}

// make returns the node of a decision, or its branch if both are equal.
func (m *Manager) make(bit int32, lo, hi Set) Set {
	if lo == hi {
		return lo
	}
	mask := uint64(len(m.unique) - 1)
	i := hash(uint64(bit), uint64(lo), uint64(hi)) & mask
	for ; m.unique[i] != 0; i = (i + 1) & mask {
		if n := &m.nodes[m.unique[i]]; n.bit == bit && n.lo == lo && n.hi == hi {
			return m.unique[i]
		}
	}
	if len(m.nodes) >= m.most {
		panic(ErrTooLarge)
	}
	s := Set(len(m.nodes))
	if len(m.nodes) == cap(m.nodes) {
		m.nodes = append(make([]node, 0, 2*cap(m.nodes)), m.nodes...)
	}
	m.nodes = append(m.nodes, node{bit, lo, hi})
	m.unique[i] = s
	if len(m.nodes)*2 > len(m.unique) {
		m.grow()
	}
	return s
}

// grow doubles the hash table and the cache.
func (m *Manager) grow() {
	m.unique = zeros[Set](2 * len(m.unique))
	mask := uint64(len(m.unique) - 1)
	for s := 2; s < len(m.nodes); s++ {
		n := &m.nodes[s]
		i := hash(uint64(n.bit), uint64(n.lo), uint64(n.hi)) & mask
		for m.unique[i] != 0 {
			i = (i + 1) & mask
		}
		m.unique[i] = Set(s)
	}
	if 2*len(m.cache) < len(m.unique) && len(m.cache) < 1<<22 {
		old := m.cache
		m.cache = zeros[cached](2 * len(old))
		for _, c := range old {
			if c.what != 0 {
				m.cache[keyOf(c.op(), c.a(), c.b).at&uint64(len(m.cache)-1)] = c
			}
		}
	}
}

// key identifies an operation on two sets in the cache.
type key struct {
	at   uint64 // its hash
	what uint32
	b    Set
}

func keyOf(op operation, a, b Set) key {
	what := uint32(a)<<opBits | uint32(op)
	return key{hash(uint64(what), uint64(b), 0), what, b}
}

// result returns the result of an operation, if the cache has it.
func (m *Manager) result(k key) (Set, bool) {
	c := &m.cache[k.at&uint64(len(m.cache)-1)]
	return c.result, c.what == k.what && c.b == k.b
}

// keep adds the result of an operation to the cache.
func (m *Manager) keep(k key, result Set) {
	m.cache[k.at&uint64(len(m.cache)-1)] = cached{k.what, k.b, result}
}

// And returns the packets that are in both sets.
func (m *Manager) And(a, b Set) Set { return m.apply(opAnd, a, b) }

// Or returns the packets that are in at least one of the sets.
func (m *Manager) Or(a, b Set) Set { return m.apply(opOr, a, b) }

// Without returns the packets that are in a and not in b.
func (m *Manager) Without(a, b Set) Set { return m.apply(opWithout, a, b) }

// Not returns the packets that are not in a.
func (m *Manager) Not(a Set) Set { return m.apply(opWithout, All, a) }

// Within reports whether every packet of a is in b.
func (m *Manager) Within(a, b Set) bool { return !m.hasAny(opEscapes, a, b) }

// Meets reports whether the sets have a packet in common.
func (m *Manager) Meets(a, b Set) bool { return m.hasAny(opMeets, a, b) }

// Choose returns the packets of yes that are in a, and those of no that are not.
func (m *Manager) Choose(a, yes, no Set) Set {
	switch {
	case a == All || yes == no:
		return yes
	case a == Empty:
		return no
	}
	return m.Or(m.And(a, yes), m.Without(no, a))
}

func (m *Manager) apply(op operation, a, b Set) Set {
	switch {
	case op == opAnd:
		switch {
		case a == Empty || b == Empty:
			return Empty
		case a == All || a == b:
			return b
		case b == All:
			return a
		}
		if a > b {
			a, b = b, a
		}
	case op == opOr:
		switch {
		case a == All || b == All:
			return All
		case a == Empty || a == b:
			return b
		case b == Empty:
			return a
		}
		if a > b {
			a, b = b, a
		}
	case a == Empty || b == All || a == b:
		return Empty
	case b == Empty:
		return a
	}
	k := keyOf(op, a, b)
	if s, ok := m.result(k); ok {
		return s
	}
	x, y := m.nodes[a], m.nodes[b]
	bit := min(x.bit, y.bit)
	xlo, xhi, ylo, yhi := a, a, b, b
	if x.bit == bit {
		xlo, xhi = x.lo, x.hi
	}
	if y.bit == bit {
		ylo, yhi = y.lo, y.hi
	}
	lo := m.apply(op, xlo, ylo)
	hi := m.apply(op, xhi, yhi)
	r := m.make(bit, lo, hi)
	m.keep(k, r)
	return r
}

// hasAny reports whether the result of an operation is not empty, without making it: that
// of And for opMeets, that of Without for opEscapes.
func (m *Manager) hasAny(op operation, a, b Set) bool {
	made := opAnd
	switch {
	case a == Empty:
		return false
	case op == opMeets && b == Empty, op == opEscapes && (b == All || a == b):
		return false
	case a == All || b <= All || a == b:
		return true
	case op == opEscapes:
		made = opWithout
	case a > b:
		a, b = b, a
	}
	if s, ok := m.result(keyOf(made, a, b)); ok {
		return s != Empty
	}
	k := keyOf(op, a, b)
	if s, ok := m.result(k); ok {
		return s != Empty
	}
	x, y := m.nodes[a], m.nodes[b]
	bit := min(x.bit, y.bit)
	xlo, xhi, ylo, yhi := a, a, b, b
	if x.bit == bit {
		xlo, xhi = x.lo, x.hi
	}
	if y.bit == bit {
		ylo, yhi = y.lo, y.hi
	}
	result := Empty
	if m.hasAny(op, xlo, ylo) || m.hasAny(op, xhi, yhi) {
		result = All
	}
	m.keep(k, result)
	return result == All
}

// Simplify returns a set that has the same packets of care as a. It may have any other
// packets; they are chosen so that the diagram is small. care is not empty.
func (m *Manager) Simplify(a, care Set) Set {
	if care == All || a <= All {
		return a
	}
	k := keyOf(opSimplify, a, care)
	if s, ok := m.result(k); ok {
		return s
	}
	x, c := m.nodes[a], m.nodes[care]
	var r Set
	switch {
	case c.bit < x.bit: // the set does not depend on the bit
		r = m.Simplify(a, m.Or(c.lo, c.hi))
	case x.bit < c.bit:
		r = m.make(x.bit, m.Simplify(x.lo, care), m.Simplify(x.hi, care))
	case c.lo == Empty:
		r = m.Simplify(x.hi, c.hi)
	case c.hi == Empty:
		r = m.Simplify(x.lo, c.lo)
	default:
		r = m.make(x.bit, m.Simplify(x.lo, c.lo), m.Simplify(x.hi, c.hi))
	}
	m.keep(k, r)
	return r
}
