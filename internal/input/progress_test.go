package input

import (
	"bytes"
	"context"
	"io"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/progress"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// buffer can be written concurrently by a timer.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// TestProgress expects no bar for a source that is read at once, a bar for one that takes
// long, and none afterwards.
func TestProgress(t *testing.T) {
	var quick buffer
	p := newReading(&quick, "/tmp/sb.db", time.Hour)
	p.At(1, 2)
	p.Stop()
	p.show() // as by a timer that has already fired
	if quick.String() != "" {
		t.Errorf("a quick source shows %q", quick.String())
	}

	var slow buffer
	p = newReading(&slow, "/tmp/sb.db", time.Hour)
	p.At(1<<20, 4<<20)
	p.show()
	if got := slow.String(); !strings.Contains(got, "reading sb.db") || !strings.Contains(got, " 25% ") {
		t.Errorf("a bar at a quarter: %q", got)
	}
	p.At(3<<20, 4<<20)
	p.At(1<<20, 8<<20) // the second pass, over the decompressed bytes
	p.show()
	if got := slow.String(); !strings.Contains(got, " 12% ") {
		t.Errorf("a bar at an eighth: %q", got)
	}
	p.Stop()
	p.Stop()
	p.At(8<<20, 8<<20)
	if got := slow.String(); strings.TrimRight(got[strings.LastIndex(got, "%")+1:], " \r\n") == "" || visible(got) != "" {
		t.Errorf("afterwards %q is still in %q", visible(got), got)
	}

	var remote buffer
	p = newReading(&remote, "unix:/run/sb.sock", time.Millisecond)
	p.At(5<<20, 0)
	sbtest.Await(t, "a bar shows", func() bool { return remote.String() != "" })
	p.Stop()
	if got := remote.String(); !strings.Contains(got, "reading unix:/run/sb.sock") || strings.Contains(got, "%") {
		t.Errorf("of unknown size: %q", got)
	}

	var nobody *Progress
	nobody.At(1, 2)
	nobody.Stop()
	if p := new(Session).Progress("x"); p != nil {
		t.Error("a bar without a terminal")
	}
}

// TestWorking expects the numbers of finished and known steps, from the first step on, and
// nothing when the operation ends.
func TestWorking(t *testing.T) {
	var out buffer
	p := newProgress(&out, "testing", time.Hour)
	ctx := progress.With(t.Context(), p.add)
	if p.timer != nil {
		t.Error("the delay starts before the first step")
	}
	progress.Add(ctx, 0, 8)
	var steps sync.WaitGroup
	for range 2 {
		steps.Go(func() { progress.Add(ctx, 1, 0) })
	}
	steps.Wait()
	p.show()
	if got := visible(out.String()); !strings.Contains(got, "testing") || !strings.Contains(got, " 25% ") || !strings.Contains(got, "(2/8") || strings.Contains(got, " B") {
		t.Errorf("a bar at a quarter: %q", got)
	}
	progress.Add(ctx, 6, 0) // all that was known
	progress.Add(ctx, 0, 8) // more are added
	if got := visible(out.String()); !strings.Contains(got, "(8/16") {
		t.Errorf("a bar of more steps: %q", got)
	}
	p.Stop()
	progress.Add(ctx, 1, 0)
	p.show()
	if got := visible(out.String()); got != "" {
		t.Errorf("afterwards %q is still shown", got)
	}

	var classes buffer
	p = newProgress(&classes, "classes of packets", time.Hour)
	ctx = progress.With(t.Context(), p.add)
	progress.Add(ctx, 3, 0)
	p.show()
	if got := visible(classes.String()); !strings.Contains(got, "classes of packets") || !strings.Contains(got, "(3/-") {
		t.Errorf("of unknown size: %q", got)
	}
	p.Stop()

	progress.Add(t.Context(), 1, 1) // without a counter
	s := new(Session)
	if err := s.Working(t.Context(), "x", func(ctx context.Context) error {
		if ctx != t.Context() {
			t.Error("steps are counted without a terminal")
		}
		return io.EOF
	}); err != io.EOF {
		t.Errorf("the work's error: %v", err)
	}
}

// visible returns the text that is left in a terminal's line.
func visible(written string) string {
	line := make([]rune, 0, 200)
	at := 0
	for _, r := range written {
		switch {
		case r == '\r':
			at = 0
		case at < len(line):
			line[at] = r
			at++
		default:
			line = append(line, r)
			at++
		}
	}
	return strings.TrimSpace(string(line))
}

// TestWorkingEstimates expects the remaining time, by the speed of the finished steps.
func TestWorkingEstimates(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: it takes a second, and -short was given")
	}
	var out buffer
	p := newProgress(&out, "pairs of ports", time.Hour)
	ctx := progress.With(t.Context(), p.add)
	progress.Add(ctx, 0, 100)
	p.show()
	for range 10 {
		time.Sleep(110 * time.Millisecond)
		progress.Add(ctx, 1, 0)
	}
	if got := visible(out.String()); !regexp.MustCompile(`\(10/100.*\[\d+s:\d+s\]`).MatchString(got) {
		t.Errorf("no estimate: %q", got)
	}
	p.Stop()
}
