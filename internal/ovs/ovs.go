// Package ovs finds the OpenFlow flows that ovn-controller(8) made of logical
// flows: in a text that "ovs-ofctl dump-flows" printed, or by asking a switch
// through ovs-ofctl(8).  A flow refers to its logical flow by the cookie, which
// is the first 32 bits of the row's UUID.
package ovs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// Flows finds OpenFlow flows by their cookie, each as one line as ovs-ofctl
// prints it, in the order in which the switch holds them.
type Flows interface {
	Flows(cookie uint32) ([]string, error)
}

// Options are the parameters of requests to a switch.  The zero value suits files and unix
// sockets.
type Options struct {
	// PrivateKey, Certificate and CACert name the files for ssl: switches.
	PrivateKey, Certificate, CACert string
}

// Open finds flows where a name leads: a file is a dump, anything else a switch
// as ovs-ofctl names it (unix:FILE, tcp:HOST[:PORT], ssl:HOST[:PORT], a
// bridge).  The context is that of all later questions, too.  Errors are of type
// *DumpError or *SwitchError, or come from the operating system.
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

// OpenOrWarn is Open that passes the error of a switch that does not answer to warn,
// as ovn-trace(8) does, and returns no flows.
func OpenOrWarn(ctx context.Context, where string, o Options, warn func(string)) (Flows, error) {
	flows, err := Open(ctx, where, o)
	if silent, ok := errors.AsType[*SwitchError](err); ok {
		warn(fmt.Sprintf("%s: connection failed (%s)", where, silent))
		return nil, nil
	}
	return flows, err
}

// hasMethod reports whether a switch is named by a connection method of ovsdb(7).
func hasMethod(where string) bool {
	methods := []string{"unix:", "tcp:", "ssl:", "punix:", "ptcp:", "pssl:"}
	return slices.ContainsFunc(methods, func(m string) bool { return strings.HasPrefix(where, m) })
}
