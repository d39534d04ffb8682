package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb/logfile"
)

// snapshotOptions are the options of ovnwalk snapshot.
type snapshotOptions struct {
	snapshotReader
	from     string
	sources  []string // from is the first
	to       string
	compiled bool
}

func newSnapshotCmd(sys *System) *cobra.Command {
	o := &snapshotOptions{}
	cmd := &cobra.Command{
		Use:   "snapshot [options] SOURCE... -o FILE",
		Short: "Save a database as one file",
		Long: `Snapshot saves a database as one standalone file that ovsdb-server accepts.
SOURCE is any source that --db of the other commands accepts: a file, a member
PATH//MEMBER of an archive, - for standard input, or a server.  The database may
have any schema.

If the name of FILE ends in .tar, .tar.gz or the like, FILE is an archive with
all databases of the sources, such as those of all interconnect zones in a
must-gather or of several servers.

FILE is compressed if its name ends in .gz, .zst or .xz.  It is written
atomically and replaces an existing file.  FILE - is standard output.`,
		Example: `  ovnwalk snapshot unix:/var/run/ovn/ovnsb_db.sock -o sb.db.zst
  ovnwalk snapshot must-gather.tar.gz//ovnkube-node-x/sbdb -o sb.db`,
		Args: func(_ *cobra.Command, args []string) error {
			if o.from != "" {
				args = append(args, o.from) // --db instead of SOURCE
			}
			switch {
			case len(args) == 0:
				return errors.New("one SOURCE is required (see 'ovnwalk snapshot --help')")
			case len(args) > 1 && !isArchive(o.to):
				return errors.New("one SOURCE is required; several databases are saved in one archive, with -o FILE.tar or FILE.tar.gz")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.sources = args; o.from != "" {
				o.sources = append(o.sources, o.from)
			}
			o.from = o.sources[0]
			return runSnapshot(cmd.Context(), sys, o)
		},
	}
	f := cmd.Flags()
	outputFlag(f, &o.to, "output", "o", writesDatabase, "file to write")
	f.StringVar(&o.from, "db", "", "source to save, instead of SOURCE")
	o.compiling(f)
	o.snapshotReader.flags(f)
	return cmd
}

func runSnapshot(ctx context.Context, sys *System, o *snapshotOptions) error {
	if err := o.checkCompiled(); err != nil {
		return err
	}
	if o.to == "" {
		return o.compile(ctx, sys, o.from)
	}
	if isArchive(o.to) {
		if err := o.writeArchive(ctx, sys); err != nil || !o.compiled {
			return err
		}
		return o.compile(ctx, sys, o.to)
	}
	db, err := o.read(ctx, sys, o.from, "")
	if err != nil {
		return err
	}
	if o.to == "-" {
		return logfile.Write(db, raw(sys.Stdout))
	}
	if err := logfile.WriteFile(db, o.to); err != nil || !o.compiled {
		return err
	}
	return o.compile(ctx, sys, o.to)
}
