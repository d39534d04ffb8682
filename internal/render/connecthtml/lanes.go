package connecthtml

import (
	"fmt"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/render/exchange"
)

// MaxLanes is the maximum number of lanes, for chassis and physical networks, in a picture.  Others
// share the last lane.
const MaxLanes = 12

// maxRows is the maximum number of rows in a picture.
const maxRows = 200

// lane is a column of the picture for a chassis or a physical network.
type lane struct {
	Name    string
	Network bool
	Class   string
}

// picture shows one outcome: a lane for each chassis, and the packets one below the other, each from
// sender to receiver.
type picture struct {
	Lanes []lane
	Rows  int
	Parts []part
}

// part is a packet in a picture.
type part struct {
	Role   string // request, reply or third
	Class  string // ok, lost, or answered by the network itself
	Packet string
	RowOf  string // the class of the row of its heading
	Cells  []cell
	Also   []string // other frames and drops of the packet
	Why    []string // why it did not go elsewhere, a line each
	Cut    int      // cells that are not shown
}

// cell is a place on a packet's path, or the link between two places.
type cell struct {
	Class string // with its place in the grid
	Lane  string // the chassis or network, for narrow screens

	Link string // between two places: what carries the packet, "" for a place
	Back bool   // whether the link leads to the left

	Host   string // the host that sends or receives here, "" for none
	Sends  bool
	Stops  []stop
	Loss   *loss
	Arrive string // the packet as it arrives, where that differs from how it was sent
}

// stop is a datapath on the path, with the events in it.
type stop struct {
	Name   string
	Kind   string // switch, router, or controller
	Events []event
}

// event is a translation.
type event struct {
	Field, Before, Now string
	Stage              string
	Rows               []string // northbound
}

// loss is the place where a packet is lost.
type loss struct {
	Code, Meaning, Detail string
	Stage, Effect         string
	Flow                  string
	Match, Actions        string
	Rows                  []string
}

// layout returns the picture of an outcome.
func (b *builder) layout(o *connect.Outcome) *picture {
	p := &picture{}
	l := &grid{picture: p, at: map[string]int{}}
	for i := range o.Packets {
		for _, s := range b.segments(o, &o.Packets[i]) {
			l.lane(s)
		}
	}
	for i := range o.Packets {
		l.part(b.part(o, &o.Packets[i]), b.segments(o, &o.Packets[i]))
	}
	p.Rows = min(l.row+1, maxRows)
	return p
}

// segment is the part of a path on one chassis or physical network.
type segment struct {
	name    string
	network bool
	by      string // what carries the packet there from the segment before
	cell    cell
}

func (s *segment) key() string { return fmt.Sprint(s.network, s.name) }

// segments divides the path of a packet by the chassis that it crosses.
func (b *builder) segments(o *connect.Outcome, p *connect.Packet) (all []segment) {
	path, arrival, lost := decisivePath(o, p)
	enter := func(name string, network bool, by string) {
		if n := len(all); n == 0 || all[n-1].name != name || all[n-1].network != network {
			all = append(all, segment{name: name, network: network, by: by})
		}
	}
	if p.From.Port == nil {
		enter(p.From.Network, true, "")
	} else if p.On != "" {
		enter(p.On, false, "")
	}
	if len(all) > 0 {
		host := "a host outside"
		if p.From.Port != nil {
			host = p.From.Port.DisplayName(true)
		}
		all[0].cell.Host, all[0].cell.Sends = host, true
	}
	by := "network " + p.From.Network
	for _, h := range path {
		switch h.Kind {
		case connect.HopTunnel:
			by = "tunnel"
		case connect.HopNetwork:
			enter(h.Network, true, "")
			by = ""
		case connect.HopIngress, connect.HopEgress:
			enter(h.Chassis, false, by)
			c := &all[len(all)-1].cell
			if n := len(c.Stops); n == 0 || c.Stops[n-1].Name != h.Datapath.DisplayName(true) {
				kind := "switch"
				if h.Router {
					kind = "router"
				}
				c.Stops = append(c.Stops, stop{Name: h.Datapath.DisplayName(true), Kind: kind})
			}
		case connect.HopGenerated:
			enter(h.Chassis, false, by)
			c := &all[len(all)-1].cell
			c.Stops = append(c.Stops, stop{Name: h.Field, Kind: "controller"})
		case connect.HopTranslated:
			enter(h.Chassis, false, by)
			c := &all[len(all)-1].cell
			if n := len(c.Stops); n > 0 {
				e := event{Field: h.Field, Before: h.Before, Now: h.Now, Rows: b.Origins(h.Flow)}
				if h.Flow != nil {
					e.Stage = h.Flow.Stage
				}
				c.Stops[n-1].Events = append(c.Stops[n-1].Events, e)
			}
		}
	}
	switch {
	case lost != nil:
		if len(all) > 0 {
			all[len(all)-1].cell.Loss = b.loss(lost)
		}
	case arrival != nil:
		to, network := arrival.Chassis, false
		host := arrival.Port.DisplayName(true)
		if arrival.Network != "" {
			to, network, host = arrival.Network, true, "a host outside"
		}
		enter(to, network, "")
		c := &all[len(all)-1].cell
		if c.Sends {
			all = append(all, segment{name: to, network: network})
			c = &all[len(all)-1].cell
		}
		c.Host = host
		if arrives := exchange.Packet(&arrival.Packet); arrives != exchange.Packet(&p.Sent) {
			c.Arrive = arrives
		}
	}
	return all
}

