package suite

import (
	"context"
	"errors"
	"regexp"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/explain"
	"github.com/ovnwalk/ovnwalk/internal/mmapfault"
	"github.com/ovnwalk/ovnwalk/internal/progress"
	"github.com/ovnwalk/ovnwalk/internal/yaml"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
)

// Options are options of running suites.
type Options struct {
	// Open opens the databases of all zones of a source.
	Open func(context.Context, Source) (*Zones, error)

	// DB, Release and Chassis override those in the files, unless they are "".
	DB, Release, Chassis string

	// NB takes the place of the northbound database that suites name whose network
	// ovn-northd makes; "" leaves it.
	NB string

	// Northbound, if not nil, opens the northbound database of a network, from which
	// explanations name rows.
	Northbound func(context.Context, Source, *lflow.Network) (*explain.Northbound, error)

	// AsIs uses databases without running northd, also for suites with northd: true.
	AsIs bool

	// Run, if not nil, must match the names of the cases that are run.
	Run *regexp.Regexp

	// Tags, if there are any, must share one with a test for it to be run; it
	// is not run if it shares one with SkipTags.
	Tags, SkipTags []string

	// Traces keeps the traces of all walks in the results, for a report that
	// shows them.
	Traces bool

	// Strict reports an error for a case whose walk is uncertain.
	Strict bool

	// Jobs is how many walks are under way at once, 0 for one a processor.
	Jobs int

	// Observer, if not nil, is notified of what walks meet.
	Observer Observer
}

// Observer is notified of what walks meet, as coverage needs it.
type Observer interface {
	// Matched is notified of every flow that a walk takes, by several goroutines.
	Matched(*lflow.Network, *lflow.Datapath, *lflow.Flow)

	// Add is notified of every network that tests ran over, by the name of its
	// database, after the last walk.
	Add(name string, n *lflow.Network)
}

// Run runs the suites in files and reports on them in the order in which they
// are given.  The report does not depend on how many jobs there are.  The error
// is the context's.  Whoever runs suites closes the report.
func Run(ctx context.Context, files []string, o Options) (*Report, error) {
	r := &Report{nets: networks{open: o.Open, north: o.Northbound}}
	s := &runner{Options: o, nets: &r.nets}
	for _, file := range files {
		r.Files = append(r.Files, s.plan(ctx, file))
	}
	s.only()
	if err := s.walk(ctx); err != nil {
		r.Close()
		return nil, err
	}
	r.conclude()
	if o.Observer != nil {
		for _, src := range s.nets.order {
			n := s.nets.found[src]
			for _, opened := range n.all {
				if n.err == nil {
					o.Observer.Add(src.DB, opened)
				}
			}
		}
	}
	return r, nil
}

// conclude collects the messages about the databases and about all tests together.
func (r *Report) conclude() {
	for _, f := range r.Files {
		for _, res := range f.Results {
			for _, p := range res.notes {
				f.note(p)
			}
			f.warn(res.warnings...)
		}
	}
	for _, n := range r.nets.found {
		if n.err == nil {
			r.Unparsed += n.unparsed()
		}
	}
}

// runner is one run.
type runner struct {
	Options
	nets *networks
	jobs []*job
}

// job is a case to run, with the place for its result.
type job struct {
	net      *network
	testCase *testCase
	result   *Result
}

