package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/internal/ovs"
	"github.com/ovnwalk/ovnwalk/sim"
)

// openFlowOptions is where the OpenFlow flows of logical flows are looked for.
type openFlowOptions struct{ ovs string }

func (s *openFlowOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&s.ovs, "ovs", "", "show the OpenFlow flows of each logical flow, from a `file` with the output of \"ovs-ofctl dump-flows\"\nor from a switch, given as unix:FILE or a bridge name (default without a value: br-int)")
	f.Lookup("ovs").NoOptDefVal = "br-int"
}

// openFlow finds the flows.  A switch that does not answer is worth a warning
// alone, as with ovn-trace(8); the trace then says nothing of OpenFlow.
func (s *openFlowOptions) openFlow(ctx context.Context, a *accessOptions, warn func(string)) (sim.OpenFlow, error) {
	if s.ovs == "" {
		return nil, nil
	}
	flows, err := ovs.Open(ctx, s.ovs, ovs.Options{PrivateKey: a.key, Certificate: a.certificate, CACert: a.ca})
	var silent *ovs.SwitchError
	if errors.As(err, &silent) {
		warn(fmt.Sprintf("%s: connection failed (%s)", s.ovs, silent))
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return flows, nil
}
