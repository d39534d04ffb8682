package cli

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/internal/ovs"
	"github.com/ovnwalk/ovnwalk/sim"
)

// openFlowOptions has the source of OpenFlow flows.
type openFlowOptions struct{ ovs string }

func (s *openFlowOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&s.ovs, "ovs", "", "show the OpenFlow flows of each logical flow, from a `file` with the output of \"ovs-ofctl dump-flows\"\nor from a switch, given as unix:FILE or a bridge name (default without a value: br-int)")
	f.Lookup("ovs").NoOptDefVal = "br-int"
}

// openFlow reads the flows; it returns nil without the option or if the switch does not
// respond.
func (s *openFlowOptions) openFlow(ctx context.Context, a *accessOptions, warn func(string)) (sim.OpenFlow, error) {
	if s.ovs == "" {
		return nil, nil
	}
	return ovs.OpenOrWarn(ctx, s.ovs, ovs.Options{PrivateKey: a.key, Certificate: a.certificate, CACert: a.ca}, warn)
}
