package reach

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Stand-ins in summaries of several datapaths, in addition to FromDatapath.
const (
	ownAddress   = "@own"        // names and addresses of the sender
	localAddress = "@link-local" // its link-local address
	hopAddress   = "@router"     // the Ethernet address of the router of its datapath
)

// Summary is a group of parts of an answer with the same results, apart from the names and
// addresses of the senders.
type Summary struct {
	Parts    []*Part // the first has the sets
	Sections []Section
}

// Ports returns all senders of a summary.
func (b *Summary) Ports() (ports []*lflow.Port) {
	for _, p := range b.Parts {
		ports = append(ports, p.Ports...)
	}
	return ports
}

// Summaries groups the parts of an answer, in their order.
func (a *Answer) Summaries() []Summary {
	if len(a.Parts) == 1 {
		return []Summary{{a.Parts, a.Sections(a.Parts[0])}}
	}
	outlines := make([]*outline, len(a.Parts))
	each(len(a.Parts), func(i int) { outlines[i] = a.outline(a.Parts[i]) })
	groups := groupsOf(outlines)
	shapes := make([][]*shape, len(groups))
	each(len(groups), func(i int) { shapes[i] = a.shapesOf(&groups[i], outlines) })
	type member struct {
		part  int
		shape *shape
	}
	var list [][]member
	known := map[string]int{}
	for i := range groups {
		for j, part := range groups[i].parts {
			s := shapes[i][j]
			at, ok := known[s.key]
			if !ok || s.key == "" {
				at = len(list)
				list = append(list, nil)
				known[s.key] = at
			}
			list[at] = append(list[at], member{part, s})
		}
	}
	for _, members := range list {
		slices.SortFunc(members, func(a, b member) int { return a.part - b.part })
	}
	slices.SortFunc(list, func(a, b []member) int { return a[0].part - b[0].part })
	var out []Summary
	for _, members := range list {
		b := Summary{Sections: members[0].shape.sections}
		var of []*shape
		for _, m := range members {
			b.Parts, of = append(b.Parts, a.Parts[m.part]), append(of, m.shape)
		}
		if len(members) > 1 {
			b.Sections = together(b.Parts, of)
		}
		out = append(out, b)
	}
	return out
}

// each does n pieces of work in parallel.
func each(n int, do func(i int)) {
	_ = parallel(context.Background(), runtime.GOMAXPROCS(0), n, func(i int) error {
		do(i)
		return nil
	})
}

// shapesOf returns the shapes of parts with equal outlines. Only the first is described.
func (a *Answer) shapesOf(g *outlineGroup, outlines []*outline) (out []*shape) {
	first := g.parts[0]
	if g.single {
		return []*shape{{sections: a.Sections(a.Parts[first])}}
	}
	if len(g.parts) > 1 {
		if s := a.shapeOf(a.Parts[first], outlines[first], false); s != nil {
			for _, i := range g.parts {
				out = append(out, s.with(outlines[i]))
			}
			return out
		}
	}
	for _, i := range g.parts {
		out = append(out, a.shapeOf(a.Parts[i], outlines[i], true))
	}
	return out
}

// shape has the results of a part, described for each of its senders.
type shape struct {
	sections []Section
	key      string // equal for parts with the same text, "" if not all of it is described
	lines    [][]shapedLine
}

// shapedLine is a line of a section.
type shapedLine struct {
	key  string
	at   int // index in the outline
	sent []sentLine
}

// sentLine has the packets of a line from some senders, described without the senders' own
// values.
type sentLine struct {
	packetset.Description
	signs []string
	from  []*lflow.Port
}

// of returns the packets of a description.
func (l *shapedLine) of(text string) *sentLine {
	for i := range l.sent {
		if l.sent[i].Text == text {
			return &l.sent[i]
		}
	}
	return nil
}

// add adds senders whose packets have a description.
func (l *shapedLine) add(d packetset.Description, sign string, from ...*lflow.Port) {
	known := l.of(d.Text)
	if known == nil {
		l.sent = append(l.sent, sentLine{Description: d})
		known = &l.sent[len(l.sent)-1]
	}
	known.signs, known.from = append(known.signs, sign), append(known.from, from...)
}

// with returns the shape of another part with the same outline.
func (s *shape) with(o *outline) *shape {
	out := *s
	out.lines = nil
	for i := range s.sections {
		lines := slices.Clone(s.lines[i])
		for j := range lines {
			l := &lines[j]
			l.sent = slices.Clone(l.sent)
			for k := range l.sent {
				sent := &l.sent[k]
				sent.from = nil
				for _, g := range o.lines[s.sections[i].Kind][l.at].sent {
					if slices.Contains(sent.signs, g.sign) {
						sent.from = append(sent.from, g.ports...)
					}
				}
				sortPorts(sent.from)
			}
		}
		out.lines = append(out.lines, lines)
	}
	return &out
}

func sortPorts(ports []*lflow.Port) {
	slices.SortFunc(ports, func(a, b *lflow.Port) int { return cmp.Compare(a.Key, b.Key) })
}

