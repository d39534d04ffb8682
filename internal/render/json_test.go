package render

import (
	"bytes"
	"errors"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/rogpeppe/go-internal/diff"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares a text with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
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

// schema compiles docs/trace.schema.json, formats included.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile("../../docs/trace.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(t *testing.T, s *jsonschema.Schema, text []byte) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(v); err != nil {
		t.Errorf("not what the schema describes: %#v\n%s", err, text)
	}
}

// allNodes returns a node of every kind, with no member zero where that can be
// and every word used.
func allNodes() []trace.Node {
	p := tcpPacket()
	f, g := demoFlow(1), demoFlow(2)
	nodes := []trace.Node{
		&trace.Pipeline{Egress: true, Datapath: "sw0", Key: 3, Inport: "a", Outport: "b", Jump: true, Group: "_MC_flood", Indent: true},
		&trace.Table{Number: 7, From: 5, Stage: "ls_in_acl", Flow: f, Packet: p},
		&trace.Action{Name: "next", Text: "next(pipeline=egress, table=3);", Jump: true},
		&trace.Drop{},
		&trace.Delivered{Port: "vm1", Type: "localnet", Datapath: "sw0", Packet: p},
		&trace.Reached{Port: "vm1", Type: "patch"},
		&trace.Replaced{Port: "cr-lrp0", Type: "chassisredirect", Distributed: "lrp0"},
		&trace.Omitted{},
		&trace.Log{Name: "acl", Unnamed: true, Egress: true, Verdict: "allow", Severity: "info", Packet: p},
		&trace.Uncertain{Flow: f, Reason: "Syntax error"},
		&trace.Overlap{Selected: f, Other: g},
	}
	for how := range changeNames {
		nodes = append(nodes, &trace.Change{Kind: trace.ChangeKind(how), Field: "ip.ttl", Value: "63"})
	}
	for kind := range forkNames {
		nodes = append(nodes, &trace.Fork{
			Kind: trace.ForkKind(kind), State: 0x22, Tracked: true, Assumed: true, Reject: true, Address: "10.0.0.1", IPv6: true,
			Field: "reg8[16..31]", Value: 3, Random: true, Unlisted: true, Variant: "ct_lb_mark", Packet: p,
		})
	}
	for what := range remarkNames {
		nodes = append(nodes, &trace.Remark{Kind: trace.RemarkKind(what), MAC: 0x404400000001, Text: "text", Detail: "detail", Key: 9})
	}
	return nodes
}

func demoFlow(n int) *trace.Flow {
	return &trace.Flow{
		UUID: "0000000" + string(rune('0'+n)) + "-0000-4000-8000-000000000000", Cookie: uint32(n), Priority: 100 * n,
		Match: `ip4.dst == 10.0.0.1 && inport == "vm1"`, Actions: "next;", Stage: "ls_in_acl", Source: "northd.c:100", Hint: "deadbeef",
	}
}

func tcpPacket() packet.Packet {
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
	p.SetUint(packet.Reg(14), 1)
	p.SetUint(packet.CTState, packet.CTEstablished|packet.CTTracked|1<<20)
	p.Set(packet.CTLabel, packet.Value{Hi: 1, Lo: 2})
	return p
}

// everything is a trace that has every kind of node, in a table and under it.
func everything() *trace.Trace {
	root := &trace.Pipeline{Datapath: "sw0", Key: 1, Inport: "vm1"}
	table := &trace.Table{Number: 0, Flow: demoFlow(1), Packet: tcpPacket()}
	root.Add(table)
	for _, n := range allNodes() {
		table.Add(n)
	}
	fork := &trace.Fork{Kind: trace.ForkClone, Packet: tcpPacket()}
	table.Add(fork)
	fork.Add(&trace.Table{Number: 1, Stage: "ls_in_nowhere"})
	return &trace.Trace{
		Release: "23.03.1", Chassis: "hv1", Friendly: true, Packet: tcpPacket(), Root: root,
		Warnings: []trace.Warning{{Text: "odd"}, {Flow: demoFlow(2), Text: "odder"}},
	}
}

