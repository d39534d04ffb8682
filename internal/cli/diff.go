package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/diff"
	"github.com/ovnwalk/ovnwalk/internal/explain"
	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/internal/suite"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
)

// diffOptions are the options of ovnwalk diff.
type diffOptions struct {
	accessOptions
	packetOptions
	damage     input.DamagePolicy
	releases   [2]string
	chassis    string
	suite      string
	ct         []string
	ctNew      bool
	ctNewGiven bool
	limit      int
	jobs       int
	format     string
	output     string
	verbose    bool
	color      string
	dbs        [2]string
	nb         string
	norths     [2]*explain.Northbound // nil without --nb
	microflow  string

	connections bool
	hostsAnswer bool
}

func newDiffCmd(sys *System, run func(context.Context, *System, *diffOptions) error) *cobra.Command {
	o := &diffOptions{}
	cmd := &cobra.Command{
		Use: "diff [options] OLD NEW [MICROFLOW]",

		DisableFlagsInUseLine: true,

		Short: "Compare how two databases forward packets",
		Long: `Diff sends the same packets through two databases and reports those that change:
their receivers, their headers, or the datapaths on their path.  Changes are
grouped by cause, with the deciding flows of both databases.  Table numbers,
stage names, UUIDs and registers may differ, so databases of different releases
can be compared.

The packets are those of a suite (--suite), or the one that MICROFLOW, --from and
--to describe.  Otherwise, diff first compares the contents of the databases
(logical flows, address sets, port groups, bindings, chassis priorities, learned
addresses) and generates packets that cover each difference, of new and
established connections, from ports of the datapath and of its neighbors.  It
walks each packet to verify the coverage.  Then it sends packets between all
VIFs, and to load balancers, external addresses and an outside address.
Differences that no packet covers are listed; unreachable ones are not.

With --connections, the packets open connections: diff compares what real chassis do
to the request, the reply and the third packet, as ovnwalk connect does, and groups the
connections whose verdict changes by the place that loses a packet.

The exit status is 0 if no packet changed and every difference in content is
covered or unreachable; 1 if packets changed, a difference is not covered, or the
databases differ and --limit left packets out; 2 on errors.`,
		Example: `  ovnwalk diff before.db.gz after.db.gz
  ovnwalk diff --suite policies.ovnwalk.yaml before.db after.db
  ovnwalk diff --connections before.db.gz after.db.gz
  ovnwalk diff --from web1 --to db1 --proto tcp:5432 22.03.db 25.03.db`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 || len(args) > 3 {
				return errors.New("two databases are required, OLD and NEW, and perhaps a MICROFLOW (see 'ovnwalk diff --help')")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.dbs = [2]string{args[0], args[1]}
			o.ctNewGiven = cmd.Flags().Changed("ct-new")
			if len(args) == 3 {
				o.microflow = args[2]
			}
			return run(cmd.Context(), sys, o)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.suite, "suite", "", "send the packets of the suite, ignoring its expectations")
	o.sendFlags(f)
	f.BoolVar(&o.connections, "connections", false, "compare the connections that the packets open, over all chassis")
	f.BoolVar(&o.hostsAnswer, "hosts-answer", false, "of connections: hosts answer ARP requests and neighbor solicitations")
	f.StringVar(&o.format, "format", "text", "format of the report: "+strings.Join(diff.Formats(), ", "))
	f.StringVarP(&o.output, "output", "o", "", "file to write the report to instead of standard output")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "show every packet")
	f.StringVar(&o.color, "color", "auto", "colour the text: auto, always or never")
	f.StringVar(&o.releases[0], "old-release", "", "read OLD as a database of the given OVN release, instead of detecting it")
	f.StringVar(&o.releases[1], "new-release", "", "read NEW as a database of the given OVN release, instead of detecting it")
	f.StringVar(&o.chassis, "chassis", "", "trace from the point of view of a chassis: its template variables and local ports")
	f.Var(&once{value: &o.nb}, "nb", "northbound database of OLD, NEW or both, from which to name the rows that the deciding flows come from;\n\"auto\" is for each the one in the same archive or folder")
	o.accessOptions.flags(f)
	damageFlags(f, &o.damage)
	return cmd
}

