package vet

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// faultyNetwork is a small network into which a test plants a fault: a switch with two
// ports and a router with none but the one to the switch.
type faultyNetwork struct {
	*sbtest.DB
	sw, rt string
}

func newFaultyNetwork(release string) *faultyNetwork {
	p := &faultyNetwork{DB: sbtest.New(release)}
	p.sw, p.rt = p.Datapath("sw", 1), p.Datapath("rt", 2)
	p.Port(p.sw, "p1", 1, "")
	p.Port(p.sw, "p2", 2, "")
	p.Port(p.sw, "sw-rt", 3, "patch", "options", sbtest.Map("peer", "rt-sw"))
	p.Port(p.rt, "rt-sw", 1, "patch", "options", sbtest.Map("peer", "sw-rt"))
	p.Row("Address_Set", map[string]any{"name": "hosts", "addresses": sbtest.Set("10.0.0.1", "10.0.0.2")})
	p.Row("Port_Group", map[string]any{"name": "1_web", "ports": sbtest.Set("p1", "p2")})
	for _, d := range []string{p.sw, p.rt} {
		p.Flow(d, "ingress", 0, 0, "1", "next;")
		p.Flow(d, "ingress", 1, 0, "1", "drop;")
		p.Flow(d, "egress", 0, 0, "1", "output;")
	}
	return p
}

// ingress adds a flow to the switch's table 1.
func (p *faultyNetwork) ingress(priority int, match, actions string) string {
	return p.Flow(p.sw, "ingress", 1, priority, match, actions)
}

