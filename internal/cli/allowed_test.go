package cli

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// TestAllowedBy names the flows of ACLs that allow a delivered packet.  The flows
// are as the release's ovn-northd writes them for the ACLs of each case: since
// 23.06 a stage evaluates the ACLs of one tier, in which pass has no verdict, and
// the next stage acts on the verdict or goes back for the next tier.
func TestAllowedBy(t *testing.T) {
	type flow struct {
		stage, match, actions string
		priority              int
		hint                  string
	}
	// action are the flows of ls_in_acl_action where there are so many tiers above 0.
	action := func(tiers int) (out []flow) {
		reset := "reg8[16] = 0; reg8[17] = 0; reg8[18] = 0; "
		if tiers > 0 {
			reset += "reg8[30..31] = 0; "
		}
		out = []flow{
			{"ls_in_acl_action", "reg8[16] == 1", reset + "next;", 1000, ""},
			{"ls_in_acl_action", "reg8[17] == 1", reset + "/* drop */", 1000, ""},
			{"ls_in_acl_action", "1", reset + "next;", 0, ""},
			{"ls_in_acl_eval", "1", "next;", 0, ""},
		}
		for i := range tiers {
			out = append(out, flow{"ls_in_acl_action", fmt.Sprintf("reg8[30..31] == %d", i), fmt.Sprintf("reg8[30..31] = %d; next(pipeline=ingress,table=0);", i+1), 500, ""})
		}
		return out
	}
	for _, tt := range []struct {
		name, release string
		flows         []flow
		want          []string // stage and priority of each
	}{
		{"one stage", "23.03", []flow{
			{"ls_in_acl", "ip4", "next;", 2001, "aaaa0001"},
			{"ls_in_acl", "1", "next;", 0, ""},
		}, []string{"ls_in_acl 2001"}},
		{"one stage, no ACL matches", "23.03", []flow{
			{"ls_in_acl", "ip6", "next;", 2001, "aaaa0001"},
			{"ls_in_acl", "1", "next;", 0, ""},
		}, nil},
		{"allowed", "24.03", append(action(0),
			flow{"ls_in_acl_eval", "(ip4)", "reg8[16] = 1; next;", 2001, "aaaa0001"}), []string{"ls_in_acl_eval 2001"}},
		{"allowed and logged", "24.03", append(action(0),
			flow{"ls_in_acl_eval", "(ip4)", `log(name="x", severity=info, verdict=allow); reg8[16] = 1; next;`, 2001, "aaaa0001"}), []string{"ls_in_acl_eval 2001"}},
		{"passed by the only tier", "24.03", append(action(0),
			flow{"ls_in_acl_eval", "(ip4)", "next;", 2001, "aaaa0001"}), nil},
		{"passed, with a name like a verdict", "24.03", append(action(0),
			flow{"ls_in_acl_eval", "(ip4)", `log(name="reg8[16] = 1;", severity=info, verdict=allow); next;`, 2001, "aaaa0001"}), nil},
		{"passed, then allowed", "main", append(action(2),
			flow{"ls_in_acl_eval", "reg8[30..31] == 0 && (ip4)", "next;", 2005, "aaaa0001"},
			flow{"ls_in_acl_eval", "reg8[30..31] == 1 && (ip4)", "reg8[16] = 1; next;", 2003, "aaaa0002"},
			flow{"ls_in_acl_eval", "reg8[30..31] == 2 && (ip4)", "reg8[17] = 1; next;", 2001, "aaaa0003"}), []string{"ls_in_acl_eval 2003"}},
		{"not matched, passed, allowed last", "main", append(action(2),
			flow{"ls_in_acl_eval", "reg8[30..31] == 0 && (ip6)", "reg8[17] = 1; next;", 2005, "aaaa0001"},
			flow{"ls_in_acl_eval", "reg8[30..31] == 1 && (ip4)", "next;", 2003, "aaaa0002"},
			flow{"ls_in_acl_eval", "reg8[30..31] == 2 && (ip4)", "reg8[16] = 1; next;", 2001, "aaaa0003"}), []string{"ls_in_acl_eval 2001"}},
		{"passed by all tiers", "main", append(action(1),
			flow{"ls_in_acl_eval", "reg8[30..31] == 0 && (ip4)", "next;", 2005, "aaaa0001"},
			flow{"ls_in_acl_eval", "reg8[30..31] == 1 && (ip4)", "next;", 2003, "aaaa0002"}), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			release := tt.release
			if release == "main" {
				release = "26.03.90"
			}
			db := sbtest.New(release)
			d := db.Datapath("sw", 1)
			db.Port(d, "p1", 1, "")
			db.Port(d, "p2", 2, "")
			place := map[string]int{"ls_in_acl": 0, "ls_in_acl_eval": 0, "ls_in_acl_action": 1}
			for _, f := range tt.flows {
				ids := []string{"stage-name", f.stage}
				if f.hint != "" {
					ids = append(ids, "stage-hint", f.hint)
				}
				db.Row("Logical_Flow", map[string]any{
					"logical_datapath": sbtest.Ref(d), "pipeline": "ingress", "table_id": place[f.stage], "priority": f.priority,
					"match": f.match, "actions": f.actions, "external_ids": sbtest.Map(ids...),
				})
			}
			last := 1
			if slices.ContainsFunc(tt.flows, func(f flow) bool { return f.stage == "ls_in_acl_action" }) {
				last = 2
			}
			db.Flow(d, "ingress", last, 50, "1", `outport = "p2"; output;`)
			db.Flow(d, "egress", 0, 0, "1", "output;")
			name := db.File(t)
			run := func(args ...string) string {
				return textOf(t, append([]string{"trace", "--db", name, `inport == "p1" && ip4`}, args...)...)
			}
			find := func(text, pattern string) (out []string) {
				for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
					out = append(out, m[1]+" "+m[2])
				}
				return out
			}
			line := run("--verdict")
			if got := find(line, `allowed at sw/(\w+): flow \w+, priority (\d+)`); !strings.HasPrefix(line, "delivered sw/p2") || !slices.Equal(got, tt.want) {
				t.Errorf("the verdict is %s, which names %q, want %q", line, got, tt.want)
			}
			page := run("--format", "html")
			if got := find(page, `Allowed at <a href="#[^"]+">sw / (\w+)[^<]*</a> by <code>[^<]*</code> <span class="quiet">priority (\d+)`); !slices.Equal(got, tt.want) {
				t.Errorf("the page names %q, want %q", got, tt.want)
			}
		})
	}
}

// TestUnparsedOnce names a flow that does not parse once on the page: among the
// uncertainties.
func TestUnparsedOnce(t *testing.T) {
	db := sbtest.New("23.03")
	d := db.Datapath("sw", 1)
	db.Port(d, "p1", 1, "")
	db.Flow(d, "ingress", 0, 2, "ip4 && nonsense == 1", "next;")
	db.Flow(d, "ingress", 0, 1, "1", "/* drop */")
	name := db.File(t)
	page, stderr, exit := ovnwalk(t, "trace", "--db", name, "--format", "html", `inport == "p1" && ip4`)
	if exit != 0 {
		t.Fatalf("exit status %d: %s", exit, stderr)
	}
	if strings.Contains(page, "<summary>Warnings</summary>") || !strings.Contains(page, ">Uncertainties</h2>") {
		t.Error("the flow is among the warnings, or not among the uncertainties")
	}
	if !strings.Contains(stderr, "nonsense") {
		t.Errorf("standard error %q does not name the flow", stderr)
	}
}
