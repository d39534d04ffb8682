// Package tracetest has networks and traces for tests: networks of small databases and of
// files, a trace of the built-in network, one with every kind of node, and hostile names.
package tracetest

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Update is the option of tests that rewrites golden files.
var Update = flag.Bool("update", false, "rewrite the golden files")

// Golden compares a text with a file of testdata.
func Golden(t testing.TB, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *Update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (-update rewrites it):\n%.4000s", path, diff.Diff("want", want, "got", got))
	}
}

// AllNodes returns a node of every kind, with no member zero where that can be
// and every word used.
func AllNodes() []trace.Node {
	p := Packet()
	f, g, sw0, port := Flow(1), Flow(2), trace.DatapathNamed("sw0", 3), trace.PortNamed
	nodes := []trace.Node{
		&trace.Pipeline{Egress: true, Datapath: sw0, Inport: port("a", "", sw0), Outport: port("b", "", sw0), Jump: true, Group: "_MC_flood", Indent: true, Zone: "node2"},
		&trace.Table{Number: 7, From: 5, Stage: "ls_in_acl", Flow: f, Packet: p},
		&trace.Action{Name: "next", Text: trace.SameText("next(pipeline=egress, table=3);"), Jump: true},
		&trace.Drop{},
		&trace.Delivered{Port: port("vm1", "localnet", sw0), Packet: p, Node: "node2"},
		&trace.Reached{Port: port("vm1", "patch", sw0)},
		&trace.Replaced{Port: port("cr-lrp0", "chassisredirect", sw0), Distributed: port("lrp0", "", sw0)},
		&trace.Omitted{},
		&trace.Log{Name: "acl", Unnamed: true, Egress: true, Verdict: "allow", Severity: "info", Packet: p},
		&trace.Uncertain{Flow: f, Reason: "Syntax error"},
		&trace.Overlap{Selected: f, Other: g},
	}
	ttl, _ := packet.Lookup("ip.ttl")
	for how := range int(trace.ChangeOptions) + 1 {
		nodes = append(nodes, &trace.Change{Kind: trace.ChangeKind(how), Field: "ip.ttl", Target: ttl, Value: trace.Value{Text: "63"}})
	}
	for kind := range int(trace.ForkMirror) + 1 {
		nodes = append(nodes, &trace.Fork{
			Kind: trace.ForkKind(kind), State: 0x22, Tracked: true, Assumed: true, Reject: true, Address: "10.0.0.1", IPv6: true,
			Field: "reg8[16..31]", Value: 3, Random: true, Unlisted: true, Variant: "ct_lb_mark", Packet: p,
		})
	}
	for what := range int(trace.RemarkLost) + 1 {
		nodes = append(nodes, &trace.Remark{Kind: trace.RemarkKind(what), MAC: 0x404400000001, Text: "text", Key: 9})
	}
	nodes = append(nodes, &trace.Remark{Kind: trace.RemarkNoDistributed, Port: port("cr-lrp0", "chassisredirect", sw0)})
	return nodes
}

// pipeline returns an ingress pipeline.
func pipeline(datapath string, key int64, inport string) *trace.Pipeline {
	d := trace.DatapathNamed(datapath, key)
	return &trace.Pipeline{Datapath: d, Inport: trace.PortNamed(inport, "", d)}
}

func Flow(n int) *trace.Flow {
	return &trace.Flow{
		UUID: "0000000" + string(rune('0'+n)) + "-0000-4000-8000-000000000000", Cookie: uint32(n), Priority: 100 * n,
		Match: trace.SameText(`ip4.dst == 10.0.0.1 && inport == "vm1"`), Actions: "next;", Stage: "ls_in_acl", Source: "northd.c:100", Hint: "deadbeef",
	}
}

func Packet() packet.Packet {
	var p packet.Packet
	p.SetUint(packet.EthType, packet.EthTypeIPv4)
	p.SetUint(packet.EthSrc, 0x404400000001)
	p.SetUint(packet.EthDst, 0x404400000002)
	p.SetUint(packet.IPProto, packet.ProtoTCP)
	p.SetUint(packet.IPv4Src, 0xc0a8000b)
	p.SetUint(packet.IPv4Dst, 0xc0a8010b)
	p.SetUint(packet.IPTTL, 64)
	p.SetUint(packet.TCPSrc, 4000)
	p.SetUint(packet.TCPDst, 80)
	p.SetUint(packet.TCPFlags, 2)
	p.SetUint(packet.Inport, 1)
	p.SetUint(packet.CTState, packet.CTEstablished|packet.CTTracked|1<<20)
	p.Set(packet.CTLabel, packet.Value{Hi: 1, Lo: 2})
	return p
}

// Everything is a trace that has every kind of node, in a table and under it.
func Everything() *trace.Trace {
	top := pipeline("sw0", 1, "vm1")
	table := &trace.Table{Number: 0, Flow: Flow(1), Packet: Packet()}
	top.Add(table)
	for _, n := range AllNodes() {
		table.Add(n)
	}
	fork := &trace.Fork{Kind: trace.ForkClone, Packet: Packet()}
	table.Add(fork)
	fork.Add(&trace.Table{Number: 1, Stage: "ls_in_nowhere"})
	return &trace.Trace{
		Release: "23.03.1", Chassis: "hv1", Packet: Packet(), Root: top,
		Warnings: []trace.Warning{{Text: "odd"}, {Flow: Flow(2), Text: "odder"}},
	}
}

