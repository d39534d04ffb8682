package dropin

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/daemon"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/tracetext"
)

// option is an option of ovn-trace.
type option struct {
	longOption
	argument string // its name in the help
	usage    string // "" for an option without effect
}

// options are all options of ovn-trace(8), in the order in which its messages list those that
// an abbreviation may stand for.
var options = []option{
	{longOption{"db", 0, needsArgument}, "DATABASE", "southbound database: a server, a file or an archive (default $OVN_SB_DB,\nelse unix:$OVN_RUNDIR/ovnsb_db.sock)"},
	{longOption{"leader-only", 0, noArgument}, "", "connect only to the leader of a cluster (default)"},
	{longOption{"no-leader-only", 0, noArgument}, "", "connect to any member of a cluster"},
	{longOption{"unixctl", 0, needsArgument}, "SOCKET", "with --detach, the socket for ovn-appctl"},
	{longOption{"detailed", 0, noArgument}, "", "show each table with the matching flow and its actions (default)"},
	{longOption{"summary", 0, noArgument}, "", "show the actions without the tables"},
	{longOption{"minimal", 0, noArgument}, "", "show only modifications and outputs"},
	{longOption{"all", 0, noArgument}, "", "show all three views"},
	{longOption{"ovs", 0, mayHaveArgument}, "REMOTE", "show OpenFlow flows, from a switch or a file of \"ovs-ofctl dump-flows\"\n(default unix:$OVS_RUNDIR/br-int.mgmt)"},
	{longOption{"ct", 0, needsArgument}, "FLAGS", "state of the next conntrack lookup; may be repeated"},
	{longOption{"friendly-names", 0, noArgument}, "", "show friendly names (default)"},
	{longOption{"no-friendly-names", 0, noArgument}, "", "show the names that flows use"},
	{longOption{"help", 'h', noArgument}, "", "show this help"},
	{longOption{"version", 'V', noArgument}, "", "show the version"},
	{longOption{"lb-dst", 0, needsArgument}, "IP[:PORT]", "backend that load balancers select"},
	{longOption{"select-id", 0, needsArgument}, "N", "member that select actions choose"},

	{longOption{"detach", 0, noArgument}, "", "run in the background, for ovn-appctl"},
	{longOption{"no-self-confinement", 0, noArgument}, "", ""},
	{longOption{"no-chdir", 0, noArgument}, "", "stay in the working directory"},
	{longOption{"pidfile", 0, mayHaveArgument}, "FILE", "write the process ID to FILE (default $OVN_RUNDIR/ovn-trace.pid)"},
	{longOption{"overwrite-pidfile", 0, noArgument}, "", "replace the PID file of another process"},
	{longOption{"monitor", 0, noArgument}, "", "restart the background process if it dies"},
	{longOption{"user", 0, needsArgument}, "USER[:GROUP]", "run as another user in the background"},

	{longOption{"verbose", 'v', mayHaveArgument}, "SPEC", "set logging levels and patterns"},
	{longOption{"log-file", 0, mayHaveArgument}, "FILE", "also log to a file (default $OVS_LOGDIR/ovn-trace.log)"},
	{longOption{"syslog-method", 0, needsArgument}, "", ""},
	{longOption{"syslog-target", 0, needsArgument}, "", ""},

	{longOption{"private-key", 'p', needsArgument}, "FILE", "private key for ssl: servers"},
	{longOption{"certificate", 'c', needsArgument}, "FILE", "certificate for the private key"},
	{longOption{"ca-cert", 'C', needsArgument}, "FILE", "CA certificate to verify ssl: servers"},
	{longOption{"ssl-protocols", 0, needsArgument}, "", ""},
	{longOption{"ssl-ciphers", 0, needsArgument}, "", ""},
}

