package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/internal/reach"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// reachOptions are the options of ovnwalk reach.
type reachOptions struct {
	sources
	from, to string
	spoof    bool
	bothWays bool
	dropped  string
	through  string
	format   string
	color    string
	assert   reach.Assertion
	packets  string
	limit    int
	isDiff   bool
	diff     []string // OLD and NEW
	matrix   matrixOptions
}

func newReachCmd(sys *System) *cobra.Command {
	o := &reachOptions{}
	cmd := &cobra.Command{
		Use:   "reach [options] [MICROFLOW] | reach --diff [options] OLD NEW [MICROFLOW]",
		Short: "Prove which packets can reach a port",
		Long: `Reach walks the set of all packets that a port may send, and prints the sets
that arrive, as matches, each with the ACLs that allow it.  The packets are the
first ones of connections, with every choice of a backend.

--from and --to are ports, objects with ports, port groups, switches, IP
addresses and prefixes, physnet:NAME for a physical network, or "any" for all
VIFs; several are separated by commas, and a name with a comma is in double
quotes.  With the databases of several interconnect zones they are ports of all
zones.  --to alone shows all senders, --from alone all destinations.  Senders
use their own addresses; with --spoof they use any.  A MICROFLOW narrows the
packets.

An assertion is proven (exit status 0), refuted with a line "counterexample:
MICROFLOW" (1), or neither (2), because some packets reach a flow that does not
parse, an action that is not modelled, or a limit.

With --diff, the output is exactly the packets with different results in OLD and
NEW.  The exit status is 1 if there are any, 0 if it is proven that there are
none, and 2 if some packets cannot be compared.  Zones are matched by name; one
that only one side has is a difference.

With --matrix, the results of all pairs of ports, of all zones, are written to a
file; reach merge joins the parts of several machines.`,
		Example: `  ovnwalk reach --db southbound.db --from web1 --to db1
  ovnwalk reach --db southbound.db --to db1 --assert-only 'tcp.dst == 5432'
  ovnwalk reach --db southbound.db --from @tenant-a --to @tenant-b --assert-none ip
  ovnwalk reach --diff before.db after.db`,
		Args: func(_ *cobra.Command, args []string) error {
			if o.isDiff && !o.matrix.is {
				if len(args) < 2 || len(args) > 3 || len(o.sources.DB) > 0 {
					return errors.New("--diff compares two databases: give OLD and NEW, without --db, and at most one MICROFLOW")
				}
				o.diff, args = args[:2], args[2:]
				o.packets = strings.Join(args, "")
				return nil
			}
			if err := o.checkMatrix(); err != nil {
				return err
			}
			if len(args) > 1 || o.from == "" && o.to == "" && !o.matrix.is {
				return errors.New("give --from, --to or both, and at most one MICROFLOW (see 'ovnwalk reach --help')")
			}
			if a := &o.assert; a.None && a.All || a.Only != "" && (a.None || a.All) {
				return errors.New("--assert-none, --assert-only and --assert-all are three assertions: give one (see 'ovnwalk reach --help')")
			}
			if len(args) == 1 {
				o.packets = args[0]
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return runReach(cmd.Context(), sys, o) },
	}
	f := cmd.Flags()
	o.flags(f)
	cmd.AddCommand(newReachMergeCmd(sys))
	return cmd
}

func (o *reachOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&o.from, "from", "", "ports that send (default: all VIFs)")
	f.StringVar(&o.to, "to", "", "ports at which packets arrive (default: all)")
	f.BoolVar(&o.spoof, "spoof", false, "senders use all addresses that port security allows, not only their own")
	f.BoolVar(&o.bothWays, "both-ways", false, "add the results of replies, with the connections that the packets commit;\nassertions are then about packets whose replies arrive")
	f.StringVar(&o.dropped, "dropped", "", "show only packets that are dropped with this `CODE`")
	f.StringVar(&o.through, "through", "", "show only packets that cross this `DATAPATH`")
	f.BoolVar(&o.assert.None, "assert-none", false, "prove that no packet arrives, for any choice of a backend or next hop")
	f.StringVar(&o.assert.Only, "assert-only", "", "prove that the packets that arrive satisfy `MATCH`")
	f.BoolVar(&o.assert.All, "assert-all", false, "prove that all packets that are addressed to --to arrive, for every choice")
	f.BoolVar(&o.isDiff, "diff", false, "compare two databases, OLD and NEW: print exactly the packets with different results")
	f.IntVar(&o.limit, "limit", reach.MaxClasses, "maximum number of classes of packets to walk for the ports of a datapath; the remaining packets are undecided")
	f.StringVar(&o.format, "format", "", "output format: text or json (default text); of a matrix ndjson or csv (default by the name of its file)")
	colorFlag(f, &o.color)
	f.BoolVar(&o.matrix.is, "matrix", false, "write the results for the packets between all pairs of ports, by classes of ports")
	outputFlag(f, &o.matrix.output, "output", "o", writesMatrix, "file of the matrix: .ndjson or .csv, followed by .gz, .zst or .xz to compress it")
	f.StringVar(&o.matrix.shard, "shard", "", "walk the share `K/N` of the matrix, and write a part for 'reach merge'; job/N is the share of a pod of an Indexed Job")
	f.BoolVar(&o.matrix.resume, "resume", false, "continue a matrix that was interrupted")
	o.sources.flags(f)
	o.northFlag(f, "to name the rows behind the deciding flows")
}

