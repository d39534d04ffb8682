package daemon

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net"
	"slices"
	"strings"
	"sync"
)

// MaxRequest is the maximum length of a request in bytes.
const MaxRequest = 4 << 20

// ErrBadRequest means that a client sent something other than a request.
var ErrBadRequest = errors.New("no JSON-RPC request")

// Any is the Max of a command that takes any number of arguments.
const Any = math.MaxInt

// Command is a command of ovn-appctl.
type Command struct {
	Usage    string // its arguments, as list-commands shows them
	Min, Max int    // number of arguments

	// Run returns the reply. The text of an error is sent to the client as an error.
	Run func(ctx context.Context, args []string) (string, error)

	// Last ends the server after the reply.
	Last bool
}

// Server executes commands that it receives by the JSON-RPC of unixctl: that of RFC 7047
// with strings as parameters and results.
type Server struct {
	Version  string // the reply to the command version
	Commands map[string]Command

	// Warn is called with errors of clients.
	Warn func(text string)
}

// command returns a command by name, including the server's own.
func (s *Server) command(name string) (Command, bool) {
	switch name {
	case "list-commands":
		return Command{Run: func(context.Context, []string) (string, error) { return s.list(), nil }}, true
	case "version":
		return Command{Run: func(context.Context, []string) (string, error) { return s.Version, nil }}, true
	}
	c, ok := s.Commands[name]
	return c, ok
}

// list returns the reply to list-commands.
func (s *Server) list() string {
	usage := map[string]string{"list-commands": "", "version": ""}
	for name, c := range s.Commands {
		usage[name] = c.Usage
	}
	var b strings.Builder
	b.WriteString("The available commands are:\n")
	for _, name := range slices.Sorted(maps.Keys(usage)) {
		fmt.Fprintf(&b, "  %-23s %s\n", name, usage[name])
	}
	return b.String()
}

// Serve serves clients until ctx is done or a command with Last was executed. It closes
// the listener.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	ctx, stop := context.WithCancel(ctx)
	defer l.Close()
	defer stop()
	defer context.AfterFunc(ctx, func() { l.Close() })()
	var clients sync.WaitGroup
	defer clients.Wait()
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			if err == nil {
				conn.Close()
			}
			return nil
		}
		if err != nil {
			stop()
			return err
		}
		clients.Go(func() {
			defer conn.Close()
			defer context.AfterFunc(ctx, func() { conn.Close() })()
			if err := s.converse(ctx, conn, stop); err != nil && ctx.Err() == nil {
				s.Warn(err.Error())
			}
		})
	}
}

// request and reply are the messages of RFC 7047, section 4.
type request struct {
	Method *string          `json:"method"`
	Params []any            `json:"params"`
	ID     *json.RawMessage `json:"id"`
}

type reply struct {
	ID     *json.RawMessage `json:"id"`
	Result *string          `json:"result"`
	Error  *string          `json:"error"`
}

// converse serves one client's requests in turn.
func (s *Server) converse(ctx context.Context, conn io.ReadWriter, stop func()) error {
	limit := &io.LimitedReader{R: conn}
	dec := json.NewDecoder(bufio.NewReader(limit))
	enc := json.NewEncoder(conn)
	enc.SetEscapeHTML(false)
	for {
		limit.N = MaxRequest
		var req request
		if err := dec.Decode(&req); err != nil {
			switch {
			case limit.N <= 0:
				return fmt.Errorf("%w: more than %d bytes", ErrBadRequest, MaxRequest)
			case errors.Is(err, io.EOF):
				return nil
			}
			return fmt.Errorf("%w: %w", ErrBadRequest, err)
		}
		if req.Method == nil || req.ID == nil {
			return fmt.Errorf("%w: it has no method or no id", ErrBadRequest)
		}
		text, err, last := s.answer(ctx, *req.Method, req.Params)
		rep := reply{ID: req.ID, Result: &text}
		if err != nil {
			text = err.Error()
			rep.Result, rep.Error = nil, &text
		}
		if text != "" && !strings.HasSuffix(text, "\n") {
			text += "\n"
		}
		if err := enc.Encode(rep); err != nil {
			return err
		}
		if last {
			stop()
			return nil
		}
	}
}

// answer runs a command. Errors about arguments have the text of unixctl.
func (s *Server) answer(ctx context.Context, method string, params []any) (text string, err error, last bool) {
	c, ok := s.command(method)
	switch {
	case !ok:
		return "", fmt.Errorf("%q is not a valid command (use \"list-commands\" to see a list of valid commands)", method), false
	case len(params) < c.Min:
		return "", fmt.Errorf("%q command requires at least %d arguments", method, c.Min), false
	case len(params) > c.Max:
		return "", fmt.Errorf("%q command takes at most %d arguments", method, c.Max), false
	}
	args := make([]string, len(params))
	for i, p := range params {
		if args[i], ok = p.(string); !ok {
			return "", fmt.Errorf("%q command has non-string argument", method), false
		}
	}
	defer func() {
		if p := recover(); p != nil {
			text, err, last = "", fmt.Errorf("internal error: %v (this is a bug)", p), false
			s.Warn(err.Error())
		}
	}()
	text, err = c.Run(ctx, args)
	return text, err, c.Last
}
