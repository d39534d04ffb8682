package northd

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/dialect"
)

// TestStages has no stage twice, and every stage that a table names in the list.
func TestStages(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Stages {
		if seen[s] || !regexp.MustCompile(`^l[sr]_(in|out)_[a-z0-9_]+$`).MatchString(s) {
			t.Errorf("stage %s is twice in the list, or no name of a stage", s)
		}
		seen[s] = true
	}
	named := map[string]string{}
	for _, set := range []StageSet{ACLStages, ACLActionStages, PortSecurityStages, OldPortSecurityStages, LoadBalancerStages, preLBStages} {
		fields := strings.Fields(string(set))
		for _, s := range fields {
			named[s] = "a set of stages"
		}
		slices.Sort(fields)
		if len(slices.Compact(fields)) != len(strings.Fields(string(set))) {
			t.Errorf("%s names a stage twice", set)
		}
	}
	for stage, decides := range decidingStages {
		named[stage], named[decides] = "decidingStages", "decidingStages"
	}
	for stage := range families { // the names of families need not be stages
		named[stage] = "families"
	}
	for _, list := range [][]Pair{knownOverlaps, knownShadows, knownNevers} {
		for _, k := range list {
			for _, s := range strings.Fields(string(k.stages)) {
				named[s] = "known pairs: " + k.Reason
			}
		}
	}
	for _, k := range knownNames {
		named[k.stage] = "known names"
	}
	for _, x := range exclusives {
		for _, s := range strings.Fields(string(x.stages)) {
			named[s] = "exclusives"
		}
	}
	for stage, by := range named {
		if !seen[stage] {
			t.Errorf("%s names stage %s, which is not in the list", by, stage)
		}
	}
}

// TestRows has no row twice, none that fits everything, and none that does not
// compile.
func TestRows(t *testing.T) {
	for _, list := range [][]Pair{knownOverlaps, knownShadows, knownNevers} {
		seen := map[Pair]bool{}
		for _, k := range list {
			compiled(k.one)
			compiled(k.other)
			key := Pair{k.stages, k.one, k.other, ""}
			if seen[key] || k.Reason == "" || k.stages == "" && k.one == "" && k.other == "" {
				t.Errorf("%+v is twice in a table, has no reason, or fits everything", k)
			}
			seen[key] = true
		}
	}
	invalid := map[knownInvalid]bool{}
	for _, q := range knownInvalids {
		compiled(q.match)
		compiled(q.actions)
		dialect.MustSpan(q.span)
		key := knownInvalid{match: q.match, actions: q.actions}
		if invalid[key] || q.reason == "" || q.match == "" && q.actions == "" {
			t.Errorf("%+v is twice in the table, has no reason, or fits everything", q)
		}
		invalid[key] = true
	}
}

func TestFamily(t *testing.T) {
	for _, names := range [][]string{
		{"ls_in_acl", "ls_in_acl_eval", "ls_in_acl_action"},
		{"ls_in_port_sec_l2", "ls_in_check_port_sec", "ls_in_apply_port_sec"},
		{"ls_out_qos_mark", "ls_out_qos"},
		{"lr_in_ip_routing", "lr_in_ip_routing"},
	} {
		for _, n := range names {
			if Family(n) != Family(names[0]) {
				t.Errorf("%s is in family %s, %s in %s", n, Family(n), names[0], Family(names[0]))
			}
		}
	}
}
