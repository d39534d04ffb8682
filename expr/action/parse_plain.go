package action

import (
	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr/lex"
)

// parseNext parses the arguments of next: nothing, a table, or a pipeline and a table.
func parseNext(p *parser) Action {
	to, table := p.env.Pipeline, p.env.Table+1
	if p.Accept(lex.LParen) {
		if n, ok := p.AcceptInt(); ok {
			table = n
		} else {
			to, table = p.nextArgs(to, table)
		}
		p.Expect(lex.RParen)
	}
	return p.nextTo(to, table)
}

// nextTo returns a next action after checking its table.
func (p *parser) nextTo(to Pipeline, table int) Action {
	if to == Egress && p.env.Pipeline == Ingress && !p.Has(dialect.NextToEgress) {
		p.Fail(`"next" action cannot advance from ingress to egress pipeline (use "output" action instead)`)
		return nil
	}
	limit, last := p.tables[p.env.Pipeline], p.tables[p.env.Pipeline]-1
	if p.Has(dialect.NextBoundByTarget) {
		limit, last = p.tables[to], p.tables[to]
	}
	if table >= limit {
		p.Fail(`"next" action cannot advance beyond table %d.`, last)
		return nil
	}
	return &Next{Pipeline: to, Table: table, FromPipeline: p.env.Pipeline, FromTable: p.env.Table}
}

// nextArgs parses arguments such as pipeline=ingress, table=3.
func (p *parser) nextArgs(to Pipeline, table int) (Pipeline, int) {
	for more := true; more; more = p.Accept(lex.Comma) {
		switch {
		case p.AcceptID("pipeline"):
			p.Expect(lex.Equals)
			switch {
			case p.AcceptID("ingress"):
				to = Ingress
			case p.AcceptID("egress"):
				to = Egress
			default:
				p.SyntaxError(`expecting "ingress" or "egress"`)
			}
		case p.AcceptID("table"):
			p.Expect(lex.Equals)
			table, _ = p.ExpectInt()
		default:
			p.SyntaxError(`expecting "pipeline" or "table"`)
		}
	}
	return to, table
}

func parseDecTTL(p *parser) Action {
	p.Expect(lex.Decrement)
	return &DecTTL{}
}
