package cluster_test

import (
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// side has the rows of a transit switch in the database of one zone.
type side struct {
	datapath    string
	datapathKey int
	port        string // of node2
	portKey     int
	address     string // of node2's port
}

// network makes the database of a zone whose own chassis is node1 or node2.
func network(t *testing.T, own string, s side) *lflow.Network {
	t.Helper()
	db := sbtest.New("23.03.0")
	chassis := map[string]string{}
	for _, name := range []string{"node1", "node2"} {
		config := sbtest.Map("is-interconn", "true")
		if name != own {
			config = sbtest.Map("is-remote", "true")
		}
		chassis[name] = db.Row("Chassis", map[string]any{"name": name, "other_config": config})
	}
	d := db.Datapath(s.datapath, s.datapathKey)
	typ := func(on string) string {
		if on == own {
			return ""
		}
		return "remote"
	}
	db.Port(d, "a", 1, typ("node1"), "chassis", sbtest.Ref(chassis["node1"]), "mac", sbtest.Set("0a:00:00:00:00:01 10.0.0.1"))
	if s.port != "" {
		db.Port(d, s.port, s.portKey, typ("node2"), "chassis", sbtest.Ref(chassis["node2"]), "mac", sbtest.Set("0a:00:00:00:00:02 "+s.address))
	}
	return tracetest.Read(t, own, db.Bytes(), lflow.Options{})
}

// TestProblems compares the rows of the transit switch between two zones.
func TestProblems(t *testing.T) {
	good := side{"ts", 100, "b", 2, "10.0.0.2"}
	tests := []struct {
		name  string
		other side // what the database of node2 says
		want  []string
	}{
		{"agree", good, nil},
		{"another datapath has the key", side{"us", 100, "b", 2, "10.0.0.2"}, []string{"tunnel keys disagree: the key of datapath ts of zone node1 is that of us in zone node2"}},
		{"no datapath has the key", side{"ts", 101, "b", 2, "10.0.0.2"}, []string{"tunnel keys disagree: the key of datapath ts of zone node1 is that of no datapath in zone node2"}},
		{"another port key", side{"ts", 100, "b", 3, "10.0.0.2"}, []string{"tunnel keys disagree: the key of port b of datapath ts of zone node1 is that of no port in zone node2"}},
		{"the port is unknown", side{"ts", 100, "", 0, ""}, []string{"port b of datapath ts of zone node1 is in zone node2, whose database does not have it"}},
		{"an address of two ports", side{"ts", 100, "c", 2, "10.0.0.2"}, []string{
			"port b of datapath ts of zone node1 is in zone node2, whose database does not have it",
			"address 10.0.0.2 on datapath ts is that of port b in zone node1 and of another port in zone node2",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			first := network(t, "node1", good)
			c, err := cluster.New([]*lflow.Network{first, network(t, "node2", test.other)}, cluster.Options{})
			if err != nil {
				t.Fatal(err)
			}
			d, _ := first.Datapath("ts")
			var got []string
			for _, p := range c.Problems(d, c.Zones[1]) {
				got = append(got, p.String())
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}
