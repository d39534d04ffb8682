package cli

import (
	"context"
	"errors"

	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/internal/kube"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/client"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/index"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/logfile"
	"github.com/ovnwalk/ovnwalk/lflow"
)

func (o *snapshotOptions) compiling(f *pflag.FlagSet) {
	f.BoolVar(&o.compiled, "compiled", false, "write an index of the southbound database to FILE"+index.Suffix+", or without -o to SOURCE"+index.Suffix+",\nwhich may be an archive of several; with it, FILE opens faster, until it changes")
}

// checkCompiled returns an error for options that cannot be combined.
func (o *snapshotOptions) checkCompiled() error {
	_, packing := logfile.CutPacking(o.to)
	switch {
	case o.to == "" && !o.compiled:
		return errors.New("no file to write: use -o FILE")
	case o.compiled && (o.to == "-" || o.to == "" && (o.from == "-" || o.from == demo.Name || client.IsRemote(o.from))):
		return errors.New("--compiled writes an index beside a file: use -o FILE")
	case o.compiled && packing != "" && !isArchive(o.to):
		return errors.New("--compiled cannot index a compressed output file: use -o with another name")
	}
	return nil
}

// compile writes the index of a file, and prints the warnings of the file.
func (o *snapshotOptions) compile(ctx context.Context, sys *System, path string) error {
	source := o.accessOptions.source()
	source.Files = kube.HasNames
	warnings, err := lflow.Compile(ctx, path, source)
	for _, w := range warnings {
		sys.warnOnce(w.Text)
	}
	return err
}
