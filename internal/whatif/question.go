package whatif

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/report"
)

// Question is a connection before the change and after it.
type Question struct {
	Arguments     string // as given to --connect
	Before, After Answer
	Same          bool // whether the change makes no difference to the connection
}

// Answer is the prediction for a connection.
type Answer interface {
	// Summary returns the verdict on one line.
	Summary() string

	// Write writes the answer as text or as json.
	Write(w io.Writer, format string) error
}

// writeText writes whether the answer changed, and where it did, or everything is
// to be shown, both answers.
func (q *Question) writeText(b *strings.Builder, s report.Style) error {
	if q.Same {
		b.WriteString(s.Paint.Text("pass", fmt.Sprintf("connect %s: unchanged: %s", q.Arguments, q.After.Summary())) + "\n")
		if !s.Verbose {
			return nil
		}
	} else {
		b.WriteString(s.Paint.Text("fail", fmt.Sprintf("connect %s: changed", q.Arguments)) + "\n")
	}
	for _, x := range []struct {
		when   string
		answer Answer
	}{{nameBefore, q.Before}, {nameAfter, q.After}} {
		var text strings.Builder
		if err := x.answer.Write(&text, "text"); err != nil {
			return err
		}
		fmt.Fprintf(b, "    %s: %s\n", x.when, strings.ReplaceAll(strings.TrimSuffix(text.String(), "\n"), "\n", "\n        "))
	}
	return nil
}

type jsonQuestion struct {
	Arguments string          `json:"arguments"`
	Same      bool            `json:"same"`
	Before    json.RawMessage `json:"before"`
	After     json.RawMessage `json:"after"`
}
