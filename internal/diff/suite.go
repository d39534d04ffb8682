package diff

import (
	"errors"
	"fmt"

	"github.com/ovnwalk/ovnwalk/internal/report"
	"github.com/ovnwalk/ovnwalk/internal/suite"
)

// FromSuites plans the packets of the tests of suites, which ran over both networks. A packet is
// constructed from the data of the first network, or else of the second. Expectations are ignored. It
// returns an error for a file that cannot be run.
func FromSuites(before, after *suite.Report) (*Plan, error) {
	plan := &Plan{}
	failed, first := 0, ""
	for i, f := range before.Files {
		g := after.Files[i]
		for _, bad := range [][]suite.Problem{f.Errors, g.Errors} {
			if len(bad) > 0 {
				return nil, fmt.Errorf("%s:%d: %s", f.File, bad[0].Line, bad[0].Msg)
			}
		}
		also := map[string]*suite.Result{}
		for _, r := range g.Results {
			also[r.Name] = r
		}
		known := map[string]bool{}
		for _, list := range [][]*suite.Result{f.Results, g.Results} {
			for _, r := range list {
				if known[r.Name] || r.Status == suite.Skipped {
					continue
				}
				known[r.Name] = true
				made := r
				if made.Request.Microflow == "" && also[r.Name] != nil {
					made = also[r.Name]
				}
				if made.Request.Microflow == "" {
					if failed++; first == "" {
						first = fmt.Sprintf("%s: %s", r.Name, r.Errors[0].Msg)
					}
					continue
				}
				choices := made.Request.Choices
				plan.Packets = append(plan.Packets, Packet{
					Name: r.Name, Microflow: made.Request.Microflow, Datapath: made.Request.Datapath, Choices: &choices,
				})
			}
		}
	}
	if failed > 0 {
		plan.Notes = append(plan.Notes, fmt.Sprintf("the packets of %s could not be made out, the first of %s", report.Count(failed, "test"), first))
	}
	if len(plan.Packets) == 0 {
		return nil, errors.New("the suite sends no packet")
	}
	return plan, nil
}
