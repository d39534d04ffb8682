package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ovnwalk/ovnwalk/internal/interconnect"
	"github.com/ovnwalk/ovnwalk/internal/report"
	"github.com/ovnwalk/ovnwalk/internal/vet"
	"github.com/ovnwalk/ovnwalk/internal/yaml"
)

// vetOptions are the options of ovnwalk vet.
type vetOptions struct {
	sources
	config   string
	ignore   []string
	failOn   string
	severity string
	reportOptions
	objects string
}

func newVetCmd(sys *System) *cobra.Command {
	o := &vetOptions{}
	cmd := &cobra.Command{
		Use:   "vet [options] [SOURCE]",
		Short: "Check logical flows for mistakes",
		Long: `Vet reports flows that do not parse, references to ports, port groups and
address sets that do not exist, conflicting flows of equal priority, flows
shadowed by flows of higher priority, and unreachable datapaths.  It needs no
packet.  SOURCE is any source that --db accepts; --db may be used instead.  The
databases of several interconnect zones are also compared with each other, and
rows of Kubernetes objects with the objects of a must-gather.

The severity of a finding is error, warning or note; flows that northd is known
to generate are notes.  The file ` + vet.ConfigName + ` in the current directory
can disable codes and change their severity.

The exit status is 0 without errors, 1 with errors, and 2 if the database or the
configuration cannot be read.`,
		Example: `  ovnwalk vet sb.db.gz
  ovnwalk vet --severity warning --ignore unreached-datapath unix:/var/run/ovn/ovnsb_db.sock
  ovnwalk vet --fail-on warning --format github must-gather.tar.gz//sbdb`,
		Args: atMostOne("SOURCE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				if len(o.DB) > 0 {
					return errors.New("the database is given twice: as SOURCE and by --db")
				}
				o.DB = args
			}
			return runVet(cmd.Context(), sys, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.config, "config", "", "configuration file (default "+vet.ConfigName+", if it exists)")
	f.StringSliceVar(&o.ignore, "ignore", nil, "ignore findings with these codes")
	f.StringVar(&o.failOn, "fail-on", "error", "exit with status 1 for findings of at least this severity: "+strings.Join(vet.Severities(), ", "))
	f.StringVar(&o.severity, "severity", "note", "show findings of at least this severity")
	o.reportOptions.flags(f, vet.Formats())
	o.sources.flags(f)
	f.StringVar(&o.objects, "objects", "", "directory or tar archive with Kubernetes objects, such as a must-gather, to compare with the database\n(default: the archive or directory that has the database)")
	o.northFlag(f, "to name the rows behind the flows of findings")
	return cmd
}

// runVet runs ovnwalk vet.
func runVet(ctx context.Context, sys *System, o *vetOptions) error {
	failOn, err := vet.ParseSeverity(o.failOn)
	if err != nil {
		return fmt.Errorf("--fail-on: %w", err)
	}
	style := vet.Style{Source: o.name(sys)}
	if style.Least, err = vet.ParseSeverity(o.severity); err != nil {
		return fmt.Errorf("--severity: %w", err)
	}
	config, err := o.read()
	if err != nil {
		return err
	}
	found, err := o.check(ctx, sys, config)
	if err != nil {
		return err
	}
	if err := o.reportOptions.write(sys, nil, func(w io.Writer, paint report.Paint) error {
		style.Paint = paint
		return found.Write(w, o.format, style)
	}); err != nil {
		return err
	}
	if found.AtLeast(failOn) > 0 {
		return &negativeError{}
	}
	return nil
}

// check vets the database of each zone, and compares the zones.
func (o *vetOptions) check(ctx context.Context, sys *System, config vet.Config) (*vet.Report, error) {
	quiet := o.sources
	quiet.Warn = func(string) {} // the warnings are findings
	zones, err := quiet.open(ctx, sys)
	if err != nil {
		return nil, err
	}
	objects, err := o.readObjects(ctx, sys)
	if err != nil {
		return nil, err
	}
	var names []string
	var reports []*vet.Report
	var all []interconnect.Zone
	for _, z := range zones.Zones {
		if z.Err != nil && zones.Several() {
			continue // reported by a warning
		}
		n, err := z.Network(ctx)
		if err != nil {
			return nil, err
		}
		report, err := working(ctx, sys, "vetting", func(ctx context.Context) (*vet.Report, error) { return vet.Check(ctx, n, config) })
		if err != nil {
			return nil, err
		}
		norths, err := z.North(ctx)
		if err != nil {
			return nil, err
		}
		for _, north := range norths {
			for _, text := range north.Warnings() {
				sys.warnOnce(text)
			}
			report.NameRows(north.RowsOf)
		}
		report.Add(config, compareObjects(objects, n, zones.NorthOf(n))...)
		names, reports, all = append(names, z.String()), append(reports, report), append(all, interconnect.Zone{Zone: z.Zone, Network: n})
	}
	switch {
	case len(reports) == 0:
		_, err := zones.Networks(ctx)
		return nil, err
	case !zones.Several():
		return reports[0], nil
	}
	return vet.Merge(names, reports, interconnect.CompareAll(all), config), nil
}

// read reads the configuration file, if there is one, and adds the options.
func (o *vetOptions) read() (vet.Config, error) {
	var config vet.Config
	name := o.config
	if name == "" {
		name = vet.ConfigName
	}
	text, err := readConfig(name)
	switch {
	case err == nil:
		if config, err = vet.ParseConfig(name, text); err != nil {
			return config, err
		}
	case o.config != "" || !errors.Is(err, fs.ErrNotExist):
		return config, err
	}
	for _, code := range o.ignore {
		config.Ignore = append(config.Ignore, vet.Ignore{Code: code})
	}
	if err := config.Check(); err != nil {
		return config, fmt.Errorf("--ignore: %w", err)
	}
	return config, nil
}

// readConfig reads a configuration file, up to a maximum size.
func readConfig(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, yaml.MaxSize+1))
}
