package cli

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ovnwalk/ovnwalk/lflow"
)

// showOptions are the options of ovnwalk show.
type showOptions struct {
	source
	name string // of a datapath or a port, "" for all
}

func newShowCmd(sys *System, run func(context.Context, *System, *showOptions) error) *cobra.Command {
	o := &showOptions{}
	cmd := &cobra.Command{
		Use: "show [options] [NAME]",

		DisableFlagsInUseLine: true,

		Short: "Show the logical network: datapaths, ports, links",
		Long: `Show prints the switches and routers with their tunnel keys, and of each its
ports: type, addresses, chassis, and where it leads.  NAME is a datapath or a
port, by name or by a piece of its UUID, to be shown alone.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.name = args[0]
			}
			return run(cmd.Context(), sys, o)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	o.source.flags(f)
	return cmd
}

func runShow(ctx context.Context, sys *System, o *showOptions) error {
	n, err := o.open(ctx, sys)
	if err != nil {
		return err
	}
	for _, w := range n.Warnings {
		sys.warn(w.Text)
	}
	out := bufio.NewWriter(sys.Stdout)
	if o.name == "" {
		for _, d := range byName(n.Datapaths) {
			showDatapath(out, n, d)
		}
		return out.Flush()
	}
	d, several := n.Datapath(o.name)
	p, alsoSeveral := n.FindPort(o.name)
	switch {
	case d != nil:
		showDatapath(out, n, d)
	case p != nil:
		showHeading(out, p.Datapath)
		showPort(out, n, p)
	case several != nil:
		return fmt.Errorf("%s", several.Text)
	case alsoSeveral != nil:
		return fmt.Errorf("%s", alsoSeveral.Text)
	default:
		return fmt.Errorf("%q is no datapath's name, no port's, and no piece of a UUID of one", o.name)
	}
	return out.Flush()
}

// byName sorts datapaths by their names, then by their UUIDs.
func byName(datapaths []*lflow.Datapath) []*lflow.Datapath {
	return slices.SortedFunc(slices.Values(datapaths), func(a, b *lflow.Datapath) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.UUID, b.UUID))
	})
}

func showDatapath(w io.Writer, n *lflow.Network, d *lflow.Datapath) {
	showHeading(w, d)
	for _, p := range d.Ports() {
		showPort(w, n, p)
	}
}

// showHeading writes a datapath's line.
func showHeading(w io.Writer, d *lflow.Datapath) {
	fmt.Fprintf(w, "%s %s (key %d, uuid %s)\n", kindOf(d), bothNames(d.Name, d.Name2), d.TunnelKey, d.UUID)
}

// kindOf returns what a datapath is.
func kindOf(d *lflow.Datapath) string {
	return cmp.Or(strings.TrimPrefix(d.Type, "logical-"), "datapath")
}

// bothNames returns a name and the one that a person gave, if there is one.
func bothNames(name, name2 string) string {
	if name2 == "" || name2 == name {
		return name
	}
	return name + " (" + name2 + ")"
}

// showPort writes a port's lines.
func showPort(w io.Writer, n *lflow.Network, p *lflow.Port) {
	fmt.Fprintf(w, "    port %s (key %d)\n", bothNames(p.Name, p.Name2), p.Key)
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(w, "        %s: %s\n", name, text)
		}
	}
	line("type", p.Type)
	for _, a := range p.Given() {
		line("addresses", a)
	}
	if parent, tag := p.Parent(); parent != "" {
		line("parent", fmt.Sprintf("%s, tag %d", parent, tag))
	}
	if c := n.Home(p); c != nil {
		line("chassis", bothNames(c.Name, c.Hostname))
	}
	for _, g := range n.Gateways(p) {
		line("gateway", fmt.Sprintf("%s, priority %d", g.Chassis.Name, g.Priority))
	}
	if p.Peer != nil {
		line("peer", fmt.Sprintf("%s of %s %s", p.Peer.Label(true), kindOf(p.Peer.Datapath), p.Peer.Datapath.Label(true)))
	}
	if p.Distributed != nil {
		line("stands for", p.Distributed.Label(true))
	}
}
