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

// traceLimit is how long one call of the real tool may run. On a packet that
// loops it does not end, and takes memory as it goes; on a machine under load a
// call that ends takes seconds.
const traceLimit = 15 * time.Second

// An Answer is what a call of ovn-trace, or of a tool like it, ended with.
type Answer struct {
	Stdout, Stderr string
	// Exit is the exit status, -1 where a signal or the time limit ended
	// the tool.
	Exit int
}

// Trace asks the real ovn-trace about the plane's southbound database.
func (p *ControlPlane) Trace(ctx context.Context, args []string) (Answer, error) {
	limited, cancel := context.WithTimeout(ctx, traceLimit)
	defer cancel()
	cmd := p.Command(limited, toolPath("ovn-trace"), append([]string{"--db=" + p.Remote()}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var ended *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return Answer{}, fmt.Errorf("ovn-trace %q: %w", args, ctx.Err())
	case limited.Err() != nil:
		return Answer{stdout.String(), stderr.String(), -1}, nil
	case err != nil && !errors.As(err, &ended):
		return Answer{}, fmt.Errorf("ovn-trace: %w", err)
	}
	return Answer{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}, nil
}

// repeats is how often a trace is repeated in which the real tool may have
// chosen a backend by chance. Of two it takes the same one that often in a
// row once in 16,384 cases.
const repeats = 14

// balances matches a load-balancing action with several backends, of which
// the real tool takes one by chance unless --lb-dst names it.
var balances = regexp.MustCompile(`ct_lb(_mark)?\(backends=[^;)]*,`)

// Settled asks the real tool and says whether its answer is one that it always
// gives. It is not where the tool fails, where it chose a backend or a member
// by chance, or where no ingress port is named, on which it may abort.
func (p *ControlPlane) Settled(ctx context.Context, args []string) (Answer, bool, error) {
	first, err := p.Trace(ctx, args)
	if err != nil || first.Exit != 0 || strings.Contains(first.Stderr, "does not specify ingress port") {
		return first, false, err
	}
	if !strings.HasPrefix(first.Stdout, "#") {
		return first, true, nil // refused before any choice
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

// Version is the version that the installed ovn-trace says of itself.
func Version(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, toolPath("ovn-trace"), "--version").Output()
	if err != nil {
		return "", err
	}
	first, _, _ := strings.Cut(string(out), "\n")
	return strings.TrimPrefix(first, "ovn-trace "), nil
}
