package cli

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/trace"
)

// damageFlags are those of verbs that refuse a damaged source.
func damageFlags(f *pflag.FlagSet, p *input.DamagePolicy) {
	p.Refused = true
	f.BoolVar(&p.Allowed, "allow-damaged", false, "accept a database that is truncated, fails its checksums or lacks log entries, with a warning")
}

// open reads the network, which the system will close, and says on standard
// error what is wrong with its database.
func (s *source) open(ctx context.Context, sys *System) (*lflow.Network, error) {
	return s.openWith(ctx, sys, sys.warnOnce)
}

// openQuiet reads the network for a verb that carries the warnings elsewhere.
func (s *source) openQuiet(ctx context.Context, sys *System) (*lflow.Network, error) {
	return s.openWith(ctx, sys, func(string) {})
}

// openWith reads the network and hands on its warnings, one by one.
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
const northUsage = `; "` + input.NorthAuto + `" is the one in the same archive or folder`

// carry puts the warnings of a network's database before those of a walk, for
// the formats in which a trace is data.
func carry(n *lflow.Network, t *trace.Trace) {
	all := make([]trace.Warning, 0, len(n.Warnings)+len(t.Warnings))
	for _, w := range n.Warnings {
		all = append(all, trace.Warning{Text: w.Text})
	}
	t.Warnings = append(all, t.Warnings...)
}
