package action

import (
	"fmt"
	"math"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr/grammar"
)

func buildSetQueue(b *builder, n *grammar.Action) Action {
	switch {
	case n.SetQueue == nil:
		return b.refuse()
	case n.SetQueue.ID == "":
		return nil
	}
	id, ok := b.integer(n.SetQueue.ID)
	if !ok || id > maxQueue {
		return b.refuse()
	}
	return &SetQueue{ID: uint16(id)}
}

func buildSetMeter(b *builder, n *grammar.Action) Action {
	if n.SetMeter == nil {
		return b.refuse()
	}
	a := &SetMeter{}
	a.Rate = b.lenient(n.SetMeter.Rate)
	a.Burst = b.lenient(n.SetMeter.Burst)
	if a.Rate == 0 {
		return b.refuse()
	}
	return a
}

// lenient parses any token as a number: all but decimal numbers are 0.
func (b *builder) lenient(token string) uint64 {
	n, ok := b.decimalOf(token)
	if !ok {
		return 0
	}
	return n
}

// named returns the value, from 0 to last, with a name.
func named[E interface {
	~uint8
	fmt.Stringer
}](word string, last E) (E, bool) {
	for e := E(0); e <= last; e++ {
		if e.String() == word {
			return e, true
		}
	}
	return 0, false
}

func buildLog(b *builder, n *grammar.Action) Action {
	if n.Log == nil {
		return b.refuse()
	}
	a, hasVerdict := &Log{Severity: SeverityInfo}, false
	for _, arg := range n.Log.Args {
		switch {
		case arg.Verdict != "":
			v, ok := named(arg.Verdict, VerdictPass)
			if !ok || v == VerdictPass && !b.Has(dialect.LogPass) {
				return b.refuse()
			}
			a.Verdict, hasVerdict = v, true
		case arg.Severity != "":
			s, ok := named(arg.Severity, SeverityDebug)
			if !ok {
				return b.refuse()
			}
			a.Severity = s
		case arg.Name != nil:
			a.HasName, a.Name = true, b.unquote(*arg.Name)
			if len(a.Name) >= maxLogName {
				return b.refuse()
			}
		default:
			a.HasMeter, a.Meter = true, b.unquote(*arg.Meter)
		}
	}
	if !hasVerdict {
		return b.refuse()
	}
	return a
}

func buildSample(b *builder, n *grammar.Action) Action {
	if n.Sample == nil {
		return b.refuse()
	}
	a := &Sample{}
	for _, arg := range n.Sample.Args {
		switch {
		case arg.HasProbability:
			if arg.Probability != "" {
				a.Probability = b.short(arg.Probability)
			}
		case arg.CollectorSet != nil:
			if v, ok := b.decimalOf(*arg.CollectorSet); ok {
				a.CollectorSet = uint32(v)
			}
		case arg.ObsDomain != nil:
			if v, ok := b.decimalOf(*arg.ObsDomain); ok {
				if uint32(v) > math.MaxUint8 {
					return b.refuse()
				}
				a.ObsDomain = uint8(v)
			}
		default:
			b.obsPoint(a, arg.ObsPoint)
		}
	}
	if a.Probability == 0 {
		return b.refuse()
	}
	return a
}

func (b *builder) obsPoint(a *Sample, n *grammar.ObsPoint) {
	number, ok := b.decimalOf(n.Number)
	switch {
	case n.Cookie == "$cookie":
		a.ObsCookie = true
	case ok:
		a.ObsPoint = uint32(number)
	case n.Field != nil && b.Has(dialect.SampleFromField):
		if f, ok := b.field(n.Field); ok && b.check(f.Check(32, 0)) {
			a.ObsField = f
		}
	default:
		b.refuse()
	}
}
