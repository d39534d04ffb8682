package diff

import (
	"fmt"

	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// pipelinePath is a packet's path through one pipeline.
type pipelinePath struct {
	at       *trace.DatapathRef
	datapath string // the name that people gave, which networks have in common
	egress   bool
	origin   string // the kind of packet, if it was generated
	steps    []step
	after    packet.Packet // as it left, or as it was last seen
}

// step is a table in which something was done.
type step struct {
	table  *trace.Table
	before packet.Packet
}

// pipelines returns a walk's paths through pipelines, each before those that it leads to, and those of
// the packet itself before those of packets made from it.
func (w *walk) pipelines() (out []*pipelinePath) {
	var follow func(p *trace.Pipeline, made string, nodes []trace.Node)
	follow = func(p *trace.Pipeline, made string, nodes []trace.Node) {
		l := &pipelinePath{at: p.Datapath, datapath: p.Datapath.DisplayName(true), egress: p.Egress, origin: made}
		var next []*trace.Pipeline
		var forks []*trace.Fork
		var along func([]trace.Node)
		along = func(nodes []trace.Node) {
			for _, n := range nodes {
				switch n := n.(type) {
				case *trace.Table:
					l.steps = append(l.steps, step{n, n.Packet})
					l.after = n.Packet
					along(n.Nodes)
				case *trace.Fork:
					if n.Kind.Relation() != trace.ForkSame {
						forks = append(forks, n)
						continue
					}
					l.after = n.Packet
					along(n.Nodes)
				case *trace.Pipeline:
					next = append(next, n)
				case *trace.Delivered:
					l.after = n.Packet
				}
			}
		}
		along(nodes)
		if len(next) > 0 {
			if first, ok := firstPacket(next[0]); ok {
				l.after = first
			}
		}
		if len(l.steps) > 0 {
			out = append(out, l)
		}
		for _, q := range next {
			if q.Group == "" {
				follow(q, made, q.Nodes)
				continue
			}
			for _, n := range q.Nodes {
				if member, ok := n.(*trace.Pipeline); ok {
					follow(member, made, member.Nodes)
				}
			}
		}
		for _, f := range forks {
			follow(p, fmt.Sprint(f.Kind), f.Nodes)
		}
	}
	follow(w.trace.Root, "", w.trace.Root.Nodes)
	return out
}

// firstPacket returns the packet on entry to a pipeline after an output. ok is false for a pipeline of
// another datapath.
func firstPacket(p *trace.Pipeline) (q packet.Packet, ok bool) {
	trace.Walk(p, func(n trace.Node) bool {
		t, is := n.(*trace.Table)
		if is {
			q, ok = t.Packet, p.Egress
		}
		return !is
	})
	return q, ok
}

// exit returns the name of the port or group that a packet was to leave by.
func (l *pipelinePath) exit(n *lflow.Network, p *packet.Packet) string {
	d, ok := n.DatapathOfRef(l.at)
	if !ok {
		return ""
	}
	key := p.Uint(packet.Outport)
	if port, ok := d.Port(key); ok {
		if port.Distributed != nil {
			port = port.Distributed
		}
		return port.Name
	}
	if g, ok := d.Group(key); ok {
		return g.Name
	}
	return ""
}

// writer returns the last step that changed the value that a function returns for a packet, or nil.
func (l *pipelinePath) writer(of func(*packet.Packet) string) *trace.Table {
	for i := len(l.steps) - 1; i >= 0; i-- {
		after := &l.after
		if i+1 < len(l.steps) {
			after = &l.steps[i+1].before
		}
		if of(&l.steps[i].before) != of(after) {
			return l.steps[i].table
		}
	}
	return nil
}

// index returns the index of the step for a table, or the number of steps if there is none.
func (l *pipelinePath) index(t *trace.Table) int {
	for i := range l.steps {
		if l.steps[i].table == t {
			return i
		}
	}
	return len(l.steps)
}
