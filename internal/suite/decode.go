package suite

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/ovnwalk/ovnwalk/internal/address"
)

// decoder turns YAML nodes into values of ours.  What is wrong is remembered
// with its place, and decoding goes on, so that one run reports all errors.
type decoder struct {
	file    string
	anchors anchorCollector
	values  int
	errs    Errors
}

// text is a string and where it stands.
type text struct {
	Pos
	Value string
}

func (d *decoder) fail(p Pos, format string, args ...any) {
	if len(d.errs) < maxErrors {
		d.errs = append(d.errs, &Error{File: d.file, Pos: p, Msg: fmt.Sprintf(format, args...)})
	}
}

// err returns what went wrong, nil for nothing.
func (d *decoder) err() error {
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

// pos returns where a node starts.
func pos(n ast.Node) Pos {
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

// resolve returns the node that an anchor or alias stands for.
func (d *decoder) resolve(n ast.Node) ast.Node {
	if d.values++; d.values > maxValues {
		if d.values == maxValues+1 {
			d.fail(pos(n), "the file has more than %d values: its aliases name too much", maxValues)
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
				d.fail(at(v.Start), "alias *%s, and no anchor &%s in the file", name, name)
				return nil
			}
			n = inner
		case *ast.TagNode:
			d.fail(at(v.Start), "tag %s: a suite takes no tags; a string that begins with ! goes in quotes", v.Start.Value)
			return nil
		case *ast.MappingNode:
			return unsplit(v)
		default:
			return n
		}
	}
	d.fail(pos(n), "an alias that names itself")
	return nil
}

// unsplit returns the string that a mapping really is.  Of a list within braces
// the parser takes a:b for a mapping of a to b, which it is only with a blank
// after the colon (YAML 1.2 section 7.3.3); so it would split tcp:80.
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

// anchorCollector gathers what the anchors of a document name.
type anchorCollector map[string]ast.Node

// Visit takes note of an anchor.
func (a anchorCollector) Visit(n ast.Node) ast.Visitor {
	if v, ok := n.(*ast.AnchorNode); ok {
		a[v.Name.GetToken().Value] = v.Value
	}
	return a
}

// entry is a key of a mapping and its value.
type entry struct {
	key   text
	value ast.Node
}

// entries returns a mapping's entries in order; those that it merges (<<) give
// way to its own.
func (d *decoder) entries(n ast.Node, what string, depth int) ([]entry, bool) {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case nil:
		return nil, false
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	case *ast.NullNode:
		d.fail(pos(n), "%s: empty, where a mapping of keys to values is wanted", what)
		return nil, false
	default:
		d.fail(pos(n), "%s: %s, where a mapping of keys to values is wanted", what, describe(n))
		return nil, false
	}
	var own, merged []entry
	for _, v := range values {
		if v.Key.IsMergeKey() {
			merged = append(merged, d.merged(v.Value, what, depth+1)...)
			continue
		}
		key, ok := d.str(v.Key, "key")
		if ok {
			own = append(own, entry{text{pos(v.Key), key}, v.Value})
		}
	}
	for _, m := range merged {
		if !slices.ContainsFunc(own, func(e entry) bool { return e.key.Value == m.key.Value }) {
			own = append(own, m)
		}
	}
	return own, true
}

// merged returns what a merge key brings: a mapping's entries, or those of
// several, of which the first that has a key counts.
func (d *decoder) merged(n ast.Node, what string, depth int) []entry {
	if depth > MaxNesting {
		d.fail(pos(n), "%s: merges nest more than %d deep, perhaps in a circle", what, MaxNesting)
		return nil
	}
	n = d.resolve(n)
	if s, ok := n.(*ast.SequenceNode); ok {
		var all []entry
		for _, v := range s.Values {
			all = append(all, d.merged(v, what, depth+1)...)
		}
		return all
	}
	es, _ := d.entries(n, what, depth)
	return es
}

// fields decodes a mapping by the table of its keys.  A key that is not there
// is refused with the one that may have been meant.
func fields[T any](d *decoder, n ast.Node, what string, into T, table map[string]func(*decoder, T, text, ast.Node)) bool {
	es, ok := d.entries(d.resolve(n), what, 0)
	for _, e := range es {
		f := table[e.key.Value]
		if f == nil {
			msg := fmt.Sprintf("%s has no key %q", what, e.key.Value)
			known := slices.Sorted(maps.Keys(table))
			if near := address.Similar(e.key.Value, known); len(near) > 0 {
				msg += "; did you mean " + strings.Join(near, " or ") + "?"
			} else {
				msg += "; it has " + strings.Join(known, ", ")
			}
			d.fail(e.key.Pos, "%s", msg)
			continue
		}
		f(d, into, e.key, d.resolve(e.value))
	}
	return ok
}

// describe names the kind of a node.
func describe(n ast.Node) string {
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

// str returns a scalar as it is written: 10 and 0x10 stay what they look like.
func (d *decoder) str(n ast.Node, what string) (string, bool) {
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
	d.fail(pos(n), "%s: %s, where a string is wanted", what, describe(n))
	return "", false
}

// text returns a scalar with its place; an empty one is refused.
func (d *decoder) text(n ast.Node, what string) (text, bool) {
	s, ok := d.str(n, what)
	if ok && strings.TrimSpace(s) == "" {
		d.fail(pos(n), "%s: empty", what)
		return text{}, false
	}
	return text{pos(n), s}, ok
}

// list returns the members of a list, or the one node that stands for a list of
// one.
func (d *decoder) list(n ast.Node, what string) (nodes []ast.Node, isList bool) {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		if n == nil {
			return nil, false
		}
		return []ast.Node{n}, false
	}
	if len(s.Values) == 0 {
		d.fail(pos(n), "%s: an empty list", what)
	}
	for _, v := range s.Values {
		nodes = append(nodes, d.resolve(v))
	}
	return nodes, true
}

// texts returns a scalar, or a list of them.
func (d *decoder) texts(n ast.Node, what string) (out []text, isList bool) {
	nodes, isList := d.list(n, what)
	for _, v := range nodes {
		if t, ok := d.text(v, what); ok {
			out = append(out, t)
		}
	}
	return out, isList
}

func (d *decoder) truth(n ast.Node, what string) bool {
	b, ok := n.(*ast.BoolNode)
	if !ok {
		if n != nil {
			d.fail(pos(n), "%s: %s, where true or false is wanted", what, describe(n))
		}
		return false
	}
	return b.Value
}

func (d *decoder) number(t text, what string, low, high uint64) uint64 {
	v, err := strconv.ParseUint(t.Value, 0, 64)
	if err != nil || v < low || v > high {
		d.fail(t.Pos, "%s: %.40q, where a number from %d to %d is wanted", what, t.Value, low, high)
		return 0
	}
	return v
}
