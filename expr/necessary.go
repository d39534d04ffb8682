package expr

import "slices"

// Necessary are comparisons that every packet fulfills that a Matcher matches.
type Necessary struct {
	Bits  []Bits // at most one for each word
	Ports []PortBits

	// Exact reports that the packets that fulfill all comparisons match.
	Exact bool

	alternatives []Necessary // memory for two alternatives of a disjunction
}

// PortBits is a comparison of the key of a port, which is in a word of a packet, with a
// set of ports.
type PortBits struct {
	Word, Shift int
	Mask        uint64  // of the key
	Set         PortSet // nil for the name of no port
}

// Necessary sets c to necessary comparisons, in the memory that it has.  Unlike those of
// Required, there are comparisons with sets of ports among them, and the bits in which all
// alternatives of a disjunction agree.  There are none if ComparesAbsent is true.
func (m *Matcher) Necessary(c *Necessary) {
	c.reset()
	if m.root == nil || m.absent {
		c.Exact = false
		return
	}
	m.necessary(m.root, c)
}

// reset leaves no comparison, which every packet fulfills.
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

// add adds a comparison, to the one with the same word if there is one.
func (c *Necessary) add(b Bits) {
	if b.Value&^b.Mask != 0 {
		c.Exact = false // no packet fulfills it
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
		c.Exact = false // no packet fulfills both
	}
	o.Mask |= b.Mask
	o.Value |= b.Value
}

// agree leaves the bits that have the same values in both.
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
