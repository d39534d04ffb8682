package action

import (
	"math"
	"net/netip"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/grammar"
	"github.com/ovnwalk/ovnwalk/expr/internal/syntax"
	"github.com/ovnwalk/ovnwalk/expr/lex"
)

// builder builds actions from a syntax tree. It uses the same table of actions and the same
// checks as the parser of flows. It records errors in the parser's cursor, and uses only
// whether there is one.
type builder struct {
	parser
	text string // of the tree
}

// build returns the actions of a text's tree. It returns false if they are invalid.
func build(tree *grammar.Actions, text string, l *actionTable, env Env) (Actions, bool) {
	b := builder{
		parser: parser{Cursor: syntax.NewCursor("", l.symbols.Rules()), actionTable: l, env: env, scope: expr.WriteAction},
		text:   text,
	}
	list := b.actions(tree)
	return Actions{List: list, Prereqs: b.prereqs}, !b.Failed()
}

// refuse records that the tree is invalid.
func (b *builder) refuse() Action {
	b.Fail("refused")
	return nil
}

func (b *builder) actions(tree *grammar.Actions) []Action {
	var list []Action
	for _, node := range tree.List {
		a := b.action(node)
		if b.Failed() {
			return nil
		}
		if a != nil {
			list = append(list, a)
		}
	}
	return list
}

// action builds one action.
func (b *builder) action(n *grammar.Action) Action {
	if n.Assignment != nil {
		return b.assignment(n.Assignment)
	}
	s := b.statements[n.Tokens[0].Value]
	if s == nil {
		return b.refuse()
	}
	a := s.build(b, n)
	b.require(s.prereq)
	return a
}

func (b *builder) assignment(n *grammar.Assignment) Action {
	dst, ok := b.field(n.Dst)
	switch {
	case !ok:
		return nil
	case n.Exchange != nil:
		return b.moved(dst, n.Exchange, true)
	case n.Src != nil:
		return b.moved(dst, n.Src, false)
	case n.Constant != nil:
		return b.loaded(dst, n.Constant)
	}
	v := b.values[n.Query.Tokens[0].Value]
	if v == nil {
		return b.refuse()
	}
	a := v.build(b, dst, n.Query)
	b.require(v.prereq)
	return a
}

// field resolves a field and adds its prerequisites.
func (b *builder) field(n *grammar.Field) (expr.FieldRef, bool) {
	f, prereqs, err := expr.ResolveField(n, b.symbols)
	if !b.check(err) {
		return expr.FieldRef{}, false
	}
	if prereqs != nil {
		b.prereqs = expr.AllOf(b.prereqs, prereqs)
	}
	return f, true
}

func (b *builder) moved(dst expr.FieldRef, n *grammar.Field, exchange bool) Action {
	src, ok := b.field(n)
	if !ok {
		return nil
	}
	return b.moveOf(dst, src, exchange)
}

func (b *builder) loaded(dst expr.FieldRef, n *grammar.Constant) Action {
	if !b.writable(dst, dst.Bits) {
		return nil
	}
	c, err := expr.ResolveConstant(n, dst, b.symbols)
	if !b.check(err) {
		return nil
	}
	return loadOf(dst, c)
}

// number parses an integer constant, which the lexer has validated.
func (b *builder) number(text string) expr.Number {
	n, err := b.symbols.Rules().ParseNumber(text)
	b.check(err)
	return n
}

// decimalOf parses a decimal number without mask.
func (b *builder) decimalOf(text string) (uint64, bool) {
	if text == "" {
		return 0, false
	}
	n, err := b.symbols.Rules().ParseNumber(text)
	return n.Value.Lo, err == nil && !n.Masked && n.Format == expr.Decimal
}

// integer parses a plain decimal number that fits in a 32-bit signed integer.
func (b *builder) integer(text string) (int, bool) {
	n, ok := b.decimalOf(text)
	if !ok || n > math.MaxInt32 {
		b.refuse()
		return 0, false
	}
	return int(n), true
}

// short parses a decimal number of up to 16 bits.
func (b *builder) short(text string) uint16 {
	n, ok := b.decimalOf(text)
	if !ok || n > math.MaxUint16 {
		b.refuse()
		return 0
	}
	return uint16(n)
}

// addressOf parses an IP address without mask.
func (b *builder) addressOf(text string) netip.Addr {
	n := b.number(text)
	switch {
	case n.Masked:
	case n.Format == expr.IPv4:
		return n.Value.Addr4()
	case n.Format == expr.IPv6:
		return n.Value.Addr16()
	}
	b.refuse()
	return netip.Addr{}
}

// unquote decodes a quoted string, which the lexer has validated.
func (b *builder) unquote(quoted string) string {
	s, err := lex.Unquote(quoted)
	b.check(err)
	return s
}

// word decodes a word that may be quoted.
func (b *builder) word(s string) string {
	if s != "" && s[0] == '"' {
		return b.unquote(s)
	}
	return s
}

// truth parses true or false, quoted or not.
func (b *builder) truth(s string) bool {
	switch b.word(s) {
	case "true":
		return true
	case "false":
	default:
		b.refuse()
	}
	return false
}

func (b *builder) proto(s string) Proto {
	for _, proto := range []Proto{TCP, UDP, SCTP} {
		if s == proto.String() {
			return proto
		}
	}
	b.refuse()
	return 0
}

// block builds the actions of a block. Their prerequisites are separate from those of the
// actions around the block.
func (b *builder) block(tree *grammar.Actions, scope expr.Scope) (list []Action, prereqs expr.Expr) {
	if !b.enter(scope, func() { list, prereqs = b.actions(tree), b.prereqs }) {
		return nil, nil
	}
	return list, prereqs
}

func buildNext(b *builder, n *grammar.Action) Action {
	if n.Next == nil {
		return b.refuse()
	}
	to, table := b.env.Pipeline, b.env.Table+1
	if n.Next.Table != nil {
		table, _ = b.integer(*n.Next.Table)
	}
	for _, arg := range n.Next.Args {
		switch arg.Pipeline {
		case "ingress":
			to = Ingress
		case "egress":
			to = Egress
		default:
			table, _ = b.integer(arg.Table)
		}
	}
	return b.nextTo(to, table)
}

func buildDecTTL(b *builder, n *grammar.Action) Action {
	if n.Decrement == nil {
		return b.refuse()
	}
	return &DecTTL{}
}

func buildPush(b *builder, n *grammar.Action) Action {
	if f, ok := b.stackField(n.Call, false); ok {
		return &Push{f}
	}
	return nil
}

func buildPop(b *builder, n *grammar.Action) Action {
	if f, ok := b.stackField(n.Call, true); ok {
		return &Pop{f}
	}
	return nil
}

func (b *builder) stackField(n *grammar.Call, written bool) (expr.FieldRef, bool) {
	if n == nil || len(n.Args) != 1 {
		b.refuse()
		return expr.FieldRef{}, false
	}
	f, ok := b.field(n.Args[0])
	return f, ok && (!written || b.writable(f, f.Bits))
}
