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

// parseSetMeter reads a rate and perhaps a burst.  A token that is no decimal
// number counts as 0.
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

// lenient reads one token, whatever it is, as a number.
func (p *parser) lenient() uint64 {
	n, ok := p.decimal()
	p.Next()
	if !ok {
		return 0
	}
	return n
}

// maxLogName is the length that the name in a log action stays below.
const maxLogName = 64

func parseLog(p *parser) Action {
	a := &Log{Severity: SeverityInfo}
	var hasVerdict bool
	if p.Accept(lex.LParen) {
		for !p.Accept(lex.RParen) {
			if !p.logArg(a, &hasVerdict) {
				return nil
			}
			p.Accept(lex.Comma)
		}
	}
	if !hasVerdict {
		p.SyntaxError("expecting verdict")
		return nil
	}
	return a
}

// logArg reads one argument; of several of a kind the last counts.
func (p *parser) logArg(a *Log, hasVerdict *bool) (ok bool) {
	switch {
	case p.AcceptID("verdict"):
		if !p.Expect(lex.Equals) {
			return false
		}
		*hasVerdict = true
		for v := range VerdictPass + 1 {
			if (v != VerdictPass || p.Has(dialect.LogPass)) && p.AcceptID(v.String()) {
				a.Verdict = v
				return true
			}
		}
		p.SyntaxError("unknown verdict")
	case p.AcceptID("severity"):
		if !p.Expect(lex.Equals) {
			return false
		}
		for s := range SeverityDebug + 1 {
			if p.AcceptID(s.String()) {
				a.Severity = s
				return true
			}
		}
		if p.Type() == lex.ID {
			p.SyntaxError("unknown severity")
		} else {
			p.SyntaxError("expecting severity")
		}
	case p.AcceptID("name"):
		a.HasName = true
		if a.Name, ok = p.logString(); !ok {
			return false
		}
		if len(a.Name) >= maxLogName {
			p.SyntaxError("name must be shorter than %d characters", maxLogName)
			return false
		}
		p.Next()
		return true
	case p.AcceptID("meter"):
		a.HasMeter = true
		if a.Meter, ok = p.logString(); !ok {
			return false
		}
		p.Next()
		return true
	default:
		p.SyntaxError("")
	}
	return false
}

// logString reads = and finds a string after it, which stays the current token.
func (p *parser) logString() (string, bool) {
	if !p.Expect(lex.Equals) {
		return "", false
	}
	s, ok := p.Str()
	if !ok {
		p.SyntaxError("expecting string")
	}
	return s, ok
}

func parseSample(p *parser) Action {
	a := &Sample{}
	if p.Accept(lex.LParen) {
		for !p.Accept(lex.RParen) {
			p.sampleArg(a)
			if p.Failed() {
				return nil
			}
			p.Accept(lex.Comma)
		}
	}
	if a.Probability == 0 {
		p.Fail("probability must be greater than zero")
		return nil
	}
	return a
}

// sampleArg reads one argument; of several of a kind the last counts.
func (p *parser) sampleArg(a *Sample) {
	switch {
	case p.AcceptID("probability"):
		if !p.Expect(lex.Equals) {
			return
		}
		if _, ok := p.decimal(); ok {
			a.Probability, _ = p.uint16("probability")
		}
	case p.AcceptID("collector_set"):
		if p.Expect(lex.Equals) {
			if n, ok := p.decimal(); ok {
				a.CollectorSet = uint32(n)
			}
			p.Next()
		}
	case p.AcceptID("obs_domain"):
		if !p.Expect(lex.Equals) {
			return
		}
		if n, ok := p.decimal(); ok {
			if uint32(n) > math.MaxUint8 {
				p.SyntaxError("obs_domain must be 8-bit long")
				return
			}
			a.ObsDomain = uint8(n)
		}
		p.Next()
	case p.AcceptID("obs_point"):
		if p.Expect(lex.Equals) {
			p.obsPoint(a)
		}
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
