package action

import (
	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/grammar"
)

func buildResult(kind ResultKind) func(*builder, expr.FieldRef, *grammar.Query) Action {
	return func(b *builder, dst expr.FieldRef, n *grammar.Query) Action {
		if n.Call == nil || len(n.Call.Args) > 0 || !b.writable(dst, kind.Bits()) {
			return b.refuse()
		}
		return &Result{Kind: kind, Dst: dst}
	}
}

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

func buildLookupMACBind(nd bool) func(*builder, expr.FieldRef, *grammar.Query) Action {
	return func(b *builder, dst expr.FieldRef, n *grammar.Query) Action {
		a := &LookupMACBind{ND: nd, Dst: dst}
		_ = b.writable(dst, bit) && b.fields(n.Call, []int{stringBits, ipBits(nd), macBits}, &a.Port, &a.IP, &a.MAC)
		return a
	}
}

func buildLookupMACBindIP(nd bool) func(*builder, expr.FieldRef, *grammar.Query) Action {
	return func(b *builder, dst expr.FieldRef, n *grammar.Query) Action {
		a := &LookupMACBindIP{ND: nd, Dst: dst}
		_ = b.writable(dst, bit) && b.fields(n.Call, []int{stringBits, ipBits(nd)}, &a.Port, &a.IP)
		return a
	}
}

func buildChkEVPNARP(b *builder, dst expr.FieldRef, n *grammar.Query) Action {
	if n.Call == nil || len(n.Call.Args) != 1 || !b.writable(dst, bit) {
		return b.refuse()
	}
	ip, ok := b.field(n.Call.Args[0])
	if !ok || !isIPField(ip) {
		return b.refuse()
	}
	return &ChkEVPNARP{Dst: dst, IP: ip}
}

func buildGetFDB(remote bool) func(*builder, expr.FieldRef, *grammar.Query) Action {
	return func(b *builder, dst expr.FieldRef, n *grammar.Query) Action {
		a := &GetFDB{Remote: remote, Dst: dst}
		_ = (dst.Bits == stringBits || b.writable(dst, 32)) && b.fields(n.Call, []int{macBits}, &a.MAC)
		return a
	}
}

func buildLookupFDB(b *builder, dst expr.FieldRef, n *grammar.Query) Action {
	a := &LookupFDB{Dst: dst}
	_ = b.writable(dst, bit) && b.fields(n.Call, []int{stringBits, macBits}, &a.Port, &a.MAC)
	return a
}

func buildSelect(b *builder, dst expr.FieldRef, n *grammar.Query) Action {
	s := n.Select
	if s == nil || !b.writable(dst, dst.Bits) || dst.Bits < 16 || b.inLastTable("select") || s.Keyed && !b.Has(dialect.SelectHashFields) {
		return b.refuse()
	}
	a := &Select{Dst: dst, Table: b.env.Table + 1, HasHash: s.Keyed}
	for _, n := range append(s.Values, s.Members...) {
		m := Member{Weight: defaultWeight}
		m.ID, _ = b.short(n.ID)
		if n.Weight != "" {
			if m.Weight, _ = b.short(n.Weight); m.Weight == 0 {
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
