package action

import (
	"net/netip"
	"slices"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/lex"
	"github.com/ovnwalk/ovnwalk/internal/ovstext"
)

// putOpts returns the parser of an action that makes a reply with options.
func putOpts(kind PutOptsKind) func(*parser, expr.FieldRef) Action {
	return func(p *parser, dst expr.FieldRef) Action {
		p.Expect(lex.LParen)
		p.writable(dst, bit)
		table, family := p.optionTable(kind)
		a := &PutOpts{Kind: kind, Dst: dst}
		p.list(func() { a.Options = append(a.Options, p.option(table, family)) }, lex.RParen)
		if !p.Failed() {
			p.checkPutOpts(a)
		}
		return a
	}
}

// checkPutOpts reports whether the options are valid for a reply.
func (p *parser) checkPutOpts(a *PutOpts) {
	switch a.Kind {
	case DHCPv4:
		if !slices.ContainsFunc(a.Options, func(o OptionValue) bool { return o.Option.Code == offerIPCode }) {
			p.Fail("put_dhcp_opts requires offerip to be specified.")
		}
	case NDRA:
		p.checkRA(a.Options)
	default:
	}
}

// optionTable returns the options of a protocol and its name in errors.
func (p *parser) optionTable(kind PutOptsKind) (*Options, string) {
	switch kind {
	case DHCPv4:
		if p.env.DHCP != nil {
			return p.env.DHCP, "DHCPv4"
		}
		return p.dhcp, "DHCPv4"
	case DHCPv6:
		if p.env.DHCPv6 != nil {
			return p.env.DHCPv6, "DHCPv6"
		}
		return p.dhcpv6, "DHCPv6"
	default:
	}
	return p.ndRA, "IPv6 ND RA"
}

// option parses one option: its name, and a value of its type.
func (p *parser) option(table *Options, family string) OptionValue {
	if p.Type() != lex.ID {
		p.SyntaxError("")
		return OptionValue{}
	}
	o, ok := table.Lookup(p.Raw())
	if !ok {
		p.SyntaxError("expecting %s option name", family)
		return OptionValue{}
	}
	p.Next()
	p.Expect(lex.Equals)
	set, ok := parseConstantSet(p.Cursor)
	if ok {
		p.checkOption(o, &set, family)
	}
	return OptionValue{Option: o, Value: set}
}

// checkOption reports whether an option's value is of its type.
func (p *parser) checkOption(o *Option, set *expr.ConstantSet, family string) {
	switch want := p.optionKind(o.Type); {
	case want == stringOption && !set.Strings:
		p.Fail("%s option %s requires string value.", family, o.Name)
	case want == numericOption && set.Strings:
		p.Fail("%s option %s requires numeric value.", family, o.Name)
	}
}

// optionKind is the kind of constants of an option.
type optionKind uint8

const (
	numericOption optionKind = iota
	stringOption
	anyOption
)

func (p *parser) optionKind(typ string) optionKind {
	switch {
	case typ == "str",
		typ == "domains" && p.Has(dialect.DHCPHostID),
		typ == "domain" && p.Has(dialect.DHCPDomain):
		return stringOption
	case typ == "host_id" && p.Has(dialect.DHCPHostID):
		return anyOption
	}
	return numericOption
}

// checkRA reports whether the options are valid for a router advertisement.
func (p *parser) checkRA(options []OptionValue) {
	var stateful, prefix, slla bool
	for _, o := range options {
		c := o.Value.Values[0]
		ok := len(o.Value.Values) == 1
		switch o.Option.Code {
		case raAddrMode:
			ok = ok && slices.Contains([]string{"slaac", "dhcpv6_stateful", "dhcpv6_stateless"}, c.Str)
			stateful = stateful || c.Str == "dhcpv6_stateful"
		case raPreference:
			ok = ok && slices.Contains([]string{"MEDIUM", "HIGH", "LOW"}, c.Str)
		case raSourceLinkAddr:
			ok = ok && c.Number.Format == expr.Ethernet
			slla = true
		case raPrefix:
			ok = ok && c.Number.Format == expr.IPv6 && c.Number.Masked
			prefix = true
		case raMTU:
			ok = ok && c.Number.Format == expr.Decimal
		case raRDNSS:
			ok = ok && c.Number.Format == expr.IPv6
		}
		if !ok {
			p.Fail(`Invalid value for "%s" option`, o.Option.Name)
			return
		}
	}
	switch {
	case !slla:
		p.Fail("slla option not present")
	case stateful && prefix && p.Has(dialect.RAPrefixOrStateful):
		p.Fail("prefix option can't be set when address mode is dhcpv6_stateful.")
	case !stateful && !prefix:
		p.Fail("prefix option needs to be set when address mode is slaac/dhcpv6_stateless.")
	}
}

