package reach

import (
	"cmp"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Line is a result of a section, with its packets as text.
type Line struct {
	*Result
	packetset.Description
	Set       packetset.Set // the packets of the result in the section
	Otherwise bool          // all packets that the other lines do not have
}

// SectionKind distinguishes packets by their destination, and those that open no connection.
type SectionKind uint8

// The kinds, in the order in which they are shown.
const (
	Addressed         SectionKind = iota // to the destination; without one, all that are not of MixedDestinations
	OtherDestinations                    // to other addresses, by which packets may arrive as well
	MixedDestinations                    // IP packets whose Ethernet and IP destinations do not match
	Later                                // packets that open no connection, see Question
)

// sectionKinds is the number of the kinds.
const sectionKinds = int(Later) + 1

// IsApart reports whether text only counts the sets of a kind beside those of others.
func (k SectionKind) IsApart() bool { return k >= MixedDestinations }

// Title describes the packets of a section.
func (k SectionKind) Title() string {
	switch k {
	case Addressed:
		return "addressed to it"
	case OtherDestinations:
		return "by other destinations"
	case MixedDestinations:
		return "with Ethernet and IP destinations that do not match"
	case Later:
		return "that open no connection"
	}
	return ""
}

// Section has the lines for packets of a kind.
type Section struct {
	Kind  SectionKind
	Title string // describes the packets, "" for those of the question
	Lines []Line
}

// Sections returns the sections of a part that have lines. With a destination, those but the
// first have the packets that arrive there.
func (a *Answer) Sections(p *Part) (out []Section) {
	p.settle()
	for i := range sectionKinds {
		kind := SectionKind(i)
		s := a.section(p, p.among(kind), func(r *Result) bool { return a.shows(kind, r) })
		if len(s.Lines) == 0 {
			continue
		}
		s.Kind = kind
		if kind != Addressed || p.to != p.all {
			s.Title = kind.Title()
		}
		out = append(out, s)
	}
	return out
}

// among returns the packets of a section.
func (p *Part) among(kind SectionKind) packetset.Set {
	m := p.space.m
	mixed := mixedDestinations(m)
	first := p.all
	if p.named != nil {
		first = m.Without(p.all, later(m, p.named))
	}
	switch kind {
	case Later:
		return m.Without(p.all, first)
	case MixedDestinations:
		return m.And(first, mixed)
	case OtherDestinations:
		return m.Without(m.Without(first, p.to), mixed)
	case Addressed:
	}
	return m.Without(m.And(first, p.to), mixed)
}

// mixedDestinations returns the IP packets that no host sends because their destinations do not
// match: a unicast address in an Ethernet multicast, a multicast group at a unicast Ethernet
// address, and 255.255.255.255 in a frame that is not a broadcast (RFC 1112, RFC 1122).
func mixedDestinations(m *packetset.Manager) packetset.Set {
	ip4, ip6 := m.Is(packet.EthType, packet.EthTypeIPv4), m.Is(packet.EthType, packet.EthTypeIPv6)
	prefix6 := packet.Value{Hi: 0xff << 56}
	multicasts := m.Or(
		m.And(ip4, m.Equal(packet.IPv4Dst, packet.Uint(0xe<<28), packet.Uint(0xf<<28))),
		m.And(ip6, m.Equal(packet.IPv6Dst, prefix6, prefix6)),
	)
	broadcasts := m.And(ip4, m.Is(packet.IPv4Dst, 0xffffffff))
	frames := m.Equal(packet.EthDst, packet.Uint(1<<40), packet.Uint(1<<40))
	unicasts := m.Without(m.Without(m.Or(ip4, ip6), multicasts), broadcasts)
	mixed := m.Union([]packetset.Set{m.And(unicasts, frames), m.Without(multicasts, frames), broadcasts})
	return m.Without(mixed, m.Is(packet.EthDst, 1<<48-1)) // which may be to a subnet's broadcast address
}

// shows reports whether a section has a result.
func (a *Answer) shows(kind SectionKind, r *Result) bool {
	return a.wants(r) && (kind == Addressed || a.question.To == nil || r.arrives())
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
		if set == packetset.Empty || !wanted(r) {
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