// plan reads a file and makes its cases into jobs.
func (s *runner) plan(ctx context.Context, file string) *FileReport {
	f := &FileReport{File: file}
	suite, err := Load(file)
	if err != nil {
		f.Errors = problems(err)
		return f
	}
	f.suite = suite
	src := Source{DB: s.DB, Release: s.Release}
	if src.DB == "" && suite.DB.Value != "" {
		src.DB = relativeDB(file, suite.DB.Value)
		if err := checkFiles(src.DB); err != nil {
			f.Errors = []Problem{{suite.DB.Pos, err.Error()}}
			return f
		}
	}
	if src.Release == "" {
		src.Release = suite.Release.Value
	}
	f.DB = src.DB
	if p := s.northd(&src, file, suite); p != nil {
		f.Errors = []Problem{*p}
		return f
	}
	for _, t := range suite.Tests {
		if !s.tagged(t) {
			continue
		}
		chassis := t.Chassis
		if s.Chassis != "" && t.Expect.Connection == nil { // connections go over all chassis
			chassis = []text{{Pos: t.Pos, Value: s.Chassis}}
		}
		if len(chassis) == 0 {
			chassis = []text{{}}
		}
		src.connections, src.down, src.AsChassis = t.Expect.Connection != nil, "", t.Reach != nil
		if src.connections {
			src.down = t.downNames()
		}
		for _, c := range chassis {
			src.Chassis = c.Value
			if src.connections {
				src.Chassis = ""
			}
			net := s.nets.get(ctx, src)
			at, unknown := t.unknownChassis(net.err)
			switch {
			case net.err == nil:
				for _, opened := range net.all {
					for _, w := range opened.Warnings {
						f.warn(w.Text)
					}
				}
				s.add(f, net, t, c.Value)
			case unknown:
				f.Results = append(f.Results, errored(t, Problem{at, "chassis-down: " + net.err.Error()}))
			case errors.Is(net.err, lflow.ErrUnknownChassis):
				f.Results = append(f.Results, errored(t, Problem{c.Pos, net.err.Error()}))
			default:
				f.Errors = []Problem{{s.databasePos(suite), net.err.Error()}}
				f.Results = nil
				return f
			}
		}
	}
	return f
}

// databasePos returns the position of the database's name in a file, or the zero value if another
// database is used.
func (s *runner) databasePos(suite *Suite) Pos {
	if s.DB != "" {
		return Pos{}
	}
	return suite.DB.Pos
}

// northd sets in a source whether ovn-northd makes the network, and from which databases.
func (s *runner) northd(src *Source, file string, suite *Suite) *Problem {
	if s.AsIs {
		return nil
	}
	if !suite.Northd {
		if suite.NB.Value != "" {
			return &Problem{suite.NB.Pos, "nb names the northbound database for northd: true, which this suite does not say"}
		}
		return nil
	}
	src.Northd, src.NB = true, s.NB
	if src.NB == "" && suite.NB.Value != "" {
		src.NB = relativeDB(file, suite.NB.Value)
		if err := checkFiles(src.NB); err != nil {
			return &Problem{suite.NB.Pos, err.Error()}
		}
	}
	if src.NB == "" {
		return &Problem{suite.northd, "northd: true needs a northbound database: give one with --nb, or name it with nb"}
	}
	return nil
}

// warn records warnings about a database without duplicates: one that is read for several chassis
// returns each of them several times.
func (f *FileReport) warn(texts ...string) {
	for _, text := range texts {
		if !slices.Contains(f.Warnings, text) {
			f.Warnings = append(f.Warnings, text)
		}
	}
}

// add makes a test's cases into jobs.
func (s *runner) add(f *FileReport, net *network, t *Test, chassis string) {
	cases := []*testCase{{test: t, name: t.Name, chassis: chassis}}
	if t.Skip == "" && t.Reach == nil {
		var err error
		if cases, err = net.expand(t, chassis); err != nil {
			f.Results = append(f.Results, errored(t, problem(t.Pos, err)))
			return
		}
	}
	for _, k := range cases {
		if s.Run != nil && !s.Run.MatchString(k.name) {
			continue
		}
		r := &Result{Pos: t.Pos, Name: k.name, Tags: t.Tags}
		f.Results = append(f.Results, r)
		if t.Skip != "" {
			r.Status, r.Reason = Skipped, t.Skip
			continue
		}
		s.jobs = append(s.jobs, &job{net, k, r})
	}
}

func errored(t *Test, p Problem) *Result {
	return &Result{Pos: t.Pos, Name: t.Name, Tags: t.Tags, Status: Errored, Errors: []Problem{p}}
}

