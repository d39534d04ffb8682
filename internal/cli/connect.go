package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/tracetext"
)

// connectOptions are the options of ovnwalk connect.
type connectOptions struct {
	sources
	question connectQuestion
	format   string
	color    string
	verbose  bool

	obstacles bool
	whyNot    string
	physical  bool
}

// connectQuestion is the connection that connect walks, independent of the databases.
type connectQuestion struct {
	packetOptions
	size        int
	down        []string
	macs        []string
	hostsAnswer bool
	conntrack   conntrackOptions
	lbDst       string
	selectID    uint16
	microflow   string
	chassis     string // the chassis that sends the first packet, "" for that of the port
}

func newConnectCmd(sys *System) *cobra.Command {
	o := &connectOptions{}
	cmd := &cobra.Command{
		Use:   "connect [options] [MICROFLOW]",
		Short: "Predict what happens to a connection",
		Long: `Connect walks the first packet of a connection, the receiver's reply and, for
TCP, the third packet of the handshake, over all chassis, with a connection
table on each.  It predicts what real chassis do, while trace prints what
ovn-trace(8) prints.

--from, --to and --proto describe the first packet; MICROFLOW adds fields, or
describes all of it with its inport.  --from physnet:NAME sends it from the
physical network NAME, --from physnet from the only one.

The first line is the verdict:

  works         the connection is established
  refused       a TCP reset or an ICMP error comes back
  fails         the first packet is lost
  one-way       a later packet is lost
  varies        the result depends on a choice, such as the backend
  host-stack    the network stack of a node decides
  missing-zone  a packet enters a zone whose database is not given
  uncertain     the walk reached a limit or an action that is not modelled

The exit status is 0 for works, 1 for refused, fails, one-way and varies, and
2 otherwise.`,
		Example: `  ovnwalk connect --db southbound.db --from web1 --to db1 --proto tcp:443
  ovnwalk connect --db southbound.db --chassis-down gw1 --from vm1 --to 198.51.100.7 --proto icmp`,
		Args: func(_ *cobra.Command, args []string) error { return o.question.positional(args) },
		RunE: func(cmd *cobra.Command, _ []string) error { return runConnect(cmd.Context(), sys, o) },
	}
	f := cmd.Flags()
	o.flags(f)
	return cmd
}

func (o *connectOptions) flags(f *pflag.FlagSet) {
	o.sources.flags(f)
	o.question.flags(f)
	f.Lookup("chassis").Usage = "chassis from which the first packet is sent, if several have the port, such as a localport"
	f.BoolVar(&o.obstacles, "obstacles", false, "list everything that loses a packet: after each obstacle, continue as if it were removed")
	f.StringVar(&o.whyNot, "why-not", "", "show the flows that nearly matched: for lost packets, or for all packets at STAGE, the flow UUID, or those on the path to PORT")
	f.Lookup("why-not").NoOptDefVal = explainAll
	f.BoolVar(&o.physical, "physical", false, "show which chassis runs each pipeline, and the contents of the tunnel headers between chassis")
	choose(f, &o.format, "format", "text", "answer as "+strings.Join(connectFormats, ", "), connectFormats...)
	colorFlag(f, &o.color)
	f.BoolVarP(&o.verbose, "verbose", "v", false, "show each packet's trace as well")
	o.northFlag(f, "to name the rows behind the deciding flows")
}

