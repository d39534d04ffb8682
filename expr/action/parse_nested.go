package action

import (
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/internal/syntax"
)

// nested returns the parser of a block of actions.  What the actions in a clone
// or reject require, the flow requires too; that of others is about the packet
// that they make, and only the row's own prerequisite counts.
func nested(kind NestedKind) func(*parser) Action {
	return func(p *parser) Action {
		scope := p.scope
		if kind == Clone {
			scope = expr.WriteAction
		}
		list, prereqs, ok := p.block(scope)
		if !ok {
			return nil
		}
		if kind == Clone || kind == Reject {
			p.prereqs = expr.AllOf(prereqs, p.prereqs)
		}
		return &Nested{Kind: kind, List: list}
	}
}

// block reads actions in braces and returns what they require apart from that
// of the actions around them.
func (p *parser) block(scope expr.Scope) (list []Action, prereqs expr.Expr, ok bool) {
	if !p.Expect(syntax.LCurly) {
		return nil, nil, false
	}
	if p.depth+1 == maxDepth {
		p.Fail("maximum depth of nested actions reached")
		return nil, nil, false
	}
	outer, outerScope := p.prereqs, p.scope
	p.prereqs, p.scope = nil, scope
	p.depth++
	list = p.actions(syntax.RCurly)
	p.depth--
	prereqs = p.prereqs
	p.prereqs, p.scope = outer, outerScope
	return list, prereqs, !p.Failed()
}