// Declared returns the names of the constants of a package of this module, by
// their type, and of its types that are nodes.
func Declared(t testing.TB, pkg string) (constants map[string][]string, nodes []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(sbtest.Root(t), pkg, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal("no source of package", pkg, err)
	}
	constants = map[string][]string{}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			switch d := decl.(type) {
			case *ast.GenDecl:
				if d.Tok != token.CONST {
					continue
				}
				typ := ""
				for _, spec := range d.Specs {
					v := spec.(*ast.ValueSpec)
					if id, ok := v.Type.(*ast.Ident); ok {
						typ = id.Name
					}
					for _, name := range v.Names {
						constants[typ] = append(constants[typ], name.Name)
					}
				}
			case *ast.FuncDecl:
				if d.Name.Name == "isNode" {
					nodes = append(nodes, d.Recv.List[0].Type.(*ast.StarExpr).X.(*ast.Ident).Name)
				}
			}
		}
	}
	return constants, nodes
}

// Read returns the network of the bytes of a southbound database until the test ends.
func Read(t testing.TB, name string, db []byte, o lflow.Options) *lflow.Network {
	t.Helper()
	n, err := lflow.Read(t.Context(), name, db, o)
	return untilEnd(t, name, n, err)
}

// Open returns the network of a source, such as a file, until the test ends.
func Open(t testing.TB, source string, o lflow.Options) *lflow.Network {
	t.Helper()
	n, err := lflow.Open(t.Context(), source, o)
	return untilEnd(t, source, n, err)
}

// untilEnd returns a network that is closed when the test ends, or ends the test for an error.
func untilEnd(t testing.TB, name string, n *lflow.Network, err error) *lflow.Network {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	})
	return n
}

// Trace traces a packet through a network.
func Trace(t testing.TB, n *lflow.Network, r sim.Request) *trace.Trace {
	t.Helper()
	tr, err := sim.Trace(n, r)
	if err != nil {
		t.Fatalf("%s: %v", r.Microflow, err)
	}
	return tr
}

// Demo traces a packet through the built-in network.
func Demo(t testing.TB, microflow string) *trace.Trace {
	t.Helper()
	return Trace(t, Read(t, "demo", demo.Bytes(), lflow.Options{}), sim.Request{Microflow: microflow})
}

const (
	AcrossTheRouter = `inport == "vm1" && eth.src == 40:44:00:00:00:01 && eth.dst == 40:44:00:00:00:03 &&
		ip4.src == 192.168.0.11 && ip4.dst == 192.168.1.11 && ip.ttl == 64 && tcp.src == 40000 && tcp.dst == 80`
	Broadcast = `inport == "vm1" && eth.src == 40:44:00:00:00:01 && eth.dst == ff:ff:ff:ff:ff:ff &&
		arp.op == 1 && arp.sha == 40:44:00:00:00:01 && arp.spa == 192.168.0.11 && arp.tpa == 192.168.0.1`
	NoRoute = `inport == "vm1" && eth.src == 40:44:00:00:00:01 && eth.dst == 40:44:00:00:00:03 &&
		ip4.src == 192.168.0.11 && ip4.dst == 8.8.8.8 && ip.ttl == 64 && udp.src == 40000 && udp.dst == 53`
)

// Hostile are names that would be markup, or steer a terminal, were they not
// kept from it.
var Hostile = []string{
	`<script>window.pwned=1</script>`,
	`"><img src=x onerror="window.pwned=1">`,
	`'; alert(1); //`,
	"\x1b]0;owned\x07\x1b[2J",
	`"];evil[label="x`,
	"`**bold**`\nend\nclick port0 \"javascript:alert(1)\"",
	`&lt;b&gt; \N \G %%{init}%%`,
	`</style></title><svg onload=window.pwned=1>`,
	"\u202egnp.exe\u2066",
}

// Random makes a trace at random, with hostile names.
func Random(r *rand.Rand, size int) *trace.Trace {
	w := &generator{Rand: r, left: size}
	t := &trace.Trace{Release: "23.03.1", Chassis: w.name(), Packet: Packet()}
	t.Root = pipeline(w.name(), 1, w.name())
	w.table(&t.Root.Container, t.Root, 0)
	return t
}

type generator struct {
	*rand.Rand
	left  int
	flows int
}

func (w *generator) name() string { return Hostile[w.IntN(len(Hostile))] }