func (o *connectQuestion) flags(f *pflag.FlagSet) {
	o.packetOptions.flags(f)
	f.Lookup("from").Usage = "logical port that opens the connection, or physnet:NAME for a host on a physical network"
	f.IntVar(&o.size, "size", 0, "size of the packets in `BYTES`, for flows that compare it with an MTU")
	f.StringArrayVar(&o.down, "chassis-down", nil, "walk as if the chassis `NAME` were down; may be repeated")
	f.StringArrayVar(&o.macs, "mac", nil, "Ethernet address of a host that routers have learned, as `IP=MAC`; may be repeated")
	f.StringVar(&o.lbDst, "lb-dst", "", "backend that load balancers select, as `IP[:PORT]` (default: each in turn)")
	f.Uint16Var(&o.selectID, "select-id", 0, "member that select actions choose (default: each in turn)")
	f.StringArrayVar(&o.conntrack.tables, "conntrack", nil, "initial connection table of a chassis, as `CHASSIS=FILE`: the output of \"ovs-appctl dpctl/dump-conntrack\"\nor \"conntrack -L\"; may be repeated")
	f.StringArrayVar(&o.conntrack.zones, "ct-zones", nil, "names of the conntrack zones of --conntrack, as `CHASSIS=FILE`: the output of \"ovn-appctl -t ovn-controller ct-zone-list\"\nor \"ovs-vsctl list Bridge\", or a conf.db; may be repeated")
	f.BoolVar(&o.hostsAnswer, "hosts-answer", false, "hosts, on ports and on physical networks, answer ARP requests and neighbor solicitations")
}

func runConnect(ctx context.Context, sys *System, o *connectOptions) error {
	if o.verbose && o.format != "text" {
		return fmt.Errorf("-v shows traces as text; give it without --format=%s", o.format)
	}
	options, err := o.question.options()
	if err != nil {
		return err
	}
	options.Obstacles = o.obstacles
	o.question.chassis, o.Chassis = o.Chassis, "" // flows are evaluated on the chassis where the packet is
	zones, err := o.sources.open(ctx, sys)
	if err != nil {
		return err
	}
	a, err := o.question.ask(ctx, sys, clusterSources(ctx, zones.Zones), *options)
	if err != nil {
		return err
	}
	rows, err := newOrigins(ctx, zones)
	if err != nil {
		return err
	}
	index, _, err := zones.Names(ctx)
	if err != nil {
		return err
	}
	a.Use(index)
	about := connectAbout{origins: rows, physical: o.physical, paint: reportPaint(o.format, o.color, sys), columns: lineWidth(sys.Stdout)}
	if about.whyNot, err = o.explain(a, zones); err != nil {
		return err
	}
	if o.format != "json" {
		a.ShowNodes()
	}
	switch o.format {
	case "json":
		err = writeConnectJSON(sys.Stdout, a, &about)
	case "html":
		err = writeConnectPage(sys.Stdout, a, &about, sys.about(strings.Join(zones.Request().DB, ", ")))
	default:
		err = writeConnectText(sys.Stdout, a, &about)
		if err == nil && o.verbose {
			err = writeTraces(sys, a, paintFor(o.color, sys))
		}
	}
	if err != nil {
		return err
	}
	return connectStatus(a)
}

// connectFormats are the output formats of connect.
var connectFormats = []string{"text", "json", "html"}

// connectStatus returns an error with the exit status for an answer, nil for 0.
func connectStatus(a *connect.Answer) error {
	switch a.Verdict {
	case connect.Works:
		return nil
	case connect.Refused, connect.Fails, connect.OneWay, connect.Varies:
		return &negativeError{}
	default:
	}
	return &reportedError{}
}

// positional reads the arguments that are not options.
func (o *connectQuestion) positional(args []string) error {
	if len(args) > 1 || len(args) == 0 && !o.used() {
		return errors.New("the connection is described by --from, --to and --proto or by one MICROFLOW (see 'ovnwalk connect --help')")
	}
	if len(args) == 1 {
		o.microflow = args[0]
	}
	return nil
}

