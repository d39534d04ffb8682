package action

import (
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/grammar"
	"github.com/ovnwalk/ovnwalk/expr/internal/syntax"
	"github.com/ovnwalk/ovnwalk/expr/lex"
)

// Parse parses user input with the grammar.  The error, if any, is a
// *expr.SyntaxError with upstream's message.
func Parse(text string, env Env) (Actions, error) {
	l := tableOf(env.Dialect)
	if tree, err := grammar.ParseActions(text, l.symbols.Rules()); err == nil {
		if a, ok := build(tree, text, l, env); ok {
			return a, nil
		}
	}
	return ParseFlow(text, env)
}

// ParseFlow parses the actions of a logical flow.  It accepts the same texts as Parse
// and returns the same actions, a hundred times faster, or the error that upstream's
// parser reports first.  The error, if any, is a *expr.SyntaxError.
func ParseFlow(text string, env Env) (Actions, error) {
	l := tableOf(env.Dialect)
	p := parser{Cursor: syntax.NewCursor(text, l.symbols.Rules()), actionTable: l, env: env, scope: expr.WriteAction}
	list := p.actions(lex.End)
	if err := p.Err(); err != nil {
		return Actions{}, err
	}
	return Actions{List: list, Prereqs: p.prereqs}, nil
}

// parser parses the productions of the language. The cursor keeps the first error. A
// production continues after an error with zero values, which are not used; lists end.
type parser struct {
	*syntax.Cursor
	*actionTable
	env     Env
	prereqs expr.Expr  // the prerequisites of the actions so far
	scope   expr.Scope // of the current actions
	depth   int        // number of enclosing blocks
}

// maxDepth bounds nested blocks, as upstream does.
const maxDepth = 32

// actions parses actions up to and including a token of type end.
func (p *parser) actions(end lex.Type) []Action {
	if p.Type() == lex.ID && p.Raw() == "drop" && p.NextType() == lex.Semicolon {
		p.Next()
		p.Next()
		if end == lex.End {
			p.ExpectEnd()
		} else {
			p.Expect(end)
		}
		return nil
	}
	var list []Action
	for p.Type() != end {
		a := p.action()
		if p.Failed() {
			return nil
		}
		if a != nil { // upstream accepts "set_queue(;" as no action
			list = append(list, a)
		}
	}
	p.Next()
	return list
}

// action parses one action and its semicolon.
func (p *parser) action() Action {
	switch p.Type() {
	case lex.ID:
	case lex.Template:
		p.Fail("Unexpanded template.")
		return nil
	default:
		p.SyntaxError("")
		return nil
	}
	var a Action
	switch p.NextType() {
	case lex.Equals, lex.Exchange, lex.LSquare:
		a = p.assignment()
	default:
		a = p.statement()
	}
	p.Expect(lex.Semicolon)
	return a
}

func (p *parser) statement() Action {
	s := p.statements[p.Raw()]
	if s == nil {
		p.SyntaxError("expecting action")
		return nil
	}
	p.Next()
	a := s.parse(p)
	p.require(s.prereq)
	return a
}

// assignment parses an action that begins with the field that it sets.
func (p *parser) assignment() Action {
	dst := p.field()
	switch {
	case p.Failed():
		return nil
	case p.Accept(lex.Exchange):
		return p.move(dst, true)
	case !p.Accept(lex.Equals):
		p.SyntaxError("expecting `=' or `<->'")
		return nil
	case p.Type() != lex.ID:
		return p.load(dst)
	}
	v := p.values[p.Raw()]
	if v == nil || !v.lone && p.NextType() != lex.LParen {
		return p.move(dst, false)
	}
	p.Next()
	a := v.parse(p, dst)
	p.require(v.prereq)
	return a
}

// require adds the prerequisite of a row.
func (p *parser) require(name string) {
	if name != "" {
		p.prereqs = expr.AllOf(p.prereqs, p.actionTable.prereqs[name])
	}
}

// field parses a field and adds its prerequisites.
func (p *parser) field() expr.FieldRef {
	f, prereqs, ok := parseField(p.Cursor, p.symbols)
	if ok && prereqs != nil {
		p.prereqs = expr.AllOf(p.prereqs, prereqs)
	}
	return f
}

// arg parses a field that must be bits wide, 0 for a string.
func (p *parser) arg(bits int) expr.FieldRef {
	f := p.field()
	if !p.Failed() {
		p.check(f.Check(bits, 0))
	}
	return f
}

// writable checks that f is bits wide and may be written in the current scope.
func (p *parser) writable(f expr.FieldRef, bits int) bool {
	return p.check(f.Check(bits, p.scope))
}

func (p *parser) check(err error) bool {
	if err != nil {
		p.Fail("%s", err)
	}
	return err == nil
}

// inLastTable reports whether the flow is in the pipeline's last table, where the action
// called name is not allowed. It records the error.
func (p *parser) inLastTable(name string) bool {
	if p.env.Table < p.tables[p.env.Pipeline] {
		return false
	}
	p.Fail("%q action not allowed in last table.", name)
	return true
}
