package reach

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// heads is the first legs of the packets of a unit's sources.
type heads struct {
	// kind is for each destination what the heads to it are, none where nothing is known.
	kind       []int
	signatures [][]string            // of each kind, of each source
	known      [][2]*packetset.Known // of each source, by family, what all of its packets have
	tails      []int                 // in which they end
}

// head is packets that have the same head.
type head struct {
	set     packetset.Set
	tail    int           // where it goes on, none where it ends
	allowed []trace.Place // by ACLs, as far as it goes
	result  *Result       // of one that ends
}

// flows returns the flows of which an answer speaks.
func (h *head) flows() []*trace.Flow {
	if h.result == nil {
		return flowsOf(h.allowed)
	}
	return flowsOf(append(h.result.Deciding(), h.result.At))
}

// text returns what an answer says of the head.
func (h *head) text(r roles) string {
	if h.result != nil {
		return r.key(h.result)
	}
	text := fmt.Sprint("tail ", h.tail)
	for i := range h.allowed {
		text += fmt.Sprint(" ", r.place(&h.allowed[i]))
	}
	return text
}

// headsOf walks the heads of a unit.
func (l *legs) headsOf(ctx context.Context, unit int) (_ *heads, err error) {
	defer packetset.Catch(&err)
	ports := l.Sources[unit]
	d := ports[0].Datapath
	h := &heads{kind: make([]int, len(l.to)), known: make([][2]*packetset.Known, len(ports))}
	for i := range h.kind {
		h.kind[i] = none
	}
	gate := l.resolver.Gateway(d)
	if gate == nil {
		return h, nil
	}
	var lacks [2]bool // whether the next hop of a source is not known
	for _, p := range ports {
		hosts := l.resolver.Hosts(p)
		for f := range families {
			lacks[f] = lacks[f] || p.Type == "localnet" || !slices.ContainsFunc(hosts, func(h address.Host) bool { return hasFamily(h, f) })
		}
	}
	w := l.newPairWalk(ports)
	w.isIrrelevant = l.leads.besides(nil)
	texts := make([]string, len(l.to))
	var sets [2][]packetset.Set
	for i, t := range l.to {
		ok := t.is && t.port.Datapath != d
		for f, ip := range t.ips {
			ok = ok && (!ip.IsValid() || !lacks[f] && gate.Leads(ip))
		}
		if !ok {
			continue
		}
		texts[i] = "to"
		for f, ip := range t.ips {
			if ip.IsValid() {
				sets[f] = append(sets[f], toIP(w.m, ip))
				texts[i] += fmt.Sprint(" ", f)
			}
		}
	}
	w.all = w.m.And(w.all, w.m.Is(packet.EthDst, gate.MAC))
	var found [2][]head
	for f := range families {
		all := w.m.And(w.all, w.m.Union(sets[f]))
		var ok bool
		if found[f], ok, err = l.walkHeads(ctx, w.space, gate.MAC, all); !ok {
			return h, err
		}
		for n := range found[f] {
			l.distinguish(w.space, f, n, &found[f][n], all, texts)
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
			h.signatures = append(h.signatures, l.sign(w, h, &l.to[i], &found))
		}
		h.kind[i] = kind
	}
	return h, nil
}

func hasFamily(h address.Host, f int) bool {
	for _, ip := range h.IPs {
		if familyOf(ip.Addr()) == f {
			return true
		}
	}
	return false
}

// walkHeads divides packets of one family by their heads; ok is false where some do not
// leave as one packet.
func (l *legs) walkHeads(ctx context.Context, x *space, mac uint64, all packetset.Set) (list []head, ok bool, err error) {
	a := &Answer{question: &Question{To: []*lflow.Port{}}}
	limit := l.question.limit()
	for left := all; left != packetset.Empty; {
		if err := ctx.Err(); err != nil || len(list) == limit {
			return nil, false, err
		}
		rep, _ := x.m.Sample(left)
		var h head
		exits, chosen, single := 0, 0, true
		x.leaving = func(r *image, table int, s *packetset.State, at place) {
			exits++
			chosen = r.chosen
			h.tail = none
			single = !r.copied && len(r.arrivals) == 0 && !at.way.made && !at.way.leftover && !r.skipped && isUnchanged(s) &&
				!slices.ContainsFunc(r.committed, func(c commitment) bool { return c.zone.datapath != x.d })
			h.allowed = slices.Clone(r.allowed)
			if single {
				h.tail = l.enter(at.datapath, table, s, mac, x.d)
			}
		}
		c, decided := x.classOf(rep, all, nil)
		x.leaving = nil
		switch {
		case !decided, exits > 1, !single, chosen > 0:
			return nil, false, nil
		case exits == 0:
			if len(c.Options) > 0 {
				return nil, false, nil
			}
			h.tail, h.result = none, a.result(&c)
		}
		h.set = c.Set
		list = append(list, h)
		left = x.m.Without(left, c.Set)
	}
	return list, true, nil
}

