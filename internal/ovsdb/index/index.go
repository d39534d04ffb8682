// Package index stores the result of reading a log in a file beside it, so that the log
// can be opened again without reading it.
package index

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

	"github.com/ovnwalk/ovnwalk/internal/atomicfile"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/memory"
)

// A compiled index is a file beside a log with the result of reading the log: where the
// rows are, and data of the caller. Both files are mapped, so that only the parts in
// use take memory. An index can be used only on the kind of machine that wrote it, and
// is invalid once the log has changed.

// Suffix is appended to the name of a log to form the name of its index.
const Suffix = ".ovnwalk"

// ErrStale means that an index does not match the log's current state, or was written
// by another version or on another kind of machine.
var ErrStale = errors.New("the index is out of date")

const (
	compiledMagic  = "ovnwalk index\n\x00\x00"
	compiledFormat = 4
	maxCompiled    = 64 << 20 // bytes of an index's head
)

// byteOrder identifies the byte order of the machine.
var byteOrder = fmt.Sprint(binary.NativeEndian)

// compiledHead is the head of an index, in JSON.
type compiledHead struct {
	Format   int
	Order    string
	Of       Fingerprint
	Schema   json.RawMessage
	Warnings []ovsdb.Warning
	Date     int64
	Tables   []compiledTable
	Extra    part
}

type compiledTable struct {
	Name                string
	Columns             []string
	Words, Links, Arena part
}

// part is a range of the bytes after the head.
type part struct{ From, Len int64 }

// Write writes the index of a packed snapshot beside the log from which it was read.
// Open returns extra.
func Write(s *ovsdb.Snapshot, log string, extra []byte) error {
	fp, err := TakeFingerprint(log)
	if err != nil {
		return err
	}
	if s.Schema == nil || fp.Size != int64(len(s.Source.Data)) {
		return &ovsdb.Error{File: log, Offset: -1, Text: "only an uncompressed log can have an index; save the database as one first", Err: ovsdb.ErrNotOVSDB}
	}
	head := compiledHead{Format: compiledFormat, Order: byteOrder, Of: fp, Schema: s.Schema.Raw, Warnings: s.Warnings, Date: s.Date}
	var parts [][]byte
	end := int64(0)
	add := func(b []byte) part {
		p := part{end, int64(len(b))}
		parts = append(parts, b)
		end += (p.Len + 7) &^ 7
		return p
	}
	for _, name := range s.Tables() {
		t := s.Table(name)
		words, places, arena := t.Image()
		head.Tables = append(head.Tables, compiledTable{
			Name: name, Columns: t.Columns(),
			Words: add(memory.RecordBytes(words)), Links: add(memory.RecordBytes(places)), Arena: add(arena),
		})
	}
	head.Extra = add(extra)
	text, err := json.Marshal(head)
	if err != nil {
		return err
	}
	start := append([]byte(compiledMagic), binary.NativeEndian.AppendUint64(nil, uint64(len(text)))...)
	return atomicfile.Write(log+Suffix, func(w io.Writer) error {
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

// Open opens a log by its index. It returns fs.ErrNotExist if there is none, and
// ErrStale if it does not match the log.
func Open(ctx context.Context, log string, o ovsdb.Options) (s *ovsdb.Snapshot, extra []byte, err error) {
	stale := func(why string) (*ovsdb.Snapshot, []byte, error) {
		return nil, nil, &ovsdb.Error{File: log + Suffix, Offset: -1, Text: why + "; make it anew with \"ovnwalk snapshot --compiled\"", Err: ErrStale}
	}
	info, err := os.Stat(log + Suffix)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return stale("not a regular file")
	}
	index, err := os.Open(log + Suffix)
	if err != nil {
		return nil, nil, err
	}
	var src *ovsdb.Source
	defer func() {
		if src == nil || src.File == nil {
			index.Close()
		}
		if err != nil && src != nil {
			src.Close()
		}
	}()
	start := make([]byte, len(archiveMagic))
	if _, err := index.ReadAt(start, 0); err == nil && string(start) == archiveMagic {
		return nil, nil, fs.ErrNotExist // it is the index of an archive
	}
	if info, err = index.Stat(); err != nil {
		return nil, nil, err
	}
	if !validChecksum(index, info.Size()) {
		return stale("the index was made by another version, or is damaged")
	}
	if src, err = openIndex(index, info); err != nil {
		return nil, nil, err
	}
	head, rest, ok := compiledHeadOf(src.Data)
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
	l := &ovsdb.Loader{Context: ctx, Options: &o, Name: log}
	if l.Source, err = ovsdb.OpenFile(ctx, log, &o); err != nil {
		return nil, nil, err
	}
	l.Source.Index = src
	defer func() {
		if err != nil {
			l.Source.Index = nil
			l.Source.Close()
		}
	}()
	schema, err := ovsdb.ParseSchema(head.Schema)
	if err != nil {
		return stale("the index is damaged")
	}
	if err = l.SetSchema(schema); err != nil {
		return nil, nil, err
	}
	restored := 0
	for _, c := range head.Tables {
		if t := l.Tables[c.Name]; t != nil && c.restore(t, rest) {
			restored++
		}
	}
	if restored != len(l.Tables) {
		return stale("the index is damaged, or lacks what is wanted")
	}
	if extra, ok = head.Extra.of(rest); !ok {
		return stale("the index is damaged")
	}
	l.Warnings, l.Date = head.Warnings, head.Date
	return l.Snapshot(), extra, nil
}

// openIndex reads the bytes of an index.
func openIndex(f *os.File, info fs.FileInfo) (*ovsdb.Source, error) {
	if info.Size() < memory.MapFrom || !memory.CanMap {
		data, err := io.ReadAll(io.LimitReader(f, info.Size()))
		return &ovsdb.Source{Data: data}, err
	}
	return ovsdb.MapSource(f, info)
}

// compiledHeadOf parses an index's head and returns the bytes after it.
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

// of returns the part's bytes. It returns false if they are not within b.
func (p part) of(b []byte) ([]byte, bool) {
	if p.From < 0 || p.Len < 0 || p.From > int64(len(b)) || p.Len > int64(len(b))-p.From {
		return nil, false
	}
	return b[p.From : p.From+p.Len : p.From+p.Len], true
}

// restore sets a table from its index.
func (c *compiledTable) restore(t *ovsdb.Table, rest []byte) bool {
	rows, ok1 := c.Words.of(rest)
	links, ok2 := c.Links.of(rest)
	arena, ok3 := c.Arena.of(rest)
	words, ok4 := memory.Records[uint32](rows)
	places, ok5 := memory.Records[int64](links)
	return ok1 && ok2 && ok3 && ok4 && ok5 && t.Restore(c.Columns, words, places, arena)
}
