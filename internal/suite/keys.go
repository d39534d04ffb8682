package suite

import (
	"maps"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/yaml"
)

// decoder decodes a suite's file.
type decoder struct{ *yaml.Decoder }

// text is a string of the file, with its place.
type text = yaml.Text

// Pos is a place in a suite's file.
type Pos = yaml.Pos

// fields decodes a mapping by the table of its keys.
func fields[T any](d *decoder, n yaml.Node, what string, into T, table map[string]key[T]) bool {
	return d.Fields(n, what, slices.Sorted(maps.Keys(table)), func(k text, v yaml.Node) { table[k.Value](d, into, k, v) })
}

// key decodes the value of one key into a T.
type key[T any] = func(d *decoder, into T, key text, value yaml.Node)

// suiteKeys are the keys of a file.
var suiteKeys = map[string]key[*Suite]{
	"db":      func(d *decoder, s *Suite, k text, v yaml.Node) { s.DB, _ = d.Text(v, k.Value) },
	"release": func(d *decoder, s *Suite, k text, v yaml.Node) { s.Release = d.release(v) },
	"nb":      func(d *decoder, s *Suite, k text, v yaml.Node) { s.NB, _ = d.Text(v, k.Value) },
	"northd": func(d *decoder, s *Suite, k text, v yaml.Node) {
		s.Northd, s.northd = d.Truth(v, k.Value), k.Pos
	},
	"defaults": func(d *decoder, s *Suite, k text, v yaml.Node) { fields(d, v, k.Value, s.defaults, defaultKeys) },
	"tests":    func(d *decoder, s *Suite, k text, v yaml.Node) { s.Tests = d.tests(v) },
}

// inputKeys are the keys of inputs, in a test and in the defaults.
var inputKeys = map[string]key[*Inputs]{
	"from": func(d *decoder, in *Inputs, k text, v yaml.Node) { in.From = d.selectors(in, k, v, PortGroup, Switch) },
	"to": func(d *decoder, in *Inputs, k text, v yaml.Node) {
		in.To = d.selectors(in, k, v, PortGroup, Switch, AddressSet)
	},
	"via":          func(d *decoder, in *Inputs, k text, v yaml.Node) { in.Via, _ = d.Text(v, k.Value) },
	"proto":        func(d *decoder, in *Inputs, k text, v yaml.Node) { in.Proto = d.protocols(in, k, v) },
	"packet":       func(d *decoder, in *Inputs, k text, v yaml.Node) { in.Packet = d.alternatives(in, k, v) },
	"microflow":    func(d *decoder, in *Inputs, k text, v yaml.Node) { in.Microflow = d.alternatives(in, k, v) },
	"datapath":     func(d *decoder, in *Inputs, k text, v yaml.Node) { in.Datapath, _ = d.Text(v, k.Value) },
	"ct":           func(d *decoder, in *Inputs, k text, v yaml.Node) { in.CT = d.states(in, k, v) },
	"ct-new":       func(d *decoder, in *Inputs, k text, v yaml.Node) { in.CTNew = d.choice(k, v) },
	"lb-dst":       func(d *decoder, in *Inputs, k text, v yaml.Node) { in.LBDst = d.backends(in, k, v) },
	"select-id":    func(d *decoder, in *Inputs, k text, v yaml.Node) { in.SelectID = d.members(in, k, v) },
	"chassis":      func(d *decoder, in *Inputs, k text, v yaml.Node) { in.Chassis = d.alternatives(in, k, v) },
	"hosts-answer": func(d *decoder, in *Inputs, k text, v yaml.Node) { in.HostsAnswer = d.choice(k, v) },
	"chassis-down": func(d *decoder, in *Inputs, k text, v yaml.Node) { in.ChassisDown, _ = d.Texts(v, k.Value) },
	"mac":          func(d *decoder, in *Inputs, k text, v yaml.Node) { in.MAC = d.neighbors(k, v) },
	"size": func(d *decoder, in *Inputs, k text, v yaml.Node) {
		if t, ok := d.Text(v, k.Value); ok {
			in.Size = &size{t, int(d.Number(t, k.Value, 1, maxSize))}
		}
	},
}

// defaultKeys are the keys of the defaults.
var defaultKeys = with(map[string]key[*Test]{
	"tags": testTags,
}, inputs)

// testKeys are the keys of a test.
var testKeys = with(with(map[string]key[*Test]{
	"name": func(d *decoder, t *Test, k text, v yaml.Node) { n, _ := d.Text(v, k.Value); t.Name = n.Value },
	"skip": func(d *decoder, t *Test, k text, v yaml.Node) { t.Skip = d.skip(v) },
	"only": func(d *decoder, t *Test, k text, v yaml.Node) { t.Only = d.Truth(v, k.Value) },
	"tags": testTags,
	"expect": func(d *decoder, t *Test, k text, v yaml.Node) {
		fields(d, v, "expect", t.Expect, expectKeys)
		t.Expect.Pos = k.Pos
	},
	"reach": func(d *decoder, t *Test, k text, v yaml.Node) {
		t.Reach = &Reach{Pos: k.Pos}
		fields(d, v, "reach", t.Reach, reachKeys)
	},
}, inputs), goldens)

