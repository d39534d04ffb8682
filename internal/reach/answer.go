package reach

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/internal/progress"
	"github.com/ovnwalk/ovnwalk/internal/witness"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// Answer is the result of a question: the outcomes of all of its packets.
type Answer struct {
	Parts []*Part // by ingress datapath

	question *Question
	zones    *Zones

	isIrrelevant func(*lflow.Port) bool // see space
}

// Part is the part of an answer for packets that enter one datapath.
type Part struct {
	Ports []*lflow.Port // by which they enter

	// Results divide the packets of the question by their outcomes. A packet is in several
	// of them if its outcome depends on a choice, such as one of a backend. Their sets are made
	// when the part is described or checked.
	Results []*Result

	*instance // nil if the sets are those of no other part
	view      *view
	space     *space
	all       packetset.Set // the packets of the question
	to        packetset.Set // those that are addressed to the destination
	rest      packetset.Set // those that were not walked

	// named, if the question has packets besides the first ones of connections, reports whether it has
	// a condition on a field; else it is nil.
	named func(*packet.Field) bool
}

// Kind is the outcome of a packet in terms of a question. String returns its word.
type Kind uint8

//go:generate go run golang.org/x/tools/cmd/stringer@v0.52.0 -linecomment -type Kind

// The kinds.
const (
	Delivered  Kind = iota // delivered
	Dropped                // dropped
	Replied                // replied
	Controller             // controller
	Looped                 // looped
	// Elsewhere: delivered or dropped at a port that the question does not select.
	Elsewhere // elsewhere
	// Undecided: the walk cannot determine the outcome.
	Undecided // undecided
)

// Result is a set of packets with the same outcome.
type Result struct {
	Kind Kind

	// Ports are the destinations of the question at which the packets arrive.
	Ports []*lflow.Port

	Code      verdict.Code  // of a drop
	At        trace.Place   // where it was decided
	AllowedBy []trace.Place // the ACL flows that allowed the packets on their way
	Path      []*lflow.Datapath
	Reason    string // of Undecided

	// Reply is the outcome of the receiver's reply. It is nil if the question is not about
	// replies, or nothing is delivered.
	Reply *Reply

	// Varies reports that some of the packets have other results for other choices.
	Varies bool

	Set packetset.Set
}

// String returns a short text of the result, such as "dropped acl-drop at db/ls_out_acl".
func (r *Result) String() string {
	text := r.Kind.String()
	switch r.Kind {
	case Delivered:
		for i, p := range r.Ports {
			text += []string{" to ", ", "}[min(i, 1)] + p.DisplayName(true)
		}
	case Dropped, Looped, Replied, Controller:
		if r.Code != "" {
			text += " " + string(r.Code)
		}
		stage := r.At.Stage
		if stage == "" {
			stage = fmt.Sprintf("table %d", r.At.Table)
		}
		text += " at "
		if r.At.Zone != "" {
			text += r.At.Zone + ":"
		}
		text += r.At.Datapath.DisplayName(true) + "/" + stage
	case Undecided:
		text += ": " + r.Reason
	case Elsewhere:
	}
	if r.Reply != nil {
		text += ", " + r.Reply.String()
	}
	return text
}

// Deciding returns the tables whose flows decided the result: those of the ACLs that
// allowed the packets, or those in which they ended.
func (r *Result) Deciding() []trace.Place {
	places := r.AllowedBy
	switch {
	case r.Kind != Delivered:
		places = []trace.Place{r.At}
	case r.Reply != nil && r.Reply.Kind != Delivered && r.Reply.At.Flow != nil:
		places = append(slices.Clone(places), r.Reply.At)
	}
	return slices.DeleteFunc(slices.Clone(places), func(p trace.Place) bool { return p.Flow == nil })
}

// key is equal for results that are the same but for their packets.
func (r *Result) key() string {
	var b strings.Builder
	fmt.Fprint(&b, r.Kind, r.Code, r.Reason, r.At.Zone, r.At.Key(), r.At.Egress, r.At.Table, flowID(r.At.Flow))
	for _, p := range r.Ports {
		fmt.Fprint(&b, " ", p.UUID)
	}
	for _, at := range r.AllowedBy {
		fmt.Fprint(&b, " ", at.Key(), flowID(at.Flow))
	}
	for _, d := range r.Path {
		fmt.Fprint(&b, " ", d.UUID)
	}
	if r.Reply != nil {
		b.WriteString(r.Reply.key())
	}
	return b.String()
}

func flowID(f *trace.Flow) string {
	if f == nil {
		return "-"
	}
	return f.UUID
}

