package explain

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

func TestSummary(t *testing.T) {
	flow := &trace.Flow{UUID: "0000ab12-0000-4000-8000-000000000000", Cookie: 0xab12}
	miss := func(parts ...verdict.FailedPart) []verdict.NearMiss {
		return []verdict.NearMiss{{Place: trace.Place{Datapath: trace.DatapathNamed("sw0", 1), Stage: "ls_out_acl_eval", Flow: flow}, Parts: parts}}
	}
	dropped := func(e ExplainedOutcome) Answer {
		e.TentativeOutcome = verdict.OutcomeDropped
		return Answer{Endings: []ExplainedOutcome{e}}
	}
	port := verdict.FailedPart{Field: "tcp.dst", Actual: "22", Wanted: "5432"}
	of := func(text string) func(*trace.Flow) []string {
		return func(*trace.Flow) []string { return []string{text} }
	}
	for _, c := range []struct {
		name    string
		answer  Answer
		origins func(*trace.Flow) []string
		want    string
	}{
		{"delivered", Answer{Endings: []ExplainedOutcome{{Disposition: verdict.Disposition{TentativeOutcome: verdict.OutcomeDelivered}}}}, nil, ""},
		{"nothing close", dropped(ExplainedOutcome{}), nil, "No other flow came close where the packet was dropped."},
		{"flow", dropped(ExplainedOutcome{NearMisses: miss(port)}), nil, "Flow 0000ab12 of sw0/ls_out_acl_eval would take it if tcp.dst were 5432."},
		{"ACL", dropped(ExplainedOutcome{NearMisses: miss(port)}), of("ACL web-may-query (to-lport, priority 1002, tcp, allow-related) of port group db"), "ACL web-may-query would allow it if tcp.dst were 5432."},
		{
			"two conditions", dropped(ExplainedOutcome{NearMisses: miss(port, verdict.FailedPart{Field: "inport", Wanted: "a port of @web"})}), of("ACL a (to-lport, priority 1, ip, drop)"),
			"ACL a would drop it if tcp.dst were 5432 and inport were a port of @web.",
		},
		{"port security", dropped(ExplainedOutcome{Security: &PortSecurity{Port: "vm1", Allowed: []string{"a", "b"}}}), nil, "Port vm1 may send only from a or b."},
		{"address", Answer{Addresses: []Address{{Value: "10.0.0.9", Field: "ip4.dst"}}}, nil, "10.0.0.9 (ip4.dst) is named by no flow of any datapath."},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.answer.Summary(c.origins); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
