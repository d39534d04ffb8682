package reach

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// crossing is a switch and a router of a release. Table 0 of the switch has the flow of a test; the
// tables after it deliver packets, look them up in conntrack, and deliver what the router sends back.
func crossing(t *testing.T, release, match, actions string) *lflow.Network {
	t.Helper()
	db := sbtest.New(release)
	sw, lr := db.Datapath("sw", 1), db.Datapath("lr", 2)
	p1 := db.Port(sw, "eth0", 1, "", "mac", sbtest.Set("0a:00:00:00:00:01 10.0.0.1 fd00::1"), "port_security", sbtest.Set("0a:00:00:00:00:01 10.0.0.1 fd00::1"))
	p2 := db.Port(sw, "lsp1", 2, "", "mac", sbtest.Set("0a:00:00:00:00:02 10.0.0.2 fd00::2"))
	db.Port(sw, "sr", 3, "patch", "options", sbtest.Map("peer", "rs"))
	db.Port(lr, "rs", 1, "patch", "options", sbtest.Map("peer", "sr"))
	db.Row("Multicast_Group", map[string]any{"name": "flood", "datapath": sbtest.Ref(sw), "tunnel_key": 32768, "ports": sbtest.Refs(p1, p2)})
	db.Row("MAC_Binding", map[string]any{"logical_port": "lsp1", "ip": "10.0.0.2", "mac": "0a:00:00:00:00:02", "datapath": sbtest.Ref(sw)})
	db.Row("MAC_Binding", map[string]any{"logical_port": "lsp1", "ip": "fd00::2", "mac": "0a:00:00:00:00:02", "datapath": sbtest.Ref(sw)})
	db.Row("FDB", map[string]any{"mac": "0a:00:00:00:00:02", "dp_key": 1, "port_key": 2})
	db.Row("Load_Balancer", map[string]any{"name": "lb", "vips": sbtest.Map("10.9.9.9:80", "10.0.0.1:80", "[fd09::9]:80", "[fd00::1]:80")})
	db.Row("DHCP_Options", map[string]any{"name": "offerip", "code": 0, "type": "ipv4"})
	db.Row("DHCP_Options", map[string]any{"name": "router", "code": 3, "type": "ipv4"})
	db.Row("DHCPv6_Options", map[string]any{"name": "ia_addr", "code": 5, "type": "ipv6"})
	db.Flow(sw, "ingress", 0, 100, match, actions)
	db.Flow(sw, "ingress", 0, 50, "1", "next;")
	for table := 1; table < 24; table++ {
		switch table {
		case 5:
			db.Flow(sw, "ingress", table, 100, "ip && eth.dst[0] == 1", "ct_next;")
			db.Flow(sw, "ingress", table, 50, "1", "next;")
		case 23:
			db.Flow(sw, "ingress", table, 100, "reg0 == 0 && ct.est", `outport = "sr"; output;`)
			db.Flow(sw, "ingress", table, 90, "eth.mcast", `outport = "flood"; output;`)
			db.Flow(sw, "ingress", table, 80, "reg0[0] == 1 || reg1[0] == 1", `outport = "sr"; output;`)
			db.Flow(sw, "ingress", table, 70, "ip4", `outport = "lsp1"; output;`)
			db.Flow(sw, "ingress", table, 60, "1", `flags.loopback = 1; outport = "eth0"; output;`)
		default:
			db.Flow(sw, "ingress", table, 0, "1", "next;")
		}
	}
	db.Flow(sw, "egress", 0, 100, "ip && ip.ttl == 64", "ct_next;")
	db.Flow(sw, "egress", 0, 50, "1", "next;")
	db.Flow(sw, "egress", 1, 100, "ct.new && tcp.dst == 80", "ct_commit; next;")
	db.Flow(sw, "egress", 1, 50, "1", "next;")
	db.Flow(sw, "egress", 2, 0, "1", "output;")
	db.Flow(lr, "ingress", 0, 100, "ip", `ip.ttl--; eth.dst <-> eth.src; ip4.dst <-> ip4.src; outport = "rs"; flags.loopback = 1; output;`)
	db.Flow(lr, "egress", 0, 100, "1", "output;")
	return tracetest.Read(t, "every", db.Bytes(), lflow.Options{})
}

// releases are the releases whose actions are compared.
var releases = []string{"2.11", "20.12", "22.12", "24.03", "25.09", "26.03.90"}

