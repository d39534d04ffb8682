package reach

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// pattern has the sets of the parts of an answer that have the same diagrams in a workspace: these
// parts differ only in the own values of their senders. The sets of a part are copied from it when
// the part is described, and the outline of the first part is that of the others.
type pattern struct {
	m             *packetset.Manager // has diagrams with renamed values
	all, to, rest packetset.Set
	sets          []packetset.Set // of the results, in the order of instance
	first         *Part
	nodes         int // the number of nodes of the workspace's diagrams when it was made

	once    sync.Once
	outline *outline // of first
}

// instance is a part with a pattern.
type instance struct {
	*pattern
	renames *packetset.Renamings
	senders *senders
	order   []*Result // of the part, by their keys
}

// keep copies the sets of a part from the workspace, at once or when they are needed first.
func (w *workspace) keep(a *Answer, p *Part) {
	from := p.space
	p.space = spaceIn(nil, from.n, from.d, from.ports)
	p.space.links = from.links
	if !w.shares {
		p.copy(from.m, from.m.Renamings())
		return
	}
	in := &instance{renames: from.m.Renamings(), senders: w.now, order: slices.Clone(p.Results)}
	roles := roles{from: from.d}
	keys := map[*Result]string{}
	for _, r := range in.order {
		keys[r] = fmt.Sprintf("%d %s\n%v", r.Set, r.withPorts(roles), r.Varies)
	}
	slices.SortFunc(in.order, func(a, b *Result) int { return cmp.Compare(keys[a], keys[b]) })
	key := fmt.Sprintf("%s %d %d %d %q", a.ZoneOf(from.d), p.all, p.to, p.rest, w.now.kinds)
	for _, r := range in.order {
		key += "\n" + keys[r]
	}
	in.pattern = w.patterns[key]
	if in.pattern == nil {
		in.pattern = &pattern{m: packetset.NewManager(0), first: p, nodes: from.m.Size()}
		copied := in.m.Copies(from.m, nil)
		in.all, in.to, in.rest = copied(p.all), copied(p.to), copied(p.rest)
		for _, r := range in.order {
			in.sets = append(in.sets, copied(r.Set))
		}
		w.patterns[key] = in.pattern
	}
	p.instance = in
}

// settle computes the sets of a part when they are needed for the first time.
func (p *Part) settle() {
	if p.space.m != nil {
		return
	}
	in := p.instance
	p.all, p.to, p.rest = in.all, in.to, in.rest
	for i, r := range in.order {
		r.Set = in.sets[i]
	}
	p.copy(in.m, in.renames)
}

// copy replaces the sets of a part by copies in a manager of its own.
func (p *Part) copy(from *packetset.Manager, renames *packetset.Renamings) {
	p.space.m = packetset.NewManager(0)
	copied := p.space.m.Copies(from, renames)
	for _, r := range p.Results {
		r.Set = copied(r.Set)
	}
	p.all, p.to, p.rest = copied(p.all), copied(p.to), copied(p.rest)
}

// outline returns the digests of each line and sender.
func (a *Answer) outline(p *Part) *outline {
	if in := p.instance; in != nil {
		in.once.Do(func() {
			in.first.settle()
			in.outline = a.outlineOf(in.first)
		})
		if o := in.outlineOf(p); o != nil {
			return o
		}
	}
	p.settle()
	return a.outlineOf(p)
}

// outlineOf returns the outline of a part from that of the first one. It returns nil if they may
// differ: the digests are of sets that have values that either part renames, or of sets of one port.
func (t *instance) outlineOf(p *Part) *outline {
	first := t.first.instance
	if p == t.first {
		return t.outline
	}
	m := t.first.space.m
	for s := range t.outline.bare {
		if !first.renames.Keeps(m, s) || !t.renames.Keeps(m, s) {
			return nil
		}
	}
	ports, results := map[*lflow.Port]*lflow.Port{}, map[*Result]*Result{}
	for i, port := range first.senders.ports {
		ports[port] = t.senders.ports[i]
	}
	for i, r := range first.order {
		results[r] = t.order[i]
	}
	out := *t.outline
	for kind, lines := range t.outline.lines {
		lines = slices.Clone(lines)
		for i := range lines {
			l := &lines[i]
			l.result, l.sent = results[l.result], slices.Clone(l.sent)
			for j := range l.sent {
				s := &l.sent[j]
				if strings.HasPrefix(s.sign, signOfPort) {
					return nil
				}
				s.ports = slices.Clone(s.ports)
				for k, port := range s.ports {
					s.ports[k] = ports[port]
				}
				sortPorts(s.ports)
			}
			slices.SortFunc(l.sent, func(a, b signed) int { return cmp.Compare(a.ports[0].Key, b.ports[0].Key) })
		}
		out.lines[kind] = lines
	}
	return &out
}
