package vet

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/similar"
)

// ConfigName is the name of the configuration file that is looked for in the
// current directory.
const ConfigName = ".ovnwalk-vet.yaml"

// Config determines which findings are reported, and their severity. The zero value uses the table of
// codes.
type Config struct {
	Ignore   []Ignore
	Severity map[string]string // of codes, other than the table has it
}

// Ignore selects findings to omit: those of a code for which all other conditions are true.
type Ignore struct {
	Code     string
	Stage    string // of one of its flows, "" for any
	Datapath string // one of its datapaths, "" for any
	Match    string // a piece of the match of one of its flows
	Reason   string // for those who read the file
}

// Check reports the first code or severity that there is not.
func (c Config) Check() error {
	for _, i := range c.Ignore {
		if err := checkCode(i.Code); err != nil {
			return err
		}
	}
	codes := make([]string, 0, len(c.Severity))
	for code := range c.Severity {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	for _, code := range codes {
		if err := checkCode(code); err != nil {
			return err
		}
		if _, err := ParseSeverity(c.Severity[code]); err != nil {
			return fmt.Errorf("%s: %w", code, err)
		}
	}
	return nil
}

func checkCode(code string) error {
	if _, ok := codeDescriptions[Code(code)]; ok {
		return nil
	}
	var known []string
	for _, m := range Codes() {
		known = append(known, string(m.Code))
	}
	return fmt.Errorf("no code %q; %s", code, similar.Hint(code, known, "there are"))
}

// severity returns how bad a code is.
func (c Config) severity(k Code) Severity {
	if s, err := ParseSeverity(c.Severity[string(k)]); err == nil {
		return s
	}
	return codeDescriptions[k].Severity
}

// ignores reports whether a finding is left out.
func (c Config) ignores(f *Finding) bool {
	return slices.ContainsFunc(c.Ignore, func(i Ignore) bool {
		return Code(i.Code) == f.Code &&
			(i.Stage == "" || slices.ContainsFunc(f.Flows, func(w Where) bool { return w.Stage == i.Stage })) &&
			(i.Datapath == "" || slices.Contains(f.Datapaths, i.Datapath)) &&
			(i.Match == "" || slices.ContainsFunc(f.Flows, func(w Where) bool { return strings.Contains(w.Match, i.Match) }))
	})
}

// skipped returns the codes that are left out altogether, sorted.
func (c Config) skipped() (codes []Code) {
	for _, i := range c.Ignore {
		if i.Stage == "" && i.Datapath == "" && i.Match == "" {
			codes = append(codes, Code(i.Code))
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}
