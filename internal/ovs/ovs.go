// Package ovs finds the OpenFlow flows that ovn-controller(8) generated from logical flows, in the
// output of "ovs-ofctl dump-flows" or by requests to a switch with ovs-ofctl(8).  A flow refers to
// its logical flow by the cookie, which is the first 32 bits of the row's UUID.
package ovs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// Flows finds OpenFlow flows by their cookie, each as a line of ovs-ofctl, in the order of the
// switch.
type Flows interface {
	Flows(cookie uint32) ([]string, error)
}

// Options are the parameters of requests to a switch.  The zero value is for files and Unix sockets.
type Options struct {
	// PrivateKey, Certificate and CACert are the names of files for ssl: switches.
	PrivateKey, Certificate, CACert string
}

// Open opens a source of flows: a file is a dump, any other name a switch of ovs-ofctl (unix:FILE,
// tcp:HOST[:PORT], ssl:HOST[:PORT], a bridge).  The context is also used for all later requests.
// Errors are of type *DumpError or *SwitchError, or come from the operating system.
func Open(ctx context.Context, where string, o Options) (Flows, error) {
	if !hasMethod(where) {
		if info, err := os.Stat(where); err == nil && !info.IsDir() && info.Mode()&os.ModeSocket == 0 {
			d, err := OpenDump(where)
			if err != nil {
				return nil, err
			}
			return d, nil
		}
	}
	s, err := Connect(ctx, where, o)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// OpenOrWarn is like Open, but if a switch does not respond, it passes the error to warn and returns
// no flows, as ovn-trace(8) does.
func OpenOrWarn(ctx context.Context, where string, o Options, warn func(string)) (Flows, error) {
	flows, err := Open(ctx, where, o)
	if silent, ok := errors.AsType[*SwitchError](err); ok {
		reason := silent.Text
		if inner, ok := strings.CutPrefix(reason, "connecting to "+where+" ("); ok { // ovs-ofctl
			reason = strings.TrimSuffix(inner, ")")
		}
		warn(fmt.Sprintf("%s: connection failed (%s)", where, reason))
		return nil, nil
	}
	return flows, err
}

// hasMethod reports whether a switch is named by a connection method of ovsdb(7).
func hasMethod(where string) bool {
	methods := []string{"unix:", "tcp:", "ssl:", "punix:", "ptcp:", "pssl:"}
	return slices.ContainsFunc(methods, func(m string) bool { return strings.HasPrefix(where, m) })
}
