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

// ProgressDelay is how long a source or other work may take before a bar shows it.
const ProgressDelay = time.Second

// Progress is a bar on standard error, if that is a terminal, that appears once
// reading or other work takes long and is gone when it ends.  A nil Progress shows
// nothing.
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
	total   int64 // 0 where it is not known
}

// Progress starts waiting for a source of a name.  The caller must stop it.
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

// Working does work whose steps, as package progress counts them, a bar shows under a
// label.  Patience starts with the first step: databases that are opened before have
// bars of their own.
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

// start begins the delay, unless it has begun or the bar was stopped.
func (p *Progress) start() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer == nil && !p.stopped {
		p.timer = time.AfterFunc(p.after, p.show)
	}
}

// shortName is what a bar has room for of a source's name.
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

// draw makes the bar, or makes it anew where what is read turns out to be of
// another size.
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
		progressbar.OptionSetSpinnerChangeInterval(0),         // no goroutine of its own
		progressbar.OptionSetPredictTime(max > 0 && !p.bytes), // reading is short
	)
	if p.done == 0 {
		_ = p.bar.RenderBlank() // a bar that cannot be drawn harms nothing
		return
	}
	_ = p.bar.Set64(p.done)
}

// At takes note of how much was read.
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

// set puts the bar, if it is drawn, at a place.
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

// Stop takes the bar away.
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
