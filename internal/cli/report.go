package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/sim"
)

// report writes an error as one line; below an expression that does not parse
// a caret points at what is to blame.
func report(w io.Writer, err error) {
	msg := strings.TrimSuffix(err.Error(), "\n")
	var refusal *sim.RefusalError
	if !errors.As(err, &refusal) {
		msg = "ovnwalk: " + msg
	}
	fmt.Fprintln(w, msg)
	if e := expr.IsSyntaxError(err); e != nil {
		fmt.Fprint(w, caret(e))
	}
}

// caret shows the text of a syntax error with what is to blame underlined.
func caret(e *expr.SyntaxError) string {
	line := strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, e.Text)
	start := len([]rune(e.Text[:min(e.Start, len(e.Text))]))
	n := max(1, len([]rune(e.Text[min(e.Start, len(e.Text)):min(e.End, len(e.Text))])))
	return "  " + line + "\n  " + strings.Repeat(" ", start) + strings.Repeat("^", n) + "\n"
}