// dhcpRelay returns the parser of a relay action.
func dhcpRelay(resp bool) func(*parser, expr.FieldRef) Action {
	return func(p *parser, dst expr.FieldRef) Action {
		p.Expect(lex.LParen)
		p.writable(dst, bit)
		a := &DHCPRelay{Resp: resp, Dst: dst, Relay: p.lastAddress("expecting IPv4 dhcp relay and server ips")}
		p.Accept(lex.Comma)
		a.Server = p.lastAddress("expecting IPv4 dhcp server ip")
		p.Expect(lex.RParen)
		return a
	}
}

// lastAddress parses a token as an IPv4 address. Upstream checks the format of the last
// number instead of the token's type, so a token that is not a number uses that number.
func (p *parser) lastAddress(complaint string) netip.Addr {
	n := p.LastNumber()
	if n.Format != expr.IPv4 {
		p.SyntaxError("%s", complaint)
	}
	p.Next()
	return n.Value.Addr4()
}

// eventName is the only event. maxEventName is an exclusive bound on the length of the name
// of an event.
const (
	eventName    = "empty_lb_backends"
	maxEventName = 64
)

func parseTriggerEvent(p *parser) Action {
	p.Expect(lex.LParen)
	p.key("event", "Expecting 'event' option")
	a := &TriggerEvent{Event: eventName}
	name, ok := p.Str()
	switch {
	case !ok || len(name) >= maxEventName:
		p.SyntaxError("Expecting string")
	case name != eventName:
		p.SyntaxError("Unknown event '%d'", -1)
	}
	p.Next()
	p.Accept(lex.Comma)
	table := p.eventOptions()
	p.list(func() {
		if p.Has(dialect.EventMeter) && p.AcceptID("meter") {
			a.setMeter(p.valueString())
			p.Next()
		} else {
			a.Options = append(a.Options, p.option(table, eventName))
		}
	}, lex.RParen)
	if !p.Failed() {
		p.checkEvent(a.Options)
	}
	return a
}

// eventOptions returns the options that an event may have.
func (p *parser) eventOptions() *Options {
	if p.env.Tracing && !p.Has(dialect.EventOptions) {
		return NewOptions(nil)
	}
	return p.events
}

// setMeter sets the meter; an empty name means no meter.
func (a *TriggerEvent) setMeter(name string) {
	if name != "" {
		a.HasMeter, a.Meter = true, name
	}
}

// checkEvent reports whether the options' values are valid.
func (p *parser) checkEvent(options []OptionValue) {
	for _, o := range options {
		if len(o.Value.Values) != 1 {
			p.Fail(`Invalid value for "%s" option`, o.Option.Name)
			return
		}
		s := o.Value.Values[0].Str
		switch o.Option.Code {
		case eventVIP:
			if _, err := ovstext.ParseTarget(s); err != nil {
				p.Fail("Invalid load balancer VIP '%s'", s)
			}
		case eventProtocol:
			switch {
			case s == "tcp" || s == "udp":
			case !p.Has(dialect.EventSCTP):
				p.Fail("Load balancer protocol '%s' is not 'tcp' or 'udp'", s)
			case s != "sctp":
				p.Fail("Load balancer protocol '%s' is not 'tcp', 'udp', or 'sctp'", s)
			}
		case eventLoadBalancer:
			if !isUUID(s) {
				p.Fail("Load balancer '%s' is not a UUID", s)
			}
		}
	}
}

// isUUID reports whether s has the form of a UUID (RFC 9562 section 4).
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F') {
				return false
			}
		}
	}
	return true
}
