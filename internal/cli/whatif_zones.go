package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/controlplane"
	"github.com/ovnwalk/ovnwalk/internal/diff"
	"github.com/ovnwalk/ovnwalk/internal/explain"
	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/progress"
	"github.com/ovnwalk/ovnwalk/internal/reach"
	"github.com/ovnwalk/ovnwalk/internal/suite"
	"github.com/ovnwalk/ovnwalk/internal/whatif"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/trace"
)

// changedZone is a zone whose databases are changed.
type changedZone struct {
	name       string // "" for the only zone
	sb, nb     string // sources
	zone       *input.Zone
	southbound *ovsdb.Snapshot // nil until it is read
	result     *whatif.Result

	base     *diff.Base             // the network as given, or nil
	networks [2]*lflow.Network      // before the change and after it
	norths   [2]*explain.Northbound // likewise
}

// changedNetwork is the network before a change and after it.
type changedNetwork struct {
	all     *input.Network // nil if the databases of one zone are given
	changed []*changedZone
}

// try makes the change in the requested zones.  The caller must close the network, even if
// there is an error.
func (o *whatifOptions) try(ctx context.Context, sys *System) (*changedNetwork, error) {
	t := &changedNetwork{}
	programs, err := controlplane.Find(o.ovnBin, "")
	if err != nil {
		return t, err
	}
	how := snapshotReader{o.accessOptions, o.damage}
	if err := t.find(ctx, sys, how, o); err != nil {
		return t, err
	}
	if len(t.changed) > 1 && o.sbOut+o.nbOut != "" {
		return t, errors.New("-o and --nb-out save the databases of one zone: name one with --zone")
	}
	for _, z := range t.changed {
		if err := z.try(ctx, sys, how, &whatif.Request{Programs: programs, Output: raw(sys.Stderr)}, o); err != nil {
			if z.name != "" {
				err = fmt.Errorf("zone %s: %w", z.name, err)
			}
			return t, err
		}
	}
	return t, nil
}

// find finds the databases to change.
func (t *changedNetwork) find(ctx context.Context, sys *System, how snapshotReader, o *whatifOptions) (err error) {
	db, nb := slices.Clone(o.db), slices.Clone(o.nb)
	for _, x := range []struct {
		values   *[]string
		variable string
	}{{&db, "OVN_SB_DB"}, {&nb, "OVN_NB_DB"}} {
		if value := sys.Getenv(x.variable); len(*x.values) == 0 && value != "" {
			*x.values = []string{value}
		}
	}
	if len(db) == 0 || len(nb) == 0 {
		return errors.New("whatif needs both databases: --db for the southbound one and --nb for the northbound one, which may be auto")
	}
	if len(db) == 1 && len(nb) == 1 && len(o.zones) == 0 && nb[0] != input.NorthAuto {
		z := &changedZone{sb: db[0], nb: nb[0]}
		z.southbound, err = how.read(ctx, sys, z.sb, lflow.Schema)
		if _, ok := errors.AsType[*ovsdb.SeveralError](err); !ok {
			t.changed = []*changedZone{z}
			return err
		}
	}
	s := sources{accessOptions: o.accessOptions}
	s.DB, s.North, s.Chassis, s.Damage = db, nb, o.chassis, o.damage
	if o.release != "" {
		s.Release = []string{o.release}
	}
	if t.all, err = s.open(ctx, sys); err != nil {
		return err
	}
	names := o.zones
	if len(names) == 0 {
		if t.all.Several() {
			return fmt.Errorf("there are %d zones: name those to change with --zone (%s)", len(t.all.Zones), strings.Join(t.all.ZoneNames(), ", "))
		}
		names = t.all.ZoneNames()
	}
	for _, name := range names {
		z, err := t.all.Named(name)
		if err != nil {
			return fmt.Errorf("--zone=%s: %w", name, err)
		}
		x := &changedZone{name: name, sb: z.Path, zone: z}
		if !t.all.Several() {
			x.name = ""
		}
		if x.nb, err = z.NorthSource(); err != nil {
			return err
		}
		t.changed = append(t.changed, x)
	}
	return nil
}

