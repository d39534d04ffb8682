package vet

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// MaxConfig is how many bytes a configuration file may have.
const MaxConfig = 1 << 20

// maxNesting is how deep lists and mappings may nest in each other on one line.
const maxNesting = 16

// Sentinels of what a configuration's text is refused for, besides its grammar.
var (
	ErrConfigSize    = errors.New("the configuration file is too large")
	ErrConfigNesting = errors.New("lists and mappings nest too deeply")
)

// ConfigError is what is wrong with a configuration file.
type ConfigError struct {
	File      string
	Line, Col int // counted from 1; 0 where no place is known
	Err       error
}

// Error returns the file, the place where it is known, and what is wrong.
func (e *ConfigError) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Err.Error()
	}
	return fmt.Sprintf("%s:%d:%d: %v", e.File, e.Line, e.Col, e.Err)
}

// Unwrap returns the error behind it.
func (e *ConfigError) Unwrap() error { return e.Err }

// ParseConfig reads a configuration file's text.  Keys that it does not know and
// codes that there are not are refused, and so are tags, anchors and aliases.
// Errors are of type *ConfigError.
func ParseConfig(file string, text []byte) (Config, error) {
	r := configReader{file: file}
	if len(text) > MaxConfig {
		r.fail(nil, fmt.Errorf("%w: more than %d bytes", ErrConfigSize, MaxConfig))
		return Config{}, r.err
	}
	tokens := lexer.Tokenize(string(text))
	if r.checkNesting(tokens); r.err != nil {
		return Config{}, r.err
	}
	f, err := parser.Parse(tokens, 0)
	var y yaml.Error
	switch {
	case errors.As(err, &y):
		r.fail(y.GetToken(), errors.New(y.GetMessage()))
	case err != nil:
		r.fail(nil, err)
	}
	if r.err != nil {
		return Config{}, r.err
	}
	for i, d := range f.Docs {
		if d.Body == nil {
			continue
		}
		if i > 0 {
			r.fail(d.Body.GetToken(), errors.New("a second document: a file holds one configuration"))
			break
		}
		r.config(d.Body)
	}
	if r.err != nil {
		return Config{}, r.err
	}
	return r.c, nil
}

// configReader reads one file; the first error counts.
type configReader struct {
	file string
	c    Config
	err  error
}

func (r *configReader) fail(at *token.Token, err error) {
	if r.err != nil {
		return
	}
	e := &ConfigError{File: r.file, Err: err}
	if at != nil && at.Position != nil {
		e.Line, e.Col = at.Position.Line, at.Position.Column
	}
	r.err = e
}

// checkNesting looks for what no configuration needs, before a parser that calls
// itself for each level sees it.
func (r *configReader) checkNesting(tokens token.Tokens) {
	flow, line, signs := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, signs = t.Position.Line, 0
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.SequenceEntryType, token.MappingKeyType:
			signs++
		case token.TagType, token.AnchorType, token.AliasType, token.MergeKeyType:
			r.fail(t, fmt.Errorf("%q: a configuration takes no tags, anchors or aliases", t.Value))
		default:
		}
		if flow > maxNesting || signs > maxNesting {
			r.fail(t, ErrConfigNesting)
		}
	}
}

// each calls f for the keys of a mapping and their values.
func (r *configReader) each(n ast.Node, what string, f func(key string, at *token.Token, value ast.Node)) {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	case nil, *ast.NullNode, *ast.CommentGroupNode:
		return
	default:
		r.fail(n.GetToken(), fmt.Errorf("%s is not a mapping of keys to values", what))
		return
	}
	for _, v := range values {
		at := v.Key.GetToken()
		f(at.Value, at, v.Value)
	}
}

// text returns a scalar.
func (r *configReader) text(n ast.Node, what string) string {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		if n.Value != nil {
			return n.Value.Value
		}
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value
	}
	r.fail(tokenOf(n), fmt.Errorf("%s is not a text", what))
	return ""
}

func tokenOf(n ast.Node) *token.Token {
	if n == nil {
		return nil
	}
	return n.GetToken()
}

// config reads the whole.
func (r *configReader) config(body ast.Node) {
	r.each(body, "the configuration", func(key string, at *token.Token, value ast.Node) {
		switch key {
		case "ignore":
			r.ignores(value)
		case "severity":
			r.each(value, key, func(code string, at *token.Token, value ast.Node) {
				word := r.text(value, "a severity")
				if _, err := ParseSeverity(word); err != nil {
					r.fail(tokenOf(value), err)
				}
				r.code(code, at)
				if r.c.Severity == nil {
					r.c.Severity = map[string]string{}
				}
				r.c.Severity[code] = word
			})
		default:
			r.fail(at, fmt.Errorf("no key %q: there are ignore and severity", key))
		}
	})
}

func (r *configReader) code(code string, at *token.Token) {
	if err := checkCode(code); err != nil {
		r.fail(at, err)
	}
}

// ignores reads the list of what is left out: codes, and mappings that say more.
func (r *configReader) ignores(n ast.Node) {
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		if _, empty := n.(*ast.NullNode); n != nil && !empty {
			r.fail(n.GetToken(), errors.New("ignore is not a list"))
		}
		return
	}
	for _, v := range list.Values {
		var i Ignore
		fields := map[string]*string{"code": &i.Code, "stage": &i.Stage, "datapath": &i.Datapath, "match": &i.Match, "reason": &i.Reason}
		at := tokenOf(v)
		switch v.(type) {
		case *ast.MappingNode, *ast.MappingValueNode:
			r.each(v, "an entry", func(key string, where *token.Token, value ast.Node) {
				field := fields[key]
				if field == nil {
					r.fail(where, fmt.Errorf("no key %q: there are code, stage, datapath, match and reason", key))
					return
				}
				if *field = r.text(value, key); key == "code" {
					at = tokenOf(value)
				}
			})
		default:
			i.Code = r.text(v, "a code")
		}
		r.code(i.Code, at)
		r.c.Ignore = append(r.c.Ignore, i)
	}
}
