package action

import (
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/grammar"
	"github.com/ovnwalk/ovnwalk/expr/internal/syntax"
)

func buildTriggerEvent(b *builder, n *grammar.Action) Action {
	if n.TriggerEvent == nil || b.unquote(n.TriggerEvent.Event) != eventName {
		return b.refuse()
	}
	a := &TriggerEvent{Event: eventName}
	for _, arg := range n.TriggerEvent.Args {
		if arg.Name != "meter" || !b.Has(dialect.EventMeter) {
			a.Options = append(a.Options, b.option(arg, b.eventOptions(), eventName))
			continue
		}
		set, err := expr.ResolveConstants(arg.Value, b.symbols)
		if !b.check(err) || set.Curly || !set.Strings {
			return b.refuse()
		}
		a.setMeter(set.Values[0].Str)
	}
	if !b.Failed() {
		b.checkEvent(a.Options)
	}
	return a
}

// option resolves an option of a table.
func (b *builder) option(n *grammar.Option, table *Options, family string) OptionValue {
	o, ok := table.Lookup(n.Name)
	if !ok {
		b.refuse()
		return OptionValue{}
	}
	set, err := expr.ResolveConstants(n.Value, b.symbols)
	if b.check(err) {
		b.checkOption(o, &set, family)
	}
	return OptionValue{Option: o, Value: set}
}

func buildPutOpts(kind PutOptsKind) func(*builder, expr.FieldRef, *grammar.Query) Action {
	return func(b *builder, dst expr.FieldRef, n *grammar.Query) Action {
		if n.Options == nil || !b.writable(dst, bit) {
			return b.refuse()
		}
		table, family := b.optionTable(kind)
		a := &PutOpts{Kind: kind, Dst: dst}
		for _, o := range n.Options.Options {
			a.Options = append(a.Options, b.option(o, table, family))
		}
		if !b.Failed() {
			b.checkPutOpts(a)
		}
		return a
	}
}

func buildDHCPRelay(resp bool) func(*builder, expr.FieldRef, *grammar.Query) Action {
	return func(b *builder, dst expr.FieldRef, n *grammar.Query) Action {
		if n.Relay == nil || !b.writable(dst, bit) {
			return b.refuse()
		}
		// The arguments are the third token and the one before the last.
		relay, server := b.lastNumber(n.Relay.Tokens[2]), b.lastNumber(n.Relay.Tokens[len(n.Relay.Tokens)-2])
		if relay.Format != expr.IPv4 || server.Format != expr.IPv4 {
			return b.refuse()
		}
		return &DHCPRelay{Resp: resp, Dst: dst, Relay: relay.Value.Addr4(), Server: server.Value.Addr4()}
	}
}

// lastNumber returns the value of a token, or that of the last number before it if the token is
// not a number.
func (b *builder) lastNumber(t lexer.Token) expr.Number {
	c := syntax.NewCursor(b.text, b.symbols.Rules())
	for c.Offset() < t.Pos.Offset {
		c.Next()
	}
	return c.LastNumber()
}
