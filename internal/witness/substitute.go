package witness

import (
	"bytes"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
)

// substitution makes the edges of flows that differ from the first one of their form in
// nothing but the addresses to which fields are set, without parsing their actions.
type substitution struct {
	lead
	symbols *expr.Symbols
	key     []byte // of the first flow's outline
	outline outline
	made    edge           // the edge with the addresses of a flow
	loads   []*action.Load // that set addresses, in the order of the text
}

// substitution returns nil if the actions of a form do anything with addresses besides
// setting fields to them.
func (l lead) substitution(symbols *expr.Symbols) *substitution {
	first := l.first()
	text := first.from.ActionsText()
	if strings.ContainsAny(text, "\"/\x01") { // a name, a prefix or a comment
		return nil
	}
	s := &substitution{lead: l, symbols: symbols, made: *first}
	s.outline.read(text)
	s.key = bytes.Clone(s.outline.key)
	s.made.ops = slices.Clone(first.ops)
	for i, a := range l.list {
		switch a := a.(type) {
		case *action.Move, *action.Exchange, *action.DecTTL, *action.Next, *action.Output:
		case *action.Load:
			if f := a.Value.Number.Format; f != expr.Ethernet && f != expr.IPv4 {
				continue
			}
			load := *a
			s.loads = append(s.loads, &load)
			if i < len(s.made.ops) {
				s.made.ops[i].Action = &load
			}
		default:
			return nil
		}
	}
	if len(s.loads) != len(s.outline.addresses) {
		return nil
	}
	return s
}

// edge returns the edge of the i-th flow, which is good until the next call.
func (s *substitution) edge(i int) *edge {
	text := s.flows[i].ActionsText()
	if s.outline.read(text); !bytes.Equal(s.outline.key, s.key) {
		return s.lead.edge(i)
	}
	for k, at := range s.outline.addresses {
		n, err := s.symbols.Rules().ParseNumber(text[at[0]:at[1]])
		if err != nil {
			return s.lead.edge(i)
		}
		s.loads[k].Value.Number = n
	}
	return &s.made
}
