package tracegraph

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/verdict"

	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
)

func TestMermaidGolden(t *testing.T) {
	for name, microflow := range map[string]string{"router.mmd": tracetest.AcrossTheRouter, "arp.mmd": tracetest.Broadcast, "noroute.mmd": tracetest.NoRoute} {
		var b bytes.Buffer
		if err := Mermaid(&b, tracetest.Demo(t, microflow), wording.Names{}); err != nil {
			t.Fatal(err)
		}
		tracetest.Golden(t, name, b.Bytes())
	}
}

func TestMermaidQuote(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"vm1", `"vm1"`},
		{`a"b`, `"a#34;b"`},
		{"ls_in_acl", `"ls_in_acl"`},
		{"_MC_flood_", `"#95;MC_flood#95;"`},
		{"a__b", `"a#95;#95;b"`},
		{"`x`", `"#96;x#96;"`},
		{"#quot;", `"#35;quot#59;"`},
		{"<b>", `"#60;b#62;"`},
		{"a\nb", `"a<br/>b"`},
		{"é → 網", `"#233; → 網"`},
		{"\x1b", `"#92;x1b"`},
	} {
		if got := mermaidQuote(c.in); got != c.want {
			t.Errorf("mermaidQuote(%q) = %s, want %s", c.in, got, c.want)
		}
	}
}

// TestMermaidClasses checks that each outcome has its colors.
func TestMermaidClasses(t *testing.T) {
	for i, f := range verdict.Outcomes() {
		if i >= len(mermaidClasses) || !slices.ContainsFunc(mermaidClasses, func(c struct{ name, fill, ink string }) bool { return c.name == f.String() }) {
			t.Errorf("no colors for %s", f)
		}
	}
}

// mermaidLine is every line that a flowchart may have, so that no name can add
// one.
var mermaidLine = regexp.MustCompile(`^(---|title: Q|flowchart LR| {4}left\[Q\]| {4}subgraph dp\d+ \[Q\]| {8}port\d+\[Q\]| {4}end|` +
	` {4}%% warning: [^{}]*| {4}end\d+\(\[Q\]\):::\w+| {4}(port|end)\d+ (-->|-\.->)\|Q\| (port|end)\d+| {4}classDef \w+ [\w:,#-]+)$`)

var mermaidString = regexp.MustCompile(`"[^"\x60<>]*(<br/>[^"\x60<>]*)*"`)

func TestMermaidOfHostileNames(t *testing.T) {
	for i, tr := range tracetest.Traces(t) {
		var b bytes.Buffer
		if err := Mermaid(&b, tr, wording.Names{}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			line = strings.TrimSuffix(line, "\n")
			if !mermaidLine.MatchString(mermaidString.ReplaceAllString(line, "Q")) {
				t.Errorf("trace %d: %q", i, line)
			}
		}
	}
}
