package cli

import (
	"cmp"
	"fmt"

	"github.com/spf13/cobra"
)

// What commands say of arguments that they do not take.

// noArguments refuses arguments of a command that has none. Most who give one mean
// a database.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := ""
	if cmd.Flags().Lookup("db") != nil {
		hint = "; a database is given with --db"
	}
	return fmt.Errorf("%s takes no argument such as %q%s (see '%s --help')", cmd.Name(), args[0], hint, cmd.CommandPath())
}

// atMostOne takes one argument or none.
func atMostOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < 2 {
			return nil
		}
		return fmt.Errorf("%d arguments are given, and %s takes one %s at most: quote it if it has spaces (see '%s --help')", len(args), cmd.Name(), what, cmd.CommandPath())
	}
}

// knownVerb refuses a verb that there is not, and names those that are like it.
func knownVerb(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	cmd.SuggestionsMinimumDistance = 2 // letters that are wrong
	meant := cmp.Or(hint(cmd.SuggestionsFor(args[0])), fmt.Sprintf(" (see '%s --help')", cmd.CommandPath()))
	return fmt.Errorf("no command %q%s", args[0], meant)
}
