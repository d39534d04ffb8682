package sim

import "github.com/ovnwalk/ovnwalk/trace"

// OpenFlow finds the OpenFlow flows that ovn-controller(8) installed for logical flows.
type OpenFlow interface {
	// Flows returns the flows with a cookie, each as one line in the format of ovs-ofctl(8).
	// The cookie of a logical flow is the first 32 bits of its UUID.
	Flows(cookie uint32) ([]string, error)
}

// openFlow records the OpenFlow flows of a logical flow, if Choices.OpenFlow is set.
func (w *Walker) openFlow(cookie uint32, out *trace.Container) {
	if w.physical == nil {
		return
	}
	flows, err := w.physical.Flows(cookie)
	switch {
	case err != nil:
		out.Add(&trace.Remark{Kind: trace.RemarkOpenFlowError, Text: err.Error()})
		w.trace.Warnings = append(w.trace.Warnings, trace.Warning{Text: "error obtaining flow stats (" + err.Error() + ")"})
	case len(flows) == 0:
		out.Add(&trace.Remark{Kind: trace.RemarkNoOpenFlow})
	}
	for _, f := range flows {
		out.Add(&trace.Remark{Kind: trace.RemarkOpenFlow, Text: f})
	}
}
