package verdict

import (
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/northd"
)

// TestRuleStages has rules and codes name only stages that northd of some release
// has.
func TestRuleStages(t *testing.T) {
	for _, r := range rules {
		for _, s := range strings.Fields(string(r.stages)) {
			if !slices.Contains(northd.Stages, s) {
				t.Errorf("the rule of %s names stage %s, which no release has", r.code, s)
			}
		}
	}
	for _, c := range Codes() {
		for _, s := range strings.Split(c.DecidedAt, ", ") {
			if strings.Contains(s, "_") && !slices.Contains(northd.Stages, s) {
				t.Errorf("code %s names stage %s, which no release has", c.Code, s)
			}
		}
	}
}
