package suite

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/yaml"
)

const head = "db: demo\ntests:\n"

// one returns a suite of one test with more keys, each on a line.
func one(lines ...string) string {
	return head + "  - name: a\n    " + strings.Join(lines, "\n    ") + "\n"
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"nothing", "", "x.yaml: the file is empty: a suite has a db and tests"},
		{"only a comment", "# nothing\n", "x.yaml: the file is empty: a suite has a db and tests"},
		{"no tests", "db: demo\n", "x.yaml:1:1: the suite has no tests"},
		{"a list", "- db: demo\n", "x.yaml:1:1: a suite: a list, where a mapping of keys to values is wanted"},
		{"a scalar", "demo\n", `x.yaml:1:1: a suite: "demo", where a mapping of keys to values is wanted`},
		{"two documents", "db: demo\ntests: []\n---\ndb: x\n", "x.yaml:4:1: a second document: the file must have one"},
		{"not YAML", "db: [demo\ntests: []\n", "x.yaml:2:1: ',' or ']' must be specified"},
		{"a key twice", "db: a\ndb: b\n", `x.yaml:2:1: mapping key "db" already defined at [1:1]`},
		{"misspelled key", "dbb: demo\ntests: []\n", `x.yaml:1:1: a suite has no key "dbb"; did you mean db?`},
		{
			"strange key", one("from: vm1", "frobnicate: 1", "expect: {delivered: true}"),
			`x.yaml:5:5: a test has no key "frobnicate"; it has chassis, chassis-down, ct, ct-new, datapath, detailed, expect, from, hosts-answer, lb-dst, mac, microflow, minimal, name, only, packet, proto, reach, select-id, size, skip, summary, tags, to, via`,
		},
		{"misspelled expectation", one("from: vm1", "expect: {delivred: vm2}"), `x.yaml:5:14: expect has no key "delivred"; did you mean delivered?`},
		{"misspelled group", one("from: {portgroup: pg}", "expect: {delivered: vm2}"), `x.yaml:4:12: from has no key "portgroup"; did you mean port-group?`},
		{"address set sends", one("from: {address-set: as}", "expect: {delivered: vm2}"), `x.yaml:4:12: from has no key "address-set"; it has port-group, switch`},
		{"misspelled default", "db: demo\ndefaults: {form: vm1}\ntests: [{name: a, from: b, expect: {delivered: true}}]\n", `x.yaml:2:12: defaults has no key "form"; did you mean from?`},
		{
			"default expectation", "db: demo\ndefaults: {expect: {}}\ntests: [{name: a, from: b, expect: {delivered: true}}]\n",
			`x.yaml:2:12: defaults has no key "expect"; it has chassis, chassis-down, ct, ct-new, datapath, from, hosts-answer, lb-dst, mac, microflow, packet, proto, select-id, size, tags, to, via`,
		},
		{
			"nested reply", one("from: vm1", "expect: {reply: {reply: {dropped: true}}}"),
			`x.yaml:5:22: reply has no key "reply"; it has controller, ct, delivered, detailed, dropped, looped, minimal, never, replied, rewritten, summary, visits`,
		},
		{"no name", head + "  - from: vm1\n    expect: {delivered: true}\n", "x.yaml:3:5: the test has no name"},
		{"same name", one("from: vm1", "expect: {delivered: true}") + "  - {name: a, from: vm2, expect: {delivered: true}}\n", `x.yaml:6:5: the test on line 3 is called "a" too`},
		{"sends nothing", one("expect: {delivered: true}"), "x.yaml:3:5: the test sends nothing: give it a from and a to, or a microflow"},
		{"from nowhere", one("to: vm2", "expect: {delivered: true}"), "x.yaml:3:5: the test does not say where its packet comes from: give it a from"},
		{
			"two packets", one("from: vm1", "microflow: ip4", "expect: {delivered: true}"),
			"x.yaml:5:16: a microflow says all of its packet: leave out from, to, via, proto and packet, or the microflow",
		},
		{"datapath without microflow", one("from: vm1", "datapath: sw", "expect: {delivered: true}"), "x.yaml:5:15: datapath goes with a microflow: a packet from a port starts on the port's own"},
		{"expects nothing", one("from: vm1"), "x.yaml:3:5: the test expects nothing"},
		{"expects nothing of the reply", one("from: vm1", "expect: {reply: {ct: new}}"), "x.yaml:5:14: reply expects nothing"},
		{"golden twice", one("from: vm1", "minimal: a", "expect: {minimal: b}"), "x.yaml:6:14: minimal is on line 5 already"},
		{"list for a string", one("from: vm1", "via: [a, b]", "expect: {delivered: true}"), "x.yaml:5:10: via: a list, where a string is wanted"},
		{"empty list", one("from: []", "expect: {delivered: true}"), "x.yaml:4:11: from: an empty list"},
		{"empty string", one(`from: ""`, "expect: {delivered: true}"), "x.yaml:4:11: from: empty"},
		{"truth", one("from: vm1", "only: maybe", "expect: {delivered: true}"), `x.yaml:5:11: only: "maybe", where true or false is wanted`},
		{
			"ct", one("from: vm1", "ct: nwe", "expect: {delivered: true}"),
			"x.yaml:5:9: ct: nwe: unknown connection tracking state flag (known: new, est, rel, rpl, inv, trk, snat, dnat)",
		},
		{"ct mixed", one("from: vm1", "ct: [new, [est]]", "expect: {delivered: true}"), "x.yaml:5:10: ct: either states, or lists of states, not both"},
		{"lb-dst", one("from: vm1", "lb-dst: nowhere", "expect: {delivered: true}"), `x.yaml:5:13: lb-dst: nowhere: bad address (bad IP address "nowhere")`},
		{"select-id", one("from: vm1", "select-id: 0", "expect: {delivered: true}"), `x.yaml:5:16: select-id: "0", where a number from 1 to 65535 is wanted`},
		{"proto", one("from: vm1", "proto: tcp:99999", "expect: {delivered: true}"), `x.yaml:5:12: protocol tcp:99999: "99999" is no port from 0 to 65535`},
		{"code", one("from: vm1", "expect: {dropped: acl_drop}"), `x.yaml:5:23: dropped: no "acl_drop": did you mean acl-drop?`},
		{"looped", one("from: vm1", "expect: {looped: often}"), `x.yaml:5:22: looped: no "often": it takes true or false`},
		{"release", "db: demo\nrelease: tomorrow\ntests: [{name: a, from: b, expect: {delivered: true}}]\n", "x.yaml:2:10: release: "},
		{"tag", one("from: vm1", "packet: !ct.new", "expect: {delivered: true}"), "x.yaml:5:13: tag !ct.new: tags are not allowed; a string that begins with ! goes in quotes"},
		{"no anchor", one("from: *x", "expect: {delivered: true}"), "alias *x, and no anchor &x in the file"},
		{"merge circle", "db: demo\ntests:\n  - &a\n    <<: *a\n    name: a\n", "merges nest more than 64 deep, perhaps in a circle"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("x.yaml", []byte(tt.text))
			if _, ok := errors.AsType[yaml.Errors](err); !ok {
				t.Fatalf("got %v, not Errors", err)
			}
			if strings.HasSuffix(tt.want, ": ") || !strings.HasPrefix(tt.want, "x.yaml") {
				if !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got  %s\nwant %s...", err, tt.want)
				}
			} else if err.Error() != tt.want {
				t.Errorf("got  %s\nwant %s", err, tt.want)
			}
		})
	}
}

