package tracegraph

import (
	"bytes"
	"context"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/trace"
)

func TestDOTGolden(t *testing.T) {
	for name, microflow := range map[string]string{"router.dot": tracetest.AcrossTheRouter, "arp.dot": tracetest.Broadcast, "noroute.dot": tracetest.NoRoute} {
		var b bytes.Buffer
		if err := DOT(&b, tracetest.Demo(t, microflow), wording.Names{}); err != nil {
			t.Fatal(err)
		}
		tracetest.Golden(t, name, b.Bytes())
	}
}

func TestDOTQuote(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"vm1", `"vm1"`},
		{`a"b`, `"a\"b"`},
		{`\N`, `"\\N"`},
		{"a\nb", `"a\nb"`},
		{"<b>&amp;", `"&lt;b&gt;&amp;amp;"`},
		{"\x1b[2J", `"\\x1b[2J"`},
		{"\u202ex", `"\\u202ex"`},
		{"網", `"網"`},
	} {
		if got := dotQuote(c.in); got != c.want {
			t.Errorf("dotQuote(%q) = %s, want %s", c.in, got, c.want)
		}
	}
}

// dotLine is every line that a graph may have, so that no name can add one.
var dotLine = regexp.MustCompile(`^(// warning: .*|digraph trace \{|\t*\}|\tlabelloc=t;|\trankdir=LR;|\tfontname=Q;|\tfontsize=12;|\t(node|edge) \[.*\];|` +
	`\t*label=Q;|\tsubgraph cluster_\d+ \{|\t\tstyle=Q;|\t\tfillcolor=Q;|\t+(port|end)\d+ \[label=Q(, shape=\w+, color=Q, fontcolor=Q)?\];|` +
	`\t(port|end)\d+ -> (port|end)\d+ \[label=Q(, color=Q)?(, style=dashed)?\];|\tleft \[label=Q, shape=plaintext\];)$`)

var dotString = regexp.MustCompile(`"(?:[^"\\\n]|\\.)*"`)

func TestDOTOfHostileNames(t *testing.T) {
	for i, tr := range tracetest.Traces(t) {
		var b bytes.Buffer
		if err := DOT(&b, tr, wording.Names{}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			line = strings.TrimSuffix(line, "\n")
			if !dotLine.MatchString(dotString.ReplaceAllString(line, "Q")) {
				t.Errorf("trace %d: %q", i, line)
			}
		}
	}
}

// Where Graphviz is installed, it reads what DOT writes.
func TestDOTIsAccepted(t *testing.T) {
	program, err := exec.LookPath("dot")
	if err != nil {
		t.Skip("skipped: Graphviz is not installed")
	}
	for i, tr := range append(tracetest.Traces(t)[:12], tracetest.Demo(t, tracetest.Broadcast)) {
		var b bytes.Buffer
		if err := DOT(&b, tr, wording.Names{}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		cmd := exec.CommandContext(ctx, program, "-Tcanon", "-o", "/dev/null")
		cmd.Stdin = &b
		out, err := cmd.CombinedOutput()
		cancel()
		if err != nil || len(out) > 0 {
			t.Errorf("trace %d: %v: %s", i, err, out)
		}
	}
}

func TestGraphsAreDeterministic(t *testing.T) {
	for name, write := range map[string]func(*bytes.Buffer, *trace.Trace) error{
		"dot":     func(b *bytes.Buffer, t *trace.Trace) error { return DOT(b, t, wording.Names{}) },
		"mermaid": func(b *bytes.Buffer, t *trace.Trace) error { return Mermaid(b, t, wording.Names{}) },
	} {
		t.Run(name, func(t *testing.T) {
			for i, tr := range tracetest.Traces(t)[:14] {
				var first, second bytes.Buffer
				err1, err2 := write(&first, tr), write(&second, tr)
				if err1 != nil || err2 != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
					t.Errorf("trace %d: not the same twice (%v, %v)", i, err1, err2)
				}
			}
		})
	}
}

// The copies that a graph does not show are counted in it.
func TestGraphIsBounded(t *testing.T) {
	var b bytes.Buffer
	if err := DOT(&b, tracetest.Flood(100), wording.Names{}); err != nil {
		t.Fatal(err)
	}
	if want := "84 more copies are not shown"; !strings.Contains(b.String(), want) {
		t.Errorf("%s does not say %q", b.String(), want)
	}
}
