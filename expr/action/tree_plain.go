package action

import "strconv"

// Pipeline is one of the two halves of a datapath's flow tables.  String returns
// its name.
type Pipeline uint8

//go:generate go run golang.org/x/tools/cmd/stringer@v0.52.0 -linecomment -type Pipeline,LBKind,LBFlag,PutOptsKind,ResultKind,NestedKind,Verdict,Severity -output kind_string.go

// The pipelines.
const (
	Ingress Pipeline = iota // ingress
	Egress                  // egress
)

// Next continues in a table: "next;".
type Next struct {
	Pipeline Pipeline
	Table    int

	// FromPipeline and FromTable are the position of the action.
	FromPipeline Pipeline
	FromTable    int
}

// Output continues in the egress pipeline or, from there, at the port: "output;".
type Output struct{}

// DecTTL decrements the IP TTL: "ip.ttl--;".
type DecTTL struct{}

// CTClear clears the connection tracking state: "ct_clear;".
type CTClear struct{}

// IGMP sends the packet to multicast snooping: "igmp;".
type IGMP struct{}

// DHCPv6Reply sends the packet to prefix delegation: "handle_dhcpv6_reply;".
type DHCPv6Reply struct{}

// BFDMsg sends the packet to BFD: "handle_bfd_msg();".
type BFDMsg struct{}

// CTSNATToVIP translates the source of hairpinned traffic to the load
// balancer's address: "ct_snat_to_vip;".
type CTSNATToVIP struct{}

// MACCacheUse keeps a MAC binding or FDB entry alive: "mac_cache_use;".
type MACCacheUse struct{}

// FloodRemote sends the packet to all remote chassis: "flood_remote;".
type FloodRemote struct{}

func (*Next) isAction()        {}
func (*Output) isAction()      {}
func (*DecTTL) isAction()      {}
func (*CTClear) isAction()     {}
func (*IGMP) isAction()        {}
func (*DHCPv6Reply) isAction() {}
func (*BFDMsg) isAction()      {}
func (*CTSNATToVIP) isAction() {}
func (*MACCacheUse) isAction() {}
func (*FloodRemote) isAction() {}

// Append implements Action.
func (a *Next) Append(b []byte) []byte {
	switch {
	case a.Pipeline != a.FromPipeline:
		b = append(b, "next(pipeline="+a.Pipeline.String()+", table="...)
	case a.Table != a.FromTable+1:
		b = append(b, "next("...)
	default:
		return append(b, "next;"...)
	}
	b = strconv.AppendInt(b, int64(a.Table), 10)
	return append(b, ");"...)
}

// Append implements Action.
func (*Output) Append(b []byte) []byte { return append(b, "output;"...) }

// Append implements Action.
func (*DecTTL) Append(b []byte) []byte { return append(b, "ip.ttl--;"...) }

// Append implements Action.
func (*CTClear) Append(b []byte) []byte { return append(b, "ct_clear;"...) }

// Append implements Action.
func (*IGMP) Append(b []byte) []byte { return append(b, "igmp;"...) }

// Append implements Action.
func (*DHCPv6Reply) Append(b []byte) []byte { return append(b, "handle_dhcpv6_reply;"...) }

// Append implements Action.
func (*BFDMsg) Append(b []byte) []byte { return append(b, "handle_bfd_msg();"...) }

// Append implements Action.
func (*CTSNATToVIP) Append(b []byte) []byte { return append(b, "ct_snat_to_vip;"...) }

// Append implements Action.
func (*MACCacheUse) Append(b []byte) []byte { return append(b, "mac_cache_use;"...) }

// Append implements Action.
func (*FloodRemote) Append(b []byte) []byte { return append(b, "flood_remote;"...) }
