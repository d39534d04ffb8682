package diff_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/diff"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// tickets returns the networks of the guide's tickets, with and without their corrections.
func tickets(t *testing.T, down ...string) (nets [2]*lflow.Network, clusters [2]*cluster.Cluster) {
	t.Helper()
	for i, db := range []string{"../../testdata/tickets/sb.db.gz", "../../testdata/tickets/fixed/sb.db.gz"} {
		n := tracetest.Open(t, db, lflow.Options{})
		var err error
		if clusters[i], err = cluster.New([]*lflow.Network{n}, cluster.Options{Down: down}); err != nil {
			t.Fatal(err)
		}
		nets[i] = n
	}
	return nets, clusters
}

// TestConnectionPairs compares the connections of one pair of ports each.
func TestConnectionPairs(t *testing.T) {
	const outside = "eth.src == 0a:00:00:00:fa:01 && ip4.src == 172.16.0.200"
	tests := []struct {
		name     string
		probe    address.Probe
		down     []string
		summary  string // of the only cause, "" for no difference
		was, now []string
		stages   [2]string // where it was decided
	}{
		{
			"the reply is lost",
			address.Probe{From: "web1", To: "db1", Proto: "tcp:5432"},
			nil,
			"connection works, no longer one-way (ct-invalid)",
			[]string{"one-way with db1: reply: ct-invalid at dmz in ls_out_acl"},
			[]string{"works with db1"},
			[2]string{"ls_out_acl", ""},
		},
		{
			"one backend is lost",
			address.Probe{From: "pc1", To: "10.9.9.9", Proto: "tcp:443"},
			nil,
			"connection works, no longer varies (acl-drop)",
			[]string{"fails: request: acl-drop at web in ls_out_acl", "works with web1"},
			[]string{"works with web1", "works with web2"},
			[2]string{"ls_out_acl", "ls_out_acl"},
		},
		{
			"a gateway is down",
			address.Probe{From: "ln-public", To: "172.16.0.111", Proto: "tcp:443", Packet: outside},
			[]string{"gw1"},
			"connection works, no longer fails (network-not-mapped)",
			[]string{"fails: request: network-not-mapped (physical)"},
			[]string{"works with web1"},
			[2]string{"", ""},
		},
		{"the gateway is up", address.Probe{From: "ln-public", To: "172.16.0.111", Proto: "tcp:443", Packet: outside}, nil, "", nil, nil, [2]string{}},
		{"nothing changed", address.Probe{From: "pc1", To: "db1", Proto: "tcp:5432"}, nil, "", nil, nil, [2]string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			nets, clusters := tickets(t, tt.down...)
			packets, err := diff.BuildPackets([2]*address.Resolver{address.NewResolver(nets[0]), address.NewResolver(nets[1])}, tt.probe)
			if err != nil {
				t.Fatal(err)
			}
			r, err := diff.CompareConnections(t.Context(), clusters[0], clusters[1], packets, connect.Options{HostsAnswer: true})
			if err != nil {
				t.Fatal(err)
			}
			if r.Same() != (tt.summary == "") {
				t.Fatalf("same: %v", r.Same())
			}
			if tt.summary == "" {
				return
			}
			c := r.Causes[0]
			if len(r.Causes) != 1 || c.Summary != tt.summary || c.Kind != diff.Verdict {
				t.Errorf("%d causes, %s: %s", len(r.Causes), c.Kind, c.Summary)
			}
			if d := c.Packets[0]; !slices.Equal(d.Was, tt.was) || !slices.Equal(d.Now, tt.now) {
				t.Errorf("was %q, now %q", d.Was, d.Now)
			}
			for i, w := range []*diff.Where{c.Before, c.After} {
				if w == nil && tt.stages[i] != "" || w != nil && w.Stage != tt.stages[i] {
					t.Errorf("decided at %+v, want %s", w, tt.stages[i])
				}
			}
		})
	}
}

// TestConnectionsOfAllPairs has the same report each time, and none for one database.
func TestConnectionsOfAllPairs(t *testing.T) {
	nets, clusters := tickets(t)
	plan, err := diff.AllPairs(t.Context(), nets[0], nets[1], diff.DefaultLimit)
	if err != nil {
		t.Fatal(err)
	}
	write := func(before, after *cluster.Cluster) (string, *diff.Report) {
		r, err := diff.CompareConnections(t.Context(), before, after, plan.Packets, connect.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := r.Write(&b, "json", diff.Style{}); err != nil {
			t.Fatal(err)
		}
		return b.String(), r
	}
	text, r := write(clusters[0], clusters[1])
	if r.Packets == 0 || r.Differing() == 0 || r.Same() {
		t.Errorf("%d of %d connections differ", r.Differing(), r.Packets)
	}
	if again, _ := write(clusters[0], clusters[1]); again != text {
		t.Error("not the same report again")
	}
	if _, r := write(clusters[1], clusters[1]); !r.Same() || r.Differing() != 0 {
		t.Errorf("%d connections differ from themselves", r.Differing())
	}
}
