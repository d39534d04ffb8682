package cli

import (
	"context"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/ovnwalk/ovnwalk/internal/cli/dropin"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
)

// newDropinCmd returns the command ovn-trace, for use without a symbolic link.
func newDropinCmd(sys *System) *cobra.Command {
	return &cobra.Command{
		Use:   "ovn-trace [options] [DATAPATH] MICROFLOW",
		Short: "Emulate ovn-trace(8)",
		Long: `Ovn-trace accepts the command line of ovn-trace(8) and produces the same output,
error messages and exit statuses.  The program does the same when it is invoked
as "ovn-trace", for example through a symbolic link.`,
		DisableFlagParsing: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			return &statusError{runDropin(cmd.Context(), sys, dropin.Name, args)}
		},
	}
}

// runDropin runs ovn-trace under the given program name and returns its exit status.
func runDropin(ctx context.Context, sys *System, program string, args []string) int {
	out := sys.output()
	sys = sys.verbatim()
	info, _ := debug.ReadBuildInfo()
	host := &dropin.Host{
		Getenv: sys.Getenv, Stdout: sys.Stdout, Stderr: sys.Stderr, Self: sys.Self, Version: version(info),
		Open: func(ctx context.Context, s dropin.Source, warn func(string)) (*lflow.Network, error) {
			return dropinSource(s).openWith(ctx, sys, warn)
		},
		OpenZones: func(ctx context.Context, s dropin.Source, datapath, microflow string, warn func(string)) (*lflow.Network, func(*lflow.Port) sim.Entry, error) {
			all := dropinSource(s).zones()
			all.Warn = warn
			zones, err := all.open(ctx, sys)
			if err != nil {
				return nil, nil, err
			}
			o := traceOptions{datapath: datapath, microflow: microflow}
			n, err := o.start(ctx, zones)
			return n, across(ctx, zones), err
		},
		Close: func(n *lflow.Network) { sys.close(n) },
	}
	return dropin.Run(ctx, host, program, args, func(command func() error) error { return out.failed(sys.runChecked(command)) })
}

// dropinSource converts a source of ovn-trace to that of the other commands.
func dropinSource(s dropin.Source) *source {
	return &source{db: s.DB, accessOptions: accessOptions{noLeaderOnly: s.NoLeaderOnly, key: s.PrivateKey, certificate: s.Certificate, ca: s.CACert}}
}
