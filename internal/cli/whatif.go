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
	"github.com/ovnwalk/ovnwalk/internal/report"
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

// changeOption is an option that is a step of the change.
type changeOption struct{ kind, text string }

// changeValue is the value of an option that adds a step to the change.
type changeValue struct {
	kind, word string
	to         *[]changeOption
}

// String returns "", as the option has no default.
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
southbound one, first as they are, then after a change.  It reports the
differences, as diff does: packets with other results, the logical flows added
and removed by stage, and warnings of northd with the command that caused them.
The copies are in a temporary directory, which is removed at the end.

The change is --nbctl, --script and --nb-after, in the order in which they are
given.  Without a change, the database is compared with what northd generates:
with --ovn-bin, a rehearsal of an upgrade.  Data of ovn-controller (chassis,
bindings, learned addresses, the state of ports) is kept from the southbound
database.

ovsdb-server, ovsdb-tool, ovn-northd, ovn-nbctl and ovn-sbctl must be installed,
or be those of --ovn-bin.  Databases of another release are converted to its
schemas.

The exit status is that of diff: 0 if no packet changed, 1 if packets changed or
a difference is not covered, 2 for errors.  With --suite it is that of test;
with --connect and --sets it is 1 if a result changes.`,
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
	f.StringArrayVar(&o.nb, "nb", nil, "northbound database `[ZONE=]SOURCE`, in any format that --db accepts (default $OVN_NB_DB); auto is the one beside the southbound one")
	f.StringArrayVar(&o.zones, "zone", nil, "zone `NAME` whose databases are changed, if there are several; may be repeated, for the same change in each")
	f.Var(&changeValue{"nbctl", "COMMAND", &o.changes}, "nbctl", "change the copy with this command of ovn-nbctl; may be repeated")
	f.Var(&changeValue{"script", "FILE", &o.changes}, "script", "change the copy with this script, in which ovn-nbctl and ovn-sbctl access the copies; may be repeated")
	f.Var(&changeValue{"nb-after", "SOURCE", &o.changes}, "nb-after", "replace the copy with this northbound database")
	ovnBinFlag(f, &o.ovnBin)
	f.StringArrayVar(&o.suites, "suite", nil, "run the suite `FILE` over the network after the change instead; may be repeated")
	f.StringArrayVar(&o.connect, "connect", nil, "report on this connection before and after the change instead: the `ARGUMENTS` of ovnwalk connect that describe it; may be repeated")
	f.BoolVar(&o.sets, "sets", false, "report on all packets instead, as reach --diff: exactly the sets whose result changes")
	o.sendFlags(f)
	outputFlag(f, &o.sbOut, "output", "o", writesDatabase, "file to save the southbound database after the change to")
	outputFlag(f, &o.nbOut, "nb-out", "", writesDatabase, "file to save the northbound database after the change to")
	o.formatFlag(f, whatif.Formats())
	f.BoolVarP(&o.verbose, "verbose", "v", false, "show every packet")
	colorFlag(f, &o.color)
	f.StringVar(&o.release, "release", "", "read the southbound databases as those of this OVN release, instead of detecting it")
	f.StringVar(&o.chassis, "chassis", "", chassisUsage)
	o.accessOptions.flags(f)
	damageFlags(f, &o.damage)
	return cmd
}

// ovnBinFlag adds --ovn-bin.
func ovnBinFlag(f *pflag.FlagSet, dir *string) {
	f.StringVar(dir, "ovn-bin", "", "directory of the OVN programs to run: a prefix, a bin directory or a built source tree (default: those in $PATH)")
}

// interruptible returns a context that the signals that end the process cancel, so that a
// control plane is removed first. The returned function makes an error that a signal
// caused name the signal.
func interruptible(ctx context.Context) (context.Context, func(*error)) {
	done := atomicfile.HandleSignals()
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	return ctx, func(err *error) {
		if errors.Is(*err, context.Canceled) && ctx.Err() != nil {
			*err = context.Cause(ctx)
		}
		stop()
		done()
	}
}

// runWhatif runs ovnwalk whatif.
func runWhatif(ctx context.Context, sys *System, o *whatifOptions) (err error) {
	single, _, err := o.sending()
	if err != nil {
		return err
	}
	if single && len(o.suites)+len(o.connect) > 0 {
		return errors.New("--suite and --connect cannot be combined with --from, --to or MICROFLOW: all select the packets to send")
	}
	if o.sets && len(o.suites)+len(o.connect) > 0 {
		return errors.New("--sets reports on all packets: it cannot be combined with --suite or --connect")
	}
	questions, err := o.questions()
	if err != nil {
		return err
	}
	if slices.Contains([]string{o.sbOut, o.nbOut}, "-") {
		return errors.New("the report is written to standard output: name files for the databases after the change")
	}
	ctx, stop := interruptible(ctx)
	defer stop(&err)
	defer setGCPercent(400)() // northd and the servers need much more memory
	t, err := o.try(ctx, sys)
	defer func() { err = errors.Join(err, t.close()) }()
	if err != nil {
		return err
	}
	found, err := t.report(ctx, sys, o, questions)
	if err != nil {
		return err
	}
	if found.Suites != nil {
		defer found.Suites.Close()
		defer found.Earlier.Close()
	}
	if err := sys.changed(); err != nil {
		return err
	}
	for _, z := range t.changed { // one zone, if files are named
		for _, x := range []struct{ from, to string }{{z.result.After, o.sbOut}, {z.result.NB, o.nbOut}} {
			if err := keepDatabase(ctx, x.from, x.to); err != nil {
				return err
			}
		}
	}
	if err := found.Write(sys.Stdout, o.format, report.Style{Verbose: o.verbose, Paint: reportPaint(o.format, o.color, sys)}); err != nil {
		return err
	}
	if found.Suites != nil {
		switch c := found.Suites.Counts(); {
		case c.Total() == 0:
			return errors.New("no test was run: the suites have none")
		case c.Errored > 0:
			return &reportedError{}
		case c.Failed > 0:
			return &negativeError{}
		}
	}
	for i := range found.Questions {
		q := &found.Questions[i]
		for _, a := range []whatif.Answer{q.Before, q.After} {
			if a.(*connectAnswer).open() {
				return &reportedError{}
			}
		}
	}
	if !found.Same() {
		return &negativeError{}
	}
	if slices.ContainsFunc(found.Zones, func(z *whatif.ZoneReport) bool { c, ok := z.Sets.(*changedSets); return ok && c.Open != "" }) {
		return &reportedError{}
	}
	return nil
}
