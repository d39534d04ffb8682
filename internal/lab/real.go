package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// traceLimit is the time limit of one call of the real tool. For a packet that loops the
// tool does not end, and its memory grows. On a machine under load, other calls take
// seconds.
const traceLimit = 15 * time.Second

// An Answer is the output of a call of ovn-trace, or of a tool like it.
type Answer struct {
	Stdout, Stderr string
	// Exit is the exit status, -1 if a signal or the time limit ended the tool.
	Exit int
}

// Trace runs the real ovn-trace on the plane's southbound database.
func (p *ControlPlane) Trace(ctx context.Context, args []string) (Answer, error) {
	limited, cancel := context.WithTimeout(ctx, traceLimit)
	defer cancel()
	cmd := p.Command(limited, ToolPath("ovn-trace"), append([]string{"--db=" + p.Remote()}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var ended *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return Answer{}, fmt.Errorf("ovn-trace %q: %w", args, ctx.Err())
	case limited.Err() != nil, errors.Is(err, exec.ErrWaitDelay): // the output may not be whole
		return Answer{stdout.String(), stderr.String(), -1}, nil
	case err != nil && !errors.As(err, &ended):
		return Answer{}, fmt.Errorf("ovn-trace: %w", err)
	}
	return Answer{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}, nil
}

// repeats is how often a trace is repeated if the real tool may have selected a backend at
// random. With two backends, it selects the same one that often once in 16,384 cases.
const repeats = 14

// balances matches a load-balancing action with several backends. The real tool selects
// one at random unless --lb-dst names it.
var balances = regexp.MustCompile(`ct_lb(_mark)?\(backends=[^;)]*,`)

// Settled runs the real tool and reports whether it always returns this answer. It does not
// if the tool fails, if it selected a backend or a member at random, or if no input port
// is given, for which it may abort.
func (p *ControlPlane) Settled(ctx context.Context, args []string) (Answer, bool, error) {
	first, err := p.Trace(ctx, args)
	if err != nil || first.Exit != 0 || strings.Contains(first.Stderr, "does not specify ingress port") {
		return first, false, err
	}
	if !strings.HasPrefix(first.Stdout, "#") {
		return first, true, nil // rejected before any random selection
	}
	whole, err := p.Trace(ctx, append([]string{"--all"}, args...))
	if err != nil || whole.Exit != 0 || strings.Contains(whole.Stdout, "Randomly selected") {
		return first, false, err
	}
	if !balances.MatchString(whole.Stdout) {
		return first, true, nil
	}
	for range repeats {
		again, err := p.Trace(ctx, args)
		if err != nil || again.Stdout != first.Stdout || again.Exit != first.Exit {
			return first, false, err
		}
	}
	return first, true, nil
}

// Version returns the version that the installed ovn-trace reports.
func Version(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, ToolPath("ovn-trace"), "--version").Output()
	if err != nil {
		return "", err
	}
	first, _, _ := strings.Cut(string(out), "\n")
	return strings.TrimPrefix(first, "ovn-trace "), nil
}
