package connect_test

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// TestPatchPeers crosses from a patch port to an l3gateway port, which
// ovn-controller makes flows for since 25.03 (upstream commit c5058ec79).
func TestPatchPeers(t *testing.T) {
	for _, test := range []struct {
		release string
		peers   [2]string
		verdict connect.Verdict
	}{
		{"24.09.0", [2]string{"patch", "l3gateway"}, connect.Fails},
		{"25.03.0", [2]string{"patch", "l3gateway"}, connect.Works},
		{"24.09.0", [2]string{"patch", "patch"}, connect.Works},
		{"24.09.0", [2]string{"l3gateway", "l3gateway"}, connect.Works},
	} {
		t.Run(test.release+" "+test.peers[0]+" "+test.peers[1], func(t *testing.T) {
			db := sbtest.New(test.release)
			hv1 := db.Row("Chassis", map[string]any{"name": "hv1"})
			for i, name := range []string{"left", "right"} {
				d := db.Datapath(name, i+1)
				vif, mac, ip := string(rune('a'+i)), "0a:00:00:00:00:0"+string(rune('1'+i)), "10.0.0."+string(rune('1'+i))
				options := []string{"peer", []string{"to-left", "to-right"}[i]}
				if test.peers[i] == "l3gateway" {
					options = append(options, "l3gateway-chassis", "hv1")
				}
				db.Port(d, vif, 1, "", "chassis", sbtest.Ref(hv1), "mac", sbtest.Set(mac+" "+ip))
				own := []string{"to-right", "to-left"}[i]
				db.Port(d, own, 2, test.peers[i], "chassis", sbtest.Ref(hv1), "options", sbtest.Map(options...))
				db.Flow(d, "ingress", 0, 50, `inport == "`+vif+`"`, `outport = "`+own+`"; output;`)
				db.Flow(d, "ingress", 0, 50, `inport == "`+own+`"`, `outport = "`+vif+`"; output;`)
				db.Flow(d, "egress", 0, 0, "1", "output;")
			}
			a := answerOver(t, clusterOf(t, db), connect.Opening{Microflow: flow})
			if a.Verdict != test.verdict || a.Verdict == connect.Fails && a.Outcomes[0].Where.Code != verdict.NoPeer {
				t.Errorf("%s %s, want %s", a.Verdict, a.Outcomes[0].Where.Code, test.verdict)
			}
		})
	}
}
