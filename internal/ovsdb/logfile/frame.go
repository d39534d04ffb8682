package logfile

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"strconv"
	"sync/atomic"

	"github.com/ovnwalk/ovnwalk/internal/mmapfault"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
)

// Magic numbers of the two log formats of ovsdb(5).
const (
	MagicStandalone = "JSON"
	MagicClustered  = "CLUSTER"
)

// MaxHeader is the longest header line that ovsdb-server reads.
const MaxHeader = 127

// frame is one record of a log: its header line begins at off, its JSON is [body, end).
type frame struct {
	off, body, end int64
}

// header is the content of a record's header line.
type header struct {
	Magic string
	Size  int64 // of the JSON that follows
	sum   [sha1.Size]byte
	Line  int // length of the line with its newline
}

// ParseHeader parses "OVSDB MAGIC LENGTH SHA1\n" at the start of b.
func ParseHeader(b []byte) (h header, ok bool) {
	if len(b) > MaxHeader {
		b = b[:MaxHeader]
	}
	nl := bytes.IndexByte(b, '\n')
	if nl < 0 {
		return h, false
	}
	h.Line = nl + 1
	lead, rest, ok := bytes.Cut(b[:nl], []byte{' '})
	if !ok || string(lead) != "OVSDB" {
		return h, false
	}
	magic, rest, ok := bytes.Cut(rest, []byte{' '})
	if !ok {
		return h, false
	}
	size, sum, _ := bytes.Cut(rest, []byte{' '})
	n, err := strconv.ParseInt(string(size), 10, 64)
	if err != nil || n <= 0 || len(sum) != 2*sha1.Size {
		return h, false
	}
	h.Magic, h.Size = string(magic), n
	_, err = hex.Decode(h.sum[:], sum)
	return h, err == nil
}

// damageInfo is where the undamaged part of a log ends, and why.
type damageInfo struct {
	frame int // index of the first record that is not used
	fault *ovsdb.RecordError
}

// frames finds the records of a log by their header lines. If the log does not end with
// a complete record, it also returns the damage.
func frames(b []byte, magic string) (list []frame, d *damageInfo) {
	stop := func(pos int, format string, args ...any) ([]frame, *damageInfo) {
		return list, &damageInfo{frame: len(list), fault: ovsdb.RecordErrorf(pos, format, args...)}
	}
	for off := 0; off < len(b); {
		h, ok := ParseHeader(b[off:])
		if !ok {
			rest := b[off:]
			if zeros(rest) {
				return stop(off, "the file ends in %d bytes of zeros where a record should begin", len(rest))
			}
			if len(rest) < MaxHeader && bytes.IndexByte(rest, '\n') < 0 {
				return stop(off, "the file is truncated: it ends %d bytes into a record's header line", len(rest))
			}
			line, _, _ := bytes.Cut(rest[:min(len(rest), MaxHeader)], []byte{'\n'})
			return stop(off, "no record begins here: the header line reads %q", ovsdb.Clip(string(line)))
		}
		if h.Magic != magic {
			return stop(off, "a record of kind %q in a log of kind %q", ovsdb.Clip(h.Magic), magic)
		}
		body := off + h.Line
		if have := int64(len(b) - body); h.Size > have {
			return stop(off, "the file is truncated: this record has %d bytes, of which %d are in the file", h.Size, have)
		}
		list = append(list, frame{off: int64(off), body: int64(body), end: int64(body) + h.Size})
		off = body + int(h.Size)
	}
	return list, nil
}

// zeros reports whether b is all zeros, as the end of a file is after a crash of some
// file systems.
func zeros(b []byte) bool {
	return len(bytes.TrimLeft(b, "\x00")) == 0
}

// verifier checks the SHA-1 of records in another goroutine than the parser's.
type verifier struct {
	pos   atomic.Int64 // everything before it was read
	freed atomic.Int64 // everything before it was released
	stop  atomic.Bool
	done  chan struct{}
	bad   *damageInfo // valid after done
}

// hashChunk is the number of bytes that are hashed between two checks of the context.
const hashChunk = 1 << 20

// verify starts a verifier of the records.
func verify(ctx context.Context, src *ovsdb.Source, list []frame) *verifier {
	v := &verifier{done: make(chan struct{})}
	go func() {
		defer close(v.done)
		if mmapfault.Run(func() { v.bad = v.run(ctx, src, list) }) {
			v.bad = &damageInfo{frame: 0, fault: ovsdb.RecordErrorf(0, "the file was truncated while it was read")}
		}
	}()
	return v
}

func (v *verifier) run(ctx context.Context, src *ovsdb.Source, list []frame) *damageInfo {
	b := src.Data
	sum := sha1.New()
	var got [sha1.Size]byte
	for i, f := range list {
		sum.Reset()
		for p := f.body; p < f.end; p += hashChunk {
			if v.stop.Load() || ctx.Err() != nil {
				return nil
			}
			to := min(p+hashChunk, f.end)
			sum.Write(b[p:to])
			v.pos.Store(to)
			if freed := v.freed.Load(); to <= freed || to > freed+ovsdb.MaxVerifyLag {
				src.Release(p&^(hashChunk-1), to&^(hashChunk-1))
			}
		}
		h, _ := ParseHeader(b[f.off:])
		if sum.Sum(got[:0]); got != h.sum {
			return &damageInfo{frame: i, fault: ovsdb.RecordErrorf(int(f.off),
				"bad checksum: the %d bytes of this record have SHA-1 %x, its header says %x", f.end-f.body, got, h.sum)}
		}
	}
	return nil
}

func (v *verifier) Position() int64 { return v.pos.Load() }

func (v *verifier) Released(through int64) { v.freed.Store(through) }

// wait returns the first record whose checksum is wrong, or nil, when all were checked.
func (v *verifier) wait() *damageInfo {
	<-v.done
	return v.bad
}

// cancel stops the verifier and returns when it no longer reads the bytes.
func (v *verifier) cancel() {
	v.stop.Store(true)
	<-v.done
}
