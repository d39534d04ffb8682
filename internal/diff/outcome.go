package diff

import (
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// sent is what became of a packet in a network.
type sent struct {
	n     *lflow.Network
	walks []*walk
	more  bool  // whether there were more choices than walks
	err   error // why it could not be sent
}

// walk is one way that a packet may have gone.
type walk struct {
	n      *lflow.Network
	trace  *trace.Trace
	passed []taken // the flows that it took, those too that only go on
	ends   []trace.Disposition

	who  string // who gets it, or why nobody does
	what string // the same, with what it looks like
	way  string // the datapaths

	shown map[string]string // who and what, with the names of ports that people know
	plain string            // who, of the packet itself alone
}

// taken is a flow that a packet took.
type taken struct {
	d *lflow.Datapath
	f *lflow.Flow
}

func newWalk(n *lflow.Network, t *trace.Trace, passed []taken) *walk {
	w := &walk{n: n, trace: t, passed: passed, ends: trace.Verdicts(t)}
	w.settle()
	var who, what, plain, shownWho, shownWhat []string
	for _, d := range w.counted() {
		end, shown := w.ending(d, w.port(d)), w.ending(d, w.label(d))
		who, shownWho = append(who, end), append(shownWho, shown)
		if d.Made == trace.MadeNot || d.Made == trace.MadeClone {
			plain = append(plain, end)
		}
		if d.Seems == trace.FateDelivered || d.Seems == trace.FateReplied {
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
	w.who, w.what, w.plain = join(who), join(what), join(plain)
	w.way = w.path()
	w.shown = map[string]string{w.who: join(shownWho), w.what: join(shownWhat)}
	return w
}

// settle says of a packet that waits for the answer to a question about its next
// hop that it does.  Since 24.09 an output follows the question, for which the
// controller holds the packet; before that the question was the end, and the
// controller held the packet all the same.  A walk shows the output at once.
func (w *walk) settle() {
	asks := false
	trace.Walk(w.trace.Root, func(n trace.Node) bool {
		f, ok := n.(*trace.Fork)
		asks = asks || ok && (f.Kind == trace.ARP || f.Kind == trace.NDNS)
		return !asks
	})
	for i := range w.ends {
		if d := &w.ends[i]; asks && waits(&d.Packet) {
			d.Seems, d.Code = trace.FateDropped, trace.ArpUnresolved
		}
	}
}

// waits reports whether a packet has no Ethernet destination yet.
func waits(p *packet.Packet) bool { return p.Uint(packet.EthDst) == 0 }

// counted returns the ends that count: where anything came of the packet, what
// was dropped besides does not.
func (w *walk) counted() []trace.Disposition {
	fruitless := func(d trace.Disposition) bool { return d.Seems == trace.FateDropped }
	if !slices.ContainsFunc(w.ends, func(d trace.Disposition) bool { return !fruitless(d) }) {
		return w.ends
	}
	return slices.DeleteFunc(slices.Clone(w.ends), fruitless)
}

// ending returns in words how a copy ended, at a port of that name.
func (w *walk) ending(d trace.Disposition, port string) string {
	made := ""
	if d.Made != trace.MadeNot && d.Made != trace.MadeClone {
		made = d.Made.String() + " "
	}
	switch d.Seems {
	case trace.FateDelivered:
		return "delivered " + made + "to " + port
	case trace.FateReplied:
		return "replied " + made + "to " + port
	case trace.FateController:
		return "controller " + d.Action
	case trace.FateLooped:
		return "looped"
	default:
		return "dropped " + string(d.Code)
	}
}

// port returns the name that flows have for the port at which a copy left.
func (w *walk) port(d trace.Disposition) string {
	if dp := w.n.DatapathOf(d.End.Key); dp != nil {
		if p := dp.Port(d.Packet.Uint(outport)); p != nil {
			return p.Name
		}
	}
	return d.Port
}

// label returns the name of the port at which a copy left, as a trace shows it.
func (w *walk) label(d trace.Disposition) string {
	if dp := w.n.DatapathOf(d.End.Key); dp != nil {
		if p := dp.Port(d.Packet.Uint(outport)); p != nil {
			return p.Label(true)
		}
	}
	return d.Port
}

// outport holds the key of the port that a packet leaves by, as
// ovn-architecture(7) has it.
var outport = packet.Reg(15)

// onWire returns a packet without what only the pipelines know of it.
func onWire(p packet.Packet) packet.Packet {
	for i := range packet.NumRegs {
		p.SetUint(packet.Reg(i), 0)
	}
	p.SetUint(packet.PktMark, 0)
	p.ClearConntrack()
	return p
}

// path returns the datapaths that the packet passed on its way to each port
// where it left; where it left at none, those that it came to.
func (w *walk) path() string {
	var ways []string
	var down func(n trace.Node, way []string)
	down = func(n trace.Node, way []string) {
		switch n := n.(type) {
		case *trace.Pipeline:
			if n.Group == "" && (len(way) == 0 || way[len(way)-1] != n.Datapath) {
				way = append(way[:len(way):len(way)], n.Datapath)
			}
		case *trace.Fork:
			if derived(n.Kind) && n.Kind != trace.Clone {
				return
			}
		case *trace.Delivered:
			if waits(&n.Packet) {
				return
			}
			ways = append(ways, strings.Join(way, " > "))
		}
		for _, s := range n.Subs() {
			down(s, way)
		}
	}
	down(w.trace.Root, nil)
	if len(ways) == 0 {
		for _, l := range w.legs() {
			if l.made == "" && !waits(&l.steps[0].before) && (len(ways) == 0 || ways[len(ways)-1] != l.datapath) {
				ways = append(ways, l.datapath)
			}
		}
		return strings.Join(ways, " > ")
	}
	slices.Sort(ways)
	return strings.Join(slices.Compact(ways), "; ")
}

// outcomes returns the different results of a packet's walks, sorted.
func (s *sent) outcomes(of func(*walk) string) []string {
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
func (s *sent) show(outcomes []string) []string {
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

// compare returns in what a packet's outcomes differ, nil where in nothing.
func compare(p Packet, before, after *sent) *Difference {
	for _, aspect := range []struct {
		kind Kind
		of   func(*walk) string
	}{
		{Verdict, func(w *walk) string { return w.who }},
		{Rewrite, func(w *walk) string { return w.what }},
		{Path, func(w *walk) string { return w.way }},
	} {
		was, now := before.outcomes(aspect.of), after.outcomes(aspect.of)
		if slices.Equal(was, now) {
			continue
		}
		d := &Difference{Packet: p, Kind: aspect.kind, Was: before.show(was), Now: after.show(now)}
		plain := func(w *walk) string { return w.plain }
		d.minor = aspect.kind == Verdict && slices.Equal(before.outcomes(plain), after.outcomes(plain))
		d.explain(before.other(aspect.of, now), after.other(aspect.of, was))
		return d
	}
	return nil
}

// other returns the first walk with a result that is not among those of the
// other network, or else the first, nil where there is none.
func (s *sent) other(of func(*walk) string, theirs []string) *walk {
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
