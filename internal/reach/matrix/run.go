package matrix

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"github.com/ovnwalk/ovnwalk/internal/progress"
	"github.com/ovnwalk/ovnwalk/internal/reach"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// NewHeader returns the header of a question about pairs. The caller sets the program, the
// databases and the options.
func NewHeader(x *reach.Pairs) Header {
	h := Header{Type: typePart, Version: FormatVersion, Shard: Shard{1, 1}}
	zones := map[string]map[*lflow.Network]bool{} // of each name of a port
	for _, p := range slices.Concat(slices.Concat(x.Sources...), x.Destinations) {
		if zones[p.Name] == nil {
			zones[p.Name] = map[*lflow.Network]bool{}
		}
		zones[p.Name][p.Datapath.Network()] = true
	}
	add := func(list []Ports, p *lflow.Port) []Ports {
		at := x.NameOf(p.Datapath, p.Datapath.UUID)
		if n := len(list); n == 0 || list[n-1].Datapath != at {
			list = append(list, Ports{Datapath: at})
		}
		last := &list[len(list)-1]
		name := p.Name
		if len(zones[name]) > 1 {
			name = x.NameOf(p.Datapath, name)
		}
		last.Ports = append(last.Ports, name)
		return list
	}
	for _, ports := range x.Sources {
		for _, p := range ports {
			h.Sources = add(h.Sources, p)
		}
	}
	for _, p := range x.Destinations {
		h.Destinations = add(h.Destinations, p)
	}
	return h
}

// Run walks the blocks of a shard that done lacks, and writes each to a file.
func Run(ctx context.Context, x *reach.Pairs, h Header, done *Part, file *Checkpoint) (*Part, error) {
	p := newPart(h)
	if done != nil {
		p = done
	}
	blocks := h.blocks()
	var left, to []int
	for _, i := range h.share() {
		if p.blocks[i] == nil {
			left = append(left, i)
			to = append(to, blocks[i]...)
		}
	}
	if len(left) == 0 {
		return p, nil
	}
	progress.Add(ctx, 0, x.Steps(len(to)))
	if err := x.Prepare(ctx, to); err != nil {
		return p, err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	work := make(chan int)
	var mu sync.Mutex
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(left)) {
		workers.Go(func() {
			w := x.Worker()
			for i := range work {
				b, err := w.Block(ctx, blocks[i])
				if err == nil {
					mu.Lock()
					err = file.w.block(p, p.add(i, b))
					mu.Unlock()
				}
				if err != nil {
					stop(err)
					return
				}
			}
		})
	}
	for _, i := range left {
		select {
		case work <- i:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(work)
	workers.Wait()
	return p, context.Cause(ctx)
}

// Checkpoint is the file in which a run stores completed blocks.
type Checkpoint struct {
	path string
	f    *os.File
	w    *recordWriter
}

// CheckpointPath returns the path of the checkpoint of a file.
func CheckpointPath(out string) string { return out + ".partial" }

// ReadCheckpoint reads the blocks of an earlier run with the same header. It returns nil if
// there are none.
func ReadCheckpoint(path string, h *Header) (*Part, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p, err := ReadPart(f)
	if err != nil && !errors.Is(err, ErrIncomplete) {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if what := p.Header.Differs(h); what != "" || p.Header.Shard != h.Shard {
		if what == "" {
			what = "shares"
		}
		return nil, fmt.Errorf("%s: it belongs to a run with different %s: remove it, or run without --resume", path, what)
	}
	return p, nil
}

// NewCheckpoint replaces a file by one with completed blocks.
func NewCheckpoint(path string, h Header, done *Part) (c *Checkpoint, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return nil, err
	}
	c = &Checkpoint{path: path, f: f, w: newRecordWriter(f)}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if err = c.w.record(h); err != nil {
		return nil, err
	}
	if done != nil {
		for _, i := range done.done() {
			if err = c.w.block(done, done.blocks[i]); err != nil {
				return nil, err
			}
		}
	}
	return c, os.Rename(f.Name(), path)
}

// Close closes the file, and removes it if remove is true.
func (c *Checkpoint) Close(remove bool) error {
	err := c.f.Close()
	if remove {
		err = errors.Join(err, os.Remove(c.path))
	}
	return err
}
