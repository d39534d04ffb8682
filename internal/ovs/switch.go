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

// ofctl is the program that speaks OpenFlow for us.
const ofctl = "ovs-ofctl"

// maxAnswer is how many bytes an answer may have.
const maxAnswer = 64 << 20

// seconds is how long a switch may take for an answer.
const seconds = "30"

// SwitchError is a question that a switch did not answer.
type SwitchError struct {
	Text string // what ovs-ofctl said, or why it did not run
	Err  error
}

// Error returns what ovs-ofctl said.
func (e *SwitchError) Error() string { return e.Text }

// Unwrap returns how the program ended.
func (e *SwitchError) Unwrap() error { return e.Err }

// Switch is an OpenFlow switch that is asked through ovs-ofctl(8).  Several
// goroutines may use it.
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

// Connect finds a switch and makes sure that it answers.  Errors are of type
// *SwitchError.
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

// Flows requests the flows with a cookie from the switch, once for each cookie.  Its
// answer to such a question has an order of its own, which ovn-trace(8) shows;
// a whole dump has another.
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

// run runs ovs-ofctl and returns what it prints.
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
		text = fmt.Sprintf("the answer has more than the limit of %d bytes", maxAnswer)
	case errors.Is(err, exec.ErrNotFound):
		text = ofctl + " is not installed; give a file that holds what \"ovs-ofctl dump-flows\" printed"
	case s.ctx.Err() != nil:
		text = s.ctx.Err().Error()
	case text == "":
		text = err.Error()
	}
	return nil, &SwitchError{text, err}
}

// bounded is a buffer that takes no more than maxAnswer bytes.
type bounded struct {
	b    bytes.Buffer
	over bool
}

// Write appends p, or fails where that would be too much.
func (b *bounded) Write(p []byte) (int, error) {
	if b.b.Len()+len(p) > maxAnswer {
		b.over = true
		return 0, ErrTooBig
	}
	return b.b.Write(p)
}
