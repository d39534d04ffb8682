package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/ovnwalk/ovnwalk/internal/names/find"
	"github.com/ovnwalk/ovnwalk/internal/similar"
)

// findOptions are the options of ovnwalk find.
type findOptions struct {
	sources
	format string
	color  string
	query  string
}

func newFindCmd(sys *System) *cobra.Command {
	o := &findOptions{}
	cmd := &cobra.Command{
		Use:   "find [options] WHAT",
		Short: "Find an address, a UUID, a key or a name in the databases",
		Long: `Find prints the rows that have or refer to WHAT: an IP or Ethernet address, a
UUID or at least four digits from its start, the tunnel key of a datapath or a
port, the cookie of a flow, a network such as 10.244.0.0/16, or the name of a
pod, service, node, server, network, subnet, router, security group or policy,
or of any row.

For each match it prints the port, pod or server, node, switch and router, and
the NAT rules, load balancers, port groups, policies, address sets, MAC
bindings, FDB entries and DNS records that name it.  With --nb it searches the
northbound database too, which has the owners of port groups, ACLs and NAT
rules.

The exit status is 1 if nothing is found.`,
		Example: `  ovnwalk find --db southbound.db --nb northbound.db 10.244.1.7
  ovnwalk find --db southbound.db shop/web`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || args[0] == "" {
				return errors.New("one argument is required: what to find (see 'ovnwalk find --help')")
			}
			o.query = args[0]
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return runFind(cmd.Context(), sys, o) },
	}
	f := cmd.Flags()
	choose(f, &o.format, "format", "text", "output format: text or json", "text", "json")
	colorFlag(f, &o.color)
	o.sources.flags(f)
	o.northFlag(f, "to search as well")
	return cmd
}

// hint returns the suggestion of similar names that is appended to a message, "" for none.
func hint(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "; " + similar.Question(names)
}

// runFind runs ovnwalk find.
func runFind(ctx context.Context, sys *System, o *findOptions) error {
	zones, err := o.sources.open(ctx, sys)
	if err != nil {
		return err
	}
	if _, err := zones.Networks(ctx); err != nil {
		return err
	}
	index, titles, err := zones.Names(ctx)
	if err != nil {
		return err
	}
	q := find.Parse(o.query)
	r := find.Find(index, q)
	if o.format == "json" {
		err = writeDoc(sys.Stdout, r.Doc(q, titles))
	} else {
		paint := reportPaint(o.format, o.color, sys)
		err = find.WriteText(sys.Stdout, r, titles, func(head string) string { return paint.Text("title", head) })
	}
	if err == nil && len(r.Found) == 0 {
		sys.say("not found: " + o.query + hint(r.Similar))
		return &negativeError{}
	}
	return err
}
