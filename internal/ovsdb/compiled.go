package ovsdb

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"unsafe"

	"github.com/ovnwalk/ovnwalk/internal/atomicfile"
)

// A compiled index is a file beside a log that holds what reading the log finds
// out: where the rows are, and what the reader's user wants to keep besides.
// Both files are mapped, so that only what is looked at takes memory. It is of
// use only to the kind of machine that made it, and worthless once the log has
// changed.

// CompiledSuffix is what an index's name has behind the name of its log.
const CompiledSuffix = ".ovnwalk"

// ErrStale means that an index is not of the log's present state, or was made
// by another version or on another kind of machine.
var ErrStale = errors.New("the index is out of date")

const (
	compiledMagic  = "ovnwalk index\n\x00\x00"
	compiledFormat = 3
	maxCompiled    = 64 << 20 // bytes of an index's head
)

// byteOrder tells machines apart that lay out numbers differently.
var byteOrder = fmt.Sprint(binary.NativeEndian)

// compiledHead is the beginning of an index, in JSON.
type compiledHead struct {
	Format   int
	Order    string
	Of       Fingerprint
	Schema   json.RawMessage
	Warnings []Warning
	Tables   []compiledTable
	Extra    part
}

type compiledTable struct {
	Name                string
	Columns             []string
	Words, Links, Arena part
}

// part is a run of bytes behind the head.
type part struct{ From, Len int64 }

// Packed returns the snapshot with the rows of each table in the order of their
// UUIDs and nothing that a process makes for itself. It shares the source's
// memory with s, which must stay open.
func (s *Snapshot) Packed() *Snapshot {
	p := *s
	p.tables = make(map[string]*Table, len(s.tables))
	for name, t := range s.tables {
		order := t.slots.sort()
		words := make([]uint32, 0, len(order)*t.slots.stride)
		for _, i := range order {
			words = append(words, t.slots.row(i)...)
		}
		c := &Table{
			name: t.name, file: t.file, origin: t.origin, src: t.src, arena: t.arena,
			keys: t.keys, byKey: t.byKey, cols: t.cols, names: t.names, guess: t.guess, links: t.links,
		}
		c.slots.pack(words, t.slots.stride)
		p.tables[name] = c
	}
	return &p
}

// WriteCompiled writes the index of a packed snapshot beside the log that it
// was read from; extra is given back by OpenCompiled.
func (s *Snapshot) WriteCompiled(log string, extra []byte) error {
	fp, err := TakeFingerprint(log)
	if err != nil {
		return err
	}
	if s.Schema == nil || fp.Size != int64(len(s.src.data)) {
		return &Error{File: log, Offset: -1, Text: "only an uncompressed log can have an index; save the database as one first", Err: ErrNotOVSDB}
	}
	head := compiledHead{Format: compiledFormat, Order: byteOrder, Of: fp, Schema: s.Schema.raw, Warnings: s.Warnings}
	var parts [][]byte
	end := int64(0)
	add := func(b []byte) part {
		p := part{end, int64(len(b))}
		parts = append(parts, b)
		end += (p.Len + 7) &^ 7
		return p
	}
	for _, name := range s.Tables() {
		t := s.tables[name]
		places := make([]int64, len(t.links))
		for i, l := range t.links {
			places[i] = int64(l.place)
		}
		head.Tables = append(head.Tables, compiledTable{
			Name: name, Columns: t.Columns(),
			Words: add(RecordBytes(t.slots.words())), Links: add(RecordBytes(places)), Arena: add(t.arena),
		})
	}
	head.Extra = add(extra)
	text, err := json.Marshal(head)
	if err != nil {
		return err
	}
	start := append([]byte(compiledMagic), binary.NativeEndian.AppendUint64(nil, uint64(len(text)))...)
	return atomicfile.Write(log+CompiledSuffix, func(w io.Writer) error {
		sum := &checksumWriter{w: w}
		for _, b := range append([][]byte{start, text}, parts...) {
			if _, err := sum.Write(b); err != nil {
				return err
			}
			if _, err := sum.Write(make([]byte, -len(b)&7)); err != nil {
				return err
			}
		}
		return cmp.Or(sum.end(), s.Changed())
	})
}