// sendFlags are the options that say which packets are sent.
func (o *diffOptions) sendFlags(f *pflag.FlagSet) {
	o.packetOptions.flags(f)
	f.StringArrayVar(&o.ct, "ct", nil, "state of the next conntrack lookup, as flags such as new or est,rpl; may be repeated")
	f.BoolVar(&o.ctNew, "ct-new", true, ctNewUsage)
	f.IntVar(&o.limit, "limit", diff.DefaultLimit, "maximum number of packets to send")
	f.IntVarP(&o.jobs, "jobs", "j", 0, "number of packets to walk in parallel (default: number of processors)")
}

// sending checks those options.  Single says that they describe one packet.
func (o *diffOptions) sending() (single bool, how diff.Options, err error) {
	single = o.microflow != "" || o.packetOptions.used()
	if o.limit < 1 {
		return single, how, fmt.Errorf("--limit=%d: send at least one packet", o.limit)
	}
	how.Jobs = o.jobs
	for _, s := range o.ct {
		state, err := sim.ParseCTState(s)
		if err != nil {
			return single, how, fmt.Errorf("--ct: %w", err)
		}
		how.CT = append(how.CT, state)
	}
	how.CTNew = o.ctNew && (o.ctNewGiven || sim.CTNewAfter(how.CT))
	return single, how, nil
}

// runDiff compares two databases.
func runDiff(ctx context.Context, sys *System, o *diffOptions) error {
	if !slices.Contains(diff.Formats(), o.format) {
		return fmt.Errorf("--format=%s: not one of %s", o.format, strings.Join(diff.Formats(), ", "))
	}
	single, how, err := o.sending()
	if err != nil {
		return err
	}
	if o.suite != "" && single {
		return errors.New("a suite says which packets to send: leave out --suite, or --from, --to and MICROFLOW")
	}
	if err := o.checkConnections(); err != nil {
		return err
	}
	paint, err := testPaint(o.color, sys)
	if err != nil {
		return err
	}
	var report *diff.Report
	if o.suite != "" {
		report, err = o.compareSuite(ctx, sys, how)
	} else {
		report, err = o.comparePackets(ctx, sys, single, how)
	}
	if err != nil {
		return err
	}
	report.NameRows(o.norths[0].RowsOf, o.norths[1].RowsOf)
	style := diff.Style{Before: o.dbs[0], After: o.dbs[1], Verbose: o.verbose}
	if err := writeReport(sys, o.output, o.format, report.Warnings, func(w io.Writer, stdout bool) error {
		if stdout {
			style.Paint = paint
		}
		return report.Write(w, o.format, style)
	}); err != nil {
		return err
	}
	if !report.Same() {
		return &negativeError{}
	}
	return nil
}

// source returns one of the databases; 0 is the old one.
func (o *diffOptions) source(i int) *source {
	return &source{db: o.dbs[i], release: o.releases[i], chassis: o.chassis, damage: o.damage, accessOptions: o.accessOptions}
}

// open opens both databases.
func (o *diffOptions) open(ctx context.Context, sys *System) (nets [2]*lflow.Network, err error) {
	for i := range nets {
		if nets[i], err = o.source(i).open(ctx, sys); err != nil {
			return nets, err
		}
	}
	return nets, o.openNorths(ctx, sys, nets)
}

// openNorths opens the northbound databases: of each network its own, or one that is
// of at least one of them.
func (o *diffOptions) openNorths(ctx context.Context, sys *System, nets [2]*lflow.Network) error {
	if o.nb == "" {
		return nil
	}
	var other error
	for i := range nets {
		north, err := o.source(i).openNorth(ctx, sys, o.nb, nets[i], sys.warnOnce)
		switch {
		case err == nil:
			o.norths[i] = north
			sys.own(north)
		case o.nb != input.NorthAuto && errors.Is(err, explain.ErrOtherNetwork):
			other = err
		default:
			return err
		}
	}
	if o.norths[0] == nil && o.norths[1] == nil {
		return other
	}
	return nil
}

