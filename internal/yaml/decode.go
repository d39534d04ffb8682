package yaml

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/ovnwalk/ovnwalk/internal/similar"
)

// Node is a node of a document: a mapping, a list or a scalar.
type Node = ast.Node

// The nodes of lists, of true and false, and of no value.
type (
	List = ast.SequenceNode
	Bool = ast.BoolNode
	Null = ast.NullNode
)

// IsMapping reports whether a node is a mapping.
func IsMapping(n Node) bool {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return true
	}
	return false
}

// IsEmpty reports whether a node is no value or an empty list.
func IsEmpty(n Node) bool {
	switch n := n.(type) {
	case nil, *Null:
		return true
	case *List:
		return len(n.Values) == 0
	}
	return false
}

// Decoder decodes the nodes of one file.  It records errors with their positions and continues, so
// that one run reports all errors.
type Decoder struct {
	file    string
	anchors anchorCollector
	values  int
	errs    Errors
}

// NewDecoder parses the text of a file, and returns its decoder and the body of its only document,
// nil if it is empty.  The error, if any, is an Errors.
func NewDecoder(file string, text []byte) (*Decoder, Node, error) {
	if err := TooLarge(file, int64(len(text))); err != nil {
		return nil, nil, err
	}
	bodies, err := parse(file, text)
	d := &Decoder{file: file, anchors: anchorCollector{}}
	switch {
	case err != nil:
		return nil, nil, err
	case len(bodies) == 0:
		return d, nil, nil
	case len(bodies) > 1:
		return nil, nil, Errors{{File: file, Pos: PosOf(bodies[1]), Msg: "a second document: the file must have one"}}
	}
	ast.Walk(d.anchors, bodies[0])
	return d, bodies[0], nil
}

// Text is a string with its position.
type Text struct {
	Pos
	Value string
}

// Fail records an error at a position.
func (d *Decoder) Fail(p Pos, format string, args ...any) {
	if len(d.errs) < maxErrors {
		d.errs = append(d.errs, &Error{File: d.file, Pos: p, Msg: fmt.Sprintf(format, args...)})
	}
}

// Failed returns the number of errors so far.
func (d *Decoder) Failed() int { return len(d.errs) }

// Err returns the errors in the order of the file, an Errors, or nil.
func (d *Decoder) Err() error {
	if len(d.errs) == 0 {
		return nil
	}
	slices.SortStableFunc(d.errs, func(a, b *Error) int {
		if a.Pos.Line != b.Pos.Line {
			return a.Pos.Line - b.Pos.Line
		}
		return a.Pos.Col - b.Pos.Col
	})
	return d.errs
}

// PosOf returns the position at which a node starts.
func PosOf(n Node) Pos {
	switch n := n.(type) {
	case nil:
		return Pos{}
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return at(n.Values[0].Key.GetToken())
		}
	case *ast.MappingValueNode:
		return at(n.Key.GetToken())
	}
	return at(n.GetToken())
}

// Resolve returns the node to which an anchor or alias refers, nil after an error.
func (d *Decoder) Resolve(n Node) ast.Node {
	if d.values++; d.values > maxValues {
		if d.values == maxValues+1 {
			d.Fail(PosOf(n), "the file has more than %d values after expansion of its aliases", maxValues)
		}
		return nil
	}
	for range MaxNesting {
		switch v := n.(type) {
		case *ast.AnchorNode:
			n = v.Value
		case *ast.AliasNode:
			name := v.Value.GetToken().Value
			inner, ok := d.anchors[name]
			if !ok {
				d.Fail(at(v.Start), "alias *%s, and no anchor &%s in the file", name, name)
				return nil
			}
			n = inner
		case *ast.TagNode:
			d.Fail(at(v.Start), "tag %s: tags are not allowed; a string that begins with ! goes in quotes", v.Start.Value)
			return nil
		case *ast.MappingNode:
			return unsplit(v)
		default:
			return n
		}
	}
	d.Fail(PosOf(n), "an alias that refers to itself")
	return nil
}

// unsplit returns the string that the parser took for a mapping: within braces it parses a:b, such as
// tcp:80, as a mapping of a to b, which is one only with a blank after the colon (YAML 1.2 section
// 7.3.3).
func unsplit(m *ast.MappingNode) ast.Node {
	if m.IsFlowStyle || len(m.Values) != 1 {
		return m
	}
	colon, key, value := m.Values[0].Start, m.Values[0].Key.GetToken(), m.Values[0].Value.GetToken()
	if key.Type == token.DoubleQuoteType || key.Type == token.SingleQuoteType || value.Position.Line != colon.Position.Line || value.Position.Column != colon.Position.Column+1 {
		return m
	}
	whole := key.Clone()
	whole.Value += ":" + value.Value
	return ast.String(whole)
}

// anchorCollector collects the nodes with anchors in a document.
type anchorCollector map[string]ast.Node

// Visit records a node with an anchor.
func (a anchorCollector) Visit(n Node) ast.Visitor {
	if v, ok := n.(*ast.AnchorNode); ok {
		a[v.Name.GetToken().Value] = v.Value
	}
	return a
}

