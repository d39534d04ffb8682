package expr

import "slices"

// Necessary are comparisons that every packet satisfies that a Matcher matches.
type Necessary struct {
	Bits  []Bits // at most one for each word
	Ports []PortBits

	// Exact means that packets that satisfy all comparisons match.
	Exact bool

	alternatives []Necessary // buffers for two alternatives of a disjunction
}

// PortBits is a comparison of the key of a port, which is in a word of a packet, with a set
// of ports.
type PortBits struct {
	Word, Shift int
	Mask        uint64  // of the key
	Set         PortSet // nil for an unknown port
}

// Necessary sets c to necessary comparisons, and reuses its memory. Unlike Required, it
// includes comparisons with sets of ports, and the bits in which all alternatives of a
// disjunction agree. If ComparesAbsent is true, there are none.
func (m *Matcher) Necessary(c *Necessary) {
	c.reset()
	if m.root == nil || m.absent {
		c.Exact = false
		return
	}
	m.necessary(m.root, c)
}

// reset removes all comparisons, so that every packet satisfies c.
func (c *Necessary) reset() {
	c.Bits, c.Ports, c.Exact = c.Bits[:0], c.Ports[:0], true
}

func (m *Matcher) necessary(n *node, c *Necessary) {
	switch n.op {
	case opTrue:
	case opAll:
		for i := range n.kids {
			m.necessary(&n.kids[i], c)
		}
	case opEqual:
		c.add(Bits{int(n.word), n.mask, m.value(n)})
	case opPorts:
		c.Ports = append(c.Ports, PortBits{int(n.word), int(n.shift), n.mask, m.portSet(n)})
	case opIn:
		same := Bits{int(n.word), n.mask, n.values[0]}
		for _, v := range n.values[1:] {
			same = same.agreed(Bits{int(n.word), n.mask, v})
		}
		c.add(same)
		c.Exact = false
	case opAny:
		if c.alternatives == nil {
			c.alternatives = make([]Necessary, 2)
		}
		all, one := &c.alternatives[0], &c.alternatives[1]
		all.reset()
		m.necessary(&n.kids[0], all)
		for i := range n.kids[1:] {
			one.reset()
			m.necessary(&n.kids[i+1], one)
			all.agree(one)
		}
		for _, b := range all.Bits {
			c.add(b)
		}
		c.Exact = false
	default:
		c.Exact = false
	}
}

// add adds a comparison. It is merged with the one of the same word, if any.
func (c *Necessary) add(b Bits) {
	if b.Value&^b.Mask != 0 {
		c.Exact = false // no packet satisfies it
	}
	if b.Mask == 0 {
		return
	}
	i := slices.IndexFunc(c.Bits, func(o Bits) bool { return o.Word == b.Word })
	if i < 0 {
		c.Bits = append(c.Bits, b)
		return
	}
	o := &c.Bits[i]
	if (o.Value^b.Value)&o.Mask&b.Mask != 0 {
		c.Exact = false // no packet satisfies both
	}
	o.Mask |= b.Mask
	o.Value |= b.Value
}

// agree keeps the bits that have the same values in both.
func (c *Necessary) agree(o *Necessary) {
	kept := c.Bits[:0]
	for _, b := range c.Bits {
		i := slices.IndexFunc(o.Bits, func(p Bits) bool { return p.Word == b.Word })
		if i < 0 {
			continue
		}
		if b = b.agreed(o.Bits[i]); b.Mask != 0 {
			kept = append(kept, b)
		}
	}
	c.Bits = kept
}

// agreed returns the bits of a word that have the same values in both.
func (b Bits) agreed(o Bits) Bits {
	b.Mask &= o.Mask &^ (b.Value ^ o.Value)
	b.Value &= b.Mask
	return b
}
