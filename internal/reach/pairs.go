package reach

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/internal/report"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// Pairs answers the question for each pair of ports: the outcome of the packets from one
// port that are addressed to the other. The sources of one datapath are walked at once.
type Pairs struct {
	// Sources are the sending ports, by datapath, those of one zone after the other.
	Sources [][]*lflow.Port

	// Destinations are the ports to which packets are addressed, by zone, datapath and key.
	Destinations []*lflow.Port

	// MadeFrom, if not nil, returns the northbound rows from which a flow is made.
	MadeFrom func(*trace.Flow) []string

	question *Question
	zones    *Zones
	narrowed *narrowed // in the terms of any zone
	of       map[*lflow.Network]*pairsZone
	in       map[*trace.DatapathRef]*pairsZone // of several zones
	links    links
	leads    *leads
	halves   *halves // nil before Prepare, and if it finds nothing

	mu       sync.Mutex
	contents map[string]*PairSets // by their parts
}

// PairSets has the outcomes of the packets from one port to another, without the addresses
// and names of the two ports.
type PairSets struct {
	ID    string // equal for equal sets, in all runs
	Lines []PairLine
}

// pairsZone is a zone with the question in its terms.
type pairsZone struct {
	name     string // "" for the only zone
	resolver *address.Resolver
	narrowed *narrowed // nil if no port of the zone sends
}

// Stand-ins for the datapaths of the two ports of a pair, and for the zone of the second if
// it is not that of the first.
const (
	FromDatapath = "@from"
	ToDatapath   = "@to"
	toZone       = "@to-zone"
)

// PairLine is a set of packets of a pair with the same outcome.
type PairLine struct {
	Text      string       `json:"text"`
	Match     string       `json:"match,omitempty"`
	Otherwise bool         `json:"otherwise,omitzero"` // all packets that the other lines do not have
	Outcome   string       `json:"outcome"`
	Varies    bool         `json:"varies,omitzero"`
	Code      verdict.Code `json:"code,omitempty"`
	At        *PairPlace   `json:"at,omitempty"`
	AllowedBy []PairPlace  `json:"allowed_by,omitempty"`
	Path      []string     `json:"path,omitempty"`
	Reason    string       `json:"reason,omitempty"`
}

// PairPlace is a table with the flow that is taken there.
type PairPlace struct {
	Datapath string `json:"datapath"`
	Stage    string `json:"stage,omitempty"`
	Table    int    `json:"table"`
	Priority int    `json:"priority,omitzero"`

	// Flow is the UUID of the flow. A flow about a port of the pair has Match instead, in
	// which @from and @to stand for the ports and their addresses. So has each flow of one of
	// several zones, because each zone's database has a flow of its own.
	Flow  string `json:"flow,omitempty"`
	Match string `json:"match,omitempty"`

	// MadeFrom are the northbound rows from which the flow is made.
	MadeFrom []string `json:"made_from,omitempty"`
}

// PairPart is a group of sources with the same sets, by their index among those of the
// datapath.
type PairPart struct {
	Sets  *PairSets
	Ports []int
}

// NewPairs prepares a question about the pairs of its ports; nil selects every VIF.
func NewPairs(ctx context.Context, zones *Zones, q *Question) (x *Pairs, err error) {
	x = &Pairs{question: q, zones: zones, of: map[*lflow.Network]*pairsZone{}, in: map[*trace.DatapathRef]*pairsZone{}, contents: map[string]*PairSets{}}
	to := &Question{From: q.To}
	for i, resolver := range zones.Resolvers {
		z := &pairsZone{resolver: resolver}
		if zones.several() {
			z.name = zones.Names[i]
			for _, d := range resolver.Network().Datapaths {
				x.in[d.Ref()] = z
			}
		}
		x.of[resolver.Network()] = z
		senders := starts(resolver, q)
		if len(senders) > 0 || !zones.several() {
			if z.narrowed, err = narrow(resolver.Network(), q.Packets); err != nil {
				return nil, err
			}
			x.narrowed = z.narrowed
		}
		x.Sources = append(x.Sources, senders...)
		for _, ports := range starts(resolver, to) {
			x.Destinations = append(x.Destinations, ports...)
		}
	}
	x.links = newLinks(zones.Resolvers, zones.crossings())
	x.leads = &leads{across: x.links.across, physical: x.links.physical}
	return x, ctx.Err()
}

// zone returns the zone of a datapath.
func (x *Pairs) zone(d *lflow.Datapath) *pairsZone { return x.of[d.Network()] }

// hosts returns the hosts of a port.
func (x *Pairs) hosts(p *lflow.Port) []address.Host { return x.zone(p.Datapath).resolver.Hosts(p) }

// NameOf returns the name of a zone, a colon and a text, which is unique in the zone; the text
// alone if there is one zone only.
func (x *Pairs) NameOf(d *lflow.Datapath, text string) string {
	if name := x.zone(d).name; name != "" {
		return name + ":" + text
	}
	return text
}

