package cli

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/internal/mmapfault"
)

// maxLine is the maximum length of a line of a batch, in bytes.
const maxLine = 64 << 20

// Limits of a chunk, the lines that one goroutine processes at a time.  In larger chunks
// more lines concern the same port, which are faster in sequence.
const (
	perChunk   = 64      // at the start of a batch, so that all goroutines have work
	maxChunk   = 1024    // after several thousand lines
	chunkBytes = 4 << 20 // target size of the answers of a chunk that has more than perChunk lines
)

// chunk is a range of lines of a batch with their answers.
type chunk struct {
	first   int // the number of the first line, from 1
	lines   [][]byte
	out     []byte        // the answers, in the order in which they were computed
	answers []answerPlace // by line
	bad     bool          // whether one of the lines is invalid
	cut     bool          // whether the database was truncated during their walks
	done    chan struct{} // closed when the fields above are final
}

// answerPlace is the range of a line's answer in chunk.out.
type answerPlace struct{ from, to int }

// order returns the indices of the chunk's lines in the order of their bytes, so that
// walks from the same datapath and port follow each other, for the processor's caches.
func (c *chunk) order() []int {
	order := make([]int, len(c.lines))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(bytes.Compare(c.lines[a], c.lines[b]), cmp.Compare(a, b)) })
	return order
}

// chunkLimit returns the maximum number of lines of the next chunk, given the number of
// lines before it and the size of an answer in bytes.
func chunkLimit(before int, answer int64) int {
	limit := min(max(before/8, perChunk), maxChunk)
	if answer > 0 {
		limit = min(limit, max(perChunk, int(chunkBytes/answer)))
	}
	return limit
}

// answers has the buffers of answers that have been written, for reuse.
var answers = sync.Pool{New: func() any { return new([]byte) }}

func checkBatchOptions(args []string) error {
	if len(args) > 0 {
		return errors.New("--batch reads datapaths and microflows from its lines; give none beside it")
	}
	return nil
}

// runBatch traces the packet of each line of a file and prints one line for each, in the
// same order.  Several goroutines share the work.
func runBatch(ctx context.Context, sys *System, o *traceOptions) error {
	alone := *o
	if _, err := alone.question(ctx, sys); err != nil {
		return err // every line would have it
	}
	in := sys.Stdin
	if o.batch != "-" {
		f, err := os.Open(o.batch)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	} else if slices.Contains(o.DB, "-") {
		return errors.New("standard input cannot be both the database and the batch")
	}
	nets := &batchNetworks{}
	if _, err := nets.of(ctx, sys, o); err != nil {
		return err
	}
	defer setGCPercent(400)() // traces are short-lived; the network is not
	return batch(ctx, sys, o, nets, in)
}

func batch(ctx context.Context, sys *System, o *traceOptions, nets *batchNetworks, in io.Reader) error {
	ctx, cancel := context.WithCancel(ctx)
	workers := runtime.GOMAXPROCS(0)
	work := make(chan *chunk)
	var answer atomic.Int64 // the bytes of an answer, of the last chunk
	inOrder := make(chan *chunk, 4*workers)
	var wait sync.WaitGroup
	defer wait.Wait()
	defer cancel()
	for range workers {
		wait.Go(func() {
			w := newBatchWorker(sys, o, nets)
			for c := range untilDone(ctx, work) {
				c.cut = mmapfault.Run(func() { w.answer(ctx, c) }) || nets.changed()
				answer.Store(int64(len(c.out) / len(c.lines)))
				close(c.done)
			}
		})
	}
	read := make(chan error, 1)
	go func() { // not waited for: the next line may never come
		defer close(inOrder)
		defer close(work)
		limit := func(before int) int { return chunkLimit(before, answer.Load()) }
		read <- readChunks(in, limit, func(c *chunk) bool {
			for _, to := range []chan *chunk{inOrder, work} {
				select {
				case to <- c:
				case <-ctx.Done():
					return false
				}
			}
			return true
		})
	}()
	bad, err := writeChunks(ctx, sys.Stdout, inOrder)
	if err != nil {
		return err
	}
	if err := <-read; err != nil {
		return fmt.Errorf("%s: %w", o.batch, err)
	}
	if bad {
		return &reportedError{}
	}
	return nil
}

// untilDone yields what comes from a channel until it is closed or ctx ends.
func untilDone[T any](ctx context.Context, from <-chan T) iter.Seq[T] {
	return func(yield func(T) bool) {
		for {
			select {
			case v, ok := <-from:
				if !ok || !yield(v) {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}
}

// readChunks reads lines.  It sends a chunk when it has as many lines as limit returns, or
// when no further line is buffered.
func readChunks(in io.Reader, limit func(before int) int, send func(*chunk) bool) error {
	r := bufio.NewReaderSize(in, 1<<18)
	for number := 1; ; {
		c := &chunk{first: number, done: make(chan struct{})}
		most := limit(number - 1)
		var err error
		for err == nil && len(c.lines) < most && (len(c.lines) == 0 || r.Buffered() > 0) {
			var line []byte
			if line, err = readLine(r); len(line) > 0 {
				c.lines = append(c.lines, line)
			}
		}
		number += len(c.lines)
		if len(c.lines) > 0 && !send(c) {
			return nil
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
	}
}

var errLongLine = fmt.Errorf("longer than %d MiB", maxLine>>20)

// readLine reads a line with its line end, which the last line may lack.
func readLine(r *bufio.Reader) (line []byte, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if line = append(line, part...); !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
		if len(line) > maxLine {
			return nil, errLongLine
		}
	}
}

// writeChunks writes the answers of the chunks in order, and reports whether a line was
// invalid.  It ends with an error before a chunk during which the database changed,
// because its answers may be wrong.
func writeChunks(ctx context.Context, to io.Writer, chunks <-chan *chunk) (bad bool, err error) {
	out := bufio.NewWriterSize(to, 1<<18)
	for c := range chunks {
		select {
		case <-c.done:
		case <-ctx.Done():
			return bad, cmp.Or(out.Flush(), context.Cause(ctx))
		}
		if c.cut {
			return bad, cmp.Or(out.Flush(), input.ErrCutShort)
		}
		bad = bad || c.bad
		for _, at := range c.answers {
			if _, err := out.Write(c.out[at.from:at.to]); err != nil {
				return bad, err
			}
		}
		answers.Put(&c.out)
		if len(chunks) == 0 {
			if err := out.Flush(); err != nil {
				return bad, err
			}
		}
	}
	return bad, out.Flush()
}
