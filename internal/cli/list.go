package cli

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/internal/report"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// listOptions are the options of ovnwalk list.
type listOptions struct {
	sources
	listFilter
	uuid   bool
	format string
	color  string

	args []string // [DATAPATH] [FLOW...]
}

func newListCmd(sys *System) *cobra.Command {
	o := &listOptions{}
	cmd := &cobra.Command{
		Use:   "list [options] [DATAPATH] [FLOW...]",
		Short: "List logical flows",
		Long: `List prints the logical flows as "ovn-sbctl lflow-list" does: those of one
datapath or of all, sorted by pipeline, table and priority.  FLOW is the UUID of
a flow or a prefix of it, with or without a leading 0x.

--stage, --text and --field select among these flows; a flow is listed if it
satisfies all of them.  The flows of several interconnect zones are listed zone
by zone.`,
		Example: `  ovnwalk list --db sb.db sw0 --stage 'ls_in_acl*'
  ovnwalk list --db sb.db --text drop --field 'ip4.dst == 10.0.0.5'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.args = args
			return runList(cmd.Context(), sys, o)
		},
	}
	f := cmd.Flags()
	o.sources.flags(f)
	f.BoolVar(&o.uuid, "uuid", false, "show the first 32 bits of each flow's UUID, which is its cookie")
	o.listFilter.flags(f)
	choose(f, &o.format, "format", "text", "output format: text or json", "text", "json")
	colorFlag(f, &o.color)
	return cmd
}

func runList(ctx context.Context, sys *System, o *listOptions) error {
	zones, err := o.sources.open(ctx, sys)
	if err != nil {
		return err
	}
	l := &lister{options: o, out: bufio.NewWriter(sys.Stdout), paint: reportPaint(o.format, o.color, sys)}
	var failure error
	listed := false
	err = zones.Each(ctx, func(z *input.Zone, n *lflow.Network) error {
		if zones.Several() {
			l.zone = z.String()
		}
		err := l.list(n)
		if !zones.Several() || ctx.Err() != nil {
			return err
		}
		failure, listed = cmp.Or(failure, err), listed || err == nil
		return nil
	})
	if err == nil && !listed {
		err = failure // no zone has the datapath or flow
	}
	if err != nil {
		return err
	}
	l.end()
	if n := l.unread; n > 0 {
		sys.warn(report.Count(n, "flow") + " left out: --field cannot decide flows that do not parse")
	}
	if n := l.undecided; n > 0 {
		sys.warn(report.Count(n, "flow") + " listed undecided: deciding whether the values of --field match takes too long")
	}
	return l.out.Flush()
}

// lister writes the flows of one zone after the other.
type lister struct {
	options           *listOptions
	out               *bufio.Writer
	json              *listJSON // nil for text and before the first zone
	paint             report.Paint
	zone              string // "" if there is only one
	unread, undecided int
}

// list writes the flows of a network.
func (l *lister) list(n *lflow.Network) error {
	o := l.options
	datapaths, flows, err := listArgs(n, o.args)
	if err != nil {
		return err
	}
	keep, err := o.listFilter.over(n)
	if err != nil {
		return err
	}
	if err := o.listFilter.existing(n, datapaths); err != nil {
		return err
	}
	list := l.datapath
	if o.format == "json" {
		if l.json == nil {
			l.json = newListJSON(l.out, n)
		}
		l.json.zone = l.zone
		list = l.json.datapath
	} else if l.zone != "" {
		l.out.WriteString(l.paint.Text("title", "Zone: "+l.zone) + "\n")
	}
	for _, d := range datapaths {
		list(n, d, func(f *lflow.Flow) bool { return flows.has(f) && keep(d, f) })
	}
	l.unread += len(o.unread)
	l.undecided += len(o.undecided)
	return nil
}

// end ends the output.
func (l *lister) end() {
	if l.json != nil {
		l.json.end()
	}
}

// listArgs returns the datapath that the first argument names, all datapaths if it names
// none, and the UUID prefixes in the other arguments.
func listArgs(n *lflow.Network, args []string) ([]*lflow.Datapath, uuidPrefixes, error) {
	datapaths := slices.SortedFunc(slices.Values(n.Datapaths), func(a, b *lflow.Datapath) int {
		aName, _ := a.ExternalID("name")
		bName, _ := b.ExternalID("name")
		return cmp.Or(cmp.Compare(aName, bName), cmp.Compare(a.UUID, b.UUID))
	})
	want := "a datapath, the UUID of a flow or a prefix of one"
	if len(args) > 0 {
		d, err := findRow(n, args[0])
		if err != nil {
			return nil, nil, err
		}
		if d != nil {
			datapaths, args = []*lflow.Datapath{d}, args[1:]
			want = "the UUID of a flow or a prefix of one"
		}
	}
	for _, a := range args {
		if uuidPiece(a) == "" {
			return nil, nil, fmt.Errorf("%q is not %s", a, want)
		}
		want = "the UUID of a flow or a prefix of one"
	}
	return datapaths, args, nil
}

// datapath writes the flows of a datapath that satisfy wanted.
func (l *lister) datapath(n *lflow.Network, d *lflow.Datapath, wanted func(*lflow.Flow) bool) {
	pipeline := ""
	for f := range n.ListFlows(d) {
		if !wanted(f) {
			continue
		}
		if p := f.Pipeline.String(); p != pipeline {
			pipeline = p
			l.out.WriteString(l.paint.Text("title", fmt.Sprintf("Datapath: %s (%s)  Pipeline: %s", listName(d), d.UUID, pipeline)) + "\n")
		}
		l.out.WriteString("  ")
		if l.options.uuid {
			fmt.Fprintf(l.out, "uuid=0x%08x, ", f.UUID.Prefix())
		}
		fmt.Fprintf(l.out, "%s, priority=%-5d, match=(%s), action=(%s)\n",
			l.paint.Text("stage", fmt.Sprintf("table=%-2d(%-19s)", f.Table, f.Stage())), f.Priority, escape.Text(f.MatchText()), escape.Text(f.ActionsText()))
	}
}

// listName returns the names of a datapath in the form of "ovn-sbctl lflow-list".
func listName(d *lflow.Datapath) string {
	name, has := d.ExternalID("name")
	name2, has2 := d.ExternalID("name2")
	switch {
	case has && has2:
		return `"` + name + `" aka "` + name2 + `"`
	case has:
		return `"` + name + `"`
	case has2:
		return `"` + name2 + `"`
	}
	return ""
}
