package cli

import (
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb/ovsdbtest"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// damagedFile is a database of which rows may be missing.
type damagedFile struct {
	name    string
	path    string
	warning string // what every verb says of it
}

// damagedFiles writes the demo's database, damaged in each way that leaves
// something to read.
func damagedFiles(t *testing.T) []damagedFile {
	t.Helper()
	whole := sbtest.Content(t, demoFile(t))
	dir := t.TempDir()
	save := func(name, text string) string {
		path := filepath.Join(dir, name)
		sbtest.WriteFile(t, path, []byte(text))
		return path
	}
	records := sbtest.Records(whole) // the schema, and all rows
	const id = "01234567-89ab-cdef-0123-456789abcdef"
	raft := ovsdbtest.Record("CLUSTER", fmt.Sprintf(`{"server_id":%q,"local_address":"ssl:10.0.0.1:6644","name":"OVN_Southbound","cluster_id":%[1]q,`+
		`"prev_servers":{%[1]q:"ssl:10.0.0.1:6644"},"prev_index":1,"prev_term":1,"prev_eid":%[1]q,"prev_data":[%s,%s]}`, id, records[0], records[1])) +
		ovsdbtest.Record("CLUSTER", fmt.Sprintf(`{"term":1,"index":2,"eid":%q,"data":[null,{"_date":1}]}`, id))
	return []damagedFile{
		{"torn", save("torn.db", string(whole)+"OVSDB JSON 100 "+strings.Repeat("0", 40)+"\n{}"), fmt.Sprintf("byte %d: the file is truncated", len(whole))},
		{"checksum", save("checksum.db", string(whole)+"OVSDB JSON 2 "+strings.Repeat("0", 40)+"\n{}"), fmt.Sprintf("byte %d: bad checksum", len(whole))},
		{"raft", save("raft.db", raft), "1 log entry is past the last commit (index 1) and not applied"},
	}
}

// TestDamagedSourceWarns reads damaged databases with every verb that reads one
// and only shows what is there.
func TestDamagedSourceWarns(t *testing.T) {
	for _, d := range damagedFiles(t) {
		out := filepath.Join(t.TempDir(), "copy.db")
		for name, args := range map[string][]string{
			"trace":             {"trace", "--db", d.path, dropinFlow},
			"trace json":        {"trace", "--db", d.path, "--format", "json", dropinFlow},
			"trace verdict":     {"trace", "--db", d.path, "--verdict", dropinFlow},
			"show":              {"show", "--db", d.path},
			"list":              {"list", "--db", d.path},
			"parse":             {"parse", "match", "--db", d.path, "ip4"},
			"snapshot":          {"snapshot", "--allow-damaged", d.path, "-o", out},
			"snapshot compiled": {"snapshot", d.path, "--compiled"},
			"by the index":      {"show", "--db", d.path},
			"drop-in":           {"ovn-trace", "--db", d.path, dropinFlow},
			"diff":              {"diff", "--allow-damaged", d.path, "demo", dropinFlow},
			"record":            {"record", "--allow-damaged", "--db", d.path},
		} {
			t.Run(d.name+"/"+name, func(t *testing.T) {
				stdout, stderr, exit := ovnwalk(t, args...)
				if exit != exitYes || strings.Count(stderr, d.warning) != 1 {
					t.Errorf("exit status %d\n%s%.2000s", exit, stderr, stdout)
				}
			})
		}
		t.Run(d.name+"/vet", func(t *testing.T) {
			if stdout, stderr, _ := ovnwalk(t, "vet", "--db", d.path); strings.Count(stdout+stderr, d.warning) != 1 {
				t.Errorf("%s%s", stderr, stdout)
			}
		})
		t.Run(d.name+"/batch", func(t *testing.T) {
			lines := filepath.Join(t.TempDir(), "batch")
			sbtest.WriteFile(t, lines, fmt.Appendf(nil, "{\"args\": [%q]}\n{\"args\": [%[1]q, \"--format=json\"]}\n", dropinFlow))
			stdout, stderr, exit := ovnwalk(t, "trace", "--db", d.path, "--batch", lines)
			if exit != exitYes || strings.Count(stdout, d.warning) != 3 { // the second line says it as JSON, too
				t.Errorf("exit status %d\n%s%s", exit, stderr, stdout)
			}
		})
		for _, format := range []string{"json", "html", "dot", "mermaid"} {
			t.Run(d.name+"/trace carries it as "+format, func(t *testing.T) {
				stdout, _, exit := ovnwalk(t, "trace", "--db", d.path, "--format", format, dropinFlow)
				if exit != exitYes || strings.Count(stdout, d.warning) != 1 {
					t.Errorf("exit status %d, %.1000s", exit, stdout)
				}
			})
		}
	}
}

// TestDamagedSourceRefused requests verdicts from damaged databases.
func TestDamagedSourceRefused(t *testing.T) {
	for _, d := range damagedFiles(t) {
		suite := filepath.Join(t.TempDir(), "s.ovnwalk.yaml")
		text := "db: " + d.path + "\ntests:\n  - {name: a, from: vm1, to: vm2, expect: {delivered: true}}\n"
		sbtest.WriteFile(t, suite, []byte(text))
		out := filepath.Join(t.TempDir(), "out")
		for name, args := range map[string][]string{
			"test":           {"test", suite},
			"test --db":      {"test", "--db", d.path, suite},
			"test json":      {"test", "--format", "json", suite},
			"test junit":     {"test", "--format", "junit", suite},
			"test tap":       {"test", "--format", "tap", suite},
			"test github":    {"test", "--format", "github", suite},
			"diff old":       {"diff", d.path, "demo"},
			"diff new":       {"diff", "demo", d.path},
			"diff json":      {"diff", "--format", "json", "demo", d.path},
			"diff one":       {"diff", "demo", d.path, dropinFlow},
			"diff --suite":   {"diff", "--suite", suite, "demo", d.path},
			"record":         {"record", "--db", d.path},
			"snapshot -o":    {"snapshot", d.path, "-o", out},
			"snapshot both":  {"snapshot", d.path, "-o", out, "--compiled"},
			"snapshot to -":  {"snapshot", d.path, "-o", "-"},
			"record -o":      {"record", "--db", d.path, "-o", out},
			"test --covered": {"test", "--coverage", "--coverprofile", out + ".json", suite},
		} {
			t.Run(d.name+"/"+name, func(t *testing.T) {
				stdout, stderr, exit := ovnwalk(t, args...)
				all := stdout + stderr
				if exit != exitError || !strings.Contains(all, d.warning) || !strings.Contains(all, filepath.Base(d.path)) || !strings.Contains(all, "--allow-damaged") {
					t.Errorf("exit status %d\n%s", exit, all)
				}
				if _, err := os.Stat(out); err == nil {
					t.Error("a file was written all the same")
				}
			})
		}
		for _, format := range []string{"text", "json", "junit", "tap", "github"} {
			t.Run(d.name+"/allowed in "+format, func(t *testing.T) {
				report := filepath.Join(t.TempDir(), "report")
				stdout, stderr, exit := ovnwalk(t, "test", "--allow-damaged", "--format", format, "--output", report, suite)
				got, err := os.ReadFile(report)
				if err != nil || exit != exitYes || strings.Count(string(got), d.warning) != 1 || strings.Count(stderr, d.warning) != 1 {
					t.Errorf("exit status %d, %v\n%s%s%s", exit, err, stderr, stdout, got)
				}
				if format == "junit" && xml.Unmarshal(got, new(struct{ XMLName xml.Name })) != nil {
					t.Errorf("no XML: %s", got)
				}
			})
		}
		for _, format := range []string{"text", "json"} {
			t.Run(d.name+"/diff allowed in "+format, func(t *testing.T) {
				report := filepath.Join(t.TempDir(), "report")
				_, stderr, exit := ovnwalk(t, "diff", "--allow-damaged", "--format", format, "--output", report, "demo", d.path)
				got, err := os.ReadFile(report)
				if err != nil || exit != exitYes || strings.Count(string(got), d.warning) != 1 || strings.Count(stderr, d.warning) != 1 {
					t.Errorf("exit status %d, %v\n%s%s", exit, err, stderr, got)
				}
			})
		}
		t.Run(d.name+"/coverage", func(t *testing.T) {
			dir := t.TempDir()
			files := []string{filepath.Join(dir, "p.json"), filepath.Join(dir, "p.html")}
			if _, stderr, exit := ovnwalk(t, "test", "--allow-damaged", "--coverprofile", files[0], "--coverhtml", files[1], suite); exit != exitYes {
				t.Fatal(stderr)
			}
			for _, file := range files {
				if got, err := os.ReadFile(file); err != nil || strings.Count(string(got), d.warning) != 1 {
					t.Errorf("%s: %v, no warning", file, err)
				}
			}
		})
		t.Run(d.name+"/record allowed", func(t *testing.T) {
			if stdout, _, exit := ovnwalk(t, "record", "--allow-damaged", "--db", d.path); exit != exitYes || !strings.Contains(stdout, "# warning: "+d.path) {
				t.Errorf("exit status %d\n%.500s", exit, stdout)
			}
		})
	}
}