// tagged reports whether a test's tags are wanted.
func (s *runner) tagged(t *Test) bool {
	shares := func(tags []string) bool {
		return slices.ContainsFunc(t.Tags, func(tag string) bool { return slices.Contains(tags, tag) })
	}
	return (len(s.Tags) == 0 || shares(s.Tags)) && !shares(s.SkipTags)
}

// only removes the other tests if some have the key only.
func (s *runner) only() {
	if !slices.ContainsFunc(s.jobs, func(j *job) bool { return j.testCase.test.Only }) {
		return
	}
	s.jobs = slices.DeleteFunc(s.jobs, func(j *job) bool {
		if !j.testCase.test.Only {
			j.result.Status, j.result.Reason = Skipped, "other tests say only"
		}
		return !j.testCase.test.Only
	})
}

// walk runs the jobs.
func (s *runner) walk(ctx context.Context) error {
	progress.Add(ctx, 0, len(s.jobs))
	mmapfault.Each(s.Jobs, len(s.jobs), func(i int) {
		if ctx.Err() == nil {
			s.do(s.jobs[i])
			progress.Add(ctx, 1, 0)
		}
	})
	return context.Cause(ctx)
}

// do runs one case.
func (s *runner) do(j *job) {
	var matched func(*lflow.Datapath, *lflow.Flow)
	if s.Observer != nil {
		matched = func(d *lflow.Datapath, f *lflow.Flow) { s.Observer.Matched(d.Network(), d, f) }
	}
	switch t := j.testCase.test; {
	case t.Reach != nil:
		s.reach(j)
	case t.Expect.Connection != nil:
		s.connect(j, matched)
	default:
		s.send(j, matched)
	}
	r := j.result
	if s.Strict {
		for _, d := range r.Uncertainties {
			r.Errors = append(r.Errors, Problem{r.Pos, "the walk is uncertain: " + d})
		}
	}
	switch {
	case len(r.Errors) > 0:
		r.Status = Errored
	case len(r.Failures) > 0:
		r.Status = Failed
	}
}

// send runs one case that is a packet.
func (s *runner) send(j *job, matched func(*lflow.Datapath, *lflow.Flow)) {
	r := j.result
	w, err := j.net.send(j.testCase, matched)
	if err != nil {
		r.Errors = []Problem{problem(j.testCase.test.Pos, err)}
		return
	}
	j.net.saw(w.trace)
	r.Errors, r.notes = j.testCase.unused(w)
	r.Packet = w.packet
	if s.Traces {
		r.Trace = w.trace
	}
	r.Request = sim.Request{Datapath: j.testCase.test.Datapath.Value, Microflow: w.packet, Choices: j.testCase.choices()}
	there := &checker{walk: w, testCase: j.testCase}
	e := j.testCase.test.Expect
	there.expect(e)
	checkers := []*checker{there}
	if e.Reply != nil {
		if back := there.reply(e.Reply, matched); back != nil {
			if s.Traces {
				r.Reply = back.trace
			}
			j.net.saw(back.trace)
			back.expect(&e.Reply.Expect)
			checkers = append(checkers, back)
		}
	}
	for _, g := range checkers {
		r.Failures = append(r.Failures, g.failures...)
		r.Errors = append(r.Errors, g.errors...)
		r.Uncertainties = append(r.Uncertainties, g.uncertainties()...)
	}
}

// problem turns an error into a problem at the place that it names.
func problem(p Pos, err error) Problem {
	if e, ok := errors.AsType[*inputError](err); ok {
		p = e.Pos
	}
	return Problem{p, err.Error()}
}

// problems turns the errors of a file into problems.
func problems(err error) []Problem {
	list, ok := errors.AsType[yaml.Errors](err)
	if !ok {
		return []Problem{{Msg: err.Error()}}
	}
	var out []Problem
	for _, e := range list {
		out = append(out, Problem{e.Pos, e.Msg})
	}
	return out
}
