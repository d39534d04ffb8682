package action

import "github.com/ovnwalk/ovnwalk/expr"

// GetMACBind sets eth.dst from the MAC binding of an address on a port:
// "get_arp(outport, reg0);", or get_nd where ND is set.
type GetMACBind struct {
	ND       bool // for IPv6
	Port, IP expr.FieldRef
}

// PutMACBind learns a MAC binding: "put_arp(inport, arp.spa, arp.sha);", or
// put_nd where ND is set.
type PutMACBind struct {
	ND            bool
	Port, IP, MAC expr.FieldRef
}

// LookupMACBind stores in a bit whether a MAC binding is known:
// "reg0[0] = lookup_arp(inport, ip4.src, eth.src);", or lookup_nd where ND is
// set.
type LookupMACBind struct {
	ND            bool
	Dst           expr.FieldRef
	Port, IP, MAC expr.FieldRef
}

// LookupMACBindIP stores in a bit whether any MAC binding of an address is
// known: "reg0[0] = lookup_arp_ip(inport, ip4.src);", or lookup_nd_ip where ND
// is set.
type LookupMACBindIP struct {
	ND       bool
	Dst      expr.FieldRef
	Port, IP expr.FieldRef
}

// ChkEVPNARP stores in a bit whether an address is known from EVPN:
// "reg0[0] = chk_evpn_arp(arp.tpa);".
type ChkEVPNARP struct{ Dst, IP expr.FieldRef }

// GetFDB stores the port on which a MAC address was learned:
// "outport = get_fdb(eth.dst);", or get_remote_fdb where Remote is set.
type GetFDB struct {
	Remote   bool
	Dst, MAC expr.FieldRef
}

// PutFDB learns the port of a MAC address: "put_fdb(inport, eth.src);".
type PutFDB struct{ Port, MAC expr.FieldRef }

// LookupFDB stores in a bit whether a MAC address has been learned on a port:
// "reg0[0] = lookup_fdb(inport, eth.src);".
type LookupFDB struct{ Dst, Port, MAC expr.FieldRef }

// BindVport binds a virtual port to its current parent:
// bind_vport("vip", inport);.
type BindVport struct {
	Port   string
	Parent expr.FieldRef
}

// HandleSvcCheck sends the packet to the health checks of a port:
// "handle_svc_check(inport);".
type HandleSvcCheck struct{ Port expr.FieldRef }

func (*GetMACBind) isAction()      {}
func (*PutMACBind) isAction()      {}
func (*LookupMACBind) isAction()   {}
func (*LookupMACBindIP) isAction() {}
func (*ChkEVPNARP) isAction()      {}
func (*GetFDB) isAction()          {}
func (*PutFDB) isAction()          {}
func (*LookupFDB) isAction()       {}
func (*BindVport) isAction()       {}
func (*HandleSvcCheck) isAction()  {}

// byFamily returns the name for IPv6 if nd, else the one for IPv4.
func byFamily(nd bool, arpName, ndName string) string {
	if nd {
		return ndName
	}
	return arpName
}

// Name returns the name of the action.
func (a *GetMACBind) Name() string { return byFamily(a.ND, "get_arp", "get_nd") }

// Name returns the name of the action.
func (a *PutMACBind) Name() string { return byFamily(a.ND, "put_arp", "put_nd") }

// Name returns the name of the action.
func (a *LookupMACBind) Name() string { return byFamily(a.ND, "lookup_arp", "lookup_nd") }

// Name returns the name of the action.
func (a *LookupMACBindIP) Name() string { return byFamily(a.ND, "lookup_arp_ip", "lookup_nd_ip") }

// Name returns the name of the action.
func (a *GetFDB) Name() string { return byFamily(a.Remote, "get_fdb", "get_remote_fdb") }

// Append implements Action.
func (a *GetMACBind) Append(b []byte) []byte { return appendCall(b, a.Name(), a.Port, a.IP) }

// Append implements Action.
func (a *PutMACBind) Append(b []byte) []byte { return appendCall(b, a.Name(), a.Port, a.IP, a.MAC) }

// Append implements Action.
func (a *LookupMACBind) Append(b []byte) []byte {
	return appendCall(append(a.Dst.Append(b), " = "...), a.Name(), a.Port, a.IP, a.MAC)
}

// Append implements Action.
func (a *LookupMACBindIP) Append(b []byte) []byte {
	return appendCall(append(a.Dst.Append(b), " = "...), a.Name(), a.Port, a.IP)
}

// Append implements Action.
func (a *ChkEVPNARP) Append(b []byte) []byte {
	return appendCall(append(a.Dst.Append(b), " = "...), "chk_evpn_arp", a.IP)
}

// Append implements Action.
func (a *GetFDB) Append(b []byte) []byte {
	return appendCall(append(a.Dst.Append(b), " = "...), a.Name(), a.MAC)
}

// Append implements Action.
func (a *PutFDB) Append(b []byte) []byte { return appendCall(b, "put_fdb", a.Port, a.MAC) }

// Append implements Action.
func (a *LookupFDB) Append(b []byte) []byte {
	return appendCall(append(a.Dst.Append(b), " = "...), "lookup_fdb", a.Port, a.MAC)
}

// Append implements Action.
func (a *BindVport) Append(b []byte) []byte {
	b = append(b, `bind_vport("`+a.Port+`", `...)
	return append(a.Parent.Append(b), ");"...)
}

// Append implements Action.
func (a *HandleSvcCheck) Append(b []byte) []byte { return appendCall(b, "handle_svc_check", a.Port) }
