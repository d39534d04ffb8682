package action

import "strconv"

// Pipeline is the ingress or egress pipeline of a datapath. String returns its name in
// column pipeline of table Logical_Flow.
type Pipeline uint8

//go:generate go run golang.org/x/tools/cmd/stringer@v0.52.0 -linecomment -type Pipeline,LBKind,LBFlag,PutOptsKind,ResultKind,NestedKind,Verdict,Severity -output kind_string.go

// The pipelines.
const (
	Ingress Pipeline = iota // ingress
	Egress                  // egress
)

// Next continues in a table of the datapath: "next;" in the one after the flow's,
// "next(5);" in another of its pipeline, "next(pipeline=egress, table=5);" in one of the
// other pipeline.
type Next struct {
	Pipeline Pipeline
	Table    int // the first of a pipeline is 0

	// FromPipeline and FromTable are the table of the flow, on which the text depends.
	FromPipeline Pipeline
	FromTable    int
}

// Output ends the ingress pipeline: the packet continues in the egress pipeline for its
// outport. In the egress pipeline it delivers the packet to the port: "output;".
type Output struct{}

// DecTTL decrements the TTL or hop limit of an IP packet, and drops a packet with 0 or 1:
// "ip.ttl--;".
type DecTTL struct{}

// CTClear makes a packet untracked: ct_state, ct_mark and ct_label become 0: "ct_clear;".
type CTClear struct{}

// IGMP sends a copy of an IGMP or MLD packet to the multicast snooping of
// ovn-controller: "igmp;".
type IGMP struct{}

// DHCPv6Reply sends the reply of a DHCPv6 server to ovn-controller, which takes the
// delegated prefix from it: "handle_dhcpv6_reply;".
type DHCPv6Reply struct{}

// BFDMsg sends the packet to the BFD sessions of ovn-controller: "handle_bfd_msg();".
type BFDMsg struct{}

// CTSNATToVIP replaces the source address of a packet that load balancing sends back to
// its sender by the virtual address, and commits the connection: "ct_snat_to_vip;".
type CTSNATToVIP struct{}

// MACCacheUse marks the packet's MAC binding or FDB entry as used, so that it does not age
// out: "mac_cache_use;".
type MACCacheUse struct{}

// FloodRemote sends a copy of the packet to each chassis and VTEP behind a tunnel:
// "flood_remote;".
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