// pairWalk walks the packets of the ports of a datapath to one destination after the
// other.
type pairWalk struct {
	*Pairs
	*pairsZone // of the ports
	*space
	ports []*lflow.Port
	all   packetset.Set
}

// newPairWalk returns a walk that uses the memory of a manager whose sets are not needed
// any more.
func (x *Pairs) newPairWalk(m *packetset.Manager, ports []*lflow.Port) *pairWalk {
	keys := make([]uint64, len(ports))
	for i, p := range ports {
		keys[i] = p.Key
	}
	d := ports[0].Datapath
	w := &pairWalk{Pairs: x, pairsZone: x.zone(d), ports: ports, space: newSpaceIn(m, d.Network(), d, keys)}
	w.space.links = x.links
	w.all = w.asked(w.resolver, w.question, w.pairsZone.narrowed, w.ports)
	return w
}

// to returns the sets from some of the ports to one destination.
func (w *pairWalk) to(ctx context.Context, ports []*lflow.Port, to *lflow.Port) ([]*PairSets, error) {
	w.tidy()
	set := w.m.And(w.all, w.addressedTo(w.resolver, w.pairsZone.narrowed, ports, w.hosts(to), true))
	if len(ports) < len(w.ports) {
		set = w.m.And(set, w.from(ports))
	}
	q := *w.question
	q.To = []*lflow.Port{to}
	w.isIrrelevant, w.ends = w.leads.besides(q.To), q.To
	a := &Answer{question: &q}
	byKey := map[string]*Result{}
	var results []*Result
	classes := 0
	rest, err := w.explore(ctx, set, set, nil, func(c Class) bool {
		classes++
		r := a.result(&c)
		if known := byKey[r.key()]; known != nil {
			known.Set = w.m.Or(known.Set, c.Set)
			return classes < q.limit()
		}
		r.Set = c.Set
		byKey[r.key()] = r
		results = append(results, r)
		return classes < q.limit()
	})
	if err != nil {
		return nil, err
	}
	if rest != packetset.Empty {
		results = append(results, &Result{Kind: Undecided, Reason: tooMany(q.limit()), Set: rest})
	}
	sets := make([]*PairSets, len(ports))
	for i, p := range ports {
		roles := roles{pairs: w.Pairs, sent: w.pairsZone, from: w.d, to: to.Datapath, own: w.own(p, to), madeFrom: w.MadeFrom}
		sets[i] = w.contentOf(a, w.m.And(set, by(w.m, p)), p, results, roles)
	}
	return sets, nil
}

// from returns the packets that enter by some ports.
func (x *space) from(ports []*lflow.Port) packetset.Set {
	sets := make([]packetset.Set, len(ports))
	for i, p := range ports {
		sets[i] = by(x.m, p)
	}
	return x.m.Union(sets)
}

// partsOf groups sources with the same sets.
func partsOf(sets []*PairSets) (parts []PairPart) {
	for i, s := range sets {
		j := slices.IndexFunc(parts, func(o PairPart) bool { return o.Sets == s })
		if j < 0 {
			j = len(parts)
			parts = append(parts, PairPart{Sets: s})
		}
		parts[j].Ports = append(parts[j].Ports, i)
	}
	return parts
}

// tooMany returns the reason why packets are not walked.
func tooMany(limit int) string { return "more than " + report.Count(limit, "class") + " of packets" }

// identity are the fields whose values belong to the ports.
var identity = []*packet.Field{
	packet.Inport, packet.EthSrc, packet.EthDst, packet.IPv4Src, packet.IPv4Dst, packet.IPv6Src, packet.IPv6Dst,
}

// contentOf returns the sets of one source, whose packets are a part of those of the
// results.
func (w *pairWalk) contentOf(a *Answer, mine packetset.Set, p *lflow.Port, results []*Result, roles roles) *PairSets {
	part := &Part{Ports: []*lflow.Port{p}, space: w.space}
	var keys []string
	byName := map[*Result]string{}
	for _, r := range results {
		set := w.m.And(r.Set, mine)
		if set == packetset.Empty {
			continue
		}
		own := *r
		own.Set = set
		part.Results = append(part.Results, &own)
		keys = append(keys, roles.key(r)+" "+w.digest(set, mine))
	}
	slices.Sort(keys)
	key := w.digest(mine, mine) + "\n" + strings.Join(keys, "\n")
	w.mu.Lock()
	known := w.contents[key]
	w.mu.Unlock()
	if known != nil {
		return known
	}
	part.Results = separated(w.m, part.Results)
	for _, r := range part.Results {
		byName[r] = roles.key(r)
	}
	slices.SortStableFunc(part.Results, func(a, b *Result) int { return cmp.Compare(byName[a], byName[b]) })
	section := a.section(part, mine, func(*Result) bool { return true })
	c := &PairSets{}
	id := sha256.New()
	for i := range section.Lines {
		l := roles.line(&section.Lines[i])
		c.Lines = append(c.Lines, l)
		fmt.Fprintf(id, "%q %q %v %v %s\n", l.Text, l.Match, l.Otherwise, l.Varies, byName[section.Lines[i].Result])
	}
	c.ID = hex.EncodeToString(id.Sum(nil)[:12])
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, o := range w.contents {
		if o.ID == c.ID {
			c = o
			break
		}
	}
	w.contents[key] = c
	return c
}