// from answers a question for the packets that enter by ports of one datapath.
func (a *Answer) from(ctx context.Context, w *workspace, v *view, ports []*lflow.Port) (part *Part, err error) {
	defer packetset.Catch(&err)
	keys := make([]uint64, len(ports))
	for i, p := range ports {
		keys[i] = p.Key
	}
	w.next(v.resolver, ports, a.question.To)
	x := spaceIn(w.m, v.resolver.Network(), ports[0].Datapath, keys)
	x.links = a.zones.links()
	if part, err = a.walk(ctx, v, x, ports); err != nil {
		return nil, err
	}
	w.keep(a, part)
	return part, nil
}

// walk computes the results in a space of the ports' packets.
func (a *Answer) walk(ctx context.Context, v *view, x *space, ports []*lflow.Port) (part *Part, err error) {
	q := a.question
	if a.isIrrelevant != nil {
		x.isIrrelevant, x.ends = a.isIrrelevant, q.To
	}
	part = &Part{Ports: ports, view: v, space: x, rest: packetset.Empty}
	if q.Later {
		part.named = v.narrowed.has
	}
	part.all = x.asked(v.resolver, q, v.narrowed, ports)
	part.to = part.all
	if q.To != nil {
		part.to = x.m.And(part.all, x.addressed(v, ports, q.To))
	}
	byKey, byShown := map[string]*Result{}, map[string]*Result{}
	classes := 0
	limit := q.limit()
	var failure error
	add := func(c Class) bool {
		classes++
		progress.Add(ctx, 1, 0)
		r := a.result(&c)
		r.Set = c.Set
		results := []*Result{r}
		if q.BothWays && r.Kind == Delivered {
			if results, failure = a.replies(ctx, x, &c, r, ports); failure != nil {
				return false
			}
		}
		for _, r := range results {
			key := r.key()
			known := byKey[key]
			if known == nil {
				shown := q.shown(r)
				if known = byShown[shown]; known == nil {
					known, byShown[shown] = r, r
					part.Results = append(part.Results, r)
				}
				byKey[key] = known
			}
			known.Set = x.m.Or(known.Set, r.Set)
		}
		return classes < limit
	}
	x.commits = q.BothWays
	// Packets to the destination are walked first: they are few, and with a bound they are
	// the ones in question. Of the others, those that cannot arrive are Elsewhere without a
	// walk.
	for i, set := range []packetset.Set{part.to, x.m.Without(part.all, part.to)} {
		if x.goal = nil; i > 0 && v.arrivals != nil {
			bound := v.arrivals()
			set = x.m.And(set, x.bound(bound))
			if x.across == nil {
				x.goal = newGoal(q.To, bound)
			}
		}
		rest := set
		if classes < limit {
			if rest, err = x.explore(ctx, set, set, nil, add); err != nil {
				return nil, err
			}
			if failure != nil {
				return nil, failure
			}
		}
		part.rest = x.m.Or(part.rest, rest)
	}
	if part.rest != packetset.Empty {
		part.Results = append(part.Results, &Result{Kind: Undecided, Reason: tooMany(limit), Set: part.rest})
	}
	part.Results = separated(x.m, part.Results)
	return part, nil
}

// separated returns results in which the packets with several results are separate from those
// with one.
func separated(m *packetset.Manager, results []*Result) (out []*Result) {
	once, several := packetset.Empty, packetset.Empty
	for _, r := range results {
		several = m.Or(several, m.And(once, r.Set))
		once = m.Or(once, r.Set)
	}
	for _, r := range results {
		varying := m.And(r.Set, several)
		if varying != packetset.Empty && varying != r.Set {
			certain := *r
			certain.Set = m.Without(r.Set, varying)
			out = append(out, &certain)
		}
		if r.Varies = varying != packetset.Empty; r.Varies {
			r.Set = varying
		}
		out = append(out, r)
	}
	return out
}

// result converts a class to a result of the question.
func (a *Answer) result(c *Class) *Result {
	q := a.question
	r := &Result{Kind: Elsewhere}
	if c.Undecided != "" {
		r.Kind, r.Reason = Undecided, c.Undecided
		return r
	}
	doubt := c.doubt
	for i, got := range slices.Concat(c.arrivals, c.floods) {
		if q.To != nil && !slices.Contains(q.To, got.port) || !a.crosses(got.path) {
			continue
		}
		if i >= len(c.arrivals) && (slices.Contains(r.Ports, got.port) || q.To == nil && got.port.Type == "localnet") {
			continue // another copy, or the way to the chassis of the first
		}
		if got.carried {
			doubt = cmp.Or(doubt, got.mayCome())
			continue
		}
		r.Kind = Delivered
		r.Ports = append(r.Ports, got.port)
		r.AllowedBy, r.Path = got.allowedBy, got.path
	}
	if r.Kind != Delivered && q.To != nil && doubt != "" {
		r.Kind, r.Reason = Undecided, doubt
		return r
	}
	if r.Kind == Delivered || len(c.Ends) == 0 || c.skipped || !a.crosses(c.path) {
		return r
	}
	end := &c.Ends[0]
	kind, ok := undelivered[end.Outcome]
	if !ok {
		return r
	}
	r.Kind, r.Code, r.At, r.Path = kind, end.Code, end.DecidedAt, c.path
	return r
}

