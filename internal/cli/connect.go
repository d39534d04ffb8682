package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/tracetext"
)

// connectOptions are the options of ovnwalk connect.
type connectOptions struct {
	source
	packetOptions
	zones       zones
	format      string
	verbose     bool
	size        int
	down        []string
	macs        []string
	hostsAnswer bool
	nb          []string
	microflow   string
}

// physnet is the prefix of --from that names a physical network.
const physnet = "physnet"

func newConnectCmd(sys *System) *cobra.Command {
	o := &connectOptions{}
	cmd := &cobra.Command{
		Use: "connect [options] [MICROFLOW]",

		DisableFlagsInUseLine: true,

		Short: "Say what the network does to a connection",
		Long: `Connect walks the first packet of a connection, the reply of whoever receives it
and, of TCP, what the sender says to that, over all chassis that they cross and
against one connection table on each.  It says what real chassis would do, where
trace says what ovn-trace(8) prints.

--from, --to and --proto describe the first packet, or MICROFLOW does, whose
inport then says where it starts.  --from physnet:NAME sends it from the physical
network NAME, --from physnet from the only one.

The first line is the verdict: works; refused, where a reset or an ICMP error came
back; fails, where the first packet is lost; one-way, where a later one is; varies,
where it depends on a choice such as the back end; host-stack, where the network
stack of a node decides; missing-zone, where it enters a zone of which no database
is given; uncertain, where the walk came to a bound.
The exit status is 0 for works, 1 for refused, fails, one-way and varies, else 2.`,
		Example: `  ovnwalk connect --db southbound.db --from web1 --to db1 --proto tcp:443
  ovnwalk connect --db southbound.db --chassis-down gw1 --from vm1 --to 198.51.100.7 --proto icmp`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 || len(args) == 0 && !o.packetOptions.used() {
				return errors.New("the connection is described by --from, --to and --proto or by one MICROFLOW (see 'ovnwalk connect --help')")
			}
			if len(args) == 1 {
				o.microflow = args[0]
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return runConnect(cmd.Context(), sys, o) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	o.flags(f)
	return cmd
}

func (o *connectOptions) flags(f *pflag.FlagSet) {
	o.source.flags(f)
	o.zones.flags(f)
	o.packetOptions.flags(f)
	f.Lookup("from").Usage = "logical port that opens the connection, or physnet:NAME for a host on a physical network"
	f.StringVar(&o.format, "format", "text", "answer as text or json")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "show each packet's trace as well")
	f.IntVar(&o.size, "size", 0, "size of the packets in `BYTES`, for flows that ask whether they are larger than a bound")
	f.StringArrayVar(&o.down, "chassis-down", nil, "walk as if the chassis `NAME` were down; may be repeated")
	f.StringArrayVar(&o.macs, "mac", nil, "routers know the Ethernet address of a host, as `IP=MAC`; may be repeated")
	f.StringArrayVar(&o.nb, "nb", nil, "northbound database `FILE`, from which to name the rows that the deciding flows come from; may be repeated, for several zones"+northUsage)
	f.BoolVar(&o.hostsAnswer, "hosts-answer", false, "hosts on ports and outside answer ARP requests and neighbor solicitations")
}

func runConnect(ctx context.Context, sys *System, o *connectOptions) (err error) {
	if o.format != "text" && o.format != "json" {
		return fmt.Errorf("--format=%s: not one of text or json", o.format)
	}
	if o.verbose && o.format != "text" {
		return errors.New("-v shows traces as text; give it without --format=json")
	}
	if o.size < 0 {
		return fmt.Errorf("--size=%d: a size is not negative", o.size)
	}
	options := connect.Options{Size: o.size, HostsAnswer: o.hostsAnswer, MACs: map[packet.Value]uint64{}}
	for _, text := range o.macs {
		ip, mac, err := parseMACOption(text)
		if err != nil {
			return err
		}
		options.MACs[ip] = mac
	}
	networks, paths, err := o.zones.open(ctx, sys, o.source)
	if err != nil {
		return err
	}
	c, err := cluster.New(networks, cluster.Options{Down: o.down})
	if err != nil {
		return fmt.Errorf("--chassis-down: %w", err)
	}
	from, first, err := o.first(sys, c)
	if err != nil {
		return err
	}
	rows, err := o.openNorths(ctx, sys, networks, paths)
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(rows.finish(), err) }()
	a := connect.Ask(c, &options, from, first)
	for _, text := range a.Warnings {
		sys.warn(text)
	}
	if o.format == "json" {
		err = writeConnectJSON(sys.Stdout, a, rows.origins)
	} else {
		err = writeConnectText(sys.Stdout, a, rows.origins)
		if err == nil && o.verbose {
			err = writeTraces(sys, a)
		}
	}
	if err != nil {
		return err
	}
	switch a.Verdict {
	case connect.Works:
		return nil
	case connect.Refused, connect.Fails, connect.OneWay, connect.Varies:
		return &negativeError{}
	default:
	}
	return &reportedError{}
}

