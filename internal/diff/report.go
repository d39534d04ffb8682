package diff

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/report"
)

// Report is what comparing two networks found.
type Report struct {
	Packets int      // how many were sent through both
	Ports   []string // ports that only one of the networks has, in words
	Causes  []*Cause // those of most packets first
	Notes   []string // about omitted packets

	// Warnings are about the databases, those of the first one before the others.
	Warnings []string

	// ContentDifferences is in how many rows the databases differ.  Packets take
	// those that are Covered; no packet can take those that are Unreachable; the other
	// database has flows that do the same as those that are Equivalent.  Uncovered are
	// the rest, in words.
	ContentDifferences, Covered, Unreachable, Equivalent int
	Uncovered                                            []string

	cutShort bool // whether a limit left packets out

	found  []*Difference
	cut    int   // packets with more choices than were gone through
	unsent int   // packets that neither network takes
	errors error // why it does not take the first of them
}

// Errors returns why a packet cannot be sent through either network, nil where
// each was sent through one at least.
func (r *Report) Errors() error { return r.errors }

// Cause is a decision that differs between the networks, and the packets that changed because of it.
type Cause struct {
	Kind Kind `json:"kind"`

	// Summary describes the decision: a field, the code of a drop, a port.
	Summary string `json:"summary"`

	// Before and After are the flows that decided; nil if unknown.
	Before *Where `json:"before,omitempty"`
	After  *Where `json:"after,omitempty"`

	Packets []*Difference `json:"packets"` // in the order in which they were sent
}

// Same reports whether no difference was found, and none can have been missed because packets were
// omitted.
func (r *Report) Same() bool {
	return len(r.Causes) == 0 && len(r.Ports) == 0 && len(r.Uncovered) == 0 && (r.ContentDifferences == 0 || !r.cutShort)
}

// Differing returns the number of packets that changed.
func (r *Report) Differing() (n int) {
	for _, c := range r.Causes {
		n += len(c.Packets)
	}
	return n
}

// rank is 1 for a cause for which only packets that were made from others
// differ, such as one more copy of an ARP request; these come last.
func (c *Cause) rank() int {
	if slices.ContainsFunc(c.Packets, func(d *Difference) bool { return !d.minor }) {
		return 0
	}
	return 1
}

func (r *Report) add(d *Difference) { r.found = append(r.found, d) }

// finish groups the differences by their causes.
func (r *Report) finish() {
	known := map[causeKey]*Cause{}
	for _, d := range r.found {
		c := known[d.cause]
		if c == nil {
			c = &Cause{Kind: d.cause.kind, Summary: d.cause.what, Before: d.flows[0], After: d.flows[1]}
			known[d.cause] = c
			r.Causes = append(r.Causes, c)
		}
		c.Packets = append(c.Packets, d)
	}
	slices.SortStableFunc(r.Causes, func(a, b *Cause) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.Kind, b.Kind), cmp.Compare(len(b.Packets), len(a.Packets)), strings.Compare(a.Summary, b.Summary))
	})
	if r.unsent > 0 {
		r.Notes = append(r.Notes, report.CountWas(r.unsent, "packet")+" refused by both: "+r.errors.Error())
	}
	if r.cut > 0 {
		r.Notes = append(r.Notes, report.Count(r.cut, "packet")+" had more than "+report.Count(maxWalks, "choice")+" of backends and next hops; the first were compared")
	}
}
