package reach

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// locals has the halves of packets between ports of one datapath. Their heads end before
// the table of a switch that looks up the output port of an Ethernet address.
type locals struct {
	*halves
	unit  int
	w     *pairWalk
	stop  int
	heads *heads
	tails []localTail
}

// localTail is a set of packets at the table that looks up the output port.
type localTail struct {
	state *packetset.State
	name  string
}

// lookupStage is the stage of the table.
const lookupStage = "ls_in_l2_lkup"

// lookupTable returns the table of a datapath's ingress pipeline that looks up the output
// port, 0 if there is none.
func lookupTable(d *lflow.Datapath) int {
	for table := range lastTable {
		if flows := d.Network().Flows(d, lflow.Ingress, table); len(flows) > 0 && flows[0].Stage() == lookupStage {
			return table
		}
	}
	return 0
}

// localsOf walks the heads of a unit to its own datapath. It returns nil if they are not
// known.
func (l *halves) localsOf(ctx context.Context, m *packetset.Manager, unit int) (*locals, error) {
	if l == nil {
		return nil, nil
	}
	ports := l.Sources[unit]
	d := ports[0].Datapath
	c := &locals{halves: l, unit: unit, stop: lookupTable(d), heads: l.newHeads(len(ports))}
	if c.stop == 0 || l.leads.isBack(d) {
		return nil, nil
	}
	c.w = l.newPairWalk(m, ports)
	lacks := l.lacking(ports)
	texts := make([]string, len(l.to))
	for i, t := range l.to {
		if t.port.Datapath == d {
			texts[i] = t.families(func(f int) bool {
				_, ok := c.hop(&t, f)
				return ok && !lacks[f]
			})
		}
	}
	addressed := func(f int) packetset.Set {
		var sets []packetset.Set
		for i, text := range texts {
			if text != "" && l.to[i].ips[f].IsValid() {
				sets = append(sets, c.toward(&l.to[i], f))
			}
		}
		return c.w.m.Union(sets)
	}
	return c, l.divide(ctx, c.w, c.heads, texts, addressed, c.toward, &boundary{
		stop: c.stop,
		tail: func(at place, _ int, s *packetset.State, done []commitment) (int, string, *lflow.Port, bool) {
			if at.datapath != d || !isAsSent(s, nil) || slices.ContainsFunc(done, func(o commitment) bool {
				in := s.Field(packet.Inport)
				port := in.Slice(0, 16)
				return o.zone.datapath != d || o.zone.snat || !o.zone.port.Same(&port)
			}) {
				return none, "", nil, false
			}
			t := s.Clone()
			if on := s.Field(packet.OnChassis); !on.IsConstant() {
				t.SetUint(packet.OnChassis, 0) // that of the sender, as on other switches
			}
			name := digestOfText(t.Key())
			i := slices.IndexFunc(c.tails, func(t localTail) bool { return t.name == name })
			if i < 0 {
				i = len(c.tails)
				c.tails = append(c.tails, localTail{s.Clone(), name})
			}
			return i, name, nil, true
		},
	})
}

// hop returns the Ethernet address of the next hop to a target.
func (c *locals) hop(t *target, f int) (mac uint64, ok bool) {
	return c.w.resolver.NextHop(c.Sources[c.unit][0], t.ips[f])
}

func (c *locals) toward(t *target, f int) packetset.Set {
	mac, _ := c.hop(t, f)
	return c.w.m.And(toIP(c.w.m, t.ips[f]), c.w.m.Is(packet.EthDst, mac))
}

// signatures returns the signature of each source for a destination, or nil if they are not
// known.
func (c *locals) signatures(ctx context.Context, to int) (out []string, err error) {
	defer tooLarge(&err)
	defer packetset.Catch(&err)
	if c == nil || c.heads.kind[to] == none {
		return nil, nil
	}
	x := c.w.space
	x.tidy()
	t := &c.to[to]
	strayed := false
	x.entering = func(d *lflow.Datapath) { strayed = strayed || d != x.d }
	x.table = c.stop
	defer func() { x.initial, x.table, x.entering = nil, 0, nil }()
	lines := make([][]string, len(c.w.ports))
	for _, n := range c.heads.tails[c.heads.kind[to]] {
		x.initial = c.tails[n].state
		for f, ip := range t.ips {
			if !ip.IsValid() {
				continue
			}
			all := x.m.Without(x.m.And(c.w.all, c.toward(t, f)), by(x.m, t.port))
			outcomes, ok, err := c.outcomes(ctx, x, t.port, all, roles{pairs: c.Pairs, sent: c.w.pairsZone, from: x.d, to: x.d, own: c.tokens(t.port, "@to")}, &strayed)
			if !ok {
				return nil, err
			}
			to := common(x.m, t, f, c.toward)
			for _, o := range outcomes {
				o.set = x.m.Restrict(o.set, to)
				for i, p := range c.w.ports {
					known := c.heads.known[i][f]
					if known == nil || p == t.port {
						continue
					}
					if set := x.m.Restrict(o.set, known); set != packetset.Empty {
						line := fmt.Sprintf("%s %d %s %x", c.tails[n].name, f, o.text, x.m.Digest(set))
						if slices.Contains(o.mentions, p.Name) {
							line += " is " + p.Name
						}
						lines[i] = append(lines[i], line)
					}
				}
			}
		}
	}
	out = make([]string, len(lines))
	for i, list := range lines {
		slices.Sort(list)
		out[i] = digestOfText("local " + c.heads.signatures[c.heads.kind[to]][i] + "\n" + strings.Join(list, "\n"))
	}
	return out, nil
}