// crosses reports whether a path has a datapath that the question requires.
func (a *Answer) crosses(path []*lflow.Datapath) bool {
	return a.question.Through == nil || slices.ContainsFunc(a.question.Through, func(d *lflow.Datapath) bool { return slices.Contains(path, d) })
}

// leads caches whether the egress pipelines of datapaths lead back into the network. It may
// be used by several goroutines.
type leads struct {
	across   func(*lflow.Port) sim.Entry // see Zones
	physical physicalLinks
	mu       sync.Mutex
	back     map[*lflow.Datapath]bool
}

// besides returns a function that reports whether a port cannot affect arrival at some
// ports: it is none of them, and the egress pipeline of its datapath does not lead back into
// the network. A remote port counts as the port in its own zone.
func (l *leads) besides(to []*lflow.Port) func(*lflow.Port) bool {
	ends := func(p *lflow.Port) bool {
		return p.Peer == nil && !slices.Contains(to, p) && !l.physical.mayReturn(p) && !l.isBack(p.Datapath)
	}
	if l.across == nil {
		return ends
	}
	return func(p *lflow.Port) bool {
		if !ends(p) || p.Type != "remote" {
			return ends(p)
		}
		e := l.across(p)
		if e.Datapath == nil {
			return false // not known
		}
		there, ok := e.Datapath.Port(p.Key)
		return !ok || there.Type == "remote" || ends(there)
	}
}

func (l *leads) isBack(d *lflow.Datapath) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	leads, known := l.back[d]
	if !known {
		if l.back == nil {
			l.back = map[*lflow.Datapath]bool{}
		}
		leads = leadsBack(d)
		l.back[d] = leads
	}
	return leads
}

// lastTable is greater than the number of the last table of any release's pipelines.
const lastTable = 64

// leadsBack reports whether a flow of an egress pipeline sends packets to the ingress
// pipeline.
func leadsBack(d *lflow.Datapath) bool {
	for table := range lastTable {
		for _, f := range d.Network().Flows(d, lflow.Egress, table) {
			if strings.Contains(f.ActionsText(), "pipeline=ingress") && f.Err(d) == nil && anyBack(f.Actions().List) {
				return true
			}
		}
	}
	return false
}

func anyBack(list []action.Action) bool {
	return slices.ContainsFunc(list, func(a action.Action) bool {
		switch a := a.(type) {
		case *action.Next:
			return a.Pipeline == lflow.Ingress
		case *action.Nested:
			return a.Kind == action.Clone && anyBack(a.List)
		}
		return false
	})
}

// Example returns the microflow of a packet of a set that enters by one of the part's
// ports, or "" for the empty set. It prefers packets that a host would send.
func (p *Part) Example(s packetset.Set) string {
	q, ok := p.sample(s)
	if !ok {
		return ""
	}
	for _, port := range p.Ports {
		if port.Key == q.Uint(packet.Inport) {
			return witness.Microflow(port, q)
		}
	}
	return ""
}

// sample returns a packet of a set: a usual one if there is one.
func (p *Part) sample(s packetset.Set) (q packet.Packet, ok bool) {
	m := p.space.m
	for _, usual := range []packetset.Set{
		p.to,
		m.Not(mixedDestinations(m)),
		m.Or(m.Is(packet.EthType, packet.EthTypeIPv4), m.Is(packet.EthType, packet.EthTypeIPv6)),
		m.Is(packet.IPProto, packet.ProtoTCP),
		m.Is(packet.TPSrc, packet.DynamicPort),
		m.Is(packet.TCPFlags, packet.TCPSYN),
	} {
		if in := m.And(s, usual); in != packetset.Empty {
			s = in
		}
	}
	return m.Sample(s)
}

// undelivered has the kinds of packets that reach no port.
var undelivered = map[verdict.Outcome]Kind{
	verdict.OutcomeDropped:    Dropped,
	verdict.OutcomeReplied:    Replied,
	verdict.OutcomeController: Controller,
	verdict.OutcomeLooped:     Looped,
}