// compare opens both databases and sends planned packets through them.
func (o *diffOptions) compare(ctx context.Context, sys *System, plan *diff.Plan, how diff.Options) (*diff.Report, error) {
	nets, err := o.open(ctx, sys)
	if err != nil {
		return nil, err
	}
	var report *diff.Report
	err = sys.session().Working(ctx, comparing, func(ctx context.Context) (err error) {
		report, err = o.send(ctx, nets, plan, how)
		return err
	})
	if err != nil {
		return nil, err
	}
	report.Notes = append(plan.Notes, report.Notes...)
	return report, nil
}

// comparePackets sends one packet, or those between all ports.
func (o *diffOptions) comparePackets(ctx context.Context, sys *System, single bool, how diff.Options) (report *diff.Report, err error) {
	nets, err := o.open(ctx, sys)
	if err != nil {
		return nil, err
	}
	err = sys.session().Working(ctx, comparing, func(ctx context.Context) (err error) {
		report, err = o.comparePacketsOf(ctx, nets, single, how)
		return err
	})
	return report, err
}

// comparePacketsOf does the same with networks that are open.
func (o *diffOptions) comparePacketsOf(ctx context.Context, nets [2]*lflow.Network, single bool, how diff.Options) (*diff.Report, error) {
	if !single && o.connections {
		plan, err := diff.AllPairs(ctx, nets[0], nets[1], o.limit)
		if err != nil {
			return nil, err
		}
		report, err := o.send(ctx, nets, plan, how)
		if err != nil {
			return nil, err
		}
		report.Notes = append(plan.Notes, report.Notes...)
		return report, nil
	}
	if !single {
		report, err := diff.Everything(ctx, nets[0], nets[1], o.limit, how)
		if err == nil && report.Packets == 0 && report.Same() {
			err = errors.New("there are no packets to compare: " + strings.Join(append(report.Notes, "no two ports of both databases belong to systems"), "; "))
		}
		return report, err
	}
	plan := &diff.Plan{}
	if o.packetOptions.used() {
		protos, err := address.ExpandProtos(o.proto)
		if err != nil {
			return nil, err
		}
		books := [2]*address.Resolver{address.NewResolver(nets[0]), address.NewResolver(nets[1])}
		for _, proto := range protos {
			packets, err := diff.BuildPackets(books, address.Probe{From: o.from, To: o.to, Via: o.via, Proto: proto, Packet: o.microflow})
			if err != nil {
				return nil, err
			}
			plan.Packets = append(plan.Packets, packets...)
		}
	} else {
		plan.Packets = []diff.Packet{{Name: o.microflow, Microflow: o.microflow}}
	}
	report, err := o.send(ctx, nets, plan, how)
	if err != nil {
		return nil, err
	}
	if report.Errors() != nil {
		return nil, report.Errors()
	}
	report.Notes = append(plan.Notes, report.Notes...)
	return report, nil
}

// compareSuite sends the packets of a suite: as they are made out by the old
// database, or else by the new one.
func (o *diffOptions) compareSuite(ctx context.Context, sys *System, how diff.Options) (*diff.Report, error) {
	files, err := suites([]string{o.suite})
	if err != nil {
		return nil, err
	}
	var made [2]*suite.Report
	for i := range made {
		s := o.source(i)
		err = sys.session().Working(ctx, runningSuites, func(ctx context.Context) (err error) {
			made[i], err = suite.Run(ctx, files, suite.Options{DB: s.db, Release: s.release, Chassis: s.chassis, AsIs: true, Jobs: o.jobs, Open: s.openSuite(sys)})
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	plan, err := diff.FromSuites(made[0], made[1])
	if err != nil {
		return nil, err
	}
	return o.compare(ctx, sys, plan, how)
}
