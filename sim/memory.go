package sim

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Memory is reusable memory for the nodes of traces. Only one walk at a time may use it. The zero
// value is ready for use.
type Memory struct {
	tables    slabs[trace.Table]
	forks     slabs[trace.Fork]
	pipelines slabs[trace.Pipeline]
	nodes     slabs[trace.Node]
	packets   slabs[packet.Packet]
	traces    slabs[trace.Trace]
	walkers   slabs[Walker]
	tracers   slabs[tracer]
}

// Reset frees the memory for further walks.  Traces that use it become invalid.
func (m *Memory) Reset() {
	m.tables.reset()
	m.forks.reset()
	m.pipelines.reset()
	m.nodes.reset()
	m.packets.reset()
	m.traces.reset()
	m.walkers.reset()
	m.tracers.reset()
}

// trace returns an empty trace.
func (m *Memory) trace() *trace.Trace {
	if m == nil {
		return &trace.Trace{}
	}
	t := &m.traces.take(1, 4)[0]
	*t = trace.Trace{}
	return t
}

// packet returns a copy of a packet.
func (m *Memory) packet(p packet.Packet) *packet.Packet {
	var q *packet.Packet
	if m == nil {
		q = &packet.Packet{}
	} else {
		q = &m.packets.take(1, 4)[0]
	}
	*q = p
	return q
}

// slabs allocates slices from pieces that are kept.
type slabs[T any] struct {
	all  [][]T
	at   int // index of the current slab
	used int // values used in it
}

// take returns n values. Those that were used before are not zeroed.
func (s *slabs[T]) take(n, slab int) []T {
	for ; s.at < len(s.all); s.at, s.used = s.at+1, 0 {
		if from := s.used; from+n <= len(s.all[s.at]) {
			s.used += n
			return s.all[s.at][from:s.used:s.used]
		}
	}
	s.all = append(s.all, make([]T, max(n, slab)))
	s.used = n
	return s.all[s.at][:n:n]
}

// keptSlabs is the number of slabs that are kept: a walk in a loop takes thousands.
const keptSlabs = 64

func (s *slabs[T]) reset() {
	if len(s.all) > keptSlabs {
		s.all = slices.Clone(s.all[:keptSlabs])
	}
	s.at, s.used = 0, 0
}
