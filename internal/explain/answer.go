package explain

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Answer says why a packet went where it went and not elsewhere.
type Answer struct {
	// Endings are the dispositions of a walk, and for those that did not arrive
	// what is to blame.
	Endings []Ending

	// Addresses are destinations that no flow on the walk's way names, though
	// others do, or none at all.
	Addresses []Address

	// Misses are the flows that came closest at the steps, in the walk's order.
	Misses []trace.Miss

	// Subject is what was asked about, "" for everything.
	Subject string

	// Port is the answer for a port, Visits the one for a flow: what it made of
	// the packet each time that it came to its table.  Else they are nil.
	Port   *PortAnswer
	Visits []Visit
	Flow   *FlowAnswer
}

// Ending is a disposition with what explains it.
type Ending struct {
	trace.Disposition

	// Security is what the port's security asks, nil where that is not to blame.
	Security *Security

	// Misses are the flows that came closest at the table that decided.
	Misses []trace.Miss
}

// aboutAsClose is how much farther than the closest flow another may be to be
// told too.
const aboutAsClose = 0.5

// How many near misses are told.
const (
	missesAtEnd   = 2  // at the table that decided
	missesOnWay   = 1  // at each other table
	missesAsked   = 10 // at a table that was asked for
	maxEndings    = 12 // whose reasons are told
	maxWayMisses  = 40 // of all tables on the way
	maxAddresses  = 4
	maxNamedFlows = 4 // of each address
)

// Asker answers questions about one walk.
type Asker struct {
	n     *lflow.Network
	j     *judge
	t     *trace.Trace
	c     sim.Choices
	north *North // nil for none
	steps []step
}

// NewAsker returns one for a walk over n that was made with choices.  North may
// be nil.
func NewAsker(n *lflow.Network, t *trace.Trace, c sim.Choices, north *North) *Asker {
	c.Matched, c.OpenFlow = nil, nil
	a := &Asker{n: n, j: newJudge(n, t.Friendly), t: t, c: c, north: north}
	a.steps = a.j.steps(t)
	return a
}

// Everything answers why the packet did not go on where it ended, and which
// flows came close on its way.
func (a *Asker) Everything() *Answer {
	out := &Answer{}
	verdicts := trace.Verdicts(a.t)
	if strayed(verdicts) {
		out.Addresses = a.addresses()
	}
	deciding := map[*trace.Table]bool{}
	for i, d := range verdicts {
		e := Ending{Disposition: d}
		if i < maxEndings && (d.Seems == trace.FateDropped || d.Seems == trace.FateLooped) {
			a.explain(&e, deciding)
		}
		if len(out.Addresses) > 0 && slices.Contains(aboutAddresses, d.Code) {
			e.Misses = nil // the addresses say more
		}
		out.Endings = append(out.Endings, e)
	}
	seen := map[seenMiss]bool{}
	for i := range a.steps {
		s := &a.steps[i]
		if s.passed || s.copied || deciding[s.node] {
			continue
		}
		for k, m := range a.j.near(s) {
			if othersAddress(m.failures) {
				continue
			}
			if m.distance > closeBy || k >= missesOnWay || len(out.Misses) == maxWayMisses {
				break
			}
			if key := (seenMiss{s.d, m.flow}); !seen[key] {
				seen[key] = true
				out.Misses = append(out.Misses, a.j.missAt(s, m))
			}
		}
	}
	return out
}

// aboutAddresses are the codes of drops that come of a destination that nobody
// on the way knows.
var aboutAddresses = []trace.Code{
	trace.ArpIgnored, trace.ArpUnresolved, trace.NoMatch, trace.NoMember, trace.NoRoute, trace.NotAdmitted, trace.NATUnmatched, trace.UnknownMAC,
}

// strayed reports whether a packet may have gone astray because of its
// destination: each copy that was dropped was for that.
func strayed(verdicts []trace.Disposition) bool {
	return !slices.ContainsFunc(verdicts, func(d trace.Disposition) bool {
		return d.Seems == trace.FateReplied && d.Made != trace.MadeICMPError || d.Seems == trace.FateDropped && !slices.Contains(aboutAddresses, d.Code)
	})
}

// seenMiss is what has to be the same for a near miss to be told once.
type seenMiss struct {
	d *lflow.Datapath
	f *lflow.Flow
}

// explain finds what explains an ending, and marks the tables that it told of.
func (a *Asker) explain(e *Ending, deciding map[*trace.Table]bool) {
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
	if e.Code == trace.PortSecurity {
		if e.Security = a.security(s); e.Security != nil {
			return
		}
	}
	farthest := float64(maxFailures) * 2
	var list []trace.Miss
	for _, m := range a.ranked(s, &e.Disposition) {
		if m.distance > farthest {
			break
		}
		list = append(list, a.j.missAt(s, m))
		farthest = min(farthest, m.distance+aboutAsClose)
	}
	list = merged(list)
	e.Misses = list[:min(len(list), missesAtEnd)]
}

// ofOtherKind reports whether a flow is for another kind of packet, IPv6 instead
// of IPv4 say, which makes it no near miss.
func ofOtherKind(fs []failure) bool {
	return slices.ContainsFunc(fs, func(f failure) bool { return f.kind })
}

// deciding returns the step at which a disposition was decided: the last one at
// its place before its end.
func (a *Asker) deciding(d *trace.Disposition) *step {
	end := slices.IndexFunc(a.steps, func(s step) bool { return !s.passed && s.node == d.Last })
	for i := end; i >= 0; i-- {
		s := &a.steps[i]
		if s.place.Key == d.Blame.Key && s.place.Egress == d.Blame.Egress && s.table == d.Blame.Table {
			return s
		}
	}
	return nil
}

// Stage answers which flows came close at a stage, each time that the packet
// came to it.  It is nil where it never did.
func (a *Asker) Stage(name string) *Answer {
	out := &Answer{Subject: name}
	seen := map[seenMiss]bool{}
	came := false
	for i := range a.steps {
		s := &a.steps[i]
		if s.place.Stage != name {
			continue
		}
		came = true
		told := 0
		for _, m := range a.j.near(s) {
			key := seenMiss{s.d, m.flow}
			if told == missesAsked {
				break
			}
			if !seen[key] {
				seen[key] = true
				told++
				out.Misses = append(out.Misses, a.j.missAt(s, m))
			}
		}
	}
	if !came {
		return nil
	}
	return out
}
