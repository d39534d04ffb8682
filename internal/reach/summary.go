package reach

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Stand-ins in the summaries of several datapaths, beside FromDatapath.
const (
	ownAddress = "@own"    // for names and addresses of the sender
	hopAddress = "@router" // for the Ethernet address of the router that its datapath has
)

// Summary is parts of an answer that say the same, but for the names and addresses that are the
// senders' own.
type Summary struct {
	Parts    []*Part // of which the first has the sets
	Sections []Section
}

// Ports returns all senders of a summary.
func (b *Summary) Ports() (ports []*lflow.Port) {
	for _, p := range b.Parts {
		ports = append(ports, p.Ports...)
	}
	return ports
}

// Summaries returns what is to be said of an answer, in the order of its parts.
func (a *Answer) Summaries() []Summary {
	if len(a.Parts) == 1 {
		return []Summary{{a.Parts, a.Sections(a.Parts[0])}}
	}
	type shaped struct {
		Summary
		shapes []*shape
	}
	shapes := make([]*shape, len(a.Parts))
	_ = parallel(context.Background(), runtime.GOMAXPROCS(0), len(shapes), func(i int) error {
		shapes[i] = a.shapeOf(a.Parts[i])
		return nil
	})
	var list []*shaped
	known := map[string]*shaped{}
	for i, p := range a.Parts {
		s := shapes[i]
		if b := known[s.key]; b != nil {
			b.Parts, b.shapes = append(b.Parts, p), append(b.shapes, s)
			continue
		}
		b := &shaped{Summary{[]*Part{p}, s.sections}, []*shape{s}}
		list = append(list, b)
		if s.key != "" {
			known[s.key] = b
		}
	}
	var out []Summary
	for _, b := range list {
		if len(b.Parts) > 1 {
			b.Sections = together(b.Parts, b.shapes)
		}
		out = append(out, b.Summary)
	}
	return out
}

// shape is what a part says of each of its senders.
type shape struct {
	sections []Section
	key      string // equal of parts that say the same, "" where not all of it is described
	lines    [][]shapedLine
}

// shapedLine is a line of a section.
type shapedLine struct {
	key  string
	sent []sentLine
}

// sentLine is the packets of a line from some senders, described without these.
type sentLine struct {
	packetset.Description
	from []*lflow.Port
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

func (a *Answer) shapeOf(p *Part) *shape {
	s := &shape{sections: a.Sections(p)}
	m := p.space.m
	roles := roles{from: p.space.d}
	hop := token{}
	if gate := p.view.resolver.Gateway(p.space.d); gate != nil {
		hop = token{string(packet.AppendMAC(nil, gate.MAC)), hopAddress}
	}
	owned := map[*lflow.Port][]token{}
	for _, port := range p.Ports {
		owned[port] = append(tokensOf(p.view.resolver, port, ownAddress), hop)
	}
	var keys []string
	for _, section := range s.sections {
		among := p.to
		if section.Others {
			among = m.Without(p.all, p.to)
		}
		var lines []shapedLine
		for i := range section.Lines {
			l := &section.Lines[i]
			one := shapedLine{}
			for _, port := range p.Ports {
				here := by(m, port)
				set := m.And(l.Set, here)
				if set == packetset.Empty || l.Otherwise {
					continue
				}
				d := m.Describe(set, m.And(among, here), []packetset.Port{{Key: port.Key, Name: port.Name}})
				for _, t := range owned[port] {
					d = t.within(d)
				}
				if d.Cut {
					return s
				}
				if known := one.of(d.Text); known != nil {
					known.from = append(known.from, port)
				} else {
					one.sent = append(one.sent, sentLine{d, []*lflow.Port{port}})
				}
			}
			slices.SortFunc(one.sent, func(a, b sentLine) int { return strings.Compare(a.Text, b.Text) })
			one.key = fmt.Sprintf("%s\n%v %v", l.withPorts(roles), l.Otherwise, l.Varies)
			for i := range one.sent {
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

// withPorts distinguishes results with the ports at which packets arrive and the replies.
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

// together returns the sections of parts that say the same.
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

// from returns the result with the stand-in of the sender's datapath.
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
