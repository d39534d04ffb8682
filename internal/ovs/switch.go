package ovs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
)

// ofctl is the program that sends OpenFlow requests.
const ofctl = "ovs-ofctl"

// maxAnswer is the maximum size of a reply in bytes.
const maxAnswer = 64 << 20

// seconds is the maximum time that a switch may take for a reply.
const seconds = "30"

// SwitchError means that a request to a switch failed.
type SwitchError struct {
	Text string // the message of ovs-ofctl, or why it did not run
	Err  error
}

// Error returns Text.
func (e *SwitchError) Error() string { return e.Text }

// Unwrap returns the error with which the program ended.
func (e *SwitchError) Unwrap() error { return e.Err }

// Switch is an OpenFlow switch, with requests by ovs-ofctl(8).  It may be used concurrently.
type Switch struct {
	ctx    context.Context
	remote string
	args   []string

	mu    sync.Mutex
	asked map[uint32]dumpResult
}

type dumpResult struct {
	flows []string
	err   error
}

// Connect returns a switch after checking that it responds.  Errors are of type *SwitchError.
func Connect(ctx context.Context, remote string, o Options) (*Switch, error) {
	s := &Switch{ctx: ctx, remote: remote, args: []string{"-O", "OpenFlow15", "--timeout=" + seconds}, asked: map[uint32]dumpResult{}}
	for _, opt := range []struct{ name, value string }{
		{"--private-key=", o.PrivateKey}, {"--certificate=", o.Certificate}, {"--ca-cert=", o.CACert},
	} {
		if opt.value != "" {
			s.args = append(s.args, opt.name+opt.value)
		}
	}
	if _, err := s.run("probe", remote); err != nil {
		return nil, err
	}
	return s, nil
}

// Flows requests the flows with a cookie from the switch, once for each cookie, because the order of
// flows in the reply, which ovn-trace(8) shows, differs from that of a whole dump.
func (s *Switch) Flows(cookie uint32) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.asked[cookie]
	if !ok {
		a.flows, a.err = s.request(cookie)
		s.asked[cookie] = a
	}
	return a.flows, a.err
}

func (s *Switch) request(cookie uint32) ([]string, error) {
	out, err := s.run("dump-flows", s.remote, fmt.Sprintf("cookie=%#x/-1", cookie))
	if err != nil {
		return nil, err
	}
	d, err := ReadDump(s.remote, bytes.NewReader(out))
	if errors.Is(err, ErrNoFlows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return d.Flows(cookie)
}

// run runs ovs-ofctl and returns its output.
func (s *Switch) run(args ...string) ([]byte, error) {
	var stdout, stderr bounded
	all := append(append(s.args[:len(s.args):len(s.args)], "--"), args...)
	cmd := exec.CommandContext(s.ctx, ofctl, all...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if err == nil {
		return stdout.b.Bytes(), nil
	}
	text := strings.TrimPrefix(strings.TrimSpace(stderr.b.String()), ofctl+": ")
	switch {
	case stdout.over:
		err = ErrTooBig
		text = fmt.Sprintf("the reply exceeds the limit of %d bytes", maxAnswer)
	case errors.Is(err, exec.ErrNotFound):
		text = ofctl + " is not installed; give a file with the output of \"ovs-ofctl dump-flows\""
	case s.ctx.Err() != nil:
		text = s.ctx.Err().Error()
	case text == "":
		text = err.Error()
	}
	return nil, &SwitchError{text, err}
}

// bounded is a buffer of at most maxAnswer bytes.
type bounded struct {
	b    bytes.Buffer
	over bool
}

// Write appends p, or fails if the buffer would exceed its limit.
func (b *bounded) Write(p []byte) (int, error) {
	if b.b.Len()+len(p) > maxAnswer {
		b.over = true
		return 0, ErrTooBig
	}
	return b.b.Write(p)
}
