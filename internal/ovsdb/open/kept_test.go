package open

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/logfile"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/ovsdbtest"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// TestKeptRows compares readings of a log before and after transactions were added to it.
func TestKeptRows(t *testing.T) {
	first := ovsdbtest.Database(`{"Address_Set":{"U1":{"name":"a"},"U2":{"name":"b"},"U3":{"name":"c","addresses":["set",["1","2"]]}}}`)
	for _, c := range []struct{ name, later, kept string }{
		{"nothing added", first, "a b c"},
		{"a row is new", first + ovsdbtest.Framed([]string{`{"Address_Set":{"U4":{"name":"d"}}}`}), "a b c"},
		{"a row is gone", first + ovsdbtest.Framed([]string{`{"Address_Set":{"U2":null}}`}), "a c"},
		{"a row takes the place of another", first + ovsdbtest.Framed([]string{`{"Address_Set":{"U2":null,"U4":{"name":"d"}}}`}), "a c"},
		{"a row is made anew", first + ovsdbtest.Framed([]string{`{"Address_Set":{"U2":null}}`, `{"Address_Set":{"U2":{"name":"b"}}}`}), "a c"},
		{"a value is set", first + ovsdbtest.Framed([]string{`{"Address_Set":{"U1":{"name":"x"}}}`}), "b c"},
		{"a default is set", first + ovsdbtest.Framed([]string{`{"Address_Set":{"U1":{"addresses":"3"}}}`}), "b c"},
		{"a difference", first + ovsdbtest.Framed([]string{`{"_is_diff":true,"Address_Set":{"U3":{"addresses":["set",["2","3"]]}}}`}), "a b"},
		{"another log", ovsdbtest.Database(`{"Address_Set":{"U1":{"name":"z"},"U2":{"name":"b"}}}`), "-"},
	} {
		t.Run(c.name, func(t *testing.T) {
			was, now := mustRead(t, first, ovsdb.Options{}).Table("Address_Set"), mustRead(t, c.later, ovsdb.Options{}).Table("Address_Set")
			kept := now.Kept(was)
			got := "-"
			if kept != nil {
				var names []string
				name, _ := now.Col("name")
				for r := range now.Unsorted() {
					if kept(r.Number()) {
						names = append(names, r.String(name))
					}
				}
				slices.Sort(names)
				got = strings.Join(names, " ")
			}
			if got != c.kept {
				t.Errorf("kept %q, want %q", got, c.kept)
			}
		})
	}
}

// TestCopyFile copies a log verbatim, and rewrites other sources.
func TestCopyFile(t *testing.T) {
	log := ovsdbtest.Database(`{"Address_Set":{"U1":{"name":"a"}}}`, `{"Address_Set":{"U1":{"name":"b"}}}`)
	for _, c := range []struct {
		name, source string
		same         bool
	}{
		{"a log", log, true},
		{"a packed log", ovsdbtest.Gzipped(log), true},
		{"a torn log", log + "OVSDB JSON 10 ", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := mustRead(t, c.source, ovsdb.Options{})
			path := filepath.Join(t.TempDir(), "copy.db")
			if err := logfile.CopyFile(s, path); err != nil {
				t.Fatal(err)
			}
			got := sbtest.Content(t, path)
			if (string(got) == log) != c.same {
				t.Errorf("the copy is the same: %v, want %v", !c.same, c.same)
			}
			if again := mustRead(t, string(got), ovsdb.Options{}); ovsdbtest.Dump(again) != ovsdbtest.Dump(s) {
				t.Errorf("the copy has other rows:\n%s\nwant:\n%s", ovsdbtest.Dump(again), ovsdbtest.Dump(s))
			}
		})
	}
}
