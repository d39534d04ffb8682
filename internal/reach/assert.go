package reach

import (
	"github.com/ovnwalk/ovnwalk/internal/packetset"
)

// Assertion is a condition on the packets of a question.
type Assertion struct {
	// None: no packet arrives, for any choices.
	None bool

	// Only: the packets that arrive satisfy a match; "" asserts nothing.
	Only string

	// All: every packet arrives, for any choices.
	All bool
}

// OfAll reports whether the assertion is about all packets, not the first ones of connections alone.
func (s Assertion) OfAll() bool { return s.None || s.Only != "" }

// Proof is the result of checking an assertion.
type Proof struct {
	Holds bool // it is proven

	// Counterexample is the microflow of a packet that refutes the assertion, "" if there
	// is none. Result is the outcome of that packet.
	Counterexample string
	Result         *Result

	// Open is the reason why the assertion is neither proven nor refuted. Example is the
	// microflow of a packet for which it is open.
	Open, Example string
}

// Check proves or refutes an assertion. It returns an error if a match does not parse.
func (a *Answer) Check(s Assertion) (*Proof, error) {
	onlyIn := map[*view]*narrowed{}
	for _, p := range a.Parts {
		if onlyIn[p.view] != nil {
			continue
		}
		only, err := narrow(p.space.n, s.Only)
		if err != nil {
			return nil, err
		}
		onlyIn[p.view] = only
	}
	proof := &Proof{Holds: true}
	for _, p := range a.Parts {
		p.settle()
		m, only := p.space.m, onlyIn[p.view]
		for _, r := range p.Results {
			kind, reason := r.both()
			bad := packetset.Empty // packets that refute the assertion by this result
			switch {
			case kind == Undecided && s.All:
				bad = m.And(r.Set, p.to)
			case kind == Undecided && s.None:
				bad = r.Set
			case kind == Undecided:
				bad = m.Without(r.Set, only.set(p.space))
			case s.All:
				if kind != Delivered {
					bad = m.And(r.Set, p.to)
				}
			case kind != Delivered:
			case s.None:
				bad = r.Set
			default:
				bad = m.Without(r.Set, only.set(p.space))
			}
			if bad == packetset.Empty {
				continue
			}
			proof.Holds = false
			if kind != Undecided {
				proof.Counterexample, proof.Result = p.Example(bad), r
				proof.Open, proof.Example = "", ""
				return proof, nil
			}
			if proof.Open == "" {
				proof.Open, proof.Example = reason, p.Example(bad)
			}
		}
		if s.All && p.to == packetset.Empty && proof.Holds {
			proof.Holds, proof.Open = false, "no packet of the question is addressed to the destination"
		}
	}
	return proof, nil
}
