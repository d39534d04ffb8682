package reach

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// tail is a set of packets that enter a table in the same state, by several ports.
type tail struct {
	datapath *lflow.Datapath
	table    int
	egress   bool // whether it is the start of the egress pipeline, behind a tunnel from other zones
	state    *packetset.State
	own      bool // whether the state lacks the output port and the Ethernet destination, which are the destination's own
	entries  []entry
	has      map[entry]bool // those in entries
}

// entry is a port by which the packets of a datapath's sources enter the next datapath.
type entry struct {
	from   *lflow.Datapath
	port   uint64
	mac    uint64 // their Ethernet destination, 0 if it is in the state
	source uint64 // their Ethernet source, 0 for the sender's own
}

// enter returns the tail of packets that enter a table in a state.
func (l *halves) enter(d *lflow.Datapath, table int, s *packetset.State, mac uint64, from *lflow.Datapath) int {
	e := entry{from: from, port: s.Field(packet.Inport).Value.Lo, mac: mac}
	return l.addTail(&tail{datapath: d, table: table, state: anyPort(s, mac)}, []entry{e})
}

// addTail returns the number of a tail, to which it adds entries.
func (l *halves) addTail(t *tail, list []entry) int {
	key := tailKey{t.datapath, t.table, t.egress, t.own, t.state.Key()}
	l.mu.Lock()
	defer l.mu.Unlock()
	at, known := l.byKey[key]
	if !known {
		at = len(l.tails)
		l.byKey[key] = at
		t.has = map[entry]bool{}
		l.tails = append(l.tails, t)
	}
	t = l.tails[at]
	for _, e := range list {
		if !t.has[e] {
			t.has[e] = true
			t.entries = append(t.entries, e)
		}
	}
	return at
}

// tailKey identifies a tail.
type tailKey struct {
	datapath    *lflow.Datapath
	table       int
	egress, own bool
	state       string
}

// anyPort returns the state of packets that enter by any port: the port is that of the
// packets of the set, and so are the bits of a register with their Ethernet destination,
// which is the port's address.
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
	if on := s.Field(packet.OnChassis); !on.IsConstant() {
		out.SetUint(packet.OnChassis, cluster.Unknown) // that of the sender
	}
	return out
}

// tailGroup has the tails to destinations that differ in their addresses only.
type tailGroup struct{ outcomes []tailOutcome }

// tailOutcome is a set of packets of a tail with the same outcome.
type tailOutcome struct {
	tail, family int
	text         string
	mentions     []string // the sources named by the flows that an answer names
	set          packetset.Set
}

// tailWalk walks the tails of one destination after the other.
type tailWalk struct {
	*halves
	spaces []*tailSpace // at most maxTails, the least recently used first
}

// tailSpace is a space with the packets of a tail.
type tailSpace struct {
	*space
	tail        int             // its number
	sent        packetset.Set   // packets that sources send, to any destination, from any Ethernet address
	strayed     bool            // whether packets entered a datapath of other sources
	destination *lflow.Datapath // that of the destination port
	of          packetset.Set   // packets of the entry that is walked
}

func (l *halves) newTailWalk() *tailWalk { return &tailWalk{halves: l} }

// space returns the space of a tail. It replaces the space that was not used for the longest
// time.
func (w *tailWalk) space(n int) *tailSpace {
	if i := slices.IndexFunc(w.spaces, func(x *tailSpace) bool { return x.tail == n }); i >= 0 {
		x := w.spaces[i]
		w.spaces = append(slices.Delete(w.spaces, i, i+1), x)
		if x.tidy() {
			x.destination = nil
		}
		return x
	}
	var m *packetset.Manager
	if len(w.spaces) < maxTails {
		m = packetset.NewManager(0)
	} else {
		m = w.spaces[0].m
		w.spaces = slices.Delete(w.spaces, 0, 1)
	}
	t := w.tails[n]
	keys := make([]uint64, len(t.entries))
	for i, e := range t.entries {
		keys[i] = e.port
	}
	x := &tailSpace{tail: n, space: newSpaceIn(m, t.datapath.Network(), t.datapath, keys)}
	x.initial, x.table, x.egress, x.links = t.state, t.table, t.egress, w.links
	x.entering = func(d *lflow.Datapath) {
		if t.egress {
			x.strayed = x.strayed || d.Network() != x.n
		} else {
			x.strayed = x.strayed || w.sends[d] && d != x.destination
		}
	}
	ips, macs := w.senders(x.m, t)
	x.sent = x.m.And(sent(x.m, w.narrowed.has, w.question.Later), ips)
	anywhere := func(int) bool { return true }
	to := x.m.Or(w.allTo(x.m, 0, anywhere), w.allTo(x.m, 1, anywhere))
	x.entries = &entries{first: map[tableKey]int{}, apart: map[packetset.Set]bool{}, macs: macs}
	x.entries.all = x.m.And(x.m.And(x.sent, to), x.by(t.entries, nil))
	w.spaces = append(w.spaces, x)
	x.tidy()
	return x
}

