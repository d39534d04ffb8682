package reach

import (
	"cmp"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/packetset"
)

// Line is a result of a section, with its packets as text.
type Line struct {
	*Result
	packetset.Description
	Set       packetset.Set // the packets of the result in the section
	Otherwise bool          // all packets that the other lines do not have
}

// Section has the lines for packets to the same destination.
type Section struct {
	Title  string // what holds of all of them, "" for what the question says
	Others bool   // whether these are the packets that are not addressed to the destination
	Lines  []Line
}

// Sections returns the sections of a part: first that of the packets to the destination,
// then that of the others that arrive there. Without a destination there is one section,
// with all ends.
func (a *Answer) Sections(p *Part) (out []Section) {
	p.settle()
	among := p.to
	if s := a.section(p, among, func(*Result) bool { return true }); len(s.Lines) > 0 {
		if a.question.To != nil && among != p.all {
			s.Title = "addressed to it"
		}
		out = append(out, s)
	}
	others := p.among(true)
	if others == packetset.Empty {
		return out
	}
	s := a.section(p, others, (*Result).arrives)
	if len(s.Lines) > 0 {
		s.Title, s.Others = "by other destinations", true
		out = append(out, s)
	}
	return out
}

// arrives reports whether packets arrive, or may.
func (r *Result) arrives() bool { return r.Kind == Delivered || r.Kind == Undecided }

// section returns the lines for the packets of a set.
func (a *Answer) section(p *Part, among packetset.Set, wanted func(*Result) bool) Section {
	m := p.space.m
	var s Section
	covered := packetset.Empty
	for _, r := range p.Results {
		set := m.And(r.Set, among)
		if set == packetset.Empty || !wanted(r) || !a.wants(r) {
			continue
		}
		covered = m.Or(covered, set)
		s.Lines = append(s.Lines, Line{Result: r, Set: set, Description: m.Describe(set, among, p.inports())})
	}
	slices.SortStableFunc(s.Lines, func(a, b Line) int {
		return cmp.Or(cmp.Compare(shown[a.Kind], shown[b.Kind]), cmp.Compare(a.String(), b.String()), cmp.Compare(a.Cost(), b.Cost()), cmp.Compare(a.Text, b.Text))
	})
	if covered == among {
		s.putOtherwise(m)
	}
	return s
}

// shown is the order in which kinds are shown.
var shown = [...]int{Delivered: 0, Replied: 1, Controller: 2, Dropped: 3, Looped: 4, Elsewhere: 5, Undecided: 6}

// putOtherwise moves the line with the longest description to the end, as the rest of the
// packets, unless another line has some of its packets. Lines of delivered packets stay.
func (s *Section) putOtherwise(m *packetset.Manager) {
	last := -1
	for i := range s.Lines {
		l := &s.Lines[i]
		if l.Kind == Delivered && s.Lines[len(s.Lines)-1].Kind != Delivered || last >= 0 && l.Cost() <= s.Lines[last].Cost() {
			continue
		}
		if !slices.ContainsFunc(s.Lines, func(o Line) bool { return o.Result != l.Result && m.Meets(o.Set, l.Set) }) {
			last = i
		}
	}
	if last < 0 || len(s.Lines) < 2 {
		return
	}
	l := s.Lines[last]
	l.Otherwise = true
	s.Lines = append(slices.Delete(s.Lines, last, last+1), l)
}

// wants reports whether a question selects a result.
func (a *Answer) wants(r *Result) bool {
	q := a.question
	return q.Dropped == "" || r.Kind == Undecided || r.Kind == Dropped && r.Code == q.Dropped
}

// inports returns the ports by which the packets of a part enter.
func (p *Part) inports() []packetset.Port {
	out := make([]packetset.Port, len(p.Ports))
	for i, port := range p.Ports {
		out[i] = packetset.Port{Key: port.Key, Name: port.Name}
	}
	return out
}
