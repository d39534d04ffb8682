package suite

import (
	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// replyStates are the conntrack states of a reply without states in its test: each lookup returns
// that of an established connection's reply direction.
var replyStates = func() []uint64 {
	all := make([]uint64, 256)
	for i := range all {
		all[i] = packet.CTTracked | packet.CTEstablished | packet.CTReply
	}
	return all
}()

// reply walks the reply to a packet from the port to which the packet was delivered. If there is no
// reply to send, it returns nil and records a failure or an error.
func (j *checker) reply(r *Reply, matched func(*lflow.Datapath, *lflow.Flow)) *checker {
	found := j.ended(verdict.OutcomeDelivered)
	if len(found) != 1 {
		j.fail(r.Pos, "reply", "one copy delivered, that can be answered", j.actual(), j.explain()...)
		return nil
	}
	port := j.net.port(found[0])
	if port == nil {
		j.fail(r.Pos, "reply", "delivery to a logical port", j.actual())
		return nil
	}
	p, err := connect.ReplyTo(&found[0].Packet)
	if err != nil {
		j.mismatch(r.Pos, err)
		return nil
	}
	if p.Uint(packet.EthSrc)>>40&1 != 0 { // no host replies from a group's address
		if hosts := j.net.Hosts(port); len(hosts) > 0 {
			p.SetUint(packet.EthSrc, hosts[0].MAC)
		}
	}
	p.SetUint(packet.Inport, port.Key)
	c := sim.Choices{CT: replyStates, Matched: matched, Translated: j.connections.translated, Undo: j.connections.undo}
	if r.CT != nil {
		c.CT = r.CT.list
	}
	net := j.net
	for _, v := range net.peers {
		if v.Network() == port.Datapath.Network() {
			net, c.Across = v, v.zones.Across
		}
	}
	t, err := sim.Walk(net.Network(), port.Datapath, p, c)
	if err != nil {
		j.mismatch(r.Pos, err)
		return nil
	}
	back := newWalk(net, p.Header(packet.HeaderStyle{}), t)
	back.connections = j.connections
	return &checker{walk: back, testCase: j.testCase, prefix: "reply."}
}
