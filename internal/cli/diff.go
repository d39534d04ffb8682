package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/diff"
	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/internal/report"
	"github.com/ovnwalk/ovnwalk/internal/suite"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
)

// diffOptions are the options of ovnwalk diff.
type diffOptions struct {
	accessOptions
	packetOptions
	damage     input.DamagePolicy
	releases   [2][]string
	chassis    string
	suite      string
	ct         []string
	ctNew      bool
	ctNewGiven bool
	limit      int
	jobs       int
	reportOptions
	verbose   bool
	dbs       [2]string
	nb        []string
	microflow string

	connections bool
	hostsAnswer bool
}

func newDiffCmd(sys *System) *cobra.Command {
	o := &diffOptions{}
	cmd := &cobra.Command{
		Use:   "diff [options] OLD NEW [MICROFLOW]",
		Short: "Compare how two databases forward packets",
		Long: `Diff sends the same packets through two databases and reports those that change:
their receivers, their headers, or the datapaths on their path.  Changes are
grouped by cause, with the deciding flows of both databases.  Table numbers,
stage names, UUIDs and registers may differ, so databases of different releases
can be compared.

The packets are those of a suite (--suite), or the one that MICROFLOW, --from
and --to describe.  Otherwise, diff first compares the contents of the databases
(logical flows, address sets, port groups, bindings, chassis priorities, learned
addresses) and generates packets that cover each difference, of new and
established connections, from ports of the datapath and of its neighbors.  It
walks each packet to verify the coverage.  Then it sends packets between all
VIFs, and to load balancers, external addresses and an outside address.
Differences that no packet covers are listed; unreachable ones are not.

OLD and NEW may be archives or directories with the databases of several zones.
Zones are matched by name and compared one by one, each with packets of its own
ports, at most --limit of them.  A packet is compared up to where it leaves its
zone; packets of --suite and connections cross zones.  A zone that only one side
has is a difference.

With --connections, the packets open connections: diff compares the results of
ovnwalk connect, and groups the connections whose verdict changes by the place
that loses a packet.

The exit status is 0 if no packet changed and every difference in content is
covered or unreachable; 1 if packets changed, if a difference is not covered, if
the databases differ and --limit excluded packets, or if only one side has a
zone; 2 on errors.`,
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
			return runDiff(cmd.Context(), sys, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.suite, "suite", "", "send the packets of the suite, ignoring its expectations")
	o.sendFlags(f)
	f.BoolVar(&o.connections, "connections", false, "compare the connections that the packets open, over all chassis")
	f.BoolVar(&o.hostsAnswer, "hosts-answer", false, "in connections, hosts answer ARP requests and neighbor solicitations")
	o.reportOptions.flags(f, diff.Formats())
	f.BoolVarP(&o.verbose, "verbose", "v", false, "show every packet")
	f.StringArrayVar(&o.releases[0], "old-release", nil, "read OLD as a database of the given OVN release, instead of detecting it;\nfor one zone as `[ZONE=]RELEASE`; may be repeated")
	f.StringArrayVar(&o.releases[1], "new-release", nil, "read NEW as a database of the given OVN release, instead of detecting it;\nfor one zone as `[ZONE=]RELEASE`; may be repeated")
	f.StringVar(&o.chassis, "chassis", "", chassisUsage)
	f.StringArrayVar(&o.nb, "nb", nil, "northbound database `[ZONE=]FILE` of OLD, NEW or both, to name the rows behind the deciding flows;\nmay be repeated; \"auto\" is for each the one in the same archive or directory")
	o.accessOptions.flags(f)
	damageFlags(f, &o.damage)
	return cmd
}

// sendFlags adds the options that select the packets to send.
func (o *diffOptions) sendFlags(f *pflag.FlagSet) {
	o.packetOptions.flags(f)
	f.StringArrayVar(&o.ct, "ct", nil, "state of the next conntrack lookup, as `FLAGS` such as new or est,rpl; may be repeated")
	f.BoolVar(&o.ctNew, "ct-new", true, ctNewUsage)
	f.IntVar(&o.limit, "limit", diff.DefaultLimit, "maximum number of packets to send")
	f.IntVarP(&o.jobs, "jobs", "j", 0, "number of packets to walk in parallel (default: number of processors)")
}

// sending checks these options.  single reports whether they describe one packet.
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
	single, how, err := o.sending()
	if err != nil {
		return err
	}
	if o.suite != "" && single {
		return errors.New("--suite cannot be combined with --from, --to or MICROFLOW: both select the packets to send")
	}
	if err := o.checkConnections(); err != nil {
		return err
	}
	found, warnings, err := o.find(ctx, sys, single, how)
	if err != nil {
		return err
	}
	style := diff.Style{Before: o.dbs[0], After: o.dbs[1], Style: report.Style{Verbose: o.verbose}}
	if err := o.reportOptions.write(sys, warnings, func(w io.Writer, paint report.Paint) error {
		style.Paint = paint
		return found.Write(w, o.format, style)
	}); err != nil {
		return err
	}
	if !found.Same() {
		return &negativeError{}
	}
	return nil
}

// diffFound is the result of a comparison of one or several databases on each side.
type diffFound interface {
	Same() bool
	Write(w io.Writer, format string, s diff.Style) error
}

