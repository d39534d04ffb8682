package interconnect_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/interconnect"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// recorded opens the database of a recorded zone of a layer 2 network, in which pairs of
// texts are replaced, old before new.
func recorded(t *testing.T, number string, changes ...string) interconnect.Zone {
	t.Helper()
	text := sbtest.Content(t, filepath.Join("..", "..", "testdata", "wire", "23.03", "zones-l2", "z"+number+"-sb.db.gz"))
	return open(t, "z"+number, sbtest.Rewrite(text, func(record string) string {
		return strings.NewReplacer(changes...).Replace(record)
	}))
}

func open(t *testing.T, name string, data []byte) interconnect.Zone {
	t.Helper()
	n := tracetest.Read(t, name, data, lflow.Options{})
	return interconnect.Zone{Zone: lflow.Describe(n, name), Network: n}
}

// TestCompareAll compares the zones of a recorded network, and copies of them that were
// changed.
func TestCompareAll(t *testing.T) {
	apart := recorded(t, "2")
	first := recorded(t, "1")
	first.Date = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	apart.Date = first.Date.Add(5 * time.Minute)
	tests := []struct {
		name  string
		zones []interconnect.Zone
		want  []string
	}{
		{"as recorded", []interconnect.Zone{recorded(t, "1"), recorded(t, "2"), recorded(t, "3")}, nil},
		{"a zone is absent", []interconnect.Zone{recorded(t, "1"), recorded(t, "3")}, []string{
			"zone node1 has tunnels to node2, and the database of its zone is not given",
			"zone node3 has tunnels to node2, and the database of its zone is not given",
		}},
		{"a datapath's key", []interconnect.Zone{recorded(t, "1"), recorded(t, "2", `"tunnel_key":16711700`, `"tunnel_key":16711711`), recorded(t, "3")}, []string{
			"tunnel keys disagree: the key of datapath l2 of zone node1 is that of no datapath in zone node2",
			"tunnel keys disagree: the key of datapath l2 of zone node2 is that of no datapath in zone node1",
			"tunnel keys disagree: the key of datapath l2 of zone node2 is that of no datapath in zone node3",
			"tunnel keys disagree: the key of datapath l2 of zone node3 is that of no datapath in zone node2",
		}},
		{"a port that its own zone lacks", []interconnect.Zone{recorded(t, "1"), recorded(t, "2"), recorded(t, "3", `"pod3-4"`, `"gone"`)}, []string{
			"port pod3-4 of datapath l2 of zone node1 is in zone node3, whose database does not have it",
			"address 10.100.3.4 on datapath l2 is that of port pod3-4 in zone node1 and of another port in zone node3",
			"address fd00::3:4 on datapath l2 is that of port pod3-4 in zone node1 and of another port in zone node3",
			"port pod3-4 of datapath l2 of zone node2 is in zone node3, whose database does not have it",
			"address 10.100.3.4 on datapath l2 is that of port pod3-4 in zone node2 and of another port in zone node3",
			"address fd00::3:4 on datapath l2 is that of port pod3-4 in zone node2 and of another port in zone node3",
		}},
		{"a chassis of two databases", []interconnect.Zone{recorded(t, "1"), recorded(t, "2"), recorded(t, "3"), recorded(t, "3")}, []string{
			"two databases have chassis node3 as their own, those of zones node3 and node3; the first one is used",
		}},
		{"recorded minutes apart", []interconnect.Zone{first, apart}, []string{
			"the databases of zones node1 and node2 were recorded 5m0s apart: they may not describe the same network",
		}},
		{"a route to a node that is gone", []interconnect.Zone{routed(t, "10.0.0.2"), routed(t, "10.0.0.9")}, []string{
			"two databases have chassis node1 as their own, those of zones node1 and node1; the first one is used",
			"router r of zone node1 sends packets to 10.0.0.9 by port rts, an address that no port of the other zones has",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, p := range interconnect.CompareAll(test.zones) {
				if p.Kind != interconnect.MissingZone || test.name == "a zone is absent" {
					got = append(got, p.String())
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

// routed makes the database of a zone with a router on a transit switch, with a route
// as ovn-northd writes it.
func routed(t *testing.T, hop string) interconnect.Zone {
	t.Helper()
	db := sbtest.New("23.03.0")
	own := db.Row("Chassis", map[string]any{"name": "node1"})
	far := db.Row("Chassis", map[string]any{"name": "node2", "other_config": sbtest.Map("is-remote", "true")})
	ts, r := db.Datapath("ts", 100), db.Datapath("r", 1)
	db.Port(ts, "tsr", 1, "patch", "options", sbtest.Map("peer", "rts"))
	db.Port(r, "rts", 1, "patch", "options", sbtest.Map("peer", "tsr"), "mac", sbtest.Set("0a:00:00:00:00:01 10.0.0.1/24"))
	db.Port(ts, "far", 2, "remote", "chassis", sbtest.Ref(far), "mac", sbtest.Set("0a:00:00:00:00:02 10.0.0.2"))
	db.Flow(r, "ingress", 11, 49, "ip4.dst == 10.2.0.0/24", `ip.ttl--; reg8[0..15] = 0; reg0 = `+hop+`; reg1 = 10.0.0.1; eth.src = 0a:00:00:00:00:01; outport = "rts"; flags.loopback = 1; next;`)
	db.Flow(r, "ingress", 11, 49, "ip4.dst == 10.0.0.0/24", `ip.ttl--; reg0 = ip4.dst; reg1 = 10.0.0.1; outport = "rts"; next;`)
	_ = own
	return open(t, "zone", db.Bytes())
}
