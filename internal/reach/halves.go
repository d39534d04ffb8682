package reach

import (
	"context"
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/mmapfault"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/internal/progress"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// halves proves for many pairs of ports that their sets are those of another pair, without
// a walk for each. The path of a packet to another datapath has two halves: the head in its
// sender's datapath, and the tail behind it. The tail depends on the sender's datapath only
// through the state at its start and the addresses of the packet. Therefore the heads of a
// datapath are walked to all destinations at once, and the tails to a destination from all
// datapaths at once. Two pairs have the same sets if their heads and tails are the same,
// each with the values of the pair's own addresses.
//
// If that cannot be shown, a pair is walked alone.
type halves struct {
	*Pairs
	to      []target
	targets map[*lflow.Port]*target // those of to
	base    *packetset.Manager      // with the sets of Prepare, which are not changed after it
	all     [2]packetset.Set        // the packets to all destinations, by family
	heads   []*heads                // by unit
	ends    [][]int                 // of each destination, the tails to which heads lead

	// The ports that have a name or an address, by their index in Destinations.
	destinations, sources map[string][]int
	sends                 map[*lflow.Datapath]bool

	mu      sync.Mutex // protects the following fields
	tails   []*tail
	byKey   map[tailKey]int
	group   []int // of each destination, none for those without
	groups  []*tailGroup
	byText  map[string]int
	m       *packetset.Manager // of the sets of groups
	known   map[string]*PairSets
	answers map[answerKey][]PairPart
}

// none is the group of a destination about which nothing is known.
const none = -1

// family is a family of IP addresses.
type family struct {
	typ      uint64
	src, dst *packet.Field
}

var families = []family{
	{packet.EthTypeIPv4, packet.IPv4Src, packet.IPv4Dst},
	{packet.EthTypeIPv6, packet.IPv6Src, packet.IPv6Dst},
}

var familyNames = [2]string{"family 0 ", "family 1 "}

// familyOf returns the index of an address's family.
func familyOf(ip netip.Addr) int {
	if ip.Is4() {
		return 0
	}
	return 1
}

// target is a destination with at most one address of each family.
type target struct {
	port *lflow.Port
	ips  [2]netip.Addr // by family
	macs [2]uint64     // the Ethernet address of each
	mac  uint64        // the only one of these, 0 if there are two
	is   bool          // whether it is one
}

func (l *halves) target(p *lflow.Port) (t target) {
	t = target{port: p, is: p.Datapath.Type == "logical-switch"}
	for _, h := range l.hosts(p) {
		for _, ip := range h.IPs {
			f := familyOf(ip.Addr())
			t.is = t.is && !t.ips[f].IsValid()
			t.ips[f], t.macs[f] = ip.Addr(), h.MAC
		}
	}
	t.is = t.is && (t.ips[0].IsValid() || t.ips[1].IsValid())
	if t.mac = max(t.macs[0], t.macs[1]); min(t.macs[0], t.macs[1]) != 0 && t.macs[0] != t.macs[1] {
		t.mac = 0
	}
	return t
}

// families returns a text with the families in which a target has an address, or "" if it
// is no target, or has an address in a family for which reached is false.
func (t *target) families(reached func(f int) bool) (text string) {
	for f, ip := range t.ips {
		if ip.IsValid() {
			if !t.is || !reached(f) {
				return ""
			}
			text += familyNames[f]
		}
	}
	return text
}

// Prepare walks the heads of all packets to some destinations. Workers for these
// destinations use the result.
func (x *Pairs) Prepare(ctx context.Context, to []int) error {
	if c := x.narrowed; x.question.Spoof || x.question.limit() != MaxClasses || c.has(packet.EthDst) || c.has(packet.IPv4Dst) || c.has(packet.IPv6Dst) {
		return nil // the question selects destinations, allows any sender's address, or counts classes
	}
	l := &halves{
		Pairs: x, to: make([]target, len(x.Destinations)), heads: make([]*heads, len(x.Sources)), group: make([]int, len(x.Destinations)),
		targets: map[*lflow.Port]*target{}, destinations: map[string][]int{}, sources: map[string][]int{}, sends: map[*lflow.Datapath]bool{},
		byKey: map[tailKey]int{}, byText: map[string]int{}, base: packetset.NewManager(0), m: packetset.NewManager(0), known: map[string]*PairSets{},
		answers: map[answerKey][]PairPart{},
	}
	for i, p := range x.Destinations {
		l.to[i], l.group[i] = target{port: p}, none
	}
	for _, i := range to {
		l.to[i] = l.target(x.Destinations[i])
		if l.to[i].is {
			l.targets[x.Destinations[i]] = &l.to[i]
		}
		l.name(l.destinations, i, x.Destinations[i])
	}
	for unit, ports := range x.Sources {
		l.sends[ports[0].Datapath] = true
		for _, p := range ports {
			l.name(l.sources, unit, p)
		}
	}
	for f := range families {
		l.all[f] = l.allTo(l.base, f, func(i int) bool { return true })
	}
	progress.Add(ctx, 0, len(x.Sources))
	managers := sync.Pool{New: func() any { return packetset.NewManager(0) }}
	if err := parallel(ctx, runtime.GOMAXPROCS(0), len(x.Sources), func(unit int) (err error) {
		defer progress.Add(ctx, 1, 0)
		m := managers.Get().(*packetset.Manager)
		defer managers.Put(m)
		l.heads[unit], err = l.headsOf(ctx, m, unit)
		return err
	}); err != nil {
		return err
	}
	l.ends = make([][]int, len(l.to))
	for _, h := range l.heads {
		for i, kind := range h.kind {
			if kind == none {
				continue
			}
			for _, n := range h.tails[kind] {
				if !slices.Contains(l.ends[i], n) {
					l.ends[i] = append(l.ends[i], n)
				}
			}
		}
	}
	for _, list := range l.ends {
		slices.Sort(list)
	}
	x.halves = l
	return nil
}

// maxTails is the maximum number of states in which packets to a destination enter other
// datapaths.
const maxTails = 8

// name adds the names and addresses of a port to an index.
func (l *halves) name(index map[string][]int, i int, p *lflow.Port) {
	for _, t := range l.tokens(p, "") {
		if list := index[t.text]; len(list) == 0 || list[len(list)-1] != i {
			index[t.text] = append(list, i)
		}
	}
}

// mentioned returns the ports of an index whose name or address occurs in a text as a whole
// word.
func mentioned(index map[string][]int, text string) (out []int) {
	for i := 0; i < len(text); {
		end := i
		switch {
		case text[i] == '"':
			for end++; end < len(text) && text[end] != '"'; end++ {
				if text[end] == '\\' {
					end++
				}
			}
			end = min(end+1, len(text))
		case strings.IndexByte(inNumber, text[i]) >= 0:
			for end < len(text) && strings.IndexByte(inNumber, text[end]) >= 0 {
				end++
			}
		default:
			i++
			continue
		}
		out = append(out, index[text[i:end]]...)
		i = end
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// flowsOf returns the flows of places.
func flowsOf(places []trace.Place) (out []*trace.Flow) {
	for _, p := range places {
		if p.Flow != nil {
			out = append(out, p.Flow)
		}
	}
	return out
}

// tokens returns the names and addresses of a port, with their stand-ins.
func (x *Pairs) tokens(p *lflow.Port, role string) (out []token) {
	return tokensOf(x.zone(p.Datapath).resolver, p, role)
}

func tokensOf(resolver *address.Resolver, p *lflow.Port, role string) (out []token) {
	out = append(out, token{expr.Quote(p.Name), role})
	for _, h := range resolver.Hosts(p) {
		out = append(out, token{string(packet.AppendMAC(nil, h.MAC)), role})
		for _, ip := range h.IPs {
			out = append(out, token{ip.Addr().String(), role})
		}
	}
	return out
}

// toIP returns the packets to an address.
func toIP(m *packetset.Manager, ip netip.Addr) packetset.Set {
	f := families[familyOf(ip)]
	return m.And(m.Is(packet.EthType, f.typ), m.Equal(f.dst, packet.FromAddr(ip), packet.Ones(f.dst.Bits)))
}

// allTo returns the packets to the addresses of some destinations.
func (l *halves) allTo(m *packetset.Manager, f int, has func(i int) bool) packetset.Set {
	var ips []packet.Value
	for i := range l.to {
		if ip := l.to[i].ips[f]; ip.IsValid() && l.to[i].is && has(i) {
			ips = append(ips, packet.FromAddr(ip))
		}
	}
	return m.And(m.Is(packet.EthType, families[f].typ), m.OneOf(families[f].dst, ips))
}

// elsewhere returns the packets to the addresses of the destinations with a text, which are
// most of them.
func (l *halves) elsewhere(m *packetset.Manager, f int, texts []string) packetset.Set {
	others := map[netip.Addr]bool{}
	for i := range l.to {
		if ip := l.to[i].ips[f]; texts[i] == "" && ip.IsValid() {
			others[ip] = true
		}
	}
	all := m.Copy(l.base, l.all[f])
	all = m.Without(all, l.allTo(m, f, func(i int) bool { return texts[i] == "" }))
	return m.Or(all, l.allTo(m, f, func(i int) bool { return texts[i] != "" && others[l.to[i].ips[f]] })) // addresses of several ports
}

// withTo returns the bits that packets to an address have in common.
func withTo(m *packetset.Manager, ip netip.Addr) *packetset.Known {
	return m.Known(toIP(m, ip), packet.EthType, families[familyOf(ip)].dst)
}

// parallel does n pieces of work in parallel.
func parallel(ctx context.Context, workers, n int, do func(i int) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	mmapfault.Each(workers, n, func(i int) {
		if ctx.Err() == nil {
			if err := do(i); err != nil {
				stop(err)
			}
		}
	})
	return context.Cause(ctx)
}

// alike returns the group and the kind of a destination for a unit, none if it must be
// walked alone.
func (l *halves) alike(unit, to int) (group, kind int) {
	if l == nil {
		return none, none
	}
	return l.group[to], int(l.heads[unit].kind[to])
}

// signatures returns the signature of each source of a unit for a destination on another
// datapath, or nil if they are not known.
func (l *halves) signatures(unit, to int) (out []string) {
	group, kind := l.alike(unit, to)
	if group == none || kind == none {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.Sources[unit] {
		out = append(out, l.signature(unit, i, l.groups[group], kind))
	}
	return out
}

// settle returns the answer of sources for a destination. Sources with equal signatures, if
// these are not nil, have the same sets.
func (l *halves) settle(signatures []string, from []*lflow.Port, to *lflow.Port, walk func(ports []*lflow.Port) ([]*PairSets, error)) ([]PairPart, error) {
	sets := make([]*PairSets, len(from))
	itself := slices.Index(from, to) // it has no signature
	known := signatures != nil
	if known {
		l.mu.Lock()
		for i, s := range signatures {
			sets[i] = l.known[s]
			known = known && (sets[i] != nil || i == itself)
		}
		l.mu.Unlock()
	}
	if known {
		if itself >= 0 {
			own, err := walk([]*lflow.Port{to})
			if err != nil {
				return nil, err
			}
			sets[itself] = own[0]
		}
		return partsOf(sets), nil
	}
	sets, err := walk(from)
	if err != nil {
		return nil, err
	}
	if signatures != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		for i, s := range signatures {
			if i != itself {
				l.known[s] = sets[i]
			}
		}
	}
	return partsOf(sets), nil
}

// signature returns a key that is equal for pairs with the same sets, for a source of a
// unit and a destination of a known group and kind.
func (l *halves) signature(unit, source int, group *tailGroup, kind int) string {
	h := l.heads[unit]
	lines := []string{h.signatures[kind][source]}
	for i := range group.outcomes {
		w := &group.outcomes[i]
		known := h.known[source][w.family]
		if known == nil || !slices.Contains(h.tails[kind], w.tail) {
			continue
		}
		set := l.m.Restrict(w.set, known)
		if set == packetset.Empty {
			continue
		}
		line := fmt.Sprintf("%d %d %s %x", w.tail, w.family, w.text, l.m.Digest(set))
		if name := l.Sources[unit][source].Name; slices.Contains(w.mentions, name) {
			line += " is " + name
		}
		lines = append(lines, line)
	}
	slices.Sort(lines[1:])
	return digestOfText(strings.Join(lines, "\n"))
}
