package expr

import (
	"cmp"

	"github.com/ovnwalk/ovnwalk/packet"
)

// Distinguishes reports whether a comparison in the expression may have different results for two
// values of a field of up to 64 bits. If it returns false, packets that differ in nothing else
// both match, or neither.
func (m *Matcher) Distinguishes(f *packet.Field, a, b uint64) bool {
	word, shift, bits := f.Place()
	mask := packet.Ones(bits).Lo << shift
	return m.root != nil && m.distinguishes(m.root, word, mask, a<<shift&mask, b<<shift&mask)
}

func (m *Matcher) distinguishes(n *node, word int, field, a, b uint64) bool {
	for i := range n.kids {
		if m.distinguishes(&n.kids[i], word, field, a, b) {
			return true
		}
	}
	if int(n.word) != word {
		return false
	}
	mask := n.mask & field
	differ := func(value uint64) bool { return (a&mask == value&mask) != (b&mask == value&mask) }
	switch n.op {
	case opEqual, opNotEqual:
		return differ(m.value(n))
	case opIn:
		for _, v := range n.values {
			if differ(v) {
				return true
			}
		}
	case opOrder:
		if n.mask&^field != 0 {
			return a&mask != b&mask
		}
		return n.rel.Holds(cmp.Compare(a&mask, n.value)) != n.rel.Holds(cmp.Compare(b&mask, n.value))
	case opPorts, opNotPorts:
		return a != b
	default:
	}
	return false
}