func (p *faultyNetwork) check(t *testing.T, c Config) *Report {
	t.Helper()
	n := tracetest.Read(t, "test", p.Bytes(), lflow.Options{})
	r, err := Check(context.Background(), n, c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestCleanNetwork(t *testing.T) {
	p := newFaultyNetwork("23.03.0")
	p.ingress(100, `inport == @web && ip4.src == $hosts`, `outport = "p2"; output;`)
	p.ingress(90, `inport == "p1" && ip4`, `outport = "p2"; output;`)
	if r := p.check(t, Config{}); len(r.Findings) != 0 || r.Flows != 8 || r.Datapaths != 2 {
		t.Errorf("%d flows on %d datapaths, findings: %+v", r.Flows, r.Datapaths, r.Findings)
	}
}

// TestLocalBackends balances on a router to ports of a switch, as northd does for load balancers
// whose backends are those of each chassis.
func TestLocalBackends(t *testing.T) {
	p := newFaultyNetwork("26.03.0")
	p.Flow(p.rt, "ingress", 0, 100, `ct.new && ip4.dst == 172.31.0.1`, `ct_lb_mark_local(backends="p1":10.0.0.1:80,"gone":10.0.0.2:80);`)
	r := p.check(t, Config{})
	if len(r.Findings) != 1 || r.Findings[0].Code != UnknownPort || !strings.Contains(r.Findings[0].Message, `"gone"`) {
		t.Errorf("findings %+v, want only that there is no port gone", r.Findings)
	}
}

// TestPlantedFaults plants a fault of each kind.
func TestPlantedFaults(t *testing.T) {
	tests := []struct {
		name     string
		plant    func(*faultyNetwork)
		code     Code
		severity Severity
		says     string // a piece of the message
		marks    string // what the text's span marks
		packet   string // a piece of the packet
	}{
		{
			"match does not parse", func(p *faultyNetwork) { p.ingress(100, `ip4.src == 10.0.0.1 &| tcp`, "drop;") },
			Unparsed, Error, "the match of the flow cannot be read", "&", "",
		},
		{
			"actions do not parse", func(p *faultyNetwork) { p.ingress(100, `ip4`, "outport = 5; next;") },
			Unparsed, Error, "the actions of the flow cannot be read", "", "",
		},
		{
			"what this northd writes and nobody reads", func(p *faultyNetwork) { p.ingress(100, `ip4`, "flags.force_snat_for_lb = 1; drop;") },
			Unparsed, Note, "cannot be read", "drop", "",
		},
		{
			"router port without its switch's", func(p *faultyNetwork) {
				p.Port(p.rt, "rt-gone", 2, "patch", "options", sbtest.Map("peer", "gone-rt"))
			},
			MissingPeer, Warning, `port rt-gone of rt names the peer "gone-rt"`, "", "",
		},
		{
			"router port for which northd found none", func(p *faultyNetwork) {
				p.Port(p.rt, "rt-gone", 2, "patch")
			},
			MissingPeer, Warning, "port rt-gone of rt has no peer", "", "",
		},
		{
			"no such address set", func(p *faultyNetwork) { p.ingress(100, `ip4.src == $gone`, "drop;") },
			UnknownSet, Error, "$gone", "$gone", "",
		},
		{
			"no such port group", func(p *faultyNetwork) { p.ingress(100, `inport == @gone`, "drop;") },
			UnknownGroup, Error, "@gone", "@gone", "",
		},
		{
			"port group of another datapath", func(p *faultyNetwork) { p.Flow(p.rt, "ingress", 1, 100, `inport == @web`, "next;") },
			UnknownGroup, Error, "@web", "@web", "",
		},
		{
			"no such port in the match", func(p *faultyNetwork) { p.ingress(100, `inport == "gone" && ip4`, "drop;") },
			UnknownPort, Error, `"gone"`, `"gone"`, "",
		},
		{
			"no such port on any chassis", func(p *faultyNetwork) { p.ingress(100, `is_chassis_resident("gone") && ip4`, "drop;") },
			UnknownPort, Error, `"gone"`, `"gone"`, "",
		},
		{
			"no such port in the actions", func(p *faultyNetwork) { p.ingress(100, `ip4`, `clone { outport = "gone"; output; }; next(0);`) },
			UnknownPort, Error, `"gone"`, `"gone"`, "",
		},
		{
			"no such port in actions that parse", func(p *faultyNetwork) { p.ingress(100, `ip4`, `outport = "gone"; output;`) },
			UnknownPort, Error, `"gone"`, `"gone"`, "",
		},
		{
			"the ports of a switch that has none", func(p *faultyNetwork) {
				p.Row("Logical_Flow", map[string]any{
					"logical_datapath": sbtest.Ref(p.sw), "pipeline": "ingress", "table_id": 1, "priority": 70,
					"match": "eth.mcast", "actions": `outport = "_MC_flood"; output;`, "external_ids": sbtest.Map("stage-name", "ls_in_l2_lkup"),
				})
			},
			UnknownPort, Note, `"_MC_flood"`, `"_MC_flood"`, "",
		},
		{
			"port of another datapath", func(p *faultyNetwork) { p.ingress(100, `inport == "rt-sw" && ip4`, "drop;") },
			ForeignPort, Warning, "it is on rt", `"rt-sw"`, "",
		},
		{
			"a table without flows", func(p *faultyNetwork) { p.ingress(100, `ip4`, "next(4);") },
			NextEmpty, Error, "ingress table 4, which has no flow on sw", "next(4);", "",
		},
		{
			"past the last table", func(p *faultyNetwork) { p.ingress(100, `ip4`, "next(60);") },
			NextPastEnd, Error, "cannot advance beyond table", "", "",
		},
		{
			"a match that contradicts itself", func(p *faultyNetwork) { p.ingress(100, `ip4 && ip6`, "drop;") },
			NeverMatches, Warning, "no packet satisfies", "", "",
		},
		{
			"actions that contradict the match", func(p *faultyNetwork) { p.ingress(100, `arp`, "ip.ttl--; next(0);") },
			NeverMatches, Warning, "what the actions require", "", "",
		},
		{"overlap", func(p *faultyNetwork) {
			p.ingress(100, `ip4.dst == 10.0.0.0/24`, `outport = "p1"; output;`)
			p.ingress(100, `tcp.dst == 80`, `outport = "p2"; output;`)
		}, Overlap, Warning, "both of priority 100", "", "tcp.dst == 0x50"},
		{"overlap of a group and a port", func(p *faultyNetwork) {
			p.ingress(100, `inport == @web && ip4`, `outport = "p1"; output;`)
			p.ingress(100, `inport == "p2" && udp`, `drop;`)
		}, Overlap, Warning, "a packet on sw", "", `inport == "p2"`},
		{"overlap that northd writes everywhere", func(p *faultyNetwork) {
			for _, f := range [][2]string{{"eth.mcast", "next;"}, {`ip && outport == "sw-rt"`, "ct_clear; next;"}} {
				p.Row("Logical_Flow", map[string]any{
					"logical_datapath": sbtest.Ref(p.sw), "pipeline": "egress", "table_id": 1, "priority": 110,
					"match": f[0], "actions": f[1], "external_ids": sbtest.Map("stage-name", "ls_out_pre_lb"),
				})
			}
			p.Flow(p.sw, "egress", 2, 0, "1", "output;")
		}, Overlap, Note, "both of priority 110", "", "eth.dst[40]"},
		{"shadowed by one", func(p *faultyNetwork) {
			p.ingress(200, `ip4`, "next(0);")
			p.ingress(100, `ip4.src == 10.0.0.1 && tcp`, "drop;")
		}, Shadowed, Warning, "at priority 200 takes all", "", ""},
		{"shadowed by several", func(p *faultyNetwork) {
			p.ingress(200, `ip4`, "next(0);")
			p.ingress(150, `ip6`, "next(0);")
			p.ingress(100, `tcp.dst == 80`, "drop;")
		}, Shadowed, Warning, "at priority 150 take all", "", ""},
		{"shadowed on each datapath by another", func(p *faultyNetwork) {
			p.ingress(200, `ip4`, "next(0);")
			p.Flow(p.rt, "ingress", 1, 300, `ip`, "next(0);")
			p.GroupFlow(p.Group(p.sw, p.rt), "ingress", 1, 100, "udp && ip4", "drop;")
		}, Shadowed, Warning, "take all", "", ""},
		{
			"a router without a port", func(p *faultyNetwork) { p.Datapath("lone", 3) },
			UnreachedDatapath, Warning, "no packet can come to lone: it has no port", "", "",
		},
		{"routers that lead only to each other", func(p *faultyNetwork) {
			a, b := p.Datapath("ra", 3), p.Datapath("rb", 4)
			p.Port(a, "ra-rb", 1, "patch", "options", sbtest.Map("peer", "rb-ra"))
			p.Port(b, "rb-ra", 1, "patch", "options", sbtest.Map("peer", "ra-rb"))
		}, UnreachedDatapath, Warning, "no packet can come to rb", "", ""},
		{"a flow of no datapath", func(p *faultyNetwork) {
			p.Row("Logical_Flow", map[string]any{"pipeline": "ingress", "table_id": 0, "priority": 1, "match": "1", "actions": "next;"})
		}, Database, Warning, "missing datapath", "", ""},
		{"a template variable without value", func(p *faultyNetwork) {
			p.Row("Chassis", map[string]any{"name": "hv1"})
			p.Row("Chassis_Template_Var", map[string]any{"chassis": "hv1", "variables": sbtest.Map("IP", "10.0.0.9")})
			p.ingress(100, `ip4.dst == ^IP`, "drop;")
		}, UnsetTemplate, Warning, "values for chassis hv1", "", ""},
		{"a match too large to compare", func(p *faultyNetwork) {
			p.ingress(100, `ip4.src != 10.0.0.1 && ip4.dst != 10.0.0.1 && tcp.src != 5 && tcp.dst != 6`, "drop;")
		}, NotCompared, Note, "1 flow of ingress table 1 was not compared", "", ""},
	}
	seen := map[Code]bool{}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			release := "23.03.0"
			if tt.code == UnsetTemplate {
				release = "25.03.0"
			}
			p := newFaultyNetwork(release)
			tt.plant(p)
			r := p.check(t, Config{})
			var got []string
			found := false
			for _, f := range r.Findings {
				got = append(got, f.Severity.String()+" "+string(f.Code)+": "+f.Message+" ["+f.Packet+"]")
				if f.Code != tt.code || f.Severity != tt.severity || !strings.Contains(f.Message, tt.says) || !strings.Contains(f.Packet, tt.packet) {
					continue
				}
				if tt.marks != "" && f.Text[f.Start:f.End] != tt.marks {
					t.Errorf("marks %q, want %q", f.Text[f.Start:f.End], tt.marks)
				}
				found = true
			}
			if !found {
				t.Errorf("no %s %s with %q among:\n%s", tt.severity, tt.code, tt.says, strings.Join(got, "\n"))
			}
		})
		seen[tt.code] = true
	}
	for _, m := range Codes() {
		// internal/kube tests differences of objects, TestMerge those of several databases.
		if !seen[m.Code] && !strings.HasPrefix(string(m.Code), "object-") && !strings.HasPrefix(string(m.Code), "zone-") {
			t.Errorf("no fault of code %s is planted", m.Code)
		}
	}
}