// endKeys are the keys of expectations in either direction.
var endKeys = map[string]key[*Expect]{
	"delivered":  func(d *decoder, e *Expect, k text, v yaml.Node) { e.Delivered = d.ports(k, v) },
	"dropped":    func(d *decoder, e *Expect, k text, v yaml.Node) { e.Dropped = d.words(k, v, dropCodes) },
	"replied":    func(d *decoder, e *Expect, k text, v yaml.Node) { e.Replied = d.words(k, v, replyWords) },
	"controller": func(d *decoder, e *Expect, k text, v yaml.Node) { e.Controller = d.words(k, v, nil) },
	"looped":     func(d *decoder, e *Expect, k text, v yaml.Node) { e.Looped = d.words(k, v, noAlternatives) },
	"rewritten":  func(d *decoder, e *Expect, k text, v yaml.Node) { e.Rewritten = d.rewrites(k, v) },
	"visits":     func(d *decoder, e *Expect, k text, v yaml.Node) { e.Visits, _ = d.Texts(v, k.Value) },
	"never":      func(d *decoder, e *Expect, k text, v yaml.Node) { e.Never, _ = d.Texts(v, k.Value) },
	"minimal":    golden,
	"summary":    golden,
	"detailed":   golden,
}

// expectKeys are the keys of expectations about a test's packet.
var expectKeys map[string]key[*Expect]

// replyKeys are the keys of expectations about the reply.
var replyKeys map[string]key[*Reply]

// connectionKeys are the keys of expectations about a connection.
var connectionKeys = map[string]key[*Connection]{
	"connection": func(d *decoder, c *Connection, k text, v yaml.Node) {
		c.Pos, c.Verdict = k.Pos, d.oneOf(k, v, verdictWords)
	},
	"code": func(d *decoder, c *Connection, k text, v yaml.Node) { c.Code = d.oneOf(k, v, connectionCodes) },
	"lost": func(d *decoder, c *Connection, k text, v yaml.Node) { c.Lost = d.oneOf(k, v, packetWords) },
	"translated": func(d *decoder, c *Connection, k text, v yaml.Node) {
		c.Translated = d.rewrites(k, v)
	},
	"via-chassis": func(d *decoder, c *Connection, k text, v yaml.Node) { c.ViaChassis, _ = d.Texts(v, k.Value) },
}

func init() { // the tables' functions lead back to the tables
	expectKeys = map[string]key[*Expect]{
		"reply": func(d *decoder, e *Expect, k text, v yaml.Node) {
			e.Reply = &Reply{Expect: Expect{Pos: k.Pos}}
			before := d.Failed()
			fields(d, v, "reply", e.Reply, replyKeys)
			if e.Reply.empty() && d.Failed() == before {
				d.Fail(k.Pos, "reply expects nothing")
			}
		},
	}
	for name, f := range connectionKeys {
		expectKeys[name] = func(d *decoder, e *Expect, k text, v yaml.Node) {
			if e.Connection == nil {
				e.Connection = &Connection{Pos: k.Pos}
			}
			f(d, e.Connection, k, v)
		}
	}
	replyKeys = map[string]key[*Reply]{
		"ct": func(d *decoder, r *Reply, k text, v yaml.Node) {
			if s := d.states(&Inputs{}, k, v); len(s) == 1 {
				r.CT = &s[0]
			} else if len(s) > 1 {
				d.Fail(k.Pos, "ct: a reply meets one list of states")
			}
		},
	}
	for name, f := range endKeys {
		expectKeys[name] = f
		replyKeys[name] = func(d *decoder, r *Reply, k text, v yaml.Node) { f(d, &r.Expect, k, v) }
	}
}

// choice reads true or false, and returns nil for no value.
func (d *decoder) choice(k text, v yaml.Node) *bool {
	if b := d.Truth(v, k.Value); v != nil {
		return &b
	}
	return nil
}

func testTags(d *decoder, t *Test, k text, v yaml.Node) {
	tags, _ := d.Texts(v, k.Value)
	for _, tag := range tags {
		t.Tags = append(t.Tags, tag.Value)
	}
}

// with adds keys to a table.
func with[T any](table map[string]key[T], more func(map[string]key[T])) map[string]key[T] {
	more(table)
	return table
}

func inputs(table map[string]key[*Test]) {
	for name, f := range inputKeys {
		table[name] = func(d *decoder, t *Test, k text, v yaml.Node) { f(d, &t.Inputs, k, v) }
	}
}

// goldens adds the keys of goldens, which a test has beside expect too.
func goldens(table map[string]key[*Test]) {
	for _, name := range []string{"minimal", "summary", "detailed"} {
		table[name] = func(d *decoder, t *Test, k text, v yaml.Node) { golden(d, t.Expect, k, v) }
	}
}
