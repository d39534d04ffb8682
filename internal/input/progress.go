package input

import (
	"io"
	"path/filepath"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb/client"
)

// ProgressDelay is how long a source may take before a bar shows that it is being
// read.
const ProgressDelay = time.Second

// Progress is a bar on standard error, if that is a terminal, that appears once
// reading takes long and is gone when it ends.  A nil Progress shows nothing.
type Progress struct {
	out  io.Writer
	what string

	mu    sync.Mutex
	timer *time.Timer
	bar   *progressbar.ProgressBar // nil until patience is over
	done  int64
	total int64 // 0 where nobody knows
}

// Progress starts waiting for a source of a name.  The caller must stop it.
func (s *Session) Progress(name string) *Progress {
	if s.Terminal == nil {
		return nil
	}
	return newProgress(s.Terminal, name, ProgressDelay)
}

func newProgress(out io.Writer, name string, after time.Duration) *Progress {
	p := &Progress{out: out, what: "reading " + shortName(name)}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer = time.AfterFunc(after, p.show)
	return p
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
	if p.timer == nil {
		return
	}
	p.draw()
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
		progressbar.OptionShowBytes(true),
		progressbar.OptionShowCount(),
		progressbar.OptionSetWidth(20),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSpinnerType(14),
		progressbar.OptionSetSpinnerChangeInterval(0), // no goroutine of its own
		progressbar.OptionSetPredictTime(false),
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
	anew := total != p.total || done < p.done
	p.done, p.total = done, total
	switch {
	case p.bar == nil:
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
	if p.timer == nil {
		return
	}
	p.timer.Stop()
	p.timer = nil
	if p.bar != nil {
		_ = p.bar.Clear()
		_ = p.bar.Exit()
	}
}
