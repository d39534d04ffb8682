package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/ovnwalk/ovnwalk/internal/escape"
)

// maxShrunk is the number of a network's differences that are shrunk. One fault usually
// causes several differences.
const maxShrunk = 5

// A Differential compares a tracer with the real tool over random networks.
type Differential struct {
	// Networks are drawn from the seeds First, First+1 and so on, with
	// Flows microflows in each.
	Networks, Flows int
	First           uint64
	// Expressions generates random comparisons in place of packets.
	Expressions bool
	// Foreign adds flows of random actions to the networks.
	Foreign bool
	Tracer  Tracer
	// Out is a directory for differences, or "". A network with differences writes its
	// database, the shrunk cases and their diffs there. [Recordings] finds these, so that a
	// corpus run can repeat them.
	Out string

	// Lenient removes from the networks what the installed release does not support.
	Lenient bool
}

// A Difference is a case in which the tracer's output is not that of the real tool.
type Difference struct {
	Network string
	Case    Case
	// Text is a unified diff from the real tool's answer.
	Text string
}

// String returns the difference with the command that shows it.
func (d Difference) String() string {
	return fmt.Sprintf("network %s: ovn-trace %s\n%s", d.Network, escape.Shell(d.Case.Args), d.Text)
}

// A Result is the result of a differential run.
type Result struct {
	Networks, Microflows int
	Version              string // of the real tool
	Differences          []Difference
	// Undecided counts the microflows among them whose output differs although the file
	// does not determine it: see [tiedFlows] and [ControlPlane.Settled].
	Undecided int
}

// String returns a summary in one line.
func (r Result) String() string {
	return fmt.Sprintf("differential: %d microflows over %d networks against ovn-trace %s: %d differences, and %d where the database does not decide",
		r.Microflows, r.Networks, r.Version, len(r.Differences), r.Undecided)
}

// Run generates the networks one after the other and compares. It returns an error if the
// comparison could not be made; differences are no error.
func (d Differential) Run(ctx context.Context) (Result, error) {
	var r Result
	var err error
	if r.Version, err = Version(ctx); err != nil {
		return r, err
	}
	if d.Out != "" {
		if err := os.MkdirAll(d.Out, 0o755); err != nil {
			return r, err
		}
	}
	for i := range d.Networks {
		if err := d.network(ctx, d.First+uint64(i), &r); err != nil {
			return r, err
		}
	}
	return r, nil
}

// network compares one network and adds to the result.
func (d Differential) network(ctx context.Context, seed uint64, r *Result) (err error) {
	p, err := Start(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	p.Lenient = d.Lenient
	n := Generate(seed)
	if d.Foreign {
		n = GenerateForeign(seed)
	}
	if err := p.Build(ctx, n); err != nil {
		return err
	}
	database := p.Path("saved.db")
	content, err := p.Backup(ctx)
	if err != nil {
		return err
	}
	if err := os.WriteFile(database, content, 0o600); err != nil {
		return err
	}
	draw := NewMicroflows
	if d.Expressions {
		draw = NewExpressions
	}
	cases, err := p.Record(ctx, n, draw, seed, d.Flows)
	if err != nil {
		return err
	}
	found := Check(d.Tracer, database, n.Name, cases)
	all := len(found)
	found, err = d.reproducible(ctx, database, found)
	if err != nil {
		return err
	}
	r.Undecided += all - len(found)
	for i := range min(len(found), maxShrunk) {
		found[i] = d.shrink(ctx, p, database, found[i])
	}
	r.Networks++
	r.Microflows += len(cases)
	r.Differences = append(r.Differences, found...)
	return d.report(n.Name, content, found)
}

// reproducible removes differences that depend on chance in the real tool: its output differs
// when it is run again on the saved file, or the first difference is the choice between two
// flows that the file does not order.
func (d Differential) reproducible(ctx context.Context, database string, found []Difference) (kept []Difference, err error) {
	if len(found) == 0 {
		return nil, nil
	}
	p, err := Serve(ctx, database)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	tied, err := p.ties(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range found {
		again, ok, err := p.Settled(ctx, f.Case.Args)
		if err != nil {
			return nil, err
		}
		if !ok || again.Stdout != f.Case.Stdout {
			continue
		}
		whole := append([]string{"--all"}, f.Case.Args...)
		real, err := p.Trace(ctx, whole)
		if err != nil {
			return nil, err
		}
		if !tied.explain(real.Stdout, d.Tracer(database, whole).Stdout) {
			kept = append(kept, f)
		}
	}
	return kept, nil
}

// Check runs every case on a database, on all cores, and returns the differences in their
// order.
func Check(tracer Tracer, database, network string, cases []Case) []Difference {
	diffs := make([]string, len(cases))
	var group sync.WaitGroup
	slots := make(chan struct{}, runtime.NumCPU())
	for i, c := range cases {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			diffs[i] = Compare(c, tracer(database, c.Args))
		})
	}
	group.Wait()
	var found []Difference
	for i, text := range diffs {
		if text != "" {
			found = append(found, Difference{network, cases[i], text})
		}
	}
	return found
}

// report writes the differences of a network into its directory.
func (d Differential) report(name string, database []byte, found []Difference) error {
	if d.Out == "" || len(found) == 0 {
		return nil
	}
	stem := filepath.Join(d.Out, name)
	var text strings.Builder
	var cases []Case
	for _, f := range found {
		fmt.Fprintf(&text, "%s\n", f)
		cases = append(cases, f.Case)
	}
	return errors.Join(
		os.WriteFile(stem+".diff", []byte(text.String()), 0o644),
		WriteFile(stem+".db", database),
		WriteCases(stem+".jsonl", cases),
	)
}