// find compares the databases of both sides, and also returns their warnings.
func (o *diffOptions) find(ctx context.Context, sys *System, single bool, how diff.Options) (diffFound, []string, error) {
	var files []string
	if o.suite != "" {
		var err error
		if files, err = sys.suites([]string{o.suite}); err != nil {
			return nil, nil, err
		}
	}
	sides, err := o.open(ctx, sys)
	if err != nil {
		return nil, nil, err
	}
	var plan *diff.Plan
	if o.suite != "" {
		if plan, err = o.suitePlan(ctx, sys, files, sides); err != nil {
			return nil, nil, err
		}
	}
	if sides[0].Several() || sides[1].Several() {
		zones, err := o.compareZones(ctx, sys, sides, plan, single, how)
		if err != nil {
			return nil, nil, err
		}
		return zones, zones.Warnings(), nil
	}
	pair := zonePair{sides[0].Zones[0], sides[1].Zones[0]}
	report, err := o.comparePair(ctx, pair, func(nets [2]*lflow.Network) (*diff.Report, error) {
		if plan != nil {
			return o.comparePlan(ctx, sys, plan, pair, how)
		}
		return o.comparePackets(ctx, sys, nets, single, how)
	})
	if err != nil {
		return nil, nil, err
	}
	return report, report.Warnings, nil
}

// open finds the zones of both sides.
func (o *diffOptions) open(ctx context.Context, sys *System) (sides [2]*input.Network, err error) {
	for i := range sides {
		s := sources{accessOptions: o.accessOptions}
		s.DB, s.North, s.Release, s.Chassis, s.Damage = []string{o.dbs[i]}, o.nb, o.releases[i], o.chassis, o.damage
		s.ReleaseOption = []string{"--old-release", "--new-release"}[i]
		if sides[i], err = s.open(ctx, sys); err != nil {
			return sides, err
		}
	}
	sides[0].Beside(sides[1])
	sides[1].Beside(sides[0])
	return sides, nil
}

// errNoPackets means that no packet can be generated for databases without differences.
var errNoPackets = errors.New("there are no packets to compare")

// comparePackets sends one packet, or those between all ports, and shows a progress bar.
func (o *diffOptions) comparePackets(ctx context.Context, sys *System, nets [2]*lflow.Network, single bool, how diff.Options) (*diff.Report, error) {
	return working(ctx, sys, comparing, func(ctx context.Context) (*diff.Report, error) {
		return o.comparePacketsOf(ctx, diff.NewPair(nets[0], nets[1], how), single)
	})
}

// comparePacketsOf does the same without a progress bar.
func (o *diffOptions) comparePacketsOf(ctx context.Context, pair *diff.Pair, single bool) (*diff.Report, error) {
	nets, how := pair.Networks(), pair.Options()
	if !single && !o.connections {
		report, err := pair.Everything(ctx, o.limit)
		if err == nil && report.Packets == 0 && report.Same() {
			err = fmt.Errorf("%w: %s", errNoPackets, strings.Join(append(report.Notes, "no two ports of both databases belong to systems"), "; "))
		}
		return report, err
	}
	plan, err := o.plan(ctx, nets, single)
	if err != nil {
		return nil, err
	}
	report, err := o.send(ctx, nets, plan, how)
	if err != nil {
		return nil, err
	}
	if single && report.Errors() != nil {
		return nil, report.Errors()
	}
	report.Notes = append(plan.Notes, report.Notes...)
	return report, nil
}

// plan returns the packets to send: a single one, or those between all ports.
func (o *diffOptions) plan(ctx context.Context, nets [2]*lflow.Network, single bool) (*diff.Plan, error) {
	if !single {
		return diff.AllPairs(ctx, nets[0], nets[1], o.limit)
	}
	plan := &diff.Plan{}
	if o.packetOptions.used() {
		protos, err := address.ExpandProtos(o.proto)
		if err != nil {
			return nil, err
		}
		resolvers := [2]*address.Resolver{address.NewResolver(nets[0]), address.NewResolver(nets[1])}
		for _, proto := range protos {
			packets, err := diff.BuildPackets(resolvers, address.Probe{From: o.from, To: o.to, Via: o.via, Proto: proto, Packet: o.microflow})
			if err != nil {
				return nil, err
			}
			plan.Packets = append(plan.Packets, packets...)
		}
	} else {
		plan.Packets = []diff.Packet{{Name: o.microflow, Microflow: o.microflow}}
	}
	return plan, nil
}

// suitePlan resolves the packets of suites in the old databases, or else in the new ones.
func (o *diffOptions) suitePlan(ctx context.Context, sys *System, files []string, sides [2]*input.Network) (*diff.Plan, error) {
	var made [2]*suite.Report
	for i, side := range sides {
		how := suite.Options{DB: o.dbs[i], Chassis: o.chassis, AsIs: true, Jobs: o.jobs, Open: func(ctx context.Context, _ suite.Source) (*suite.Zones, error) {
			return zoneNetworks(nil).all(ctx, side)
		}}
		if !side.Several() {
			s := source{db: o.dbs[i], chassis: o.chassis, damage: o.damage, accessOptions: o.accessOptions}
			if len(o.releases[i]) > 0 {
				s.release = side.Zones[0].Release()
			}
			how.Release, how.Open = s.release, s.openSuite(sys)
		}
		var err error
		if made[i], err = runSuites(ctx, sys, files, how); err != nil {
			return nil, err
		}
	}
	return diff.FromSuites(made[0], made[1])
}

// comparePlan sends the packets of suites.
func (o *diffOptions) comparePlan(ctx context.Context, sys *System, plan *diff.Plan, p zonePair, how diff.Options) (*diff.Report, error) {
	report, err := working(ctx, sys, comparing, func(ctx context.Context) (*diff.Report, error) {
		return o.send(ctx, [2]*lflow.Network{p[0].Opened(), p[1].Opened()}, plan, how)
	})
	if err != nil {
		return nil, err
	}
	report.Notes = append(plan.Notes, report.Notes...)
	return report, nil
}
