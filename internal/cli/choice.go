package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/internal/report"
)

// choice is the value of an option that accepts a fixed set of words.  Shells complete
// them, and checkChoices rejects others.
type choice struct {
	value *string
	words []string
}

// choose adds an option that accepts one of words, with a default value.
func choose(f *pflag.FlagSet, to *string, name, value, usage string, words ...string) {
	*to = value
	f.Var(&choice{to, words}, name, usage)
}

// String returns the word.
func (c *choice) String() string {
	if c.value == nil {
		return ""
	}
	return *c.value
}

// Type returns the word for the value in a usage.
func (c *choice) Type() string { return "string" }

// Set accepts any word: checkChoices reports others, after errors of syntax.
func (c *choice) Set(word string) error {
	*c.value = word
	return nil
}

// checkChoices returns an error for an option whose value is not one of its words.
func checkChoices(f *pflag.FlagSet) (err error) {
	f.Visit(func(f *pflag.Flag) {
		if c, ok := f.Value.(*choice); ok && err == nil && !slices.Contains(c.words, *c.value) {
			err = fmt.Errorf("--%s=%s: not one of %s", f.Name, *c.value, strings.Join(c.words, ", "))
		}
	})
	return err
}

// colorFlag adds the option --color.
func colorFlag(f *pflag.FlagSet, to *string) {
	choose(f, to, "color", "auto", "color the text: auto, always or never", "auto", "always", "never")
}

// reportOptions are the format, file and colors of a report.
type reportOptions struct{ format, output, color string }

func (o *reportOptions) flags(f *pflag.FlagSet, formats []string) {
	o.formatFlag(f, formats)
	outputFlag(f, &o.output, "output", "o", writesReport, "file to write the report to instead of standard output")
	colorFlag(f, &o.color)
}

func (o *reportOptions) formatFlag(f *pflag.FlagSet, formats []string) {
	choose(f, &o.format, "format", "text", "format of the report: "+strings.Join(formats, ", "), formats...)
}

// write writes a report to a file or to standard output. A text report does not contain
// the warnings of its sources: a file begins with them, and for standard output they are
// on standard error.
func (o *reportOptions) write(sys *System, warnings []string, write func(io.Writer, report.Paint) error) error {
	return writeOutput(o.output, func(w io.Writer) error {
		if w == nil {
			return write(sys.Stdout, reportPaint(o.format, o.color, sys))
		}
		if o.format == "text" {
			for _, text := range warnings {
				if _, err := fmt.Fprintln(w, "warning: "+escape.Text(text)); err != nil {
					return err
				}
			}
		}
		return write(w, nil)
	})
}
