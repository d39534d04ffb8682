package connect_test

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// TestExternalHost opens connections to a host on a physical network whose Ethernet address is that of an external port of the
// switch, of another port, or of none.
func TestExternalHost(t *testing.T) {
	for _, test := range []struct {
		typ     string
		verdict connect.Verdict
	}{
		{"external", connect.Works},
		{"", connect.Fails},
		{"none", connect.Works},
	} {
		db, s, _ := limited("netdev", `outport = "ln"; output;`)
		db.Port(s, "ln", 3, "localnet", "options", sbtest.Map("network_name", "physnet"))
		db.Flow(s, "ingress", 0, 10, `inport == "ln"`, `outport = "a"; output;`)
		if test.typ != "none" {
			db.Port(s, "e", 4, test.typ, "mac", sbtest.Set("0a:00:00:00:00:07 10.0.0.7"))
		}
		a := answerOver(t, clusterOf(t, db), connect.Opening{Microflow: `inport == "a" && eth.src == 0a:00:00:00:00:01 && eth.dst == 0a:00:00:00:00:07 && ip4.src == 10.0.0.1 && ip4.dst == 10.0.0.7 && ip.ttl == 64 && udp.src == 40000 && udp.dst == 80`})
		if a.Verdict != test.verdict {
			t.Errorf("type %q: %s, want %s", test.typ, a.Verdict, test.verdict)
		}
	}
}
