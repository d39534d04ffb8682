package action

import "github.com/ovnwalk/ovnwalk/expr"

// GetMACBind sets eth.dst to the MAC binding of an IP address on a port, 0 if there is
// none: "get_arp(outport, reg0);", and for IPv6 get_nd.
type GetMACBind struct {
	ND       bool // get_nd
	Port, IP expr.FieldRef
}

// PutMACBind has ovn-controller write a row of table MAC_Binding:
// "put_arp(inport, arp.spa, arp.sha);", and for IPv6 put_nd.
type PutMACBind struct {
	ND            bool // put_nd
	Port, IP, MAC expr.FieldRef
}

// LookupMACBind stores in a bit whether there is a MAC binding of an IP address, a port
// and an Ethernet address: "reg0[0] = lookup_arp(inport, ip4.src, eth.src);", and for IPv6
// lookup_nd.
type LookupMACBind struct {
	ND            bool // lookup_nd
	Dst           expr.FieldRef
	Port, IP, MAC expr.FieldRef
}

// LookupMACBindIP stores in a bit whether there is a MAC binding of an IP address and a
// port, with any Ethernet address: "reg0[0] = lookup_arp_ip(inport, ip4.src);", and for
// IPv6 lookup_nd_ip.
type LookupMACBindIP struct {
	ND       bool // lookup_nd_ip
	Dst      expr.FieldRef
	Port, IP expr.FieldRef
}

// ChkEVPNARP stores in a bit whether the chassis learned an IP address by EVPN:
// "reg0[0] = chk_evpn_arp(ip4.dst);".
type ChkEVPNARP struct{ Dst, IP expr.FieldRef }

// GetFDB stores the port of an Ethernet address by table FDB, 0 if there is none:
// "outport = get_fdb(eth.dst);", and for addresses learned by EVPN get_remote_fdb.
type GetFDB struct {
	Remote   bool // get_remote_fdb
	Dst, MAC expr.FieldRef
}

// PutFDB has ovn-controller write a row of table FDB: "put_fdb(inport, eth.src);".
type PutFDB struct{ Port, MAC expr.FieldRef }

// LookupFDB stores in a bit whether table FDB has an Ethernet address with a port:
// "reg0[0] = lookup_fdb(inport, eth.src);".
type LookupFDB struct{ Dst, Port, MAC expr.FieldRef }

// BindVport makes a port the virtual parent of a port of type virtual:
// bind_vport("vip", inport);.
type BindVport struct {
	Port   string        // the name of the virtual port
	Parent expr.FieldRef // the field with the parent's key
}

// HandleSvcCheck sends the reply to a health check of a load balancer to ovn-controller:
// "handle_svc_check(inport);".
type HandleSvcCheck struct {
	Port expr.FieldRef // the port that replied
}

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
