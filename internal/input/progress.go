package input

import (
	"context"
	"io"
	"path/filepath"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb/client"
	"github.com/ovnwalk/ovnwalk/internal/progress"
)

// ProgressDelay is the time after which a bar is shown.
const ProgressDelay = time.Second

// Progress is a progress bar on standard error, if that is a terminal. It appears when
// an operation takes long, and disappears when it ends. A nil Progress does nothing.
type Progress struct {
	out   io.Writer
	what  string
	bytes bool // whether bytes are counted
	after time.Duration

	mu      sync.Mutex
	timer   *time.Timer // nil until the delay starts
	stopped bool
	bar     *progressbar.ProgressBar // nil until the delay is over
	done    int64
	total   int64 // 0 if unknown
}

// Progress starts the delay for a source with a name. The caller must call Stop.
func (s *Session) Progress(name string) *Progress {
	if s.Terminal == nil {
		return nil
	}
	return newReading(s.Terminal, name, ProgressDelay)
}

func newReading(out io.Writer, name string, after time.Duration) *Progress {
	p := newProgress(out, "reading "+shortName(name), after)
	p.bytes = true
	p.start()
	return p
}

// Working runs work and shows a bar with a label for its steps, as package progress counts
// them. The delay starts with the first step, because databases that are opened before have
// their own bars.
func (s *Session) Working(ctx context.Context, label string, work func(context.Context) error) error {
	if s.Terminal == nil {
		return work(ctx)
	}
	p := newProgress(s.Terminal, label, ProgressDelay)
	defer p.Stop()
	return work(progress.With(ctx, p.add))
}

func newProgress(out io.Writer, label string, after time.Duration) *Progress {
	return &Progress{out: out, what: label, after: after}
}

// start starts the delay, unless it has started or the bar was stopped.
func (p *Progress) start() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer == nil && !p.stopped {
		p.timer = time.AfterFunc(p.after, p.show)
	}
}

// shortName shortens a source's name for the bar.
func shortName(name string) string {
	if client.IsRemote(name) {
		return name
	}
	return filepath.Base(name)
}

// show draws the bar for the first time.
func (p *Progress) show() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.stopped {
		p.draw()
	}
}

// draw creates the bar, also when the number of steps or bytes changes.
func (p *Progress) draw() {
	max := p.total
	if max <= 0 {
		max = -1
	}
	p.bar = progressbar.NewOptions64(max,
		progressbar.OptionSetWriter(p.out),
		progressbar.OptionSetDescription(p.what),
		progressbar.OptionShowBytes(p.bytes),
		progressbar.OptionShowCount(),
		progressbar.OptionSetWidth(20),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSpinnerType(14),
		progressbar.OptionSetSpinnerChangeInterval(0),         // without its own goroutine
		progressbar.OptionSetPredictTime(max > 0 && !p.bytes), // reading is short
	)
	if p.done == 0 {
		_ = p.bar.RenderBlank() // an error in drawing the bar is ignored
		return
	}
	_ = p.bar.Set64(p.done)
}

// At records the number of bytes that were read.
func (p *Progress) At(done, total int64) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.set(done, total)
}

// add counts steps of work.
func (p *Progress) add(done, more int) {
	p.start()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.set(p.done+int64(done), p.total+int64(more))
}

// set updates the bar if it is drawn.
func (p *Progress) set(done, total int64) {
	anew := total != p.total || done < p.done
	p.done, p.total = done, total
	switch {
	case p.bar == nil || p.stopped:
	case anew:
		_ = p.bar.Clear()
		p.draw()
	default:
		_ = p.bar.Set64(done)
	}
}

// Stop removes the bar.
func (p *Progress) Stop() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return
	}
	p.stopped = true
	if p.timer != nil {
		p.timer.Stop()
	}
	if p.bar != nil {
		_ = p.bar.Clear()
		_ = p.bar.Exit()
	}
}
