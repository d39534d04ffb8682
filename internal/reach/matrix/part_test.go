package matrix

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/reach"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// officePart returns the bytes of a part that is the whole work.
func officePart(t testing.TB) []byte {
	t.Helper()
	n, err := lflow.Open(context.Background(), filepath.Join("..", "..", "..", "testdata", "office", "sb.db.gz"), lflow.Options{})
	if err != nil {
		t.Fatal(err)
	}
	x, err := reach.NewPairs(context.Background(), address.NewResolver(n), &reach.Question{})
	if err != nil {
		t.Fatal(err)
	}
	return partOf(t, x, Shard{})
}

// partOf does a share of the work, all of it for the zero Shard, and returns the bytes of
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

// TestReadPartThatEndsEarly cuts a part everywhere: what is read of it is whole units, and
// the error says that it ends early.
func TestReadPartThatEndsEarly(t *testing.T) {
	whole := officePart(t)
	header := bytes.IndexByte(whole, '\n') + 1
	for end := header; end < len(whole); end += 7 {
		p, err := ReadPart(bytes.NewReader(whole[:end]))
		if !errors.Is(err, ErrIncomplete) {
			t.Fatalf("%d of %d bytes: %v", end, len(whole), err)
		}
		if want := bytes.Count(whole[:end], []byte("\n"+`{"type":"unit"`)); len(p.units) != want && len(p.units) != want-1 {
			t.Errorf("%d of %d bytes: %d units, not %d", end, len(whole), len(p.units), want)
		}
	}
	if _, err := ReadPart(bytes.NewReader(whole)); err != nil {
		t.Error(err)
	}
}

func TestReadPartErrors(t *testing.T) {
	whole := string(officePart(t))
	for _, c := range []struct{ name, old, new, want string }{
		{"no JSON", `{"type":"unit"`, `{"type":unit"`, "no record"},
		{"another record", `{"type":"unit"`, `{"type":"thing"`, `type "thing"`},
		{"another version", `"version":2`, `"version":3`, "version 3 of the format"},
		{"a unit too many", `"unit":0`, `"unit":7`, "there is no unit 7"},
		{"an answer for nobody", `"remote":[{"to":[`, `"remote":[{"to":[9`, "which is not there"},
		{"an answer twice", `"remote":[{"to":[0`, `"remote":[{"to":[0,0`, "2 answers for destination 0"},
		{"an answer too few", `"remote":[{"to":[0,`, `"remote":[{"to":[`, "0 answers for destination 0"},
		{"sets that are not there", `"parts":[{"sets":"`, `"parts":[{"sets":"x`, "which are not before it"},
		{"a source twice", `"from":[0]`, `"from":[0,0]`, "one answer for each source"},
		{"an end that is none", `{"type":"end","units":2}`, `{"type":"end","units":3}`, "its end speaks of 3"},
		{"more after the end", `{"type":"end","units":2}` + "\n", `{"type":"end","units":2}` + "\n{}\n", "after the end"},
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

// FuzzReadPart merges what can be read: no part leads to a panic.
func FuzzReadPart(f *testing.F) {
	f.Add(officePart(f))
	f.Add([]byte(`{"type":"part","version":2,"shard":{"k":1,"n":1}}` + "\n" + `{"type":"end","units":0}` + "\n"))
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
