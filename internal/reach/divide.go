package reach

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// division is the result of dividing the packets of a unit by their heads.
type division struct {
	*halves
	w      *pairWalk
	toward toward

	// texts are equal for destinations with the same heads, "" if nothing is known of them;
	// names are the parts of them that are not about heads.
	texts, names []string

	found [2][]head
	every [2][]int         // the heads that do not distinguish destinations
	heads [2]map[int][]int // the other heads of each destination
	tree  [2]*addressTree
}

// divide walks the heads of packets to the destinations that have a text, and divides these
// destinations into kinds. addressed returns the packets of a family to all of them.
func (l *halves) divide(ctx context.Context, w *pairWalk, h *heads, texts []string, addressed func(f int) packetset.Set, toward toward, b *boundary) (err error) {
	defer tooLarge(&err)
	defer packetset.Catch(&err)
	ends := l.leads.besides(nil)
	w.isIrrelevant = func(p *lflow.Port) bool { return ends(p) && !(b.far && p.Type == "remote") }
	v := &division{halves: l, w: w, toward: toward, texts: texts, names: slices.Clone(texts)}
	for f := range families {
		v.heads[f] = map[int][]int{}
		all := w.m.And(w.all, addressed(f))
		var ok bool
		if v.found[f], ok, err = l.walkHeads(ctx, w.space, all, b); !ok {
			return err
		}
		for n := range v.found[f] {
			v.distinguish(f, n, all)
		}
	}
	kinds, alike := map[string]int{}, map[string]int{}
	for i, text := range texts {
		if text == "" {
			continue
		}
		kind, ok := kinds[text]
		if !ok {
			signatures, tails := v.sign(h, i)
			content := fmt.Sprint(v.names[i], tails, signatures)
			if kind, ok = alike[content]; !ok {
				kind = len(h.signatures)
				alike[content] = kind
				h.signatures, h.tails = append(h.signatures, signatures), append(h.tails, tails)
			}
			kinds[text] = kind
		}
		h.kind[i] = int32(kind)
	}
	return nil
}

// distinguish adds to the texts of destinations what differs between them in a head, and
// clears the text of a destination that has a head to itself.
func (v *division) distinguish(f, number int, all packetset.Set) {
	h, m := &v.found[f][number], v.w.m
	for _, flow := range h.flows() {
		for _, i := range mentioned(v.destinations, flow.Match.Friendly) {
			if v.texts[i] != "" {
				is := fmt.Sprint(" is ", i)
				v.texts[i] += is
				v.names[i] += is
			}
		}
	}
	for i := range v.to {
		if t := &v.to[i]; len(h.outputs) > 0 && v.texts[i] != "" && t.ips[f].IsValid() && slices.Contains(h.outputs, t.port) &&
			m.Meets(m.Without(h.set, by(m, t.port)), v.toward(t, f)) {
			v.texts[i] = ""
		}
	}
	isKnown := func(i int) bool { return v.texts[i] != "" && v.to[i].ips[f].IsValid() }
	first := slices.IndexFunc(v.texts, func(text string) bool { return text != "" })
	for first >= 0 && first < len(v.to) && !isKnown(first) {
		first++
	}
	if first < 0 || first == len(v.to) {
		return
	}
	if h.own == nil && m.And(all, m.Restrict(h.set, common(m, &v.to[first], f, v.toward))) == h.set {
		v.every[f] = append(v.every[f], number)
		return
	}
	if v.tree[f] == nil {
		v.tree[f] = v.newAddressTree(f, isKnown)
	}
	v.tree[f].each(m, h.set, func(i int) {
		if !isKnown(i) {
			return
		}
		same := m.Restrict(h.set, common(m, &v.to[i], f, v.toward))
		switch {
		case same == packetset.Empty:
		case h.own != nil && h.own != v.to[i].port:
			v.texts[i] = ""
		default:
			v.texts[i] += fmt.Sprintf(" head %d %x", number, m.Digest(same))
			v.heads[f][i] = append(v.heads[f][i], number)
		}
	})
}

// addressTree has the destinations by address.
type addressTree struct {
	set    packetset.Set // the packets to their addresses
	to     []int         // of a leaf
	halves [2]*addressTree
}

func (v *division) newAddressTree(f int, has func(i int) bool) *addressTree {
	at := map[netip.Addr][]int{}
	for i := range v.to {
		if has(i) {
			at[v.to[i].ips[f]] = append(at[v.to[i].ips[f]], i)
		}
	}
	m := v.w.m
	var grow func(ips []netip.Addr) *addressTree
	grow = func(ips []netip.Addr) *addressTree {
		if len(ips) == 1 {
			return &addressTree{set: toIP(m, ips[0]), to: at[ips[0]]}
		}
		n := len(ips) / 2
		t := &addressTree{halves: [2]*addressTree{grow(ips[:n]), grow(ips[n:])}}
		t.set = m.Or(t.halves[0].set, t.halves[1].set)
		return t
	}
	return grow(slices.SortedFunc(maps.Keys(at), netip.Addr.Compare))
}

// each calls f for the destinations to whose addresses packets of a set are.
func (t *addressTree) each(m *packetset.Manager, set packetset.Set, f func(i int)) {
	if !m.Meets(set, t.set) {
		return
	}
	for _, i := range t.to {
		f(i)
	}
	if t.to == nil {
		t.halves[0].each(m, set, f)
		t.halves[1].each(m, set, f)
	}
}

// common returns the bits that packets to a destination have in common.
func common(m *packetset.Manager, t *target, f int, toward toward) *packetset.Known {
	return m.Known(toward(t, f), packet.EthType, packet.EthDst, families[f].dst)
}

// sign returns for each source a key of its heads to a destination, without its own
// addresses, and the tails in which these heads end.
func (v *division) sign(h *heads, i int) (out []string, tails []int) {
	w, m, to := v.w, v.w.m, &v.to[i]
	lines := make([][]string, len(w.ports))
	for f, ip := range to.ips {
		if !ip.IsValid() {
			continue
		}
		all := m.And(w.all, v.toward(to, f))
		address := common(m, to, f, v.toward)
		heads := slices.Concat(v.every[f], v.heads[f][i])
		sets := make([]packetset.Set, len(heads))
		for at, n := range heads {
			o := &v.found[f][n]
			sets[at] = m.Restrict(o.set, address) // a part of all
			if o.tail != none && !slices.Contains(tails, o.tail) {
				tails = append(tails, o.tail)
			}
		}
		for at, p := range w.ports {
			mine := m.And(all, by(m, p))
			if mine == packetset.Empty {
				continue
			}
			known := m.Known(mine, identity...)
			if h.known[at][f] == nil {
				h.known[at][f] = known
			}
			lines[at] = append(lines[at], fmt.Sprintf("%d %x", f, m.Digest(m.Restrict(mine, known))))
			roles := roles{pairs: v.Pairs, sent: w.pairsZone, from: w.d, own: v.tokens(p, "@from")}
			for at2, set := range sets {
				if set = m.Restrict(set, known); set != packetset.Empty {
					lines[at] = append(lines[at], fmt.Sprintf("%d %s %x", f, v.found[f][heads[at2]].text(roles), m.Digest(set)))
				}
			}
		}
	}
	for _, list := range lines {
		slices.Sort(list)
		out = append(out, digestOfText(strings.Join(list, "\n")))
	}
	slices.Sort(tails)
	return out, tails
}

func digestOfText(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}
