package ovnwalktest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/ovnwalktest"
)

const fixed = "../testdata/tickets/fixed/sb.db.gz"

// floating is a connection from outside to a floating IP.
var floating = ovnwalktest.Connection{
	From: "physnet:physical", To: "172.16.0.111", Proto: "tcp:443", Match: "eth.src == 0a:00:00:00:fa:01 && ip4.src == 172.16.0.200",
	MAC: map[string]string{"172.16.0.200": "0a:00:00:00:fa:01"},
}

// A test may expect of connections what real chassis do to them.
func ExampleCluster_Connect() {
	var t printer // in a test, its *testing.T

	c := ovnwalktest.OpenCluster(t, "../testdata/tickets/sb.db.gz")
	fmt.Println(c.Connect(t, ovnwalktest.Connection{From: "pc1", To: "10.9.9.9", Proto: "tcp:443", LBDst: "10.0.1.11"}).Works(t).Verdict())
	c.Connect(t, ovnwalktest.Connection{From: "web1", To: "db1", Proto: "tcp:5432"}).Lost(t, "reply", "ct-invalid").ViaChassis(t, "hv2")
	// Output: works
}

func TestConnect(t *testing.T) {
	c := ovnwalktest.OpenCluster(t, fixed)
	c.Connect(t, floating).Works(t).Translated(t, "ip4.dst", "10.0.1.11").ViaChassis(t, "gw1", "hv1")
	down := floating
	down.ChassisDown = []string{"gw1"}
	c.Connect(t, down).Works(t).ViaChassis(t, "gw2")
	down.ChassisDown = []string{"gw2", "gw1", "gw1"}
	c.Connect(t, down).Is(t, "fails", "one-way").Lost(t, "request", "network-not-mapped")
	c.Connect(t, floating).ViaChassis(t, "gw1")
	shop := ovnwalktest.Connection{From: "pc1", To: "10.9.9.9", Proto: "tcp:443"}
	if text := strings.Join(c.Connect(t, shop).Works(t).Text(), "\n"); !strings.HasPrefix(text, "works\nlb 10.0.1.11:443: works\n") {
		t.Error(text)
	}
}

// TestConnectZones opens a connection between interconnect zones.
func TestConnectZones(t *testing.T) {
	const zones = "../testdata/wire/23.03/zones-l2/"
	pods := ovnwalktest.Connection{From: "pod1-3", To: "pod3-3", Proto: "udp:8080"}
	ovnwalktest.OpenCluster(t, zones+"z1-sb.db.gz", zones+"z3-sb.db.gz").Connect(t, pods).Works(t)
	ovnwalktest.OpenCluster(t, zones+"z1-sb.db.gz").Connect(t, pods).Is(t, "missing-zone")
	ovnwalktest.OpenCluster(t, zones).Connect(t, pods).Works(t)
}

// TestConnectAtOnce opens connections from several goroutines.
func TestConnectAtOnce(t *testing.T) {
	c := ovnwalktest.OpenCluster(t, fixed)
	for range 4 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			for _, down := range [][]string{nil, {"gw1"}} {
				q := floating
				q.ChassisDown = down
				c.Connect(t, q).Works(t)
			}
		})
	}
}

func TestConnectErrors(t *testing.T) {
	for _, tt := range []struct {
		name string
		f    func(t ovnwalktest.TB, c *ovnwalktest.Cluster)
		want string // of the first error, or fatal error
	}{
		{"verdict", func(t ovnwalktest.TB, c *ovnwalktest.Cluster) { c.Connect(t, floating).Is(t, "fails", "refused") }, "expected connection fails or refused, got works\n"},
		{"loss", func(t ovnwalktest.TB, c *ovnwalktest.Cluster) { c.Connect(t, floating).Lost(t, "reply") }, "expected lost reply, got no packet lost: works\n"},
		{"field", func(t ovnwalktest.TB, c *ovnwalktest.Cluster) {
			c.Connect(t, floating).Translated(t, "ip4.dst", "10.0.1.12")
		}, "expected ip4.dst translated to 10.0.1.12, got ip4.dst = 10.0.1.11 at web1 on hv1\n"},
		{"chassis", func(t ovnwalktest.TB, c *ovnwalktest.Cluster) { c.Connect(t, floating).ViaChassis(t, "gw9") }, `unknown chassis "gw9"; the database has: gw1, gw2, hv1, hv2`},
		{"chassis down", func(t ovnwalktest.TB, c *ovnwalktest.Cluster) {
			c.Connect(t, ovnwalktest.Connection{From: "web1", To: "db1", Proto: "icmp", ChassisDown: []string{"gw9"}}).Works(t)
		}, `unknown chassis "gw9"; the database has: gw1, gw2, hv1, hv2`},
		{"port", func(t ovnwalktest.TB, c *ovnwalktest.Cluster) {
			c.Connect(t, ovnwalktest.Connection{From: "web9", To: "db1", Proto: "icmp"}).Works(t)
		}, `the database has no logical port "web9"`},
		{"backend", func(t ovnwalktest.TB, c *ovnwalktest.Cluster) {
			c.Connect(t, ovnwalktest.Connection{From: "web1", To: "db1", Proto: "icmp", LBDst: "10.0.0.1:x"}).Works(t)
		}, "10.0.0.1:x: bad address"},
		{"address", func(t ovnwalktest.TB, c *ovnwalktest.Cluster) {
			c.Connect(t, ovnwalktest.Connection{From: "web1", To: "db1", Proto: "icmp", MAC: map[string]string{"x": "y"}}).Works(t)
		}, `"x" is not an IP address`},
		{"both", func(t ovnwalktest.TB, c *ovnwalktest.Cluster) {
			c.Connect(t, ovnwalktest.Connection{From: "web1", Microflow: "ip4"}).Works(t)
		}, "a microflow says all of its packet"},
		{"database", func(t ovnwalktest.TB, _ *ovnwalktest.Cluster) { ovnwalktest.OpenCluster(t, "nowhere.db") }, "nowhere.db: no such file"},
		{"no database", func(t ovnwalktest.TB, _ *ovnwalktest.Cluster) { ovnwalktest.OpenCluster(t) }, "a cluster has at least one database"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := ovnwalktest.OpenCluster(t, fixed)
			d := recorded(func(r ovnwalktest.TB) { tt.f(r, c) })
			all := append(d.errors, d.fatal...)
			if len(all) != 1 || !strings.Contains(all[0], tt.want) {
				t.Errorf("got %q, want %s", all, tt.want)
			}
		})
	}
}
