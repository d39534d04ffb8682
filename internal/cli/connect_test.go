package cli

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestConnectSchema validates answers with docs/connect.schema.json.
func TestConnectSchema(t *testing.T) {
	schema := schema(t, "connect.schema.json")
	recorded := filepath.Join("..", "..", "testdata", "wire", "main", "seed-11", "sb.db.gz")
	office := func(db string) string { return filepath.Join("..", "..", "testdata", "office", db+".db.gz") }
	for _, test := range []struct {
		name   string
		args   []string
		status int
	}{
		{"works", []string{"--db", "demo", "--from", "vm1", "--to", "vm2", "--proto", "tcp:443"}, exitYes},
		{"fails", []string{"--db", "demo", "--chassis-down", "worker2", "--from", "vm1", "--to", "vm2", "--proto", "icmp"}, exitNo},
		{"northbound", []string{"--db", office("sb"), "--nb", office("nb"), "--from", "web1", "--to", "db1", "--proto", "tcp:3306"}, exitNo},
		{"obstacles", []string{"--obstacles", "--db", office("sb"), "--nb", office("nb"), "--from", "web1", "--to", "db1", "--proto", "tcp:23"}, exitNo},
		{"why-not and physical", []string{"--why-not", "--physical", "--db", office("sb"), "--nb", office("nb"), "--from", "web1", "--to", "db1", "--proto", "tcp:3306"}, exitNo},
		{"translated", []string{"--db", recorded, "--from", "sw2-p1", "--to", "10.96.0.2", "--proto", "tcp:80"}, exitYes},
	} {
		t.Run(test.name, func(t *testing.T) {
			stdout, stderr, status := ovnwalk(t, append([]string{"connect", "--format", "json"}, test.args...)...)
			if status != test.status {
				t.Fatalf("status %d: %s", status, stderr)
			}
			doc, err := jsonschema.UnmarshalJSON(strings.NewReader(stdout))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(doc); err != nil {
				t.Error(err)
			}
		})
	}
}
