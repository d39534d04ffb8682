package wirelab

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/lab"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// issue is a connection of one of upstream's issues, with its result according to the issue, which real
// chassis confirm.
type issue struct {
	name     string
	from, to string // a port or an address outside; a port or an address
	port     int    // of UDP, 0 for a ping
	verdict  connect.Verdict
	lost     string // the packet that is lost, where
}

// issues are the connections of lab.IssuesNetwork.  Those of 264 depend on whether the
// option exists.
func issues(routerPortACLs bool) []issue {
	all := []issue{
		{"241, a drop alone", "a-client", "100.100.200.2", 0, connect.OneWay, "reply acl-drop net1a ls_out_acl"},
		{"241, with an ACL that tracks", "b-client", "100.100.200.2", 0, connect.Works, ""},
		{"242, to the one that is protected", "two-vm2", "192.168.1.7", 0, connect.Fails, "request acl-drop net2 ls_out_acl"},
		{"242, the other way", "two-vm1", "192.168.1.9", 0, connect.Works, ""},
		{"152", "three-vm", "192.16.1.200", 111, connect.OneWay, "reply acl-drop back ls_in_acl"},
	}
	if routerPortACLs {
		return append(all,
			issue{"264, to the outside", "four-vm", "26.7.2.201", 0, connect.Works, ""},
			issue{"264, from the outside", "outside", "26.7.2.81", 0, connect.Fails, "request acl-drop public ls_out_acl"})
	}
	return append(all,
		issue{"264, to the outside", "four-vm", "26.7.2.201", 0, connect.OneWay, "reply acl-drop public ls_out_acl"},
		issue{"264, from the outside", "outside", "26.7.2.81", 0, connect.Fails, "request acl-drop public ls_out_acl"})
}

// TestIssues compares the connections of the issues on real chassis with the predictions.
func TestIssues(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: it takes longer than -short allows")
	}
	Require(t)
	ctx := t.Context()
	l, err := Start(ctx, lab.IssuesNetwork())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	databases, err := l.save(ctx)
	if err != nil {
		t.Fatal(err)
	}
	network := tracetest.Open(t, l.zones[0].Path("sb-saved.db"), lflow.Options{})
	var cases []Case
	for _, x := range issues(tracksRouterPorts(network)) {
		t.Run(x.name, func(t *testing.T) {
			made, err := l.Record(ctx, l.connection(t, x))
			if err != nil {
				t.Fatal(err)
			}
			cases = append(cases, made)
			if text := Predict([]*lflow.Network{network}, made); text != "" {
				t.Error(text)
			}
			x.decide(t, network, made)
		})
	}
	if out := os.Getenv("OVNWALK_WIRE_OUT"); out != "" {
		if err := (Comparison{Out: out}).keep("issues", databases, cases); err != nil {
			t.Error(err)
		}
	}
}

// TestRecordedIssues compares the recorded connections of the issues with the predictions.
func TestRecordedIssues(t *testing.T) {
	for _, release := range []string{"23.03", "main"} {
		dir := filepath.Join("..", "..", "testdata", "wire", release, "issues")
		network := tracetest.Open(t, filepath.Join(dir, "sb.db.gz"), lflow.Options{})
		cases, err := ReadCases(filepath.Join(dir, "cases.jsonl.gz"))
		if err != nil {
			t.Fatal(err)
		}
		for i, x := range issues(tracksRouterPorts(network)) {
			t.Run(release+" "+x.name, func(t *testing.T) { x.decide(t, network, cases[i]) })
		}
	}
}

// tracksRouterPorts reports whether the release has enable_router_port_acl.
func tracksRouterPorts(n *lflow.Network) bool {
	port, missing := n.Port("public-four")
	c, err := cluster.New([]*lflow.Network{n}, cluster.Options{})
	return err == nil && missing == nil && c.ZoneOf(n).Binding(port).ACLs
}

// connection returns the first packet of an issue's connection.
func (l *Lab) connection(t *testing.T, x issue) Connection {
	t.Helper()
	i := slices.IndexFunc(l.ends, func(e *end) bool { return e.port == x.from || x.from == "outside" && e.port == "" })
	if i < 0 {
		t.Fatalf("no port %s", x.from)
	}
	from, to := l.ends[i], netip.MustParseAddr(x.to)
	c := NewConnections(l, 1)
	f := frame{src: from.addrs[0].MAC, ipSrc: from.addrs[0].IPs[0], ttl: 64, ethType: typeIPv4, ipDst: to, dst: c.nextHop(from, to)}
	if x.port != 0 {
		f.proto, f.srcPort, f.dstPort, f.payload = protoUDP, 40000, x.port, []byte("ovnwalk")
	} else {
		f.proto, f.icmpType, f.icmpID, f.payload = protoICMP, echoRequest, 77, []byte("ovnwalk")
	}
	return Connection{from: from, first: f}
}

// decide compares the verdict of a connection.
func (x issue) decide(t *testing.T, network *lflow.Network, made Case) {
	t.Helper()
	c, err := cluster.New([]*lflow.Network{network}, cluster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := made.Steps[0].untagged(c).Packet()
	if err != nil {
		t.Fatal(err)
	}
	from := connect.Source{}
	if in := made.Steps[0].In; in.Network {
		from.Network = c.Networks()[0]
	} else {
		from.Port, from.Chassis = in.port(c), c.Named(in.Chassis)
	}
	a := connect.Ask(c, &connect.Options{}, &connect.First{From: from, Packet: p})
	o := a.Outcomes[0]
	lost := ""
	if o.Lost != "" {
		lost = strings.Join([]string{o.Lost, string(o.Where.Code), o.Where.Datapath.String(), strings.TrimSuffix(o.Where.Stage, "_eval")}, " ")
	}
	if a.Verdict != x.verdict || lost != x.lost {
		t.Errorf("%s, %s; want %s, %s", a.Verdict, lost, x.verdict, x.lost)
	}
}
