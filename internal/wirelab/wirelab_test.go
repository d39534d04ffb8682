package wirelab_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/lab"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/internal/wirelab"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// Environment variables for the comparisons.
const (
	recordingsEnv  = "OVNWALK_WIRE"             // a directory of recordings: RELEASE/SCENARIO/cases.jsonl.gz
	zonesEnv       = "OVNWALK_WIRE_ZONES"       // random networks of several zones
	networksEnv    = "OVNWALK_WIRE_NETWORKS"    // random networks
	connectionsEnv = "OVNWALK_WIRE_CONNECTIONS" // connections in each of them
	firstEnv       = "OVNWALK_WIRE_FIRST"       // seed of the first network
	outEnv         = "OVNWALK_WIRE_OUT"         // a directory for what differs
	keepEnv        = "OVNWALK_WIRE_KEEP"        // if set, the directory gets a recording of every network
)

// maxShown is the maximum number of differences of one database that a test prints.
const maxShown = 5

// TestRecorded predicts the connections of the recordings in testdata and in the directory of
// recordingsEnv.
func TestRecorded(t *testing.T) {
	t.Run("own", func(t *testing.T) { predictAll(t, filepath.Join("..", "..", "testdata", "wire")) })
	t.Run("given", func(t *testing.T) {
		folder := os.Getenv(recordingsEnv)
		if folder == "" {
			t.Skipf("skipped: %s names no recordings", recordingsEnv)
		}
		predictAll(t, folder)
	})
}

func predictAll(t *testing.T, folder string) {
	recordings, err := filepath.Glob(filepath.Join(folder, "*", "*", "cases.jsonl.gz"))
	if err != nil || len(recordings) == 0 {
		t.Fatalf("%s holds no recordings: %v", folder, err)
	}
	for i, recording := range recordings {
		recordings[i] = filepath.Dir(recording)
	}
	for _, dir := range sbtest.Fewer(recordings) {
		name := filepath.Base(filepath.Dir(dir)) + "/" + filepath.Base(dir)
		t.Run(name, func(t *testing.T) {
			databases, err := filepath.Glob(filepath.Join(dir, "*sb.db.gz"))
			if err != nil || len(databases) == 0 {
				t.Fatalf("%s holds no databases: %v", dir, err)
			}
			var networks []*lflow.Network
			var zones []cluster.Source
			for _, database := range databases {
				network := tracetest.Open(t, database, lflow.Options{})
				networks = append(networks, network)
				zones = append(zones, cluster.Source{Zone: lflow.Describe(network, database), Network: func() (*lflow.Network, error) { return network, nil }})
			}
			cases, err := wirelab.ReadCases(filepath.Join(dir, "cases.jsonl.gz"))
			if err != nil {
				t.Fatal(err)
			}
			var found []wirelab.Difference
			for _, c := range cases {
				if text := wirelab.Predict(networks, c); text != "" {
					found = append(found, wirelab.Difference{Network: name, Case: c, Text: text})
				}
				if len(zones) == 1 {
					continue
				}
				lazy, err := cluster.Open(zones, cluster.Options{})
				if err != nil {
					t.Fatal(err)
				}
				if text := wirelab.PredictIn(lazy, c); text != "" {
					found = append(found, wirelab.Difference{Network: name, Case: c, Text: "with zones entered by walks: " + text})
				}
			}
			show(t, found, len(cases))
		})
	}
}

// TestPortsOfRange replaces the port that source NAT took of its range, 2000 to 3000, in
// recorded connections: every other port of the range is as good, and none outside of it.
func TestPortsOfRange(t *testing.T) {
	dir := filepath.Join("..", "..", "testdata", "wire", "23.03", "ports")
	network := tracetest.Open(t, filepath.Join(dir, "sb.db.gz"), lflow.Options{})
	cases, err := wirelab.ReadCases(filepath.Join(dir, "cases.jsonl.gz"))
	if err != nil || len(cases) == 0 {
		t.Fatal(len(cases), err)
	}
	for _, port := range []float64{1999, 2000, 2500, 3000, 3001} {
		for _, c := range cases {
			replaced := replacePorts(&c, 2000, 3000, port)
			if len(replaced) != 1 {
				t.Fatalf("%s to %s has the ports %v of the range, not one", c.From, c.To, replaced)
			}
			text := wirelab.Predict([]*lflow.Network{network}, c)
			if isIn := port >= 2000 && port <= 3000; (text == "") != isIn {
				t.Errorf("%s to %s, port %v: %q", c.From, c.To, port, text)
			}
		}
	}
}