func (o *reachOptions) asserts() bool { return o.assert != reach.Assertion{} }

func runReach(ctx context.Context, sys *System, o *reachOptions) error {
	if o.bothWays && (o.to == "" || o.isDiff || o.matrix.is) {
		return errors.New("--both-ways is about replies to packets that arrive at --to: give it, without --diff and --matrix")
	}
	if o.limit < 1 {
		return fmt.Errorf("--limit=%d: walk at least one class", o.limit)
	}
	if o.matrix.is {
		return runMatrix(ctx, sys, o)
	}
	if o.format = cmp.Or(o.format, "text"); o.format != "text" && o.format != "json" {
		return fmt.Errorf("--format=%s: not one of text or json", o.format)
	}
	if o.isDiff {
		return runReachDiff(ctx, sys, o)
	}
	if o.asserts() && o.to == "" {
		return errors.New("an assertion is about packets that arrive at --to: give it")
	}
	defer collectLate(400)()
	s, err := o.begin(ctx, sys)
	if err != nil {
		return err
	}
	a, err := working(ctx, sys, walkingClasses, func(ctx context.Context) (*reach.Answer, error) { return s.Ask(ctx, s.question) })
	if err != nil {
		return err
	}
	var proof *reach.Proof
	if o.asserts() {
		if proof, err = a.Check(o.assert); err != nil {
			return fmt.Errorf("--assert-only: %w", err)
		}
	}
	w := reachWriter{a: a, o: o, rows: s.rows, proof: proof, paint: reportPaint(o.format, o.color, sys)}
	if o.format == "json" {
		err = w.json(sys.Stdout)
	} else {
		err = w.text(sys.Stdout)
	}
	switch {
	case err != nil || proof == nil || proof.Holds:
		return err
	case proof.Counterexample != "":
		return &negativeError{}
	}
	return &reportedError{}
}

// reachSource is the network of a question.
type reachSource struct {
	zones *input.Network
	*reach.Zones
	rows     origins
	question *reach.Question
}

// begin opens the databases and resolves the question.
func (o *reachOptions) begin(ctx context.Context, sys *System) (*reachSource, error) {
	o.AsChassis = true // flows of chassis, not of ovn-trace
	zones, err := o.sources.open(ctx, sys)
	if err != nil {
		return nil, err
	}
	networks, err := zones.Networks(ctx)
	if err != nil {
		return nil, err
	}
	s := &reachSource{zones: zones, Zones: reachZones(ctx, sys, zones, networks)}
	if s.rows, err = newOrigins(ctx, zones); err != nil {
		return nil, err
	}
	objects, _, err := zones.Names(ctx)
	if err != nil {
		return nil, err
	}
	for _, resolver := range s.Resolvers {
		resolver.UseNames(objects)
	}
	if s.question, err = o.ask(s.Zones); err == nil && o.format == "text" {
		s.question.Shown = func(r *reach.Result) string { return strings.Join(append(rulesOf(r, s.rows), r.String()), "\n") }
	}
	return s, err
}

// reachZones returns the zones of a question.  Differences between two zones that belong
// together are printed when a walk first crosses between them.
func reachZones(ctx context.Context, sys *System, zones *input.Network, networks []*lflow.Network) *reach.Zones {
	out := &reach.Zones{}
	for _, n := range networks {
		out.Resolvers = append(out.Resolvers, address.NewResolver(n))
		for _, z := range zones.Zones {
			if z.Opened() == n {
				out.Names = append(out.Names, z.String())
			}
		}
	}
	if cross := across(ctx, zones); cross != nil {
		out.Across = func(port *lflow.Port) sim.Entry {
			e := cross(port)
			for _, text := range e.Warnings {
				sys.session().WarnOnce(text)
			}
			return e
		}
	}
	return out
}

// ask returns the question that the options describe.
func (o *reachOptions) ask(zones *reach.Zones) (q *reach.Question, err error) {
	q = &reach.Question{Spoof: o.spoof, BothWays: o.bothWays, Packets: o.packets, Limit: o.limit, Later: o.assert.OfAll()}
	if q.From, err = reachPorts(zones, "from", o.from); err != nil {
		return nil, err
	}
	if q.To, err = reachPorts(zones, "to", o.to); err != nil {
		return nil, err
	}
	if o.through != "" {
		if q.Through, err = zones.Datapaths(o.through); err != nil {
			return nil, fmt.Errorf("--through=%s: %w", o.through, err)
		}
	}
	if o.dropped != "" {
		q.Dropped = verdict.Code(o.dropped)
		if isOfChassis := q.Dropped == connect.NoTunnel || q.Dropped == connect.UnboundPort; q.Dropped.Meaning() == "" && !isOfChassis {
			return nil, fmt.Errorf("--dropped=%s: no such code (see 'ovnwalk trace --help', or docs/verdicts.md, for the codes)", o.dropped)
		}
	}
	return q, nil
}

// reachPorts returns the ports that an option names, nil if it is not given.
func reachPorts(zones *reach.Zones, option, text string) (ports []*lflow.Port, err error) {
	if text == "" {
		return nil, nil
	}
	if ports, err = zones.Select(text); err != nil {
		return nil, fmt.Errorf("--%s=%s: %w", option, text, err)
	}
	return ports, nil
}