func TestJSONHoldsEverything(t *testing.T) {
	s := schema(t)
	for _, write := range []func(*bytes.Buffer, *trace.Trace) error{
		func(b *bytes.Buffer, t *trace.Trace) error { return JSON(b, t) },
		func(b *bytes.Buffer, t *trace.Trace) error { return JSONLine(b, t) },
	} {
		want := everything()
		var b bytes.Buffer
		if err := write(&b, want); err != nil {
			t.Fatal(err)
		}
		validate(t, s, b.Bytes())
		got, err := ReadJSON(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("not the same after reading:\n%s", b.Bytes())
		}
	}
}

func TestJSONGolden(t *testing.T) {
	var b bytes.Buffer
	if err := JSON(&b, everything()); err != nil {
		t.Fatal(err)
	}
	golden(t, "everything.json", regexp.MustCompile(`(?s)\n  "verdicts": \[.*?\n  \],`).ReplaceAll(b.Bytes(), nil))
}

// Each disposition is there, with the look-up that it ended at.
func TestJSONVerdicts(t *testing.T) {
	tr := demoTrace(t, noRoute)
	var b bytes.Buffer
	if err := JSON(&b, tr); err != nil {
		t.Fatal(err)
	}
	var d struct {
		Verdicts []verdictDoc
		Nodes    []struct {
			Kind, Stage string
		}
	}
	if err := json.Unmarshal(b.Bytes(), &d, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	if len(d.Verdicts) != 1 {
		t.Fatalf("%d verdicts", len(d.Verdicts))
	}
	v := d.Verdicts[0]
	if v.Outcome != "dropped" || v.Code != "no-route" || v.DecidedAt.Stage != "lr_in_ip_routing" || v.DecidedAt.Flow == nil || v.Node == nil {
		t.Fatalf("%+v", v)
	}
	if at := d.Nodes[*v.Node]; at.Kind != "table" || at.Stage != "lr_in_ip_routing" {
		t.Errorf("ended at %+v", at)
	}
}

func TestJSONLineIsALine(t *testing.T) {
	var b bytes.Buffer
	if err := JSONLine(&b, everything()); err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(b.Bytes(), []byte("\n")); n != 1 || !bytes.HasSuffix(b.Bytes(), []byte("}\n")) {
		t.Errorf("%d lines, want one", n)
	}
}

// Each node's flow is the one of the look-up that it is under.
func TestJSONSource(t *testing.T) {
	var b bytes.Buffer
	if err := JSON(&b, everything()); err != nil {
		t.Fatal(err)
	}
	var d struct {
		Nodes []struct {
			Kind string
			Flow *struct{ UUID, Stage, Match string }
		}
	}
	if err := json.Unmarshal(b.Bytes(), &d, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	for i, n := range d.Nodes {
		last := i == len(d.Nodes)-1 // the look-up in which nothing matched
		if (n.Flow == nil) != (i == 0 || last) {
			t.Errorf("nodes[%d], a %s: flow %v", i, n.Kind, n.Flow)
		}
		if n.Flow != nil && (n.Flow.UUID != demoFlow(1).UUID || n.Flow.Match != demoFlow(1).Match) {
			t.Errorf("nodes[%d], a %s: flow %v", i, n.Kind, n.Flow)
		}
	}
}

// A constant or node type that package trace has must be in the tables here.
func TestJSONNamesAreWhole(t *testing.T) {
	constants, nodes := traceSource(t)
	for _, c := range []struct {
		typ   string
		names []string
	}{
		{"ChangeKind", changeNames}, {"ForkKind", forkNames}, {"RemarkKind", remarkNames}, {"UncertaintyKind", uncertaintyNames}, {"AssumptionKind", assumedNames},
	} {
		if len(c.names) != len(constants[c.typ]) {
			t.Errorf("%d names for the constants of type %s: %v", len(c.names), c.typ, constants[c.typ])
		}
		seen := map[string]bool{"": true}
		for i, name := range c.names {
			if seen[name] {
				t.Errorf("%s %d: name %q is empty or used twice", c.typ, i, name)
			}
			seen[name] = true
		}
	}
	have := map[string]bool{}
	for _, n := range allNodes() {
		have[reflect.TypeOf(n).Elem().Name()] = true
	}
	for _, name := range nodes {
		if !have[name] {
			t.Errorf("the tests know no node %s", name)
		}
	}
}

// traceSource returns the names of the constants of packages trace and verdict by
// their type, and of the types that are nodes.
func traceSource(t *testing.T) (constants map[string][]string, nodes []string) {
	t.Helper()
	var files []string
	for _, pkg := range []string{"trace", "verdict"} {
		found, err := filepath.Glob("../../" + pkg + "/*.go")
		if err != nil || len(found) == 0 {
			t.Fatal("no source of package", pkg, err)
		}
		files = append(files, found...)
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

// Every bit that can be set in a packet is in its JSON.
func TestJSONPacket(t *testing.T) {
	types := []uint64{0, packet.EthTypeIPv4, packet.EthTypeIPv6, packet.EthTypeARP, packet.EthTypeRARP}
	protos := []uint64{0, packet.ProtoICMP, packet.ProtoTCP, packet.ProtoUDP, packet.ProtoICMPv6, packet.ProtoSCTP}
	r := rand.New(rand.NewPCG(1, 2))
	s := schema(t)
	for i := range 2000 {
		var p packet.Packet
		for _, f := range packet.Fields() {
			if r.IntN(3) == 0 {
				p.Set(f, packet.Value{Hi: r.Uint64(), Lo: r.Uint64()}.And(packet.Ones(f.Bits)))
			}
		}
		p.SetUint(packet.EthType, types[r.IntN(len(types))])
		p.SetUint(packet.IPProto, protos[r.IntN(len(protos))])
		want := &trace.Trace{Packet: p, Root: &trace.Pipeline{}}
		var b bytes.Buffer
		if err := JSON(&b, want); err != nil {
			t.Fatal(err)
		}
		got, err := ReadJSON(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatalf("%v\n%s", err, b.Bytes())
		}
		if got.Packet != p {
			t.Fatalf("not the same packet after reading:\n%s", b.Bytes())
		}
		if i < 200 {
			validate(t, s, b.Bytes())
		}
	}
}

func TestJSONPacketNames(t *testing.T) {
	if len(storages) > 64 {
		t.Fatal("more places than readers have bits to note them in")
	}
	p := tcpPacket()
	var b bytes.Buffer
	if err := JSONLine(&b, &trace.Trace{Packet: p, Root: &trace.Pipeline{}}); err != nil {
		t.Fatal(err)
	}
	want := `"packet":{"eth.src":"40:44:00:00:00:01","eth.dst":"40:44:00:00:00:02","eth.type":2048,` +
		`"ip4.src":"192.168.0.11","ip4.dst":"192.168.1.11","ip.proto":6,"ip.ttl":64,"tcp.src":4000,"tcp.dst":80,"tcp.flags":2,` +
		`"ct_state":["est","trk","0x100000"],"ct_label":"0x10000000000000002","reg14":1}`
	if !strings.Contains(b.String(), want) {
		t.Errorf("got %s\nwant %s", b.String(), want)
	}
}

func TestReadJSONRefusals(t *testing.T) {
	const head = `{"version":1,"release":"","chassis":"","friendly":true,"packet":{},"warnings":[],"nodes":[`
	const root = `{"id":0,"parent":null,"kind":"pipeline","pipeline":"ingress"}`
	for _, c := range []struct{ name, text, want string }{
		{"not JSON", "# ip,reg14=0x1", "a trace in JSON: "},
		{"empty", "", "a trace in JSON: "},
		{"no version", `{}`, "unknown version 0, want 1"},
		{"later version", `{"version":2}`, "unknown version 2, want 1"},
		{"unknown member", `{"version":1,"extra":1}`, `unknown object member name "extra"`},
		{"no nodes", head + `]}`, "no nodes"},
		{"no pipeline first", head + `{"id":0,"parent":null,"kind":"drop"}]}`, "nodes[0]: without a parent"},
		{"two roots", head + root + `,{"id":1,"parent":null,"kind":"pipeline","pipeline":"egress"}]}`, "nodes[1]: without a parent"},
		{"odd id", head + `{"id":4,"parent":null,"kind":"pipeline","pipeline":"ingress"}]}`, "nodes[0]: its id is 4"},
		{"parent later", head + root + `,{"id":1,"parent":1,"kind":"drop"}]}`, "nodes[1]: its parent 1 does not come before it"},
		{"parent below", head + root + `,{"id":1,"parent":-1,"kind":"drop"}]}`, "nodes[1]: its parent -1 does not come before it"},
		{"parent holds none", head + root + `,{"id":1,"parent":0,"kind":"drop"},{"id":2,"parent":1,"kind":"drop"}]}`, "nodes[2]: its parent 1 cannot hold others"},
		{"unknown kind", head + root + `,{"id":1,"parent":0,"kind":"jump"}]}`, `nodes[1]: unknown kind "jump"`},
		{"unknown pipeline", head + `{"id":0,"parent":null,"kind":"pipeline","pipeline":"sideways"}]}`, `unknown pipeline "sideways"`},
		{"unknown manner", head + root + `,{"id":1,"parent":0,"kind":"change","how":"maybe"}]}`, `nodes[1]: unknown word "maybe"`},
		{"unknown fork", head + root + `,{"id":1,"parent":0,"kind":"fork","fork":""}]}`, `nodes[1]: unknown word ""`},
		{"unknown remark", head + root + `,{"id":1,"parent":0,"kind":"remark","remark":"?"}]}`, `nodes[1]: unknown word "?"`},
		{"unknown flag", head + root + `,{"id":1,"parent":0,"kind":"fork","fork":"clone","state":["old"]}]}`, `nodes[1]: "old" is no conntrack flag`},
		{"bad address", head + root + `,{"id":1,"parent":0,"kind":"remark","remark":"fdb-found","mac":"1:2"}]}`, `nodes[1]: bad Ethernet address "1:2"`},
		{"uncertain of what", head + root + `,{"id":1,"parent":0,"kind":"uncertain"}]}`, "nodes[1]: does not say which flow"},
		{"overlap of what", head + root + `,{"id":1,"parent":0,"kind":"overlap"}]}`, "nodes[1]: does not say which flows"},
		{"unknown field", `{"version":1,"packet":{"ip.tos":1}}`, `a packet has no field "ip.tos"`},
		{"field twice", `{"version":1,"packet":{"tcp.src":1,"udp.src":2}}`, `field "udp.src": its bits are given twice`},
		{"field too wide", `{"version":1,"packet":{"ip.ttl":256}}`, "256 does not fit into 8 bits"},
		{"field not a number", `{"version":1,"packet":{"ip.ttl":"64"}}`, "not a number"},
		{"field not whole", `{"version":1,"packet":{"ip.ttl":6.4}}`, `bad value "6.4"`},
		{"field not a string", `{"version":1,"packet":{"ip4.src":1}}`, "not a string"},
		{"bad field", `{"version":1,"packet":{"ip6.src":"fe80::1%eth0"}}`, "bad value"},
		{"long label", `{"version":1,"packet":{"ct_label":"0x111111111111111111111111111111111"}}`, "bad value"},
		{"state not a list", `{"version":1,"packet":{"ct_state":1}}`, "not an array of flags"},
		{"packet not an object", `{"version":1,"packet":[]}`, "a packet must be an object"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ReadJSON(strings.NewReader(c.text))
			var e *JSONError
			if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) || got != nil {
				t.Errorf("got %v, %v; want an error with %q", got, err, c.want)
			}
			if wrong := strings.Contains(c.name, "version"); errors.Is(err, ErrJSONVersion) != wrong {
				t.Errorf("ErrJSONVersion: %v", err)
			}
		})
	}
}

func TestJSONOfUnknownConstants(t *testing.T) {
	for _, n := range []trace.Node{&trace.Change{Kind: 99}, &trace.Fork{Kind: 99}, &trace.Remark{Kind: 99}} {
		root := &trace.Pipeline{}
		root.Add(n)
		if err := JSON(&bytes.Buffer{}, &trace.Trace{Root: root}); err == nil {
			t.Errorf("%T: no error", n)
		}
	}
}

// FuzzReadJSON reads anything, and what it takes is the same once written.
func FuzzReadJSON(f *testing.F) {
	var b bytes.Buffer
	if err := JSONLine(&b, everything()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte(`{"version":1,"packet":{"ct_state":["est","0x100"]},"nodes":[{"id":0,"parent":null,"kind":"pipeline","pipeline":"egress"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		first, err := ReadJSON(bytes.NewReader(text))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := JSON(&b, first); err != nil {
			t.Fatal(err)
		}
		again, err := ReadJSON(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(first, again) {
			t.Errorf("not the same once written:\n%s", b.Bytes())
		}
	})
}
