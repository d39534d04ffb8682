package matrix

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/progress"
	"github.com/ovnwalk/ovnwalk/internal/reach"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// officePairs prepares the pairs of a network of two switches with hosts.
func officePairs(t testing.TB) *reach.Pairs {
	t.Helper()
	n := tracetest.Open(t, filepath.Join("..", "..", "..", "testdata", "office", "sb.db.gz"), lflow.Options{})
	x, err := reach.NewPairs(context.Background(), reach.OneZone(address.NewResolver(n)), &reach.Question{})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// officePart returns the bytes of a part with the whole matrix.
func officePart(t testing.TB) []byte {
	t.Helper()
	return partOf(t, officePairs(t), Shard{})
}

// partOf computes a shard, or the whole matrix for the zero Shard, and returns the bytes of
// its part.
func partOf(t testing.TB, x *reach.Pairs, share Shard) []byte {
	t.Helper()
	h := NewHeader(x)
	if share != (Shard{}) {
		h.Shard = share
	}
	kept, err := NewCheckpoint(filepath.Join(t.TempDir(), "kept"), h, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Run(context.Background(), x, h, nil, kept)
	if err != nil {
		t.Fatal(err)
	}
	if err := kept.Close(true); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestReadPartThatEndsEarly truncates a part at each byte: whole blocks of it are read, and
// the error says that it ends early.
func TestReadPartThatEndsEarly(t *testing.T) {
	whole := officePart(t)
	header := bytes.IndexByte(whole, '\n') + 1
	for end := header; end < len(whole); end += 7 {
		p, err := ReadPart(bytes.NewReader(whole[:end]))
		if !errors.Is(err, ErrIncomplete) {
			t.Fatalf("%d of %d bytes: %v", end, len(whole), err)
		}
		if want := bytes.Count(whole[:end], []byte("\n"+`{"type":"block"`)); len(p.blocks) != want && len(p.blocks) != want-1 {
			t.Errorf("%d of %d bytes: %d blocks, not %d", end, len(whole), len(p.blocks), want)
		}
	}
	if _, err := ReadPart(bytes.NewReader(whole)); err != nil {
		t.Error(err)
	}
}

func TestReadPartErrors(t *testing.T) {
	whole := string(officePart(t))
	for _, c := range []struct{ name, old, new, want string }{
		{"no JSON", `{"type":"block"`, `{"type":block"`, "no record"},
		{"another record", `{"type":"block"`, `{"type":"thing"`, `type "thing"`},
		{"another version", `"version":3`, `"version":2`, "version 2 of the format"},
		{"a block too many", `"block":0`, `"block":7`, "there is no block 7"},
		{"an answer for an unknown destination", `"remote":[{"to":[`, `"remote":[{"to":[9`, "which is not there"},
		{"two answers", `"remote":[{"to":[0`, `"remote":[{"to":[0,0`, "2 answers for destination 0"},
		{"a missing answer", `"remote":[{"to":[0,`, `"remote":[{"to":[`, "0 answers for destination 0"},
		{"a local answer for an unknown destination", `"local":[{"to":0`, `"local":[{"to":9`, "which is not there"},
		{"a missing local answer", `"local":[{"to":0`, `"local":[{"to":1`, "0 answers of its own datapath for destination 0"},
		{"answers of too few datapaths", `"answers":[-1,`, `"answers":[`, "answers of 1 of 2 datapaths"},
		{"an answer among the others", `"answers":[-1,`, `"answers":[0,`, "an answer of its own datapath among the others"},
		{"an unknown answer", `"local":[{"to":0,"answer":`, `"local":[{"to":0,"answer":9`, "which is not before it"},
		{"an answer by another number", `"answer":0,"parts"`, `"answer":1,"parts"`, "answer 1 in place of answer 0"},
		{"unknown sets", `"parts":[{"sets":"`, `"parts":[{"sets":"x`, "which are not before it"},
		{"a repeated source", `"from":[0]`, `"from":[0,0]`, "one answer for each source"},
		{"a source of no datapath", `"from":[0]`, `"from":[0,1,2,3]`, "4 of 1 sources"},
		{"an end with another number of blocks", `{"type":"end","blocks":2}`, `{"type":"end","blocks":3}`, "its end record has 3"},
		{"more after the end", `{"type":"end","blocks":2}` + "\n", `{"type":"end","blocks":2}` + "\n{}\n", "after the end"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(whole, c.old) {
				t.Fatalf("the part has no %s", c.old)
			}
			_, err := ReadPart(strings.NewReader(strings.Replace(whole, c.old, c.new, 1)))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// FuzzReadPart merges parts of arbitrary bytes that can be read, without a panic.
func FuzzReadPart(f *testing.F) {
	f.Add(officePart(f))
	f.Add([]byte(`{"type":"part","version":3,"shard":{"k":1,"n":1}}` + "\n" + `{"type":"end","blocks":0}` + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := ReadPart(bytes.NewReader(text))
		if err != nil {
			return
		}
		m, err := p.Matrix()
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := errors.Join(m.WriteJSON(&b), m.WriteCSV(&b)); err != nil {
			t.Error(err)
		}
	})
}

// TestSharesDivideDestinations tests that each destination is in one shard, and that shards differ
// by at most the destinations of one datapath.
func TestSharesDivideDestinations(t *testing.T) {
	for _, c := range []struct{ datapaths, ports, shares int }{{500, 40, 4}, {100, 20, 8}, {3, 1, 7}, {1, 5, 2}, {0, 0, 3}} {
		h := Header{}
		for i := range c.datapaths {
			h.Destinations = append(h.Destinations, Ports{Datapath: fmt.Sprint("datapath ", i), Ports: make([]string, c.ports)})
		}
		of := make([]int, c.datapaths)
		for k := 1; k <= c.shares; k++ {
			h.Shard = Shard{k, c.shares}
			mine := h.share()
			for _, i := range mine {
				of[i]++
			}
			if got, want := len(mine)*c.shares, c.datapaths; got < want-c.shares || got > want+c.shares {
				t.Errorf("%d datapaths: shard %s has %d", c.datapaths, h.Shard, len(mine))
			}
		}
		for i, n := range of {
			if n != 1 {
				t.Errorf("%d datapaths: datapath %d is in %d shards", c.datapaths, i, n)
			}
		}
	}
}

// TestResume resumes a part that lacks a block: the answers are those of one run, and
// the blocks that it has are not walked again.
func TestResume(t *testing.T) {
	whole := officePart(t)
	first := bytes.Index(whole, []byte("\n"+`{"type":"block"`)) + 1
	end := first + bytes.IndexByte(whole[first:], '\n') + 1
	done, err := ReadPart(bytes.NewReader(whole[:end]))
	if !errors.Is(err, ErrIncomplete) || len(done.blocks) != 1 {
		t.Fatalf("%v, %d blocks", err, len(done.blocks))
	}
	x := officePairs(t)
	kept, err := NewCheckpoint(filepath.Join(t.TempDir(), "kept"), done.Header, done)
	if err != nil {
		t.Fatal(err)
	}
	var counted atomic.Int64
	ctx := progress.With(context.Background(), func(did, _ int) { counted.Add(int64(did)) })
	p, err := Run(ctx, x, done.Header, done, kept)
	if err != nil {
		t.Fatal(err)
	}
	if err := kept.Close(true); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	if b.String() != string(whole) {
		t.Errorf("got %s\nwant %s", b.String(), whole)
	}
	if last := len(x.Destinations) - len(done.Header.Destinations[0].Ports); int(counted.Load()) != len(x.Sources)+x.Steps(last) {
		t.Errorf("%d steps for %d destinations", counted.Load(), last)
	}
}
