package action

import (
	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/grammar"
)

func buildCheckPktLarger(b *builder, dst expr.FieldRef, n *grammar.Query) Action {
	switch {
	case n.Larger == nil || !b.writable(dst, bit):
		return b.refuse()
	case n.Larger.Length == "":
		return nil
	}
	length, _ := b.integer(n.Larger.Length)
	return &CheckPktLarger{Dst: dst, Len: uint16(length)}
}

func buildSelect(b *builder, dst expr.FieldRef, n *grammar.Query) Action {
	s := n.Select
	if s == nil || !b.writable(dst, dst.Bits) || dst.Bits < 16 || b.inLastTable("select") || s.Keyed && !b.Has(dialect.SelectHashFields) {
		return b.refuse()
	}
	a := &Select{Dst: dst, Table: b.env.Table + 1, HasHash: s.Keyed}
	for _, n := range append(s.Values, s.Members...) {
		m := Member{Weight: defaultWeight}
		m.ID = b.short(n.ID)
		if n.Weight != "" {
			if m.Weight = b.short(n.Weight); m.Weight == 0 {
				return b.refuse()
			}
		}
		a.Members = append(a.Members, m)
	}
	if len(a.Members) <= 1 {
		return b.refuse()
	}
	if s.Keyed {
		a.HashFields = b.unquote(s.Hash)
	}
	return a
}
