package suite

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// UnlistedBackend returns an error if a walk sent a packet to a given backend that no load balancer
// on the path lists, as ovn-trace does for established connections.
func UnlistedBackend(n *lflow.Network, req sim.Request, t *trace.Trace) error {
	if !t.Unused.LBDst {
		return nil
	}
	address := unlisted(t)
	if address == "" || ListsBackend(n, req) {
		return nil
	}
	return fmt.Errorf("no load balancer on the packet's path lists the backend %s: the result there does not depend on the network", address)
}

// unlisted returns the backend that a walk took and that the load balancer there
// does not list, "" for none.
func unlisted(t *trace.Trace) (address string) {
	trace.Walk(t.Root, func(n trace.Node) bool {
		if f, ok := n.(*trace.Fork); ok && f.Unlisted {
			address = f.Address
		}
		return address == ""
	})
	return address
}

// ListsBackend reports whether a load balancer on a packet's path lists the backend that
// a request chooses, when the packet opens its connection.
func ListsBackend(n *lflow.Network, req sim.Request) bool {
	req.CT, req.CTNew, req.LBListed, req.OpenFlow, req.Matched = nil, true, true, nil, nil
	t, err := sim.Trace(n, req)
	return err == nil && !t.Unused.LBDst
}

var errUnusedBackend = errors.New("no load balancer on the packet's path lists that backend")

// unused reports the choices of a case that its walk did not use. A backend that is not listed is an
// error, unless the packet reached no load balancer; the others are notes. Choices of the defaults
// are not reported, because these are for tests of all kinds, nor are those of a test that
// expects only views of the trace.
func (k *testCase) unused(w *walk) (problems, notes []Problem) {
	if k.test.Expect != nil && k.test.Expect.wordForWord() {
		return nil, nil
	}
	own := func(key string) bool { return !k.test.inherited[key] }
	note := func(p Pos, format string, args ...any) {
		notes = append(notes, Problem{p, fmt.Sprintf(format, args...)})
	}
	if err := UnlistedBackend(w.net.Network(), w.request, w.trace); err != nil {
		problems = append(problems, Problem{k.lb.Pos, "lb-dst: " + err.Error()})
	} else if w.trace.Unused.LBDst && own("lb-dst") && unlisted(w.trace) == "" {
		if isLoadBalanced(w.trace) {
			problems = append(problems, Problem{k.lb.Pos, fmt.Sprintf("lb-dst: %s: %v", k.lb.Value, errUnusedBackend)})
		} else {
			note(k.lb.Pos, "lb-dst: the packet came to no load balancer")
		}
	}
	if w.trace.Unused.SelectID && own("select-id") {
		note(k.member.Pos, "select-id: no select action on the packet's path has member %s", k.member.Value)
	}
	if n := len(k.ct.list); n > 0 && w.trace.Unused.CT == n && own("ct") {
		note(k.ct.Pos, "ct: the walk asked for no conntrack state")
	}
	return problems, notes
}

// isLoadBalanced reports whether a walk came to a load balancer that has backends.
func isLoadBalanced(t *trace.Trace) bool {
	found := false
	trace.Walk(t.Root, func(n trace.Node) bool {
		f, ok := n.(*trace.Fork)
		found = found || ok && f.Kind == trace.ForkCTLB && f.Address != ""
		return !found
	})
	return found
}

// note adds a warning about a test to the notes of the file's report, once.
func (f *FileReport) note(p Problem) {
	text := fmt.Sprintf("line %d: %s", p.Line, p.Msg)
	if !slices.Contains(f.Notes, text) {
		f.Notes = append(f.Notes, text)
	}
}

// tableKey names a table of a datapath.
type tableKey struct {
	datapath *lflow.Datapath
	pipeline lflow.Pipeline
	table    int
}

// saw records the tables of a walk.
func (n *network) saw(t *trace.Trace) {
	n = n.first()
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.tables == nil {
		n.tables = map[tableKey]bool{}
	}
	for p := range trace.Paths(t) {
		at, ok := p.Node.(*trace.Table)
		if !ok {
			continue
		}
		key := tableKey{datapath: n.datapath(p.Pipeline.Datapath), pipeline: lflow.Ingress}
		if p.Pipeline.Egress {
			key.pipeline = lflow.Egress
		}
		for key.table = at.From; key.table <= at.Number; key.table++ {
			n.tables[key] = true
		}
	}
}

// unparsed returns how many flows do not parse in the tables that walks came to.
func (n *network) unparsed() int {
	bad := map[*lflow.Flow]bool{}
	for k := range n.tables {
		if k.datapath == nil {
			continue
		}
		for _, f := range k.datapath.Network().Flows(k.datapath, k.pipeline, k.table) {
			if f.Err(k.datapath) != nil {
				bad[f] = true
			}
		}
	}
	return len(bad)
}
