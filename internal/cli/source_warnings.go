package cli

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/trace"
)

// damageFlags adds the option of commands that reject a damaged source.
func damageFlags(f *pflag.FlagSet, p *input.DamagePolicy) {
	p.Refused = true
	f.BoolVar(&p.Allowed, "allow-damaged", false, "accept a database that is truncated, fails its checksums or lacks log entries, with a warning")
}

// open reads the network and prints the warnings of its database on standard error.  The
// network is closed with sys.
func (s *source) open(ctx context.Context, sys *System) (*lflow.Network, error) {
	return s.openWith(ctx, sys, sys.warnOnce)
}

// openQuiet reads the network for a command that reports the warnings itself.
func (s *source) openQuiet(ctx context.Context, sys *System) (*lflow.Network, error) {
	return s.openWith(ctx, sys, func(string) {})
}

// openWith reads the network and calls warn for each warning.
func (s *source) openWith(ctx context.Context, sys *System, warn func(text string)) (*lflow.Network, error) {
	n, err := s.read(ctx, sys)
	if err != nil {
		return nil, err
	}
	sys.own(n)
	if err := s.damage.Check(n.Warnings); err != nil {
		return nil, err
	}
	for _, w := range n.Warnings {
		warn(w.Text)
	}
	return n, nil
}

// northUsage is the end of the descriptions of --nb.
const northUsage = `; "` + input.NorthAuto + `" is the one in the same archive or directory`

// carry puts the warnings of a network's database before those of a trace, for formats
// other than text.
func carry(n *lflow.Network, t *trace.Trace) {
	all := make([]trace.Warning, 0, len(n.Warnings)+len(t.Warnings))
	for _, w := range n.Warnings {
		all = append(all, trace.Warning{Text: w.Text})
	}
	t.Warnings = append(all, t.Warnings...)
}
