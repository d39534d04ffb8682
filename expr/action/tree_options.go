package action

import (
	"net/netip"

	"github.com/ovnwalk/ovnwalk/expr"
)

// OptionValue is an option of a PutOpts or TriggerEvent with its value.
type OptionValue struct {
	Option *Option
	Value  expr.ConstantSet // of the option's type
}

// PutOptsKind is the protocol of a PutOpts.  String returns the name of the action.
type PutOptsKind uint8

// The protocols, by the names of their actions.
const (
	DHCPv4 PutOptsKind = iota // put_dhcp_opts
	DHCPv6                    // put_dhcpv6_opts
	NDRA                      // put_nd_ra_opts
)

// PutOpts replaces a DHCP request or router solicitation by the reply with some options,
// and stores in a bit whether the packet was one:
// "reg0[0] = put_dhcp_opts(offerip = 10.0.0.2, netmask = 255.255.255.0);".
type PutOpts struct {
	Kind    PutOptsKind
	Dst     expr.FieldRef
	Options []OptionValue
}

// DHCPRelay changes a DHCPv4 request or response for the relay agent of a router, and
// stores in a bit whether the message is valid:
// "reg0[0] = dhcp_relay_req_chk(10.0.0.1, 10.0.0.2);".
type DHCPRelay struct {
	Resp          bool // dhcp_relay_resp_chk
	Dst           expr.FieldRef
	Relay, Server netip.Addr // IPv4 addresses of the router port and of the server
}

// TriggerEvent has ovn-controller write a row of table Controller_Event:
// trigger_event(event = "empty_lb_backends", vip = "10.0.0.1:80", protocol = "tcp", load_balancer = "...");.
type TriggerEvent struct {
	Event    string
	HasMeter bool   // whether there is the parameter meter, which some releases have
	Meter    string // the name of a row of table Meter
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

// Append appends the option as the parameter of an action, "name = value".
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
