package vet

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/interconnect"
)

// TestMerge makes findings of what zones do not agree on, each with a code of the table.
func TestMerge(t *testing.T) {
	own := &Report{Flows: 3, Datapaths: 1, Findings: []Finding{{Code: Shadowed, Severity: Warning, Message: "a flow", Datapaths: []string{"sw"}, Count: 1}}}
	for _, kind := range []interconnect.Kind{
		interconnect.DatapathKeys, interconnect.PortKeys, interconnect.UnknownRemote, interconnect.AddressTwice,
		interconnect.ClaimedTwice, interconnect.MissingZone, interconnect.RouteGone, interconnect.RecordedApart,
	} {
		t.Run(string(kind), func(t *testing.T) {
			p := interconnect.Problem{Kind: kind, Zone: "node1", Other: "node2", Datapath: "ts"}
			r := Merge([]string{"node1", "node2"}, []*Report{own, own}, []interconnect.Problem{p}, Config{})
			if len(r.Findings) != 3 || r.Flows != 6 || r.Datapaths != 2 {
				t.Fatalf("%+v", r)
			}
			zoned := 0
			for _, f := range r.Findings {
				if _, ok := codeDescriptions[f.Code]; !ok {
					t.Errorf("code %q is not in the table", f.Code)
				}
				switch {
				case f.Message == p.String() && f.Datapaths[0] == "node1:ts":
					zoned++
				case f.Message != "zone node1: a flow" && f.Message != "zone node2: a flow":
					t.Errorf("%+v", f)
				}
			}
			if zoned != 1 {
				t.Errorf("the problem is %d times among %+v", zoned, r.Findings)
			}
		})
	}
	if own.Findings[0].Datapaths[0] != "sw" {
		t.Error("a zone's own report changed")
	}
}