// set processes an option at once, as ovn-trace does: of two errors on a command line, it
// reports the first.
func (d *call) set(name, value string, given bool) error {
	switch name {
	case "db":
		d.source.DB, d.noDB = value, value == ""
	case "leader-only":
		d.source.NoLeaderOnly = false
	case "no-leader-only":
		d.source.NoLeaderOnly = true
	case "unixctl":
		d.unixctl = value
	case "detailed":
		d.views.Detailed = true
	case "summary":
		d.views.Summary = true
	case "minimal":
		d.views.Minimal = true
	case "all":
		d.views = tracetext.Views{Detailed: true, Summary: true, Minimal: true}
	case "ovs":
		return d.setOVS(value, given)
	case "ct":
		return d.setCT(value)
	case "friendly-names":
		d.paint.PlainNames = false
	case "no-friendly-names":
		d.paint.PlainNames = true
	case "help":
		return d.help()
	case "version":
		return d.version()
	case "lb-dst":
		return d.setLBDst(&d.choices, value)
	case "select-id":
		id, err := sim.ParseSelectID(value)
		d.choices.SelectID = id
		return err
	case "detach":
		d.detach = true
	case "no-chdir":
		d.noChdir = true
	case "pidfile":
		d.setPidfile(value, given)
	case "overwrite-pidfile":
		d.overwrite = true
	case "monitor":
		d.monitor = true
	case "user":
		return d.setUser(value)
	case "verbose":
		return d.setVerbosity(value, given)
	case "log-file":
		return d.setLogFile(value, given)
	case "syslog-method":
		return checkSyslogMethod(value)
	case "private-key":
		d.source.PrivateKey = value
	case "certificate":
		d.source.Certificate = value
	case "ca-cert":
		d.source.CACert = value
	case "no-self-confinement", "syslog-target", "ssl-protocols", "ssl-ciphers":
		// These have no effect: ovnwalk has no confinement and no syslog, and crypto/tls
		// selects protocols and ciphers.
	default:
		return fmt.Errorf("option --%s is not handled", name)
	}
	return nil
}

// parse reads the command line and returns its operands.
func (d *call) parse(program string, args []string) ([]string, error) {
	g := getopt{prog: program, posix: d.host.Getenv("POSIXLY_CORRECT") != ""}
	for _, o := range options {
		g.options = append(g.options, o.longOption)
	}
	operands, err := g.read(args, d.set)
	if err != nil {
		return nil, err
	}
	if d.source.DB == "" && !d.noDB {
		d.source.DB = cmp.Or(d.host.Getenv("OVN_SB_DB"), "unix:"+filepath.Join(d.rundir(), "ovnsb_db.sock"))
	}
	if d.views == (tracetext.Views{}) {
		d.views.Detailed = true
	}
	return operands, nil
}

// rundir returns the directory of OVN's sockets and pidfiles.
func (d *call) rundir() string { return cmp.Or(d.host.Getenv("OVN_RUNDIR"), "/var/run/ovn") }

func (d *call) setOVS(value string, given bool) error {
	if !given {
		value = "unix:" + filepath.Join(cmp.Or(d.host.Getenv("OVS_RUNDIR"), "/var/run/openvswitch"), "br-int.mgmt")
	}
	d.ovs = value
	return nil
}

func (d *call) setPidfile(value string, given bool) {
	if !given {
		value = d.name + ".pid"
	}
	d.pidfile = absolute(d.rundir(), value)
}

func (d *call) setUser(value string) error {
	if err := daemon.CheckUser(value); err != nil {
		return fmt.Errorf("%s: %w", cmp.Or(d.pidfile, "(null)"), err) // the message of ovn-trace
	}
	d.user = value
	return nil
}

func (d *call) setVerbosity(spec string, given bool) error {
	if !given {
		d.log.SetAll()
		return nil
	}
	if err := d.log.Set(spec); err != nil {
		return fmt.Errorf("processing \"%s\": %w", spec, err)
	}
	return nil
}

// setLogFile opens the log file.  It only returns an error if a file was named.
func (d *call) setLogFile(file string, given bool) error {
	if !given {
		file = filepath.Join(cmp.Or(d.host.Getenv("OVS_LOGDIR"), "/var/log/openvswitch"), d.name+".log")
	}
	if err := d.log.OpenFile(file); err != nil && given {
		return errReported
	}
	return nil
}

func checkSyslogMethod(method string) error {
	if method == "null" || method == "libc" || strings.HasPrefix(method, "udp:") || strings.HasPrefix(method, "unix:") {
		return nil
	}
	return fmt.Errorf("unsupported syslog method '%s'", method)
}

// absolute returns a path in a directory, unless the path is absolute.
func absolute(dir, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}
