package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/internal/page"
	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/internal/suite"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/tracetext"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// traceOptions are the options of ovnwalk trace.
type traceOptions struct {
	sources
	packetOptions
	formatOptions
	openFlowOptions
	explainOptions
	batch    string
	views    tracetext.Views
	all      bool
	ct       []string
	ctNew    bool
	lbDst    string
	selectID string
	plain    bool // --no-friendly-names; the last of both options counts
	strict   bool
	color    string

	datapath, microflow string
	emptyName           bool // whether DATAPATH was given as ""
}

func newTraceCmd(sys *System) *cobra.Command {
	o := &traceOptions{}
	cmd := &cobra.Command{
		Use:   "trace [options] [DATAPATH] MICROFLOW",
		Short: "Trace a packet through a logical network",
		Long: `Trace simulates the forwarding of the packet described by MICROFLOW and prints
the output of ovn-trace(8) of the release that wrote the database.

DATAPATH is the logical switch or router where the packet starts, given by its
name, its friendly name, or a prefix of its UUID.  The default is the datapath
of the inport in MICROFLOW.

With --from, --to and --proto the packet is built from the addresses of the
ports; MICROFLOW may then specify more fields, or be omitted.  The resulting
packet is printed on standard error, as a microflow that ovn-trace(8) accepts.

With the databases of several interconnect zones, the walk continues in the zone
that has a port of type remote; the tree names the zone below the output.`,
		Example: `  ovnwalk trace --db demo --summary network1 'inport == "vm1" &&
    eth.src == 40:44:00:00:00:01 && eth.dst == 40:44:00:00:00:03 &&
    ip4.src == 192.168.0.11 && ip4.dst == 192.168.1.11 && ip.ttl == 64'
  ovnwalk trace --db demo --minimal --from vm1 --to vm2 --proto tcp:443`,
		Args: func(_ *cobra.Command, args []string) error {
			if o.batch != "" {
				return checkBatchOptions(args)
			}
			return o.take(args)
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runTrace(cmd.Context(), sys, o)
		},
	}
	f := cmd.Flags()
	o.flags(f)
	f.StringVar(&o.batch, "batch", "", "trace each line of a `FILE` (- for standard input), such as {\"args\": [\"sw0\", \"inport == ...\"]}")
	return cmd
}

// take reads the arguments that are not options.
func (o *traceOptions) take(args []string) error {
	if len(args) > 2 || len(args) < 1 && !o.packetOptions.used() {
		return errors.New("one or two non-option arguments are required: [DATAPATH] MICROFLOW (see 'ovnwalk trace --help')")
	}
	if len(args) == 2 {
		o.datapath, o.emptyName = args[0], args[0] == ""
	}
	if len(args) > 0 {
		o.microflow = args[len(args)-1]
	}
	return nil
}

// flags adds the options that a line of a batch can also have.
func (o *traceOptions) flags(f *pflag.FlagSet) {
	o.sources.flags(f)
	o.packetOptions.flags(f)
	f.BoolVar(&o.views.Detailed, "detailed", false, "show each table with the matching flow and its actions (default)")
	f.BoolVar(&o.views.Summary, "summary", false, "show the actions without the tables")
	f.BoolVar(&o.views.Minimal, "minimal", false, "show only modifications and outputs")
	f.BoolVar(&o.all, "all", false, "show all three views")
	o.formatOptions.flags(f)
	o.explainOptions.flags(f)
	o.northFlag(f, "to name the rows behind the deciding flows; adds the verdict to the views")
	f.StringArrayVar(&o.ct, "ct", nil, "state of the next conntrack lookup, as `FLAGS` such as new or est,rpl; may be repeated")
	f.BoolVar(&o.ctNew, "ct-new", false, ctNewUsage)
	f.StringVar(&o.lbDst, "lb-dst", "", "backend that load balancers select, as IP[:PORT]")
	f.StringVar(&o.selectID, "select-id", "", "member that select actions choose, a number above 0")
	setBool(f, &o.plain, false, "friendly-names", "show friendly names of ports and datapaths (default)")
	setBool(f, &o.plain, true, "no-friendly-names", "show the names of ports and datapaths that flows use")
	o.openFlowOptions.flags(f)
	f.BoolVar(&o.strict, "strict", false, "exit with status 1 if the walk is uncertain")
	colorFlag(f, &o.color)
}

// setBool adds an option without a value that sets b to the given value.
func setBool(f *pflag.FlagSet, b *bool, to bool, name, usage string) {
	f.BoolFunc(name, usage, func(given string) error {
		v, err := strconv.ParseBool(given)
		*b = v == to
		return err
	})
}

// runTrace runs ovnwalk trace.
func runTrace(ctx context.Context, sys *System, o *traceOptions) error {
	if o.batch != "" {
		return runBatch(ctx, sys, o)
	}
	q, err := o.question(ctx, sys)
	if err != nil {
		return err
	}
	defer setGCPercent(200)() // most objects of a single walk live to its end
	zones, err := o.openQuiet(ctx, sys)
	if err != nil {
		return err
	}
	return traceOver(ctx, sys, o, zones, q)
}

// openQuiet finds the zones; traceOver prints the warnings of their databases.
func (o *traceOptions) openQuiet(ctx context.Context, sys *System) (*input.Network, error) {
	quiet := o.sources
	quiet.Warn = func(string) {}
	return quiet.open(ctx, sys)
}

// start returns the network of the zone in which the packet starts, that of its sender.
func (o *traceOptions) start(ctx context.Context, zones *input.Network) (*lflow.Network, error) {
	var first *lflow.Network
	for _, z := range o.senders(zones, o.microflow) {
		n, err := z.Network(ctx)
		if err != nil {
			return nil, err
		}
		if first == nil {
			first = n
		}
		if d, _ := n.Datapath(o.datapath); o.datapath == "" || d != nil {
			return n, nil
		}
	}
	if first == nil {
		_, err := zones.Networks(ctx)
		return nil, err
	}
	return first, nil
}

