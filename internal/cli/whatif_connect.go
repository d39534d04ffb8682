package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/render/exchange"
	"github.com/ovnwalk/ovnwalk/internal/whatif"
)

// questions parses the values of --connect.
func (o *whatifOptions) questions() (all []*connectQuestion, err error) {
	for _, text := range o.connect {
		q, err := parseQuestion(text)
		if err != nil {
			return nil, fmt.Errorf("--connect '%s': %w", text, err)
		}
		all = append(all, q)
	}
	return all, nil
}

// parseQuestion parses the arguments of connect that describe a connection.
func parseQuestion(text string) (*connectQuestion, error) {
	words, err := whatif.ParseCommand(text)
	if err != nil {
		return nil, err
	}
	q := &connectQuestion{}
	f := pflag.NewFlagSet("connect", pflag.ContinueOnError)
	f.SetOutput(io.Discard)
	q.flags(f)
	if err := f.Parse(words); err != nil {
		if errors.Is(err, pflag.ErrHelp) {
			return nil, errors.New("--help: see 'ovnwalk connect --help'")
		}
		return nil, err
	}
	if err := q.positional(f.Args()); err != nil {
		return nil, err
	}
	_, err = q.options()
	return q, err
}

// connectAnswer is an answer of connect in the report of another command.
type connectAnswer struct {
	*connect.Answer
	rows origins
}

// answer walks the connection over the databases of a cluster.
func (o *connectQuestion) answer(ctx context.Context, sys *System, zones []cluster.Source, rows origins) (*connectAnswer, error) {
	options, err := o.options()
	if err != nil {
		return nil, err
	}
	a, err := o.ask(ctx, sys, zones, *options)
	return &connectAnswer{a, rows}, err
}

// open reports whether the verdict is uncertain.
func (a *connectAnswer) open() bool {
	var reported *reportedError
	return errors.As(connectStatus(a.Answer), &reported)
}

// Summary returns the verdict on one line.
func (a *connectAnswer) Summary() string {
	a.ShowNodes()
	return exchange.Headline(a.Answer)
}

// Write writes the answer in a format, text or json.
func (a *connectAnswer) Write(w io.Writer, format string) error {
	about := connectAbout{origins: a.rows}
	if format == "json" {
		return writeConnectJSON(w, a.Answer, &about)
	}
	a.ShowNodes()
	return writeConnectText(w, a.Answer, &about)
}
