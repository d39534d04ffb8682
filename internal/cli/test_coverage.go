package cli

import (
	"fmt"
	"io"

	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/internal/coverage"
)

// coverageOptions are the options for reports of the flows that tests cover.
type coverageOptions struct {
	coverage  bool
	profile   string
	page      string
	threshold float64

	collector coverage.Collector
}

func (o *coverageOptions) flags(f *pflag.FlagSet) {
	f.BoolVar(&o.coverage, "coverage", false, "report which logical flows the tests covered, by datapath type, stage and ACL")
	outputFlag(f, &o.profile, "coverprofile", "", writesReport, "write the coverage of every flow to a file, as JSON")
	outputFlag(f, &o.page, "coverhtml", "", writesReport, "write the coverage of every flow to a file, as an HTML page")
	f.Float64Var(&o.threshold, "threshold", 0, "exit with status 1 if less than this percentage of the reachable flows was covered")
}

func (o *coverageOptions) used() bool {
	return o.coverage || o.profile != "" || o.page != "" || o.threshold > 0
}

// write writes the requested reports, and reports whether the coverage reaches the
// threshold.  The summary follows a text report, and is on standard error otherwise.
func (o *coverageOptions) write(sys *System, t *testOptions) (enough bool, err error) {
	if !o.used() {
		return true, nil
	}
	p := o.collector.Profile()
	out := sys.Stdout
	if t.format != "text" && t.output == "" {
		out = sys.Stderr
	}
	if o.coverage {
		if err := p.WriteText(out); err != nil {
			return false, err
		}
	}
	for _, file := range []struct {
		name  string
		write func(io.Writer) error
	}{{o.profile, p.WriteJSON}, {o.page, func(w io.Writer) error { return p.WriteHTML(w, sys.about(p.Files())) }}} {
		if file.name == "" {
			continue
		}
		err := writeOutput(file.name, func(f io.Writer) error {
			if f == nil {
				return file.write(sys.Stdout)
			}
			return file.write(f)
		})
		if err != nil {
			return false, err
		}
	}
	if got := p.Percent(); got < o.threshold {
		fmt.Fprintf(out, "coverage %.1f%% is below the threshold of %.1f%%\n", got, o.threshold)
		return false, nil
	}
	return true, nil
}
