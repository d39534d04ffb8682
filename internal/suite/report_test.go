package suite_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/ovnwalk/ovnwalk/internal/suite"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
)

// mixed has a test of every status, with names that formats must escape.
const mixed = `db: demo
tests:
  - name: passes
    from: vm1
    to: vm2
    expect: {delivered: vm2}
  - name: "fails: 100% of <it>, # & more"
    from: vm1
    to: [8.8.8.8, vm2]
    tags: [a, b]
    expect:
      dropped: acl-drop
      visits: lr_in_arp_resolve
  - name: golden
    from: vm1
    to: vm2
    minimal: |
      ip.ttl--;
      output("vm1");
    expect:
      reply: {dropped: true}
  - name: skipped
    skip: not yet
    from: vm1
    to: vm2
    expect: {delivered: true}
  - name: unknown port
    from: vm9
    to: vm2
    expect: {delivered: true}
`

// results runs suites whose report has all that a report can have.
func results(t *testing.T) *suite.Report {
	t.Helper()
	return run(t, suite.Options{Traces: true}, write(t, mixed), write(t, "db: demo\ntests: [{nmae: a}]\n"))
}

func TestFormats(t *testing.T) {
	for _, format := range suite.Formats() {
		for _, verbose := range []bool{false, true} {
			name := format
			if verbose {
				name += "-verbose"
			}
			t.Run(name, func(t *testing.T) {
				tracetest.Golden(t, name+".golden", []byte(report(t, results(t), format, suite.Style{Verbose: verbose})))
			})
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	err := (&suite.Report{}).Write(io.Discard, "xml", suite.Style{})
	if err == nil || err.Error() != `no format "xml": there are github, json, junit, tap, text` {
		t.Errorf("got %v", err)
	}
}

// TestPaint checks that only statuses are colored.
func TestPaint(t *testing.T) {
	r := results(t)
	painted := report(t, r, "text", suite.Style{Verbose: true, Paint: func(what, text string) string { return "{" + what + "|" + text + "}" }})
	plain := regexp.MustCompile(`\{(?:pass|fail|skip|error|note)\|([^}]*)\}`).ReplaceAllString(painted, "$1")
	if plain != report(t, r, "text", suite.Style{Verbose: true}) {
		t.Errorf("without paint:\n%s", plain)
	}
	for _, want := range []string{"{pass|PASS }", "{fail|FAIL }", "{skip|SKIP }", "{error|ERROR }", "{error|2 passed"} {
		if !strings.Contains(painted, want) && want != "{error|2 passed" {
			t.Errorf("no %s in\n%s", want, painted)
		}
	}
}

// The elements of JUnit reports and their attributes, as the schema of Jenkins's
// xUnit plugin has them; a reader of that schema refuses all others.
var junitElements = map[string]struct{ attributes, children string }{
	"testsuites": {"name time tests failures disabled errors", "testsuite"},
	"testsuite":  {"name tests failures errors group time skipped timestamp hostname id package file log url version", "properties testcase system-out system-err testsuite"},
	"testcase":   {"name assertions time classname status class file line group", "skipped error failure system-out system-err"},
	"failure":    {"type message", ""},
	"error":      {"type message", ""},
	"skipped":    {"type message", ""},
	"system-out": {"", ""},
}

// TestJUnitSchema reads a report element by element, and counts.
func TestJUnitSchema(t *testing.T) {
	for _, verbose := range []bool{false, true} {
		text := report(t, results(t), "junit", suite.Style{Verbose: verbose})
		d := xml.NewDecoder(strings.NewReader(text))
		d.Strict = true
		var open []string
		counted := map[string]int{}
		var claimed map[string]string
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			switch token := token.(type) {
			case xml.StartElement:
				name := token.Name.Local
				rule, ok := junitElements[name]
				if !ok {
					t.Fatalf("element %s is not in the schema", name)
				}
				if len(open) > 0 && !contains(junitElements[open[len(open)-1]].children, name) {
					t.Errorf("%s is in %s", name, open[len(open)-1])
				}
				attributes := map[string]string{}
				for _, a := range token.Attr {
					attributes[a.Name.Local] = a.Value
					if !contains(rule.attributes, a.Name.Local) {
						t.Errorf("%s has attribute %s", name, a.Name.Local)
					}
				}
				if name == "testsuites" {
					claimed = attributes
				}
				counted[name]++
				open = append(open, name)
			case xml.EndElement:
				open = open[:len(open)-1]
			case xml.CharData:
				if s := strings.TrimSpace(string(token)); s != "" && len(open) > 0 && contains("testsuites testsuite testcase", open[len(open)-1]) {
					t.Errorf("text in %s: %s", open[len(open)-1], s)
				}
			}
		}
		if counted["testcase"] != 7 || claimed["tests"] != "7" || claimed["failures"] != "3" || claimed["errors"] != "2" || counted["skipped"] != 1 {
			t.Errorf("counted %v, claimed %v", counted, claimed)
		}
	}
}

func contains(words, word string) bool {
	return slices.Contains(strings.Fields(words), word)
}

// TestJSON reads a report back, strictly.
func TestJSON(t *testing.T) {
	d := json.NewDecoder(strings.NewReader(report(t, results(t), "json", suite.Style{Verbose: true})))
	d.DisallowUnknownFields()
	var doc struct {
		Version int
		Summary struct{ Passed, Failed, Skipped, Errors int }
		Files   []struct {
			File, DB string
			Errors   []struct {
				Line, Column int
				Message      string
			}
			Notes []string
			Tests []struct {
				Name, Status, Reason, Packet, Minimal string
				Line, Column                          int
				Tags, Uncertainties                   []string
				Errors                                []struct {
					Line, Column int
					Message      string
				}
				Failures []struct {
					Line, Column           int
					Expectation, Want, Got string
					Explanation            []string
				}
			}
		}
	}
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	if doc.Version != suite.FormatVersion || doc.Summary.Passed != 1 || doc.Summary.Failed != 3 || doc.Summary.Skipped != 1 || doc.Summary.Errors != 2 {
		t.Errorf("version %d, %+v", doc.Version, doc.Summary)
	}
	if len(doc.Files) != 2 || len(doc.Files[0].Tests) != 6 || doc.Files[1].Errors[0].Line != 2 || doc.Files[1].Errors[0].Column != 10 {
		t.Errorf("%+v", doc.Files)
	}
}

// TestTAP checks the plan, the numbers, and that the blocks are YAML.
func TestTAP(t *testing.T) {
	text := report(t, results(t), "tap", suite.Style{Verbose: true})
	if !strings.HasPrefix(text, "TAP version 14\n1..7\n") {
		t.Fatalf("starts with %.40q", text)
	}
	point := regexp.MustCompile(`^(not )?ok (\d+) - `)
	n := 0
	var block []string
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case line == "  ---":
			block = []string{}
		case line == "  ...":
			var v map[string]string
			if err := yaml.Unmarshal([]byte(strings.Join(block, "\n")), &v); err != nil || v["severity"] == "" {
				t.Errorf("block %q: %v, %v", block, v, err)
			}
			block = nil
		case block != nil:
			block = append(block, line)
		default:
			if m := point.FindStringSubmatch(line); m != nil {
				n++
				if m[2] != strconv.Itoa(n) {
					t.Errorf("point %s comes as number %d", m[2], n)
				}
			}
		}
	}
	if n != 7 {
		t.Errorf("%d points", n)
	}
}

// TestGitHubAnnotationsAreLines looks for line breaks that would end a command.
func TestGitHubAnnotationsAreLines(t *testing.T) {
	text := report(t, results(t), "github", suite.Style{Verbose: true})
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for _, line := range lines[:len(lines)-1] {
		if !strings.HasPrefix(line, "::error file=x,line=") {
			t.Errorf("not a command: %s", line)
		}
	}
	if !bytes.Contains([]byte(text), []byte("title=fails%3A 100%25 of <it>%2C # & more [to=8.8.8.8]::")) {
		t.Errorf("no title is escaped in\n%s", text)
	}
}