// explainQuestion is what the options ask for, independent of the network.
type explainQuestion struct {
	sim.Request
	paint tracetext.Paint
}

// question reads the options' values.
func (o *traceOptions) question(ctx context.Context, sys *System) (q explainQuestion, err error) {
	viewed := o.all || o.views != (tracetext.Views{})
	if err := o.formatOptions.choose(viewed); err != nil {
		return q, err
	}
	o.explainOptions.settle(&o.formatOptions, viewed, len(o.North) > 0)
	if q.Request, err = o.request(); err != nil {
		return q, err
	}
	if q.OpenFlow, err = o.openFlow(ctx, &o.accessOptions, sys.warn); err != nil {
		return q, err
	}
	if o.form.write == nil {
		q.paint = paintFor(o.color, sys)
	}
	q.paint.PlainNames = o.plain
	return q, nil
}

func traceOver(ctx context.Context, sys *System, o *traceOptions, zones *input.Network, q explainQuestion) error {
	n, err := o.start(ctx, zones)
	if err != nil {
		return err
	}
	req, paint := q.Request, q.paint
	req.Across = across(ctx, zones)
	for _, w := range n.Warnings {
		sys.warn(w.Text)
	}
	if o.packetOptions.used() {
		if err := o.packetOptions.destination(ctx, zones, n); err != nil {
			return err
		}
		if req, err = o.packetOptions.complete(sys, n, req); err != nil {
			return err
		}
	}
	d, p, warnings, err := sim.Start(n, req)
	if err != nil {
		return err
	}
	walk := req.Choices
	walk.Brief = o.onlyVerdict(&o.formatOptions)
	t, err := sim.Walk(n, d, p, walk)
	if err != nil {
		return err
	}
	t.Warnings = append(warnings, t.Warnings...)
	for _, w := range t.Warnings {
		sys.warn(w.Text)
	}
	names := wording.Names{Plain: o.plain}
	for _, text := range unusedChoices(n, req, t, o) {
		sys.warn(text)
	}
	if o.verdict {
		if err := suite.UnlistedBackend(n, req, t); err != nil {
			return err
		}
	}
	a := &answerInput{trace: t, network: n, zones: zones, choices: req.Choices, about: func() page.About { return sys.about(o.name(sys)) }, line: o.line, names: names}
	if hint := newConnectionHint(n, d, req.Choices, t, a.dispositions, names); hint != "" {
		sys.say("note: " + hint)
	}
	carry(n, t)
	if err := o.write(ctx, sys, a, paint); err != nil {
		return err
	}
	if o.strict && verdict.IsUncertain(t) {
		return &negativeError{}
	}
	return nil
}

// write writes the trace and what the options request besides.
func (o *traceOptions) write(ctx context.Context, sys *System, a *answerInput, paint tracetext.Paint) error {
	if len(o.North) > 0 {
		if err := a.openNorths(ctx, sys); err != nil {
			return err
		}
	}
	if o.explainOptions.used() || o.form.write != nil {
		index, err := sys.index(ctx, a.zones)
		if err != nil {
			return err
		}
		if index.Annotate(a.network, a.trace) {
			a.ends = nil
		}
	}
	if err := o.explainOptions.find(a); err != nil {
		return err
	}
	if o.form.write != nil {
		return o.form.write(sys.Stdout, a)
	}
	if !o.explainOptions.used() || o.explainOptions.viewed {
		if err := tracetext.Write(verbatim(sys.Stdout), a.trace, o.shown(), paint); err != nil {
			return err
		}
	}
	if o.explainOptions.used() || o.below {
		return o.explainOptions.answer(sys, a, paint)
	}
	return nil
}

// openNorths opens the northbound databases of the zones that the walk entered.
func (a *answerInput) openNorths(ctx context.Context, sys *System) error {
	for _, z := range a.zones.Zones {
		if z.Opened() == nil {
			continue
		}
		norths, err := z.North(ctx)
		if err != nil {
			return err
		}
		for _, north := range norths {
			for _, text := range north.Warnings() {
				sys.warnOnce(text)
				a.trace.Warnings = append(a.trace.Warnings, trace.Warning{Text: text})
			}
		}
	}
	a.origins, a.northbound = a.zones.Rows, a.zones.NorthOf(a.network)
	return nil
}

// shown returns the views to print: by default, the detailed one.
func (o *traceOptions) shown() tracetext.Views {
	switch {
	case o.all:
		return tracetext.Views{Detailed: true, Summary: true, Minimal: true}
	case o.views == (tracetext.Views{}):
		return tracetext.Views{Detailed: true}
	}
	return o.views
}

// request returns the request that the options describe.
func (o *traceOptions) request() (sim.Request, error) {
	r := sim.Request{Datapath: o.datapath, EmptyName: o.emptyName, Microflow: o.microflow}
	r.CTNew = o.ctNew
	for _, s := range o.ct {
		state, err := sim.ParseCTState(s)
		if err != nil {
			return r, fmt.Errorf("--ct: %w", err)
		}
		r.CT = append(r.CT, state)
	}
	if o.lbDst != "" {
		b, err := sim.ParseBackend(o.lbDst)
		if err != nil {
			return r, fmt.Errorf("--lb-dst: %w", err)
		}
		r.LBDst = b
	}
	if o.selectID != "" {
		id, err := sim.ParseSelectID(o.selectID)
		if err != nil {
			return r, fmt.Errorf("--select-id: %w", err)
		}
		r.SelectID = id
	}
	return r, nil
}