func (w *generator) table(c *trace.Container, in *trace.Pipeline, depth int) {
	w.left--
	p := Packet()
	p.SetUint(packet.Outport, uint64(w.IntN(3)))
	t := &trace.Table{Number: w.IntN(30), Stage: []string{"ls_in_" + w.name(), "lr_in_x", ""}[w.IntN(3)], Packet: p}
	c.Add(t)
	if w.IntN(12) == 0 {
		return // no match
	}
	w.flows++
	t.Flow = &trace.Flow{UUID: w.name(), Priority: w.flows, Match: trace.SameText(w.name()), Actions: w.name(), Stage: t.Stage, Source: w.name(), Hint: w.name()}
	w.act(&t.Container, in, depth)
}

func (w *generator) act(c *trace.Container, in *trace.Pipeline, depth int) {
	for range 1 + w.IntN(3) {
		c.Add(&trace.Action{Name: "load", Text: trace.SameText(w.name())})
		if w.IntN(3) == 0 {
			c.Add(&trace.Change{Kind: trace.ChangeKind(w.IntN(int(trace.ChangeOptions) + 1)), Field: []string{"ip.ttl", "eth.src", "reg0", w.name()}[w.IntN(4)], Value: trace.Value{Text: w.name()}})
		}
		if w.IntN(9) == 0 {
			c.Add(&trace.Remark{Kind: trace.RemarkKind(w.IntN(int(trace.RemarkUnmodelled) + 1)), Text: w.name(), Port: trace.PortNamed(w.name(), w.name(), nil)})
		}
	}
	if w.left <= 0 || depth > 40 {
		c.Add(&trace.Drop{})
		return
	}
	switch w.IntN(8) {
	case 0:
		c.Add(&trace.Drop{})
	case 1:
		c.Add(&trace.Delivered{Port: trace.PortNamed(w.name(), w.name(), in.Datapath), Packet: Packet()})
	case 2:
		f := &trace.Fork{Kind: trace.ForkKind(w.IntN(int(trace.ForkMirror) + 1)), Address: w.name(), Packet: Packet(), Variant: w.name()}
		c.Add(f)
		w.act(&f.Container, in, depth+1)
		w.table(c, in, depth+1)
	case 3:
		g := &trace.Pipeline{Datapath: in.Datapath, Group: w.name()}
		c.Add(g)
		for range w.IntN(20) {
			m := &trace.Pipeline{Egress: true, Datapath: in.Datapath, Inport: in.Inport, Outport: trace.PortNamed(w.name(), "", in.Datapath), Indent: true}
			g.Add(m)
			w.table(&m.Container, m, depth+1)
		}
	case 4:
		p := &trace.Pipeline{Egress: true, Datapath: in.Datapath, Inport: in.Inport, Outport: trace.PortNamed(w.name(), "", in.Datapath)}
		c.Add(p)
		w.table(&p.Container, p, depth+1)
	case 5, 6:
		p := pipeline(w.name(), int64(2+w.IntN(5)), w.name())
		c.Add(p)
		w.table(&p.Container, p, depth+1)
	default:
		w.table(c, in, depth+1)
	}
}

// Traces are traces that pictures and pages must stand.
func Traces(t testing.TB) []*trace.Trace {
	t.Helper()
	r := rand.New(rand.NewPCG(6, 6))
	list := []*trace.Trace{{}, {Root: &trace.Pipeline{}}, Everything(), Loop(800)}
	for i := range 60 {
		list = append(list, Random(r, 5+4*i))
	}
	return list
}

// Loop is a packet that goes round between two routers.
func Loop(times int) *trace.Trace {
	t := &trace.Trace{Release: "23.03.1", Packet: Packet(), Root: pipeline("r0", 1, "p0")}
	in := t.Root
	for i := range times {
		table := &trace.Table{Number: 3, Stage: "lr_in_ip_routing", Flow: Flow(1), Packet: Packet()}
		in.Add(table)
		table.Add(&trace.Change{Kind: trace.ChangeDecrement, Field: "ip.ttl"})
		out := &trace.Pipeline{Egress: true, Datapath: in.Datapath, Inport: in.Inport, Outport: in.Inport}
		table.Add(out)
		left := &trace.Table{Number: 6, Stage: "lr_out_delivery", Flow: Flow(2), Packet: Packet()}
		out.Add(left)
		next := pipeline(fmt.Sprintf("r%d", (i+1)%2), int64(1+(i+1)%2), fmt.Sprintf("p%d", (i+1)%2))
		left.Add(next)
		in = next
	}
	in.Add(&trace.Remark{Kind: trace.RemarkLimit, Text: "250000 tables"})
	return t
}

// Flood is a packet that a switch delivers to that many ports.
func Flood(copies int) *trace.Trace {
	top := pipeline("sw", 1, "a")
	table := &trace.Table{Flow: Flow(1)}
	top.Add(table)
	group := &trace.Pipeline{Datapath: top.Datapath, Group: "_MC_flood"}
	table.Add(group)
	for i := range copies {
		m := &trace.Pipeline{Egress: true, Datapath: top.Datapath, Inport: top.Inport, Outport: trace.PortNamed(fmt.Sprint("p", i), "", top.Datapath), Indent: true}
		group.Add(m)
		last := &trace.Table{Flow: Flow(2)}
		m.Add(last)
		last.Add(&trace.Delivered{Port: m.Outport})
	}
	return &trace.Trace{Root: top}
}
