package action

import (
	"github.com/ovnwalk/ovnwalk/expr/grammar"
)

// buildNested returns the builder of a block of actions.
func buildNested(kind NestedKind) func(*builder, *grammar.Action) Action {
	return func(b *builder, n *grammar.Action) Action {
		if n.Block == nil {
			return b.refuse()
		}
		list, prereqs := b.block(n.Block.Actions, nestedScope(kind, b.scope))
		return b.nestedOf(kind, list, prereqs)
	}
}

func buildGetMACBind(nd bool) func(*builder, *grammar.Action) Action {
	return func(b *builder, n *grammar.Action) Action {
		a := &GetMACBind{ND: nd}
		b.fields(n.Call, []int{stringBits, ipBits(nd)}, &a.Port, &a.IP)
		return a
	}
}

func buildPutMACBind(nd bool) func(*builder, *grammar.Action) Action {
	return func(b *builder, n *grammar.Action) Action {
		a := &PutMACBind{ND: nd}
		b.fields(n.Call, []int{stringBits, ipBits(nd), macBits}, &a.Port, &a.IP, &a.MAC)
		return a
	}
}

func buildPutFDB(b *builder, n *grammar.Action) Action {
	a := &PutFDB{}
	b.fields(n.Call, []int{stringBits, macBits}, &a.Port, &a.MAC)
	return a
}

func buildHandleSvcCheck(b *builder, n *grammar.Action) Action {
	a := &HandleSvcCheck{}
	b.fields(n.Call, []int{stringBits}, &a.Port)
	return a
}

func buildBindVport(b *builder, n *grammar.Action) Action {
	if n.OnPort == nil || n.OnPort.Parent == nil {
		return b.refuse()
	}
	a := &BindVport{Port: b.unquote(n.OnPort.Port)}
	if f, ok := b.field(n.OnPort.Parent); ok && b.check(f.Check(stringBits, 0)) {
		a.Parent = f
	}
	return a
}

func buildMirror(b *builder, n *grammar.Action) Action {
	if n.OnPort == nil || n.OnPort.Parent != nil {
		return b.refuse()
	}
	return &Mirror{Port: b.unquote(n.OnPort.Port)}
}
