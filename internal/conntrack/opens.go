package conntrack

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/packet"
)

// Rule determines whether the packets that match all of its terms may open a connection.
type Rule struct {
	Terms []Term
	Opens bool
}

// Term is the value of some bits of a field.
type Term struct {
	Field       *packet.Field
	Value, Mask uint64
}

// badFlags are combinations of TCP flags that are invalid in any state: each row has a mask and the value under it.
var badFlags = [][2]uint64{
	{synFlag | rstFlag, synFlag | rstFlag},
	{synFlag | finFlag, synFlag | finFlag},
	{synFlag | ackFlag | rstFlag, 0},
	{ackFlag | finFlag, finFlag},
	{ackFlag | pshFlag, pshFlag},
	{ackFlag | urgFlag, urgFlag},
}

// hasBadFlags reports whether TCP flags are one of badFlags.
func hasBadFlags(flags uint64) bool {
	return slices.ContainsFunc(badFlags, func(bad [2]uint64) bool { return flags&bad[0] == bad[1] })
}

// Rules determine which packets may open a connection, as lib/conntrack-tcp.c and lib/conntrack-icmp.c of
// Open vSwitch do. The first rule that a packet matches decides. A packet that matches none opens no connection.
var Rules = rules()

func rules() (list []Rule) {
	for _, typ := range []uint64{packet.EthTypeIPv4, packet.EthTypeIPv6} {
		family := Term{packet.EthType, typ, 1<<16 - 1}
		add := func(opens bool, terms ...Term) {
			list = append(list, Rule{append([]Term{family}, terms...), opens})
		}
		is := func(proto uint64) Term { return Term{packet.IPProto, proto, 1<<8 - 1} }
		for _, bad := range append(slices.Clone(badFlags), [2]uint64{synFlag | ackFlag, synFlag | ackFlag}) {
			add(false, is(packet.ProtoTCP), Term{packet.TCPFlags, bad[1], bad[0]})
		}
		for _, query := range [][2]uint64{{packet.ProtoICMP, icmpEcho}, {packet.ProtoICMP, icmpTimestamp}, {packet.ProtoICMP, icmpInfo}, {packet.ProtoICMPv6, icmp6Echo}} {
			add(true, is(query[0]), Term{packet.TPSrc, query[1], 1<<16 - 1})
		}
		add(false, is(packet.ProtoICMP))
		add(false, is(packet.ProtoICMPv6))
		add(true)
	}
	return list
}

// Opens reports whether a packet may open a connection. A packet that does not, and belongs to none,
// is invalid for conntrack.
func Opens(p *packet.Packet) bool {
	for i := range Rules {
		if !slices.ContainsFunc(Rules[i].Terms, func(t Term) bool { return p.Uint(t.Field)&t.Mask != t.Value }) {
			return Rules[i].Opens
		}
	}
	return false
}
