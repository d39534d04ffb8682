// Package route finds a packet's path through the datapaths in a trace, as pictures
// show it.
package route

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/northd"
	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// Route is a packet's path as pictures show it: the visits that it paid to
// datapaths, and for each how its copies went on.
type Route struct {
	Names  wording.Names
	Visits []*Visit // in the order of the walk; the first is where it started
	Left   int      // copies that the pictures leave out, being too many
}

// Visit is a stay of the packet in a datapath, from a port to others.
type Visit struct {
	pipeline *trace.Pipeline // by which the packet came in
	Datapath string          // its name, with that of its zone where the packet entered another one
	Key      int64
	Kind     Kind
	Inport   string
	Table    *trace.Table // the first of the visit, nil where there is none
	Exits    []*Exit
	Left     int // exits that the pictures leave out
}

// Exit is how a copy of the packet leaves a datapath, or ends in it.
type Exit struct {
	Outport  string   // "" where none was decided on
	Group    string   // the multicast group to which the copy went, "" for none
	Origin   string   // what it was made to be in this visit, "" for what came in
	Copied   bool     // whether it is not the packet itself
	Rewrites []string // what changed during the visit, as can be seen from outside
	Next     *Visit   // where it came to, nil where it ended
	End      *verdict.Disposition
}

// Kind is what a datapath stands for, as its stages' names say.
type Kind uint8

const (
	PlainDatapath Kind = iota
	LogicalSwitch
	LogicalRouter
)

// String returns what the datapath is called.
func (k Kind) String() string {
	switch k {
	case LogicalSwitch:
		return "switch"
	case LogicalRouter:
		return "router"
	case PlainDatapath:
	}
	return "datapath"
}

func kindOf(stage string) Kind {
	switch {
	case northd.IsSwitch(stage):
		return LogicalSwitch
	case northd.IsRouter(stage):
		return LogicalRouter
	}
	return PlainDatapath
}

// Bounds of a picture.  What is beyond them is counted, not shown.
const (
	maxVisits = 120
	maxExits  = 16 // of one visit
)

// OmittedCount says how many copies a picture leaves out.
func OmittedCount(n int) string {
	if n == 1 {
		return "1 more copy is not shown"
	}
	return strconv.Itoa(n) + " more copies are not shown"
}

// Length returns how many datapaths a way of the route goes through at most.
func (r *Route) Length() int {
	longest := 0
	var follow func(v *Visit, n int)
	follow = func(v *Visit, n int) {
		longest = max(longest, n)
		for _, e := range v.Exits {
			if e.Next != nil {
				follow(e.Next, n+1)
			}
		}
	}
	if len(r.Visits) > 0 {
		follow(r.Visits[0], 1)
	}
	return longest
}

// Of finds a packet's path in a trace.
func Of(t *trace.Trace, names wording.Names) *Route {
	b := &router{route: Route{Names: names}, ends: map[*trace.Table][]*verdict.Disposition{}}
	verdicts := verdict.Of(t)
	for i := range verdicts {
		d := &verdicts[i]
		b.ends[d.Last] = append(b.ends[d.Last], d)
	}
	if t.Root == nil {
		return &b.route
	}
	b.pipeline(t.Root, segment{})
	return &b.route
}

// router finds a route.
type router struct {
	route Route
	ends  map[*trace.Table][]*verdict.Disposition
}

// segment is where the walk is: a visit and what happened in it so far.
type segment struct {
	at       *Visit
	outport  string
	group    string
	origin   string
	copied   bool
	rewrites rewrites
}

func (b *router) pipeline(p *trace.Pipeline, l segment) {
	switch {
	case p.Group != "":
		l.group = p.Group
	case p.Egress:
		if l.at != nil && !l.at.isOf(p) { // in another zone
			if l = b.enter(p, l); l.at == nil {
				return
			}
		}
		l.outport = b.route.Names.Port(p.Outport)
	case l.at == nil || !l.at.isOf(p): // else next(pipeline=ingress) led here
		if l = b.enter(p, l); l.at == nil {
			return
		}
	}
	b.nodes(p.Nodes, l)
}

