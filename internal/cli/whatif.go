package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/internal/atomicfile"
	"github.com/ovnwalk/ovnwalk/internal/whatif"
)

// whatifOptions are the options of ovnwalk whatif.
type whatifOptions struct {
	diffOptions
	db, nb  []string
	zones   []string
	ovnBin  string
	release string
	changes []changeOption
	suites  []string
	connect []string
	sets    bool
	sbOut   string
	nbOut   string
}

// changeOption is a step of a change as it was given.
type changeOption struct{ kind, text string }

// changeValue is an option that adds a step to a change.
type changeValue struct {
	kind, word string
	to         *[]changeOption
}

// String returns no default.
func (*changeValue) String() string { return "" }

// Type returns the word for the value in a usage.
func (v *changeValue) Type() string { return v.word }

// Set adds a step.
func (v *changeValue) Set(text string) error {
	if v.kind == "nbctl" {
		if _, err := whatif.ParseCommand(text); err != nil {
			return err
		}
	}
	*v.to = append(*v.to, changeOption{v.kind, text})
	return nil
}

func newWhatifCmd(sys *System) *cobra.Command {
	o := &whatifOptions{}
	cmd := &cobra.Command{
		Use:   "whatif [options] --db SOUTHBOUND --nb NORTHBOUND [--nbctl COMMAND | --script FILE | --nb-after FILE]... [MICROFLOW]",
		Short: "Try a change of the northbound database",
		Long: `Whatif runs the real ovn-northd over copies of a northbound database and of its
southbound one, in a temporary directory: as they are, and again after a change.  It
reports what became different, as diff does: what becomes of packets otherwise, the
logical flows added and removed by stage, and what northd warned of, with the command
that caused it.  Nothing else is touched, and nothing remains.

The change is made of --nbctl, --script and --nb-after in the order in which they are
given.  Without any, what is tried is northd itself: with --ovn-bin, an upgrade.  What
ovn-controller writes (chassis, bindings, learned addresses, ports that are up) is kept
from the southbound database.

ovsdb-server, ovsdb-tool, ovn-northd, ovn-nbctl and ovn-sbctl must be installed, or be
those of --ovn-bin.  Databases of another release are converted to its schemas.

The exit status is that of diff: 0 where no packet changed, 1 where packets changed or a
difference was not met, 2 for errors.  With --suite it is that of test.`,
		Example: `  ovnwalk whatif --db sb.db --nb nb.db --nbctl 'acl-del db to-lport 1000' --nbctl 'lr-route-add edge 10.7.0.0/16 10.0.0.9'
  ovnwalk whatif --db sb.db --nb nb.db --script change.sh --suite policies.ovnwalk.yaml
  ovnwalk whatif --db sb.db --nb nb.db --nb-after new-nb.db -o after.db
  ovnwalk whatif --db sb.db --nb nb.db --ovn-bin /opt/ovn-25.03`,
		Args: atMostOne("MICROFLOW"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.ctNewGiven = cmd.Flags().Changed("ct-new")
			if len(args) == 1 {
				o.microflow = args[0]
			}
			return runWhatif(cmd.Context(), sys, o)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.db, "db", nil, "southbound database `SOURCE`, as for the other commands (default $OVN_SB_DB); may be repeated, once for each zone")
	f.StringArrayVar(&o.nb, "nb", nil, "northbound database `[ZONE=]SOURCE`, of any form that the southbound one may have (default $OVN_NB_DB); auto is the one beside the southbound one")
	f.StringArrayVar(&o.zones, "zone", nil, "make the change in the databases of the zone `NAME`, where there are several; may be repeated, for the same change in each")
	f.Var(&changeValue{"nbctl", "command", &o.changes}, "nbctl", "change the copy by this command of ovn-nbctl; may be repeated")
	f.Var(&changeValue{"script", "file", &o.changes}, "script", "change the copy by this script, for which ovn-nbctl and ovn-sbctl are the copies'; may be repeated")
	f.Var(&changeValue{"nb-after", "database", &o.changes}, "nb-after", "put this northbound database in the place of the copy")
	ovnBinFlag(f, &o.ovnBin)
	f.StringArrayVar(&o.suites, "suite", nil, "report on these suites over the network after the change instead; may be repeated")
	f.StringArrayVar(&o.connect, "connect", nil, "report on this connection before and after the change instead: the `ARGUMENTS` of ovnwalk connect that describe it; may be repeated")
	f.BoolVar(&o.sets, "sets", false, "report on all packets instead, as reach --diff: exactly the sets of which something else becomes")
	o.sendFlags(f)
	f.StringVarP(&o.sbOut, "output", "o", "", "file to keep the southbound database after the change in")
	f.StringVar(&o.nbOut, "nb-out", "", "file to keep the northbound database after the change in")
	o.formatFlag(f, whatif.Formats())
	f.BoolVarP(&o.verbose, "verbose", "v", false, "show every packet")
	colorFlag(f, &o.color)
	f.StringVar(&o.release, "release", "", "read the southbound databases as that release of OVN's, whatever they say themselves")
	f.StringVar(&o.chassis, "chassis", "", "look from that chassis: its template variables, the ports that it has")
	o.accessOptions.flags(f)
	damageFlags(f, &o.damage)
	return cmd
}

// ovnBinFlag is the option that names the programs of a release.
func ovnBinFlag(f *pflag.FlagSet, dir *string) {
	f.StringVar(dir, "ovn-bin", "", "directory of the release whose ovn-northd is run: its prefix, its bin directory or its source tree (default those in $PATH)")
}

// interruptible returns a context that ends with the signals that would end the
// process, so that a control plane is removed first.
func interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	done := atomicfile.HandleSignals()
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	return ctx, func() {
		stop()
		done()
	}
}