func TestParseReportsAllErrors(t *testing.T) {
	_, err := Parse("x.yaml", []byte("db: demo\nx: 1\ntests:\n  - {name: a, from: b}\n  - {name: c, expect: {delivered: true}, z: 1}\n"))
	list, ok := errors.AsType[yaml.Errors](err)
	if !ok || len(list) != 3 {
		t.Fatalf("got %v", err)
	}
	for i, line := range []int{2, 4, 5} {
		if list[i].Pos.Line != line {
			t.Errorf("error %d is at line %d, want %d: %v", i, list[i].Pos.Line, line, list[i])
		}
	}
}

func TestParseBounds(t *testing.T) {
	file := filepath.Join(t.TempDir(), "big.ovnwalk.yaml")
	sbtest.WriteFile(t, file, make([]byte, yaml.MaxSize+1))
	_, onDisk := Load(file)
	_, inMemory := Parse("x", make([]byte, yaml.MaxSize+1))
	_, brackets := Parse("x", []byte("a: "+strings.Repeat("[", 100_000)))
	_, dashes := Parse("x", []byte(strings.Repeat("- ", 100_000)+"a"))
	_, marks := Parse("x", []byte(strings.Repeat("? ", 100_000)+"a"))
	_, anchors := Parse("x", []byte("a: "+strings.Repeat("&a ", 1000)+"a"))
	var stairs strings.Builder
	for i := range yaml.MaxNesting + 1 {
		stairs.WriteString(strings.Repeat(" ", i) + "-\n")
	}
	_, steps := Parse("x", []byte(stairs.String()))
	for _, tt := range []struct {
		name string
		err  error
		want error
	}{
		{"file", onDisk, yaml.ErrTooLarge},
		{"text", inMemory, yaml.ErrTooLarge},
		{"brackets", brackets, yaml.ErrTooDeep},
		{"dashes", dashes, yaml.ErrTooDeep},
		{"question marks", marks, yaml.ErrTooDeep},
		{"anchors", anchors, yaml.ErrTooDeep},
		{"stairs", steps, yaml.ErrTooDeep},
	} {
		if !errors.Is(tt.err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, tt.err, tt.want)
		}
	}

	// Each list of aliases has ten of the one before it: expanded they are a billion values, but a
	// suite has no lists of lists of lists.
	bomb := "x0: &x0 [a, a, a, a, a, a, a, a, a, a]\n"
	for i := range 9 {
		this, next := string(rune('0'+i)), string(rune('1'+i))
		bomb += "x" + next + ": &x" + next + " [" + strings.Repeat("*x"+this+", ", 9) + "*x" + this + "]\n"
	}
	if _, err := Parse("x", []byte(bomb+"tests:\n  - {name: t, from: *x9, ct: *x9, tags: *x9, expect: {delivered: *x9}}\n")); err == nil {
		t.Error("aliases of aliases: no error")
	}
}

