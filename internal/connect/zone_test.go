package connect_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// zones opens databases of a recorded layer 2 network of three zones.
func zones(t *testing.T, numbers ...string) *cluster.Cluster {
	t.Helper()
	var networks []*lflow.Network
	for _, z := range numbers {
		n := tracetest.Open(t, filepath.Join("..", "..", "testdata", "wire", "23.03", "zones-l2", "z"+z+"-sb.db.gz"), lflow.Options{})
		networks = append(networks, n)
	}
	c, err := cluster.New(networks, cluster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// ask walks a connection from a pod of the first zone to one of the third.
func ask(t *testing.T, c *cluster.Cluster) *connect.Answer {
	t.Helper()
	const flow = `inport == "pod1-3" && eth.src == 0a:58:0a:64:01:03 && eth.dst == 0a:58:0a:64:03:03 && ip4.src == 10.100.1.3 && ip4.dst == 10.100.3.3 && ip.ttl == 64 && udp.src == 40000 && udp.dst == 8080`
	return answerOver(t, c, connect.Opening{Microflow: flow})
}

// TestZones walks into another zone, with and without its database.
func TestZones(t *testing.T) {
	tests := []struct {
		name    string
		zones   []string
		verdict connect.Verdict
	}{
		{"all", []string{"1", "2", "3"}, connect.Works},
		{"those on the way", []string{"1", "3"}, connect.Works},
		{"not the other one", []string{"1", "2"}, connect.MissingZone},
		{"one alone", []string{"1"}, connect.MissingZone},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := zones(t, test.zones...)
			a := ask(t, c)
			if a.Verdict != test.verdict {
				t.Errorf("%s, want %s", a.Verdict, test.verdict)
			}
			if o := a.Outcomes[0]; a.Verdict == connect.MissingZone && (o.Lost != "request" || o.Where.Code != connect.NoZone || o.Where.Detail != "node3") {
				t.Errorf("lost %q: %s %s", o.Lost, o.Where.Code, o.Where.Detail)
			}
			if len(a.Warnings) > 0 {
				t.Errorf("warnings: %q", a.Warnings)
			}
		})
	}
}

// TestZoneNames names zones by their databases or by their only own chassis.
func TestZoneNames(t *testing.T) {
	for i, z := range zones(t, "1", "2").Zones {
		if want := []string{"node1", "node2"}[i]; z.Name() != want {
			t.Errorf("zone %d is called %q, want %q", i, z.Name(), want)
		}
	}
}

// TestClaimedTwice warns of a chassis that two databases have as their own.
func TestClaimedTwice(t *testing.T) {
	a := ask(t, zones(t, "1", "3", "3"))
	want := []string{"two databases have chassis node3 as their own, those of zones node3 and node3; the first one is used"}
	if a.Verdict != connect.Works || !slices.Equal(a.Warnings, want) {
		t.Errorf("%s %q, want %q", a.Verdict, a.Warnings, want)
	}
}
