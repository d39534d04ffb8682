package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/client"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/open"
	"github.com/ovnwalk/ovnwalk/internal/suite"
)

// recordOptions are the options of ovnwalk record.
type recordOptions struct {
	source
	suite.Recording
	ctNew  bool
	output string
}

func newRecordCmd(sys *System) *cobra.Command {
	o := &recordOptions{}
	cmd := &cobra.Command{
		Use:   "record [options]",
		Short: "Record a test suite from current behavior",
		Long: `Record sends packets between ports and writes the results as a suite for ovnwalk
test, so that a later change in behavior fails a test.

The default is all pairs of VIFs with known addresses.  --from and --to accept
names, patterns such as 'web*' and port groups such as @pg_web; --to accepts IP
addresses as well.

With an archive or directory of several interconnect zones, the ports are those
of all zones, and packets and connections cross between them.`,
		Example: `  ovnwalk record --db sb.db --proto icmp,tcp:22,tcp:443 -o all.ovnwalk.yaml
  ovnwalk record --db sb.db --connections --proto tcp:443 -o connections.ovnwalk.yaml
  ovnwalk record --db sb.db --from @pg_web --to db1,8.8.8.8`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("ct-new") {
				o.CTNew = &o.ctNew
			}
			return runRecord(cmd.Context(), sys, o)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.From, "from", nil, "source ports: names, patterns, or port groups as @GROUP, separated by commas; may be repeated")
	f.StringArrayVar(&o.To, "to", nil, "destinations: ports as for --from, or IP addresses; may be repeated")
	f.StringSliceVar(&o.Protos, "proto", []string{"icmp"}, "protocols, such as icmp, tcp:443, udp:53")
	f.StringArrayVar(&o.CT, "ct", nil, "state of the next conntrack lookup, as `FLAGS` such as new or est,rpl; may be repeated")
	f.BoolVar(&o.ctNew, "ct-new", true, ctNewUsage)
	f.BoolVar(&o.Reply, "reply", false, "record replies as well")
	f.BoolVar(&o.Connections, "connections", false, "record the results of the connections that the packets open, over all chassis")
	f.BoolVar(&o.HostsAnswer, "hosts-answer", false, "in connections, hosts answer ARP requests and neighbor solicitations")
	f.IntVar(&o.Limit, "limit", suite.DefaultLimit, "maximum number of packets to record")
	outputFlag(f, &o.output, "output", "o", writesReport, "file to write the suite to instead of standard output")
	o.source.flags(f)
	damageFlags(f, &o.damage)
	return cmd
}

// runRecord writes the suite, and prints on standard error what it omits.
func runRecord(ctx context.Context, sys *System, o *recordOptions) error {
	if o.Limit < 1 {
		return fmt.Errorf("--limit=%d: record at least one packet", o.Limit)
	}
	if err := checkConnections(o.Connections, o.HostsAnswer, o.chassis); err != nil {
		return err
	}
	if o.Connections && (len(o.CT) > 0 || o.CTNew != nil || o.Reply) {
		return errors.New("--ct, --ct-new and --reply cannot be combined with --connections: conntrack states come from the connection tables, and connections include replies")
	}
	zones, err := o.networks(ctx, sys)
	if err != nil {
		return err
	}
	r := o.Recording
	r.Release, r.Chassis = o.release, o.chassis
	r.DB = o.nameFor(sys)
	var text []byte
	var notes []string
	err = sys.session().Working(ctx, "recording", func(ctx context.Context) (err error) {
		text, notes, err = suite.Record(ctx, zones, r)
		return err
	})
	for _, note := range notes {
		sys.say(note)
	}
	if err != nil {
		return err
	}
	if err := sys.changed(); err != nil {
		return err
	}
	return writeOutput(o.output, func(w io.Writer) error {
		if w == nil {
			w = raw(sys.Stdout)
		}
		_, err := w.Write(text)
		return err
	})
}

// networks opens the databases of all zones in the source.
func (o *recordOptions) networks(ctx context.Context, sys *System) (*suite.Zones, error) {
	zones, err := o.zones().open(ctx, sys)
	if err != nil {
		return nil, err
	}
	return zoneNetworks(nil).all(ctx, zones)
}

// nameFor returns the source as the suite names it: a path is relative to the suite's
// directory.
func (o *recordOptions) nameFor(sys *System) string {
	name := o.db
	if name == "" {
		name = sys.Getenv("OVN_SB_DB")
	}
	if o.output == "" || o.output == "-" || name == demo.Name {
		return name
	}
	if _, err := os.Stat(name); err == nil {
		return pathFrom(o.output, name)
	}
	return open.MapFiles(name, func(path string) string { return pathFrom(o.output, path) })
}

// pathFrom returns a path relative to the directory of the file in.
func pathFrom(in, path string) string {
	folder, to := realDir(in), filepath.Join(realDir(path), filepath.Base(path))
	rel, err := filepath.Rel(folder, to)
	if err != nil {
		return to // on another volume
	}
	if rel = filepath.ToSlash(rel); rel == demo.Name || rel == "-" || client.IsRemote(rel) {
		rel = "./" + rel // so that it is not read as another kind of source
	}
	return rel
}

// realDir returns the directory of a file with symbolic links resolved, because ".." behind
// a link is not the parent in the path.
func realDir(path string) string {
	folder, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return filepath.Dir(path)
	}
	if real, err := filepath.EvalSymlinks(folder); err == nil {
		return real
	}
	return folder
}
