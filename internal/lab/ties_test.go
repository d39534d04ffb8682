package lab

import (
	"maps"
	"slices"
	"testing"
)

func TestTies(t *testing.T) {
	line := func(uuid string) string { return " 1. ls_in_x: ip, priority 5, uuid " + uuid + "\n    next;\n" }
	tied := tiedFlows{flows: map[string][]string{"000000aa": {"000001aa"}, "000001aa": {"000000aa"}}, vips: true}
	const lookup = "    reg0[6] = chk_lb_hairpin();\n"
	for _, test := range []struct {
		name              string
		a, b              string
		explain, matchesA bool
	}{
		{"the same", line("00000001"), line("00000001"), false, false},
		{"tied flows", line("00000001") + line("000000aa"), line("00000001") + line("000001aa"), true, true},
		{"others first", line("00000002") + line("000000aa"), line("00000001") + line("000001aa"), false, true},
		{"others", line("00000002"), line("00000001"), false, false},
		{"after a load balancer lookup", line("00000001") + lookup + line("00000003"), line("00000001") + lookup + line("00000002"), true, true},
		{"before a load balancer lookup", line("00000001") + lookup, line("00000002") + lookup, false, true},
		{"one more", line("00000002") + line("000000aa"), line("00000002"), false, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := tied.explain(test.a, test.b); got != test.explain {
				t.Errorf("explain is %v", got)
			}
			if got := tied.matches(test.a); got != test.matchesA {
				t.Errorf("matches: %v", got)
			}
		})
	}
}

// TestTiesOfANetwork adds two flows of one bucket to a network.
func TestTiesOfANetwork(t *testing.T) {
	p := start(t)
	if err := p.Build(t.Context(), Generate(1)); err != nil {
		t.Fatal(err)
	}
	view, err := p.View(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	datapaths := slices.Collect(maps.Values(view.Datapaths))
	var same Batch
	for _, uuid := range []string{"10000001-0000-4000-8000-000000000001", "20000001-0000-4000-8000-000000000001"} {
		same.Add("--id="+uuid, "create", "logical_flow", "logical_datapath="+datapaths[0].Southbound, "pipeline=ingress", "table_id=0", "priority=1",
			"match=1", "actions=next;")
	}
	if err := p.Southbound(t.Context(), same); err != nil {
		t.Fatal(err)
	}
	tied, err := p.ties(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := tied.flows["10000001"]; !slices.Contains(got, "20000001") {
		t.Errorf("two flows of one bucket are tied with %q only", got)
	}
	for a, others := range tied.flows {
		for _, b := range others {
			if a[7:] != b[7:] { // the mask is never narrower than one digit here
				t.Errorf("%s and %s cannot be masked alike", a, b)
			}
		}
	}
}
