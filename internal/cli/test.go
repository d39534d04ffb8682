package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ovnwalk/ovnwalk/internal/atomicfile"
	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/internal/report"
	"github.com/ovnwalk/ovnwalk/internal/suite"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// testOptions are the options of ovnwalk test.
type testOptions struct {
	source
	run      string
	tags     []string
	skipTags []string
	reportOptions
	verbose bool
	update  bool
	strict  bool
	jobs    int
	nb      string
	ovnBin  string
	coverageOptions

	paths []string
}

func newTestCmd(sys *System) *cobra.Command {
	o := &testOptions{}
	cmd := &cobra.Command{
		Use:   "test [options] [FILE|DIR]...",
		Short: "Run test suites",
		Long: `Test runs suites: files named *.ovnwalk.yaml that specify packets, the database
to send them through and the expected results.  A directory stands for all
suites below it; the default is the current directory.

The exit status is 0 if all tests pass, 1 if some fail, and 2 if a test cannot
be run: a file does not parse, a database cannot be read or is damaged, or a
port named in a test does not exist.  With --threshold it is also 1 if the
coverage is too low.

A suite with "northd: true" runs over the southbound database that ovn-northd
generates from a northbound one (--nb, or nb in the suite) and, if the suite has
one, a southbound one.  It can therefore test a change of policies before it is
deployed.`,
		Example: `  ovnwalk test
  ovnwalk test --run ssh -v policies.ovnwalk.yaml
  ovnwalk test --db new.db --format junit --output report.xml suites/
  ovnwalk test --nb nb.db policies.ovnwalk.yaml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.paths = args
			return runTest(cmd.Context(), sys, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.run, "run", "", "run only the tests whose names match the regular expression")
	f.StringSliceVar(&o.tags, "tags", nil, "run only the tests with one of the tags")
	f.StringSliceVar(&o.skipTags, "skip-tags", nil, "skip the tests with one of the tags")
	o.reportOptions.flags(f, suite.Formats())
	f.BoolVarP(&o.verbose, "verbose", "v", false, "report every test, with the minimal view of its trace")
	f.BoolVar(&o.update, "update", false, "update the trace views of failed tests in their files")
	f.BoolVar(&o.strict, "strict", false, "treat a test with an uncertain walk as an error")
	f.IntVarP(&o.jobs, "jobs", "j", 0, "number of packets to walk in parallel (default: number of processors)")
	o.coverageOptions.flags(f)
	o.source.flags(f)
	damageFlags(f, &o.damage)
	f.Var(&once{value: &o.nb}, "nb", "northbound database, to name the rows behind flows"+northUsage+";\nfor suites with northd: true, the database that ovn-northd reads")
	ovnBinFlag(f, &o.ovnBin)
	f.Lookup("db").Usage = "run the tests over this database instead of the one that their file names"
	return cmd
}

// runTest runs suites and writes the report.
func runTest(ctx context.Context, sys *System, o *testOptions) (err error) {
	files, err := sys.suites(o.paths)
	if err != nil {
		return err
	}
	ctx, stop := interruptible(ctx)
	defer stop(&err)
	northd := &northdSource{sys: sys, source: o.source, ovnBin: o.ovnBin, nb: o.nb, made: map[[2]string][]byte{}, zones: map[*lflow.Network]*input.Zone{}}
	so := suite.Options{
		DB: o.db, NB: o.nb, Release: o.release, Chassis: o.chassis, Tags: o.tags, SkipTags: o.skipTags,
		Strict: o.strict, Jobs: o.jobs, Traces: o.verbose, Open: plainly(northd.open),
	}
	if o.nb != "" {
		so.Northbound = northd.openNorth
	}
	if o.run != "" {
		if so.Run, err = regexp.Compile(o.run); err != nil {
			return fmt.Errorf("--run: %w", err)
		}
	}
	if t := o.coverageOptions.threshold; !(t >= 0 && t <= 100) {
		return fmt.Errorf("--threshold=%v: not a percentage", t)
	}
	if o.coverageOptions.used() {
		so.Observer = &o.coverageOptions.collector
	}
	found, err := runSuites(ctx, sys, files, so)
	if err != nil {
		return err
	}
	if err := sys.changed(); err != nil {
		return err
	}
	if o.update {
		if err := found.Update(); err != nil {
			return err
		}
	}
	if err := o.reportOptions.write(sys, found.Warnings(), func(w io.Writer, paint report.Paint) error {
		return found.Write(w, o.format, suite.Style{Verbose: o.verbose, Paint: paint})
	}); err != nil {
		return err
	}
	enough, err := o.coverageOptions.write(sys, o)
	if err != nil {
		return err
	}
	c := found.Counts()
	switch {
	case c.Total() == 0:
		return errors.New("no test was run: no name or tag matches")
	case c.Errored > 0:
		return &reportedError{}
	case c.Failed > 0 || !enough:
		return &negativeError{}
	}
	return nil
}

// runSuites runs the suites in files.
func runSuites(ctx context.Context, sys *System, files []string, o suite.Options) (*suite.Report, error) {
	return working(ctx, sys, "testing", func(ctx context.Context) (*suite.Report, error) { return suite.Run(ctx, files, o) })
}

// plainly wraps a function that opens a suite's databases, so that its errors have the text
// of plainPaths.
func plainly(open func(context.Context, suite.Source) (*suite.Zones, error)) func(context.Context, suite.Source) (*suite.Zones, error) {
	return func(ctx context.Context, from suite.Source) (*suite.Zones, error) {
		opened, err := open(ctx, from)
		if err != nil {
			err = &plainError{err}
		}
		return opened, err
	}
}

// openSuite returns a function that opens the databases of a suite.
func (s source) openSuite(sys *System) func(context.Context, suite.Source) (*suite.Zones, error) {
	return func(ctx context.Context, from suite.Source) (*suite.Zones, error) {
		zones, err := s.of(from).open(ctx, sys)
		if err != nil {
			return nil, err
		}
		return zoneNetworks(nil).all(ctx, zones)
	}
}

// of returns the databases of a suite, read with the options of s.
func (s source) of(from suite.Source) *sources {
	s.db, s.release, s.chassis, s.asChassis = from.DB, from.Release, from.Chassis, from.AsChassis
	return s.zones()
}

// suites returns the suites at paths; those in a directory are sorted.
func (sys *System) suites(paths []string) (files []string, err error) {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			files = append(files, path)
			continue
		}
		found := len(files)
		err = filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && p != path && strings.HasPrefix(d.Name(), "."):
				return filepath.SkipDir
			case !d.IsDir() && (strings.HasSuffix(p, ".ovnwalk.yaml") || strings.HasSuffix(p, ".ovnwalk.yml")):
				files = append(files, p)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if len(files) == found {
			return nil, fmt.Errorf("%s: no suite found; the names of suites end in .ovnwalk.yaml", path)
		}
	}
	return files, sys.checkReports(files)
}

// writeOutput calls write with the file of that name, or with nil for standard output.  The
// file is written atomically.
func writeOutput(name string, write func(io.Writer) error) error {
	if name == "" || name == "-" {
		return write(nil)
	}
	return atomicfile.Write(name, write)
}
