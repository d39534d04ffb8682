package render

import (
	"strings"

	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// route is a packet's way as pictures show it: the visits that it paid to
// datapaths, and for each how its copies went on.
type route struct {
	visits []*visit // in the order of the walk; the first is where it started
	left   int      // copies that the pictures leave out, being too many
}

// visit is a stay of the packet in a datapath, from a port to others.
type visit struct {
	id       int
	datapath string
	key      int64
	kind     datapathKind
	inport   string
	table    *trace.Table // the first of the visit, nil where there is none
	exits    []*routeExit
	left     int // exits that the pictures leave out
}

// routeExit is how a copy of the packet leaves a datapath, or ends in it.
type routeExit struct {
	outport  string   // "" where none was decided on
	group    string   // the multicast group to which the copy went, "" for none
	origin   string   // what it was made to be in this visit, "" for what came in
	copied   bool     // whether it is not the packet itself
	rewrites []string // what changed during the visit, as can be seen from outside
	next     *visit   // where it came to, nil where it ended
	end      *verdict.Disposition
}

// datapathKind is what a datapath stands for, as its stages' names tell.
type datapathKind uint8

const (
	plainDatapath datapathKind = iota
	logicalSwitch
	logicalRouter
)

var kindWords = [...]string{plainDatapath: "datapath", logicalSwitch: "switch", logicalRouter: "router"}

func kindOf(stage string) datapathKind {
	switch {
	case strings.HasPrefix(stage, "ls_"):
		return logicalSwitch
	case strings.HasPrefix(stage, "lr_"):
		return logicalRouter
	}
	return plainDatapath
}

// Bounds of a picture.  What is beyond them is counted, not shown.
const (
	maxVisits = 120
	maxExits  = 16 // of one visit
)

// length returns how many datapaths a way of the route goes through at most.
func (r *route) length() int {
	longest := 0
	var follow func(v *visit, n int)
	follow = func(v *visit, n int) {
		longest = max(longest, n)
		for _, e := range v.exits {
			if e.next != nil {
				follow(e.next, n+1)
			}
		}
	}
	if len(r.visits) > 0 {
		follow(r.visits[0], 1)
	}
	return longest
}

// routeOf finds a packet's way in a trace.
func routeOf(t *trace.Trace) *route {
	b := &router{ends: map[*trace.Table][]*verdict.Disposition{}}
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
	route route
	ends  map[*trace.Table][]*verdict.Disposition
}

// segment is where the walk is: a visit and what happened in it so far.
type segment struct {
	at       *visit
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
		l.outport = p.Outport
	case l.at == nil || p.Key != l.at.key || p.Datapath != l.at.datapath: // else next(pipeline=ingress) led here
		if l = b.enter(p, l); l.at == nil {
			return
		}
	}
	b.nodes(p.Nodes, l)
}

// enter begins a visit, unless the picture is full.
func (b *router) enter(p *trace.Pipeline, l segment) segment {
	if len(b.route.visits) >= maxVisits {
		b.route.left++
		return segment{}
	}
	v := &visit{id: len(b.route.visits), datapath: p.Datapath, key: p.Key, inport: p.Inport}
	if l.at != nil {
		e := l.exit()
		e.next = v
		if !l.at.add(e) {
			return segment{}
		}
	}
	b.route.visits = append(b.route.visits, v)
	return segment{at: v, copied: l.copied}
}

// exit is how a copy goes on from where the walk is.
func (l *segment) exit() *routeExit {
	return &routeExit{outport: l.outport, group: l.group, origin: l.origin, copied: l.copied, rewrites: l.rewrites.list()}
}

// add notes an exit, unless there are too many already.
func (v *visit) add(e *routeExit) bool {
	if len(v.exits) >= maxExits {
		v.left++
		return false
	}
	v.exits = append(v.exits, e)
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
			if word := originWord(n); word != "" {
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
	if v.table == nil {
		v.table = t
	}
	if v.kind == plainDatapath {
		v.kind = kindOf(t.Stage)
	}
	b.nodes(t.Nodes, l)
	for _, d := range b.ends[t] {
		e := l.exit()
		e.end = d
		if d.Origin != verdict.OriginPacket && e.origin == "" && (!l.copied || d.Origin.IsReply()) {
			e.origin, e.copied = originWords[d.Origin], true
		}
		if d.Port != "" {
			e.outport = d.Port
		}
		e.rewrites = l.rewrites.within(t).list()
		v.add(e)
	}
}
