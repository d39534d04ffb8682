package cli

import (
	"cmp"
	"fmt"

	"github.com/spf13/cobra"
)

// noArguments rejects arguments of a command that takes none. The error mentions --db,
// because most such arguments are databases.
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

// atMostOne accepts no more than one argument.
func atMostOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < 2 {
			return nil
		}
		return fmt.Errorf("%d arguments are given, and %s takes one %s at most: quote it if it has spaces (see '%s --help')", len(args), cmd.Name(), what, cmd.CommandPath())
	}
}

// knownCommand rejects an unknown command and suggests similar ones.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	cmd.SuggestionsMinimumDistance = 2 // wrong letters
	meant := cmp.Or(hint(cmd.SuggestionsFor(args[0])), fmt.Sprintf(" (see '%s --help')", cmd.CommandPath()))
	return fmt.Errorf("no command %q%s", args[0], meant)
}
