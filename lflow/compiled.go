package lflow

import (
	"context"
	"errors"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb/client"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/index"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/memory"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/open"
)

// A compiled index of a database (see package ovsdb) contains the positions of the rows and
// the result of loading a network: the datapaths, ports and groups and tables to look them
// up, the flows sorted by table, and the hash tables of the large tables. A walk reads only the
// rows of the tables that it reaches.

// compiled is the content of an index: lists without pointers.
type compiled struct {
	head []compiledHead // one

	datapaths []datapathEntry
	ports     []portEntry
	names     nameTable
	aliases   nameTable
	keys      []portKey
	groups    []groupEntry
	members   []uint32
	macs      []Learned
	fdb       []Learned
	listed    []uint32 // the sources of each datapath

	addressSets nameTable
	portGroups  nameTable

	text     []byte
	warnings []byte // JSON, a list of texts

	sources  []compiledSource
	tables   []compiledTable
	rows     []flowRow
	tuples   []compiledTuple
	words    []tupleWord
	entries  []tupleEntry
	unparsed []uint32
}

// compiledHead is data about the whole index.
type compiledHead struct {
	release [32]byte // by which the database was read
	tables  uint64   // number of tables of a pipeline
}

// part is one of the lists as bytes.
type part struct {
	bytes func() []byte
	take  func(b []byte) bool
}

func partOf[L ~[]T, T any](list *L) part {
	return part{
		func() []byte { return memory.RecordBytes(*list) },
		func(b []byte) bool {
			records, ok := memory.Records[T](b)
			*list = records
			return ok
		},
	}
}

// parts returns the lists in their order in an index.
func (c *compiled) parts() []part {
	return []part{
		partOf(&c.head), partOf(&c.datapaths), partOf(&c.ports), partOf(&c.names), partOf(&c.aliases), partOf(&c.keys),
		partOf(&c.groups), partOf(&c.members), partOf(&c.macs), partOf(&c.fdb), partOf(&c.listed),
		partOf(&c.addressSets), partOf(&c.portGroups), partOf(&c.text), partOf(&c.warnings),
		partOf(&c.sources), partOf(&c.tables), partOf(&c.rows), partOf(&c.tuples), partOf(&c.words), partOf(&c.entries), partOf(&c.unparsed),
	}
}

// run is a range of a list.
type run struct{ from, to uint32 }

// add appends to a list and returns the range.
func add[T any](list *[]T, more []T) run {
	from := uint32(len(*list))
	*list = append(*list, more...)
	return run{from, uint32(len(*list))}
}

// in returns a range of a list, or nil if the list is shorter.
func in[T any](list []T, r run) []T {
	if r.from > r.to || int(r.to) > len(list) {
		return nil
	}
	return list[r.from:r.to:r.to]
}

// Compile writes an index beside a database or an archive of several zones, which Open and
// Zones use. The database must be an uncompressed log. Compile returns warnings about the
// database, which are also stored for Open.
func Compile(ctx context.Context, path string, source Source) ([]Warning, error) {
	if open.IsPacked(path) {
		if warnings, several, err := compileZones(ctx, path, source); several || err != nil {
			return warnings, err
		}
	}
	db, err := open.Path(ctx, path, source.read())
	if err != nil {
		return nil, databaseError(err)
	}
	defer db.Close()
	packed := db.Packed()
	n, err := load(packed, Options{}, nil)
	if err != nil {
		return nil, err
	}
	var c compiled
	c.addNetwork(n)
	c.addFlows(n)
	return n.Warnings, index.Write(packed, path, c.encode())
}

// encode returns the lengths of the lists, then the lists, each aligned to eight bytes.
func (c *compiled) encode() []byte {
	parts := c.parts()
	lengths := make([]uint64, len(parts))
	var lists []byte
	for i, p := range parts {
		b := p.bytes()
		lengths[i] = uint64(len(b))
		lists = append(lists, b...)
		lists = append(lists, make([]byte, -len(lists)&7)...)
	}
	return append(append([]byte(nil), memory.RecordBytes(lengths)...), lists...)
}

// decode is the inverse of encode. It returns nil for invalid data.
func decode(b []byte) *compiled {
	c := &compiled{}
	parts := c.parts()
	head := 8 * len(parts)
	if len(b) < head {
		return nil
	}
	lengths, ok := memory.Records[uint64](b[:head])
	if !ok {
		return nil
	}
	b = b[head:]
	for i, p := range parts {
		size := lengths[i]
		padded := (size + 7) &^ 7
		if size > padded || padded > uint64(len(b)) || !p.take(b[:size]) {
			return nil
		}
		b = b[padded:]
	}
	if len(c.head) != 1 {
		return nil
	}
	return c
}

// openCompiled opens a database by its index. If there is no matching index, the result has no
// database.
func openCompiled(ctx context.Context, path string, source Source) *snapshot {
	if source.Uncommitted || client.IsRemote(path) {
		return &snapshot{}
	}
	db, extra, err := index.Open(ctx, path, source.read())
	switch {
	case errors.Is(err, index.ErrStale):
		return &snapshot{warning: err.Error()}
	case err != nil:
		return &snapshot{} // opening the database itself returns a better error
	}
	return &snapshot{db: db, index: decode(extra)}
}

// releaseName returns the name of a release in the form of an index.
func releaseName(n *Network) (b [32]byte) {
	copy(b[:], n.Dialect.Release().String())
	return b
}
