package explain

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// Answer explains the path of a packet.
type Answer struct {
	// Endings are the dispositions of a walk, with the causes of those that were not
	// delivered.
	Endings []ExplainedOutcome

	// Addresses are destinations that no flow on the path contains.
	Addresses []Address

	// NearMisses are the flows that came closest at the steps, in the walk's order.
	NearMisses []verdict.NearMiss

	// Subject is the subject of the question, or "" for everything.
	Subject string

	// Port is the answer for a port, Visits the one for a flow, with each packet on entry to
	// its table. Otherwise they are nil.
	Port   *PortAnswer
	Visits []Visit
	Flow   *FlowAnswer

	friendly bool // whether friendly names are shown
}

// ExplainedOutcome is a disposition with its explanation.
type ExplainedOutcome struct {
	verdict.Disposition

	// Security has the requirements of port security, or nil if the cause is another one.
	Security *PortSecurity

	// NearMisses are the flows that came closest at the table that decided.
	NearMisses []verdict.NearMiss
}

// distanceTolerance is the maximum difference between the distance of a listed flow and that of
// the closest one.
const distanceTolerance = 0.5

// Limits of the numbers of near misses that are reported.
const (
	nearMissesAtEnd    = 2  // at the table that decided
	nearMissesPerTable = 1  // at each other table
	nearMissesAsked    = 10 // at the table of the question
	maxEndings         = 12 // endings with near misses
	maxNearMisses      = 40 // of all tables on the path
	maxAddresses       = 4
	maxNamedFlows      = 4 // of each address
)

// Explainer answers questions about one walk.
type Explainer struct {
	n          *lflow.Network
	friendly   bool // whether friendly names are shown
	j          *matchAnalyzer
	others     map[string]*matchAnalyzer // of the other zones that the walk entered, by name
	t          *trace.Trace
	c          sim.Choices
	northbound *Northbound // or nil
	steps      []step
}

// NewExplainer returns an explainer for a walk over n with the given choices.  north may be nil.
func NewExplainer(n *lflow.Network, t *trace.Trace, c sim.Choices, north *Northbound) *Explainer {
	c.Matched, c.OpenFlow = nil, nil
	a := &Explainer{n: n, friendly: true, j: newMatchAnalyzer(n, true), t: t, c: c, northbound: north}
	a.steps = a.findSteps()
	return a
}

// Across adds the networks of the interconnect zones that the walk entered, by their
// names.
func (a *Explainer) Across(zones map[string]*lflow.Network) {
	a.others = map[string]*matchAnalyzer{}
	for name, n := range zones {
		a.others[name] = a.j
		if n != a.n {
			a.others[name] = newMatchAnalyzer(n, a.friendly)
		}
	}
	a.steps = a.findSteps()
}

// PlainNames makes answers show the names of ports and datapaths that flows use.
func (a *Explainer) PlainNames() {
	a.friendly, a.j.friendly = false, false
	for _, j := range a.others {
		j.friendly = false
	}
}

// at returns the matchAnalyzer of a step's zone.
func (a *Explainer) at(s *step) *matchAnalyzer { return a.in(s.place.Zone) }

// in returns the matchAnalyzer of a zone, "" for the first; nil if its network is unknown.
func (a *Explainer) in(zone string) *matchAnalyzer {
	if zone == "" {
		return a.j
	}
	return a.others[zone]
}

// Everything explains the end of the packet, with the near misses on its path.
func (a *Explainer) Everything() *Answer { return a.endings(verdict.Of(a.t)) }

// Ending explains the end of one of the packet's copies; nil if no flow ends it.
func (a *Explainer) Ending(d *verdict.Disposition) *Answer {
	if d == nil {
		return a.endings(nil)
	}
	return a.endings([]verdict.Disposition{*d})
}

