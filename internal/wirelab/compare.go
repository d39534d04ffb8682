package wirelab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/ovnwalk/ovnwalk/internal/lab"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// A Comparison compares predictions with real chassis over random networks.
type Comparison struct {
	// Networks are drawn from the seeds First, First+1 and so on, with
	// Connections in each.
	Networks, Connections int
	First                 uint64
	// Zones generates networks of several interconnect zones.
	Zones bool
	// Network, if not nil, is compared in place of random ones. The seeds then determine
	// the connections.
	Network *lab.Network
	// Out is a directory for differences, or "". It gets a directory for each network with
	// differences, with its databases, the cases, the differences and OpenFlow traces. With
	// Keep, it gets a recording of every network.
	Out  string
	Keep bool

	predict func([]*lflow.Network, Case) string // in place of [Predict], if not nil
}

// A Difference is a connection whose packets differ from the prediction.
type Difference struct {
	Network string
	Case    Case
	Text    string
	// OpenFlow has the switches' drop counters of all repetitions, and the output of
	// ofproto/trace for the first packet, with each conntrack lookup answered as for a new
	// connection.
	OpenFlow string
}

// String returns the difference with its connection.
func (d Difference) String() string {
	return fmt.Sprintf("network %s: %s to %s %s: %s", d.Network, d.Case.From, d.Case.To, d.Case.Proto, d.Text)
}

// A Result is the result of a comparison.
type Result struct {
	Networks, Connections, Steps int
	// Unsteady are the connections of which [confirm] confirmed no difference.
	Unsteady []Difference
	// Loops counts the networks that were abandoned because of a forwarding loop, Unsettled those
	// whose chassis still changed rows after settleLimit.
	Loops       int
	Unsettled   int
	Version     string
	Differences []Difference
}

// String returns a summary in one line.
func (r Result) String() string {
	return fmt.Sprintf("wire: %d connections with %d packets over %d networks on OVN %s: %d differences; %d connections did not repeat, %d networks have loops, %d did not settle",
		r.Connections, r.Steps, r.Networks, r.Version, len(r.Differences), len(r.Unsteady), r.Loops, r.Unsettled)
}

// Run starts the networks, a few at a time, and compares. It returns an error if the
// comparison could not be made; differences are no error.
func (c Comparison) Run(ctx context.Context) (Result, error) {
	var r Result
	var err error
	if r.Version, err = lab.Version(ctx); err != nil {
		return r, err
	}
	results, errs := make([]Result, c.Networks), make([]error, c.Networks)
	var group sync.WaitGroup
	slots := make(chan struct{}, 2*runtime.NumCPU())
	for i := range c.Networks {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if ctx.Err() == nil {
				results[i], errs[i] = c.network(ctx, c.First+uint64(i))
			}
		})
	}
	group.Wait()
	for _, one := range results {
		r.Networks += one.Networks
		r.Connections += one.Connections
		r.Steps += one.Steps
		r.Unsteady = append(r.Unsteady, one.Unsteady...)
		r.Loops += one.Loops
		r.Unsettled += one.Unsettled
		r.Differences = append(r.Differences, one.Differences...)
	}
	return r, errors.Join(append(errs, ctx.Err())...)
}