// try makes the change in the databases of one zone.
func (z *changedZone) try(ctx context.Context, sys *System, how snapshotReader, q *whatif.Request, o *whatifOptions) (err error) {
	single, sending, err := o.sending()
	if err != nil {
		return err
	}
	limit := o.limit
	if single || o.sets || len(o.suites)+len(o.connect) > 0 {
		limit = 0
	}
	if q.NB, err = how.read(ctx, sys, z.nb, ovsdb.Northbound); err != nil {
		return err
	}
	if q.SB = z.southbound; q.SB == nil {
		if q.SB, err = how.read(ctx, sys, z.sb, lflow.Schema); err != nil {
			return err
		}
	}
	for _, c := range o.changes {
		switch c.kind {
		case "nbctl":
			words, err := whatif.ParseCommand(c.text)
			if err != nil {
				return err
			}
			q.Steps = append(q.Steps, words)
		case "script":
			if _, err := os.Stat(c.text); err != nil {
				return err
			}
			q.Steps = append(q.Steps, whatif.Script(c.text))
		case "nb-after":
			after, err := how.read(ctx, sys, c.text, ovsdb.Northbound)
			if err != nil {
				return err
			}
			q.Steps = append(q.Steps, whatif.Replacement{DB: after})
		}
	}
	q.Open = func(ctx context.Context, file string) (*lflow.Network, error) { return o.read(ctx, sys, file) }
	q.Opened = func(n *lflow.Network) {
		z.base = diff.NewBase(n, sending)
		z.base.Prepare(limit)
	}
	z.result, err = whatif.Run(ctx, *q)
	return err
}

// read reads a southbound database of the control plane.
func (o *whatifOptions) read(ctx context.Context, sys *System, file string) (*lflow.Network, error) {
	return (&source{db: file, release: o.release, chassis: o.chassis, asChassis: o.sets}).openQuiet(ctx, sys)
}

// close ends all processes and removes all files.
func (t *changedNetwork) close() (err error) {
	for _, z := range t.changed {
		if z.base != nil {
			z.base.Stop()
		}
		if z.result != nil {
			err = errors.Join(err, z.result.Close())
		}
	}
	return err
}

