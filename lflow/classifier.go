package lflow

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/memory"
	"github.com/ovnwalk/ovnwalk/packet"
)

// classifier finds the flows of a large table that can match a packet by hash. Like the
// classifier of Open vSwitch it uses tuple space search: flows whose matches require the same
// bits of the same words form a tuple, in which the packet's values of these bits are looked
// up. Flows that are found are then matched in full, so a tuple need not have all conditions
// of its flows.
type classifier struct {
	t        *table
	tuples   []tuple  // sorted by descending priority
	unparsed []uint32 // the flows that do not parse
}

// tuple is the flows that require the same bits.
type tuple struct {
	words    []tupleWord
	entries  []tupleEntry // in the order of their hashes, then of the flows
	priority int          // the highest priority of its flows
}

// tupleWord is bits of a word of a packet.
type tupleWord struct {
	mask uint64
	word uint64
}

// tupleEntry is a flow of a tuple, for one value of its bits. A flow is given by its index in
// the table, which is its order.
type tupleEntry struct {
	hash uint64
	flow uint64
}

// classify reads the table's flows and builds its classifier.
func (t *table) classify() {
	c := &classifier{t: t}
	b := classifierBuilder{classifier: c, bySignature: map[string]int{}}
	var required, oneOf []expr.Bits
	for i := range t.rows {
		f := t.flow(i)
		if f.parsed(); f.err != nil {
			c.unparsed = append(c.unparsed, uint32(i))
			continue
		}
		required = f.matcher.Required(required[:0])
		if oneOf = f.matcher.RequiredOneOf(oneOf[:0]); len(oneOf) == 0 {
			b.add(i, f, required)
		}
		for _, one := range oneOf {
			b.add(i, f, append(required[:len(required):len(required)], one))
		}
	}
	for _, u := range c.tuples {
		slices.SortFunc(u.entries, func(a, b tupleEntry) int {
			return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.flow, b.flow))
		})
	}
	t.classifier.Store(c)
}

// classifierBuilder adds flows to the tuples of a classifier.
type classifierBuilder struct {
	*classifier
	bySignature map[string]int // tuples by the bits that they require
	words       []tupleWord
	values      []uint64
}

// add adds a flow that requires bits, which it reorders.
func (b *classifierBuilder) add(i int, f *Flow, required []expr.Bits) {
	slices.SortFunc(required, func(a, b expr.Bits) int { return cmp.Compare(a.Word, b.Word) })
	b.words, b.values = b.words[:0], b.values[:0]
	for _, r := range required {
		if n := len(b.words) - 1; n >= 0 && b.words[n].word == uint64(r.Word) {
			b.words[n].mask |= r.Mask
			b.values[n] |= r.Value
		} else {
			b.words, b.values = append(b.words, tupleWord{r.Mask, uint64(r.Word)}), append(b.values, r.Value)
		}
	}
	signature := memory.RecordBytes(b.words)
	u, ok := b.bySignature[string(signature)]
	if !ok {
		u = len(b.tuples)
		b.bySignature[string(signature)] = u
		b.tuples = append(b.tuples, tuple{words: slices.Clone(b.words), priority: f.Priority})
	}
	var hash uint64
	for _, v := range b.values {
		hash = mix(hash, v)
	}
	b.tuples[u].entries = append(b.tuples[u].entries, tupleEntry{hash, uint64(i)})
}

// mix adds a word to a hash. The result is the same in every process.
func mix(hash, word uint64) uint64 {
	hi, lo := bits.Mul64(hash^word^0x9e3779b97f4a7c15, 0xd6e8feb86659fd93)
	return hi ^ lo
}

// find returns the index of the first entry with a hash, or where it would be.
func (u *tuple) find(hash uint64) int {
	n := len(u.entries)
	// Hashes are spread evenly, so that the index is known approximately.
	hi, _ := bits.Mul64(hash, uint64(n))
	i := int(hi)
	for i > 0 && u.entries[i-1].hash >= hash {
		i--
	}
	for i < n && u.entries[i].hash < hash {
		i++
	}
	return i
}

// try searches the tuples for a packet's flow.
func (c *classifier) try(p *packet.Packet, d *Datapath, h *lookup) {
	for k := range c.tuples {
		u := &c.tuples[k]
		if h.decided(u.priority) {
			break // tuples are sorted by their highest priority
		}
		h.steps++
		var hash uint64
		for _, w := range u.words {
			hash = mix(hash, p.Word(int(w.word))&w.mask)
		}
		for i := u.find(hash); i < len(u.entries) && u.entries[i].hash == hash; i++ {
			flow := int(u.entries[i].flow)
			if flow >= len(c.t.rows) || h.decided(int(c.t.rows[flow].priority)) {
				break
			}
			h.try(c.t.flow(flow), p, d)
		}
	}
	for _, i := range c.unparsed {
		if int(i) >= len(c.t.rows) || h.decided(int(c.t.rows[i].priority)) {
			break
		}
		h.try(c.t.flow(int(i)), p, d)
	}
}
