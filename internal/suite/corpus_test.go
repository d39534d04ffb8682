package suite_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/lab"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/suite"
)

// suites rewrites the suites in testdata/suites/corpus from the corpus.
var suites = flag.Bool("suites", false, "rewrite testdata/suites/corpus from testdata/corpus")

const corpusDir = "../../testdata/corpus"

// views are the views that a recorded answer has, and what heads them.
var views = []struct{ name, option, heading string }{
	{"detailed", "--detailed", "# Detailed trace.\n"}, {"summary", "--summary", "# Summary trace.\n"}, {"minimal", "--minimal", "# Minimal trace.\n"},
}

// suiteOf returns the cases of a corpus as a suite: what ovn-trace printed are
// the goldens.  Only the last few views are kept where few is not 0.  Refused
// microflows and plain names have no place in a suite; skipped counts them.
func suiteOf(t *testing.T, db string, cases []lab.Case, few int) (text string, tests, skipped int) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "# What ovn-trace of the release that wrote the database says, word for word.\ndb: %s\ntests:\n", db)
	for i, c := range cases {
		kept := goldens(c)
		var inputs []string
		var positional []string
		ct := []string{}
		for n := 0; n < len(c.Args); n++ {
			arg := c.Args[n]
			key, value, whole := strings.Cut(arg, "=")
			if !whole && (key == "--ct" || key == "--lb-dst" || key == "--select-id" || key == "--chassis") {
				n++
				value = c.Args[n]
			}
			switch {
			case !strings.HasPrefix(arg, "--"):
				positional = append(positional, arg)
			case key == "--ct":
				if value == "" {
					value = "trk" // tracked, and nothing else
				}
				ct = append(ct, strconv.Quote(value))
			case key == "--select-id":
				inputs = append(inputs, "select-id: "+value)
			case key == "--lb-dst" || key == "--chassis":
				inputs = append(inputs, key[2:]+": "+strconv.Quote(value))
			case key == "--no-friendly-names":
				kept = nil
			}
		}
		if len(kept) == 0 || c.Exit != 0 || len(positional) == 0 || len(positional) > 2 {
			skipped++
			continue
		}
		if len(ct) > 0 {
			inputs = append(inputs, "ct: ["+strings.Join(ct, ", ")+"]")
		}
		if len(positional) == 2 {
			inputs = append(inputs, "datapath: "+strconv.Quote(positional[0]))
		}
		fmt.Fprintf(&b, "  - name: case %d\n    microflow: %s\n", i+1, strconv.Quote(positional[len(positional)-1]))
		for _, line := range inputs {
			fmt.Fprintf(&b, "    %s\n", line)
		}
		if few > 0 && len(kept) > few {
			kept = kept[len(kept)-few:]
		}
		for _, g := range kept {
			if g[1] == "" {
				fmt.Fprintf(&b, "    %s: \"\"\n", g[0])
				continue
			}
			fmt.Fprintf(&b, "    %s: |\n", g[0])
			for line := range strings.Lines(g[1]) {
				if line != "\n" {
					line = "      " + line
				}
				b.WriteString(line)
			}
		}
		tests++
	}
	return b.String(), tests, skipped
}

// goldens returns the views of an answer, without the line that heads it all.
func goldens(c lab.Case) (out [][2]string) {
	whole := func(text string) string {
		if text = strings.Trim(text, "\n"); text != "" {
			text += "\n"
		}
		return text
	}
	_, rest, ok := strings.Cut(c.Stdout, "\n")
	if !ok || !strings.HasPrefix(c.Stdout, "# ") {
		return nil
	}
	if !strings.HasPrefix(rest, "# Detailed trace.\n") && !strings.HasPrefix(rest, "# Summary trace.\n") {
		for _, v := range views { // one view has no heading
			if slices.Contains(c.Args, v.option) {
				return [][2]string{{v.name, whole(rest)}}
			}
		}
		return [][2]string{{"detailed", whole(rest)}}
	}
	for i, v := range views {
		_, text, ok := strings.Cut(rest, v.heading)
		if !ok {
			continue
		}
		for _, next := range views[i+1:] {
			text, _, _ = strings.Cut(text, next.heading)
		}
		out = append(out, [2]string{v.name, whole(text)})
	}
	return out
}

// TestCorpusSuites runs suites of the corpus, each case with its shortest view.
func TestCorpusSuites(t *testing.T) {
	recordings, err := lab.Recordings(corpusDir)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(suitesDir, "corpus")
	var files []string
	for _, r := range recordings {
		cases, err := lab.ReadCases[lab.Case](r.Cases)
		if err != nil {
			t.Fatal(err)
		}
		text, _, _ := suiteOf(t, "../../corpus/"+filepath.Base(r.Database), cases, 1)
		file := filepath.Join(dir, r.Name+".ovnwalk.yaml")
		if *suites {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			sbtest.WriteFile(t, file, []byte(text))
		}
		have := sbtest.Content(t, file)
		if string(have) != text {
			t.Errorf("%s is not what the corpus says (-suites rewrites it)", file)
		}
		files = append(files, file)
	}
	r := run(t, suite.Options{}, files...)
	if c := r.Counts(); c.Passed < 200 && !sbtest.ForRaces() || c.Passed != c.Total() {
		t.Error(report(t, r, "text", suite.Style{}))
	}
}

// TestFullCorpus runs every case with all its views, of the tree's corpus and
// of the one of other releases where that is at hand.
func TestFullCorpus(t *testing.T) {
	dirs := []string{corpusDir}
	if more := os.Getenv("OVNWALK_CORPUS"); more != "" {
		dirs = append(dirs, more)
	} else {
		t.Log("only the tree's own corpus: OVNWALK_CORPUS names no other")
	}
	total := 0
	for _, dir := range dirs {
		recordings, err := lab.Recordings(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, rec := range recordings {
			cases, err := lab.ReadCases[lab.Case](rec.Cases)
			if err != nil {
				t.Fatal(err)
			}
			db, err := filepath.Abs(rec.Database)
			if err != nil {
				t.Fatal(err)
			}
			text, tests, _ := suiteOf(t, db, cases, 0)
			if tests == 0 {
				continue // refusals only
			}
			r := run(t, suite.Options{}, write(t, text))
			if c := r.Counts(); c.Passed != tests {
				t.Errorf("%s: %s", rec.Name, report(t, r, "text", suite.Style{}))
			}
			total += tests
		}
	}
	t.Logf("%d cases", total)
}