// runWhatif tries a change and reports.
func runWhatif(ctx context.Context, sys *System, o *whatifOptions) (err error) {
	single, _, err := o.sending()
	if err != nil {
		return err
	}
	if single && len(o.suites)+len(o.connect) > 0 {
		return errors.New("suites and connections say which packets to send: leave out --suite and --connect, or --from, --to and MICROFLOW")
	}
	if o.sets && len(o.suites)+len(o.connect) > 0 {
		return errors.New("--sets is about all packets: give it without --suite and --connect")
	}
	questions, err := o.questions()
	if err != nil {
		return err
	}
	for _, out := range []string{o.sbOut, o.nbOut} {
		if out == "-" {
			return errors.New("standard output is the report's: name a file for the databases after the change")
		}
	}
	ctx, stop := interruptible(ctx)
	defer stop()
	defer setGCPercent(400)() // northd and the servers need much more memory
	t, err := o.try(ctx, sys)
	defer func() { err = errors.Join(err, t.close()) }()
	if err != nil {
		return err
	}
	report, err := t.report(ctx, sys, o, questions)
	if err != nil {
		return err
	}
	if report.Suites != nil {
		defer report.Suites.Close()
		defer report.Earlier.Close()
	}
	if err := sys.changed(); err != nil {
		return err
	}
	for _, z := range t.changed { // it is only one if files are named
		for _, x := range []struct{ from, to string }{{z.result.After, o.sbOut}, {z.result.NB, o.nbOut}} {
			if err := keepDatabase(ctx, x.from, x.to); err != nil {
				return err
			}
		}
	}
	if err := report.Write(sys.Stdout, o.format, whatif.Style{Verbose: o.verbose, Paint: reportPaint(o.color, sys)}); err != nil {
		return err
	}
	if report.Suites != nil {
		switch c := report.Suites.Counts(); {
		case c.Total() == 0:
			return errors.New("no test was run: the suites have none")
		case c.Errored > 0:
			return &reportedError{}
		case c.Failed > 0:
			return &negativeError{}
		}
	}
	for i := range report.Questions {
		q := &report.Questions[i]
		for _, a := range []whatif.Answer{q.Before, q.After} {
			if a.(*connectAnswer).open() {
				return &reportedError{}
			}
		}
	}
	if !report.Same() {
		return &negativeError{}
	}
	if slices.ContainsFunc(report.Zones, func(z *whatif.ZoneReport) bool { c, ok := z.Sets.(*changedSets); return ok && c.Open != "" }) {
		return &reportedError{}
	}
	return nil
}