// decisivePath returns the path that decides the outcome: to the host that replies, to the place where
// the packet is lost, or back to its sender.
func decisivePath(o *connect.Outcome, p *connect.Packet) (path []connect.Hop, arrival *connect.Arrival, lost *connect.Drop) {
	switch {
	case o.Lost == p.Role && o.Where.Code != "":
		return o.Where.Path, nil, &o.Where
	case p.Answered >= 0:
		a := &p.Arrived[p.Answered]
		return a.Path, a, nil
	case p.Role == connect.Third:
		before := &o.Packets[0]
		for i := range p.Arrived {
			if a, got := &p.Arrived[i], &before.Arrived[max(0, before.Answered)]; a.Port == got.Port && a.Network == got.Network {
				return a.Path, a, nil
			}
		}
	}
	if back := p.Back(); back != nil {
		return back.Path, back, nil
	}
	if len(p.Arrived) > 0 {
		return p.Arrived[0].Path, &p.Arrived[0], nil
	}
	d := p.Decisive()
	return d.Path, nil, &d
}

// grid places cells: lanes in odd columns, links in even ones.
type grid struct {
	*picture
	at  map[string]int // the lanes, by their keys
	row int
}

func (l *grid) lane(s segment) {
	if _, ok := l.at[s.key()]; ok {
		return
	}
	n := min(len(l.Lanes), MaxLanes-1)
	l.at[s.key()] = n
	if n == len(l.Lanes) {
		l.Lanes = append(l.Lanes, lane{Name: s.name, Network: s.network, Class: fmt.Sprintf("c%d", 2*n+1)})
	} else {
		l.Lanes[n].Name += ", " + s.name
	}
}

// part places the cells of a packet: on one row as long as the direction does not change.
func (l *grid) part(p part, segments []segment) {
	l.row++
	p.RowOf = fmt.Sprintf("r%d", min(l.row+1, maxRows))
	l.row++
	last, direction := -1, 0
	for i := range segments {
		if l.row+2 >= maxRows {
			p.Cut = len(segments) - i
			break
		}
		s := &segments[i]
		n := l.at[s.key()]
		if last >= 0 {
			step := 1
			if n < last || n == last && direction < 0 {
				step = -1
			}
			if direction != 0 && step != direction || n == last {
				l.row++
			}
			direction = step
			if n != last {
				from, to := 2*min(n, last)+2, 2*max(n, last)+1
				p.add(cell{Class: fmt.Sprintf("link r%d c%d e%d", l.row+1, from, to), Link: s.link(), Back: n < last})
			}
		}
		s.cell.Class, s.cell.Lane = fmt.Sprintf("place r%d c%d", l.row+1, 2*n+1), l.Lanes[n].Name
		p.add(s.cell)
		last = n
	}
	l.Parts = append(l.Parts, p)
}

func (p *part) add(c cell) { p.Cells = append(p.Cells, c) }

// link returns the name of what carries a packet to a segment.
func (s *segment) link() string {
	if s.by == "tunnel" {
		return "tunnel"
	}
	return "network"
}

// part returns the text about a packet besides its path.
func (b *builder) part(o *connect.Outcome, p *connect.Packet) part {
	out := part{Role: p.Role, Class: "ok", Packet: exchange.Packet(&p.Sent)}
	_, arrival, lost := decisivePath(o, p)
	if lost != nil {
		out.Class = "lost"
	}
	for i := range p.Arrived {
		if a := &p.Arrived[i]; a != arrival {
			out.Also = append(out.Also, exchange.Receiver(a)+": "+exchange.Packet(&a.Packet))
		}
	}
	for i := range p.Dropped {
		d := &p.Dropped[i]
		if lost != nil && d.Code == lost.Code && slices.Equal(d.Path, lost.Path) {
			continue
		}
		if text := "dropped: " + exchange.Drop(d); !slices.Contains(out.Also, text) {
			out.Also = append(out.Also, text)
		}
	}
	if b.WhyNot != nil {
		out.Why = b.WhyNot(p)
	}
	return out
}

// loss describes the place where a packet is lost.
func (b *builder) loss(d *connect.Drop) *loss {
	l := &loss{Code: string(d.Code), Meaning: exchange.Meaning(d.Code), Detail: d.Detail, Stage: d.Stage, Effect: d.Effect}
	if f := d.Flow; f != nil {
		l.Flow, l.Match, l.Actions, l.Rows = f.UUID, f.Match.Friendly, f.Actions, b.Origins(f)
	}
	return l
}
