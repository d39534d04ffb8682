// Package yaml parses YAML within limits.  A Decoder decodes a document into values with positions and
// reports all errors of a file; Document.Decode decodes documents with unknown keys.
package yaml

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Limits of a document.
const (
	// MaxSize is the maximum size of a file for a Decoder, in bytes.
	MaxSize = 8 << 20

	// MaxNesting is the maximum nesting of lists and mappings.
	MaxNesting = 64

	// maxValues is the maximum number of values in a file after expansion of its aliases.
	maxValues = 4 << 20

	// maxErrors is the maximum number of errors of one file that are reported.
	maxErrors = 20
)

// Errors of a file other than syntax errors.
var (
	ErrTooLarge = errors.New("the file is too large")
	ErrTooDeep  = errors.New("lists and mappings nest too deeply")
)

// Pos is a position in a file: line and column, from 1.
type Pos struct {
	Line int `json:"line,omitzero"`
	Col  int `json:"column,omitzero"`
}

// Error is an error at a position in a file.
type Error struct {
	File string
	Pos  Pos
	Msg  string
	Err  error // the wrapped error, or nil
}

// Error returns the file, line, column and message, as far as they are known.
func (e *Error) Error() string {
	switch {
	case e.Pos.Line > 0 && e.File == "":
		return fmt.Sprintf("%d:%d: %s", e.Pos.Line, e.Pos.Col, e.Msg)
	case e.Pos.Line > 0:
		return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Pos.Line, e.Pos.Col, e.Msg)
	case e.File == "":
		return e.Msg
	}
	return e.File + ": " + e.Msg
}

// Unwrap returns the wrapped error.
func (e *Error) Unwrap() error { return e.Err }

// Errors are the errors of a file, in the order of the file.
type Errors []*Error

// Error returns the errors, one per line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, err := range e {
		lines[i] = err.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the errors.
func (e Errors) Unwrap() []error {
	out := make([]error, len(e))
	for i, err := range e {
		out[i] = err
	}
	return out
}

// Document is a parsed document that is not decoded yet.
type Document struct{ body ast.Node }

// Read parses the first document of a text.
func Read(text []byte) (Document, error) {
	bodies, err := parse("", text)
	if err != nil || len(bodies) == 0 {
		return Document{}, err
	}
	return Document{bodies[0]}, nil
}

// Decode decodes the document into a value with yaml tags.  Keys without a field are ignored.
func (d Document) Decode(into any) error {
	if d.body == nil {
		return nil
	}
	return yaml.NodeToValue(d.body, into)
}

// TooLarge returns the error for a file of more than MaxSize bytes, or nil.
func TooLarge(file string, size int64) error {
	if size <= MaxSize {
		return nil
	}
	return Errors{{File: file, Msg: fmt.Sprintf("%v: %d bytes, of which %d are allowed", ErrTooLarge, size, MaxSize), Err: ErrTooLarge}}
}

// parse parses a text and returns the bodies of its documents that are not empty.  The error is an
// Errors.
func parse(file string, text []byte) (bodies []ast.Node, err error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")) // otherwise the parser miscounts lines
	tokens := lexer.Tokenize(string(text))
	if p, ok := tooDeep(tokens); ok {
		return nil, Errors{{File: file, Pos: p, Msg: fmt.Sprintf("%v, more than %d", ErrTooDeep, MaxNesting), Err: ErrTooDeep}}
	}
	f, err := parser.Parse(tokens, 0)
	if err != nil {
		e := &Error{File: file, Msg: err.Error(), Err: err}
		if y, ok := errors.AsType[yaml.Error](err); ok {
			e.Msg = y.GetMessage()
			if t := y.GetToken(); t != nil {
				e.Pos = at(t)
			}
		}
		return nil, Errors{e}
	}
	for _, d := range f.Docs {
		if d.Body != nil {
			bodies = append(bodies, d.Body)
		}
	}
	return bodies, nil
}

func at(t *token.Token) Pos {
	if t == nil || t.Position == nil {
		return Pos{}
	}
	return Pos{t.Position.Line, t.Position.Column}
}

// tooDeep finds the position where nesting exceeds its limit, before the recursive parser runs.
// Nesting without brackets is estimated by indentation and by the indicators on one line.
func tooDeep(tokens token.Tokens) (Pos, bool) {
	var columns []int // the columns of the lines that enclose the current one
	flow, line, signs := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, signs = t.Position.Line, 0
			if flow == 0 {
				for len(columns) > 0 && columns[len(columns)-1] >= t.Position.Column {
					columns = columns[:len(columns)-1]
				}
				columns = append(columns, t.Position.Column)
			}
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow = max(0, flow-1)
		case token.SequenceEntryType, token.MappingKeyType, token.TagType, token.AnchorType:
			if flow == 0 {
				signs++
			}
		}
		if max(flow, signs, len(columns)) > MaxNesting {
			return at(t), true
		}
	}
	return Pos{}, false
}
