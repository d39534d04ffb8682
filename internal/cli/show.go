package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// showOptions are the options of ovnwalk show.
type showOptions struct {
	sources
	format string
	color  string
	name   string // of a datapath or a port, "" for all
}

func newShowCmd(sys *System) *cobra.Command {
	o := &showOptions{}
	cmd := &cobra.Command{
		Use:   "show [options] [NAME]",
		Short: "Show datapaths, ports and chassis",
		Long: `Show prints the logical switches and routers with their tunnel keys, and for
each port its type, addresses, chassis, state and peer, followed by the chassis
that appear to be dead.  NAME limits the output to one datapath or port, given
by any name that ovnwalk prints for it, such as web1 or sw0/web1, or by a prefix
of its UUID.

Interconnect zones are listed first: the name, release, nodes and time of each
database, and the nodes whose database is not given.  With NAME, only the zones
in which it was found are listed; NAME may also be the name of a zone.`,
		Args: atMostOne("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.name = args[0]
			}
			return runShow(cmd.Context(), sys, o)
		},
	}
	f := cmd.Flags()
	choose(f, &o.format, "format", "text", "output format: text or json", "text", "json")
	colorFlag(f, &o.color)
	o.sources.flags(f)
	return cmd
}

func runShow(ctx context.Context, sys *System, o *showOptions) error {
	zones, err := o.sources.open(ctx, sys)
	if err != nil {
		return err
	}
	doc, err := newShowDoc(ctx, zones, o.name)
	if err != nil {
		return err
	}
	if o.name == "" && len(doc.Datapaths) == 0 {
		sys.warn("the database has no switch and no router")
	}
	if o.format == "json" {
		return writeDoc(sys.Stdout, doc)
	}
	out := bufio.NewWriter(sys.Stdout)
	doc.write(out, reportPaint(o.format, o.color, sys))
	return out.Flush()
}

// unknownNameError returns the error for an unknown name, with similar names.
func unknownNameError(name string, errs ...error) error {
	var near []string
	for _, err := range errs {
		if unknown, ok := errors.AsType[*address.UnknownError](err); ok {
			near = append(near, unknown.Similar...)
		}
	}
	return &unknownName{fmt.Sprintf("no datapath or port has the name %q, or a UUID that begins with it%s", name, hint(near))}
}

// unknownName is the error for a name that a network does not have.
type unknownName struct{ text string }

// Error implements error.
func (e *unknownName) Error() string { return e.text }

// byName sorts datapaths by their names, then by their UUIDs.
func byName(datapaths []*lflow.Datapath) []*lflow.Datapath {
	return slices.SortedFunc(slices.Values(datapaths), func(a, b *lflow.Datapath) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.UUID, b.UUID))
	})
}
