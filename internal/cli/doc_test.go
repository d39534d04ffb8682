package cli

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schema compiles a schema document of docs, formats included.
func schema(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile(filepath.Join("..", "..", "docs", name))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestJSONAgreesWithSchemas validates what verbs write as JSON.
func TestJSONAgreesWithSchemas(t *testing.T) {
	corpus := filepath.Join("..", "..", "testdata", "corpus")
	for _, c := range []struct{ name, verb, db string }{
		{"demo", "show", "demo"},
		{"states", "show", filepath.Join("..", "..", "testdata", "tables")},
		{"gateways", "show", filepath.Join(corpus, "seed-00.db.gz")},
		{"demo", "list", "demo"},
		{"hints", "list", filepath.Join(corpus, "seed-00.db.gz")},
		{"nothing", "list", filepath.Join("..", "..", "testdata", "tables")},
	} {
		t.Run(c.verb+" "+c.name, func(t *testing.T) {
			args := []string{c.verb, "--db", c.db, "--format", "json"}
			if c.name == "nothing" {
				args = append(args, "--text", "no flow has this")
			}
			text := textOf(t, args...)
			v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema(t, c.verb+".schema.json").Validate(v); err != nil {
				t.Errorf("%v\n%.2000s", err, text)
			}
		})
	}
}

// TestFindAgreesWithSchema validates what find writes of objects of each system, of
// addresses, keys and names, over southbound and northbound databases.
func TestFindAgreesWithSchema(t *testing.T) {
	network := func(name string) string { return filepath.Join("..", "..", "testdata", "names", name) }
	s := schema(t, "find.schema.json")
	for _, c := range []struct{ db, query string }{
		{"kubernetes", "svc:shop/web"},
		{"kubernetes", "shop/web"},
		{"kubernetes", "10.244.0.5"},
		{"kubernetes", "1"},
		{"kubernetes-node1", "node:node2"},
		{"neutron", "web1"},
		{"neutron", "sg:web"},
		{"neutron", "10.0.0.11"},
		{"kubeovn", "shop/web"},
		{"kubeovn", "10.16.0.5"},
	} {
		for _, nb := range []bool{false, true} {
			args := []string{"find", "--format", "json", "--db", filepath.Join(network(c.db), "sb.db.gz")}
			if nb {
				args = append(args, "--nb", filepath.Join(network(c.db), "nb.db.gz"))
			}
			out, problems, status := ovnwalk(t, append(args, c.query)...)
			v, err := jsonschema.UnmarshalJSON(strings.NewReader(out))
			if err != nil || status != exitYes && status != exitNo {
				t.Errorf("%s in %s: exit status %d, %v: %s", c.query, c.db, status, err, problems)
				continue
			}
			if err := s.Validate(v); err != nil {
				t.Errorf("%s in %s: %v\n%.2000s", c.query, c.db, err, out)
			}
			if none := len(v.(map[string]any)["found"].([]any)) == 0; none != (status == exitNo) {
				t.Errorf("%s in %s: exit status %d, nothing found: %t", c.query, c.db, status, none)
			}
		}
	}
}

// TestListJSONHasFlowsOfText counts: the JSON of a list has an object for each
// of the text's lines of a flow.
func TestListJSONHasFlowsOfText(t *testing.T) {
	args := []string{"list", "--db", filepath.Join("..", "..", "testdata", "corpus", "seed-00.db.gz")}
	lines := strings.Count(textOf(t, args...), "\n  table=")
	flows := strings.Count(textOf(t, append(args, "--format", "json")...), "\n  {")
	if lines != flows || lines == 0 {
		t.Errorf("%d lines, %d flows", lines, flows)
	}
}

// TestAnswersAgreeWithSchemas validates the JSON of traces with all additional contents.
func TestAnswersAgreeWithSchemas(t *testing.T) {
	office := filepath.Join("..", "..", "testdata", "office")
	sb, nb := filepath.Join(office, "sb.db.gz"), filepath.Join(office, "nb.db.gz")
	packet := []string{"trace", "--db", sb, "--from", "web1", "--to", "db1", "--proto", "tcp:23", "--format", "json"}
	container := []string{"trace", "--db", filepath.Join("..", "..", "testdata", "tables"), "--from", "box", "--to", "db1", "--proto", "icmp", "--format", "json"}
	for _, c := range []struct {
		name, schema string
		args         []string
	}{
		{"everything", "trace.schema.json", slices.Concat(packet, []string{"--why-not", "--physical", "--nb", nb})},
		{"a port", "trace.schema.json", slices.Concat(packet, []string{"--why-not=db1"})},
		{"a port elsewhere", "trace.schema.json", slices.Concat(packet, []string{"--why-not=web-edge", "--nb", nb})},
		{"a stage", "trace.schema.json", slices.Concat(packet, []string{"--why-not=ls_out_acl"})},
		{"a flow", "trace.schema.json", slices.Concat(packet, []string{"--why-not=6cb5a6e9"})},
		{"a container", "trace.schema.json", slices.Concat(container, []string{"--physical"})},
		{"a bare verdict", "verdict.schema.json", slices.Concat(packet, []string{"--verdict"})},
		{"a verdict with all", "verdict.schema.json", slices.Concat(packet, []string{"--verdict", "--why-not", "--physical", "--nb", nb})},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := textOf(t, c.args...)
			v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema(t, c.schema).Validate(v); err != nil {
				t.Errorf("%v\n%.2000s", err, text)
			}
		})
	}
}
