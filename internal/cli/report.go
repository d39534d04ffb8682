package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/internal/render/cells"
	"github.com/ovnwalk/ovnwalk/internal/yaml"
	"github.com/ovnwalk/ovnwalk/sim"
)

// printError writes an error on one line; errors of a file are one line each. Below an
// expression that does not parse, a caret marks the error.
func printError(w io.Writer, err error) {
	if list, ok := errors.AsType[yaml.Errors](err); ok && len(list) > 1 {
		for _, e := range list {
			printError(w, e)
		}
		return
	}
	msg := strings.TrimSuffix(plainPaths(err), "\n")
	if lacks, ok := errors.AsType[*address.UnknownError](err); ok && lacks.Kind == "logical port" && len(lacks.Similar) == 0 && strings.HasSuffix(msg, lacks.Error()) {
		msg += "; 'ovnwalk show' lists the ports"
	}
	var refusal *sim.RefusalError
	switch {
	case !errors.As(err, &refusal):
		fmt.Fprintln(w, cells.Fold("ovnwalk: "+string(escape.Lines(msg)), lineWidth(w)))
	case !terminal(w) && onlyInvalidBytes(msg):
		fmt.Fprintln(raw(w), msg) // the same bytes as ovn-trace
	default:
		fmt.Fprintln(w, cells.Fold(string(escape.Lines(msg)), lineWidth(w)))
	}
	if e, ok := errors.AsType[*expr.SyntaxError](err); ok {
		fmt.Fprintf(w, "  %s\n  %s\n", escape.Text(e.Text), escape.Underline(e.Text, e.Start, e.End))
	}
}

// plainPaths returns the text of an error without the system calls of errors in files, as in
// "x.db: no such file or directory".
func plainPaths(err error) string {
	text := err.Error()
	e, ok := errors.AsType[*fs.PathError](err)
	if !ok || e.Op == "write" || e.Op == "rename" {
		return text
	}
	named := e.Path + ": "
	plain := named + e.Err.Error()
	text = strings.ReplaceAll(text, e.Error(), plain)
	return strings.ReplaceAll(text, named+named, named)
}

// plainError is an error with the text of plainPaths.
type plainError struct{ error }

func (e *plainError) Error() string { return plainPaths(e.error) }
func (e *plainError) Unwrap() error { return e.error }

// onlyInvalidBytes reports whether only bytes that are not UTF-8 would be escaped in a text:
// ovn-trace cuts some messages within a character.
func onlyInvalidBytes(s string) bool {
	s = strings.ToValidUTF8(s, "")
	return string(escape.Lines(s)) == s
}
