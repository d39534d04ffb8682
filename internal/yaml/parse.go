// Package yaml reads YAML within bounds.  A Decoder turns a document into values,
// with the place of each, and reports every error of a file; Document.Decode
// takes documents of others, whose keys are not all known.
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

// Bounds of a document.
const (
	// MaxSize is how many bytes a file may have that a Decoder reads.
	MaxSize = 8 << 20

	// MaxNesting is how deep lists and mappings may nest in each other.
	MaxNesting = 64

	// maxValues is how many values a file may have once its aliases stand for
	// what they name.
	maxValues = 4 << 20

	// maxErrors is how many errors of one file are reported.
	maxErrors = 20
)

// Sentinels of what a file's text can be refused for, besides its grammar.
var (
	ErrTooLarge = errors.New("the file is too large")
	ErrTooDeep  = errors.New("lists and mappings nest too deeply")
)

// Pos is a place in a file: line and column, counted from 1.
type Pos struct {
	Line int `json:"line,omitzero"`
	Col  int `json:"column,omitzero"`
}

// Error is what is wrong at a place in a file.
type Error struct {
	File string
	Pos  Pos
	Msg  string
	Err  error // a sentinel or another error that is behind it, or nil
}

// Error returns file, line, column and message; those that are not known are left
// out.
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

// Unwrap returns what is behind the error.
func (e *Error) Unwrap() error { return e.Err }

// Errors are all that is wrong with a file, in the order of the file.
type Errors []*Error

// Error returns the errors, one a line.
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

// Document is a document that was read, and is not decoded yet.
type Document struct{ body ast.Node }

// Read reads the first document of a text.
func Read(text []byte) (Document, error) {
	bodies, err := parse("", text)
	if err != nil || len(bodies) == 0 {
		return Document{}, err
	}
	return Document{bodies[0]}, nil
}

// Decode sets a value, by the yaml tags of its fields.  Keys for which it has no
// field are left out.
func (d Document) Decode(into any) error {
	if d.body == nil {
		return nil
	}
	return yaml.NodeToValue(d.body, into)
}

// TooLarge returns the error for a file of more than MaxSize bytes, nil for a
// smaller one.
func TooLarge(file string, size int64) error {
	if size <= MaxSize {
		return nil
	}
	return Errors{{File: file, Msg: fmt.Sprintf("%v: %d bytes, of which %d are allowed", ErrTooLarge, size, MaxSize), Err: ErrTooLarge}}
}

// parse reads a text into the bodies of its documents that are not empty.  The
// error is an Errors.
func parse(file string, text []byte) (bodies []ast.Node, err error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")) // the parser loses count of lines otherwise
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

// tooDeep finds the place where nesting passes its bound, before a parser that
// calls itself for each level sees it.  What nests without brackets shows by
// how far its lines are indented, and by the signs on one line.
func tooDeep(tokens token.Tokens) (Pos, bool) {
	var columns []int // at which the lines begin that the current one is under
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