// selectEntries selects the entries of a tail that come from datapaths other than that of the
// destination.
func (x *tailSpace) selectEntries(list []entry) {
	e := x.entries
	e.list, e.equal = nil, map[string]bool{}
	from, _ := x.m.Sample(e.macs)
	for _, o := range list {
		if o.from != x.destination {
			var p packet.Packet
			p.SetUint(packet.Inport, o.port)
			p.SetUint(packet.EthDst, o.mac)
			p.SetUint(packet.EthSrc, cmp.Or(o.source, from.Uint(packet.EthSrc)))
			e.list = append(e.list, p)
		}
	}
	if len(e.list) == 0 {
		return
	}
	e.here = x.m.And(e.all, x.by(list, x.destination))
	x.of = packetset.All
	for _, f := range byEntry {
		x.of = x.m.And(x.of, x.m.Is(f, e.list[0].Uint(f)))
	}
	e.entry = x.m.Known(x.of, byEntry...)
}

// by returns the packets of entries, except those from a datapath. Combinations of one
// entry's port with another's address are included, which makes the diagrams smaller.
func (x *tailSpace) by(list []entry, but *lflow.Datapath) packetset.Set {
	var ports, macs []packet.Value
	for _, e := range list {
		if e.from != but {
			ports, macs = append(ports, packet.Uint(e.port)), append(macs, packet.Uint(e.mac))
		}
	}
	return x.m.And(x.m.OneOf(packet.Inport, ports), x.m.OneOf(packet.EthDst, macs))
}

// senders returns the packets from the IP addresses of the sources of a tail, and those from
// the Ethernet addresses that its packets have.
func (l *halves) senders(m *packetset.Manager, t *tail) (all, macs packetset.Set) {
	var hardware []packet.Value
	from, own := map[*lflow.Datapath]bool{}, map[*lflow.Datapath]bool{}
	for _, e := range t.entries {
		from[e.from] = true
		if e.source == 0 {
			own[e.from] = true
		} else {
			hardware = append(hardware, packet.Uint(e.source))
		}
	}
	var ips [2][]packet.Value
	toV6 := slices.ContainsFunc(l.to, func(t target) bool { return t.ips[1].IsValid() })
	for _, ports := range l.Sources {
		if !from[ports[0].Datapath] {
			continue
		}
		for _, p := range ports {
			for _, h := range l.hosts(p) {
				if own[p.Datapath] {
					hardware = append(hardware, packet.Uint(h.MAC))
				}
				if toV6 {
					ips[1] = append(ips[1], packet.LinkLocal(h.MAC))
				}
				for _, ip := range h.IPs {
					f := familyOf(ip.Addr())
					ips[f] = append(ips[f], packet.FromAddr(ip.Addr()))
				}
			}
		}
	}
	var sets []packetset.Set
	for f, list := range ips {
		sets = append(sets, m.And(m.Is(packet.EthType, families[f].typ), m.OneOf(families[f].src, list)))
	}
	return m.Union(sets), m.OneOf(packet.EthSrc, hardware)
}

