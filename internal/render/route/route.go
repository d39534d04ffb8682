// Package route finds a packet's path through the datapaths in a trace, for pictures.
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

// Route is a packet's path in a picture: its visits to datapaths, and for each the ways in which its
// copies leave.
type Route struct {
	Names  wording.Names
	Visits []*Visit // in the order of the walk; the first is where it started
	Left   int      // the number of copies that are not shown
}

// Visit is a visit of the packet to a datapath, from an input port to output ports.
type Visit struct {
	pipeline *trace.Pipeline // the pipeline that the packet entered
	Datapath string          // its name, with that of its zone if the packet entered another one
	Key      int64
	Kind     Kind
	Inport   string
	Table    *trace.Table // the first one of the visit, or nil
	Exits    []*Exit
	Left     int // the number of exits that are not shown
}

// Exit is the way in which a copy of the packet leaves a datapath, or ends in it.
type Exit struct {
	Outport  string   // "" if it is not set
	Group    string   // the multicast group of the copy, "" for none
	Origin   string   // the kind of a packet generated in this visit, "" for the one that entered
	Copied   bool     // whether it is not the packet itself
	Rewrites []string // the changes during the visit that are visible outside
	Next     *Visit   // the next visit, nil if the copy ended
	End      *verdict.Disposition
}

// Kind is the kind of a datapath, according to the names of its stages.
type Kind uint8

const (
	PlainDatapath Kind = iota
	LogicalSwitch
	LogicalRouter
)

// String returns the kind as a word.
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

// Limits of a picture.  Copies beyond them are counted, not shown.
const (
	maxVisits = 120
	maxExits  = 16 // of one visit
)

// OmittedCount returns the text for a number of copies that are not shown.
func OmittedCount(n int) string {
	if n == 1 {
		return "1 more copy is not shown"
	}
	return strconv.Itoa(n) + " more copies are not shown"
}

// Length returns the maximum number of datapaths on a path of the route.
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

// segment is a position of the walk: a visit, with the changes in it so far.
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

// enter starts a visit, unless the picture is full.
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

// isOf reports whether a pipeline is one of the visit's datapath.
func (v *Visit) isOf(p *trace.Pipeline) bool {
	return p.Zone == v.pipeline.Zone && p.Datapath.Is(v.pipeline.Datapath)
}

// exit returns the exit of a copy at the position of the walk.
func (l *segment) exit() *Exit {
	return &Exit{Outport: l.outport, Group: l.group, Origin: l.origin, Copied: l.copied, Rewrites: l.rewrites.list()}
}

// add adds an exit, unless there are too many.
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

// look processes a table, and adds the copies that ended in it.
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

// Describe describes a route as text, as the alternative to the picture.
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