// digest writes a set without the addresses that all packets of mine have.
func (w *pairWalk) digest(set, mine packetset.Set) string {
	var b strings.Builder
	left := mine
	for _, typ := range []uint64{packet.EthTypeIPv4, packet.EthTypeIPv6} {
		of := w.m.Is(packet.EthType, typ)
		b.WriteString(w.digestOf(w.m.And(set, of), w.m.And(mine, of)))
		left = w.m.Without(left, of)
	}
	b.WriteString(w.digestOf(w.m.And(set, left), left))
	return b.String()
}

func (w *pairWalk) digestOf(set, mine packetset.Set) string {
	if set == packetset.Empty {
		return "-"
	}
	d := w.m.Digest(w.m.Restrict(set, w.m.Known(mine, identity...)))
	return hex.EncodeToString(d[:12])
}

// roles are the stand-ins for the names and addresses of a pair.
type roles struct {
	pairs    *Pairs          // nil for an answer, which names zones itself
	sent     *pairsZone      // the zone of the source, nil if it is not known
	from, to *lflow.Datapath // nil for none
	own      []token
	madeFrom func(*trace.Flow) []string
}

// token is a name or an address of a port, and its stand-in.
type token struct{ text, role string }

// own returns the names and addresses of two ports.
func (x *Pairs) own(from, to *lflow.Port) []token {
	out := x.tokens(to, "@to")
	if from != to {
		out = append(out, x.tokens(from, "@from")...)
	}
	return out
}

// inNumber are the bytes with which a number may continue.
const inNumber = "0123456789abcdefABCDEF.:/"

// replace replaces the token where it is a whole word.
func (t token) replace(text string) string {
	var b strings.Builder
	for {
		i := strings.Index(text, t.text)
		if i < 0 {
			return b.String() + text
		}
		end := i + len(t.text)
		isPart := t.text[0] != '"' && (i > 0 && strings.IndexByte(inNumber, text[i-1]) >= 0 || end < len(text) && strings.IndexByte(inNumber, text[end]) >= 0)
		b.WriteString(text[:i])
		if isPart {
			b.WriteString(t.text)
		} else {
			b.WriteString(t.role)
		}
		text = text[end:]
	}
}

func (r roles) name(d *trace.DatapathRef) string {
	switch {
	case r.from != nil && d.Is(r.from.Ref()):
		return FromDatapath
	case r.to != nil && d.Is(r.to.Ref()):
		return ToDatapath
	}
	name := d.DisplayName(true)
	if r.pairs == nil {
		return name
	}
	switch z := r.pairs.in[d]; {
	case z == nil, z == r.sent: // as in the output of a single question
	case r.to != nil && z == r.pairs.zone(r.to):
		name = toZone + ":" + name
	default:
		name = z.name + ":" + name
	}
	return name
}

func (r roles) place(p *trace.Place) PairPlace {
	out := PairPlace{Datapath: r.name(p.Datapath), Stage: p.Stage, Table: p.Table}
	if p.Flow != nil {
		out.Flow, out.Priority = p.Flow.UUID, p.Flow.Priority
		text := p.Flow.Match.Friendly
		for _, t := range r.own {
			text = t.replace(text)
		}
		switch {
		case text != p.Flow.Match.Friendly:
			out.Flow, out.Match = "", text
		default:
			if r.pairs != nil && r.pairs.zones.several() {
				out.Flow, out.Match = "", text
			}
			if r.madeFrom != nil {
				out.MadeFrom = r.madeFrom(p.Flow)
			}
		}
	}
	return out
}

// key is equal for results that differ in the names and addresses of the pair only.
func (r roles) key(res *Result) string {
	l := r.line(&Line{Result: res})
	at := ""
	if l.At != nil {
		at = fmt.Sprint(*l.At)
	}
	return fmt.Sprint(l.Outcome, l.Code, l.Reason, at, l.AllowedBy, l.Path)
}

func (r roles) line(l *Line) PairLine {
	out := PairLine{
		Text: l.Text, Match: l.Match, Otherwise: l.Otherwise, Outcome: l.Kind.String(), Varies: l.Varies, Code: l.Code, Reason: l.Reason,
	}
	if l.At.Datapath != nil {
		at := r.place(&l.At)
		out.At = &at
	}
	for i := range l.AllowedBy {
		out.AllowedBy = append(out.AllowedBy, r.place(&l.AllowedBy[i]))
	}
	for _, d := range l.Path {
		out.Path = append(out.Path, r.name(d.Ref()))
	}
	return out
}
