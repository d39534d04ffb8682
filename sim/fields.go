package sim

import (
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/expr/lex"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// assign adds a node for an assignment.
func assign(dst expr.FieldRef, v trace.Value, at ActionContext) {
	if at.brief {
		return
	}
	at.Out.Add(changed(trace.ChangeAssign, dst, v))
}

func changed(kind trace.ChangeKind, f expr.FieldRef, v trace.Value) *trace.Change {
	field, _, _ := f.Resolve()
	return &trace.Change{Kind: kind, Field: f.String(), Target: field, Value: v}
}

// formats are the formats of constants in flows.
var formats = map[lex.Format]trace.Format{
	lex.Decimal: trace.FormatDecimal, lex.Hex: trace.FormatHex, lex.IPv4: trace.FormatIPv4, lex.IPv6: trace.FormatIPv6, lex.Ethernet: trace.FormatEthernet,
}

// constant returns a constant in the format of the flow.
func constant(c expr.Constant, isString bool) trace.Value {
	if isString {
		return trace.Value{Text: string(c.Append(nil, true))}
	}
	return trace.Value{Format: formats[c.Number.Format], Number: c.Number.Value, Masked: c.Number.Masked, Mask: c.Number.Mask}
}

func decimal(v uint64) trace.Value {
	return trace.Value{Format: trace.FormatDecimal, Number: packet.Uint(v)}
}

func hex(v packet.Value) trace.Value { return trace.Value{Format: trace.FormatHex, Number: v} }

// isInternal reports whether a field is a register, which is not in frames.
func isInternal(f expr.FieldRef) bool {
	field, _, _ := f.Resolve()
	return field != nil && field.Register
}

// load sets a field to a constant. The name of a port without a key on this datapath is no port.
func (w *Walker) load(a *action.Load, p *packet.Packet, at ActionContext) {
	field, ofs, bits := a.Dst.Resolve()
	isString := a.Dst.Symbol.Width == 0
	if !at.brief && !isInternal(a.Dst) {
		assign(a.Dst, constant(a.Value, isString), at)
	}
	if !p.Has(field) {
		return
	}
	value, mask := a.Value.Number.Value, packet.Ones(bits)
	switch {
	case isString:
		key, _ := at.Flow.PortKey(at.Datapath, a.Value.Str)
		value = packet.Uint(key)
	case a.Value.Number.Masked:
		mask = mask.And(a.Value.Number.Mask)
	}
	p.SetMasked(field, value.And(mask).Shl(ofs), mask.Shl(ofs))
}

// loadPayloadField shows the assignment of a field that is only in the packet's payload.
func loadPayloadField(a *action.OVNFieldLoad, at ActionContext) {
	v := a.Value.Number.Value
	value := decimal(v.Lo & 0xffff)
	if a.Dst.Symbol.Name == "icmp4.inner_ip4.src" {
		value = trace.Value{Format: trace.FormatIPv4, Number: v}
	}
	at.Out.Add(&trace.Change{Kind: trace.ChangeAssign, Field: a.Dst.Symbol.Name, Value: value})
}

// valueOf returns the value of a field in a trace: of a whole field in its format, of a part in
// hexadecimal.
func valueOf(f expr.FieldRef, p *packet.Packet) trace.Value {
	field, ofs, bits := f.Resolve()
	if ofs == 0 && bits >= field.Bits {
		return trace.Value{Format: trace.FormatField, Number: p.Get(field), Like: field}
	}
	return hex(f.Read(p))
}

func (w *Walker) move(a *action.Move, p *packet.Packet, at ActionContext) {
	if !at.held(a.Dst, a.Src) {
		return
	}
	if !at.brief && !isInternal(a.Dst) {
		assign(a.Dst, valueOf(a.Src, p), at)
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
		if !at.brief && !isInternal(side[0]) {
			assign(side[0], valueOf(side[1], p), at)
		}
	}
	if !hasBothFields(p, a.Left, a.Right) {
		return
	}
	// The left field is written last, including the bits around the part, with their
	// previous values: of two parts of one field the right one keeps its value.
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
	at.Out.Add(changed(trace.ChangePush, a.Field, hex(v)))
	*stack = append(*stack, v)
}

func pop(a *action.Pop, p *packet.Packet, at ActionContext, stack *[]packet.Value) {
	c := changed(trace.ChangePop, a.Field, trace.Value{})
	at.Out.Add(c)
	n := len(*stack)
	if n == 0 {
		return
	}
	at.held(a.Field)
	v := (*stack)[n-1]
	*stack = (*stack)[:n-1]
	a.Field.Write(p, v)
	c.Value = hex(v)
}

// DecTTL decrements the TTL of a packet as ovn-trace does, also to 0.
func DecTTL(p *packet.Packet, at ActionContext) {
	switch ttl := p.Uint(packet.IPTTL); {
	case !p.IsIP():
		at.remark(trace.RemarkTTLNotIP)
	case ttl == 0:
		at.remark(trace.RemarkTTLUnderflow)
	default:
		p.SetUint(packet.IPTTL, ttl-1)
		if at.brief {
			return
		}
		at.Out.Add(&trace.Change{Kind: trace.ChangeDecrement, Field: "ip.ttl", Target: packet.IPTTL})
	}
}