// OpenCompiled opens a log by its index. Where there is none the error is an
// fs.ErrNotExist; where it does not fit the log, ErrStale.
func OpenCompiled(ctx context.Context, log string, o Options) (s *Snapshot, extra []byte, err error) {
	stale := func(why string) (*Snapshot, []byte, error) {
		return nil, nil, &Error{File: log + CompiledSuffix, Offset: -1, Text: why + "; make it anew with \"ovnwalk snapshot --compiled\"", Err: ErrStale}
	}
	info, err := os.Stat(log + CompiledSuffix)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return stale("not a regular file")
	}
	index, err := os.Open(log + CompiledSuffix)
	if err != nil {
		return nil, nil, err
	}
	var src *source
	defer func() {
		if src == nil || src.file == nil {
			index.Close()
		}
		if err != nil && src != nil {
			src.close()
		}
	}()
	if info, err = index.Stat(); err != nil {
		return nil, nil, err
	}
	if !validChecksum(index, info.Size()) {
		return stale("the index was made by another version, or is damaged")
	}
	if src, err = openIndex(index, info); err != nil {
		return nil, nil, err
	}
	head, rest, ok := compiledHeadOf(src.data)
	if !ok || head.Format != compiledFormat || head.Order != byteOrder {
		return stale("the index was made by another version, on another kind of machine, or is damaged")
	}
	fp, err := TakeFingerprint(log)
	if err != nil {
		return nil, nil, err
	}
	if !fp.Equal(head.Of) {
		return stale("the database has changed since the index was made")
	}
	l := &loader{ctx: ctx, o: &o, name: log}
	if l.src, err = openFile(ctx, log, &o); err != nil {
		return nil, nil, err
	}
	l.src.index = src
	defer func() {
		if err != nil {
			l.src.index = nil
			l.src.close()
		}
	}()
	schema, err := parseSchema(head.Schema)
	if err != nil {
		return stale("the index is damaged")
	}
	if err = l.setSchema(schema); err != nil {
		return nil, nil, err
	}
	restored := 0
	for _, c := range head.Tables {
		if t := l.tables[c.Name]; t != nil && t.restore(c, rest) {
			restored++
		}
	}
	if restored != len(l.tables) {
		return stale("the index is damaged, or lacks what is wanted")
	}
	if extra, ok = head.Extra.of(rest); !ok {
		return stale("the index is damaged")
	}
	l.warnings = head.Warnings
	return l.snapshot(), extra, nil
}

// openIndex takes the bytes of an index.
func openIndex(f *os.File, info fs.FileInfo) (*source, error) {
	if info.Size() < mapFrom || !canMap {
		data, err := io.ReadAll(io.LimitReader(f, info.Size()))
		return &source{data: data}, err
	}
	return mapSource(f, info)
}

// compiledHeadOf reads an index's head and returns what follows it.
func compiledHeadOf(b []byte) (head compiledHead, rest []byte, ok bool) {
	b, ok = bytes.CutPrefix(b, []byte(compiledMagic))
	if !ok || len(b) < 8 {
		return head, nil, false
	}
	n := binary.NativeEndian.Uint64(b)
	if b = b[8:]; n > maxCompiled || uint64(len(b)) < (n+7)&^7 {
		return head, nil, false
	}
	err := json.Unmarshal(b[:n], &head)
	return head, b[(n+7)&^7:], err == nil
}

// of returns the part's bytes; it is false where they do not lie within b.
func (p part) of(b []byte) ([]byte, bool) {
	if p.From < 0 || p.Len < 0 || p.From > int64(len(b)) || p.Len > int64(len(b))-p.From {
		return nil, false
	}
	return b[p.From : p.From+p.Len : p.From+p.Len], true
}

// restore gives a table what its index says.
func (t *Table) restore(c compiledTable, rest []byte) bool {
	if len(c.Columns) != len(t.cols) {
		return false
	}
	for i, name := range t.Columns() {
		if name != c.Columns[i] {
			return false
		}
	}
	rows, ok1 := c.Words.of(rest)
	links, ok2 := c.Links.of(rest)
	arena, ok3 := c.Arena.of(rest)
	words, ok4 := Records[uint32](rows)
	places, ok5 := Records[int64](links)
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || len(words)%t.slots.stride != 0 {
		return false
	}
	t.slots.pack(words, t.slots.stride)
	t.arena = arena
	t.links = make([]link, len(places))
	for i, p := range places {
		t.links[i].place = int(p)
	}
	return true
}

// RecordBytes returns the memory of records without pointers, as bytes.
func RecordBytes[T any](r []T) []byte {
	if len(r) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&r[0])), len(r)*int(unsafe.Sizeof(r[0])))
}

// Records returns bytes that RecordBytes gave as records again. It is false
// where they are no whole number of records or do not lie as such must.
func Records[T any](b []byte) ([]T, bool) {
	var one T
	size := int(unsafe.Sizeof(one))
	if len(b) == 0 {
		return nil, true
	}
	if len(b)%size != 0 || uintptr(unsafe.Pointer(&b[0]))%unsafe.Alignof(one) != 0 {
		return nil, false
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&b[0])), len(b)/size), true
}
