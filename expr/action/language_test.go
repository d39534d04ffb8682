package action

import (
	"errors"
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
)

// everyRelease returns each release whose language is known, points included.
func everyRelease() []dialect.Release {
	var rs []dialect.Release
	for _, k := range dialect.Releases {
		for p := k.Release.Point; p <= k.Last; p++ {
			if r := (dialect.Release{Major: k.Release.Major, Minor: k.Release.Minor, Point: p}); !slices.Contains(rs, r) {
				rs = append(rs, r)
			}
		}
	}
	return rs
}

// canonical returns the canonical text of text, which must parse.
func canonical(t *testing.T, text string, env Env) string {
	t.Helper()
	a, err := Parse(text, env)
	if err != nil {
		t.Errorf("%v: %s: %v", env.Dialect.Release(), text, err)
		return ""
	}
	return a.String()
}

// TestDialectActions checks that the parser of every release accepts the actions in dialect.Actions
// that the release has, prints them in canonical form, and rejects the others.
func TestDialectActions(t *testing.T) {
	for _, r := range everyRelease() {
		env := Env{Dialect: dialect.For(r)}
		taken := map[string]bool{}
		for _, row := range dialect.ActionsOf(r) {
			taken[row.Text] = true
			if got := canonical(t, row.Text, env); got != row.Canonical() {
				t.Errorf("%v: %s prints as %s, want %s", r, row.Text, got, row.Canonical())
			}
		}
		for _, row := range dialect.Actions {
			if taken[row.Text] {
				continue
			}
			a, err := Parse(row.Text, env)
			if _, ok := errors.AsType[*expr.SyntaxError](err); !ok {
				t.Errorf("%v takes %s as %v (error %v), want a syntax error", r, row.Text, a, err)
			}
		}
	}
}

// notRows are the names in dialect.Actions that are no rows of the tables here.
var notRows = map[string]string{
	"drop":     "drop;",
	"=":        "reg0 = 1;",
	"<->":      "reg0 <-> reg1;",
	"ip.ttl--": "ip.ttl--;",
}

// TestEveryNameHasARow fails by name on an action that upstream has in some
// release and that the tables do not know, and the other way round.
func TestEveryNameHasARow(t *testing.T) {
	rows := map[string]bool{}
	for _, s := range statements() {
		rows[s.name] = true
	}
	for _, v := range values() {
		rows[v.name] = true
	}
	delete(rows, "ip.ttl")
	names := map[string]bool{}
	for _, row := range dialect.Actions {
		names[row.Name] = true
		if !rows[row.Name] && notRows[row.Name] == "" {
			t.Errorf("action %s is in dialect.Actions and in no table here", row.Name)
		}
	}
	for name := range rows {
		if !names[name] {
			t.Errorf("action %s is in a table here and not in dialect.Actions", name)
		}
	}
}

// TestRowsDoNotOverlap checks that no release has two rows of one name.
func TestRowsDoNotOverlap(t *testing.T) {
	spans := map[string][]dialect.Span{}
	for _, s := range statements() {
		spans[s.name] = append(spans[s.name], dialect.MustSpan(s.span))
	}
	for _, v := range values() {
		spans["= "+v.name] = append(spans["= "+v.name], dialect.MustSpan(v.span))
	}
	for family, rows := range map[string][]optionRow{
		"DHCP ": dhcpOptionRows, "DHCPv6 ": dhcpv6OptionRows, "RA ": raOptionRows,
	} {
		for _, o := range rows {
			spans[family+o.Name] = append(spans[family+o.Name], dialect.MustSpan(o.span))
		}
	}
	for name, s := range spans {
		for _, r := range everyRelease() {
			n := 0
			for _, span := range s {
				if span.Holds(r) {
					n++
				}
			}
			if n > 1 {
				t.Errorf("%v has %d rows of %s", r, n, name)
			}
		}
		for _, span := range s {
			if !slices.ContainsFunc(everyRelease(), span.Holds) {
				t.Errorf("no release has the row of %s with span %v", name, span)
			}
		}
	}
}

// TestTracing checks the actions that a release's ovn-trace does not support although its language has
// them.
func TestTracing(t *testing.T) {
	const text = `trigger_event(event = "empty_lb_backends", vip = "10.0.0.1:80", protocol = "tcp", load_balancer = "12345678-abcd-9876-fedc-11119f8e7d6c");`
	const refusal = "Syntax error at `vip' expecting empty_lb_backends option name."
	for release, want := range map[string]string{
		"2.12": refusal, "20.03.1": refusal, "20.03.2": "", "20.09": refusal, "20.12": refusal, "21.03": "", "main": "",
	} {
		env := Env{Dialect: dialect.For(dialect.MustParse(release)), Tracing: true}
		got := ""
		if _, err := Parse(text, env); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", release, got, want)
		}
		env.Tracing = false
		canonical(t, text, env)
	}
}
