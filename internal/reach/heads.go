package reach

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// heads are the first halves of the paths of a unit's packets.
type heads struct {
	// kind is equal for destinations with the same heads, none if nothing is known of the
	// heads.
	kind       []int32
	signatures [][]string            // of each kind, of each source
	tails      [][]int               // of each kind, the tails in which they end
	known      [][2]*packetset.Known // by source and family, the bits that all of its packets have in common
}

func (l *halves) newHeads(sources int) *heads {
	h := &heads{kind: make([]int32, len(l.to)), known: make([][2]*packetset.Known, sources)}
	for i := range h.kind {
		h.kind[i] = none
	}
	return h
}

// head is a set of packets with the same head.
type head struct {
	set     packetset.Set
	tail    int           // where it continues, none if it ends
	name    string        // of the tail
	own     *lflow.Port   // the only destination for which this is the tail, nil for any
	allowed []trace.Place // by ACLs of the head
	result  *Result       // of a head that ends
	outputs []*lflow.Port // of a head that ends: the ports that it reaches without a lookup
}

// flows returns the flows that an answer names.
func (h *head) flows() []*trace.Flow {
	if h.result == nil {
		return flowsOf(h.allowed)
	}
	return flowsOf(append(h.result.Deciding(), h.result.At))
}

// text returns the part of an answer that describes the head.
func (h *head) text(r roles) string {
	if h.result != nil {
		return r.key(h.result)
	}
	text := h.name
	for i := range h.allowed {
		text += fmt.Sprint(" ", r.place(&h.allowed[i]))
	}
	return text
}

// boundary determines where heads end.
type boundary struct {
	stop int  // the ingress table of their own datapath before which they end, 0 for the next datapath
	far  bool // whether they end in the next zone

	// tail returns the tail of a packet with some commitments, its name, and the only
	// destination for which it is that; ok is false if the packet can have none.
	tail func(at place, table int, s *packetset.State, done []commitment) (tail int, name string, own *lflow.Port, ok bool)
}

// toward returns the packets to a target's address of a family.
type toward func(t *target, f int) packetset.Set

// lacking returns the families in which a source has no address from which it may send, so
// that its next hop is not known.
func (l *halves) lacking(ports []*lflow.Port) (lacks [2]bool) {
	for _, p := range ports {
		var has [2]bool
		for _, h := range l.hosts(p) {
			for _, ip := range h.IPs {
				has[familyOf(ip.Addr())] = p.Type != "localnet"
			}
		}
		for f := range lacks {
			lacks[f] = lacks[f] || !has[f]
		}
	}
	return lacks
}

// headsOf walks the heads of a unit to other datapaths: those of its zone, and those of the
// others.
func (l *halves) headsOf(ctx context.Context, m *packetset.Manager, unit int) (*heads, error) {
	h := l.newHeads(len(l.Sources[unit]))
	err := l.nearHeads(ctx, m, unit, h)
	if err == nil && l.zones.several() {
		err = l.farHeads(ctx, m, unit, h)
	}
	return h, err
}

// nearHeads walks the heads of a unit to other datapaths of its zone.
func (l *halves) nearHeads(ctx context.Context, m *packetset.Manager, unit int, h *heads) error {
	ports := l.Sources[unit]
	d := ports[0].Datapath
	gate := l.zone(d).resolver.Gateway(d)
	if gate == nil {
		return nil
	}
	lacks := l.lacking(ports)
	texts := make([]string, len(l.to))
	for i, t := range l.to {
		if t.port.Datapath != d && t.port.Datapath.Network() == d.Network() {
			texts[i] = t.families(func(f int) bool { return !lacks[f] && gate.Leads(t.ips[f]) })
		}
	}
	w := l.newPairWalk(m, ports)
	w.all = w.m.And(w.all, w.m.Is(packet.EthDst, gate.MAC))
	entered := map[tableKey]int{}
	all := func(f int) packetset.Set {
		if l.zones.several() {
			return l.allTo(w.m, f, func(i int) bool { return texts[i] != "" })
		}
		return l.elsewhere(w.m, f, texts)
	}
	return l.divide(ctx, w, h, texts, all, func(t *target, f int) packetset.Set { return toIP(w.m, t.ips[f]) }, &boundary{
		tail: func(at place, table int, s *packetset.State, done []commitment) (n int, name string, own *lflow.Port, ok bool) {
			in := s.Field(packet.Inport)
			if at.datapath.Network() != d.Network() || !in.IsConstant() || !isAsSent(s, packet.Inport) ||
				slices.ContainsFunc(done, func(c commitment) bool { return c.zone.datapath != d }) {
				return none, "", nil, false
			}
			key := tableKey{at.datapath, lflow.Ingress, table, w.m.ID(s)}
			n, known := entered[key]
			if !known {
				n = l.enter(at.datapath, table, s, gate.MAC, d)
				entered[key] = n
			}
			return n, fmt.Sprint("tail ", n), nil, true
		},
	})
}

// tooLarge ignores the error of sets that are too large: then nothing is known.
func tooLarge(err *error) {
	if errors.Is(*err, packetset.ErrTooLarge) {
		*err = nil
	}
}

// walkHeads divides packets of one family by their heads; ok is false if some do not
// continue as one packet.
func (l *halves) walkHeads(ctx context.Context, x *space, all packetset.Set, b *boundary) (list []head, ok bool, err error) {
	a := &Answer{question: &Question{To: []*lflow.Port{}}}
	limit := l.question.limit()
	defer func() { x.leaving, x.stop, x.far = nil, 0, false }()
	for left := all; left != packetset.Empty; {
		if err := ctx.Err(); err != nil || len(list) == limit {
			return nil, false, err
		}
		rep, _ := x.m.Sample(left)
		h := head{tail: none}
		exits, chosen, single := 0, 0, true
		var followed *image
		x.stop, x.far = b.stop, b.far
		x.leaving = func(r *image, table int, s *packetset.State, at place) {
			exits++
			chosen, followed = r.chosen, r
			single = !r.copied && len(r.arrivals) == 0 && len(r.outputs) == 0 && !at.way.made && !at.way.leftover && !r.skipped
			h.allowed = slices.Clone(r.allowed)
			if single {
				h.tail, h.name, h.own, single = b.tail(at, table, s, r.committed)
			}
		}
		c, decided := x.classOf(rep, all, nil)
		switch {
		case !decided, exits > 1, !single, chosen > 0, followed != nil && followed.copied:
			return nil, false, nil
		case exits == 0 && len(c.Options) > 0:
			return nil, false, nil
		case exits == 0:
			h.result, h.outputs = a.result(&c), c.outputs
		}
		h.set = c.Set
		list = append(list, h)
		left = x.m.Without(left, c.Set)
	}
	return list, true, nil
}

// isAsSent reports whether packets have the headers with which they were sent, except for
// one field.
func isAsSent(s *packetset.State, but *packet.Field) bool {
	original := packetset.NewState()
	for _, f := range packetset.Fields() {
		if f != but && s.Differs(original, f) {
			return false
		}
	}
	return true
}
