package diff

import (
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// packetResult is the outcome of a packet in a network.
type packetResult struct {
	walks []*walk
	more  bool  // whether there were more choices than walks
	err   error // why it could not be sent
}

// walk is one way that a packet may have gone.
type walk struct {
	n      *lflow.Network
	trace  *trace.Trace
	passed []takenFlow // the flows that it took, those too that only go on
	ends   []verdict.Disposition

	portName    string // the receiver by portName, or the reason for a drop
	origin      string // the same, with the kind of packet
	verdictText string // the datapaths

	shown map[string]string // who and what, with the names of ports that people know
	plain string            // who, of the packet itself alone
}

// takenFlow is a flow that a packet took.
type takenFlow struct {
	d *lflow.Datapath
	f *lflow.Flow
}

// place returns where the flow is.
func (t takenFlow) place() trace.Place {
	return trace.Place{Datapath: t.d.Ref(), Egress: t.f.Pipeline == lflow.Egress, Table: t.f.Table, Stage: t.f.Stage(), Flow: t.f.Ref()}
}

func newWalk(n *lflow.Network, t *trace.Trace, passed []takenFlow) *walk {
	w := &walk{n: n, trace: t, passed: passed, ends: verdict.Of(t)}
	w.normalize()
	var who, what, plain, shownWho, shownWhat []string
	for _, d := range w.counted() {
		end, shown := w.ending(d, d.Port.DisplayName(false)), w.ending(d, d.Port.DisplayName(true))
		who, shownWho = append(who, end), append(shownWho, shown)
		if d.Origin == verdict.OriginPacket || d.Origin == verdict.OriginClone {
			plain = append(plain, end)
		}
		if d.TentativeOutcome == verdict.OutcomeDelivered || d.TentativeOutcome == verdict.OutcomeReplied {
			wire := onWire(d.Packet)
			as := " as " + wire.Header(packet.HeaderStyle{})
			end, shown = end+as, shown+as
		}
		what, shownWhat = append(what, end), append(shownWhat, shown)
	}
	join := func(list []string) string {
		slices.Sort(list)
		return strings.Join(slices.Compact(list), "; ")
	}
	w.portName, w.origin, w.plain = join(who), join(what), join(plain)
	w.verdictText = w.path()
	w.shown = map[string]string{w.portName: join(shownWho), w.origin: join(shownWhat)}
	return w
}

// normalize marks packets that wait for the reply to a request for their next hop. Since 24.09 an
// output follows the request, for which the controller holds the packet; before that the walk ended
// at the request, although the controller held the packet too. A walk shows the output at once.
func (w *walk) normalize() {
	asks := false
	trace.Walk(w.trace.Root, func(n trace.Node) bool {
		f, ok := n.(*trace.Fork)
		asks = asks || ok && (f.Kind == trace.ForkARP || f.Kind == trace.ForkNDNS)
		return !asks
	})
	for i := range w.ends {
		if d := &w.ends[i]; asks && waits(&d.Packet) {
			d.TentativeOutcome, d.Code = verdict.OutcomeDropped, verdict.ArpUnresolved
		}
	}
}

// waits reports whether a packet has no Ethernet destination yet.
func waits(p *packet.Packet) bool { return p.Uint(packet.EthDst) == 0 }

// counted returns the relevant ends: if there are others than drops, without drops.
func (w *walk) counted() []verdict.Disposition {
	fruitless := func(d verdict.Disposition) bool { return d.TentativeOutcome == verdict.OutcomeDropped }
	if !slices.ContainsFunc(w.ends, func(d verdict.Disposition) bool { return !fruitless(d) }) {
		return w.ends
	}
	return slices.DeleteFunc(slices.Clone(w.ends), fruitless)
}

// ending returns in words how a copy ended, at a port of that name.
func (w *walk) ending(d verdict.Disposition, port string) string {
	made := ""
	if d.Origin != verdict.OriginPacket && d.Origin != verdict.OriginClone {
		made = d.Origin.String() + " "
	}
	switch d.TentativeOutcome {
	case verdict.OutcomeDelivered:
		return "delivered " + made + "to " + port
	case verdict.OutcomeReplied:
		return "replied " + made + "to " + port
	case verdict.OutcomeController:
		return "controller " + d.Action
	case verdict.OutcomeLooped:
		return "looped"
	default:
		return "dropped " + string(d.Code)
	}
}

// onWire returns a packet without the metadata of the pipelines.
func onWire(p packet.Packet) packet.Packet {
	for i := range packet.NumRegs {
		p.SetUint(packet.Reg(i), 0)
	}
	p.SetUint(packet.PktMark, 0)
	p.ClearConntrack()
	return p
}

// path returns the datapaths that the packet passed on its way to each output port or, if there is
// none, all datapaths that it reached.
func (w *walk) path() string {
	var ways []string
	for p := range trace.Paths(w.trace) {
		if n, ok := p.Node.(*trace.Delivered); ok && p.Relation != trace.ForkGenerated && !waits(&n.Packet) {
			ways = append(ways, strings.Join(datapaths(p), " > "))
		}
	}
	if len(ways) == 0 {
		for _, l := range w.pipelines() {
			if l.origin == "" && !waits(&l.steps[0].before) && (len(ways) == 0 || ways[len(ways)-1] != l.datapath) {
				ways = append(ways, l.datapath)
			}
		}
		return strings.Join(ways, " > ")
	}
	slices.Sort(ways)
	return strings.Join(slices.Compact(ways), "; ")
}

// datapaths returns those on a way, in its order.
func datapaths(p *trace.Path) (out []string) {
	for ; p != nil; p = p.Parent {
		if n, ok := p.Node.(*trace.Pipeline); ok && n.Group == "" {
			if name := n.Datapath.DisplayName(true); len(out) == 0 || out[len(out)-1] != name {
				out = append(out, name)
			}
		}
	}
	slices.Reverse(out)
	return out
}

// outcomes returns the different results of a packet's walks, sorted.
func (s *packetResult) outcomes(of func(*walk) string) []string {
	if s.err != nil {
		return []string{"cannot be sent: " + s.err.Error()}
	}
	var out []string
	for _, w := range s.walks {
		out = append(out, of(w))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// show returns outcomes with the names of ports that people know.
func (s *packetResult) show(outcomes []string) []string {
	out := slices.Clone(outcomes)
	for i, o := range out {
		for _, w := range s.walks {
			if shown, ok := w.shown[o]; ok {
				out[i] = shown
			}
		}
	}
	return out
}

// compare returns how a packet's outcomes differ, or nil.
func compare(p Packet, before, after *packetResult) *Difference {
	for _, part := range []struct {
		kind Kind
		of   func(*walk) string
	}{
		{Verdict, func(w *walk) string { return w.portName }},
		{Rewrite, func(w *walk) string { return w.origin }},
		{Path, func(w *walk) string { return w.verdictText }},
	} {
		was, now := before.outcomes(part.of), after.outcomes(part.of)
		if slices.Equal(was, now) {
			continue
		}
		d := &Difference{Packet: p, Kind: part.kind, Was: before.show(was), Now: after.show(now)}
		plain := func(w *walk) string { return w.plain }
		d.minor = part.kind == Verdict && slices.Equal(before.outcomes(plain), after.outcomes(plain))
		d.explain(before.other(part.of, now), after.other(part.of, was))
		return d
	}
	return nil
}

// other returns the first walk with a result that the other network does not have, else the first
// walk, or nil if there is none.
func (s *packetResult) other(of func(*walk) string, theirs []string) *walk {
	if s.err != nil {
		return nil
	}
	for _, w := range s.walks {
		if !slices.Contains(theirs, of(w)) {
			return w
		}
	}
	return s.walks[0]
}
