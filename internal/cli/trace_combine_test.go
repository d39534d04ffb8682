package cli

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// TestTraceCombinations combines all additional contents of traces in every format: each option has
// its effect in every combination.
func TestTraceCombinations(t *testing.T) {
	const office = "../../testdata/office/"
	run := func(args ...string) (string, string, int) {
		return ovnwalk(t, append([]string{"trace", "--db", office + "sb.db.gz", "--from", "web1", "--to", "db1", "--proto", "icmp"}, args...)...)
	}
	const (
		row     = "ACL nobody-else (to-lport, priority 1001"
		verdict = "dropped acl-drop db/ls_out_acl"
		nearby  = "wanted"
		chassis = "hv2 runs egress of db"
	)
	views := map[string]string{}
	names := []string{"", "--detailed", "--summary", "--minimal", "--all"}
	for _, view := range names {
		var args []string
		if view != "" {
			args = append(args, view)
		}
		text, stderr, exit := run(args...)
		if exit != 0 || !strings.HasPrefix(text, "# icmp,") {
			t.Fatalf("%s: exit status %d, %s", view, exit, stderr)
		}
		views[view] = text
	}
	for bits := range 16 {
		nb, decided, why, where := bits&1 > 0, bits&2 > 0, bits&4 > 0, bits&8 > 0
		var options []string
		for _, o := range []struct {
			given bool
			args  []string
		}{{nb, []string{"--nb", office + "nb.db.gz"}}, {decided, []string{"--verdict"}}, {why, []string{"--why-not"}}, {where, []string{"--physical"}}} {
			if o.given {
				options = append(options, o.args...)
			}
		}
		for _, view := range names {
			trace := views[view]
			for _, f := range outputFormats {
				format := f.name
				args := slices.Concat([]string{"--format", format}, options)
				if view != "" {
					args = append(args, view)
				}
				t.Run(strings.Join(args, " "), func(t *testing.T) {
					out, stderr, exit := run(args...)
					if view != "" && format != "text" {
						if exit != exitError || out != "" || !strings.Contains(stderr, "choose among the views of text") {
							t.Errorf("exit status %d, standard error %s", exit, stderr)
						}
						return
					}
					if exit != 0 {
						t.Fatalf("exit status %d: %s", exit, stderr)
					}
					says := func(what string, want bool) {
						t.Helper()
						if strings.Contains(out, what) != want {
							t.Errorf("%q in the output: %v, want %v\n%s", what, !want, want, out)
						}
					}
					extra := decided || why || where
					switch format {
					case "text":
						if shown := view != "" || !extra; strings.HasPrefix(out, trace) != shown {
							t.Errorf("the view is shown: %v, want %v", !shown, shown)
						}
						if !nb && !extra && out != trace {
							t.Error("something besides the view is shown")
						}
						// --why-not has the verdict before its reasons.
						says(verdict, decided || why || nb)
						says(row, nb)
						says(nearby, why)
						says(chassis, where)
					case "dot", "mermaid":
						says(verdict, decided || nb)
						says(row, nb)
						says(nearby, why)
						says(chassis, where)
					case "json":
						var doc map[string]json.RawMessage
						if err := json.Unmarshal([]byte(out), &doc); err != nil {
							t.Fatal(err)
						}
						for name, want := range map[string]bool{"why_not": why, "physical": where, "nodes": !decided} {
							if _, has := doc[name]; has != want {
								t.Errorf("member %s: %v, want %v", name, has, want)
							}
						}
						says(row, nb)
						says(`"acl-drop"`, true)
					case "html":
						says(row, nb)
						says("acl-drop", true)
						says(chassis, where)
						says("<!DOCTYPE html>", true)
					default:
						t.Fatal("no check for this format")
					}
				})
			}
		}
	}
}
