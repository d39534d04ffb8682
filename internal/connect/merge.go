package connect

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/trace"
)

// merge joins results that differ only in their choices.
func merge(all []Outcome) []Outcome {
	var merged []Outcome
	for _, o := range all {
		i := slices.IndexFunc(merged, func(m Outcome) bool { return m.same(&o) })
		if i < 0 {
			o.Combinations = [][]Choice{o.Choices}
			merged = append(merged, o)
			continue
		}
		merged[i].Combinations = append(merged[i].Combinations, o.Choices)
	}
	return merged
}

// same reports whether the same frames arrive and the same packets are lost.
func (o *Outcome) same(p *Outcome) bool {
	return o.Verdict == p.Verdict && o.Lost == p.Lost && o.Where.Code == p.Where.Code && sameFlow(o.Where.Flow, p.Where.Flow) &&
		slices.EqualFunc(o.Packets, p.Packets, func(a, b Packet) bool {
			return a.Sent == b.Sent && slices.EqualFunc(a.Arrived, b.Arrived, func(x, y Arrival) bool {
				return x.Network == y.Network && x.Port == y.Port && x.Chassis == y.Chassis && x.Packet == y.Packet
			})
		})
}

func sameFlow(f, g *trace.Flow) bool { return f == g || f != nil && g != nil && f.UUID == g.UUID }

// TakenChoice is a choice with all options that lead to a result.
type TakenChoice struct {
	Kind    string
	Options []string
	Of      int
}

// Taken returns the choices of a result, in the order in which they are made.
func (o *Outcome) Taken() (all []TakenChoice) {
	for _, choices := range o.Combinations {
		for i, c := range choices {
			if i == len(all) {
				all = append(all, TakenChoice{Kind: c.Kind, Of: c.Of})
			}
			if t := &all[i]; !slices.Contains(t.Options, c.Option) {
				t.Options = append(t.Options, c.Option)
			}
		}
	}
	return all
}
