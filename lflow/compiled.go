package lflow

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/packet"
)

// A compiled index of a database (see package ovsdb) holds, besides where the
// rows are, the flows in the order of their tables and the hash tables of the
// big ones.  A walk through it reads the few flows that it may take.

// compiled is what an index holds of flows.
type compiled struct {
	sources  []compiledSource
	tables   []compiledTable
	rows     []flowRow
	tuples   []compiledTuple
	words    []tupleWord
	entries  []tupleEntry
	unparsed []uint32
	warnings []byte // JSON, a list of texts
}

// compiledHead is the beginning of what an index holds of flows; the lists of
// compiled follow.
type compiledHead struct {
	release [32]byte // whose language the flows were read in
	tables  uint64   // how many tables a pipeline has
	counts  [8]uint64
}

// run is a run of a list.
type run struct{ from, to uint32 }

// compiledSource is a datapath or a group.
type compiledSource struct{ rows, tables run }

// compiledTable is a table, and its classifier where it is hashed.
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

// Compile writes an index beside a database, which must be an uncompressed log,
// for Open to find.
func Compile(ctx context.Context, path string, source Source) error {
	db, err := ovsdb.Open(ctx, path, source.read())
	if err != nil {
		return err
	}
	defer db.Close()
	packed := db.Packed()
	n, err := Load(packed, Options{})
	if err != nil {
		return err
	}
	return packed.WriteCompiled(path, n.flows.compile(n))
}

// compile reads all flows and returns what an index holds of them.
func (x *flowIndex) compile(n *Network) []byte {
	var c compiled
	for i := range x.sources {
		s := &x.sources[i]
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
	c.warnings, _ = json.Marshal(x.warnings) // which are strings
	head := compiledHead{tables: uint64(x.tables), counts: [8]uint64{
		uint64(len(c.sources)), uint64(len(c.tables)), uint64(len(c.rows)), uint64(len(c.tuples)),
		uint64(len(c.words)), uint64(len(c.entries)), uint64(len(c.unparsed)), uint64(len(c.warnings)),
	}}
	copy(head.release[:], n.Dialect.Release().String())
	b := append([]byte(nil), ovsdb.RecordBytes([]compiledHead{head})...)
	for _, list := range [][]byte{
		ovsdb.RecordBytes(c.sources), ovsdb.RecordBytes(c.tables), ovsdb.RecordBytes(c.rows), ovsdb.RecordBytes(c.tuples),
		ovsdb.RecordBytes(c.words), ovsdb.RecordBytes(c.entries), ovsdb.RecordBytes(c.unparsed), c.warnings,
	} {
		b = append(b, list...)
		b = append(b, make([]byte, -len(b)&7)...)
	}
	return b
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

// add appends to a list and returns where.
func add[T any](list *[]T, more []T) run {
	from := uint32(len(*list))
	*list = append(*list, more...)
	return run{from, uint32(len(*list))}
}

// in returns a run of a list, nil where the list is shorter.
func in[T any](list []T, r run) []T {
	if r.from > r.to || int(r.to) > len(list) {
		return nil
	}
	return list[r.from:r.to:r.to]
}

// openCompiled opens a database by its index, if it has one that fits.
func openCompiled(ctx context.Context, path string, o Options) (n *Network, warning string, err error) {
	if o.Source.Uncommitted || ovsdb.IsRemote(path) {
		return nil, "", nil
	}
	db, extra, err := ovsdb.OpenCompiled(ctx, path, o.Source.read())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, "", nil
	case errors.Is(err, ovsdb.ErrStale):
		return nil, err.Error(), nil
	case err != nil:
		return nil, "", nil // the database itself will tell better
	}
	n, err = load(db, o, extra)
	if err != nil {
		return nil, "", errors.Join(err, db.Close())
	}
	return n, "", nil
}

// restore takes the flows from an index, and reports whether it could: flows
// read in another language, or from a chassis' point of view, are others.
func (x *flowIndex) restore(n *Network, b []byte, sources int) bool {
	var head compiledHead
	size := len(ovsdb.RecordBytes([]compiledHead{head}))
	if len(b) < size {
		return false
	}
	list, ok := ovsdb.Records[compiledHead](b[:size])
	if !ok {
		return false
	}
	head = list[0]
	release := n.Dialect.Release().String()
	var want [32]byte
	if copy(want[:], release); head.release != want || n.chassis != nil || head.tables > 256 {
		return false
	}
	b = b[size:]
	c := &compiled{}
	counts := head.counts[:]
	ok = take(&b, &counts, &c.sources) && take(&b, &counts, &c.tables) && take(&b, &counts, &c.rows) && take(&b, &counts, &c.tuples) &&
		take(&b, &counts, &c.words) && take(&b, &counts, &c.entries) && take(&b, &counts, &c.unparsed) && take(&b, &counts, &c.warnings)
	var warnings []Warning
	if !ok || len(c.sources) != sources || json.Unmarshal(c.warnings, &warnings) != nil {
		return false
	}
	n.Warnings = append(n.Warnings, warnings...)
	x.tables, x.compiled = int(head.tables), c
	for i := range x.sources {
		x.sources[i].rows = in(c.rows, c.sources[i].rows)
		x.sources[i].compiled = &c.sources[i]
	}
	return true
}

// take takes the next list from b.
func take[T any](b *[]byte, counts *[]uint64, list *[]T) bool {
	n := (*counts)[0]
	*counts = (*counts)[1:]
	var one [1]T
	size := n * uint64(len(ovsdb.RecordBytes(one[:])))
	padded := (size + 7) &^ 7
	if n > uint64(len(*b)) || padded > uint64(len(*b)) {
		return false
	}
	var ok bool
	*list, ok = ovsdb.Records[T]((*b)[:size])
	*b = (*b)[padded:]
	return ok
}

// restore makes a source's tables from an index.
func (s *source) restore(n *Network) {
	c := n.flows.compiled
	for i := range in(c.tables, s.compiled.tables) {
		at := &in(c.tables, s.compiled.tables)[i]
		t := &table{n: n, rows: in(c.rows, at.rows), place: place(at.place), sorted: true}
		if len(t.rows) == 0 || slices.ContainsFunc(t.rows, func(r flowRow) bool { return int(r.slot) >= n.flows.rows.Len() }) {
			continue // of a damaged index
		}
		if at.hashed != 0 {
			t.compiled = at
		}
		s.tables = append(s.tables, t)
	}
}

// restore makes a table's classifier from an index.
func (t *table) restore() {
	c := t.n.flows.compiled
	h := &classifier{t: t, unparsed: in(c.unparsed, t.compiled.unparsed)}
	for _, u := range in(c.tuples, t.compiled.tuples) {
		words := in(c.words, u.words)
		if slices.ContainsFunc(words, func(w tupleWord) bool { return w.word >= packet.Words }) {
			continue // of a damaged index
		}
		h.tuples = append(h.tuples, tuple{words: words, entries: in(c.entries, u.entries), priority: int(u.priority)})
	}
	t.classifier.Store(h)
}
