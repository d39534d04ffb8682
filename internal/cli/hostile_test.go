package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// evil returns a name that means something to every reader of an output.
func evil(name string) string {
	return name + "\x1b[31m\x1b]0;title\a\u009b2J\nPASS forged\r\n::error::forged\u202e\u2066\u200b\ufeff\u2028\"'<script>alert(1)</script>]]>"
}

// hostileDB writes a network of a switch with two ports and an ACL-like drop,
// every name of which is hostile.
func hostileDB(t *testing.T, file string, allowed bool) string {
	t.Helper()
	db := sbtest.New("24.03")
	quoted := func(name string) string {
		b, err := json.Marshal(evil(name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	encap := db.Row("Encap", map[string]any{"type": "geneve", "ip": evil("192.0.2.1")})
	ch := db.Row("Chassis", map[string]any{"name": evil("chassis"), "hostname": evil("host"), "encaps": sbtest.Refs(encap)})
	sw := db.Row("Datapath_Binding", map[string]any{"tunnel_key": 1, "external_ids": sbtest.Map(
		"name", evil("sw0"), "name2", evil("switch"), "logical-switch", "00000001-1111-4000-8000-000000000000")})
	for i := 1; i <= 2; i++ {
		mac := fmt.Sprintf("02:00:00:00:00:%02d 10.0.0.%d", i, i)
		db.Port(sw, evil(fmt.Sprintf("vm%d", i)), i, "", "mac", sbtest.Set(mac), "port_security", sbtest.Set(mac), "chassis", sbtest.Set(sbtest.Ref(ch)),
			"external_ids", sbtest.Map("name", evil(fmt.Sprintf("port%d", i))))
	}
	db.Row("Port_Group", map[string]any{"name": evil("pg"), "ports": sbtest.Set(evil("vm1"))})
	flow := func(pipeline string, table, priority int, match, actions string) {
		db.Row("Logical_Flow", map[string]any{
			"logical_datapath": sbtest.Ref(sw), "pipeline": pipeline, "table_id": table, "priority": priority, "match": match, "actions": actions,
			"external_ids": sbtest.Map("stage-name", evil("ls_stage"), "source", evil("northd.c"), "stage-hint", evil("deadbeef")),
		})
	}
	flow("ingress", 0, 50, "inport == "+quoted("vm1")+" || inport == "+quoted("vm2"), "next;")
	flow("ingress", 0, 40, "inport == "+quoted("nosuch"), "next;")
	flow("ingress", 0, 40, "no.such == "+quoted("field"), "next;")
	if !allowed {
		flow("ingress", 1, 60, "tcp.dst == 22 && inport == "+quoted("vm1"), "log(name="+quoted("acl")+", verdict=drop, severity=info); drop;")
	}
	flow("ingress", 1, 0, "1", "next;")
	flow("ingress", 2, 50, "eth.dst == 02:00:00:00:00:01", "outport = "+quoted("vm1")+"; output;")
	flow("ingress", 2, 50, "eth.dst == 02:00:00:00:00:02", "outport = "+quoted("vm2")+"; output;")
	flow("egress", 0, 0, "1", "output;")
	sbtest.WriteFile(t, file, db.Bytes())
	return file
}

// No name of a database reaches an output as anything but text: every verb, in
// every format, with and without colors.
func TestHostileNamesInEveryOutput(t *testing.T) {
	dir := t.TempDir()
	db := hostileDB(t, filepath.Join(dir, "sb.db"), false)
	other := hostileDB(t, filepath.Join(dir, "new.db"), true)
	quote := func(s string) string {
		b, _ := json.Marshal(s)
		return string(b)
	}
	suite := filepath.Join(dir, "s.ovnwalk.yaml")
	text := fmt.Sprintf("db: sb.db\ntests:\n  - name: %s\n    from: %s\n    to: %s\n    proto: tcp:22\n    expect:\n      delivered: %s\n  - name: passes\n    from: %[2]s\n    to: %[3]s\n    proto: tcp:80\n    expect:\n      dropped: true\n",
		quote(evil("test")), quote(evil("vm1")), quote(evil("vm2")), quote(evil("vm2")))
	sbtest.WriteFile(t, suite, []byte(text))
	packet := []string{"--from", evil("vm1"), "--to", evil("vm2"), "--proto", "tcp:22"}
	arriving := []string{"--from", evil("vm1"), "--to", evil("vm2"), "--proto", "tcp:80"}
	trace := func(more ...string) []string { return append([]string{"trace", "--db", db}, more...) }
	type call struct {
		args []string
		raw  bool // whether standard output is ovn-trace's, byte for byte
	}
	calls := []call{
		{args: trace(packet...), raw: true},
		{args: append(trace(packet...), "--color", "always", "--all")},
		{args: append(trace(packet...), "--verdict")},
		{args: append(trace(arriving...), "--verdict")},
		{args: append(trace(packet...), "--why-not")},
		{args: append(trace(packet...), "--why-not="+evil("vm2"))},
		{args: append(trace(packet...), "--why-not="+evil("ls_stage"))},
		{args: append(trace(arriving...), "--physical")},
		{args: append(trace(arriving...), "--physical", "--color", "always")},
		{args: append(trace(packet...), "--why-not", "--verdict", "--color", "always")},
		{args: []string{"show", "--db", db}},
		{args: []string{"show", "--db", db, evil("vm1")}},
		{args: []string{"show", "--db", db, evil("nobody")}},
		{args: []string{"list", "--db", db}},
		{args: []string{"list", "--db", db, "--text", "inport"}},
		{args: []string{"list", "--db", db, evil("nobody")}},
		{args: []string{"record", "--db", db}},
		{args: []string{"trace", "--db", evil("/nowhere"), "1"}},
		{args: trace(evil("nobody"), "ip")},
		{args: trace("inport == "+quote(evil("nobody")), "--verdict")},
		{args: trace("--from", evil("nobody"), "--to", evil("vm2"), "--proto", "tcp:1")},
		{args: []string{"parse", "match", "ip4.src == $" + evil("set")}},
	}
	for _, format := range []string{"json", "dot", "mermaid", "html"} {
		calls = append(calls, call{args: append(trace(packet...), "--format", format)}, call{args: append(trace(arriving...), "--format", format)})
	}
	for _, format := range []string{"text", "json", "junit", "tap", "github"} {
		calls = append(calls, call{args: []string{"test", "--format", format, "-v", "--coverage", suite}}, call{args: []string{"vet", "--db", db, "--format", format}})
	}
	for _, format := range []string{"text", "json"} {
		calls = append(calls, call{args: []string{"diff", "-v", "--format", format, db, other}})
	}
	calls = append(calls,
		call{args: []string{"diff", "-v", "--color", "always", db, other}},
		call{args: []string{"vet", "--db", db, "--color", "always"}},
		call{args: []string{"test", "-v", "--color", "always", suite}},
		call{args: []string{"test", "--coverhtml", "-", suite}},
	)
	for _, verb := range [][]string{
		{"connect"}, {"connect", "-v"}, {"connect", "--obstacles"}, {"connect", "--why-not"}, {"connect", "--physical"},
	} {
		more := append(verb[1:], "--db", db, "--color", "always")
		calls = append(calls, call{args: slices.Concat(verb[:1], packet, more)}, call{args: slices.Concat(verb[:1], arriving, more)})
	}
	calls = append(calls,
		call{args: []string{"reach", "--db", db, "--from", evil("vm1"), "--to", evil("vm2"), "-v", "--color", "always"}},
		call{args: []string{"reach", "--from", evil("vm1"), "--diff", db, other}},
		call{args: []string{"show", "--db", db, "--color", "always"}},
		call{args: []string{"find", "--db", db, "--color", "always", "10.0.0.1"}},
		call{args: []string{"list", "--db", db, "--color", "always"}},
	)
	for _, c := range calls {
		name := strings.Join(c.args, " ")
		name = strings.ReplaceAll(strings.ReplaceAll(name, dir, ""), evil(""), "~")
		t.Run(name, func(t *testing.T) {
			stdout, stderr, status := ovnwalk(t, c.args...)
			if stdout+stderr == "" || strings.Contains(stderr, "ovnwalk: unknown flag") {
				t.Fatalf("status %d, nothing said: %s", status, stderr)
			}
			if c.raw {
				if !strings.Contains(stdout, "\x1b]0;title") {
					t.Error("names in text of ovn-trace's are changed")
				}
			} else {
				harmless(t, "standard output", stdout)
			}
			harmless(t, "standard error", stderr)
		})
	}
	// What goes to a file is the same.
	for _, c := range [][]string{
		{"test", "-v", "--output", "FILE", "--format", "text", suite},
		{"test", "-v", "--output", "FILE", "--format", "github", suite},
		{"test", "-v", "--output", "FILE", "--format", "junit", suite},
		{"test", "-v", "--output", "FILE", "--format", "tap", suite},
		{"test", "--coverhtml", "FILE", suite},
		{"vet", "--db", db, "--output", "FILE"},
		{"diff", "-v", "--output", "FILE", db, other},
		{"vet", "--db", db, "--format", "json", "--output", "FILE"},
	} {
		name := strings.Join(c, " ")
		t.Run(strings.ReplaceAll(name, dir, ""), func(t *testing.T) {
			file := filepath.Join(dir, "out")
			args := append([]string(nil), c...)
			for i := range args {
				args[i] = strings.ReplaceAll(args[i], "FILE", file)
			}
			_, stderr, _ := ovnwalk(t, args...)
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err, stderr)
			}
			harmless(t, "the file", string(b))
		})
	}
}

// harmless fails the test where a text has characters that are not visible, a
// name's color, or a line that a name made.
func harmless(t *testing.T, where, text string) {
	t.Helper()
	text = sgrCode.ReplaceAllStringFunc(text, func(code string) string {
		if code == "\x1b[31m" && strings.Contains(text, "\x1b[31m\x1b]") {
			return code
		}
		return ""
	})
	for i, r := range text {
		if r != '\n' && r != '\t' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			t.Fatalf("%s has %U: %q", where, r, text[max(0, i-60):min(len(text), i+40)])
		}
	}
	for line := range strings.Lines(text) {
		if s := strings.TrimSpace(line); strings.HasPrefix(s, "PASS forged") || strings.HasPrefix(s, "::error::forged") {
			t.Fatalf("%s has the line %q", where, line)
		}
	}
	if _, page, ok := strings.Cut(text, "<!DOCTYPE html>"); ok && strings.Contains(page[:strings.Index(page, "</html>")], "<script>alert") {
		t.Fatalf("%s has a name's element", where)
	}
}
