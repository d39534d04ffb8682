package dropin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/ovnwalk/ovnwalk/internal/daemon"
	"github.com/ovnwalk/ovnwalk/internal/daemon/vlog"
	"github.com/ovnwalk/ovnwalk/tracetext"
)

// background has the options for running in the background.
type background struct {
	detach    bool
	monitor   bool
	noChdir   bool
	user      string
	pidfile   string // "" for none
	overwrite bool
	unixctl   string // "" for $OVN_RUNDIR/ovn-trace.PID.ctl
}

// daemonize starts a daemon that serves ovn-appctl.  In the process that the user started,
// it returns once the daemon is ready.
func (d *call) daemonize(ctx context.Context) error {
	if d.source.DB == "-" {
		return errors.New("--detach reads its database repeatedly; standard input can be read only once")
	}
	ready, err := daemon.Detach(ctx, daemon.Options{
		Args: d.host.Self, Monitor: d.monitor, User: d.user,
		Restarted: func(why string) { d.log.Logf("daemon_unix", vlog.Err, "%s, restarting", why) },
	})
	var exit *daemon.ExitError
	switch {
	case errors.As(err, &exit):
		return errReported
	case err != nil || ready == nil:
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if d.pidfile != "" {
		pidfile, err := daemon.ClaimPidfile(d.pidfile, d.overwrite)
		if err != nil {
			return pidfileError(err)
		}
		defer pidfile.Release()
	}
	socket := absolute(d.rundir(), cmp.Or(d.unixctl, fmt.Sprintf("%s.%d.ctl", d.name, os.Getpid())))
	listener, err := daemon.Listen(ctx, socket)
	if err != nil {
		why := vlog.Strerror(err)
		fmt.Fprintf(d.host.Stderr, "%s: %s: could not initialize control socket (%s)\n", d.name, socket, why)
		return fmt.Errorf("failed to create unixctl server (%s)", why)
	}
	defer listener.Close()
	d.makePathsAbsolute()
	n, err := d.live(ctx)
	if err != nil {
		return err
	}
	defer n.close()
	if err := ready.Done(d.noChdir); err != nil {
		return err
	}
	d.log.Silence()
	server := &daemon.Server{
		Version:  d.versionLine(),
		Commands: d.commands(n),
		Warn:     func(text string) { d.log.Logf("unixctl", vlog.Warn, "%s", text) },
	}
	return server.Serve(ctx, listener)
}

// pidfileError converts an error about a pidfile to the message of OVS.
func pidfileError(err error) error {
	var path *fs.PathError
	if !errors.As(err, &path) {
		return err
	}
	what := "create"
	if path.Op == "lock" {
		what = "fcntl(F_SETLK)"
	}
	return fmt.Errorf("%s: %s failed (%s)", path.Path, what, vlog.Strerror(err))
}

// makePathsAbsolute makes the paths of files absolute, because a daemon changes its working
// directory.
func (d *call) makePathsAbsolute() {
	for _, name := range []*string{&d.source.PrivateKey, &d.source.Certificate, &d.source.CACert} {
		if abs, err := filepath.Abs(*name); err == nil && *name != "" && *name != "none" {
			*name = abs
		}
	}
	d.source.DB = absoluteSource(d.source.DB)
	if _, err := os.Stat(d.ovs); err == nil {
		if abs, err := filepath.Abs(d.ovs); err == nil {
			d.ovs = abs
		}
	}
}

// commands returns the commands of ovn-appctl.
func (d *call) commands(n *reloadingNetwork) map[string]daemon.Command {
	return map[string]daemon.Command{
		"exit": {Last: true, Run: func(context.Context, []string) (string, error) { return "", nil }},
		"trace": {Usage: "[OPTIONS] [DATAPATH] MICROFLOW", Min: 1, Max: daemon.Any, Run: func(ctx context.Context, args []string) (string, error) {
			return d.ask(ctx, n, args)
		}},
		"vlog/set": {Usage: "{spec | PATTERN:destination:pattern}", Max: daemon.Any, Run: func(_ context.Context, specs []string) (string, error) {
			if len(specs) == 0 {
				d.log.SetAll()
			}
			for _, s := range specs {
				if err := d.log.Set(s); err != nil {
					return "", err
				}
			}
			return "", nil
		}},
		"vlog/list":         {Run: func(context.Context, []string) (string, error) { return d.log.Levels(), nil }},
		"vlog/list-pattern": {Run: func(context.Context, []string) (string, error) { return d.log.Patterns(), nil }},
		"vlog/close":        {Run: func(context.Context, []string) (string, error) { d.log.CloseFile(); return "", nil }},
		"vlog/reopen": {Run: func(context.Context, []string) (string, error) {
			has, err := d.log.Reopen()
			if !has {
				return "", errors.New("Logging to file not configured")
			}
			return "", err
		}},
	}
}

// ask answers the command trace.  It shows only the views that the command names; its backend
// and select member apply to this command alone.  Each trace takes the conntrack states of
// the command line from the beginning.
func (d *call) ask(ctx context.Context, n *reloadingNetwork, args []string) (string, error) {
	var views tracetext.Views
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		switch args[0] {
		case "--detailed":
			views.Detailed = true
		case "--summary":
			views.Summary = true
		case "--minimal":
			views.Minimal = true
		case "--all":
			views = tracetext.Views{Detailed: true, Summary: true, Minimal: true}
		default:
			return "", errUnknownOption
		}
		args = args[1:]
	}
	if views == (tracetext.Views{}) {
		views.Detailed = true
	}
	if err := checkOperands(args); err != nil {
		return "", err
	}
	return n.trace(ctx, args, views, d.choices)
}

var errUnknownOption = errors.New("unknown option")
