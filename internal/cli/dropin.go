package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/daemon/vlog"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/client"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/tracetext"
)

// dropinName is the name under which the program is ovn-trace(8).
const dropinName = "ovn-trace"

// The drop-in's exit statuses are ovn-trace's: it fails only where it cannot
// try.
const (
	dropinTried  = 0
	dropinFailed = 1
)

// isDropin reports whether a program's name makes it ovn-trace.
func isDropin(program string) bool {
	return strings.TrimSuffix(filepath.Base(program), ".exe") == dropinName
}

// newDropinCmd makes ovn-trace a verb, for where it is no link.
func newDropinCmd(sys *System) *cobra.Command {
	return &cobra.Command{
		Use:   "ovn-trace [options] [DATAPATH] MICROFLOW",
		Short: "Emulate ovn-trace(8)",
		Long: `Ovn-trace accepts the command line of ovn-trace(8) and produces the same output,
error messages and exit statuses.  The program does the same when it is invoked
as "ovn-trace", for example through a symbolic link.`,
		DisableFlagsInUseLine: true,
		DisableFlagParsing:    true,
		RunE: func(cmd *cobra.Command, args []string) error {
			return &statusError{runDropin(cmd.Context(), sys, dropinName, args)}
		},
	}
}

// statusError is an exit status with which everything has been said.
type statusError struct{ status int }

func (e *statusError) Error() string { return fmt.Sprintf("exit status %d", e.status) }

// dropin is one call of the program as ovn-trace.
type dropin struct {
	sys  *System
	name string // for messages
	log  *vlog.Log

	source    source
	noDB      bool // whether the database was given an empty name
	switching openFlowOptions
	views     tracetext.Views
	paint     tracetext.Paint
	choices   sim.Choices
	background
}

// runDropin is ovn-trace: program is the name under which it was called.
func runDropin(ctx context.Context, sys *System, program string, args []string) int {
	out := sys.output()
	sys = sys.verbatim()
	d := newDropin(sys, program)
	defer d.log.CloseFile()
	err := out.failed(sys.runChecked(func() error { return d.run(ctx, program, args) }))
	var usage *usageError
	switch {
	case err == nil || errors.Is(err, errHandled):
		return dropinTried
	case errors.Is(err, errReported):
	case errors.As(err, &usage):
		fmt.Fprintln(sys.Stderr, usage)
	default:
		fmt.Fprintln(sys.Stderr, d.name+": "+err.Error())
	}
	return dropinFailed
}

func newDropin(sys *System, program string) *dropin {
	name := filepath.Base(program)
	return &dropin{sys: sys, name: name, log: vlog.New(name, sys.Stderr, dialect.AllLogModules())}
}

// errHandled means that an option was all there was to answer, errReported that it
// has been said why there is no answer.
var (
	errHandled  = errors.New("answered")
	errReported = errors.New("said")
)

func (d *dropin) run(ctx context.Context, program string, args []string) error {
	operands, err := d.parse(program, args)
	if err != nil {
		return err
	}
	if d.detach {
		if len(operands) != 0 {
			return errors.New("non-option arguments not supported with --detach (use --help for help)")
		}
		return d.daemonize(ctx)
	}
	if err := checkOperands(operands); err != nil {
		return fmt.Errorf("%w (use --help for help)", err)
	}
	n, err := d.open(ctx)
	if several := (*lflow.SeveralError)(nil); errors.As(err, &several) {
		n, err = d.openZones(ctx, operands)
	}
	if err != nil {
		return err
	}
	text, err := d.trace(ctx, n, operands, d.views, d.choices)
	if _, werr := fmt.Fprint(d.sys.Stdout, text); werr != nil {
		return werr
	}
	return err
}

// checkOperands checks that operands are [DATAPATH] MICROFLOW.
func checkOperands(operands []string) error {
	if len(operands) < 1 || len(operands) > 2 {
		return errors.New("one or two non-option arguments are required")
	}
	return nil
}

// warn says something as ovn-trace says it, in the log.
func (d *dropin) warn(text string) { d.log.Logf("ovntrace", vlog.Warn, "%s", text) }

