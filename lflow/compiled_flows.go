package lflow

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/packet"
)

// Flows in an index: writing and reading.

// compiledSource is a datapath or a group.
type compiledSource struct{ rows, tables run }

// compiledTable is a table, and its classifier if it has one.
type compiledTable struct {
	rows, tuples, unparsed run
	hashed                 uint32
	place                  uint32
}

type compiledTuple struct {
	words, entries run
	priority       int32
	_              uint32
}

// addFlows reads all flows and adds them to the index.
func (c *compiled) addFlows(n *Network) {
	x := &n.flows
	number := map[*source]uint32{}
	for i := range x.sources {
		s := &x.sources[i]
		number[s] = uint32(i)
		s.once.Do(func() { s.split(n) })
		from := uint32(len(c.tables))
		for _, t := range s.tables {
			t.sort()
			at := compiledTable{place: uint32(t.rows[0].place)}
			at.rows = add(&c.rows, t.rows)
			if len(t.rows) >= manyFlows {
				t.classify()
				c.addClassifier(&at, t.classifier.Load())
				t.forget()
			}
			c.tables = append(c.tables, at)
		}
		c.sources = append(c.sources, compiledSource{run{uint32(len(c.rows) - len(s.rows)), uint32(len(c.rows))}, run{from, uint32(len(c.tables))}})
	}
	for i, d := range n.Datapaths {
		var sources []uint32
		for _, s := range d.sources {
			sources = append(sources, number[s])
		}
		c.datapaths[i].sources = add(&c.listed, sources)
	}
}

func (c *compiled) addClassifier(at *compiledTable, from *classifier) {
	at.hashed = 1
	at.unparsed = add(&c.unparsed, from.unparsed)
	at.tuples.from = uint32(len(c.tuples))
	for _, u := range from.tuples {
		c.tuples = append(c.tuples, compiledTuple{words: add(&c.words, u.words), entries: add(&c.entries, u.entries), priority: int32(u.priority)})
	}
	at.tuples.to = uint32(len(c.tuples))
}

// restore reads the flows from an index.
func (x *flowIndex) restore(n *Network, c *compiled) {
	x.tables, x.compiled = int(c.head[0].tables), c
	x.sources = make([]source, len(c.sources))
	for i := range x.sources {
		x.sources[i].rows = in(c.rows, c.sources[i].rows)
		x.sources[i].compiled = &c.sources[i]
	}
	for i, d := range n.Datapaths {
		for _, s := range in(c.listed, c.datapaths[i].sources) {
			d.sources = append(d.sources, &x.sources[s])
		}
	}
}

// restore reads a source's tables from an index.
func (s *source) restore(n *Network) {
	c := n.flows.compiled
	for i := range in(c.tables, s.compiled.tables) {
		at := &in(c.tables, s.compiled.tables)[i]
		t := &table{n: n, rows: in(c.rows, at.rows), place: place(at.place), sorted: true}
		if len(t.rows) == 0 || slices.ContainsFunc(t.rows, func(r flowRow) bool { return int(r.slot) >= n.flows.rows.Len() }) {
			continue // the index is damaged
		}
		if at.hashed != 0 {
			t.compiled = at
		}
		s.tables = append(s.tables, t)
	}
}

// restore reads a table's classifier from an index.
func (t *table) restore() {
	c := t.n.flows.compiled
	h := &classifier{t: t, unparsed: in(c.unparsed, t.compiled.unparsed)}
	for _, u := range in(c.tuples, t.compiled.tuples) {
		words := in(c.words, u.words)
		if slices.ContainsFunc(words, func(w tupleWord) bool { return w.word >= packet.Words }) {
			continue // the index is damaged
		}
		h.tuples = append(h.tuples, tuple{words: words, entries: in(c.entries, u.entries), priority: int(u.priority)})
	}
	t.classifier.Store(h)
}