// report compares the networks before and after the change.
func (t *changedNetwork) report(ctx context.Context, sys *System, o *whatifOptions, questions []*connectQuestion) (*whatif.Report, error) {
	report := &whatif.Report{}
	for _, z := range t.changed {
		r, err := z.report(ctx, sys, o)
		if err != nil {
			return nil, err
		}
		report.Zones = append(report.Zones, r)
	}
	err := sys.session().Working(ctx, "connections", func(ctx context.Context) error {
		progress.Add(ctx, 0, 2*len(questions))
		for i, q := range questions {
			x, err := t.answer(ctx, sys, q)
			if err != nil {
				return fmt.Errorf("--connect '%s': %w", o.connect[i], err)
			}
			x.Arguments = o.connect[i]
			report.Questions = append(report.Questions, x)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(o.suites) == 0 {
		return report, nil
	}
	files, err := sys.suites(o.suites)
	if err != nil {
		return nil, err
	}
	for i, to := range []**suite.Report{&report.Earlier, &report.Suites} {
		if *to, err = runSuites(ctx, sys, files, t.suiteOptions(sys, o, i)); err != nil {
			return nil, err
		}
	}
	return report, nil
}

// suiteOptions returns the options for running suites over the network before the change
// (0) or after it (1).
func (t *changedNetwork) suiteOptions(sys *System, o *whatifOptions, i int) suite.Options {
	r := t.changed[0].result
	db := []string{r.Before, r.After}[i]
	s := source{db: db, release: o.release, chassis: o.chassis}
	so := suite.Options{DB: db, Release: s.release, Chassis: s.chassis, AsIs: true, Jobs: o.jobs, Traces: o.verbose}
	if t.all == nil || !t.all.Several() {
		so.Open = s.openSuite(sys)
		return so
	}
	replaced := zoneNetworks{}
	for _, z := range t.changed {
		replaced[z.zone] = z.networks[i]
	}
	so.Open = func(ctx context.Context, from suite.Source) (*suite.Zones, error) {
		if from.Chassis != o.chassis {
			return nil, fmt.Errorf("chassis %s: over several zones, the chassis of tests is that of --chassis or none", from.Chassis)
		}
		return replaced.all(ctx, t.all)
	}
	return so
}

// report compares the databases of the zone before and after the change.
func (z *changedZone) report(ctx context.Context, sys *System, o *whatifOptions) (*whatif.ZoneReport, error) {
	r := z.result
	var original *lflow.Network
	single, sending, err := o.sending()
	if err != nil {
		return nil, err
	}
	if z.base == nil || r.Before != r.Original {
		if z.base != nil {
			z.base.Stop()
			original = z.base.Network()
		}
		n, err := o.read(ctx, sys, r.Before)
		if err != nil {
			return nil, err
		}
		z.base = diff.NewBase(n, sending)
	}
	after, err := o.read(ctx, sys, r.After)
	if err != nil {
		return nil, err
	}
	z.networks = [2]*lflow.Network{z.base.Network(), after}
	for i, file := range []string{r.OriginalNB, r.NB} {
		if z.norths[i], err = explain.OpenNorth(ctx, file); err != nil {
			return nil, err
		}
		sys.own(z.norths[i])
	}
	change := z.base.With(after)
	report := whatif.NewZoneReport(r, original, change)
	report.Zone = z.name
	if len(o.suites)+len(o.connect) > 0 {
		return report, nil
	}
	if o.sets {
		report.Sets, err = working(ctx, sys, walkingClasses, func(ctx context.Context) (whatif.Sets, error) { return z.compareSets(ctx, o) })
		return report, err
	}
	o.dbs = [2]string{r.Before, r.After}
	report.Packets, err = working(ctx, sys, comparing, func(ctx context.Context) (*diff.Report, error) {
		return o.comparePacketsOf(ctx, change, single)
	})
	if err == nil {
		nameCauses(report.Packets, [2][]namedZone{{{z.name, z.networks[0], z.norths[0]}}, {{z.name, z.networks[1], z.norths[1]}}})
	}
	return report, err
}

// compareSets finds the packets with different results, among all that the ports may send.
func (z *changedZone) compareSets(ctx context.Context, o *whatifOptions) (*changedSets, error) {
	resolvers := [2]*address.Resolver{address.NewResolver(z.networks[0]), address.NewResolver(z.networks[1])}
	before, after := reach.OneZone(resolvers[0]), reach.OneZone(resolvers[1])
	q, err := (&reachOptions{from: o.from, to: o.to, packets: o.microflow}).ask(before)
	if err != nil {
		return nil, err
	}
	c, err := reach.Compare(ctx, before, after, q)
	return &changedSets{c, [2]origins{z.norths[0].Origins, z.norths[1].Origins}}, err
}

// answer walks a connection before the change and after it.
func (t *changedNetwork) answer(ctx context.Context, sys *System, q *connectQuestion) (x whatif.Question, err error) {
	var answers [2]*connectAnswer
	for i, when := range []string{"before", "after"} {
		rows := originsIn(func(f *trace.Flow) (rows []string) {
			for _, z := range t.changed {
				rows = append(rows, z.norths[i].Origins(f)...)
			}
			return rows
		})
		if answers[i], err = q.answer(ctx, sys, t.sources(ctx, i), rows); err != nil {
			return x, fmt.Errorf("%s the change: %w", when, err)
		}
		progress.Add(ctx, 1, 0)
	}
	return whatif.Question{Before: answers[0], After: answers[1], Same: answers[0].SameEffect(answers[1].Answer)}, nil
}

// sources returns the zones of the network before the change (0) or after it (1).
func (t *changedNetwork) sources(ctx context.Context, i int) (all []cluster.Source) {
	for _, z := range t.changed {
		n := z.networks[i]
		all = append(all, cluster.Source{Zone: lflow.Describe(n, z.sb), Network: func() (*lflow.Network, error) { return n, nil }})
	}
	if t.all == nil {
		return all
	}
	others := slices.DeleteFunc(slices.Clone(t.all.Zones), func(z *input.Zone) bool {
		return slices.ContainsFunc(t.changed, func(c *changedZone) bool { return c.zone == z })
	})
	return append(all, clusterSources(ctx, others)...)
}
