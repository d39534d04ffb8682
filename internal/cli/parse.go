package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// parseOptions are the options of ovnwalk parse.
type parseOptions struct {
	source
	annotate bool
	prereqs  bool
	pipeline string
	table    int
	text     *string // nil: read standard input
}

func newParseCmd(sys *System) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "parse",
		Short: "Check and rewrite matches and actions",
		Long: `Parse prints matches or actions in canonical form, one line of output for each
line of input.  For a line that does not parse it prints the error, and the exit
status is 1.  A CI job can use it to check ACL matches before they are written
to the northbound database, which does not check them.`,
		Args: knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newParseMatchCmd(sys), newParseActionsCmd(sys))
	return cmd
}

func newParseMatchCmd(sys *System) *cobra.Command {
	o := &parseOptions{}
	cmd := &cobra.Command{
		Use:     "match [options] [TEXT]",
		Short:   "Print a match in canonical form",
		Example: `  ovnwalk parse match 'ip4.src == 10.0.0.0/8 && tcp.dst == {80, 443}'`,
		Args:    atMostOne("TEXT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.take(args)
			return runParseMatch(cmd.Context(), sys, o)
		},
	}
	o.source.flags(cmd.Flags())
	cmd.Flags().BoolVar(&o.annotate, "annotate", false, "show the match expanded, with its prerequisites")
	return cmd
}

func newParseActionsCmd(sys *System) *cobra.Command {
	o := &parseOptions{}
	cmd := &cobra.Command{
		Use:     "actions [options] [TEXT]",
		Short:   "Print actions in canonical form",
		Example: `  ovnwalk parse actions 'outport="vm1"; next;'`,
		Args:    atMostOne("TEXT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.take(args)
			return runParseActions(cmd.Context(), sys, o)
		},
	}
	f := cmd.Flags()
	o.source.flags(f)
	f.BoolVar(&o.prereqs, "prereqs", false, "show the prerequisites of the actions instead; 1 for none")
	choose(f, &o.pipeline, "pipeline", "ingress", "pipeline of the actions: ingress or egress", "ingress", "egress")
	f.IntVar(&o.table, "table", 0, "table of the actions")
	return cmd
}

func (o *parseOptions) take(args []string) {
	if len(args) == 1 {
		o.text = &args[0]
	}
}

// network opens the database in which names are resolved, if --db is given.
func (o *parseOptions) network(ctx context.Context, sys *System) (*lflow.Network, dialect.Dialect, error) {
	if o.db != "" {
		n, err := o.open(ctx, sys)
		if err != nil {
			return nil, dialect.Dialect{}, err
		}
		return n, n.Dialect, nil
	}
	if o.chassis != "" {
		return nil, dialect.Dialect{}, errors.New("--chassis needs a database: give one with --db")
	}
	if o.release == "" {
		return nil, dialect.For(dialect.Newest), nil
	}
	r, err := dialect.Parse(o.release)
	return nil, dialect.For(r), err
}

func runParseMatch(ctx context.Context, sys *System, o *parseOptions) error {
	n, d, err := o.network(ctx, sys)
	if err != nil {
		return err
	}
	env := expr.Env{Symbols: expr.SymbolsOf(d.Release())}
	if n != nil {
		env = n.CheckEnv()
	}
	return o.each(sys, func(b []byte, text string) ([]byte, error) {
		e, err := expr.Parse(text, env)
		if err != nil {
			return b, err
		}
		annotated := expr.Annotate(e)
		if !satisfiable(annotated, n) {
			sys.warn(text + ": no packet ever matches")
		}
		if o.annotate {
			e = annotated
		}
		return expr.Append(b, e), nil
	})
}

// maxResidents is the maximum number of ports in is_chassis_resident whose values, true and
// false, are all tried.
const maxResidents = 8

// satisfiable reports whether some packet may match on some chassis.  The members of port
// groups are those of the network; without a network a port may be a member of any group.
func satisfiable(e expr.Expr, n *lflow.Network) bool {
	var residents []string
	expr.Walk(e, func(e expr.Expr) bool {
		if r, ok := e.(*expr.Resident); ok && !slices.Contains(residents, r.Port) {
			residents = append(residents, r.Port)
		}
		return true
	})
	if len(residents) > maxResidents {
		return true
	}
	names := expr.Names{Member: func(string, string) bool { return true }}
	if n != nil {
		names.Member = func(group, port string) bool {
			ports, _ := n.CheckEnv().Group(group)
			return slices.Contains(ports, port)
		}
	}
	for here := range 1 << len(residents) {
		names.Resident = func(port string) bool { return here>>slices.Index(residents, port)&1 != 0 }
		if ok, _ := expr.Satisfiable(e, names); ok {
			return true
		}
	}
	return false
}

func runParseActions(ctx context.Context, sys *System, o *parseOptions) error {
	n, d, err := o.network(ctx, sys)
	if err != nil {
		return err
	}
	env := action.Env{Dialect: d, Table: o.table}
	if o.pipeline == "egress" {
		env.Pipeline = action.Egress
	}
	if o.table < 0 {
		return fmt.Errorf("--table=%d: the table number is negative", o.table)
	}
	if n != nil {
		env = n.ActionEnv(env.Pipeline, o.table)
		env.Tracing = false
	}
	return o.each(sys, func(b []byte, text string) ([]byte, error) {
		a, err := action.Parse(text, env)
		if err != nil {
			return b, err
		}
		if !o.prereqs {
			return a.Append(b), nil
		}
		if a.Prereqs == nil {
			return append(b, '1'), nil
		}
		return expr.Append(b, a.Prereqs), nil
	})
}

// each rewrites the text, or each line of standard input, and prints the results.
func (o *parseOptions) each(sys *System, rewrite func(b []byte, text string) ([]byte, error)) error {
	out := bufio.NewWriterSize(sys.Stdout, 1<<16)
	var buf []byte
	failed := false
	one := func(text string) error {
		var err error
		if buf, err = rewrite(buf[:0], text); err != nil {
			failed = true
			buf = append(buf[:0], err.Error()...)
		}
		buf = append(buf, '\n')
		_, err = out.Write(buf)
		return err
	}
	if err := o.lines(sys.Stdin, one); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if failed {
		return &negativeError{}
	}
	return nil
}

func (o *parseOptions) lines(stdin io.Reader, f func(string) error) error {
	if o.text != nil {
		return f(*o.text)
	}
	in := bufio.NewReaderSize(stdin, 1<<16)
	for {
		line, err := readLine(in)
		if len(line) > 0 {
			if err := f(string(bytes.TrimSuffix(line, []byte("\n")))); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("standard input: %w", err)
		}
	}
}
