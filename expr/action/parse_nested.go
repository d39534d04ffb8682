package action

import (
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/grammar"
	"github.com/ovnwalk/ovnwalk/expr/lex"
)

// nested returns the form of a block of actions. The prerequisites of actions in a clone or
// reject are added to the flow's. Those of actions in other blocks apply to the packet that
// the block makes: only the prerequisite of the block itself is added.
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

// nestedScope returns the scope of the actions in a block.
func nestedScope(kind NestedKind, scope expr.Scope) expr.Scope {
	if kind == Clone {
		return expr.WriteAction
	}
	return scope
}

// nestedOf returns the action with a block.
func (p *parser) nestedOf(kind NestedKind, list []Action, prereqs expr.Expr) Action {
	if kind == Clone || kind == Reject {
		p.prereqs = expr.AllOf(prereqs, p.prereqs)
	}
	return &Nested{Kind: kind, List: list}
}

// block parses actions in braces and returns their prerequisites, separate from those of
// the actions around the block.
func (p *parser) block(scope expr.Scope) (list []Action, prereqs expr.Expr) {
	if p.Expect(lex.LCurly) {
		p.enter(scope, func() { list, prereqs = p.actions(lex.RCurly), p.prereqs })
	}
	return list, prereqs
}

// enter calls actions inside a block, with prerequisites of its own. It reports whether there
// was no error.
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
