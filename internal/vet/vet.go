// Package vet finds errors in the logical flows of a network without a packet: flows that do not parse,
// unknown names, flows of equal priority with contradicting effects, flows that no packet can take. Each
// finding has a code, and a severity from the table of codes; findings that northd's flows are known to
// have are notes.
package vet

import (
	"context"
	"fmt"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/progress"
	"github.com/ovnwalk/ovnwalk/internal/shadow"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// Check vets a network as a configuration has it; the zero Config is the
// default.  The error is the context's.
func Check(ctx context.Context, n *lflow.Network, c Config) (*Report, error) {
	v := &checker{ctx: ctx, n: n, config: c, report: &Report{Skipped: c.skipped()}, defaults: defaultValues(n.Symbols()), sets: shadow.NewSets(n)}
	v.database()
	v.peers()
	flows := v.gather()
	v.report.Flows, v.report.Datapaths = len(flows), len(n.Datapaths)
	progress.Add(ctx, 0, 2*len(flows)) // each is parsed, and compared with others
	for _, step := range []func([]*flow){v.parse, v.names, v.nexts, v.compare, v.reach} {
		step(flows)
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
	}
	v.report.sort()
	return v.report, nil
}

// checker is one run.
type checker struct {
	ctx      context.Context
	n        *lflow.Network
	config   Config
	report   *Report
	defaults []defaultValue
	sets     *shadow.Sets
}

// add reports a finding, unless the configuration leaves it out.
func (v *checker) add(f Finding) {
	f.Severity = v.config.severity(f.Code)
	if f.KnownReason != "" {
		f.Severity = Note
	}
	f.Count = max(1, f.Count)
	if v.config.ignores(&f) {
		v.report.Ignored += f.Count
		return
	}
	v.report.Findings = append(v.report.Findings, f)
}

// database reports missing rows.
func (v *checker) database() {
	for _, w := range v.n.Warnings {
		v.add(Finding{Code: Database, Message: w.Text})
	}
}

// peers reports the patch ports whose peer does not exist.
func (v *checker) peers() {
	for _, d := range v.n.Datapaths {
		for _, p := range d.Ports() {
			peer, missing := v.n.MissingPeer(p)
			if !missing {
				continue
			}
			says := fmt.Sprintf("names the peer %s, which the database lacks", expr.Quote(peer))
			if peer == "" {
				says = "has no peer: no port of a switch or router leads to it"
			}
			v.add(Finding{
				Code: MissingPeer, Datapaths: []string{d.DisplayName(true)},
				Message: fmt.Sprintf("port %s of %s %s", p.DisplayName(true), d.DisplayName(true), says),
			})
		}
	}
}

// wasOrWere returns the verb for a count.
func wasOrWere(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}
