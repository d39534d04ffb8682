package explain

import (
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// step is a table that a packet came to on its walk, those included that the
// trace passes in silence.
type step struct {
	place    trace.Place // its Flow is the one that was taken, nil for none
	node     *trace.Table
	passed   bool // whether the table did nothing; node is then the next that did
	d        *lflow.Datapath
	pipeline lflow.Pipeline
	table    int
	packet   packet.Packet
	copied   bool // whether it is a packet that the network made, not the one that came
}

// steps returns the tables of a walk, in its order.
func (j *matchAnalyzer) steps(t *trace.Trace) []step {
	var out []step
	var walk func(n trace.Node, in *trace.Pipeline, copied bool)
	walk = func(n trace.Node, in *trace.Pipeline, copied bool) {
		switch n := n.(type) {
		case *trace.Pipeline:
			in = n
		case *trace.Table:
			for _, s := range j.table(n, in) {
				s.copied = copied
				out = append(out, s)
			}
		case *trace.Fork:
			copied = copied || createsPacket(n.Kind)
		}
		for _, s := range n.Subs() {
			walk(s, in, copied)
		}
	}
	if t.Root != nil {
		walk(t.Root, nil, false)
	}
	return out
}

// createsPacket tells the forks whose packet is another than the one that came.
func createsPacket(k trace.ForkKind) bool {
	switch k {
	case trace.ForkARP, trace.ForkNDNA, trace.ForkNDNS, trace.ForkICMP4, trace.ForkICMP6, trace.ForkTCPReset, trace.ForkSCTPAbort, trace.ForkMirror:
		return true
	default:
	}
	return false
}

// table returns the steps up to a table of the trace.
func (j *matchAnalyzer) table(n *trace.Table, in *trace.Pipeline) []step {
	d := j.n.DatapathOf(in.Key)
	if d == nil {
		return nil
	}
	pipeline := lflow.Ingress
	if in.Egress {
		pipeline = lflow.Egress
	}
	var out []step
	for i := n.From; i <= n.Number; i++ {
		s := step{node: n, passed: i < n.Number, d: d, pipeline: pipeline, table: i, packet: n.Packet}
		s.place = trace.Place{Datapath: in.Datapath, Key: in.Key, Egress: in.Egress, Table: i, Stage: n.Stage, Flow: n.Flow}
		if s.passed {
			s.place.Stage, s.place.Flow = j.n.Stage(d, pipeline, i), nil
			if hit := j.n.Lookup(d, pipeline, i, &n.Packet); hit.Flow != nil {
				s.place.Flow = hit.Flow.Ref(j.friendly)
			}
		}
		out = append(out, s)
	}
	return out
}

func (s *step) packetAt() packetAt { return packetAt{s.d, &s.packet} }

// priority returns that of the flow that was taken; -1 where none was.
func (s *step) priority() int {
	if s.place.Flow == nil {
		return -1
	}
	return s.place.Flow.Priority
}
