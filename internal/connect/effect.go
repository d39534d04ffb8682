package connect

import (
	"slices"
)

// SameEffect reports whether a connection has the same result in two databases: the same
// verdicts for the same choices, the same frames at the same ports, and the same codes of
// drops.  The deciding flows may differ.
func (a *Answer) SameEffect(b *Answer) bool {
	return a.Verdict == b.Verdict && a.Complete == b.Complete && slices.EqualFunc(a.Outcomes, b.Outcomes, func(x, y Outcome) bool {
		return x.Verdict == y.Verdict && x.Lost == y.Lost && x.Where.Code == y.Where.Code &&
			slices.EqualFunc(x.Taken(), y.Taken(), func(s, t TakenChoice) bool {
				return s.Kind == t.Kind && s.Of == t.Of && slices.Equal(s.Options, t.Options)
			}) &&
			slices.EqualFunc(x.Packets, y.Packets, func(s, t Packet) bool { return s.sameEffect(&t) })
	})
}

// sameEffect reports whether two packets are the same frame with the same result.
func (p *Packet) sameEffect(q *Packet) bool {
	return p.Sent == q.Sent && p.On == q.On &&
		slices.EqualFunc(p.Arrived, q.Arrived, func(a, b Arrival) bool {
			return a.Network == b.Network && a.Carrier().Name == b.Carrier().Name && a.Chassis == b.Chassis && a.Packet == b.Packet
		}) &&
		slices.EqualFunc(p.Dropped, q.Dropped, func(a, b Drop) bool { return a.Code == b.Code && a.Chassis == b.Chassis })
}