// shapeOf describes a part. It returns nil if a description is not valid for all parts with
// the same outline, unless alone is true.
func (a *Answer) shapeOf(p *Part, o *outline, alone bool) *shape {
	s := &shape{sections: a.Sections(p)}
	roles := roles{from: p.space.d}
	var keys []string
	for _, section := range s.sections {
		var lines []shapedLine
		for i := range section.Lines {
			l := &section.Lines[i]
			one := shapedLine{at: slices.IndexFunc(o.lines[section.Kind], func(o outlineLine) bool { return o.result == l.Result })}
			if !l.Otherwise {
				for _, g := range o.lines[section.Kind][one.at].sent {
					switch ok, cut := one.describe(p, l, &g, p.among(section.Kind), alone); {
					case (!ok || cut) && !alone:
						return nil
					case cut:
						return s
					}
				}
			}
			slices.SortFunc(one.sent, func(a, b sentLine) int { return strings.Compare(a.Text, b.Text) })
			one.key = fmt.Sprintf("%s\n%v %v", l.withPorts(roles), l.Otherwise, l.Varies)
			for i := range one.sent {
				sortPorts(one.sent[i].from)
				one.key += fmt.Sprintf(" %q %v", one.sent[i].Text, len(one.sent[i].from) == len(p.Ports))
			}
			lines = append(lines, one)
		}
		s.lines = append(s.lines, lines)
		texts := make([]string, len(lines))
		for i := range lines {
			texts[i] = lines[i].key
		}
		slices.Sort(texts)
		keys = append(keys, fmt.Sprintf("%s %q", section.Title, texts))
	}
	s.key = fmt.Sprint(a.ZoneOf(p.space.d), len(s.sections), keys)
	return s
}

// describe adds the packets of a line from senders with the same packets. A description
// with a sender's own names and addresses is valid for that sender only; ok is false if it
// must be valid for others too.
func (l *shapedLine) describe(p *Part, of *Line, g *signed, among packetset.Set, alone bool) (ok, cut bool) {
	m := p.space.m
	for i, port := range g.ports {
		here := by(m, port)
		d := m.Describe(m.And(of.Set, here), m.And(among, here), []packetset.Port{{Key: port.Key, Name: port.Name}})
		if d.Cut {
			return false, true
		}
		own := d
		for _, t := range p.owned(port) {
			own = t.within(own)
		}
		isOwn := own.Text != d.Text || own.Match != d.Match
		if gate := p.view.resolver.Gateway(p.space.d); gate != nil {
			to := token{string(packet.AppendMAC(nil, gate.MAC)), hopAddress}.within(own)
			if (to.Text != own.Text || to.Match != own.Match) && !g.hop && !alone {
				return false, false
			}
			own = to
		}
		switch {
		case isOwn && !alone:
			return false, false
		case isOwn:
			l.add(own, g.sign, port)
		default:
			l.add(own, g.sign, g.ports[i:]...)
			return true, false
		}
	}
	return true, false
}

// owned returns the names and addresses of a sender with their stand-ins. Further addresses
// of a kind have numbered stand-ins.
func (p *Part) owned(port *lflow.Port) []token {
	out := []token{{expr.Quote(port.Name), ownAddress}}
	count := map[string]int{}
	add := func(text, kind, role string) {
		if count[kind]++; count[kind] > 1 {
			role = fmt.Sprint(role, "-", count[kind])
		}
		out = append(out, token{text, role})
	}
	for _, h := range p.view.resolver.Hosts(port) {
		add(string(packet.AppendMAC(nil, h.MAC)), "Ethernet", ownAddress)
		for _, ip := range h.IPs {
			add(ip.Addr().String(), familyNames[familyOf(ip.Addr())], ownAddress)
		}
		add(packet.LinkLocal(h.MAC).Addr16().String(), "link-local", localAddress)
	}
	return out
}

// withPorts returns a key of results, with the ports at which packets arrive and the
// replies.
func (r *Result) withPorts(in roles) string {
	text := in.key(r)
	for _, p := range r.Ports {
		text += " " + p.UUID
	}
	if q := r.Reply; q != nil {
		text += fmt.Sprint(" reply ", q.None, " ", in.key(&Result{Kind: q.Kind, Code: q.Code, At: q.At, Path: q.Path, Reason: q.Reason}))
	}
	return text
}

// within replaces a token in a description.
func (t token) within(d packetset.Description) packetset.Description {
	if t.text == "" {
		return d
	}
	return d.Replace(t.replace)
}

// together returns the common sections of parts.
func together(parts []*Part, shapes []*shape) (out []Section) {
	first := shapes[0]
	from := parts[0].space.d.Ref()
	for i, section := range first.sections {
		section.Lines = slices.Clone(section.Lines)
		for j := range section.Lines {
			l := &section.Lines[j]
			l.Result = l.Result.from(from)
			if l.Otherwise {
				continue
			}
			mine := &first.lines[i][j]
			var all []packetset.Description
			for _, sent := range mine.sent {
				var names []string
				for _, s := range shapes {
					at := slices.IndexFunc(s.lines[i], func(o shapedLine) bool { return o.key == mine.key })
					for _, p := range s.lines[i][at].of(sent.Text).from {
						names = append(names, strconv.Quote(p.Name))
					}
				}
				if len(sent.from) < len(parts[0].Ports) {
					sent.Description = sent.And("inport == {" + strings.Join(names, ", ") + "}")
				}
				all = append(all, sent.Description)
			}
			l.Description = packetset.Any(all)
		}
		out = append(out, section)
	}
	return out
}

// from returns the result with a stand-in for the sender's datapath.
func (r *Result) from(d *trace.DatapathRef) *Result {
	out := *r
	stand := trace.DatapathNamed(FromDatapath, 0)
	if out.At.Datapath.Is(d) {
		out.At.Datapath = stand
	}
	out.AllowedBy = slices.Clone(r.AllowedBy)
	for i := range out.AllowedBy {
		if at := &out.AllowedBy[i]; at.Datapath.Is(d) {
			at.Datapath = stand
		}
	}
	if r.Reply != nil && r.Reply.At.Datapath.Is(d) {
		reply := *r.Reply
		reply.At.Datapath = stand
		out.Reply = &reply
	}
	return &out
}