// TestOverlapNeedsAPacket has flows that seem to overlap and do not.
func TestOverlapNeedsAPacket(t *testing.T) {
	tests := []struct{ name, one, other, above string }{
		{"the same actions", `ip4`, `tcp`, ""},
		{"taken by a flow above", `ip4 && tcp`, `tcp.dst == 80`, `tcp.dst == 80`},
		{"no such conntrack state", `ct.new && ip4`, `ct.est && ip4`, ""},
		{"group without the port", `inport == @web && ip4`, `inport == "sw-rt" && ip4`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newFaultyNetwork("23.03.0")
			p.ingress(100, tt.one, `outport = "p1"; output;`)
			if tt.name == "the same actions" {
				p.ingress(100, tt.other, `outport="p1";  output;`)
			} else {
				p.ingress(100, tt.other, `outport = "p2"; output;`)
			}
			if tt.above != "" {
				p.ingress(200, tt.above, "next(0);")
			}
			for _, f := range p.check(t, Config{}).Findings {
				if f.Code == Overlap {
					t.Errorf("%s [%s]", f.Message, f.Packet)
				}
			}
		})
	}
}

// TestPacketsShowOverlaps reads the packets back.
func TestPacketsShowOverlaps(t *testing.T) {
	p := newFaultyNetwork("23.03.0")
	p.ingress(100, `inport == @web && ip4.dst == 10.0.0.0/24 && reg0[3] == 1`, `outport = "p1"; output;`)
	p.ingress(100, `(tcp.dst == 80 || udp.dst == 53) && ct.est`, `outport = "p2"; output;`)
	n := tracetest.Read(t, "test", p.Bytes(), lflow.Options{})
	r, err := Check(context.Background(), n, Config{})
	if err != nil || len(r.Findings) != 1 {
		t.Fatal(err, r.Findings)
	}
	d := n.Datapaths[0]
	if d.Name != "sw" {
		d = n.Datapaths[1]
	}
	m, err := expr.ParseMicroflow(r.Findings[0].Packet, n.MicroflowEnv(), expr.MicroflowRules{}, func(name string) (uint64, bool) { return n.PortKey(d, name) })
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range n.Flows(d, lflow.Ingress, 1)[:2] {
		if !f.Match(&m.Packet, d) {
			t.Errorf("%s does not match %s", f.MatchText(), r.Findings[0].Packet)
		}
	}
}