// open reads the network.
func (d *dropin) open(ctx context.Context) (*lflow.Network, error) {
	if d.noDB {
		return nil, databaseError("", syscall.EAFNOSUPPORT)
	}
	n, err := d.source.openWith(ctx, d.sys, d.warn)
	if err != nil {
		return nil, databaseError(d.source.db, err)
	}
	d.log.Restrict(dialect.LogModules(n.Dialect))
	return n, nil
}

// openZones finds the zones of an archive or folder with several databases, and reads the
// one in which the packet starts.  The walk goes on in the others.
func (d *dropin) openZones(ctx context.Context, operands []string) (*lflow.Network, error) {
	s := d.source.zones()
	s.Warn = d.warn
	zones, err := s.open(ctx, d.sys)
	if err != nil {
		return nil, err
	}
	o := traceOptions{microflow: operands[len(operands)-1]}
	if len(operands) == 2 {
		o.datapath = operands[0]
	}
	n, err := o.start(ctx, zones)
	if err != nil {
		return nil, err
	}
	d.choices.Across = across(ctx, zones)
	d.log.Restrict(dialect.LogModules(n.Dialect))
	return n, nil
}

// databaseError puts into ovn-trace's words why a database cannot be read, as
// far as that is something that ovn-trace knows.
func databaseError(name string, err error) error {
	text := ""
	var errno syscall.Errno
	var dbErr *ovsdb.Error
	switch {
	case errors.As(err, &errno), errors.Is(err, fs.ErrNotExist):
		text = vlog.Strerror(err)
	case client.IsRemote(name) && errors.As(err, &dbErr):
		text = dbErr.Text
	default:
		return err
	}
	return fmt.Errorf("%s: database connection failed (%s)", name, text)
}

// trace answers [DATAPATH] MICROFLOW as ovn-trace does, where it must by a
// refusal.  The error, beside or instead of an answer, is trouble that
// ovn-trace does not have, or on which the release's own tool aborts.
func (d *dropin) trace(ctx context.Context, n *lflow.Network, operands []string, views tracetext.Views, choices sim.Choices) (string, error) {
	r := sim.Request{Microflow: operands[len(operands)-1], Choices: choices}
	if len(operands) == 2 {
		r.Datapath, r.EmptyName = operands[0], operands[0] == ""
	}
	var err error
	if r.OpenFlow, err = d.switching.openFlow(ctx, &d.source.accessOptions, d.warn); err != nil {
		return "", err
	}
	t, err := sim.Trace(n, r)
	if err != nil {
		return d.refusal(n, err)
	}
	for _, w := range t.Warnings {
		d.warn(w.Text)
	}
	if t.Packet.Uint(packet.Inport) == 0 { // the ingress port (ovn-architecture(7))
		d.warn(sim.ErrNoInport.Error())
	}
	var b strings.Builder
	if err := tracetext.Write(&b, t, views, d.paint); err != nil {
		return "", err
	}
	return b.String(), aborts(t)
}

// refusal returns what ovn-trace prints instead of a trace.
func (d *dropin) refusal(n *lflow.Network, err error) (string, error) {
	var r *sim.RefusalError
	var m *expr.MicroflowError
	switch {
	case !errors.As(err, &r):
		return "", err
	case errors.As(err, &m) && m.Absent != "":
		return "", fmt.Errorf("%s (ovn-trace %s aborts here)", strings.TrimSuffix(err.Error(), "."), n.Dialect.Release())
	case !errors.Is(err, sim.ErrNoInport):
		return r.Msg + "\n", nil
	case n.Dialect.Has(dialect.InportRequired):
		return r.Msg, nil // without a newline, as ovn-trace has it
	}
	return "", fmt.Errorf("%w, without which port security cannot be checked (ovn-trace %s aborts here)", err, n.Dialect.Release())
}

// aborts returns why the release's own tool would have aborted on the walk, nil
// where it would not.
func aborts(t *trace.Trace) error {
	var err error
	trace.Walk(t.Root, func(n trace.Node) bool {
		r, ok := n.(*trace.Remark)
		switch {
		case !ok:
		case r.Kind == trace.RemarkNoPortToCheck:
			err = fmt.Errorf("security of port %d cannot be checked, as the datapath has no such port (ovn-trace %s aborts here)", r.Key, t.Release)
		case r.Kind == trace.ToolAborts:
			err = fmt.Errorf("the packet meets %s (ovn-trace %s aborts here)", r.Text, t.Release)
		}
		return err == nil
	})
	return err
}
