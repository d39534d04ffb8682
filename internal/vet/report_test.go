package vet

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
)

// TestFormats compares every format with its golden.
func TestFormats(t *testing.T) {
	p := newFaultyNetwork("23.03.0")
	p.ingress(200, `ip4.src == $gone`, "drop;")
	p.ingress(150, `ip4 && 100% <sure>`, "drop;")
	p.ingress(100, `ip4.dst == 10.0.0.0/24`, `outport = "p1"; output;`)
	p.ingress(100, `tcp.dst == 80`, `outport = "p2"; output;`)
	p.ingress(90, `ip4 && tcp.dst == 80`, `flags.force_snat_for_lb = 1; drop;`)
	r := p.check(t, Config{Ignore: []Ignore{{Code: string(UnreachedDatapath)}}})
	for _, format := range Formats() {
		t.Run(format, func(t *testing.T) {
			var b bytes.Buffer
			if err := r.Write(&b, format, Style{Source: "test.db"}); err != nil {
				t.Fatal(err)
			}
			tracetest.Golden(t, "report."+format, b.Bytes())
			switch format {
			case "json":
				if !json.Valid(b.Bytes()) {
					t.Error("no JSON")
				}
			case "junit":
				if err := xml.Unmarshal(b.Bytes(), new(struct{})); err != nil {
					t.Error(err)
				}
			}
		})
	}
	var b bytes.Buffer
	if err := r.Write(&b, "html", Style{}); err == nil || !strings.Contains(err.Error(), "github, json, junit, tap, text") {
		t.Errorf("error %v", err)
	}
}

// TestLeastSeverity shows only what is bad enough, and counts all.
func TestLeastSeverity(t *testing.T) {
	p := newFaultyNetwork("23.03.0")
	p.ingress(100, `ip4.src == $gone`, "drop;")
	p.Datapath("lone", 3)
	r := p.check(t, Config{})
	var b bytes.Buffer
	if err := r.Write(&b, "text", Style{Least: Error}); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); strings.Contains(got, "lone") || !strings.Contains(got, "1 error, 1 warning, 0 notes in 7 flows on 3 datapaths") {
		t.Errorf("got\n%s", got)
	}
}

// The lines between which docs/findings.md has the table of codes.
const tableBegin, tableEnd = "<!-- table: go test ./internal/vet -update -->\n", "<!-- end of table -->\n"

// TestDocumented keeps the table of codes in the documents the same as here.
func TestDocumented(t *testing.T) {
	file := filepath.Join("..", "..", "docs", "findings.md")
	text := sbtest.Content(t, file)
	before, rest, ok := strings.Cut(string(text), tableBegin)
	_, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table", file)
	}
	var b strings.Builder
	b.WriteString(before + tableBegin + "\n| code | severity | what was found | what to do |\n| --- | --- | --- | --- |\n")
	for _, m := range Codes() {
		b.WriteString("| `" + string(m.Code) + "` | " + m.Severity.String() + " | " + m.Meaning + " | " + m.Remedy + " |\n")
	}
	b.WriteString("\n" + tableEnd + after)
	tracetest.Golden(t, filepath.Join("..", file), []byte(b.String()))
}
