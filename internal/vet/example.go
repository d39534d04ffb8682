package vet

import (
	"maps"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// defaultMatches are the defaults of example packets.
var defaultMatches = []string{
	"ip.ttl == 64", "eth.src == 02:00:00:00:00:01", "eth.dst == 02:00:00:00:00:02",
	"ip4.src == 192.0.2.1", "ip4.dst == 192.0.2.2", "ip6.src == 2001:db8::1", "ip6.dst == 2001:db8::2",
	"tcp.src == 49152", "udp.src == 49152",
}

// defaultValues returns the cubes of what packets usually look like, one or more for
// each habit.
func defaultValues(s *expr.Symbols) (out []defaultValue) {
	for _, text := range defaultMatches {
		e, err := expr.ParseFlow(text, expr.Env{Symbols: s})
		if err != nil {
			continue // the release has no such field
		}
		cubes, _ := expr.Cubes(expr.Annotate(e), maxTries, func(string) bool { return true })
		if c, ok := e.(*expr.Cmp); ok {
			out = append(out, defaultValue{c.Symbol.Name, cubes})
		}
	}
	return out
}

// defaultValue is a typical value of a symbol, with the symbol's prerequisites.
type defaultValue struct {
	symbol string
	cubes  []expr.Cube
}

// withDefaults narrows a cube to what packets usually look like.
func (v *checker) withDefaults(c expr.Cube) expr.Cube {
	for _, h := range v.defaults {
		for _, one := range h.cubes {
			if mentions(c, h.symbol) || !c.Meets(one) || slices.ContainsFunc(one.Symbols(), func(s string) bool { return s != h.symbol && !mentions(c, s) }) {
				continue // already restricted, or another kind of packet
			}
			c, _ = c.Intersect(one)
			break
		}
	}
	return c
}

// mentions reports whether a cube restricts a symbol.
func mentions(c expr.Cube, symbol string) bool {
	_, found := slices.BinarySearchFunc(c.Terms(), symbol, func(t *expr.Cmp, name string) int { return strings.Compare(t.Symbol.Name, name) })
	return found
}

// portChoice is a port for each port group in a cube, and the input port of its packet.
type portChoice struct {
	member map[string]*lflow.Port
	inport *lflow.Port // nil if the cube determines it
}

// maxPlacements bounds the ports that are tried on a datapath.
const maxPlacements = 256

// portChoices returns the ways to put ports of a datapath in a cube's place for
// them.
func (v *checker) portChoices(d *lflow.Datapath, c expr.Cube) []portChoice {
	out := []portChoice{{}}
	ports := d.Ports()
	for _, t := range c.Terms() {
		if t.Group == "" || out[0].member[t.Group] != nil {
			continue
		}
		set := v.n.Binder().Group(t.Group)
		members := slices.DeleteFunc(slices.Clone(ports), func(p *lflow.Port) bool { return set == nil || !set.Has(d.Index, p.Key) })
		var next []portChoice
		for _, p := range out {
			for _, m := range members {
				if len(next) == maxPlacements {
					break
				}
				with := map[string]*lflow.Port{t.Group: m}
				maps.Copy(with, p.member)
				next = append(next, portChoice{member: with})
			}
		}
		if out = next; out == nil {
			return nil
		}
	}
	if mentions(c, "inport") {
		return out
	}
	if len(ports) == 0 {
		return nil
	}
	for i := range out {
		out[i].inport = ports[0] // any port, because the cube does not restrict it
	}
	return out
}

// packet returns the cube's packet.
func (v *checker) packet(d *lflow.Datapath, c expr.Cube, at portChoice) packet.Packet {
	p := c.Packet(func(port, group string) (uint64, bool) {
		if group != "" {
			return at.member[group].Key, true
		}
		return v.n.PortKey(d, port)
	})
	if at.inport != nil {
		p.SetUint(packet.Inport, at.inport.Key)
	}
	return p
}

// microflow returns the text that describes the cube's packet.
func (at portChoice) microflow(c expr.Cube) string {
	var clauses []string
	if at.inport != nil {
		clauses = append(clauses, "inport == "+expr.Quote(at.inport.Name))
	}
	for _, t := range c.Terms() {
		if t.Group != "" {
			clauses = append(clauses, t.Symbol.Name+" == "+expr.Quote(at.member[t.Group].Name))
		} else {
			clauses = append(clauses, expr.Format(t))
		}
	}
	return strings.Join(clauses, " && ")
}
