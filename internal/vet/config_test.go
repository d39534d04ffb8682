package vet

import (
	"bytes"
	"errors"
	"strings"
	"testing"
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
	if got := c.skipped(); len(got) != 1 || got[0] != UnreachedPath {
		t.Errorf("skipped %v", got)
	}
}

func TestParseConfigErrors(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"unknown key", "ignore: []\nlevel: 3\n", "f:2:1: unknown field \"level\""},
		{"unknown key of an entry", "ignore:\n  - {code: overlap, table: 3}\n", "unknown field \"table\""},
		{"unknown code", "ignore: [overlaps]\n", `no code "overlaps"; did you mean overlap?`},
		{"no code", "ignore:\n  - {stage: ls_in_acl}\n", `no code ""`},
		{"unknown severity", "severity: {overlap: fatal}\n", `overlap: severity "fatal": not one of note, warning, error`},
		{"no YAML", "ignore: [", "f:"},
		{"wrong type", "ignore: 5\n", "f:1:"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseConfig("f", []byte(tt.text))
			var e *ConfigError
			if !errors.As(err, &e) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := ParseConfig("f", bytes.Repeat([]byte("#"), MaxConfig+1)); !errors.Is(err, ErrConfigSize) {
		t.Errorf("error %v", err)
	}
}

func TestIgnore(t *testing.T) {
	plantTwo := func() *plant {
		p := newPlant("23.03.0")
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
