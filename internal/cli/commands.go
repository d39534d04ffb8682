package cli

import (
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// Commands returns the commands with their options, for those who describe
// them; they are not to be run.
func Commands() *cobra.Command {
	root := newRoot(&System{
		Getenv: func(string) string { return "" },
		Stdin:  strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard,
	})
	root.InitDefaultCompletionCmd()
	return root
}
