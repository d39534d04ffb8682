package expr

import "github.com/ovnwalk/ovnwalk/packet"

// Algebra evaluates the comparisons of a matcher for something other than one packet. S is
// the type of results, such as a set of packets.
type Algebra[S comparable] interface {
	// Truth returns the constant true or false.
	Truth(bool) S
	And(a, b S) S
	Or(a, b S) S
	Not(a S) S

	// Equal compares bits of a word of the packet with a value.
	Equal(word int, mask, value uint64) S

	// Order compares a field under a mask, as a number, with a value.
	Order(word int, high bool, op Op, mask, value packet.Value) S

	// In reports whether the bits of a word under a mask are one of several values,
	// which are sorted.
	In(word int, mask uint64, values []uint64) S

	// Key reports whether has returns true for a number of the packet.
	Key(word, shift int, mask uint64, has func(key uint64) bool) S
}

// Evaluate evaluates a matcher on a datapath, given by its index, in an algebra.
func Evaluate[S comparable](m *Matcher, datapath int, a Algebra[S]) S {
	if m.root == nil {
		return a.Truth(false)
	}
	return evaluateNode(m, m.root, datapath, a)
}

func evaluateNode[S comparable](m *Matcher, n *node, dp int, a Algebra[S]) S {
	switch n.op {
	case opTrue:
		return a.Truth(true)
	case opAll:
		s, none := a.Truth(true), a.Truth(false)
		for i := range n.kids {
			if s = a.And(s, evaluateNode(m, &n.kids[i], dp, a)); s == none {
				break
			}
		}
		return s
	case opAny:
		s, all := a.Truth(false), a.Truth(true)
		for i := range n.kids {
			if s = a.Or(s, evaluateNode(m, &n.kids[i], dp, a)); s == all {
				break
			}
		}
		return s
	case opEqual:
		return a.Equal(int(n.word), n.mask, m.value(n))
	case opNotEqual:
		return a.Not(a.Equal(int(n.word), n.mask, m.value(n)))
	case opIn:
		return a.In(int(n.word), n.mask, n.values)
	case opOrder:
		return a.Order(int(n.word), false, n.rel, packet.Uint(n.mask), packet.Uint(n.value))
	case opWide:
		word, _, _ := n.wide.field.Place()
		return a.Order(word, true, n.rel, n.wide.mask, n.wide.value)
	case opPorts, opNotPorts:
		set := m.portSet(n)
		if set == nil {
			return a.Truth(false)
		}
		s := a.Key(int(n.word), int(n.shift), n.mask, func(key uint64) bool { return set.Has(dp, key) })
		if n.op == opNotPorts {
			return a.Not(s)
		}
		return s
	default:
	}
	return a.Truth(false)
}
