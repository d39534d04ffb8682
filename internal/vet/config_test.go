package vet

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/yaml"
)

func TestParseConfig(t *testing.T) {
	c, err := ParseConfig("f", []byte(`
# why
ignore:
  - unreached-datapath
  - code: overlap
    datapath: sw
    reason: known to us
severity:
  shadowed: error
  unknown-port: warning
`))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Ignore) != 2 || c.Ignore[0].Code != "unreached-datapath" || c.Ignore[1].Datapath != "sw" {
		t.Errorf("%+v", c)
	}
	if c.severity(Shadowed) != Error || c.severity(UnknownPort) != Warning || c.severity(Overlap) != Warning {
		t.Error("severities do not count")
	}
	if got := c.skipped(); len(got) != 1 || got[0] != UnreachedDatapath {
		t.Errorf("skipped %v", got)
	}
}

func TestParseConfigErrors(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"unknown key", "ignore: []\nlevel: 3\n", `f:2:1: the configuration has no key "level"; it has ignore, severity`},
		{"unknown key of an entry", "ignore:\n  - {code: overlap, table: 3}\n", `f:2:21: an entry has no key "table"`},
		{"unknown code", "ignore: [overlaps]\n", `f:1:10: no code "overlaps"; did you mean overlap?`},
		{"no code", "ignore:\n  - {stage: ls_in_acl}\n", `no code ""`},
		{"unknown severity", "severity: {overlap: fatal}\n", `f:1:21: severity "fatal": not one of note, warning, error`},
		{"no YAML", "ignore: [", "f:"},
		{"a tag", "ignore: !00 000000000000", `f:1:9: tag !00: tags are not allowed`},
		{"no anchor", "ignore: [overlap, *a]", "alias *a, and no anchor &a in the file"},
		{"two documents", "ignore: []\n---\nignore: []\n", "a second document"},
		{"too deep", strings.Repeat("[", 100), yaml.ErrTooDeep.Error()},
		{"deep signs", strings.Repeat("- ", 100), yaml.ErrTooDeep.Error()},
		{"no mapping", "- overlap\n", "f:1:1: the configuration: a list, where a mapping"},
		{"no text", "ignore:\n  - [overlap]\n", "a code: a list, where a string is wanted"},
		{"wrong type", "ignore: 5\n", "f:1:"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseConfig("f", []byte(tt.text))
			if _, ok := errors.AsType[yaml.Errors](err); !ok || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := ParseConfig("f", bytes.Repeat([]byte("#"), yaml.MaxSize+1)); !errors.Is(err, yaml.ErrTooLarge) {
		t.Errorf("error %v", err)
	}
}

func TestIgnore(t *testing.T) {
	plantTwo := func() *faultyNetwork {
		p := newFaultyNetwork("23.03.0")
		p.ingress(200, "ip4", "next(0);")
		p.ingress(100, "ip4 && tcp", "drop;")
		p.Datapath("lone", 3)
		return p
	}
	tests := []struct {
		name   string
		ignore []Ignore
		left   int
	}{
		{"nothing", nil, 2},
		{"a code", []Ignore{{Code: "shadowed"}}, 1},
		{"a code on its datapath", []Ignore{{Code: "shadowed", Datapath: "sw"}}, 1},
		{"a code on another datapath", []Ignore{{Code: "shadowed", Datapath: "rt"}}, 2},
		{"a code in its stage", []Ignore{{Code: "shadowed", Stage: "ingress_1", Match: "tcp"}}, 1},
		{"a code in another stage", []Ignore{{Code: "shadowed", Stage: "ingress_2"}}, 2},
		{"all", []Ignore{{Code: "shadowed"}, {Code: "unreached-datapath"}}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := plantTwo().check(t, Config{Ignore: tt.ignore})
			if len(r.Findings) != tt.left || r.Ignored != 2-tt.left {
				t.Errorf("%d findings and %d ignored", len(r.Findings), r.Ignored)
			}
		})
	}
}

// FuzzParseConfig looks for a text that makes the reader panic, or that it takes
// though a check of it fails.
func FuzzParseConfig(f *testing.F) {
	f.Add("ignore:\n  - overlap\n  - {code: shadowed, stage: ls_in_acl}\nseverity:\n  overlap: error\n")
	f.Add("ignore: [&a overlap, *a]")
	f.Add("severity: {overlap: 5}")
	f.Add("- 1")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseConfig("f", []byte(text))
		if err == nil && c.Check() != nil {
			t.Errorf("%q is taken: %+v", text, c)
		}
	})
}