// enter begins a visit, unless the picture is full.
func (b *router) enter(p *trace.Pipeline, l segment) segment {
	if len(b.route.Visits) >= maxVisits {
		b.route.Left++
		return segment{}
	}
	v := &Visit{pipeline: p, Datapath: b.route.Names.DatapathIn(p.Zone, p.Datapath), Key: p.Key(), Inport: b.route.Names.Port(p.Inport)}
	if l.at != nil {
		e := l.exit()
		e.Next = v
		if !l.at.add(e) {
			return segment{}
		}
	}
	b.route.Visits = append(b.route.Visits, v)
	return segment{at: v, copied: l.copied}
}

// isOf reports whether a pipeline is of the visit's datapath.
func (v *Visit) isOf(p *trace.Pipeline) bool {
	return p.Zone == v.pipeline.Zone && p.Datapath.Is(v.pipeline.Datapath)
}

// exit is how a copy goes on from where the walk is.
func (l *segment) exit() *Exit {
	return &Exit{Outport: l.outport, Group: l.group, Origin: l.origin, Copied: l.copied, Rewrites: l.rewrites.list()}
}

// add notes an exit, unless there are too many already.
func (v *Visit) add(e *Exit) bool {
	if len(v.Exits) >= maxExits {
		v.Left++
		return false
	}
	v.Exits = append(v.Exits, e)
	return true
}

func (b *router) nodes(nodes []trace.Node, l segment) {
	for _, n := range nodes {
		switch n := n.(type) {
		case *trace.Pipeline:
			b.pipeline(n, l)
		case *trace.Table:
			b.look(n, l)
		case *trace.Fork:
			sub := l
			if word := wording.OriginWord(n); word != "" {
				sub.origin, sub.copied = word, true
			}
			sub.rewrites = l.rewrites.fork(n)
			b.nodes(n.Nodes, sub)
		case *trace.Change:
			l.rewrites = l.rewrites.change(n)
		case *trace.Action, *trace.Drop, *trace.Delivered, *trace.Reached, *trace.Replaced, *trace.Omitted,
			*trace.Log, *trace.Remark, *trace.Uncertain, *trace.Overlap:
		}
	}
}

// look passes a table, and notes the copies that ended there.
func (b *router) look(t *trace.Table, l segment) {
	v := l.at
	if v.Table == nil {
		v.Table = t
	}
	if v.Kind == PlainDatapath {
		v.Kind = kindOf(t.Stage)
	}
	b.nodes(t.Nodes, l)
	for _, d := range b.ends[t] {
		e := l.exit()
		e.End = d
		if d.Origin != verdict.OriginPacket && e.Origin == "" && (!l.copied || d.Origin.IsReply()) {
			e.Origin, e.Copied = wording.OriginWords[d.Origin], true
		}
		if d.Port != nil {
			e.Outport = b.route.Names.Port(d.Port)
		}
		e.Rewrites = l.rewrites.within(t).list()
		v.add(e)
	}
}

// Describe puts a route in words, for those who cannot see the picture.
func (r *Route) Describe() string {
	if len(r.Visits) == 0 {
		return "The packet went nowhere."
	}
	var b strings.Builder
	for _, v := range r.Visits {
		fmt.Fprintf(&b, "%s %s, by port %s", v.Kind.String(), v.Datapath, v.Inport)
		for _, e := range v.Exits {
			b.WriteString("; ")
			if e.Origin != "" {
				b.WriteString(e.Origin + ": ")
			}
			if e.Outport != "" {
				b.WriteString("out of port " + e.Outport + ", ")
			}
			for _, w := range e.Rewrites {
				b.WriteString(w + ", ")
			}
			if e.Next != nil {
				b.WriteString("to " + e.Next.Datapath)
				continue
			}
			word, more := r.Names.EndWords(e.End)
			b.WriteString(strings.TrimSpace(word + " " + more))
		}
		b.WriteString(". ")
	}
	return strings.TrimSpace(b.String())
}
