package tracetext

import (
	"bytes"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/internal/render/cells"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/trace"
)

var allViews = Views{Detailed: true, Summary: true, Minimal: true}

func textOf(t *testing.T, tr *trace.Trace, p Paint) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, tr, allViews, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

// Colors change nothing but the colors.
func TestColorsKeepTheText(t *testing.T) {
	for _, microflow := range []string{tracetest.AcrossTheRouter, tracetest.Broadcast, tracetest.NoRoute} {
		tr := tracetest.Demo(t, microflow)
		plain, colored := textOf(t, tr, Paint{}), textOf(t, tr, Colors())
		if got := sgr.ReplaceAllString(colored, ""); got != plain {
			t.Errorf("got %s\nwant %s", got, plain)
		}
		if plain == colored {
			t.Error("no colors at all")
		}
	}
}

func TestColors(t *testing.T) {
	const green, red, yellow, faint = "\x1b[32;1m", "\x1b[31;1m", "\x1b[33m", "\x1b[2m"
	colored := textOf(t, tracetest.Demo(t, tracetest.AcrossTheRouter), Colors())
	for _, want := range []string{
		green + `/* output to "vm2", type "" */`,
		faint + `/* output to "net1-router1", type "patch" */`,
		green + `output("vm2")`,
		yellow + "ip.ttl--;",
		yellow + "eth.dst = 40:44:00:00:00:02;",
		faint + "next;",
	} {
		if !strings.Contains(colored, want) {
			t.Errorf("no %q in %s", want, colored)
		}
	}
	if want := red + "drop;"; !strings.Contains(textOf(t, tracetest.Demo(t, tracetest.NoRoute), Colors()), want) {
		t.Errorf("no %q", want)
	}
	root := &trace.Pipeline{Datapath: trace.DatapathNamed("sw", 1), Inport: trace.PortNamed("p", "", nil)}
	root.Add(&trace.Table{Number: 3, Stage: "ls_in_acl"})
	if want := red + " 3. ls_in_acl: no match (implicit drop)"; !strings.Contains(textOf(t, &trace.Trace{Root: root}, Colors()), want) {
		t.Errorf("no %q", want)
	}
}

// On a terminal no line is longer than the terminal is wide, and no word is
// lost.
func TestLinesFitTheTerminal(t *testing.T) {
	for _, limit := range []int{20, 80, 132} {
		for i, tr := range append(tracetest.Traces(t)[2:14], tracetest.Demo(t, tracetest.AcrossTheRouter), tracetest.Demo(t, tracetest.Broadcast)) {
			text := sgr.ReplaceAllString(textOf(t, tr, Terminal(limit, true)), "")
			for line := range strings.Lines(text) {
				if n := cells.Width(strings.TrimRight(line, " \n")); n > limit {
					t.Errorf("trace %d: %d cells, want at most %d: %q", i, n, limit, line)
				}
			}
			words := func(s string) string {
				return strings.Join(strings.Fields(strings.ReplaceAll(s, "-", "")), "")
			}
			if got, want := words(text), words(textOf(t, tr, Terminal(0, false))); got != want {
				t.Errorf("trace %d, %d cells: words went missing", i, limit)
			}
		}
	}
}

func TestWrapped(t *testing.T) {
	for _, c := range []struct {
		in    string
		cells int
		want  string
	}{
		{"    next;", 20, "    next;"},
		{"  aaa bbb ccc", 10, "  aaa bbb\n     ccc"},
		{"  abcdefghijklmnop", 10, "  abcdefgh\n     ijklm\n     nop"},
		{"aaa  bbb", 4, "aaa\n  bb\n  b"},
		{"網路網路 網路", 8, "網路網路\n    網路"},
		{"# ab=1,cd=2,ef=3", 10, "# ab=1,\n     cd=2,\n     ef=3"},
		{"aaaa bbbb ", 9, "aaaa bbbb"},
	} {
		p := Terminal(c.cells, false)
		w := &writer{paint: p}
		w.put(nil, c.in)
		w.newline()
		if got := strings.TrimSuffix(string(w.b), "\n"); got != c.want {
			t.Errorf("%q in %d cells: got %q, want %q", c.in, c.cells, got, c.want)
		}
	}
}

// TestHostileNamesOnATerminal checks that names are escaped on terminals, and only there.
func TestHostileNamesOnATerminal(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 20 {
		tr := tracetest.Random(r, 30)
		for _, p := range []Paint{Colors(), Terminal(0, false), Terminal(60, true)} {
			text := sgr.ReplaceAllString(textOf(t, tr, p), "")
			if at := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && escape.Text(string(r)) != string(r) }); at >= 0 {
				t.Fatalf("%q", text[max(0, at-20):min(len(text), at+20)])
			}
		}
	}
	name := "\x1b[31mred"
	tr := &trace.Trace{Root: &trace.Pipeline{Datapath: trace.DatapathNamed(name, 1), Inport: trace.PortNamed(name, "", nil)}}
	tr.Root.Add(&trace.Drop{})
	if got := textOf(t, tr, Paint{}); !strings.Contains(got, name) {
		t.Errorf("changed without a terminal: %q", got)
	}
	if got := textOf(t, tr, Colors()); strings.Contains(got, name) || !strings.Contains(got, `\x1b[31mred`) {
		t.Errorf("unchanged with colors: %q", got)
	}
}