func TestParseAliases(t *testing.T) {
	s, err := Parse("x.yaml", []byte(`
db: demo
defaults: &d {ct: [new, est], tags: all}
tests:
  - &first
    name: a
    from: &who [vm1, vm2]
    to: 10.0.0.5
    expect: {delivered: true}
  - <<: *first
    name: b
    to: *who
`))
	if err != nil {
		t.Fatal(err)
	}
	a, b := s.Tests[0], s.Tests[1]
	if len(b.From) != 2 || b.From[1].Name != "vm2" || len(b.To) != 2 || b.To[0].Name != "vm1" {
		t.Errorf("got from %v to %v", b.From, b.To)
	}
	if a.To[0].Name != "10.0.0.5" || b.Expect.Delivered == nil {
		t.Errorf("got to %v, expectation %+v", a.To, b.Expect)
	}
	if len(a.CT) != 1 || len(a.CT[0].list) != 2 || len(a.Tags) != 1 {
		t.Errorf("defaults: got ct %v, tags %v", a.CT, a.Tags)
	}
}

// TestColons checks that values with colons are not split, in every position.
func TestColons(t *testing.T) {
	for _, text := range []string{
		"db: demo\ntests: [{name: a, from: b, to: [fd00::1, c], proto: [tcp:80, udp:53:99], expect: {rewritten: {eth.src: 40:44:00:00:00:04}}}]\n",
		"db: demo\ntests:\n- name: a\n  from: b\n  to: [fd00::1, c]\n  proto: [tcp:80, udp:53:99]\n  expect:\n    rewritten:\n      eth.src: 40:44:00:00:00:04\n",
	} {
		s, err := Parse("x.yaml", []byte(text))
		if err != nil {
			t.Error(err)
			continue
		}
		test := s.Tests[0]
		if test.To[0].Name != "fd00::1" || len(test.Proto) != 2 || test.Proto[1].Value != "udp:53:99" || test.Expect.Rewritten[0].Want.Value != "40:44:00:00:00:04" {
			t.Errorf("%s\ngot %+v, %+v", text, test.Inputs, test.Expect.Rewritten)
		}
	}
}

func TestInherit(t *testing.T) {
	s, err := Parse("x.yaml", []byte(`
db: demo
defaults: {from: [vm1, vm2], to: 10.0.0.5, proto: tcp:80, chassis: [a, b], lb-dst: 10.0.0.1, select-id: 3, tags: t}
tests:
  - {name: takes all, expect: {delivered: true}}
  - {name: says its own, from: vm3, proto: icmp, chassis: c, tags: [u], expect: {delivered: true}}
  - {name: microflow, microflow: 'inport == "vm1"', expect: {delivered: true}}
`))
	if err != nil {
		t.Fatal(err)
	}
	all, own, flow := s.Tests[0], s.Tests[1], s.Tests[2]
	if len(all.From) != 2 || !all.lists["from"] || all.Proto[0].Value != "tcp:80" || len(all.Chassis) != 2 || all.SelectID[0].id != 3 {
		t.Errorf("takes all: %+v", all.Inputs)
	}
	if len(own.From) != 1 || own.lists["from"] || own.Proto[0].Value != "icmp" || own.Chassis[0].Value != "c" || strings.Join(own.Tags, "") != "tu" {
		t.Errorf("says its own: %+v, tags %v", own.Inputs, own.Tags)
	}
	if flow.From != nil || flow.To != nil || flow.Proto != nil || len(flow.LBDst) != 1 {
		t.Errorf("microflow: %+v", flow.Inputs)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"", head, one("from: vm1", "expect: {delivered: vm2}"), one("from: {port-group: [a, b]}", "ct: [[new], [est]]", "minimal: |\n      a"),
		"a: &a [*a]\n<<: *a\n", "tests: [{<<: [{name: x}, {from: y}]}]", "? a\n: b", "!!str a", "%YAML 1.2\n---\na: b",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse("x.yaml", []byte(text))
		if err == nil && len(s.Tests) == 0 {
			t.Error("a suite without tests and without an error")
		}
	})
}
