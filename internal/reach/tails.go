package reach

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// tail is packets that come to a table in the same state, by several ports.
type tail struct {
	datapath *lflow.Datapath
	table    int
	state    *packetset.State
	entries  []entry
}

// entry is a port by which the packets of a datapath's sources enter the next one.
type entry struct {
	from *lflow.Datapath
	port uint64
	mac  uint64 // to which they are sent
}

// tailGroup is what the tails to destinations are that they do not distinguish but by
// their addresses.
type tailGroup struct{ ways []tailWay }

// tailWay is packets of a tail of which the same becomes.
type tailWay struct {
	tail, family int
	text         string
	mentions     []string // the sources that a flow names of which an answer speaks
	set          packetset.Set
}

// tailWalk walks the tails of one destination after the other.
type tailWalk struct {
	*legs
	spaces []*tailSpace
}

// tailSpace is the packets of a tail.
type tailSpace struct {
	*space
	sent    packetset.Set // what sources send, to anywhere
	strayed bool          // whether packets came to a datapath of other sources
	home    *lflow.Datapath
}

func (l *legs) newTailWalk() *tailWalk { return &tailWalk{l, make([]*tailSpace, len(l.tails))} }

// maxTailNodes is how large the sets of a tail may become before its walks begin with new
// ones.
const maxTailNodes = 1_000_000

func (w *tailWalk) space(n int) *tailSpace {
	if x := w.spaces[n]; x != nil && x.m.Size() <= maxTailNodes {
		return x
	}
	t := w.tails[n]
	keys := make([]uint64, len(t.entries))
	for i, e := range t.entries {
		keys[i] = e.port
	}
	x := &tailSpace{space: newSpace(w.resolver.Network(), t.datapath, keys)}
	x.initial, x.table = t.state, t.table
	x.entering = func(d *lflow.Datapath) { x.strayed = x.strayed || w.sends[d] && d != x.home }
	x.sent = x.m.And(sent(x.m, w.narrowed.has), w.senders(x.m))
	w.spaces[n] = x
	return x
}

// senders returns the packets from the addresses of all sources.
func (l *legs) senders(m *packetset.Manager) packetset.Set {
	var sets []packetset.Set
	from := func(f family, v packet.Value) {
		sets = append(sets, m.And(m.Is(packet.EthType, f.typ), m.Equal(f.src, v, packet.Ones(f.src.Bits))))
	}
	for _, ports := range l.Sources {
		for _, p := range ports {
			for _, h := range l.resolver.Hosts(p) {
				from(families[1], packet.LinkLocal(h.MAC))
				for _, ip := range h.IPs {
					from(families[familyOf(ip.Addr())], packet.FromAddr(ip.Addr()))
				}
			}
		}
	}
	return m.Union(sets)
}

// destination finds the group of a destination.
func (w *tailWalk) destination(ctx context.Context, i int) (err error) {
	defer packetset.Catch(&err)
	t := &w.to[i]
	if !t.is {
		return nil
	}
	var ways []tailWay
	var from []*packetset.Manager // of each way
	text := ""
	for n := range w.tails {
		for f, ip := range t.ips {
			if !ip.IsValid() {
				continue
			}
			x := w.space(n)
			list, ok, err := w.tail(ctx, x, n, t, ip)
			if !ok {
				return err
			}
			for _, way := range list {
				way.tail, way.family = n, f
				text += fmt.Sprintf("%d %d %s %x\n", n, f, way.text, x.m.Digest(way.set))
				ways, from = append(ways, way), append(from, x.m)
			}
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	at, known := w.byText[text]
	if !known {
		for i := range ways {
			ways[i].set = w.m.Copy(from[i], ways[i].set)
		}
		at = len(w.groups)
		w.byText[text] = at
		w.groups = append(w.groups, &tailGroup{ways})
	}
	w.group[i] = at
	return nil
}

// tail returns what becomes of packets to an address of a destination, without the
// address and the port by which they come; ok is false where it depends on the port, or
// is not known.
func (w *tailWalk) tail(ctx context.Context, x *tailSpace, n int, t *target, ip netip.Addr) (ways []tailWay, ok bool, err error) {
	var enters []packetset.Set
	for _, e := range w.tails[n].entries {
		if e.from != t.port.Datapath {
			enters = append(enters, x.m.And(x.m.Is(packet.Inport, e.port), x.m.Is(packet.EthDst, e.mac)))
		}
	}
	if len(enters) == 0 {
		return nil, true, nil
	}
	entry := x.m.Known(enters[0], packet.Inport, packet.EthDst)
	all := x.m.And(x.m.And(x.m.Union(enters), toIP(x.m, ip)), x.sent)
	x.isIrrelevant = w.leads.besides([]*lflow.Port{t.port})
	x.home, x.strayed = t.port.Datapath, false
	q := *w.question
	q.To = []*lflow.Port{t.port}
	a := &Answer{question: &q}
	roles := roles{to: t.port.Datapath, own: w.tokens(t.port, "@to")}
	at := map[string]int{}
	classes, alike := 0, true
	rest, err := x.explore(ctx, all, all, nil, func(c Class) bool {
		classes++
		result := a.result(&c)
		alike = alike && !x.strayed && result.Kind != Undecided && !slices.ContainsFunc(c.Ends, func(e verdict.Disposition) bool {
			return e.Code == verdict.TTLExceeded || e.Code == verdict.Loop || e.Outcome == verdict.OutcomeLooped
		})
		key := roles.key(result)
		i, known := at[key]
		if !known {
			i = len(ways)
			at[key] = i
			ways = append(ways, tailWay{text: key, mentions: w.mentions(result), set: packetset.Empty})
		}
		ways[i].set = x.m.Or(ways[i].set, c.Set)
		return alike && classes < q.limit()
	})
	if err != nil || rest != packetset.Empty || !alike {
		return nil, false, err
	}
	address := withTo(x.m, ip)
	for i := range ways {
		same := x.m.Given(ways[i].set, entry)
		if x.m.And(all, same) != ways[i].set {
			return nil, false, nil
		}
		ways[i].set = x.m.Given(same, address)
	}
	slices.SortFunc(ways, func(a, b tailWay) int { return strings.Compare(a.text, b.text) })
	return ways, true, nil
}

// mentions returns the names of the sources that flows of a result name.
func (l *legs) mentions(r *Result) (out []string) {
	for _, f := range flowsOf(append(r.Deciding(), r.At)) {
		for _, unit := range mentioned(l.sources, f.Match.Friendly) {
			for _, p := range l.Sources[unit] {
				for _, t := range l.tokens(p, "") {
					if t.replace(f.Match.Friendly) != f.Match.Friendly {
						out = append(out, p.Name)
						break
					}
				}
			}
		}
	}
	return out
}
