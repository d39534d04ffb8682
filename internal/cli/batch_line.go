package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/internal/jsonstring"
	"github.com/ovnwalk/ovnwalk/sim"
)

// batchWorker answers lines of a batch, one after the other.  A line's
// arguments are read as if they stood behind the command line's own.
type batchWorker struct {
	base   traceOptions
	line   traceOptions // what flags' options lie in
	flags  *pflag.FlagSet
	sys    System
	stdout bytes.Buffer
	stderr bytes.Buffer
	nets   *batchNetworks
	memory sim.Memory // of the line's traces
}

// batchNetworks are the ways in which the lines of a batch look at its
// database: from a chassis, as a release's.
type batchNetworks struct {
	mu    sync.Mutex
	known []batchNetwork
}

// batchNetwork is one of these ways.
type batchNetwork struct {
	sources
	network *input.Network
}

// of returns the network as a line wants it, read the first time.
func (b *batchNetworks) of(ctx context.Context, sys *System, o *traceOptions) (*input.Network, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.known {
		if b.known[i].same(&o.sources) {
			return b.known[i].network, nil
		}
	}
	n, err := o.openQuiet(ctx, sys) // each line has the warnings
	if err == nil {
		b.known = append(b.known, batchNetwork{o.sources, n})
	}
	return n, err
}

// changed reports whether the file of one of them changed.
func (b *batchNetworks) changed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.known {
		for _, net := range b.known[i].network.Opened() {
			if net.Changed() != nil {
				return true
			}
		}
	}
	return false
}

func newBatchWorker(sys *System, o *traceOptions, nets *batchNetworks) *batchWorker {
	w := &batchWorker{base: *o, nets: nets, sys: *sys, flags: pflag.NewFlagSet("trace", pflag.ContinueOnError)}
	w.base.batch = ""
	w.base.formatOptions.line = true
	w.sys.Stdout, w.sys.Stderr = &w.stdout, &w.stderr
	w.flags.SetOutput(io.Discard)
	w.line.flags(w.flags)
	return w
}

// batchCase is a line of a batch; what else stands in it does not matter.
type batchCase struct {
	Args []string `json:"args"`
}

// answer answers the lines of a chunk.  The answers of blank lines are empty.
func (w *batchWorker) answer(ctx context.Context, c *chunk) {
	c.out = (*answers.Get().(*[]byte))[:0]
	c.answers = make([]answerPlace, len(c.lines))
	for _, i := range c.order() {
		line := c.lines[i]
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if ctx.Err() != nil {
			return
		}
		w.stdout.Reset()
		w.stderr.Reset()
		var given batchCase
		err := json.Unmarshal(line, &given)
		switch {
		case err != nil:
			err = fmt.Errorf("line %d: not a JSON object with \"args\", a list of strings: %w", c.first+i, err)
		case given.Args == nil:
			err = fmt.Errorf("line %d: no \"args\"", c.first+i)
		}
		exit := exitError
		if err != nil {
			c.bad = true
			printError(&w.stderr, err)
		} else {
			exit = w.trace(ctx, given.Args)
		}
		from := len(c.out)
		c.out = appendAnswer(c.out, given.Args, w.stdout.Bytes(), w.typed(), w.stderr.Bytes(), exit)
		c.answers[i] = answerPlace{from, len(c.out)}
	}
}

// trace answers one line's arguments.
func (w *batchWorker) trace(ctx context.Context, args []string) (exit int) {
	w.line = w.base
	w.line.ct, w.line.DB, w.line.Release, w.line.North = nil, nil, nil, nil
	err := w.flags.Parse(args)
	w.line.ct = append(append([]string(nil), w.base.ct...), w.line.ct...)
	for _, x := range []struct{ given, base *[]string }{{&w.line.DB, &w.base.DB}, {&w.line.Release, &w.base.Release}, {&w.line.North, &w.base.North}} {
		if len(*x.given) == 0 {
			*x.given = *x.base
		}
	}
	if err != nil {
		err = flagError(err, "ovnwalk trace")
	} else {
		err = w.run(ctx)
	}
	return exitStatus(&w.stderr, err)
}

func (w *batchWorker) run(ctx context.Context) error {
	o := &w.line
	if err := o.take(w.flags.Args()); err != nil {
		return err
	}
	if err := checkChoices(w.flags); err != nil {
		return err
	}
	asked := o.sources
	asked.Chassis, asked.Release = w.base.Chassis, w.base.Release
	if !asked.same(&w.base.sources) {
		return errors.New("a line of a batch cannot choose another database: give its options beside --batch")
	}
	q, err := o.question(ctx, &w.sys)
	if err != nil {
		return err
	}
	n, err := w.nets.of(ctx, &w.sys, o)
	if err != nil {
		return err
	}
	w.memory.Reset()
	q.Bulk, q.Memory = true, &w.memory
	return traceOver(ctx, &w.sys, o, n, q)
}

// typed reports whether the answer on standard output is an object, which
// stands in a line as it is.
func (w *batchWorker) typed() bool { return w.line.format == "json" && w.stdout.Len() > 0 }

// appendAnswer appends the line that answers a line.
func appendAnswer(b []byte, args []string, stdout []byte, typed bool, stderr []byte, exit int) []byte {
	b = append(b, `{"args":[`...)
	for i, a := range args {
		if i > 0 {
			b = append(b, ',')
		}
		b = jsonstring.AppendQuoted(b, a) // UTF-8, since it was read as JSON
	}
	if typed {
		b = append(b, `],"trace":`...)
		b = append(b, bytes.TrimSuffix(stdout, []byte("\n"))...)
	} else {
		b = append(b, `],"stdout":`...)
		b = appendText(b, stdout)
	}
	b = append(b, `,"exit":`...)
	b = strconv.AppendInt(b, int64(exit), 10)
	if len(stderr) > 0 {
		b = append(b, `,"stderr":`...)
		b = appendText(b, stderr)
	}
	return append(b, "}\n"...)
}

// appendText appends a text as a JSON string; each byte that is not UTF-8 becomes a
// replacement character.
func appendText(b, text []byte) []byte {
	if !utf8.Valid(text) {
		text = []byte(string([]rune(string(text))))
	}
	return jsonstring.AppendQuoted(b, text)
}