// Entry is a key of a mapping and its value.
type Entry struct {
	Key   Text
	Value Node
}

// Entries returns the entries of a mapping in order; its own entries override those that it merges
// (<<).
func (d *Decoder) Entries(n Node, what string) ([]Entry, bool) { return d.entries(n, what, 0) }

func (d *Decoder) entries(n Node, what string, depth int) ([]Entry, bool) {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case nil:
		return nil, false
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	case *ast.NullNode:
		d.Fail(PosOf(n), "%s: empty, where a mapping of keys to values is wanted", what)
		return nil, false
	default:
		d.Fail(PosOf(n), "%s: %s, where a mapping of keys to values is wanted", what, Describe(n))
		return nil, false
	}
	var own, merged []Entry
	for _, v := range values {
		if v.Key.IsMergeKey() {
			merged = append(merged, d.merged(v.Value, what, depth+1)...)
			continue
		}
		key, ok := d.Str(v.Key, "key")
		if ok {
			own = append(own, Entry{Text{PosOf(v.Key), key}, v.Value})
		}
	}
	for _, m := range merged {
		if !slices.ContainsFunc(own, func(e Entry) bool { return e.Key.Value == m.Key.Value }) {
			own = append(own, m)
		}
	}
	return own, true
}

// merged returns the entries of a merge key: those of a mapping, or of several mappings, of which the
// first with a key is used.
func (d *Decoder) merged(n Node, what string, depth int) []Entry {
	if depth > MaxNesting {
		d.Fail(PosOf(n), "%s: merges nest more than %d deep, perhaps in a circle", what, MaxNesting)
		return nil
	}
	n = d.Resolve(n)
	if s, ok := n.(*ast.SequenceNode); ok {
		var all []Entry
		for _, v := range s.Values {
			all = append(all, d.merged(v, what, depth+1)...)
		}
		return all
	}
	es, _ := d.entries(n, what, depth)
	return es
}

// Fields calls field for each key of a mapping and its value.  An unknown key is an error, with
// similar keys as a suggestion.
func (d *Decoder) Fields(n Node, what string, known []string, field func(key Text, value Node)) bool {
	entries, ok := d.Entries(d.Resolve(n), what)
	for _, e := range entries {
		if !slices.Contains(known, e.Key.Value) {
			d.Fail(e.Key.Pos, "%s has no key %q; %s", what, e.Key.Value, similar.Hint(e.Key.Value, known, "it has"))
			continue
		}
		field(e.Key, d.Resolve(e.Value))
	}
	return ok
}

// Describe names the kind of a node.
func Describe(n Node) string {
	switch n := n.(type) {
	case nil, *ast.NullNode:
		return "nothing"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.BoolNode:
		return fmt.Sprintf("the truth %t", n.Value)
	case ast.ScalarNode:
		return fmt.Sprintf("%.40q", n.GetToken().Value)
	}
	return n.Type().String()
}

// Str returns a scalar as it is written, such as 0x10.
func (d *Decoder) Str(n Node, what string) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	case nil:
		return "", false // reported already
	}
	d.Fail(PosOf(n), "%s: %s, where a string is wanted", what, Describe(n))
	return "", false
}

// Text returns a scalar with its position; an empty one is an error.
func (d *Decoder) Text(n Node, what string) (Text, bool) {
	s, ok := d.Str(n, what)
	if ok && strings.TrimSpace(s) == "" {
		d.Fail(PosOf(n), "%s: empty", what)
		return Text{}, false
	}
	return Text{PosOf(n), s}, ok
}

// Members returns the members of a list, or a single node that is not a list.
func (d *Decoder) Members(n Node, what string) (nodes []Node, isList bool) {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		if n == nil {
			return nil, false
		}
		return []Node{n}, false
	}
	if len(s.Values) == 0 {
		d.Fail(PosOf(n), "%s: an empty list", what)
	}
	for _, v := range s.Values {
		nodes = append(nodes, d.Resolve(v))
	}
	return nodes, true
}

// Texts returns a scalar, or a list of them.
func (d *Decoder) Texts(n Node, what string) (out []Text, isList bool) {
	nodes, isList := d.Members(n, what)
	for _, v := range nodes {
		if t, ok := d.Text(v, what); ok {
			out = append(out, t)
		}
	}
	return out, isList
}

// Truth returns the value of true or false; others are errors.
func (d *Decoder) Truth(n Node, what string) bool {
	b, ok := n.(*ast.BoolNode)
	if !ok {
		if n != nil {
			d.Fail(PosOf(n), "%s: %s, where true or false is wanted", what, Describe(n))
		}
		return false
	}
	return b.Value
}

// Number returns a number within limits; others are errors.
func (d *Decoder) Number(t Text, what string, low, high uint64) uint64 {
	v, err := strconv.ParseUint(t.Value, 0, 64)
	if err != nil || v < low || v > high {
		d.Fail(t.Pos, "%s: %.40q, where a number from %d to %d is wanted", what, t.Value, low, high)
		return 0
	}
	return v
}
