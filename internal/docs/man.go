package docs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/internal/cli"
)

// ManPages returns the manual pages, one a command, by their paths.
func ManPages() map[string]string {
	pages := map[string]string{}
	for _, c := range commands(cli.Commands(&cli.System{Getenv: func(string) string { return "" }})) {
		pages["docs/man/"+pageName(c)+".1"] = manPage(c)
	}
	return pages
}

// commands returns a command and all below it that a user sees in the help, each
// before its own.
func commands(c *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{c}
	for _, sub := range c.Commands() {
		if !sub.Hidden {
			all = append(all, commands(sub)...)
		}
	}
	return all
}

// pageName is the name of a command's page: "ovnwalk-parse-match".
func pageName(c *cobra.Command) string {
	return strings.ReplaceAll(c.CommandPath(), " ", "-")
}

// manPage returns a command's page in the macros of man(7).
func manPage(c *cobra.Command) string {
	c.InitDefaultHelpFlag()
	var r roff
	r.line(`.\" Generated from the command's options by "go test ./internal/docs -update"; do not edit.`)
	r.line(fmt.Sprintf(".TH %s 1 \"\" \"ovnwalk\" \"User Commands\"", strings.ToUpper(strings.ReplaceAll(pageName(c), "-", `\-`))))
	r.section("NAME")
	r.text(pageName(c) + ` \- ` + escape(lowerFirst(c.Short)))
	r.section("SYNOPSIS")
	r.line(".B " + escape(synopsis(c)))
	r.section("DESCRIPTION")
	r.prose(c.Long)
	if c.Long == "" {
		r.prose(c.Short + ".")
	}
	if subs := visible(c); len(subs) > 0 {
		r.section("COMMANDS")
		for _, s := range subs {
			r.line(".TP")
			r.line(fmt.Sprintf(".BR %s (1)", escape(pageName(s))))
			r.text(escape(s.Short))
		}
	}
	r.section("OPTIONS")
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			r.option(f)
		}
	})
	if c.HasParent() && c.RunE != nil && !c.DisableFlagParsing {
		r.section("EXIT STATUS")
		for _, row := range exitStatuses {
			r.line(".TP")
			r.line(".B " + row[0])
			r.text(escape(row[1]))
		}
		r.section("ENVIRONMENT")
		for _, row := range environment {
			r.line(".TP")
			r.line(".B " + escape(row[0]))
			r.text(escape(row[1]))
		}
	}
	if c.Example != "" {
		r.section("EXAMPLES")
		r.verbatim(c.Example)
	}
	r.section("SEE ALSO")
	r.text(strings.Join(related(c), ",\n"))
	return r.String()
}

// exitStatuses are the statuses of all commands.
var exitStatuses = [][2]string{
	{"0", "Success."},
	{"1", "Negative result: tests failed, databases differ, vet found errors, a line does not parse, or a walk is uncertain with --strict."},
	{"2", "An error occurred; it is reported on standard error."},
}

var environment = [][2]string{
	{"OVN_SB_DB", "The default southbound database for --db."},
	{"OVN_NB_DB", "The default northbound database for --nb of whatif."},
	{"NO_COLOR", "If not empty, disables color unless --color=always."},
}

func visible(c *cobra.Command) []*cobra.Command {
	return slices.DeleteFunc(slices.Clone(c.Commands()), func(s *cobra.Command) bool { return s.Hidden || s.Name() == "help" })
}

// synopsis is a command's line of use.
func synopsis(c *cobra.Command) string {
	if c.HasSubCommands() && c.UseLine() == c.CommandPath() {
		return c.CommandPath() + " COMMAND"
	}
	return c.UseLine()
}

// related are the references to other pages.
func related(c *cobra.Command) []string {
	var names []string
	if c.HasParent() {
		names = append(names, pageName(c.Parent()))
	}
	for _, s := range visible(c) {
		names = append(names, pageName(s))
	}
	refs := make([]string, 0, len(names)+2)
	for _, n := range names {
		refs = append(refs, `\fB`+escape(n)+`\fR(1)`)
	}
	return append(refs, `\fBovn\-trace\fR(8)`, `\fBovn\-sb\fR(5)`)
}

func lowerFirst(s string) string {
	if len(s) < 2 || s[1] >= 'A' && s[1] <= 'Z' {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// option writes an option, its value and what it does.
func (r *roff) option(f *pflag.Flag) {
	value, usage := pflag.UnquoteUsage(f)
	head := `\fB\-\-` + escape(f.Name) + `\fR`
	if f.Shorthand != "" {
		head = `\fB\-` + f.Shorthand + `\fR, ` + head
	}
	if value != "" {
		v := `\fI` + escape(value) + `\fR`
		switch {
		case f.NoOptDefVal != "" && f.Value.Type() != "bool":
			head += "[=" + v + "]"
		default:
			head += " " + v
		}
	}
	r.line(".TP")
	r.line(head)
	usage = strings.ReplaceAll(usage, "\n", " ")
	if d := f.DefValue; d != "" && d != "false" && d != "0" && d != "[]" && !strings.Contains(usage, "(default") {
		usage += " (default " + d + ")"
	}
	r.text(escape(usage))
}