// isUnchanged reports whether packets have the headers with which they were sent.
func isUnchanged(s *packetset.State) bool {
	original := packetset.NewState()
	if in := s.Field(packet.Inport); !in.IsConstant() {
		return false
	}
	for _, f := range packetset.Fields() {
		if f != packet.Inport && s.Differs(original, f) {
			return false
		}
	}
	return true
}

// enter returns the tail of packets that come to a table in a state.
func (l *legs) enter(d *lflow.Datapath, table int, s *packetset.State, mac uint64, from *lflow.Datapath) int {
	e := entry{from: from, port: s.Field(packet.Inport).Value.Lo, mac: mac}
	s = anyPort(s, mac)
	key := fmt.Sprint(d.Index, " ", table, " ", s.Key())
	l.mu.Lock()
	defer l.mu.Unlock()
	at, known := l.byKey[key]
	if !known {
		at = len(l.tails)
		l.byKey[key] = at
		l.tails = append(l.tails, &tail{datapath: d, table: table, state: s})
	}
	if t := l.tails[at]; !slices.Contains(t.entries, e) {
		t.entries = append(t.entries, e)
	}
	return at
}

// anyPort returns the state of packets that come by any port: the port is that of the set's
// packets, and so are the bits of a register that has the Ethernet address that they were
// sent to, which is the port's.
func anyPort(s *packetset.State, mac uint64) *packetset.State {
	original, out := packetset.NewState(), s.Clone()
	to := original.Field(packet.EthDst)
	for _, f := range packet.Fields() {
		if b := s.Field(f); f.Register && f.Bits == 64 {
			if low := b.Slice(0, to.Width); low.IsConstant() && low.Value.Lo == mac {
				out.Set(f, 0, to)
			}
		}
	}
	out.SetField(packet.Inport, original.Field(packet.Inport))
	return out
}

// distinguish adds to the texts of destinations what of a head is not the same for all.
func (l *legs) distinguish(x *space, f, n int, h *head, all packetset.Set, texts []string) {
	for _, flow := range h.flows() {
		for _, i := range mentioned(l.destinations, flow.Match.Friendly) {
			if texts[i] != "" {
				texts[i] += fmt.Sprint(" is ", i)
			}
		}
	}
	checked := false
	for i, t := range l.to {
		if texts[i] == "" || !t.ips[f].IsValid() {
			continue
		}
		to := withTo(x.m, t.ips[f])
		same := x.m.Given(h.set, to)
		if !checked {
			if x.m.And(all, same) == h.set {
				return
			}
			checked = true
		}
		texts[i] += fmt.Sprintf(" head %d %x", n, x.m.Digest(same))
	}
}

// sign returns for each source what its heads to a destination are, apart from its own
// addresses.
func (l *legs) sign(w *pairWalk, h *heads, to *target, found *[2][]head) (out []string) {
	for at, p := range w.ports {
		roles := roles{from: w.d, own: l.tokens(p, "@from")}
		var lines []string
		for f, ip := range to.ips {
			if !ip.IsValid() {
				continue
			}
			mine := w.m.And(w.m.And(w.all, by(w.m, p)), toIP(w.m, ip))
			if mine == packetset.Empty {
				continue
			}
			if h.known[at][f] == nil {
				h.known[at][f] = w.m.Known(mine, identity...)
			}
			lines = append(lines, fmt.Sprint(f, " ", w.digestOf(mine, mine)))
			for i := range found[f] {
				if set := w.m.And(found[f][i].set, mine); set != packetset.Empty {
					lines = append(lines, fmt.Sprint(f, " ", found[f][i].text(roles), " ", w.digestOf(set, mine)))
				}
			}
		}
		slices.Sort(lines)
		out = append(out, digestOfText(strings.Join(lines, "\n")))
	}
	return out
}

func digestOfText(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}
