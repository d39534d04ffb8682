package suite

import (
	"os"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/similar"
	"github.com/ovnwalk/ovnwalk/internal/yaml"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// Load reads a suite's file.  The error, if any, is a yaml.Errors, or one of the
// file system's.
func Load(file string) (*Suite, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if err := yaml.TooLarge(file, info.Size()); err != nil {
		return nil, err
	}
	source, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return Parse(file, source)
}

// Parse parses a suite. file is the name of its file, for messages and relative paths. The error, if
// any, is a yaml.Errors.
func Parse(file string, source []byte) (*Suite, error) {
	y, body, err := yaml.NewDecoder(file, source)
	if err != nil {
		return nil, err
	}
	if body == nil {
		return nil, yaml.Errors{{File: file, Msg: "the file is empty: a suite has a db and tests"}}
	}
	d := &decoder{y}
	s := &Suite{File: file, source: source, defaults: newTest()}
	fields(d, body, "a suite", s, suiteKeys)
	for _, t := range s.Tests {
		t.inherit(s.defaults)
		if !t.broken {
			d.check(t)
		}
	}
	d.names(s)
	if len(s.Tests) == 0 && d.Failed() == 0 {
		d.Fail(yaml.PosOf(body), "the suite has no tests")
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	return s, nil
}

func newTest() *Test {
	return &Test{Inputs: Inputs{lists: map[string]bool{}, inherited: map[string]bool{}}, Expect: &Expect{}}
}

// tests reads the list of tests.
func (d *decoder) tests(n yaml.Node) (out []*Test) {
	s, ok := n.(*yaml.List)
	if !ok {
		if n != nil {
			d.Fail(yaml.PosOf(n), "tests: %s, where a list of tests is wanted", yaml.Describe(n))
		}
		return nil
	}
	for _, v := range s.Values {
		t := newTest()
		t.Pos = yaml.PosOf(v)
		before := d.Failed()
		if fields(d, v, "a test", t, testKeys) {
			out = append(out, t)
		}
		t.broken = d.Failed() > before
	}
	return out
}

// inherit copies from the defaults what the test does not set itself.
func (t *Test) inherit(from *Test) {
	take := func(name string, missing bool, f func()) {
		if missing {
			f()
			if from.lists[name] {
				t.lists[name] = true
			}
			t.inherited[name] = true
		}
	}
	own := len(t.Microflow) > 0 // a microflow describes the whole packet
	take("from", t.From == nil && !own, func() { t.From = from.From })
	take("to", t.To == nil && !own, func() { t.To = from.To })
	take("via", t.Via.Value == "" && !own, func() { t.Via = from.Via })
	take("proto", t.Proto == nil && !own, func() { t.Proto = from.Proto })
	take("packet", t.Packet == nil && !own, func() { t.Packet = from.Packet })
	take("microflow", t.Microflow == nil && t.From == nil && t.To == nil && t.Proto == nil && t.Packet == nil, func() { t.Microflow = from.Microflow })
	take("datapath", t.Datapath.Value == "" && own, func() { t.Datapath = from.Datapath })
	take("ct-new", t.CTNew == nil && t.CT == nil, func() { t.CTNew = from.CTNew })
	take("ct", t.CT == nil, func() { t.CT = from.CT })
	take("lb-dst", t.LBDst == nil, func() { t.LBDst = from.LBDst })
	take("select-id", t.SelectID == nil, func() { t.SelectID = from.SelectID })
	take("chassis", t.Chassis == nil, func() { t.Chassis = from.Chassis })
	take("hosts-answer", t.HostsAnswer == nil, func() { t.HostsAnswer = from.HostsAnswer })
	take("chassis-down", t.ChassisDown == nil, func() { t.ChassisDown = from.ChassisDown })
	take("mac", t.MAC == nil, func() { t.MAC = from.MAC })
	take("size", t.Size == nil, func() { t.Size = from.Size })
	t.Tags = append(slices.Clone(from.Tags), t.Tags...)
}

// check reports tests with missing or conflicting keys.
func (d *decoder) check(t *Test) {
	if t.Name == "" {
		d.Fail(t.Pos, "the test has no name")
	}
	if t.Reach != nil {
		d.checkReach(t)
		return
	}
	probes := len(t.From)+len(t.To)+len(t.Proto)+len(t.Packet) > 0 || t.Via.Value != ""
	switch {
	case len(t.Microflow) > 0 && probes:
		d.Fail(t.Microflow[0].Pos, "a microflow says all of its packet: leave out from, to, via, proto and packet, or the microflow")
	case len(t.Microflow) == 0 && !probes:
		d.Fail(t.Pos, "the test sends nothing: give it a from and a to, or a microflow")
	case len(t.Microflow) == 0 && len(t.From) == 0 && len(t.Packet) == 0:
		d.Fail(t.Pos, "the test does not say where its packet comes from: give it a from")
	case t.Datapath.Value != "" && len(t.Microflow) == 0:
		d.Fail(t.Datapath.Pos, "datapath goes with a microflow: a packet from a port starts on the port's own")
	}
	if t.Expect.empty() {
		d.Fail(t.Pos, "the test expects nothing")
	}
	d.checkConnection(t)
}

// names refuses two tests of the same name, which no report could distinguish.
func (d *decoder) names(s *Suite) {
	first := map[string]Pos{}
	for _, t := range s.Tests {
		if p, ok := first[t.Name]; ok && t.Name != "" {
			d.Fail(t.Pos, "the test on line %d is called %q too", p.Line, t.Name)
			continue
		}
		first[t.Name] = t.Pos
	}
}

func (d *decoder) release(n yaml.Node) text {
	t, ok := d.Text(n, "release")
	if ok {
		if _, err := dialect.Parse(t.Value); err != nil {
			d.Fail(t.Pos, "release: %v", err)
		}
	}
	return t
}

// skip reads why a test is not run: true, or the reason.
func (d *decoder) skip(n yaml.Node) string {
	if b, ok := n.(*yaml.Bool); ok {
		if b.Value {
			return "skip: true"
		}
		return ""
	}
	t, _ := d.Text(n, "skip")
	return t.Value
}

// alternatives reads one string or several.
func (d *decoder) alternatives(in *Inputs, k text, n yaml.Node) []text {
	out, isList := d.Texts(n, k.Value)
	in.lists[k.Value] = isList
	return out
}

func (d *decoder) protocols(in *Inputs, k text, n yaml.Node) []text {
	var out []text
	for _, t := range d.alternatives(in, k, n) {
		all, err := address.ExpandProtos(t.Value)
		if err != nil {
			d.Fail(t.Pos, "%v", err)
		}
		for _, proto := range all {
			out = append(out, text{Pos: t.Pos, Value: proto})
		}
		in.lists[k.Value] = in.lists[k.Value] || len(all) > 1
	}
	return out
}

// selectors reads names and mappings such as {port-group: pg_web}, one or
// several.
func (d *decoder) selectors(in *Inputs, k text, n yaml.Node, kinds ...SelectorKind) (out []Selector) {
	nodes, isList := d.Members(n, k.Value)
	in.lists[k.Value] = isList
	for _, v := range nodes {
		if yaml.IsMapping(v) {
			in.lists[k.Value] = true
			out = append(out, d.group(k, v, kinds)...)
		} else if t, ok := d.Text(v, k.Value); ok {
			out = append(out, Selector{Pos: t.Pos, Name: t.Value})
		}
	}
	return out
}

func (d *decoder) group(k text, n yaml.Node, kinds []SelectorKind) (out []Selector) {
	table := map[string]key[*[]Selector]{}
	for _, kind := range kinds {
		table[kind.String()] = func(d *decoder, into *[]Selector, k text, v yaml.Node) {
			names, _ := d.Texts(v, k.Value)
			for _, t := range names {
				*into = append(*into, Selector{t.Pos, kind, t.Value})
			}
		}
	}
	fields(d, n, k.Value, &out, table)
	return out
}

// states reads the conntrack states that a packet meets: one, a list of them,
// or a list of lists, which are alternatives.
func (d *decoder) states(in *Inputs, k text, n yaml.Node) (out []states) {
	nodes, _ := d.Members(n, k.Value)
	var flat []text
	for _, v := range nodes {
		if _, ok := v.(*yaml.List); ok {
			in.lists[k.Value] = true
			inner, _ := d.Texts(v, k.Value)
			out = append(out, d.sequence(inner))
		} else if t, ok := d.Text(v, k.Value); ok {
			flat = append(flat, t)
		}
	}
	if len(out) > 0 && len(flat) > 0 {
		d.Fail(flat[0].Pos, "ct: either states, or lists of states, not both")
	}
	if len(flat) > 0 {
		out = append(out, d.sequence(flat))
	}
	return out
}

func (d *decoder) sequence(list []text) (s states) {
	words := make([]string, len(list))
	for i, t := range list {
		state, err := sim.ParseCTState(t.Value)
		if err != nil {
			d.Fail(t.Pos, "ct: %v", err)
		}
		s.list = append(s.list, state)
		words[i] = t.Value
	}
	if len(list) > 0 {
		s.text = text{Pos: list[0].Pos, Value: strings.Join(words, " ")}
	}
	return s
}

func (d *decoder) backends(in *Inputs, k text, n yaml.Node) (out []backend) {
	for _, t := range d.alternatives(in, k, n) {
		b, err := sim.ParseBackend(t.Value)
		if err != nil {
			d.Fail(t.Pos, "lb-dst: %v", err)
		}
		out = append(out, backend{t, b})
	}
	return out
}

func (d *decoder) members(in *Inputs, k text, n yaml.Node) (out []member) {
	for _, t := range d.alternatives(in, k, n) {
		out = append(out, member{t, uint16(d.Number(t, k.Value, 1, 65535))})
	}
	return out
}

// ports parses the ports of a delivery: true for any, false or an empty list for none, or their
// names.
func (d *decoder) ports(k text, n yaml.Node) *Ports {
	p := &Ports{Pos: k.Pos}
	switch v := n.(type) {
	case *yaml.Bool:
		p.Any = v.Value
	case *yaml.List:
		if len(v.Values) > 0 {
			p.Names, _ = d.Texts(n, k.Value)
		}
	default:
		p.Names, _ = d.Texts(n, k.Value)
	}
	return p
}

// words reads what an end is called: true for any word, false for none, or one
// or more of the known ones; of those that are not known nil takes all.
func (d *decoder) words(k text, n yaml.Node, known []string) *Alternatives {
	w := &Alternatives{Pos: k.Pos}
	if b, ok := n.(*yaml.Bool); ok {
		w.Any, w.None = b.Value, !b.Value
		return w
	}
	verb := "it takes true, false,"
	if known != nil && len(known) == 0 {
		verb = "it takes true or false"
	}
	w.Names = d.known(k, n, known, verb)
	return w
}

// known reads one or more words, of those that are known, or any where known is nil.
func (d *decoder) known(k text, n yaml.Node, known []string, verb string) []text {
	words, _ := d.Texts(n, k.Value)
	for _, t := range words {
		if known != nil && !slices.Contains(known, t.Value) {
			d.Fail(t.Pos, "%s: no %q: %s", k.Value, t.Value, similar.Hint(t.Value, known, verb))
		}
	}
	return words
}

// What the ends of walks are called.
var (
	dropCodes = func() (out []string) {
		for _, c := range verdict.Codes() {
			out = append(out, string(c.Code))
		}
		return out
	}()
	replyWords = func() (out []string) {
		for m := verdict.OriginARPReply; m <= verdict.OriginDNSReply; m++ {
			out = append(out, m.String())
		}
		return out
	}()
	noAlternatives = []string{}
)

func (d *decoder) rewrites(k text, n yaml.Node) (out []Field) {
	es, _ := d.Entries(n, k.Value)
	for _, e := range es {
		if v, ok := d.Text(d.Resolve(e.Value), e.Key.Value); ok {
			out = append(out, Field{e.Key, v})
		}
	}
	return out
}

// golden reads a view of the trace.  An empty one is filled in by --update.
func golden(d *decoder, e *Expect, k text, n yaml.Node) {
	for _, g := range e.Goldens {
		if g.View == k.Value {
			d.Fail(k.Pos, "%s is on line %d already", k.Value, g.Line)
			return
		}
	}
	g := &Golden{Pos: k.Pos, View: k.Value}
	if n == nil {
		return
	}
	g.at = yaml.PosOf(n)
	if _, ok := n.(*yaml.Null); !ok {
		g.Text, _ = d.Str(n, k.Value)
	}
	e.Goldens = append(e.Goldens, g)
}
