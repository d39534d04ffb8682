package suite

import (
	"errors"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// walk is a packet's walk, and what came of it.
type walk struct {
	net     *network
	request sim.Request
	packet  string // in the match language, or in OpenFlow's one-line form
	trace   *trace.Trace
	ends    []verdict.Disposition
	named   bool // whether the trace is in terms of the system behind the network

	connections *connections // what the walk translated
}

func newWalk(n *network, packet string, t *trace.Trace) *walk {
	return &walk{net: n, packet: packet, trace: t, ends: verdict.Of(t)}
}

// inTerms adds to the trace what its flows and ports are in the terms of the system
// behind the network, for a failure that is reported.
func (w *walk) inTerms() {
	if !w.named {
		w.named = true
		w.net.Names().Annotate(w.net.Network(), w.trace)
		w.ends = verdict.Of(w.trace)
	}
}

// copies returns the ends of the packet and of its clones, without those of generated replies,
// requests for addresses, and copies of mirrors.
func (w *walk) copies() []verdict.Disposition {
	return slices.DeleteFunc(slices.Clone(w.ends), func(d verdict.Disposition) bool {
		return d.Origin != verdict.OriginPacket && d.Origin != verdict.OriginClone
	})
}

// ended returns the copies that seem to have ended in a way.
func (w *walk) ended(f verdict.Outcome) []verdict.Disposition {
	return slices.DeleteFunc(w.copies(), func(d verdict.Disposition) bool { return d.TentativeOutcome != f })
}

// replies returns the answers that the network made.
func (w *walk) replies() []verdict.Disposition {
	return slices.DeleteFunc(slices.Clone(w.ends), func(d verdict.Disposition) bool { return d.TentativeOutcome != verdict.OutcomeReplied })
}

// uncertainties returns the uncertainties of the walk.
func (w *walk) uncertainties() (out []string) {
	for _, d := range w.ends {
		for _, q := range d.Uncertainties {
			out = append(out, uncertaintyText(q))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func uncertaintyText(q verdict.Uncertainty) string {
	at := q.Place.Datapath.DisplayName(true) + "/" + q.Place.Stage
	switch q.Kind {
	case verdict.UncertaintyUnparsed:
		return "at " + at + " flow " + q.Flow.UUID + " does not parse: " + q.Text
	case verdict.UncertaintyUnmodelled:
		return "at " + at + " the walk does not follow " + q.Text
	case verdict.UncertaintyLimit:
		return "at " + at + " the walk stopped at its limit of " + q.Text
	case verdict.UncertaintyZone:
		return "at " + at + " the packet continues in the zone of " + q.Text + ", whose database is not given"
	}
	return "at " + at + " " + q.Text
}

// port returns the logical port at which a copy left, nil where the database
// has none.
func (n *network) port(d verdict.Disposition) *lflow.Port {
	dp := n.datapath(d.End.Datapath)
	if dp == nil {
		return nil
	}
	port, _ := dp.Port(d.Packet.Uint(packet.Outport))
	return port
}

// send walks a case's packet.  The error, if any, is an *inputError.
func (n *network) send(k *testCase, matched func(*lflow.Datapath, *lflow.Flow)) (*walk, error) {
	n = n.sender(k)
	c, made := k.choices(), newConnections()
	c.Matched, c.Translated = matched, made.translated
	if n.peers != nil {
		c.Across = n.zones.Across
	}
	req := sim.Request{Datapath: k.test.Datapath.Value, Microflow: k.flow.Value, Choices: c}
	at := k.flow.Pos
	if k.flow.Value == "" {
		to, err := n.destination(k)
		if err != nil {
			return nil, &inputError{k.to.Pos, err}
		}
		a, err := n.Resolve(address.Probe{
			From: k.from.inputName(), To: to, Via: k.test.Via.Value, Proto: k.proto.Value, Packet: k.packet.Value,
		})
		if err != nil {
			return nil, &inputError{k.errorPos(err), err}
		}
		req, at = a.Request(c), k.packet.Pos
		if at == (Pos{}) {
			at = k.test.Pos
		}
	} else if d := k.test.Datapath; d.Value != "" {
		if _, err := n.Datapath(d.Value); err != nil {
			return nil, &inputError{d.Pos, err}
		}
	}
	if err := n.portsOf(req); err != nil {
		return nil, &inputError{at, err}
	}
	t, err := sim.Trace(n.Network(), req)
	if err != nil {
		return nil, &inputError{at, err}
	}
	w := newWalk(n, req.Microflow, t)
	w.request, w.connections = req, made
	w.request.Translated = nil // a walk of the same packet once more translates nothing for the reply
	return w, nil
}

// portsOf reports the first port in a microflow that the network lacks, which a
// walk would take for no constraint at all.
func (n *network) portsOf(r sim.Request) error {
	e := r.Parsed
	if e == nil {
		text, err := n.Network().ExpandMicroflow(r.Microflow)
		if err != nil {
			return err
		}
		if e, err = expr.Parse(text, n.Network().MicroflowEnv()); err != nil {
			return err
		}
	}
	var missing error
	expr.Walk(e, func(e expr.Expr) bool {
		if c, ok := e.(*expr.Cmp); ok && c.Symbol.Width == 0 && c.Symbol.Name == "inport" && missing == nil {
			_, missing = n.Resolver.Port(c.Port)
		}
		return missing == nil
	})
	return missing
}

// errorPos returns the place of what an error in making out the packet is about.
func (k *testCase) errorPos(err error) Pos {
	var unknown *address.UnknownError
	var syntax *expr.SyntaxError
	if at, ok := k.test.unknownChassis(err); ok {
		return at
	}
	switch {
	case errors.As(err, &unknown) && unknown.Name == k.from.inputName():
		return k.from.Pos
	case errors.As(err, &unknown) && unknown.Name == k.to.inputName():
		return k.to.Pos
	case errors.As(err, &syntax) && k.packet.Value != "":
		return k.packet.Pos
	case strings.Contains(err.Error(), "via") && k.test.Via.Value != "":
		return k.test.Via.Pos
	case k.from.Pos != (Pos{}):
		return k.from.Pos
	}
	return k.test.Pos
}
