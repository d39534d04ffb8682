package vet

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/ovnwalk/ovnwalk/internal/address"
)

// ConfigName is the name of the configuration file that is looked for in the
// current folder.
const ConfigName = ".ovnwalk-vet.yaml"

// MaxConfig is how many bytes a configuration file may have.
const MaxConfig = 1 << 20

// ErrConfigSize is the error for a configuration file that is too large.
var ErrConfigSize = errors.New("the configuration file is too large")

// Config says which findings count, and how much.  The zero value takes the
// table of codes as it is.
type Config struct {
	Ignore   []Ignore          `yaml:"ignore"`
	Severity map[string]string `yaml:"severity"` // of codes, other than the table has it
}

// Ignore is findings that are left out: those of a code that all else said here
// holds of too.
type Ignore struct {
	Code     string `yaml:"code"`
	Stage    string `yaml:"stage"`    // of one of its flows, "" for any
	Datapath string `yaml:"datapath"` // one of its datapaths, "" for any
	Match    string `yaml:"match"`    // a piece of the match of one of its flows
	Reason   string `yaml:"reason"`   // for those who read the file
}

// UnmarshalYAML reads a code alone, or a mapping.
func (i *Ignore) UnmarshalYAML(read func(any) error) error {
	if err := read(&i.Code); err == nil {
		return nil
	}
	type plain Ignore // without this method
	var p plain
	if err := read(&p); err != nil {
		return err
	}
	*i = Ignore(p)
	return nil
}

// ConfigError is what is wrong with a configuration file.
type ConfigError struct {
	File string
	Err  error
}

// Error returns the file and what is wrong with it, with the place where that is
// known.
func (e *ConfigError) Error() string { return e.File + ": " + e.Err.Error() }

// Unwrap returns the error behind it.
func (e *ConfigError) Unwrap() error { return e.Err }

// ParseConfig reads a configuration file's text.  Keys that it does not know and
// codes that there are not are refused.  Errors are of type *ConfigError.
func ParseConfig(file string, text []byte) (Config, error) {
	var c Config
	if len(text) > MaxConfig {
		return c, &ConfigError{file, fmt.Errorf("%w: %d bytes, of which %d are allowed", ErrConfigSize, len(text), MaxConfig)}
	}
	if err := yaml.UnmarshalWithOptions(text, &c, yaml.Strict()); err != nil {
		var y yaml.Error
		if errors.As(err, &y) && y.GetToken() != nil {
			at := y.GetToken().Position
			return Config{}, &ConfigError{fmt.Sprintf("%s:%d:%d", file, at.Line, at.Column), errors.New(y.GetMessage())}
		}
		return Config{}, &ConfigError{file, err}
	}
	if err := c.Check(); err != nil {
		return Config{}, &ConfigError{file, err}
	}
	return c, nil
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
	if _, ok := meanings[Code(code)]; ok {
		return nil
	}
	var known []string
	for _, m := range Codes() {
		known = append(known, string(m.Code))
	}
	if near := address.Near(code, known); len(near) > 0 {
		return fmt.Errorf("no code %q; did you mean %s?", code, strings.Join(near, " or "))
	}
	return fmt.Errorf("no code %q: there are %s", code, strings.Join(known, ", "))
}

// severity returns how bad a code is.
func (c Config) severity(k Code) Severity {
	if s, err := ParseSeverity(c.Severity[string(k)]); err == nil {
		return s
	}
	return meanings[k].Severity
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
