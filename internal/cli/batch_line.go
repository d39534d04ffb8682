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

// batchWorker processes lines of a batch, one after the other.  The arguments of a line
// are appended to those of the command line.
type batchWorker struct {
	base   traceOptions
	line   traceOptions // the values of flags
	flags  *pflag.FlagSet
	sys    System
	stdout bytes.Buffer
	stderr bytes.Buffer
	nets   *batchNetworks
	memory sim.Memory // of the line's traces
}

// batchNetworks are the networks of a batch: the same database, read for each --chassis
// and --release of its lines.
type batchNetworks struct {
	mu    sync.Mutex
	known []batchNetwork
}

// batchNetwork is a network of a batch, with its options.
type batchNetwork struct {
	sources
	network *input.Network
}

// of returns the network for the options of a line; the first call for them reads it.
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

// changed reports whether the file of a network changed.
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

// batchCase is a line of a batch; other members of the object are ignored.
type batchCase struct {
	Args []string `json:"args"`
}

// answer computes the answers to the lines of a chunk.  Those of blank lines are empty.
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

// trace runs trace with the arguments of a line.
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

// typed reports whether the output is a JSON object, which becomes a member of the line as
// it is.
func (w *batchWorker) typed() bool { return w.line.format == "json" && w.stdout.Len() > 0 }

// appendAnswer appends the output line of an input line.
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

// appendText appends a text as a JSON string, with a replacement character for each byte
// that is not UTF-8.
func appendText(b, text []byte) []byte {
	if !utf8.Valid(text) {
		text = []byte(string([]rune(string(text))))
	}
	return jsonstring.AppendQuoted(b, text)
}
