package lflow

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/packet"
)

// classifier finds the flows of a big table that can match a packet, by hash.
// As the classifier of Open vSwitch it searches a space of tuples: flows whose
// matches require the same bits of the same words are one tuple, in which the
// packet's own bits find those that require them.  What it finds is then
// matched in full, so that the classifier need not know all that a match says.
type classifier struct {
	t        *table
	tuples   []*tuple // the one with the highest priority first
	unparsed []int    // the flows that do not parse
}

// tuple is the flows that require the same bits.  Flows are known by their
// place in the table, which is their order.
type tuple struct {
	words    []tupleWord
	priority int              // the highest of its flows
	first    map[uint64]int32 // the first flow of each hash
	next     map[int32]int32  // the flow after a flow with the same hash
}

type tupleWord struct {
	word int
	mask uint64
}

// classify reads all of the table's flows and makes its classifier.
func (t *table) classify() {
	c := &classifier{t: t}
	bySignature := map[string]*tuple{}
	last := map[*tuple]map[uint64]int32{}
	var required []expr.Bits
	var words []tupleWord
	var values []uint64
	var signature []byte
	for i := range t.rows {
		f := t.flow(i)
		if f.parsed(); f.err != nil {
			c.unparsed = append(c.unparsed, i)
			continue
		}
		required = f.matcher.Required(required[:0])
		words, values = words[:0], values[:0]
		slices.SortFunc(required, func(a, b expr.Bits) int { return cmp.Compare(a.Word, b.Word) })
		for _, r := range required {
			if n := len(words) - 1; n >= 0 && words[n].word == r.Word {
				words[n].mask |= r.Mask
				values[n] |= r.Value
			} else {
				words, values = append(words, tupleWord{r.Word, r.Mask}), append(values, r.Value)
			}
		}
		signature = signature[:0]
		for _, w := range words {
			signature = append(signature, byte(w.word))
			signature = appendUint64(signature, w.mask)
		}
		u := bySignature[string(signature)]
		if u == nil {
			u = &tuple{words: slices.Clone(words), priority: f.Priority, first: map[uint64]int32{}, next: map[int32]int32{}}
			bySignature[string(signature)] = u
			last[u] = map[uint64]int32{}
			c.tuples = append(c.tuples, u)
		}
		var hash uint64
		for _, v := range values {
			hash = mix(hash, v)
		}
		if before, ok := last[u][hash]; ok {
			u.next[before] = int32(i)
		} else {
			u.first[hash] = int32(i)
		}
		last[u][hash] = int32(i)
	}
	t.classifier.Store(c)
}

func appendUint64(b []byte, v uint64) []byte {
	for range 8 {
		b = append(b, byte(v))
		v >>= 8
	}
	return b
}

// mix adds a word to a hash.
func mix(hash, word uint64) uint64 {
	hi, lo := bits.Mul64(hash^word^0x9e3779b97f4a7c15, 0xd6e8feb86659fd93)
	return hi ^ lo
}

// try looks for a packet's flow among the tuples.
func (c *classifier) try(p *packet.Packet, d *Datapath, h *hunt) {
	for _, u := range c.tuples {
		if h.over(u.priority) {
			break // the tuples are in the order of their first flows
		}
		var hash uint64
		for _, w := range u.words {
			hash = mix(hash, p.Word(w.word)&w.mask)
		}
		i, ok := u.first[hash]
		for ok && !h.over(int(c.t.rows[i].priority)) {
			h.try(c.t.flow(int(i)), p, d)
			i, ok = u.next[i]
		}
	}
	for _, i := range c.unparsed {
		if h.over(int(c.t.rows[i].priority)) {
			break
		}
		h.try(c.t.flow(i), p, d)
	}
}