// trulyWrong are the databases of the corpus whose networks have a fault: an
// ACL of scenario 10-k8s negates udp, which is no symbol that may be.
var trulyWrong = map[string]string{"10-k8s": "Nominal predicate udp may only be tested positively"}

// mayBeWrong lists the stages into which random networks of testdata put texts
// that do not parse, on purpose: their errors are northd's to pass on.
func mayBeWrong(f *Finding) bool {
	return f.Code == Unparsed && (strings.Contains(f.Flows[0].Stage, "_acl") || strings.Contains(f.Flows[0].Stage, "_qos") ||
		f.Flows[0].Stage == "ls_in_dhcp_options" || f.Flows[0].Stage == "lr_in_policy")
}

// TestCorpusHasNoError vets what northd itself wrote, in every release.
func TestCorpusHasNoError(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join("..", "..", "testdata", "corpus", "*.db.gz"))
	if corpus := os.Getenv("OVNWALK_CORPUS"); corpus != "" {
		more, _ := filepath.Glob(filepath.Join(corpus, "*", "*.db.gz"))
		files = append(files, more...)
	} else {
		t.Log("OVNWALK_CORPUS is not set: only the databases of the tree")
	}
	vet := func(name string, n *lflow.Network, err error) {
		if err != nil {
			t.Fatal(err)
		}
		defer n.Close()
		r, err := Check(context.Background(), n, Config{})
		if err != nil {
			t.Fatal(err)
		}
		fault := trulyWrong[strings.TrimSuffix(filepath.Base(name), ".db.gz")]
		reported := false
		for _, f := range r.Findings {
			if f.Severity != Error || strings.HasPrefix(filepath.Base(name), "seed-") && mayBeWrong(&f) {
				continue
			}
			if reported = fault != "" && strings.Contains(f.Message, fault); !reported {
				t.Errorf("%s: %s: %s %+v", name, f.Code, f.Message, f.Flows)
			}
		}
		if fault != "" && !reported {
			t.Errorf("%s: its fault is not found", name)
		}
	}
	for _, file := range files {
		n, err := lflow.Open(context.Background(), file, lflow.Options{})
		vet(file, n, err)
	}
	n, err := lflow.Read(context.Background(), "demo", demo.Bytes(), lflow.Options{})
	vet("demo", n, err)
}

// TestDeterministic vets one database twice.
func TestDeterministic(t *testing.T) {
	text := func() string {
		n := tracetest.Read(t, "demo", demo.Bytes(), lflow.Options{})
		r, err := Check(context.Background(), n, Config{})
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := r.Write(&b, "json", Style{}); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	one := text()
	for range 5 {
		if two := text(); one != two {
			t.Fatalf("one time:\n%s\nanother:\n%s", one, two)
		}
	}
}

func TestCanceled(t *testing.T) {
	n := tracetest.Read(t, "demo", demo.Bytes(), lflow.Options{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Check(ctx, n, Config{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
