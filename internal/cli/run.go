// Package cli implements the commands of ovnwalk and their options, one file or
// group of files for each.  No other package imports cobra.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/cli/dropin"
	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/internal/render/cells"
)

// Exit statuses.
const (
	exitYes   = 0
	exitNo    = 1 // a negative result: tests failed, databases differ, findings
	exitError = 2 // the command failed

	// exitAgain means that long work was interrupted, by a signal or because the disk is
	// full, and can be resumed (EX_TEMPFAIL of sysexits.h).
	exitAgain = 75
)

// System is the environment in which a command runs.
type System struct {
	Getenv         func(string) string
	Stdin          io.Reader
	Stdout, Stderr io.Writer

	// Self is the command line of the process, with which ovn-trace --detach starts the
	// daemon. It is nil if the command does not run in a process of its own.
	Self []string

	names   *lastIndex     // nil: each trace has its own
	args    []string       // of the command line
	reports []*pflag.Flag  // options that name files of reports
	opened  *input.Session // nil before a command runs
}

// warn prints a warning on standard error.
func (sys *System) warn(text string) { sys.say("warning: " + text) }

// say writes a line on standard error.
func (sys *System) say(line string) {
	fmt.Fprintln(sys.Stderr, cells.Fold(escape.Text(line), lineWidth(sys.Stderr)))
}

// Main runs the program with the environment, arguments and standard streams of the
// process and returns its exit status.
func Main(ctx context.Context) int {
	sys := &System{Getenv: os.Getenv, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Self: os.Args}
	watchMemory(sys.Stderr)
	if dropin.IsName(os.Args[0]) {
		sys.escapeStreams()
		return runDropin(ctx, sys, os.Args[0], os.Args[1:])
	}
	return sys.Run(ctx, os.Args[1:])
}

// Run runs the program and returns its exit status: args are those after the program's
// name.
func (sys *System) Run(ctx context.Context, args []string) int {
	sys.escapeStreams()
	sys.args, sys.names = args, &lastIndex{}
	out := sys.output()
	root := Commands(sys)
	if isCompletion(args) {
		if err := addCompletions(root, sys); err != nil {
			return exitStatus(sys.Stderr, err)
		}
	}
	root.SetArgs(args)
	root.SetIn(sys.Stdin)
	root.SetErr(sys.Stderr)
	err := sys.runChecked(func() error { return root.ExecuteContext(ctx) })
	if s, ok := sys.Stdout.(*escapingWriter); ok {
		_ = s.flush() // out keeps the error
	}
	return exitStatus(sys.Stderr, out.failed(sys.meant(err)))
}

// meant adds a hint to a syntax error: --ovs and --why-not take a value only after "=", so
// that a word behind them is read as an argument.
func (sys *System) meant(err error) error {
	e, ok := errors.AsType[*expr.SyntaxError](err)
	if !ok {
		return err
	}
	for _, option := range []string{"--ovs", "--why-not"} {
		if i := slices.Index(sys.args, option); i >= 0 && i+1 < len(sys.args) && sys.args[i+1] == e.Text {
			return fmt.Errorf("%w (a value of %s is given as %[2]s=%s)", err, option, e.Text)
		}
	}
	return err
}

// exitStatus returns the exit status for an error, and prints the error unless it was
// reported before.
func exitStatus(stderr io.Writer, err error) int {
	if err == nil {
		return exitYes
	}
	var no *negativeError
	var reported *reportedError
	var status *statusError
	switch {
	case errors.As(err, &no):
		return exitNo
	case errors.As(err, &reported):
		return exitError
	case errors.As(err, &status):
		return status.status
	}
	printError(stderr, err)
	return exitError
}

// negativeError means that a command printed a negative result: exit status 1.
type negativeError struct{}

func (*negativeError) Error() string { return "no" }

// reportedError means that a command printed its errors: exit status 2.
type reportedError struct{}

func (*reportedError) Error() string { return "errors were reported" }

// statusError is an exit status without a message.
type statusError struct{ status int }

func (e *statusError) Error() string { return fmt.Sprintf("exit status %d", e.status) }

// Commands returns the command ovnwalk with all its commands and their options.
func Commands(sys *System) *cobra.Command {
	root := &cobra.Command{
		Use:   "ovnwalk",
		Short: "Trace packets through OVN logical flows, offline",
		Long: `ovnwalk traces packets through the logical flows of an OVN southbound database,
read from a file, an archive or a server.  It needs no OVN.  It also predicts
what happens to connections, proves which packets can reach a port, tests and
compares networks, and checks databases.  "ovnwalk trace --db demo --from vm1
--to vm2" is a first example.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cmd.Help()
		},
		PersistentPreRunE: sys.checkCommandLine,
	}
	info, _ := debug.ReadBuildInfo()
	root.Version = version(info)
	root.SetVersionTemplate("ovnwalk {{.Version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if cmd == root {
			if args := cmd.Flags().Args(); len(args) > 0 {
				return knownCommand(cmd, args) // ovnwalk itself has no options but --help and --version
			}
		}
		return flagError(err, cmd.CommandPath())
	})
	root.AddCommand(
		newTraceCmd(sys),
		newConnectCmd(sys),
		newReachCmd(sys),
		newParseCmd(sys),
		newSnapshotCmd(sys),
		newShowCmd(sys),
		newListCmd(sys),
		newFindCmd(sys),
		newDropinCmd(sys),
		newTestCmd(sys),
		newVetCmd(sys),
		newDiffCmd(sys),
		newWhatifCmd(sys),
		newRecordCmd(sys),
		newVersionCmd(sys),
	)
	inOrder(root)
	root.SetOut(sys.Stdout) // InitDefaultCompletionCmd keeps this writer
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	help := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		colored("never", sys)
		help(cmd, args)
	})
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "completion":
			cmd.Args = knownCommand
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		case "help":
			cmd.Args = func(_ *cobra.Command, args []string) error {
				found, rest, _ := root.Find(args)
				return knownCommand(found, rest)
			}
		}
	}
	return root
}

// inOrder makes the help of a command and its subcommands list options in the order of
// their declaration, and keeps cobra from adding "[flags]" to their usage.
func inOrder(cmd *cobra.Command) {
	cmd.Flags().SortFlags = false
	cmd.DisableFlagsInUseLine = true
	for _, sub := range cmd.Commands() {
		inOrder(sub)
	}
}

// flagError adds to an error in an option how to get help for the command.
func flagError(err error, command string) error {
	text := err.Error()
	if e, ok := errors.AsType[*strconv.NumError](err); ok {
		text = strings.ReplaceAll(text, e.Error(), e.Err.Error())
	}
	return fmt.Errorf("%s (see '%s --help')", text, command)
}
