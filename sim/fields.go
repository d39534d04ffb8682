package sim

import (
	"strconv"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// assign writes down that a field was set.
func assign(dst expr.FieldRef, value string, at ActionContext) {
	at.Out.Add(&trace.Change{Kind: trace.ChangeAssign, Field: dst.String(), Value: value})
}

// isInternal reports whether a field is a register, which nobody outside sees.
func isInternal(f expr.FieldRef) bool {
	field, _, _ := f.Resolve()
	return field != nil && field.Register
}

// load sets a field to a constant.  A port's name that leads nowhere on this
// datapath counts as no port.
func (w *Walker) load(a *action.Load, p *packet.Packet, at ActionContext) {
	field, ofs, bits := a.Dst.Resolve()
	isString := a.Dst.Symbol.Width == 0
	if !isInternal(a.Dst) {
		assign(a.Dst, string(a.Value.Append(nil, isString)), at)
	}
	if !p.Has(field) {
		return
	}
	value, mask := a.Value.Number.Value, packet.Ones(bits)
	switch {
	case isString:
		key, _ := at.Datapath.Network().PortKey(at.Datapath, a.Value.Str)
		value = packet.Uint(key)
	case a.Value.Number.Masked:
		mask = mask.And(a.Value.Number.Mask)
	}
	p.SetMasked(field, value.And(mask).Shl(ofs), mask.Shl(ofs))
}

// loadPayloadField sets a field that only the packet's payload has.
func loadPayloadField(a *action.OVNFieldLoad, at ActionContext) {
	v := a.Value.Number.Value
	text := strconv.FormatUint(v.Lo&0xffff, 10)
	if a.Dst.Symbol.Name == "icmp4.inner_ip4.src" {
		text = string(packet.AppendIPv4(nil, v.Lo))
	}
	at.Out.Add(&trace.Change{Kind: trace.ChangeAssign, Field: a.Dst.Symbol.Name, Value: text})
}

// fieldText returns the value of a field as a trace shows it: a whole field in its
// own way, a part of one in hexadecimal.
func fieldText(f expr.FieldRef, p *packet.Packet) string {
	field, ofs, bits := f.Resolve()
	if ofs == 0 && bits >= field.Bits {
		return field.Format(p.Get(field))
	}
	return string(packet.AppendHex(nil, f.Read(p)))
}

func (w *Walker) move(a *action.Move, p *packet.Packet, at ActionContext) {
	if !at.held(a.Dst, a.Src) {
		return
	}
	if !isInternal(a.Dst) {
		assign(a.Dst, fieldText(a.Src, p), at)
	}
	if hasBothFields(p, a.Dst, a.Src) {
		a.Dst.Write(p, a.Src.Read(p))
	}
}

func (w *Walker) exchange(a *action.Exchange, p *packet.Packet, at ActionContext) {
	if !at.held(a.Left, a.Right) {
		return
	}
	for _, side := range [][2]expr.FieldRef{{a.Left, a.Right}, {a.Right, a.Left}} {
		if !isInternal(side[0]) {
			assign(side[0], fieldText(side[1], p), at)
		}
	}
	if !hasBothFields(p, a.Left, a.Right) {
		return
	}
	// The left field is written last and whole, with the bits around that it had
	// before: of two parts of one field the right one keeps its value.
	field, _, _ := a.Left.Resolve()
	whole, l, r := p.Get(field), a.Left.Read(p), a.Right.Read(p)
	a.Right.Write(p, l)
	p.Set(field, whole)
	a.Left.Write(p, r)
}

func hasBothFields(p *packet.Packet, a, b expr.FieldRef) bool {
	fa, _, _ := a.Resolve()
	fb, _, _ := b.Resolve()
	return p.Has(fa) && p.Has(fb)
}

func push(a *action.Push, p *packet.Packet, at ActionContext, stack *[]packet.Value) {
	at.held(a.Field)
	v := a.Field.Read(p)
	at.Out.Add(&trace.Change{Kind: trace.ChangePush, Field: a.Field.String(), Value: string(packet.AppendHex(nil, v))})
	*stack = append(*stack, v)
}

func pop(a *action.Pop, p *packet.Packet, at ActionContext, stack *[]packet.Value) {
	c := &trace.Change{Kind: trace.ChangePop, Field: a.Field.String()}
	at.Out.Add(c)
	n := len(*stack)
	if n == 0 {
		return
	}
	at.held(a.Field)
	v := (*stack)[n-1]
	*stack = (*stack)[:n-1]
	a.Field.Write(p, v)
	c.Value = string(packet.AppendHex(nil, v))
}

func decTTL(p *packet.Packet, at ActionContext) {
	switch ttl := p.Uint(packet.IPTTL); {
	case !p.IsIP():
		at.remark(trace.RemarkTTLNotIP)
	case ttl == 0:
		at.remark(trace.RemarkTTLUnderflow)
	default:
		p.SetUint(packet.IPTTL, ttl-1)
		at.Out.Add(&trace.Change{Kind: trace.ChangeDecrement, Field: "ip.ttl"})
	}
}