// network compares one network.
func (c Comparison) network(ctx context.Context, seed uint64) (r Result, err error) {
	zones := []*lab.Network{lab.GenerateWire(seed)}
	switch {
	case c.Network != nil:
		zones[0] = c.Network
	case c.Zones:
		zones = lab.GenerateZones(seed, hasInterconnect())
	}
	l, err := Start(ctx, zones...)
	switch {
	case errors.Is(err, errLoop):
		r.Loops++
		return r, nil
	case errors.Is(err, errUnsettled) && ctx.Err() == nil:
		r.Unsettled++
		return r, nil
	case err != nil:
		return r, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	databases, err := l.save(ctx)
	if err != nil {
		return r, err
	}
	var networks []*lflow.Network
	for _, z := range l.zones {
		network, err := lflow.Open(ctx, z.Path("sb-saved.db"), lflow.Options{})
		if err != nil {
			return r, err
		}
		networks = append(networks, network)
	}
	n := l.network
	r.Networks++
	predict := func(made Case) string {
		if c.predict != nil {
			return c.predict(networks, made)
		}
		return Predict(networks, made)
	}
	connections := NewConnections(l, seed)
	var kept []Case
	for range c.Connections {
		connection, ok := connections.Next()
		if !ok {
			break
		}
		made, err := l.Record(ctx, connection)
		if errors.Is(err, errLoop) {
			r.Loops++
			break
		}
		if err != nil {
			return r, fmt.Errorf("network %s: %w", n.Name, err)
		}
		r.Connections++
		r.Steps += len(made.Steps)
		kept = append(kept, made)
		text := predict(made)
		if text == "" {
			continue
		}
		before, err := l.drops()
		if err != nil {
			return r, err
		}
		confirmed, err := confirm(made, predict, func() (Case, error) { return l.Record(ctx, connection) })
		if errors.Is(err, errLoop) {
			r.Loops++
			break
		}
		switch {
		case err != nil:
			return r, fmt.Errorf("network %s: %w", n.Name, err)
		case confirmed == nil:
			r.Unsteady = append(r.Unsteady, Difference{Network: n.Name, Case: made, Text: text})
			continue
		}
		d := Difference{Network: n.Name, Case: *confirmed, Text: predict(*confirmed)}
		after, err := l.drops()
		if err != nil {
			return r, err
		}
		if d.OpenFlow, err = l.traceOpenFlow(ctx, connection); err != nil && !errors.Is(err, errLoop) {
			return r, fmt.Errorf("network %s: %w", n.Name, err)
		}
		for _, name := range dropCounters {
			if n := after[name] - before[name]; n != 0 {
				d.OpenFlow = fmt.Sprintf("%s: %d\n", name, n) + d.OpenFlow
			}
		}
		r.Differences = append(r.Differences, d)
	}
	if c.Keep {
		return r, c.keep(n.Name, databases, kept)
	}
	return r, c.report(n.Name, databases, r.Differences)
}

// save writes the databases into files of the lab's directory, and returns their contents by the
// names that they have in a recording. Nothing is learned in them.
func (l *Lab) save(ctx context.Context) (map[string][]byte, error) {
	all := map[string][]byte{}
	for i, z := range l.zones {
		sb, err := l.unlearned(ctx, z)
		if err != nil {
			return nil, err
		}
		nb, err := z.BackupNorth(ctx)
		if err != nil {
			return nil, err
		}
		prefix := ""
		if len(l.zones) > 1 {
			prefix = fmt.Sprintf("z%d-", i+1)
		}
		all[prefix+"sb.db"], all[prefix+"nb.db"] = sb, nb
		if err := os.WriteFile(z.Path("sb-saved.db"), sb, 0o600); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// unlearned returns a copy of a southbound database in which nothing is learned, as from
// announcements, which chassis repeat.
func (l *Lab) unlearned(ctx context.Context, z *zone) ([]byte, error) {
	for {
		sb, err := z.Backup(ctx)
		if err != nil {
			return nil, err
		}
		rows, err := z.learned()
		if err != nil || len(rows[0])+len(rows[1]) == 0 {
			return sb, err
		}
		if err := l.Forget(ctx); err != nil {
			return nil, err
		}
	}
}

// keep writes a recording of a network.
func (c Comparison) keep(name string, databases map[string][]byte, cases []Case) error {
	folder := filepath.Join(c.Out, name)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	errs := []error{lab.WriteCases(filepath.Join(folder, "cases.jsonl.gz"), cases)}
	for file, content := range databases {
		if strings.HasSuffix(file, "sb.db") {
			errs = append(errs, lab.WriteFile(filepath.Join(folder, file+".gz"), content))
		}
	}
	return errors.Join(errs...)
}

// report writes the differences of a network into its directory.
func (c Comparison) report(name string, databases map[string][]byte, found []Difference) error {
	if c.Out == "" || len(found) == 0 {
		return nil
	}
	folder := filepath.Join(c.Out, name)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	var cases []Case
	text, traces := "", ""
	for _, d := range found {
		cases = append(cases, d.Case)
		text += d.String() + "\n"
		traces += d.String() + "\n" + d.OpenFlow + "\n"
	}
	errs := []error{
		lab.WriteCases(filepath.Join(folder, "cases.jsonl"), cases),
		os.WriteFile(filepath.Join(folder, "differences.txt"), []byte(text), 0o644),
		os.WriteFile(filepath.Join(folder, "openflow.txt"), []byte(traces), 0o644),
	}
	for file, content := range databases {
		errs = append(errs, lab.WriteFile(filepath.Join(folder, file), content))
	}
	return errors.Join(errs...)
}
