package action

import (
	"math"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr/lex"
)

// maxQueue is the highest queue.
const maxQueue = 0xf000

func parseSetQueue(p *parser) Action {
	if !p.Expect(lex.LParen) {
		return nil
	}
	id, ok := p.AcceptInt()
	if !ok || !p.Expect(lex.RParen) {
		return nil
	}
	if id > maxQueue {
		p.Fail("Queue ID %d for set_queue is not in valid range %d to %d.", id, 0, maxQueue)
		return nil
	}
	return &SetQueue{ID: uint16(id)}
}

// parseSetMeter parses a rate and an optional burst. Tokens other than decimal numbers are
// 0.
func parseSetMeter(p *parser) Action {
	a := &SetMeter{}
	p.Expect(lex.LParen)
	a.Rate = p.lenient()
	if p.Accept(lex.Comma) {
		a.Burst = p.lenient()
	}
	p.Expect(lex.RParen)
	if a.Rate == 0 {
		p.Fail("Rate 0 for set_meter is not in valid.")
		return nil
	}
	return a
}

// lenient parses any token as a number.
func (p *parser) lenient() uint64 {
	n, ok := p.decimal()
	p.Next()
	if !ok {
		return 0
	}
	return n
}

// maxLogName is an exclusive bound on the length of the name in a log action.
const maxLogName = 64

func parseLog(p *parser) Action {
	a := &Log{Severity: SeverityInfo}
	hasVerdict := false
	if p.Accept(lex.LParen) {
		p.list(func() { hasVerdict = p.logArg(a) || hasVerdict }, lex.RParen)
	}
	if !hasVerdict {
		p.SyntaxError("expecting verdict")
	}
	return a
}

// logArg parses one argument and reports whether it is the verdict. If an argument is
// repeated, the last one is used.
func (p *parser) logArg(a *Log) bool {
	switch {
	case p.AcceptID("verdict"):
		p.Expect(lex.Equals)
		for v := range VerdictPass + 1 {
			if (v != VerdictPass || p.Has(dialect.LogPass)) && p.AcceptID(v.String()) {
				a.Verdict = v
				return true
			}
		}
		p.SyntaxError("unknown verdict")
	case p.AcceptID("severity"):
		p.Expect(lex.Equals)
		for s := range SeverityDebug + 1 {
			if p.AcceptID(s.String()) {
				a.Severity = s
				return false
			}
		}
		if p.Type() == lex.ID {
			p.SyntaxError("unknown severity")
		} else {
			p.SyntaxError("expecting severity")
		}
	case p.AcceptID("name"):
		if a.HasName, a.Name = true, p.valueString(); len(a.Name) >= maxLogName {
			p.SyntaxError("name must be shorter than %d characters", maxLogName)
		}
		p.Next()
	case p.AcceptID("meter"):
		a.HasMeter, a.Meter = true, p.valueString()
		p.Next()
	default:
		p.SyntaxError("")
	}
	return false
}

// valueString parses = and the string after it, which remains the current token.
func (p *parser) valueString() string {
	p.Expect(lex.Equals)
	return p.str("expecting string")
}

func parseSample(p *parser) Action {
	a := &Sample{}
	if p.Accept(lex.LParen) {
		p.list(func() { p.sampleArg(a) }, lex.RParen)
	}
	if a.Probability == 0 {
		p.Fail("probability must be greater than zero")
	}
	return a
}

// sampleArg parses one argument. If an argument is repeated, the last one is used.
func (p *parser) sampleArg(a *Sample) {
	switch {
	case p.AcceptID("probability"):
		p.Expect(lex.Equals)
		if _, ok := p.decimal(); ok {
			a.Probability = p.short("probability")
		}
	case p.AcceptID("collector_set"):
		p.Expect(lex.Equals)
		if n, ok := p.decimal(); ok {
			a.CollectorSet = uint32(n)
		}
		p.Next()
	case p.AcceptID("obs_domain"):
		p.Expect(lex.Equals)
		if n, ok := p.decimal(); ok {
			if a.ObsDomain = uint8(n); uint32(n) > math.MaxUint8 {
				p.SyntaxError("obs_domain must be 8-bit long")
			}
		}
		p.Next()
	case p.AcceptID("obs_point"):
		p.Expect(lex.Equals)
		p.obsPoint(a)
	default:
		p.SyntaxError("unknown argument")
	}
}

func (p *parser) obsPoint(a *Sample) {
	n, ok := p.decimal()
	switch {
	case p.Type() == lex.AddressSet && p.Name() == "cookie":
		a.ObsCookie = true
		p.Next()
	case ok:
		a.ObsPoint = uint32(n)
		p.Next()
	case p.Has(dialect.SampleFromField):
		a.ObsField = p.arg(32)
	default:
		p.SyntaxError("malformed sample observation_point_id")
	}
}
