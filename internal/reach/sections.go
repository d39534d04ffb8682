package reach

import (
	"cmp"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/packetset"
)

// Line is a result of a section, with its packets as a person would write them.
type Line struct {
	*Result
	packetset.Description
	Set       packetset.Set // those of the result that are of the section
	Otherwise bool          // they are all that the lines before leave
}

// Section is packets of a part that go to the same place.
type Section struct {
	Title  string // what holds of all of them, "" for what the question says
	Others bool   // whether they are not those that are addressed to the destination
	Lines  []Line
}

// Sections returns what is to be said of a part: first of the packets that are
// addressed to the destination, then of the others that arrive there.  Without a
// destination there is one section, of all ends.
func (a *Answer) Sections(p *Part) (out []Section) {
	m := p.space.m
	among := p.to
	if s := a.section(p, among, func(*Result) bool { return true }); len(s.Lines) > 0 {
		if a.question.To != nil && among != p.all {
			s.Title = "addressed to it"
		}
		out = append(out, s)
	}
	others := m.Without(p.all, among)
	if others == packetset.Empty {
		return out
	}
	s := a.section(p, others, func(r *Result) bool { return r.Kind == Delivered || r.Kind == Undecided })
	if len(s.Lines) > 0 {
		s.Title, s.Others = "by other destinations", true
		out = append(out, s)
	}
	return out
}

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
		return cmp.Or(cmp.Compare(min(a.Kind, 1), min(b.Kind, 1)), cmp.Compare(len(a.Text), len(b.Text)), cmp.Compare(a.Text, b.Text))
	})
	last := len(s.Lines) - 1
	if last < 1 || covered != among {
		return s
	}
	// The longest line is "otherwise", unless other lines have some of its packets.
	l := &s.Lines[last]
	for _, o := range s.Lines[:last] {
		if m.Meets(o.Set, l.Set) {
			return s
		}
	}
	l.Otherwise = true
	return s
}

// wants reports whether a result is to be shown.
func (a *Answer) wants(r *Result) bool {
	q := a.question
	return q.Dropped == "" || r.Kind == Undecided || r.Kind == Dropped && r.Code == q.Dropped
}

// inports returns the ports by which a part's packets enter.
func (p *Part) inports() []packetset.Port {
	out := make([]packetset.Port, len(p.Ports))
	for i, port := range p.Ports {
		out[i] = packetset.Port{Key: port.Key, Name: port.Name}
	}
	return out
}
