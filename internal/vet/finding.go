package vet

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/lflow"
)

// Finding is one thing that is wrong with the tables, or worth a look.
type Finding struct {
	Code     Code
	Severity Severity

	// Message describes the finding in a sentence.
	Message string

	// KnownReason is the reason why northd itself writes such flows, which makes the finding
	// a note; "" if it is not known to.
	KnownReason string

	// Flows are the flows of the finding, the one that causes it first; none for a datapath or
	// the database itself.
	Flows []Where

	// Datapaths are the names of those concerned, in the network's order.
	Datapaths []string

	// Text is the match or the actions in which Start and End delimit the bytes that cause the
	// finding, or "" if only the flow is known.
	Text       string
	Start, End int

	// Packet is a microflow that shows the finding, or "": the packet on entry to the flows'
	// table on the first datapath.
	Packet string

	// Count is the number of findings that this one represents.
	Count int
}

// Where is a flow as a finding shows it.
type Where struct {
	UUID     string `json:"uuid"`
	Pipeline string `json:"pipeline"`
	Table    int    `json:"table"`
	Stage    string `json:"stage,omitempty"` // "" where the database has none
	Priority int    `json:"priority"`
	Match    string `json:"match"`
	Actions  string `json:"actions"`
	Source   string `json:"source,omitempty"` // the line of northd that made it, "" if unknown
	Hint     string `json:"-"`                // its stage-hint, "" for none

	// MadeFrom are the northbound rows that it was generated from, where NameRows
	// found some.
	MadeFrom []string `json:"made_from,omitempty"`
}

func where(f *lflow.Flow) Where {
	source, _ := f.ExternalID("source")
	hint, _ := f.ExternalID("stage-hint")
	return Where{
		UUID: f.UUID.String(), Pipeline: f.Pipeline.String(), Table: f.Table, Stage: f.Stage(), Priority: f.Priority,
		Match: f.MatchText(), Actions: f.ActionsText(), Source: source, Hint: hint,
	}
}

// Add adds findings of others as a configuration has them.
func (r *Report) Add(c Config, findings ...Finding) {
	v := &checker{config: c, report: r}
	for _, f := range findings {
		v.add(f)
	}
	r.sort()
}

// NameRows names the northbound rows that the flows of findings were generated from.
func (r *Report) NameRows(of func(stageHint string) []string) {
	for i := range r.Findings {
		for j := range r.Findings[i].Flows {
			w := &r.Findings[i].Flows[j]
			w.MadeFrom = of(w.Hint)
		}
	}
}

// Report is what vetting a network found.
type Report struct {
	Findings  []Finding // errors first, then by code and place
	Ignored   int       // how many findings the configuration leaves out
	Skipped   []Code    // codes that it leaves out altogether, sorted
	Flows     int       // how many flows were looked at
	Datapaths int       // on how many datapaths
}

// Counts returns how many findings there are of each severity.
func (r *Report) Counts() (c [Error + 1]int) {
	for i := range r.Findings {
		c[r.Findings[i].Severity] += max(1, r.Findings[i].Count)
	}
	return c
}

// AtLeast returns how many findings are at least that severe.
func (r *Report) AtLeast(s Severity) (n int) {
	for level, count := range r.Counts() {
		if Severity(level) >= s {
			n += count
		}
	}
	return n
}

// sort puts findings in the order in which they are shown, which is that of
// severity, code, pipeline, table, priority and flow.
func (r *Report) sort() {
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		c := cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(a.Code, b.Code), cmp.Compare(len(b.Flows), len(a.Flows)))
		for i := 0; c == 0 && i < len(a.Flows); i++ {
			x, y := &a.Flows[i], &b.Flows[i]
			c = cmp.Or(strings.Compare(y.Pipeline, x.Pipeline), cmp.Compare(x.Table, y.Table),
				cmp.Compare(y.Priority, x.Priority), strings.Compare(x.UUID, y.UUID))
		}
		return cmp.Or(c, strings.Compare(a.Message, b.Message))
	})
}
