package report

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// hostile is a name that means something to every format.
const hostile = "100% <b>#1</b>, a:b \\ ]]>\r\nok 2 - no \x1b[31m"

// escaped is the same as a name is shown.
const escaped = `100% <b>#1</b>, a:b \ ]]>\r\nok 2 - no \x1b[31m`

func TestFormats(t *testing.T) {
	refused := errors.New("refused")
	f := Formats[int, string]{
		"text": func(w io.Writer, n int, style string) error { _, err := fmt.Fprint(w, n, style); return err },
		"none": func(io.Writer, int, string) error { return refused },
	}
	if got := strings.Join(f.Names(), " "); got != "none text" {
		t.Errorf("names %q", got)
	}
	var b strings.Builder
	if err := f.Write(&b, "text", 7, "!"); err != nil || b.String() != "7!" {
		t.Errorf("wrote %q, %v", b.String(), err)
	}
	if err := f.Write(&b, "none", 7, ""); !errors.Is(err, refused) {
		t.Errorf("error %v", err)
	}
	if err := f.Write(&b, "html", 7, ""); err == nil || err.Error() != `no format "html": there are none, text` {
		t.Errorf("error %v", err)
	}
}

func TestPaint(t *testing.T) {
	if got := Paint(nil).Text("pass", "text"); got != "text" {
		t.Errorf("plain %q", got)
	}
	loud := Paint(func(what, text string) string { return what + ":" + text })
	if got := loud.Text("pass", "text"); got != "pass:text" {
		t.Errorf("painted %q", got)
	}
}

func TestCounts(t *testing.T) {
	for n, want := range map[int]string{0: "0 flows were", 1: "1 flow was", 2: "2 flows were"} {
		if got := CountWas(n, "flow"); got != want || !strings.HasPrefix(got, Count(n, "flow")) {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestJSON(t *testing.T) {
	var b strings.Builder
	if err := JSON(&b, map[string]string{"a": "<&>"}); err != nil || b.String() != "{\n  \"a\": \"<&>\"\n}\n" {
		t.Errorf("wrote %q, %v", b.String(), err)
	}
}

// TestJUnit reads back what was written, and counts.
func TestJUnit(t *testing.T) {
	fault := []Fault{{hostile, "kind", []string{hostile, "two"}}}
	suites := []Suite{
		{Name: hostile, File: "f.yaml", Cases: []Case{
			{Name: hostile, Class: "c", Output: []string{hostile}},
			{Name: "fails", Failures: fault},
			{Name: "both", Failures: fault, Errors: fault},
			{Name: "skipped", Skipped: "why"},
		}},
		{Name: "empty"},
	}
	var b strings.Builder
	if err := JUnit(&b, suites); err != nil {
		t.Fatal(err)
	}
	var doc xmlSuites
	if err := xml.Unmarshal([]byte(b.String()), &doc); err != nil {
		t.Fatalf("%v in %s", err, b.String())
	}
	if doc.Tests != 4 || doc.Failures != 1 || doc.Errors != 1 || doc.Suites[0].Skipped != 1 || doc.Suites[1].Tests != 0 {
		t.Errorf("counts are wrong in %s", b.String())
	}
	want := escaped + "\ntwo"
	if got := doc.Suites[0].Cases[1].Faults[0].Text; got != want {
		t.Errorf("read back %q, want %q", got, want)
	}
	if strings.Contains(b.String(), "\x1b") {
		t.Error("a terminal's escape is in the XML")
	}
}

// TestTAP checks the lines that have a meaning in TAP.
func TestTAP(t *testing.T) {
	var b strings.Builder
	points := []Point{
		{OK: true, Name: hostile},
		{Name: "two", Severity: "fail", Details: []Detail{{Key: "message", Lines: []string{"ok 9 - no", " indented ", "two", "\nBail out!\x1b\x00"}}, {Key: "packet", Text: hostile}}},
		{OK: true, Name: "three", Skip: "why\nok 4 - forged"},
	}
	if err := TAP(&b, points); err != nil {
		t.Fatal(err)
	}
	var own []string
	for l := range strings.Lines(b.String()) {
		if !strings.HasPrefix(l, " ") {
			own = append(own, l)
		}
	}
	want := "TAP version 14\n1..3\nok 1 - 100% <b>\\#1</b>, a:b \\\\ ]]>\\\\r\\\\nok 2 - no \\\\x1b[31m\nnot ok 2 - two\nok 3 - three # SKIP why\\\\nok 4 - forged\n"
	if got := strings.Join(own, ""); got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if !strings.Contains(b.String(), "  message: |\n    ok 9 - no\n     indented\n    two\n    \\nBail out!\\x1b\\x00\n  packet: \"100%") {
		t.Errorf("the block is\n%s", b.String())
	}
}

// TestAnnotation keeps a workflow command on its line and its properties apart.
func TestAnnotation(t *testing.T) {
	a := Annotation{Level: "error", File: "a,b:c.yaml", Line: 3, Title: hostile, Lines: []string{hostile, "two"}}
	const title = `100%25 <b>#1</b>%2C a%3Ab \ ]]>\r\nok 2 - no \x1b[31m`
	const message = `100%25 <b>#1</b>, a:b \ ]]>\r\nok 2 - no \x1b[31m%0Atwo`
	if got, want := a.String(), "::error file=a%2Cb%3Ac.yaml,line=3,col=1,title="+title+"::"+message; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got, want := (Annotation{Level: "notice", File: "db", Title: "t", Lines: []string{"m"}}).String(), "::notice file=db,title=t::m"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