func (a *Explainer) endings(verdicts []verdict.Disposition) *Answer {
	out := &Answer{friendly: a.friendly}
	if misdirected(verdicts) {
		out.Addresses = a.addresses()
	}
	deciding := map[*trace.Table]bool{}
	for i, d := range verdicts {
		e := ExplainedOutcome{Disposition: d}
		if i < maxEndings && (d.TentativeOutcome == verdict.OutcomeDropped || d.TentativeOutcome == verdict.OutcomeLooped) {
			a.explain(&e, deciding)
		}
		if len(out.Addresses) > 0 && slices.Contains(aboutAddresses, d.Code) {
			e.NearMisses = nil // the addresses are a better explanation
		}
		out.Endings = append(out.Endings, e)
	}
	seen := map[nearMissKey]bool{}
	for i := range a.steps {
		s := &a.steps[i]
		if s.passed || s.copied || deciding[s.node] {
			continue
		}
		for k, m := range a.at(s).near(s) {
			if othersAddress(m.failures) {
				continue
			}
			if m.distance > maxDistance || k >= nearMissesPerTable || len(out.NearMisses) == maxNearMisses {
				break
			}
			if key := (nearMissKey{s.d, m.flow}); !seen[key] {
				seen[key] = true
				out.NearMisses = append(out.NearMisses, a.at(s).nearMissAt(s, m))
			}
		}
	}
	return out
}

// aboutAddresses are the codes of drops because of an unknown destination.
var aboutAddresses = []verdict.Code{
	verdict.ArpIgnored, verdict.ArpUnresolved, verdict.NoMatch, verdict.NoMember, verdict.NoRoute, verdict.NotAdmitted, verdict.NATUnmatched, verdict.UnknownMAC,
}

// misdirected reports whether the destination of a packet may be wrong: each copy that was dropped
// had a code of aboutAddresses.
func misdirected(verdicts []verdict.Disposition) bool {
	return !slices.ContainsFunc(verdicts, func(d verdict.Disposition) bool {
		return d.TentativeOutcome == verdict.OutcomeReplied && d.Origin != verdict.OriginICMPError || d.TentativeOutcome == verdict.OutcomeDropped && !slices.Contains(aboutAddresses, d.Code)
	})
}

// nearMissKey identifies near misses that are listed once.
type nearMissKey struct {
	d *lflow.Datapath
	f *lflow.Flow
}

// explain adds the explanation of an ending, and marks the tables that it covers.
func (a *Explainer) explain(e *ExplainedOutcome, deciding map[*trace.Table]bool) {
	s := a.deciding(&e.Disposition)
	if s == nil {
		return
	}
	if deciding[s.node] {
		return // another copy ended there as well
	}
	deciding[s.node] = true
	if e.Last != nil {
		deciding[e.Last] = true
	}
	if e.Code == verdict.PortSecurity {
		if e.Security = a.security(s); e.Security != nil {
			return
		}
	}
	farthest := float64(maxFailures) * 2
	var list []verdict.NearMiss
	for _, m := range a.ranked(s, &e.Disposition) {
		if m.distance > farthest {
			break
		}
		list = append(list, a.at(s).nearMissAt(s, m))
		farthest = min(farthest, m.distance+distanceTolerance)
	}
	list = merged(list)
	e.NearMisses = list[:min(len(list), nearMissesAtEnd)]
}

// differentProtocol reports whether a flow is for another kind of packet, such as IPv6 instead of IPv4,
// so that it is not a near miss.
func differentProtocol(fs []failure) bool {
	return slices.ContainsFunc(fs, func(f failure) bool { return f.kind })
}

// deciding returns the step at which a disposition was decided: the last one at its place before
// the end.
func (a *Explainer) deciding(d *verdict.Disposition) *step {
	end := slices.IndexFunc(a.steps, func(s step) bool { return !s.passed && s.node == d.Last })
	for i := end; i >= 0; i-- {
		s := &a.steps[i]
		if s.place.Datapath.Is(d.DecidedAt.Datapath) && s.place.Egress == d.DecidedAt.Egress && s.table == d.DecidedAt.Table {
			return s
		}
	}
	return nil
}

// Stage returns the near misses at a stage on each visit. It returns nil if the packet did not reach the
// stage.
func (a *Explainer) Stage(name string) *Answer {
	out := &Answer{Subject: name, friendly: a.friendly}
	seen := map[nearMissKey]bool{}
	came := false
	for i := range a.steps {
		s := &a.steps[i]
		if s.place.Stage != name {
			continue
		}
		came = true
		listed := 0
		for _, m := range a.at(s).near(s) {
			key := nearMissKey{s.d, m.flow}
			if listed == nearMissesAsked {
				break
			}
			if !seen[key] {
				seen[key] = true
				listed++
				out.NearMisses = append(out.NearMisses, a.at(s).nearMissAt(s, m))
			}
		}
	}
	if !came {
		return nil
	}
	return out
}
