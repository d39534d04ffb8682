package suite_test

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/suite"
)

const schemaFile = "../../docs/suite.schema.json"

func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// instance returns the value of a YAML text, as JSON has it.
func instance(t *testing.T, text string) any {
	t.Helper()
	j, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(j)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestSchemaTakesSuites validates the suites of the repository and of the guide with the schema.
func TestSchemaTakesSuites(t *testing.T) {
	s := compile(t)
	var texts [][]byte
	files, _ := filepath.Glob("../../testdata/suites/*.ovnwalk.yaml")
	more, _ := filepath.Glob("../../testdata/suites/*/*.ovnwalk.yaml")
	for _, f := range append(files, more...) {
		b := sbtest.Content(t, f)
		texts = append(texts, b)
	}
	guide := sbtest.Content(t, "../../docs/guide.md")
	for _, m := range regexp.MustCompile("(?ms)^```yaml\n(.*?)^```").FindAllSubmatch(guide, -1) {
		if strings.Contains(string(m[1]), "\ntests:") || strings.HasPrefix(string(m[1]), "tests:") {
			if _, err := suite.Parse("guide", m[1]); err != nil {
				t.Errorf("docs/guide.md: %v", err)
			}
			texts = append(texts, m[1])
		}
	}
	if len(texts) < 5 {
		t.Errorf("only %d suites", len(texts))
	}
	for _, text := range texts {
		if err := s.Validate(instance(t, string(text))); err != nil {
			t.Errorf("%#v\n%.300s", err, text)
		}
	}
}

// TestSchemaAgrees compares the schema with the parser.
func TestSchemaAgrees(t *testing.T) {
	s := compile(t)
	for _, tt := range []struct {
		text string
		ok   bool
	}{
		{suite.OneTest("from: vm1", "expect: {delivered: true}"), true},
		{suite.OneTest("from: {port-group: [a, b]}", "to: [{switch: s}, {address-set: as}, 10.0.0.1]", "expect: {delivered: []}"), true},
		{suite.OneTest("from: vm1", "ct: new", "select-id: [1, 2]", "lb-dst: 10.0.0.1:80", "expect: {dropped: [acl-drop, other], replied: echo}"), true},
		{suite.OneTest("from: vm1", "ct: [[new, 'est,rpl'], [est]]", "skip: later", "only: true", "tags: [x]", "expect: {reply: {ct: est, delivered: x}}"), true},
		{suite.OneTest("from: vm1", "minimal: null", "expect: {rewritten: {ip.ttl: 63}, visits: a, never: [b]}"), true},
		{suite.OneTest("from: vm1", "to: vm2", "hosts-answer: true", "chassis-down: [gw1, gw2]", "mac: {10.0.0.1: '0a:00:00:00:00:01'}", "size: 1500", "lb-dst: 10.0.0.2", "expect: {connection: works}"), true},
		{suite.OneTest("from: vm1", "expect: {connection: [fails, one-way], code: [acl-drop, port-not-bound], lost: [request, reply], translated: {ip4.dst: 10.0.0.1}, via-chassis: gw1}"), true},
		{suite.OneTest("from: vm1", "expect: {connection: true}"), false},
		{suite.OneTest("from: vm1", "expect: {connection: broken}"), false},
		{suite.OneTest("from: vm1", "expect: {connection: fails, code: acl}"), false},
		{suite.OneTest("from: vm1", "expect: {connection: fails, lost: fourth}"), false},
		{suite.OneTest("from: vm1", "size: 0", "expect: {connection: works}"), false},
		{suite.OneTest("from: vm1", "mac: 10.0.0.1", "expect: {connection: works}"), false},
		{suite.OneTest("from: vm1", "hosts-answer: maybe", "expect: {connection: works}"), false},
		{suite.OneTest("from: vm1", "expect: {reply: {connection: works}}"), false},
		{suite.OneTest("microflow: ip4", "datapath: sw", "chassis: [a, b]", "detailed: x"), true},
		{suite.OneTest("from: vm1", "form: vm1", "expect: {delivered: true}"), false},
		{suite.OneTest("from: vm1", "expect: {delivred: true}"), false},
		{suite.OneTest("from: vm1", "expect: {reply: {reply: {delivered: true}}}"), false},
		{suite.OneTest("from: {portgroup: a}", "expect: {delivered: true}"), false},
		{suite.OneTest("from: {address-set: a}", "expect: {delivered: true}"), false},
		{suite.OneTest("from: vm1", "expect: {dropped: acl}"), false},
		{suite.OneTest("from: vm1", "expect: {replied: quickly}"), false},
		{suite.OneTest("from: vm1", "expect: {looped: twice}"), false},
		{suite.OneTest("from: vm1", "ct: nwe", "expect: {delivered: true}"), false},
		{suite.OneTest("from: vm1", "ct: [new, [est]]", "expect: {delivered: true}"), false},
		{suite.OneTest("from: vm1", "select-id: 0", "expect: {delivered: true}"), false},
		{suite.OneTest("from: vm1", "via: [a]", "expect: {delivered: true}"), false},
		{suite.OneTest("from: vm1", "skip: 3", "only: 3", "expect: {delivered: true}"), false},
		{suite.OneTest("from: []", "expect: {delivered: true}"), false},
		{"db: demo\ntests: []\n", false},
		{"db: demo\n", false},
		{"db: demo\ndefaults: {expect: {delivered: true}}\ntests: [{name: a, from: b, expect: {delivered: true}}]\n", false},
		{"db: demo\ndefaults: {name: x}\ntests: [{name: a, from: b, expect: {delivered: true}}]\n", false},
		{"db: demo\ntests: [{from: b, expect: {delivered: true}}]\n", false},
	} {
		_, parsed := suite.Parse("x", []byte(tt.text))
		valid := s.Validate(instance(t, tt.text))
		if (parsed == nil) != tt.ok || (valid == nil) != tt.ok {
			t.Errorf("want %v, the parser says %v, the schema %v:\n%s", tt.ok, parsed, valid, tt.text)
		}
	}
}

// chassisCodes returns the codes that only connections have.
func chassisCodes() map[string]bool {
	all := map[string]bool{}
	for code := range connect.Codes() {
		all[string(code)] = true
	}
	return all
}

// TestSchemaKeys compares the keys of the schema with those that are decoded,
// and its words with those that walks end with.
func TestSchemaKeys(t *testing.T) {
	text := sbtest.Content(t, schemaFile)
	type object struct {
		Properties map[string]*struct {
			Properties map[string]any `json:"properties"`
		} `json:"properties"`
		Enum []string `json:"enum"`
	}
	var doc struct {
		object
		Defs map[string]object `json:"$defs"`
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	keys := func(of ...string) (out []string) {
		for _, name := range of {
			out = append(out, slices.Collect(maps.Keys(doc.Defs[name].Properties))...)
		}
		slices.Sort(out)
		return out
	}
	nested := func(in map[string]any, more ...string) []string {
		out := append(slices.Collect(maps.Keys(in)), more...)
		slices.Sort(out)
		return out
	}
	for _, tt := range []struct {
		name      string
		got, want []string
	}{
		{"suite", slices.Sorted(maps.Keys(doc.Properties)), suite.Keys()["suite"]},
		{"defaults", nested(doc.Properties["defaults"].Properties, keys("inputs")...), suite.Keys()["default"]},
		{"test", keys("test", "inputs"), suite.Keys()["test"]},
		{"expect", keys("expect", "ends"), suite.Keys()["expect"]},
		{"reply", nested(doc.Defs["expect"].Properties["reply"].Properties, keys("ends")...), suite.Keys()["reply"]},
		{"codes", doc.Defs["code"].Enum, suite.DropCodes},
		{"answers", doc.Defs["answer"].Enum, suite.ReplyWords},
		{"verdicts", doc.Defs["verdict"].Enum, suite.VerdictWords},
		{"packets", doc.Defs["which"].Enum, suite.PacketWords},
		{"chassis codes", doc.Defs["chassis-code"].Enum, slices.Collect(maps.Keys(chassisCodes()))},
	} {
		slices.Sort(tt.got)
		want := slices.Sorted(slices.Values(tt.want))
		if !slices.Equal(tt.got, want) {
			t.Errorf("%s: the schema has %v, the program %v", tt.name, tt.got, want)
		}
	}
}
