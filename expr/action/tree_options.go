package action

import (
	"net/netip"

	"github.com/ovnwalk/ovnwalk/expr"
)

// OptionValue is an option with the constants that an action gives it.
type OptionValue struct {
	Option *Option
	Value  expr.ConstantSet
}

// PutOptsKind is the protocol to which the options of a PutOpts belong.  String
// returns the name of the action.
type PutOptsKind uint8

// The protocols.
const (
	DHCPv4 PutOptsKind = iota // put_dhcp_opts
	DHCPv6                    // put_dhcpv6_opts
	NDRA                      // put_nd_ra_opts
)

// PutOpts turns a request into a reply with options and stores in a bit whether it
// did: "reg0[0] = put_dhcp_opts(offerip = 10.0.0.2, netmask = 255.255.255.0);".
type PutOpts struct {
	Kind    PutOptsKind
	Dst     expr.FieldRef
	Options []OptionValue
}

// DHCPRelay relays a DHCPv4 request or, if Resp is true, the response, and stores in
// a bit whether it did:
// "reg0[0] = dhcp_relay_req_chk(10.0.0.1, 10.0.0.2);".
type DHCPRelay struct {
	Resp          bool
	Dst           expr.FieldRef
	Relay, Server netip.Addr // IPv4
}

// TriggerEvent reports an event to the southbound database:
// trigger_event(event = "empty_lb_backends", vip = "10.0.0.1:80", protocol = "tcp", load_balancer = "...");.
type TriggerEvent struct {
	Event    string
	HasMeter bool // some releases take one
	Meter    string
	Options  []OptionValue
}

func (*PutOpts) isAction()      {}
func (*DHCPRelay) isAction()    {}
func (*TriggerEvent) isAction() {}

// Append implements Action.
func (a *PutOpts) Append(b []byte) []byte {
	b = append(a.Dst.Append(b), " = "+a.Kind.String()+"("...)
	for i, o := range a.Options {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = o.Append(b)
	}
	return append(b, ");"...)
}

// Append appends the option as it is written.
func (o OptionValue) Append(b []byte) []byte {
	b = append(b, o.Option.Name+" = "...)
	return o.Value.Append(b)
}

// Name returns the name of the action.
func (a *DHCPRelay) Name() string {
	return byFamily(a.Resp, "dhcp_relay_req_chk", "dhcp_relay_resp_chk")
}

// Append implements Action.
func (a *DHCPRelay) Append(b []byte) []byte {
	b = append(a.Dst.Append(b), " = "+a.Name()+"("...)
	b = append(appendAddr(b, a.Relay), ", "...)
	return append(appendAddr(b, a.Server), ");"...)
}

// Append implements Action.
func (a *TriggerEvent) Append(b []byte) []byte {
	b = append(b, `trigger_event(event = "`+a.Event+`"`...)
	if a.HasMeter {
		b = append(b, `, meter = "`+a.Meter+`"`...)
	}
	for _, o := range a.Options {
		b = o.Append(append(b, ", "...))
	}
	return append(b, ");"...)
}
