package explain

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// networks are the directories below testdata with databases of both sides.
var networks = []string{"office", "tickets", "names/kubeovn", "names/kubernetes", "names/neutron"}

// eachNorthbound calls f for networks with their northbound databases.
func eachNorthbound(t *testing.T, f func(t *testing.T, n *lflow.Network, north *Northbound)) {
	for _, name := range networks {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join("..", "..", "testdata", filepath.FromSlash(name))
			n := tracetest.Open(t, filepath.Join(dir, "sb.db.gz"), lflow.Options{})
			north, err := OpenNorth(t.Context(), filepath.Join(dir, "nb.db.gz"))
			if err != nil {
				t.Fatal(err)
			}
			f(t, n, north)
		})
	}
}

// rowOf returns the northbound row that a flow was made from.
func rowOf(north *Northbound, d *verdict.Disposition) (row ovsdb.Row, table string, ok bool) {
	if d.DecidedAt.Flow == nil || d.DecidedAt.Flow.Hint == "" {
		return row, "", false
	}
	for _, name := range north.db.Tables() {
		for r := range north.db.Table(name).Rows() {
			if strings.HasPrefix(r.UUID().String(), d.DecidedAt.Flow.Hint) {
				return r, name, true
			}
		}
	}
	return row, "", false
}

// codesOfRow are the codes that a row of the northbound database can be the reason for,
// by ovn-nb(5): an ACL and a policy do what their action says, a route to "discard"
// drops, a port drops what its port_security does not list or if it is not enabled, a
// load balancer drops if it has no backend.
func codesOfRow(r ovsdb.Row, table string) []verdict.Code {
	action := ""
	if c, ok := r.Table().Col("action"); ok {
		action = r.String(c)
	}
	switch {
	case table == "ACL" && action == "drop":
		return []verdict.Code{verdict.ACLDrop}
	case table == "ACL" && action == "reject":
		return []verdict.Code{verdict.ACLReject}
	case table == "Logical_Router_Policy" && action == "drop":
		return []verdict.Code{verdict.PolicyDrop}
	case table == "Logical_Router_Static_Route":
		return []verdict.Code{verdict.RouteDiscard}
	case table == "Logical_Switch_Port":
		return []verdict.Code{verdict.PortSecurity, verdict.PortDisabled, verdict.ExternalPort}
	case table == "Load_Balancer":
		return []verdict.Code{verdict.LBNoBackend, verdict.LBAffinity}
	case table == "NAT":
		return []verdict.Code{verdict.NATUnmatched, verdict.RouterAddress}
	}
	return nil
}

// TestCodesOfNorthboundRows compares the codes of drops with the northbound rows from which the
// deciding flows were generated, which the table of rules does not use.
func TestCodesOfNorthboundRows(t *testing.T) {
	compared := map[verdict.Code]int{}
	eachNorthbound(t, func(t *testing.T, n *lflow.Network, north *Northbound) {
		b := address.NewResolver(n)
		var ports []*lflow.Port
		for _, p := range n.Ports() {
			if p.Type == "" && len(b.Hosts(p)) > 0 && len(ports) < 12 {
				ports = append(ports, p)
			}
		}
		for _, from := range ports {
			for _, to := range ports {
				for _, proto := range []string{"tcp:23", "tcp:5432", "udp:53", "icmp"} {
					a, err := b.Resolve(address.Probe{From: from.Name, To: to.Name, Proto: proto})
					if err != nil || from == to {
						continue
					}
					walk, err := sim.Trace(n, a.Request(sim.Choices{CTNew: true}))
					if err != nil {
						t.Fatal(err)
					}
					for _, d := range verdict.Of(walk) {
						row, table, ok := rowOf(north, &d)
						if d.Outcome != verdict.OutcomeDropped || !ok {
							continue
						}
						compared[d.Code]++
						if want := codesOfRow(row, table); !slices.Contains(want, d.Code) {
							t.Errorf("%s to %s, %s: %s by a row of %s, want one of %v", from.Name, to.Name, proto, d.Code, table, want)
						}
					}
				}
			}
		}
	})
	if compared[verdict.ACLDrop] == 0 || compared[verdict.ACLReject] == 0 {
		t.Errorf("compared %v", compared)
	}
}

// TestCodesOfForgedSenders sends with an Ethernet address that no port_security lists:
// a port that has port_security drops it, and for no other reason.
func TestCodesOfForgedSenders(t *testing.T) {
	compared := 0
	eachNorthbound(t, func(t *testing.T, n *lflow.Network, north *Northbound) {
		t.Helper()
		table := north.db.Table("Logical_Switch_Port")
		name, _ := table.Col("name")
		security, _ := table.Col("port_security")
		enabled, _ := table.Col("enabled")
		for r := range table.Rows() {
			p, err := n.Port(r.String(name))
			if err != nil || p.Type != "" || r.Has(enabled) && !r.Bool(enabled) || len(r.Strings(security)) == 0 {
				continue
			}
			compared++
			walk := tracetest.Trace(t, n, sim.Request{Microflow: `inport == "` + p.Name + `" && eth.src == 02:de:ad:be:ef:01 && eth.dst == 02:de:ad:be:ef:02 && ip4`})
			for _, d := range verdict.Of(walk) {
				if d.Outcome != verdict.OutcomeDropped || d.Code != verdict.PortSecurity {
					t.Errorf("%s: %v %s", p.Name, d.Outcome, d.Code)
				}
			}
		}
	})
	if compared == 0 {
		t.Error("no port has port_security")
	}
}
