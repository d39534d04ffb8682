package reach

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

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
	known      [][2]*packetset.Known // by source and family, the bits that all of its packets have in common
	tails      []int                 // in which they end
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
	stop int                                                         // the ingress table of their own datapath before which they end, 0 for the next datapath
	fits func(s *packetset.State, done []commitment) bool            // whether the packet can have a tail
	tail func(at place, table int, s *packetset.State) (int, string) // the tail and its name
}

// toward returns the packets to a target's address of a family.
type toward func(t *target, f int) packetset.Set

// lacking returns the families in which a source has no address from which it may send, so
// that its next hop is not known.
func (l *halves) lacking(ports []*lflow.Port) (lacks [2]bool) {
	for _, p := range ports {
		var has [2]bool
		for _, h := range l.resolver.Hosts(p) {
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

// headsOf walks the heads of a unit to other datapaths.
func (l *halves) headsOf(ctx context.Context, m *packetset.Manager, unit int) (*heads, error) {
	ports := l.Sources[unit]
	d := ports[0].Datapath
	h := l.newHeads(len(ports))
	gate := l.resolver.Gateway(d)
	if gate == nil {
		return h, nil
	}
	lacks := l.lacking(ports)
	texts := make([]string, len(l.to))
	for i, t := range l.to {
		if t.port.Datapath != d {
			texts[i] = t.families(func(f int) bool { return !lacks[f] && gate.Leads(t.ips[f]) })
		}
	}
	w := l.newPairWalk(m, ports)
	w.all = w.m.And(w.all, w.m.Is(packet.EthDst, gate.MAC))
	entered := map[tableKey]int{}
	all := func(f int) packetset.Set { return l.elsewhere(w.m, f, texts) }
	return h, l.divide(ctx, w, h, texts, all, func(t *target, f int) packetset.Set { return toIP(w.m, t.ips[f]) }, &boundary{
		fits: func(s *packetset.State, done []commitment) bool {
			in := s.Field(packet.Inport)
			return in.IsConstant() && isAsSent(s, packet.Inport) &&
				!slices.ContainsFunc(done, func(c commitment) bool { return c.zone.datapath != d })
		},
		tail: func(at place, table int, s *packetset.State) (int, string) {
			i, known := entered[tableKey{at.datapath, lflow.Ingress, table, w.m.ID(s)}]
			if !known {
				i = l.enter(at.datapath, table, s, gate.MAC, d)
				entered[tableKey{at.datapath, lflow.Ingress, table, w.m.ID(s)}] = i
			}
			return i, fmt.Sprint("tail ", i)
		},
	})
}

// divide walks the heads of packets to the destinations that have a text, and divides these
// destinations into kinds. addressed returns the packets of a family to all of them.
func (l *halves) divide(ctx context.Context, w *pairWalk, h *heads, texts []string, addressed func(f int) packetset.Set, toward toward, b *boundary) (err error) {
	defer tooLarge(&err)
	defer packetset.Catch(&err)
	w.isIrrelevant = l.leads.besides(nil)
	var found [2][]head
	for f := range families {
		all := w.m.And(w.all, addressed(f))
		var ok bool
		if found[f], ok, err = l.walkHeads(ctx, w.space, all, b); !ok {
			return err
		}
		for n := range found[f] {
			l.distinguish(w.space, f, n, &found[f][n], all, texts, toward)
		}
	}
	for _, list := range found {
		for i := range list {
			if t := list[i].tail; t != none && !slices.Contains(h.tails, t) {
				h.tails = append(h.tails, t)
			}
		}
	}
	kinds := map[string]int{}
	for i, text := range texts {
		if text == "" {
			continue
		}
		kind, ok := kinds[text]
		if !ok {
			kind = len(kinds)
			kinds[text] = kind
			h.signatures = append(h.signatures, l.sign(w, h, &l.to[i], &found, toward))
		}
		h.kind[i] = int32(kind)
	}
	return nil
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
	defer func() { x.leaving, x.stop = nil, 0 }()
	for left := all; left != packetset.Empty; {
		if err := ctx.Err(); err != nil || len(list) == limit {
			return nil, false, err
		}
		rep, _ := x.m.Sample(left)
		h := head{tail: none}
		exits, chosen, single := 0, 0, true
		var followed *image
		x.stop = b.stop
		x.leaving = func(r *image, table int, s *packetset.State, at place) {
			exits++
			chosen, followed = r.chosen, r
			single = !r.copied && len(r.arrivals) == 0 && len(r.outputs) == 0 && !at.way.made && !at.way.leftover && !r.skipped && b.fits(s, r.committed)
			h.allowed = slices.Clone(r.allowed)
			if single {
				h.tail, h.name = b.tail(at, table, s)
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

// distinguish adds to the texts of destinations what differs between them in a head, and
// clears the text of a destination that has a head to itself.
func (l *halves) distinguish(x *space, f, number int, h *head, all packetset.Set, texts []string, toward toward) {
	for _, flow := range h.flows() {
		for _, i := range mentioned(l.destinations, flow.Match.Friendly) {
			if texts[i] != "" {
				texts[i] += fmt.Sprint(" is ", i)
			}
		}
	}
	for i := range l.to {
		if t := &l.to[i]; len(h.outputs) > 0 && texts[i] != "" && t.ips[f].IsValid() && slices.Contains(h.outputs, t.port) &&
			x.m.Meets(x.m.Without(h.set, by(x.m, t.port)), toward(t, f)) {
			texts[i] = ""
		}
	}
	first := true
	for i := range l.to {
		if texts[i] == "" || !l.to[i].ips[f].IsValid() {
			continue
		}
		same := x.m.Given(h.set, common(x.m, &l.to[i], f, toward))
		if first && x.m.And(all, same) == h.set {
			return
		}
		first = false
		texts[i] += fmt.Sprintf(" head %d %x", number, x.m.Digest(same))
	}
}

// common returns the bits that packets to a destination have in common.
func common(m *packetset.Manager, t *target, f int, toward toward) *packetset.Known {
	return m.Known(toward(t, f), packet.EthType, packet.EthDst, families[f].dst)
}

// sign returns for each source a key of its heads to a destination, without its own
// addresses.
func (l *halves) sign(w *pairWalk, h *heads, to *target, found *[2][]head, toward toward) (out []string) {
	lines := make([][]string, len(w.ports))
	for f, ip := range to.ips {
		if !ip.IsValid() {
			continue
		}
		all := w.m.And(w.all, toward(to, f))
		address := common(w.m, to, f, toward)
		sets := make([]packetset.Set, len(found[f]))
		for i := range found[f] {
			sets[i] = w.m.Given(found[f][i].set, address) // a part of all
		}
		for at, p := range w.ports {
			mine := w.m.And(all, by(w.m, p))
			if mine == packetset.Empty {
				continue
			}
			known := w.m.Known(mine, identity...)
			if h.known[at][f] == nil {
				h.known[at][f] = known
			}
			lines[at] = append(lines[at], fmt.Sprintf("%d %x", f, w.m.Digest(w.m.Given(mine, known))))
			roles := roles{from: w.d, own: l.tokens(p, "@from")}
			for i, set := range sets {
				if set = w.m.Given(set, known); set != packetset.Empty {
					lines[at] = append(lines[at], fmt.Sprintf("%d %s %x", f, found[f][i].text(roles), w.m.Digest(set)))
				}
			}
		}
	}
	for _, list := range lines {
		slices.Sort(list)
		out = append(out, digestOfText(strings.Join(list, "\n")))
	}
	return out
}

func digestOfText(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}
