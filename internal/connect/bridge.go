package connect

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/conntrack"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// bridgeOutput is the output of one frame by the bridge of a physical network to the ports of a chassis,
// which Open vSwitch carries out in one translation.
//
// Their order matters if what happens behind one changes what happens behind another: if conntrack translates the
// packet, which they share, if both look up a connection that one opens, or if a clone pauses.
type bridgeOutput struct {
	key             orderKey
	ports           int // to which it outputs
	resubmissions   *resubmissions
	opened          map[conntrack.Tuple]*cluster.Binding // the port behind which a connection was looked up that was unknown
	paused, tracked []*cluster.Binding                   // the ports of which a clone paused, and of which a packet passed conntrack

	// left is the clone that paused, nil if none did.  Open vSwitch resumes it, but has also stored it to be
	// resumed by the next packet of the translation that is recirculated, through conntrack: that
	// packet goes through the patch port of the clone, and not on in its own pipeline.
	left clone
}

// clone continues with a packet on the other side of a patch port.
type clone func(p *packet.Packet, out *trace.Container)

// portOutput is an output with the port behind which a walk is.
type portOutput struct {
	*bridgeOutput
	by *cluster.Binding
}

// looksUp records that a packet behind the port looks up a connection.
func (o portOutput) looksUp(tuple conntrack.Tuple, isKnown bool, s *script) {
	if by := o.opened[tuple]; by != nil && by != o.by {
		o.choose(s)
	}
	if !isKnown && o.opened[tuple] == nil {
		o.opened[tuple], o.opened[tuple.Reverse()] = o.by, o.by
	}
}

// orderKey is a chassis and a physical network.
type orderKey struct {
	on      uint64
	network string
}

// leave records that a clone of the packets through a port paused.
func (o *bridgeOutput) leave(c clone, by *cluster.Binding, s *script) {
	if o.left == nil {
		o.left = c
	}
	o.paused = append(o.paused, by)
	o.order(s)
}

// take returns the clone by which a packet that passes conntrack continues, nil for none.
func (o *bridgeOutput) take(by *cluster.Binding, s *script) (c clone) {
	o.tracked = append(o.tracked, by)
	o.order(s)
	c, o.left = o.left, nil
	return c
}

// order has the script choose the order of the ports if the result depends on it.
func (o *bridgeOutput) order(s *script) {
	for _, b := range o.paused {
		if slices.ContainsFunc(o.tracked, func(other *cluster.Binding) bool { return other != b }) {
			o.choose(s)
		}
	}
}

// choose has the script choose the order of the ports.
func (o *bridgeOutput) choose(s *script) {
	if !s.orders[o.key] {
		s.orders[o.key], s.isStale = true, true
	}
}
