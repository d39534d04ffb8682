package tracetext

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/trace"
)

// pieces notes what is written to it, until it is full.
type pieces struct {
	list [][]byte
	most int
}

var errFull = errors.New("full")

func (p *pieces) Write(b []byte) (int, error) {
	if len(p.list) == p.most {
		return 0, errFull
	}
	p.list = append(p.list, bytes.Clone(b))
	return len(b), nil
}

// TestLongTextIsWrittenInParts writes a text that is longer than what is gathered.
func TestLongTextIsWrittenInParts(t *testing.T) {
	tr := tracetest.Random(rand.New(rand.NewPCG(1, 1)), 30)
	for range 40 {
		tr.Root.Nodes = append(tr.Root.Nodes, &trace.Pipeline{Datapath: trace.DatapathNamed(strings.Repeat("x", 50_000), 1)})
	}
	views := Views{Detailed: true, Summary: true, Minimal: true}
	all := &pieces{most: 100}
	if err := Write(all, tr, views, Paint{}); err != nil || len(all.list) < 2 {
		t.Fatalf("%d pieces, %v", len(all.list), err)
	}
	text := string(bytes.Join(all.list, nil))
	if got := strings.Count(text, strings.Repeat("x", 50_000)); got < 40 || !strings.HasPrefix(text, "# ") || !strings.HasSuffix(text, "\n") {
		t.Errorf("%d of 40 long lines", got)
	}
	for _, b := range all.list[:len(all.list)-1] {
		if len(b) > muchText+100_000 || b[len(b)-1] != '\n' {
			t.Errorf("a piece of %d bytes", len(b))
		}
	}
	for most := range len(all.list) {
		if err := Write(&pieces{most: most}, tr, views, Paint{}); !errors.Is(err, errFull) {
			t.Errorf("no room after %d pieces: %v", most, err)
		}
	}
}