// destination finds the group of a destination.
func (w *tailWalk) destination(ctx context.Context, i int) (err error) {
	defer tooLarge(&err)
	defer packetset.Catch(&err)
	t := &w.to[i]
	if !t.is || len(w.ends[i]) > maxTails {
		return nil
	}
	var outcomes []tailOutcome
	var from []*packetset.Manager // of each outcome
	text := ""
	for _, n := range w.ends[i] {
		x := w.space(n)
		for f, ip := range t.ips {
			if !ip.IsValid() {
				continue
			}
			list, ok, err := w.tail(ctx, x, n, t, ip)
			if !ok {
				return err
			}
			for _, o := range list {
				o.tail, o.family = n, f
				text += fmt.Sprintf("%d %d %s %x\n", n, f, o.text, x.m.Digest(o.set))
				outcomes, from = append(outcomes, o), append(from, x.m)
			}
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	at, known := w.byText[text]
	if !known {
		for i := range outcomes {
			outcomes[i].set = w.m.Copy(from[i], outcomes[i].set)
		}
		at = len(w.groups)
		w.byText[text] = at
		w.groups = append(w.groups, &tailGroup{outcomes})
	}
	w.group[i] = at
	return nil
}

// tail returns the outcomes of packets to an address of a destination, without the address
// and the entry; ok is false if they depend on the entry, or are not known.
func (w *tailWalk) tail(ctx context.Context, x *tailSpace, n int, t *target, ip netip.Addr) (outcomes []tailOutcome, ok bool, err error) {
	e := x.entries
	if x.destination != t.port.Datapath {
		x.destination = t.port.Datapath
		x.selectEntries(w.tails[n].entries)
	}
	if len(e.list) == 0 {
		return nil, true, nil
	}
	all := x.m.And(x.m.And(x.of, toIP(x.m, ip)), x.sent)
	x.strayed = false
	roles := roles{pairs: w.Pairs, to: t.port.Datapath, own: w.tokens(t.port, "@to")}
	if of := w.tails[n]; !of.egress {
		roles.sent = w.zone(of.datapath)
	} else if of.own {
		x.initial = of.state.Clone()
		x.initial.SetUint(packet.Outport, t.port.Key)
		x.initial.SetUint(packet.EthDst, t.mac)
		x.initial.SetUint(packet.OnChassis, x.places.At(t.port.Datapath, t.port.Key))
	}
	outcomes, ok, err = w.outcomes(ctx, x.space, t.port, all, roles, &x.strayed)
	if !ok {
		return nil, false, err
	}
	address := withTo(x.m, ip)
	for i := range outcomes {
		outcomes[i].set = x.m.Restrict(x.m.Restrict(outcomes[i].set, e.entry), address)
	}
	return outcomes, true, nil
}

// outcomes returns the outcomes of packets to a port; ok is false if they are not known, or if
// packets stray into a datapath of other sources.
func (l *halves) outcomes(ctx context.Context, x *space, to *lflow.Port, all packetset.Set, roles roles, strayed *bool) (outcomes []tailOutcome, ok bool, err error) {
	q := *l.question
	q.To = []*lflow.Port{to}
	x.isIrrelevant, x.ends = l.leads.besides(q.To), q.To
	a := &Answer{question: &q}
	at := map[string]int{}
	classes, alike := 0, true
	rest, err := x.explore(ctx, all, all, nil, func(c Class) bool {
		classes++
		result := a.result(&c)
		alike = alike && !*strayed && result.Kind != Undecided && !slices.ContainsFunc(c.Ends, func(e verdict.Disposition) bool {
			return e.Code == verdict.TTLExceeded || e.Code == verdict.Loop || e.Outcome == verdict.OutcomeLooped
		})
		key := roles.key(result)
		i, known := at[key]
		if !known {
			i = len(outcomes)
			at[key] = i
			outcomes = append(outcomes, tailOutcome{text: key, mentions: l.mentions(result), set: packetset.Empty})
		}
		outcomes[i].set = x.m.Or(outcomes[i].set, c.Set)
		return alike && classes < q.limit()
	})
	if err != nil || rest != packetset.Empty || !alike {
		return nil, false, err
	}
	slices.SortFunc(outcomes, func(a, b tailOutcome) int { return strings.Compare(a.text, b.text) })
	return outcomes, true, nil
}

// mentions returns the names of the sources that the flows of a result name.
func (l *halves) mentions(r *Result) (out []string) {
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
