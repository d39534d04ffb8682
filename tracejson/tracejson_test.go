package tracejson

import (
	"bytes"
	"errors"
	"maps"
	"math/rand/v2"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// schema compiles docs/trace.schema.json, formats included.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile("../docs/trace.schema.json")
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

func TestContainsEveryNode(t *testing.T) {
	s := schema(t)
	for _, write := range []func(*bytes.Buffer, *trace.Trace) error{
		func(b *bytes.Buffer, t *trace.Trace) error { return Write(b, t, Options{}) },
		func(b *bytes.Buffer, t *trace.Trace) error { return Write(b, t, Options{Line: true}) },
	} {
		want := tracetest.Everything()
		var b bytes.Buffer
		if err := write(&b, want); err != nil {
			t.Fatal(err)
		}
		validate(t, s, b.Bytes())
		got, err := Read(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(tracetest.ByName(got), tracetest.ByName(want)) {
			t.Errorf("not the same after reading:\n%s", b.Bytes())
		}
		var again bytes.Buffer
		if err := write(&again, got); err != nil || !bytes.Equal(again.Bytes(), b.Bytes()) {
			t.Errorf("%v, not the same bytes once read:\n%s", err, again.Bytes())
		}
	}
}

func TestGolden(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, tracetest.Everything(), Options{}); err != nil {
		t.Fatal(err)
	}
	tracetest.Golden(t, "everything.json", regexp.MustCompile(`(?s)\n  "verdicts": \[.*?\n  \],`).ReplaceAll(b.Bytes(), nil))
}

// Each disposition is there, with the lookup that it ended at.
func TestVerdicts(t *testing.T) {
	tr := tracetest.Demo(t, tracetest.NoRoute)
	var b bytes.Buffer
	if err := Write(&b, tr, Options{}); err != nil {
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

func TestLineIsALine(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, tracetest.Everything(), Options{Line: true}); err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(b.Bytes(), []byte("\n")); n != 1 || !bytes.HasSuffix(b.Bytes(), []byte("}\n")) {
		t.Errorf("%d lines, want one", n)
	}
}

// Each node's flow is the one of the lookup that it is under.
func TestSource(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, tracetest.Everything(), Options{}); err != nil {
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
		last := i == len(d.Nodes)-1 // the lookup in which nothing matched
		if (n.Flow == nil) != (i == 0 || last) {
			t.Errorf("nodes[%d], a %s: flow %v", i, n.Kind, n.Flow)
		}
		if n.Flow != nil && (n.Flow.UUID != tracetest.Flow(1).UUID || n.Flow.Match != tracetest.Flow(1).Match.Plain) {
			t.Errorf("nodes[%d], a %s: flow %v", i, n.Kind, n.Flow)
		}
	}
}

// A constant or node type that package trace has must be in the tables here.
func TestNamesAreComplete(t *testing.T) {
	constants, nodes := tracetest.Declared(t, "trace")
	verdicts, _ := tracetest.Declared(t, "verdict")
	maps.Copy(constants, verdicts)
	for _, c := range []struct {
		typ   string
		names []string
	}{
		{"ChangeKind", changeNames}, {"ForkKind", wording.ForkNames}, {"RemarkKind", remarkNames}, {"UncertaintyKind", uncertaintyNames}, {"AssumptionKind", assumedNames},
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
	for _, n := range tracetest.AllNodes() {
		have[reflect.TypeOf(n).Elem().Name()] = true
	}
	for _, name := range nodes {
		if !have[name] {
			t.Errorf("the tests know no node %s", name)
		}
	}
}

// Every bit that can be set in a packet is in its JSON.
func TestPacket(t *testing.T) {
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
		if err := Write(&b, want, Options{}); err != nil {
			t.Fatal(err)
		}
		got, err := Read(bytes.NewReader(b.Bytes()))
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

func TestPacketNames(t *testing.T) {
	if len(wording.Fields) > 64 {
		t.Fatal("more places than readers have bits to note them in")
	}
	p := tracetest.Packet()
	var b bytes.Buffer
	if err := Write(&b, &trace.Trace{Packet: p, Root: &trace.Pipeline{}}, Options{Line: true}); err != nil {
		t.Fatal(err)
	}
	want := `"packet":{"eth.src":"40:44:00:00:00:01","eth.dst":"40:44:00:00:00:02","eth.type":2048,` +
		`"ip4.src":"192.168.0.11","ip4.dst":"192.168.1.11","ip.proto":6,"ip.ttl":64,"tcp.src":4000,"tcp.dst":80,"tcp.flags":2,` +
		`"ct_state":["est","trk","0x100000"],"ct_label":"0x10000000000000002","reg14":1}`
	if !strings.Contains(b.String(), want) {
		t.Errorf("got %s\nwant %s", b.String(), want)
	}
}

func TestReadRefusals(t *testing.T) {
	const head = `{"version":2,"release":"","chassis":"","friendly_names":true,"packet":{},"warnings":[],"nodes":[`
	const root = `{"id":0,"parent":null,"kind":"pipeline","pipeline":"ingress"}`
	for _, c := range []struct{ name, text, want string }{
		{"not JSON", "# ip,reg14=0x1", "a trace in JSON: "},
		{"empty", "", "a trace in JSON: "},
		{"no version", `{}`, "unsupported version 0 of the trace format, want 2"},
		{"earlier version", `{"version":1}`, "unsupported version 1 of the trace format, want 2"},
		{"later version", `{"version":3}`, "unsupported version 3 of the trace format, want 2"},
		{"unknown member", `{"version":2,"extra":1}`, `unknown object member name "extra"`},
		{"no nodes", head + `]}`, "no nodes"},
		{"no pipeline first", head + `{"id":0,"parent":null,"kind":"drop"}]}`, "nodes[0]: has no parent"},
		{"two roots", head + root + `,{"id":1,"parent":null,"kind":"pipeline","pipeline":"egress"}]}`, "nodes[1]: has no parent"},
		{"odd id", head + `{"id":4,"parent":null,"kind":"pipeline","pipeline":"ingress"}]}`, "nodes[0]: has id 4"},
		{"parent later", head + root + `,{"id":1,"parent":1,"kind":"drop"}]}`, "nodes[1]: parent 1 does not precede it"},
		{"parent below", head + root + `,{"id":1,"parent":-1,"kind":"drop"}]}`, "nodes[1]: parent -1 does not precede it"},
		{"parent holds none", head + root + `,{"id":1,"parent":0,"kind":"drop"},{"id":2,"parent":1,"kind":"drop"}]}`, "nodes[2]: parent 1 cannot contain nodes"},
		{"unknown kind", head + root + `,{"id":1,"parent":0,"kind":"jump"}]}`, `nodes[1]: unknown kind "jump"`},
		{"unknown pipeline", head + `{"id":0,"parent":null,"kind":"pipeline","pipeline":"sideways"}]}`, `unknown pipeline "sideways"`},
		{"unknown manner", head + root + `,{"id":1,"parent":0,"kind":"change","change":"maybe"}]}`, `nodes[1]: unknown word "maybe"`},
		{"unknown fork", head + root + `,{"id":1,"parent":0,"kind":"fork","fork":""}]}`, `nodes[1]: unknown word ""`},
		{"unknown remark", head + root + `,{"id":1,"parent":0,"kind":"remark","remark":"?"}]}`, `nodes[1]: unknown word "?"`},
		{"unknown flag", head + root + `,{"id":1,"parent":0,"kind":"fork","fork":"clone","state":["old"]}]}`, `nodes[1]: "old" is no conntrack flag`},
		{"bad address", head + root + `,{"id":1,"parent":0,"kind":"remark","remark":"fdb-found","mac":"1:2"}]}`, `nodes[1]: bad Ethernet address "1:2"`},
		{"uncertain of what", head + root + `,{"id":1,"parent":0,"kind":"uncertain"}]}`, "nodes[1]: member unparsed is missing"},
		{"overlap of what", head + root + `,{"id":1,"parent":0,"kind":"overlap"}]}`, "nodes[1]: member selected or other is missing"},
		{"unknown field", `{"version":2,"packet":{"ip.tos":1}}`, `a packet has no field "ip.tos"`},
		{"field twice", `{"version":2,"packet":{"tcp.src":1,"udp.src":2}}`, `field "udp.src": its bits are given twice`},
		{"field too wide", `{"version":2,"packet":{"ip.ttl":256}}`, "256 does not fit into 8 bits"},
		{"field not a number", `{"version":2,"packet":{"ip.ttl":"64"}}`, "not a number"},
		{"field not whole", `{"version":2,"packet":{"ip.ttl":6.4}}`, `bad value "6.4"`},
		{"field not a string", `{"version":2,"packet":{"ip4.src":1}}`, "not a string"},
		{"bad field", `{"version":2,"packet":{"ip6.src":"fe80::1%eth0"}}`, "bad value"},
		{"long label", `{"version":2,"packet":{"ct_label":"0x111111111111111111111111111111111"}}`, "bad value"},
		{"state not a list", `{"version":2,"packet":{"ct_state":1}}`, "not an array of flags"},
		{"packet not an object", `{"version":2,"packet":[]}`, "a packet must be an object"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Read(strings.NewReader(c.text))
			if _, ok := errors.AsType[*Error](err); !ok || !strings.Contains(err.Error(), c.want) || got != nil {
				t.Errorf("got %v, %v; want an error with %q", got, err, c.want)
			}
			if wrong := strings.Contains(c.name, "version"); errors.Is(err, ErrVersion) != wrong {
				t.Errorf("ErrVersion: %v", err)
			}
		})
	}
}

func TestUnknownConstants(t *testing.T) {
	for _, n := range []trace.Node{&trace.Change{Kind: 99}, &trace.Fork{Kind: 99}, &trace.Remark{Kind: 99}} {
		root := &trace.Pipeline{}
		root.Add(n)
		if err := Write(&bytes.Buffer{}, &trace.Trace{Root: root}, Options{}); err == nil {
			t.Errorf("%T: no error", n)
		}
	}
}

// FuzzRead reads anything, and what it takes is the same once written.
func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	if err := Write(&b, tracetest.Everything(), Options{Line: true}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte(`{"version":2,"packet":{"ct_state":["est","0x100"]},"nodes":[{"id":0,"parent":null,"kind":"pipeline","pipeline":"egress"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		first, err := Read(bytes.NewReader(text))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := Write(&b, first, Options{}); err != nil {
			t.Fatal(err)
		}
		again, err := Read(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(first, again) {
			t.Errorf("not the same once written:\n%s", b.Bytes())
		}
	})
}

func TestIsDeterministic(t *testing.T) {
	for i, tr := range tracetest.Traces(t)[:14] {
		var first, second bytes.Buffer
		err1, err2 := Write(&first, tr, Options{}), Write(&second, tr, Options{})
		if err1 != nil || err2 != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("trace %d: not the same twice (%v, %v)", i, err1, err2)
		}
	}
}
