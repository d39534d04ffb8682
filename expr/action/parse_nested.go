package action

import (
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/grammar"
	"github.com/ovnwalk/ovnwalk/expr/lex"
)

// nested returns the form of a block of actions.  What the actions in a clone or
// reject require, the flow requires too; that of others is about the packet that
// they make, and only the row's own prerequisite counts.
func nested(kind NestedKind) form {
	return form{
		parse: func(p *parser) Action {
			list, prereqs := p.block(nestedScope(kind, p.scope))
			return p.nestedOf(kind, list, prereqs)
		},
		build: func(b *builder, n *grammar.Action) Action {
			if n.Block == nil {
				return b.refuse()
			}
			list, prereqs := b.block(n.Block.Actions, nestedScope(kind, b.scope))
			return b.nestedOf(kind, list, prereqs)
		},
	}
}

// nestedScope returns what the actions of a block in scope may write.
func nestedScope(kind NestedKind, scope expr.Scope) expr.Scope {
	if kind == Clone {
		return expr.WriteAction
	}
	return scope
}

// nestedOf returns the action that does a block's.
func (p *parser) nestedOf(kind NestedKind, list []Action, prereqs expr.Expr) Action {
	if kind == Clone || kind == Reject {
		p.prereqs = expr.AllOf(prereqs, p.prereqs)
	}
	return &Nested{Kind: kind, List: list}
}

// block reads actions in braces and returns what they require apart from that
// of the actions around them.
func (p *parser) block(scope expr.Scope) (list []Action, prereqs expr.Expr) {
	if p.Expect(lex.LCurly) {
		p.enter(scope, func() { list, prereqs = p.actions(lex.RCurly), p.prereqs })
	}
	return list, prereqs
}

// enter calls actions inside a block: their prerequisites start anew.  It
// reports whether there was no error.
func (p *parser) enter(scope expr.Scope, actions func()) bool {
	if p.depth+1 == maxDepth {
		p.Fail("maximum depth of nested actions reached")
		return false
	}
	outer, outerScope := p.prereqs, p.scope
	p.prereqs, p.scope = nil, scope
	p.depth++
	actions()
	p.depth--
	p.prereqs, p.scope = outer, outerScope
	return !p.Failed()
}