// TestEveryActionHasItsImage compares sets with single walks over a flow with each form of each
// action of the language.  It fails for an action of the language without an image.
func TestEveryActionHasItsImage(t *testing.T) {
	seen := map[string]bool{}
	var note func(list []action.Action)
	note = func(list []action.Action) {
		for _, a := range list {
			seen[reflect.TypeOf(a).Elem().Name()] = true
			switch a := a.(type) {
			case *action.Nested:
				seen[a.Kind.String()] = true
				note(a.List)
			case *action.Result:
				seen[a.Kind.String()] = true
			case *action.PutOpts:
				seen[a.Kind.String()] = true
			}
		}
	}
	var all soundness
	for i, release := range releases {
		if testing.Short() && i != len(releases)-1 {
			continue
		}
		r, err := dialect.Parse(release)
		if err != nil {
			t.Fatal(err)
		}
		for j, row := range dialect.Actions {
			if !row.Span.Holds(r) {
				continue
			}
			text := row.Text
			if !strings.HasPrefix(text, "drop") && !strings.HasPrefix(text, "next") && !strings.HasPrefix(text, "output") {
				text += " next;"
			}
			t.Run(fmt.Sprintf("%s/%s", release, row.Text), func(t *testing.T) {
				n := crossing(t, release, "1", text)
				d := n.Datapaths[0]
				f := n.Flows(d, lflow.Ingress, 0)[0]
				if err := f.Err(d); err != nil {
					t.Skip(err)
				}
				note(f.Actions().List)
				all.network(t, n, 32, uint64(j))
			})
		}
	}
	t.Log(&all)
	if testing.Short() {
		return
	}
	var want []string
	for _, a := range action.Every() {
		want = append(want, reflect.TypeOf(a).Elem().Name())
	}
	for k := action.ResultKind(0); !unknown(k.String()); k++ {
		want = append(want, k.String())
	}
	for k := action.NestedKind(0); !unknown(k.String()); k++ {
		want = append(want, k.String())
	}
	for k := action.PutOptsKind(0); !unknown(k.String()); k++ {
		want = append(want, k.String())
	}
	for _, name := range want {
		if !seen[name] {
			t.Errorf("%s is in no flow that was compared", name)
		}
	}
}

// unknown reports whether the text of a constant has its number, as String returns for unknown ones.
func unknown(text string) bool { return strings.Contains(text, "(") }

// TestEverySymbolHasItsSet compares sets with single walks over flows that compare each
// symbol of the language by each operator that it has.
func TestEverySymbolHasItsSet(t *testing.T) {
	var all soundness
	compared := map[string]bool{}
	for i, release := range releases {
		r, err := dialect.Parse(release)
		if err != nil {
			t.Fatal(err)
		}
		for j, row := range dialect.Symbols {
			if testing.Short() && j%8 != 0 || compared[row.Name] && i != len(releases)-1 {
				continue
			}
			if !row.Span.Holds(r) {
				continue
			}
			t.Run(release+"/"+row.Name, func(t *testing.T) {
				for _, form := range []string{"%s", "!%s", "%s == 1", "%s != {2, 3}", "%s < 2", "1 <= %s <= 2 && eth.type != 0x806", "%s == 1/1", `%s == "eth0"`, `%s != {"lsp1", "sr"}`, "%s[0] == 1 || ip4.dst == 10.0.0.2"} {
					match := fmt.Sprintf(form, row.Name)
					n := crossing(t, release, match, "drop;")
					if d := n.Datapaths[0]; n.Flows(d, lflow.Ingress, 0)[0].Err(d) == nil {
						compared[row.Name] = true
						all.network(t, n, 24, uint64(j))
					}
				}
			})
		}
	}
	t.Log(&all)
	for _, row := range dialect.Symbols {
		if !compared[row.Name] && !testing.Short() {
			t.Errorf("%s is in no match that was compared", row.Name)
		}
	}
}

// TestGeneratedPacketsCommit compares sets with single walks over flows whose generated
// packets commit connections that a later lookup of the same flow finds.
func TestGeneratedPacketsCommit(t *testing.T) {
	const commits = `icmp6 { ct_commit; }; `
	var all soundness
	for i, actions := range []string{
		commits + "ct_next;",
		"clone { " + commits + "ct_next; };",
		"nd_na { " + commits + "ct_next; };",
		"nd_na { nd_na_router { " + commits + "ct_next; }; };",
		"nd_na { nd_ns { " + commits + "}; ct_next; };",
	} {
		t.Run(actions, func(t *testing.T) {
			n := crossing(t, "26.03.90", "1", actions)
			if err := n.Flows(n.Datapaths[0], lflow.Ingress, 0)[0].Err(n.Datapaths[0]); err != nil {
				t.Fatal(err)
			}
			all.network(t, n, 1000, uint64(i))
		})
	}
}
