package explain

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// maxTaken is the maximum number of flows that are tried at the table that decided.
const maxTaken = 64

// ranked returns the near misses at the deciding step of an ending that would have changed the
// ending: first those with which the packet would have arrived, then by distance.
func (a *Explainer) ranked(s *step, d *verdict.Disposition) []nearMiss {
	type tried struct {
		nearMiss
		rank int
	}
	var list []tried
	for _, m := range a.at(s).near(s) {
		if len(m.failures) > maxFailures || isDrop(m.flow) || differentProtocol(m.failures) || othersAddress(m.failures) && d.Code != verdict.UnknownMAC {
			continue
		}
		if len(list) == maxTaken {
			break
		}
		if rank, changed := a.effect(s, m, d); changed {
			list = append(list, tried{m, rank})
		}
	}
	slices.SortStableFunc(list, func(x, y tried) int { return cmp.Compare(x.rank, y.rank) })
	var out []nearMiss
	for _, t := range list {
		if t.rank == list[0].rank {
			out = append(out, t.nearMiss)
		}
	}
	return out
}

// effect returns the rank of the result if the packet had taken a flow, 0 if it arrives, and
// whether the result differs from the actual one.
func (a *Explainer) effect(s *step, m nearMiss, d *verdict.Disposition) (rank int, changed bool) {
	t, err := sim.TraceFlow(s.d.Network(), s.d, m.flow, s.packet, a.c)
	if err != nil {
		return 0, false
	}
	rank = 2
	for _, other := range verdict.Of(t) {
		switch other.TentativeOutcome {
		case verdict.OutcomeDelivered:
			if other.Origin == verdict.OriginPacket || other.Origin == verdict.OriginClone {
				return 0, true
			}
		case verdict.OutcomeReplied, verdict.OutcomeController:
			rank = min(rank, 1)
		default:
		}
		changed = changed || other.TentativeOutcome != d.TentativeOutcome || other.Code != d.Code
	}
	return rank, changed
}

// othersAddress reports whether a flow differs only in an Ethernet address: it is for packets of
// another host.
func othersAddress(fs []failure) bool {
	for _, f := range fs {
		if f.negated || !strings.HasPrefix(f.text, "eth.dst ==") && !strings.HasPrefix(f.text, "eth.src ==") {
			return false
		}
	}
	return len(fs) > 0
}

// maxMerged is the maximum number of values of merged near misses that are reported.
const maxMerged = 4

// merged joins near misses with the same effect that differ in one required value.
func merged(list []verdict.NearMiss) (out []verdict.NearMiss) {
	wanted := map[int][]string{} // by index in out
	at := map[int]int{}
next:
	for _, m := range list {
		for i := range out {
			k, ok := differsIn(&out[i], &m)
			if !ok || wanted[i] != nil && at[i] != k {
				continue
			}
			if wanted[i] == nil {
				wanted[i], at[i] = []string{out[i].Parts[k].Wanted}, k
			}
			if !slices.Contains(wanted[i], m.Parts[k].Wanted) {
				wanted[i] = append(wanted[i], m.Parts[k].Wanted)
			}
			continue next
		}
		m.Parts = slices.Clone(m.Parts)
		out = append(out, m)
	}
	for i, values := range wanted {
		text := strings.Join(values[:min(len(values), maxMerged)], " or ")
		if len(values) > maxMerged {
			text += ", or others"
		}
		out[i].Parts[at[i]].Wanted = text
	}
	return out
}

// differsIn returns the only part in which two near misses require different values.
func differsIn(x, y *verdict.NearMiss) (part int, ok bool) {
	if len(x.Parts) != len(y.Parts) || !x.Place.Datapath.Is(y.Place.Datapath) || x.Place.Egress != y.Place.Egress || x.Place.Table != y.Place.Table || x.Actions != y.Actions {
		return 0, false
	}
	found := -1
	for i := range x.Parts {
		switch {
		case x.Parts[i].Field != y.Parts[i].Field || x.Parts[i].Actual != y.Parts[i].Actual:
			return 0, false
		case x.Parts[i].Wanted == y.Parts[i].Wanted:
		case found >= 0:
			return 0, false
		default:
			found = i
		}
	}
	return found, found >= 0
}