// parseMACOption reads IP=MAC.
func parseMACOption(text string) (ip packet.Value, mac uint64, err error) {
	left, right, ok := strings.Cut(text, "=")
	addr, addrErr := netip.ParseAddr(left)
	mac, macOK := packet.ParseMAC(right)
	if !ok || addrErr != nil || addr.Zone() != "" || !macOK {
		return ip, 0, fmt.Errorf("--mac=%s: not an IP address and an Ethernet address as IP=MAC", text)
	}
	ip = packet.FromAddr(addr)
	if addr.Is4() {
		ip = packet.MapIPv4(ip.Lo)
	}
	return ip, mac, nil
}

// first makes out the first packet and where it comes from.
func (o *connectOptions) first(sys *System, c *cluster.Cluster) (connect.Source, packet.Packet, error) {
	var from connect.Source
	name, network := o.network()
	if network {
		ln, err := outsidePort(c, name)
		if err != nil {
			return from, packet.Packet{}, err
		}
		from.Network, o.packetOptions.from = ln.Network, ln.Port.Name
		p, err := o.firstIn(sys, c, ln.Port.Datapath.Network(), &from)
		return from, p, err
	}
	var failure error
	for _, n := range localTo(c, o.packetOptions.from) {
		p, err := o.firstIn(sys, c, n, &from)
		if err == nil && from.Port.Type != "remote" {
			return from, p, nil
		}
		failure = cmp.Or(failure, err)
	}
	if failure == nil {
		failure = fmt.Errorf("port %s is remote in the databases that are given: give that of its zone", from.Port.Name)
	}
	return from, packet.Packet{}, failure
}

// firstIn makes out the first packet as the network of one zone has it.
func (o *connectOptions) firstIn(sys *System, c *cluster.Cluster, n *lflow.Network, from *connect.Source) (packet.Packet, error) {
	r := sim.Request{Microflow: o.microflow}
	if o.packetOptions.used() {
		options := o.packetOptions
		var err error
		if options.to, err = elsewhere(c, n, options.from, options.to); err != nil {
			return packet.Packet{}, err
		}
		if r, err = options.complete(sys, n, r); err != nil {
			return packet.Packet{}, err
		}
	}
	d, p, warnings, err := sim.Start(n, r)
	if err != nil {
		return p, err
	}
	for _, w := range warnings {
		sys.warn(w.Text)
	}
	if from.Network == "" {
		if from.Port = d.Port(p.Uint(packet.Inport)); from.Port == nil {
			return p, errors.New("the packet has no inport: name one, or give --from")
		}
	}
	for _, text := range connect.Complete(&p) {
		sys.say("assumed: " + text)
	}
	return p, nil
}

// network returns the physical network that --from names, "" for the only one.
func (o *connectOptions) network() (name string, is bool) {
	name, is = strings.CutPrefix(o.packetOptions.from, physnet)
	if !is || name == "" {
		return "", is
	}
	return strings.CutPrefix(name, ":")
}

// outsidePort returns a port that leads to a physical network.
func outsidePort(c *cluster.Cluster, network string) (*cluster.Binding, error) {
	names := c.Networks()
	if network == "" {
		if len(names) != 1 {
			return nil, fmt.Errorf("--from=physnet: the database has %d physical networks (%s); name one, as physnet:NAME", len(names), strings.Join(names, ", "))
		}
		network = names[0]
	}
	for _, h := range c.Chassis {
		if all := h.Attached(network); len(all) > 0 {
			return all[0], nil
		}
	}
	return nil, fmt.Errorf("--from=physnet:%s: no chassis maps the physical network; the database has %s", network, strings.Join(names, ", "))
}

// writeTraces writes the traces of all packets.
func writeTraces(sys *System, a *connect.Answer) error {
	for i := range a.Outcomes {
		for j := range a.Outcomes[i].Packets {
			p := &a.Outcomes[i].Packets[j]
			fmt.Fprintf(sys.Stdout, "\n# outcome %d, %s\n", i+1, p.What)
			for _, node := range p.Trace.Root.Nodes {
				root, ok := node.(*trace.Pipeline)
				if !ok {
					continue
				}
				t := *p.Trace
				t.Root, t.Packet = root, p.Sent
				if err := tracetext.Write(verbatim(sys.Stdout), &t, tracetext.Views{Detailed: true}, tracetext.Paint{}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
