// Package dropin emulates ovn-trace(8): its command line, messages and exit statuses,
// and its daemon.
package dropin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/daemon/vlog"
	"github.com/ovnwalk/ovnwalk/internal/ovs"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/client"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/tracetext"
)

// Name is the name of the program that the package emulates.
const Name = "ovn-trace"

// Exit statuses of ovn-trace, which fails only if it cannot trace.
const (
	ExitTraced = 0
	ExitFailed = 1
)

// IsName reports whether the program was invoked as ovn-trace.
func IsName(program string) bool {
	return strings.TrimSuffix(filepath.Base(program), ".exe") == Name
}

// Source is a southbound database and how it is read.
type Source struct {
	DB string
	lflow.Source
}

// Host is the program that runs the emulation.
type Host struct {
	Getenv         func(string) string
	Stdout, Stderr io.Writer
	Self           []string // command line by which the process can run again in the background, or nil
	Version        string

	// Open reads a network, and passes the warnings about its database to warn.
	Open func(ctx context.Context, s Source, warn func(string)) (*lflow.Network, error)

	// OpenZones finds the zones of an archive or directory with several databases, and
	// reads the one in which the packet starts; datapath is "" if none is given.
	// The function that it returns is for sim.Choices.Across.
	OpenZones func(ctx context.Context, s Source, datapath, microflow string, warn func(string)) (*lflow.Network, func(*lflow.Port) sim.Entry, error)

	// Close closes a network that Open returned.
	Close func(*lflow.Network)
}

// call is an invocation of the program as ovn-trace.
type call struct {
	host *Host
	name string // for messages
	log  *vlog.Log

	source  Source
	noDB    bool   // whether the name of the database is empty
	ovs     string // source of the OpenFlow flows, "" if they are not shown
	views   tracetext.Views
	paint   tracetext.Paint
	choices sim.Choices
	// conflicts are the warnings about states of --ct, which are logged when the option is read.
	conflicts []string
	background
}

// Run runs ovn-trace and returns its exit status; program is the name by which it was
// invoked.  check runs the command and returns its error, or another one that makes it
// fail, such as that the output cannot be written.
func Run(ctx context.Context, host *Host, program string, args []string, check func(command func() error) error) int {
	d := newCall(host, program)
	defer d.log.CloseFile()
	err := check(func() error { return d.run(ctx, program, args) })
	var usage *usageError
	switch {
	case err == nil || errors.Is(err, errHandled):
		return ExitTraced
	case errors.Is(err, errReported):
	case errors.As(err, &usage):
		fmt.Fprintln(host.Stderr, usage)
	default:
		fmt.Fprintln(host.Stderr, d.name+": "+err.Error())
	}
	return ExitFailed
}

func newCall(host *Host, program string) *call {
	name := filepath.Base(program)
	return &call{host: host, name: name, log: vlog.New(name, host.Stderr, dialect.AllLogModules())}
}

// errHandled means that an option such as --help ended the command, errReported that the
// error was printed.
var (
	errHandled  = errors.New("answered")
	errReported = errors.New("said")
)

func (d *call) run(ctx context.Context, program string, args []string) error {
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
	if _, ok := errors.AsType[*lflow.SeveralError](err); ok {
		n, err = d.openZones(ctx, operands)
	}
	if err != nil {
		return err
	}
	text, err := d.trace(ctx, n, operands, d.views, d.choices)
	if _, werr := fmt.Fprint(d.host.Stdout, text); werr != nil {
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

// warn logs a warning of ovn-trace.
func (d *call) warn(text string) { d.log.Logf("ovntrace", vlog.Warn, "%s", text) }

// open reads the network.
func (d *call) open(ctx context.Context) (*lflow.Network, error) {
	if d.noDB {
		return nil, databaseError("", syscall.EAFNOSUPPORT)
	}
	n, err := d.host.Open(ctx, d.source, d.warn)
	if err != nil {
		return nil, databaseError(d.source.DB, err)
	}
	d.log.Restrict(dialect.LogModules(n.Dialect))
	return n, nil
}

// openZones reads the network in which the packet starts, of several zones.
func (d *call) openZones(ctx context.Context, operands []string) (*lflow.Network, error) {
	datapath := ""
	if len(operands) == 2 {
		datapath = operands[0]
	}
	n, across, err := d.host.OpenZones(ctx, d.source, datapath, operands[len(operands)-1], d.warn)
	if err != nil {
		return nil, err
	}
	d.choices.Across = across
	d.log.Restrict(dialect.LogModules(n.Dialect))
	return n, nil
}

// databaseError returns the message of ovn-trace for a database that cannot be read, or err
// if ovn-trace has none.
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

// trace returns the output of ovn-trace for [DATAPATH] MICROFLOW: a trace or an error
// message.  The returned error is one that ovn-trace does not have, or for which the
// ovn-trace of the release aborts; there may be output as well.
func (d *call) trace(ctx context.Context, n *lflow.Network, operands []string, views tracetext.Views, choices sim.Choices) (string, error) {
	r := sim.Request{Microflow: operands[len(operands)-1], Choices: choices}
	if len(operands) == 2 {
		r.Datapath, r.EmptyName = operands[0], operands[0] == ""
	}
	if d.ovs != "" { // ovn-trace connects once the microflow is parsed
		if _, _, _, err := sim.Start(n, r); err != nil {
			return d.refusal(n, err)
		}
	}
	var err error
	if r.OpenFlow, err = d.openFlow(ctx); err != nil {
		return "", err
	}
	t, err := sim.Trace(n, r)
	if err != nil {
		return d.refusal(n, err)
	}
	for _, w := range t.Warnings {
		if !slices.Contains(d.conflicts, w.Text) {
			d.warn(w.Text)
		}
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

// openFlow finds the OpenFlow flows of --ovs.
func (d *call) openFlow(ctx context.Context) (sim.OpenFlow, error) {
	if d.ovs == "" {
		return nil, nil
	}
	return ovs.OpenOrWarn(ctx, d.ovs, ovs.Options{PrivateKey: d.source.PrivateKey, Certificate: d.source.Certificate, CACert: d.source.CACert}, d.warn)
}

// refusal returns the message that ovn-trace prints instead of a trace.
func (d *call) refusal(n *lflow.Network, err error) (string, error) {
	var r *sim.RefusalError
	var m *expr.MicroflowError
	var unset *lflow.TemplateError
	switch {
	case !errors.As(err, &r):
		return "", err
	case errors.As(err, &m) && m.Absent != "":
		return "", fmt.Errorf("%s (ovn-trace %s aborts here)", strings.TrimSuffix(err.Error(), "."), n.Dialect.Release())
	case errors.As(err, &unset):
		return r.Msg, nil // without a newline, as in ovn-trace
	case !errors.Is(err, sim.ErrNoInport):
		return r.Msg + "\n", nil
	case n.Dialect.Has(dialect.InportRequired):
		return r.Msg, nil // likewise
	}
	return "", fmt.Errorf("%w, without which port security cannot be checked (ovn-trace %s aborts here)", err, n.Dialect.Release())
}

// aborts returns the reason why the ovn-trace of the release would have aborted on the walk,
// or nil.
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