// options returns the options of the walk.
func (o *connectQuestion) options() (*connect.Options, error) {
	if o.size < 0 {
		return nil, fmt.Errorf("--size=%d: the size is negative", o.size)
	}
	options := &connect.Options{Size: o.size, HostsAnswer: o.hostsAnswer, SelectID: o.selectID, MACs: map[packet.Value]uint64{}}
	for _, text := range o.macs {
		ip, mac, err := parseMACOption(text)
		if err != nil {
			return nil, err
		}
		options.MACs[ip] = mac
	}
	if o.lbDst != "" {
		var err error
		if options.LBDst, err = sim.ParseBackend(o.lbDst); err != nil {
			return nil, fmt.Errorf("--lb-dst: %w", err)
		}
	}
	return options, nil
}

// ask walks the connection through the databases of a cluster.
func (o *connectQuestion) ask(ctx context.Context, sys *System, zones []cluster.Source, options connect.Options) (*connect.Answer, error) {
	c, err := cluster.Open(zones, cluster.Options{Down: o.down})
	if err != nil {
		return nil, fmt.Errorf("--chassis-down: %w", err)
	}
	first, err := o.first(sys, c)
	if err != nil {
		return nil, err
	}
	if options.Conntrack, err = o.conntrack.read(ctx, c); err != nil {
		return nil, err
	}
	a := connect.Ask(c, &options, first)
	if err := c.Failure(); err != nil {
		return nil, err
	}
	for _, text := range a.Warnings {
		sys.warn(text)
	}
	switch {
	case a.Unused.LBDst:
		return nil, fmt.Errorf("--lb-dst=%s: no load balancer on the connection's path lists that backend", o.lbDst)
	case a.Unused.SelectID:
		return nil, fmt.Errorf("--select-id=%d: no select action on the connection's path has that member", o.selectID)
	}
	return a, nil
}

// clusterSources returns the zones as sources of a cluster.
func clusterSources(ctx context.Context, zones []*input.Zone) (all []cluster.Source) {
	for _, z := range zones {
		if z.Err == nil {
			all = append(all, cluster.Source{Zone: z.Zone, Network: func() (*lflow.Network, error) { return z.Network(ctx) }})
		}
	}
	return all
}

// parseMACOption reads IP=MAC.
func parseMACOption(text string) (ip packet.Value, mac uint64, err error) {
	left, right, ok := strings.Cut(text, "=")
	if !ok {
		return ip, 0, fmt.Errorf("--mac=%s: not an IP address and an Ethernet address as IP=MAC", text)
	}
	if ip, mac, err = connect.ParseNeighbor(left, right); err != nil {
		return ip, 0, fmt.Errorf("--mac=%s: %w; give IP=MAC", text, err)
	}
	return ip, mac, nil
}

// first returns the first packet, and prints it on standard error.
func (o *connectQuestion) first(sys *System, c *cluster.Cluster) (*connect.First, error) {
	opening := connect.Opening{Microflow: o.microflow, Chassis: o.chassis}
	if p := o.packetOptions; p.used() {
		opening.Probe, opening.Microflow = address.Probe{From: p.from, To: p.to, Via: p.via, Proto: p.proto, Packet: o.microflow}, ""
	}
	f, err := opening.First(c)
	if err != nil {
		return nil, err
	}
	if f.Microflow != "" {
		sys.say("packet: " + f.Microflow)
	}
	for _, text := range f.Assumed {
		sys.say("assumed: " + text)
	}
	for _, text := range f.Warnings {
		sys.warn(text)
	}
	return f, nil
}

// writeTraces writes the traces of all packets.
func writeTraces(sys *System, a *connect.Answer, paint tracetext.Paint) error {
	for i := range a.Outcomes {
		for j := range a.Outcomes[i].Packets {
			p := &a.Outcomes[i].Packets[j]
			fmt.Fprintf(sys.Stdout, "\n# outcome %d, %s\n", i+1, p.Role)
			for _, node := range p.Trace.Root.Nodes {
				root, ok := node.(*trace.Pipeline)
				if !ok {
					continue
				}
				t := *p.Trace
				t.Root, t.Packet = root, p.Sent
				if err := tracetext.Write(verbatim(sys.Stdout), &t, tracetext.Views{Detailed: true}, paint); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
