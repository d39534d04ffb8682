package suite_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"flag"
	"path/filepath"
	"testing"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/lab"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// snapshots rebuilds the databases that the suites in testdata/suites run over,
// with the OVN that is installed.
var snapshots = flag.Bool("snapshots", false, "rebuild the databases in testdata/suites")

const suitesDir = "../../testdata/suites"

// TestSnapshots builds the network of a shop: web servers, which are reachable by a floating IP, and
// databases, which only the web servers reach.  shop-broken is the same without the ACL that drops
// other packets.
func TestSnapshots(t *testing.T) {
	if !*snapshots {
		t.Skip("the databases are rebuilt only with -snapshots")
	}
	lab.Require(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	p, err := lab.Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Build(ctx, shop()); err != nil {
		t.Fatal(err)
	}
	save(t, ctx, p, "shop.db.gz")

	// Northd has been stopped, so the broken network is built separately, in the same way.
	q, err := lab.Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	broken := shop()
	broken.North.Add("acl-del", "pg_db", "to-lport", "1000", keepOut)
	if err := q.Build(ctx, broken); err != nil {
		t.Fatal(err)
	}
	save(t, ctx, q, "shop-broken.db.gz")
}

const keepOut = "outport == @pg_db && ip"

func shop() *lab.Network {
	n := &lab.Network{Name: "shop", Stepwise: true}
	for _, c := range []string{"gw1 geneve 192.0.2.1", "hv1 geneve 192.0.2.2"} {
		n.Chassis.Addf("chassis-add %s", c)
	}
	n.Chassis.Addf("set chassis gw1 other_config:ct-no-masked-label=true")
	n.Chassis.Addf("set chassis hv1 other_config:ct-no-masked-label=true")
	for _, port := range []string{"web1", "web2", "db1", "db2", "client"} {
		n.ChassisRows.Bound = append(n.ChassisRows.Bound, lab.Binding{Port: port, Chassis: "hv1"})
	}
	n.North.Addf("lr-add shop")
	n.North.Addf("set nb_global . options:use_logical_dp_groups=true")
	for _, s := range []struct{ name, mac, nets string }{
		{"web", "0a:00:00:00:01:01", "10.1.0.1/24 fd01::1/64"}, {"db", "0a:00:00:00:02:01", "10.2.0.1/24 fd02::1/64"}, {"public", "0a:00:00:00:03:01", "172.16.0.1/24"},
	} {
		n.North.Addf("ls-add %s", s.name)
		n.North.Addf("lrp-add shop shop-%s %s %s", s.name, s.mac, s.nets)
		n.North.Addf("lsp-add %s %s-shop", s.name, s.name)
		n.North.Addf("lsp-set-type %s-shop router", s.name)
		n.North.Addf("lsp-set-addresses %s-shop router", s.name)
		n.North.Addf("lsp-set-options %s-shop router-port=shop-%s", s.name, s.name)
	}
	for _, v := range []struct{ network, name, addresses string }{
		{"web", "web1", "0a:00:00:00:01:0b 10.1.0.11 fd01::b"},
		{"web", "web2", "0a:00:00:00:01:0c 10.1.0.12 fd01::c"},
		{"db", "db1", "0a:00:00:00:02:05 10.2.0.5 fd02::5"},
		{"db", "db2", "0a:00:00:00:02:06 10.2.0.6 fd02::6"},
		{"public", "client", "0a:00:00:00:03:63 172.16.0.99"},
	} {
		n.North.Addf("lsp-add %s %s", v.network, v.name)
		n.North.Add("lsp-set-addresses", v.name, v.addresses)
		if v.network != "public" {
			n.North.Add("lsp-set-port-security", v.name, v.addresses)
		}
	}
	n.North.Addf("lsp-add public ln-public")
	n.North.Addf("lsp-set-type ln-public localnet")
	n.North.Addf("lsp-set-addresses ln-public unknown")
	n.North.Addf("lsp-set-options ln-public network_name=physnet")
	n.North.Addf("lrp-set-gateway-chassis shop-public gw1")
	n.North.Addf("lr-route-add shop 0.0.0.0/0 172.16.0.254")
	n.North.Addf("lr-nat-add shop snat 172.16.0.1 10.1.0.0/24")
	n.North.Addf("lr-nat-add shop dnat_and_snat 172.16.0.10 10.1.0.11")
	n.North.Addf("lb-add databases 10.9.0.1:5432 10.2.0.5:5432,10.2.0.6:5432 tcp")
	n.North.Addf("ls-lb-add web databases")
	n.North.Addf("pg-add pg_web web1 web2")
	n.North.Addf("pg-add pg_db db1 db2")
	n.North.Add("--name=web-to-db", "acl-add", "pg_db", "to-lport", "1001", "outport == @pg_db && ip4.src == $pg_web_ip4 && tcp.dst == 5432", "allow-related")
	n.North.Add("--name=keep-out", "--log", "acl-add", "pg_db", "to-lport", "1000", keepOut, "drop")
	n.North.Add("--name=no-ssh", "acl-add", "pg_web", "from-lport", "1002", "inport == @pg_web && tcp.dst == 22", "reject")
	return n
}

// save writes the southbound database as a gzip'd file.
func save(t *testing.T, ctx context.Context, p *lab.ControlPlane, name string) {
	t.Helper()
	db, err := p.Backup(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if _, err := z.Write(db); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	sbtest.WriteFile(t, filepath.Join(suitesDir, name), b.Bytes())
}
