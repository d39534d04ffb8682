package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/internal/suite"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// ctNewUsage describes --ct-new, which means the same in all commands.
const ctNewUsage = "treat the packet as the first of its connection: after the states of --ct, it is new in each\nconntrack zone until the connection is committed there"

// unusedChoices reports the options that the walk did not use.
func unusedChoices(n *lflow.Network, req sim.Request, t *trace.Trace, o *traceOptions) (out []string) {
	if t.Unused.LBDst && !suite.ListsBackend(n, req) {
		out = append(out, fmt.Sprintf("--lb-dst %s: no load balancer on the packet's path lists that backend", o.lbDst))
	}
	if t.Unused.SelectID || o.selectID != "" && req.SelectID == 0 {
		out = append(out, fmt.Sprintf("--select-id %s: no select action on the packet's path has that member", o.selectID))
	}
	if n := t.Unused.CT; n > 0 {
		out = append(out, fmt.Sprintf("--ct: the walk asked for %d of the %d states that were given", len(o.ct)-n, len(o.ct)))
	}
	return out
}

// newConnectionHint suggests --ct-new if the outcome of the packet depends on conntrack
// states that the walk assumed; otherwise it returns "".  before returns the dispositions
// of the walk.
func newConnectionHint(n *lflow.Network, d *lflow.Datapath, c sim.Choices, t *trace.Trace, before func() []verdict.Disposition, names wording.Names) string {
	if c.CTNew || !sim.CTNewAfter(c.CT) {
		return ""
	}
	if !assumesState(t) {
		return ""
	}
	c.CTNew, c.CT, c.OpenFlow = true, nil, nil
	c.Brief = true
	other, err := sim.Walk(n, d, t.Packet, c)
	if err != nil {
		return ""
	}
	after := verdict.Of(other)
	if sameOutcomes(before(), after) {
		return ""
	}
	opened := outcomes(after, names)
	if opened == outcomes(before(), names) {
		return ""
	}
	assumed := assumedStates(t)
	text := "the answer depends on conntrack: ct_state " + strings.Join(assumed, " and ") + " was assumed"
	if slices.ContainsFunc(assumed, impossibleState) {
		text += ", which no connection has"
	}
	return text + "; with --ct-new, as the first packet of a connection, it is " + opened
}

// assumesState reports whether the walk assumed a conntrack state.
func assumesState(t *trace.Trace) bool {
	return !trace.Walk(t.Root, func(n trace.Node) bool {
		f, ok := n.(*trace.Fork)
		return !ok || !f.Tracked || !f.Assumed
	})
}

// assumedStates returns the conntrack states that no option sets.
func assumedStates(t *trace.Trace) (out []string) {
	trace.Walk(t.Root, func(n trace.Node) bool {
		if f, ok := n.(*trace.Fork); ok && f.Tracked && f.Assumed {
			if s := packet.FormatCTState(f.State); !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
		return true
	})
	return out
}

// impossibleState reports whether no connection can have a conntrack state.
func impossibleState(state string) bool {
	v, err := sim.ParseCTState(strings.ReplaceAll(state, "|", ","))
	return err == nil && len(sim.CTStateConflicts(v)) > 0
}

// sameOutcomes reports whether outcomes writes the same for two lists of copies.
func sameOutcomes(a, b []verdict.Disposition) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a, b := &a[i], &b[i]; a.TentativeOutcome != b.TentativeOutcome || a.Code != b.Code || a.Action != b.Action || a.Port != b.Port {
			return false
		}
	}
	return true
}

// outcomes summarizes the outcomes of the copies of a packet.
func outcomes(list []verdict.Disposition, names wording.Names) string {
	var parts []string
	for i := range list {
		d := &list[i]
		words := []string{d.TentativeOutcome.String(), string(d.Code), d.Action, names.Port(d.Port)}
		part := strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " ")
		if !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}