// replacePorts replaces the ports of a range in a case, and returns those that it had.
func replacePorts(c *wirelab.Case, low, high, port float64) map[float64]bool {
	had := map[float64]bool{}
	replace := func(f wirelab.Fields) wirelab.Fields {
		f = maps.Clone(f)
		for _, name := range []string{"tcp.src", "tcp.dst", "udp.src", "udp.dst"} {
			if n, ok := f[name].(float64); ok && n >= low && n <= high {
				had[n] = true
				f[name] = port
			}
		}
		return f
	}
	c.Steps = slices.Clone(c.Steps)
	for i := range c.Steps {
		s := &c.Steps[i]
		s.Sent, s.Out = replace(s.Sent), slices.Clone(s.Out)
		for k := range s.Out {
			s.Out[k].Packet = replace(s.Out[k].Packet)
		}
	}
	return had
}

// TestRandom compares with real chassis over random networks.
func TestRandom(t *testing.T) {
	random(t, wirelab.Comparison{Networks: lab.Number(t, networksEnv, 2)})
}

// TestRandomZones compares with real chassis of several interconnect zones.
func TestRandomZones(t *testing.T) {
	random(t, wirelab.Comparison{Networks: lab.Number(t, zonesEnv, 1), Zones: true})
}

// random runs a comparison with real chassis over random networks.
func random(t *testing.T, c wirelab.Comparison) {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped: it takes longer than -short allows")
	}
	wirelab.Require(t)
	c.Connections, c.First = lab.Number(t, connectionsEnv, 15), uint64(lab.Number(t, firstEnv, 1))
	c.Out, c.Keep = os.Getenv(outEnv), os.Getenv(keepEnv) != ""
	result, err := c.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s (seeds %d to %d)", result, c.First, c.First+uint64(c.Networks)-1)
	for _, u := range result.Unsteady[:min(len(result.Unsteady), maxShown)] {
		t.Log("did not repeat:", u)
	}
	show(t, result.Differences, result.Connections)
}

// TestTickets compares with real chassis over the network of the guide's tickets, with and without
// their corrections.
func TestTickets(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: it takes longer than -short allows")
	}
	wirelab.Require(t)
	for name, fixed := range map[string]bool{"broken": false, "fixed": true} {
		t.Run(name, func(t *testing.T) {
			c := wirelab.Comparison{Networks: 1, Connections: 40, First: 1, Network: lab.TicketsNetwork(fixed), Out: t.TempDir(), Keep: true}
			result, err := c.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			t.Log(result)
			show(t, result.Differences, result.Connections)
			cases, err := wirelab.ReadCases(filepath.Join(c.Out, c.Network.Name, "cases.jsonl.gz"))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(cases, func(c wirelab.Case) bool {
				return slices.ContainsFunc(c.Steps[0].Out, func(f wirelab.Frame) bool { return f.Network })
			}) {
				t.Error("no frame came to the physical network")
			}
		})
	}
}

// show fails the test with the first differences, if there are any.
func show(t *testing.T, found []wirelab.Difference, of int) {
	t.Helper()
	for _, d := range found[:min(len(found), maxShown)] {
		t.Error(d)
	}
	if len(found) > 0 {
		t.Errorf("%d of %d connections differ", len(found), of)
	}
}

// TestCasesRoundTrip writes and reads cases.
func TestCasesRoundTrip(t *testing.T) {
	want := []wirelab.Case{{From: "a", To: "10.0.0.2", Proto: "icmp", Steps: []wirelab.Step{{
		In: wirelab.Place{Port: "a", Chassis: "hv1"}, Frame: "00", Sent: wirelab.Fields{"eth.src": "<a>"},
		Out: []wirelab.Frame{{Place: wirelab.Place{Network: true, Chassis: "hv1"}, Packet: wirelab.Fields{"eth.src": "b"}, Frame: "01"}},
	}}}}
	for _, name := range []string{"cases.jsonl", "cases.jsonl.gz"} {
		path := filepath.Join(t.TempDir(), name)
		if err := lab.WriteCases(path, want); err != nil {
			t.Fatal(err)
		}
		got, err := wirelab.ReadCases(path)
		if err != nil || len(got) != 1 || got[0].Steps[0].Out[0].Place != want[0].Steps[0].Out[0].Place || got[0].Steps[0].Sent["eth.src"] != "<a>" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
