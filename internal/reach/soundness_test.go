package reach

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/lab"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// The environment variables that size the comparison of sets with single walks.
const (
	packetsEnv  = "OVNWALK_REACH_PACKETS"  // packets that are walked over each network
	networksEnv = "OVNWALK_REACH_NETWORKS" // random networks, besides the recorded ones
	firstEnv    = "OVNWALK_DIFF_FIRST"     // seed of the first of these
)

// TestPacketsOfClassHaveItsEnd compares sets with single walks over every recorded
// network.
func TestPacketsOfClassHaveItsEnd(t *testing.T) {
	packets := lab.Number(t, packetsEnv, 500)
	var all soundness
	for i, path := range sbtest.Recorded(t) {
		if sbtest.LeftOut(i, 8) {
			continue
		}
		t.Run(filepath.Join(filepath.Base(filepath.Dir(path)), filepath.Base(path)), func(t *testing.T) {
			n, err := lflow.Open(context.Background(), path, lflow.Options{AsChassis: true})
			if err != nil {
				t.Skip(err)
			}
			all.network(t, n, packets, uint64(i))
		})
	}
	t.Log(&all)
}

// soundness counts what was compared of sets and single walks.
type soundness struct {
	networks, spaces, complete, undecided, drawn, random int
	classes                                              int
}

// String returns the counts.
func (s *soundness) String() string {
	return fmt.Sprintf("sets: %d networks, %d packets walked: %d from %d classes (%d undecided), %d at random; all packets of %d of %d questions are in a class",
		s.networks, s.drawn+s.random, s.drawn, s.classes, s.undecided, s.random, s.complete, s.spaces)
}

// entrances returns the ports of a datapath by which packets enter the network.
func entrances(d *lflow.Datapath) (ports []*lflow.Port) {
	for _, p := range d.Ports() {
		if p.Peer == nil && p.Type != "chassisredirect" {
			ports = append(ports, p)
		}
	}
	return ports
}

// network compares classes of packets that enter a network with single walks: of packets of the
// classes, and of random packets.
func (s *soundness) network(t *testing.T, n *lflow.Network, packets int, seed uint64) {
	t.Helper()
	s.zone(t, n, nil, packets, seed)
}

// zone does this for a network from which packets may enter other zones.
func (s *soundness) zone(t *testing.T, n *lflow.Network, across func(*lflow.Port) sim.Entry, packets int, seed uint64) {
	t.Helper()
	s.networks++
	hosts := address.NewResolver(n)
	var datapaths []*lflow.Datapath
	for _, d := range n.Datapaths {
		if len(entrances(d)) > 0 {
			datapaths = append(datapaths, d)
		}
	}
	for i, d := range datapaths {
		for _, spoof := range []bool{false, true} {
			c := comparison{soundness: s, T: t, Rand: rand.New(rand.NewPCG(seed, uint64(2*i)))}
			ports := entrances(d)
			keys := make([]uint64, len(ports))
			var sets []packetset.Set
			for i, p := range ports {
				keys[i] = p.Key
			}
			c.space = newSpace(n, d, keys)
			c.links = newLinks([]*address.Resolver{hosts}, across)
			for _, p := range ports {
				set := by(c.m, p)
				if !spoof {
					set = c.m.And(set, own(c.m, hosts.Hosts(p)))
				}
				sets = append(sets, set)
			}
			none := func(*packet.Field) bool { return false }
			if spoof {
				none = func(*packet.Field) bool { return true } // fragments, tags and times to live as well
			}
			c.all = c.m.And(c.m.Union(sets), sent(c.m, none, true))
			c.run(max(packets/2/len(datapaths), 8))
		}
	}
}

// comparison is soundness of packets that enter one datapath.
type comparison struct {
	*soundness
	*testing.T
	*rand.Rand
	*space
	all   packetset.Set
	found []found // of the first options
	pool  []packet.Packet
}

// found is what is kept of a class; its ends would keep the whole trace.
type found struct {
	set     packetset.Set
	example packet.Packet
	ends    string
	cutOff  bool
	copies  []int // see copiesOf
}

// maxNodes is the number of nodes of diagrams at which a comparison ends.
const maxNodes = 2_000_000

// run walks that number of packets: half of them from classes, half of them random.
func (c *comparison) run(packets int) {
	c.Helper()
	c.spaces++
	left := c.all
	for until := c.drawn + packets/2; left != packetset.Empty && c.drawn < until && c.m.Size() < maxNodes && !c.Failed(); {
		p, _ := c.m.Draw(left, c.Rand)
		k, _ := c.classOf(p, c.all, nil)
		c.classes++
		c.check(k, c.all)
		k.Set = c.m.And(k.Set, left) // as explore has it: a set may have packets of a class with the same end
		left = c.m.Without(left, k.Set)
		c.found = append(c.found, found{k.Set, k.Example, endKey(k.Ends), isCutOff(&k), c.copiesOf(&k)})
		for i, options := range k.Options[:min(len(k.Options), 3)] {
			if options < 2 || k.Undecided != "" || k.again[i] {
				continue
			}
			script := append(slices.Clone(k.Choices[:i]), 1+c.IntN(options-1))
			q, _ := c.m.Draw(k.Set, c.Rand)
			other, _ := c.classOf(q, c.all, script)
			c.classes++
			c.check(other, c.all)
		}
	}
	if left == packetset.Empty {
		c.complete++
	}
	for range packets / 2 {
		c.anyPacket(left)
	}
}

// check walks packets of a class, by its choices.
func (c *comparison) check(k Class, among packetset.Set) {
	c.Helper()
	if !c.m.Within(k.Set, among) || !c.m.Has(k.Set, &k.Example) {
		c.Errorf("%s: a class has not the packet that was walked: %s", c.d.Name, k.Example.Header(packet.HeaderStyle{}))
	}
	if k.Undecided != "" {
		c.undecided++
		if strings.Contains(k.Undecided, "another") || strings.Contains(k.Undecided, "trace.") || strings.Contains(k.Undecided, "on sets is not known") {
			c.Errorf("%s: the image is not that of the walk: %s: %s", c.d.Name, k.Undecided, k.Example.Header(packet.HeaderStyle{}))
		}
		if isCutOff(&k) {
			return
		}
	}
	want, copies := endKey(k.Ends), c.copiesOf(&k)
	for range 3 {
		p, _ := c.m.Draw(k.Set, c.Rand)
		c.drawn++
		c.pool = append(c.pool, p)
		ends, ok := c.walk(p, k.Choices, copies)
		if got := endKey(ends); ok && got != want {
			c.Errorf("%s: %s\n got %s\nwant %s of %s", c.d.Name, p.Header(packet.HeaderStyle{}), got, want, k.Example.Header(packet.HeaderStyle{}))
			return
		}
		if ok {
			c.arrive(&k, &p, ends)
		}
	}
}

// isCutOff reports whether the walk of a class failed, stopped at a limit, or could not be followed
// to its end. Nothing is known of other packets of the class, which may go further or have other
// copies.
func isCutOff(k *Class) bool {
	if k.Undecided == "" || strings.HasPrefix(k.Undecided, hostMayAnswer) {
		return false
	}
	return strings.HasPrefix(k.Undecided, stoppedAt) || !slices.ContainsFunc(k.Ends, func(e verdict.Disposition) bool {
		return e.Outcome == verdict.OutcomeUncertain && uncertainty(&e) == k.Undecided
	})
}

// arrive compares the arrivals of a class with those of a walk.
func (c *comparison) arrive(k *Class, p *packet.Packet, ends []verdict.Disposition) {
	c.Helper()
	var want []string
	for i := range ends {
		e := &ends[i]
		isGroup := e.Port != nil && e.Port.UUID == "" // a group in the egress pipeline, whose ports get no copies
		if e.Outcome == verdict.OutcomeDelivered && e.Origin <= verdict.OriginClone && !isGroup {
			want = append(want, fmt.Sprint(e.Port.String(), words(&e.Packet)))
		}
	}
	var got []string
	for _, a := range k.arrivals {
		got = append(got, fmt.Sprint(a.port.DisplayName(true), a.state.Of(p)))
	}
	slices.Sort(want)
	slices.Sort(got)
	if k.Undecided == "" && !slices.Equal(got, want) {
		c.Errorf("%s: %s arrives\n  as %q,\nnot as %q", c.d.Name, p.Header(packet.HeaderStyle{}), want, got)
	}
}

func words(p *packet.Packet) (out [packet.Words]uint64) {
	for i := range out {
		out[i] = p.Word(i)
	}
	return out
}

// anyPacket walks a random packet.  It is in exactly one class, or in none if classes do
// not have all packets.
func (c *comparison) anyPacket(left packetset.Set) {
	c.Helper()
	p := c.mixed()
	c.random++
	in := -1
	for i := range c.found {
		if !c.m.Has(c.found[i].set, &p) {
			continue
		}
		if in >= 0 {
			c.Errorf("%s: a packet is in two classes: %s", c.d.Name, p.Header(packet.HeaderStyle{}))
		}
		in = i
	}
	if in < 0 != c.m.Has(left, &p) {
		c.Errorf("%s: a packet is in a class and left, or in none: %s", c.d.Name, p.Header(packet.HeaderStyle{}))
		return
	}
	if in < 0 || c.found[in].cutOff {
		return
	}
	ends, ok := c.walk(p, nil, c.found[in].copies)
	if got, want := endKey(ends), c.found[in].ends; ok && got != want {
		c.Errorf("%s: %s\n got %s\nwant %s of %s", c.d.Name, p.Header(packet.HeaderStyle{}), got, want, c.found[in].example.Header(packet.HeaderStyle{}))
	}
}

// mixed returns a random packet that may enter: one of the pool with fields of another one,
// or one of all packets.
func (c *comparison) mixed() packet.Packet {
	for range 20 {
		if len(c.pool) == 0 {
			break
		}
		p, q := c.pool[c.IntN(len(c.pool))], c.pool[c.IntN(len(c.pool))]
		fields := packetset.Fields()
		for range 1 + c.IntN(3) {
			f := fields[c.IntN(len(fields))]
			v := q.Get(f)
			if c.IntN(4) == 0 {
				v = v.Flip(c.IntN(f.Bits))
			}
			p.Set(f, v)
		}
		if c.m.Has(c.all, &p) {
			return p
		}
	}
	p, _ := c.m.Draw(c.all, c.Rand)
	return p
}

// walk walks one packet with the given choices and copies on chassis.  ok is false if the walk stopped at a limit
// that the walk of the set does not reach.
func (c *comparison) walk(p packet.Packet, script, copies []int) (ends []verdict.Disposition, ok bool) {
	c.Helper()
	t := replay(c.T, c.space, p, script, copies...)
	return verdict.OfPacket(t), limitOf(t) == ""
}

// copiesOf returns the copies on chassis with the ends of a class, as a script of floods: those of Places.Settles,
// unless the packet ends on its own chassis before the frame leaves it.
func (c *comparison) copiesOf(k *Class) []int {
	if k.Undecided != "" { // the walk may be refused
		return nil
	}
	ends, _ := c.walk(k.Example, k.Choices, nil)
	if endKey(ends) == endKey(k.Ends) {
		return nil
	}
	for tables := range 4 {
		own := append(make([]int, tables), 1)
		if ends, _ = c.walk(k.Example, k.Choices, own); endKey(ends) == endKey(k.Ends) {
			return own
		}
	}
	return nil
}

// endKey returns a text of the ends that is the same for all packets of a class.
func endKey(ends []verdict.Disposition) string {
	text := ""
	for i, e := range ends {
		if i > 0 && (e.Outcome != verdict.OutcomeDelivered || e.Origin > verdict.OriginClone) {
			continue // its path is not followed
		}
		flow := "none"
		if e.DecidedAt.Flow != nil {
			flow = e.DecidedAt.Flow.UUID
		}
		text += fmt.Sprint(e.Outcome, " ", e.Origin, " ", e.Port, " ", e.Code, " ", e.DecidedAt.Key(), " ", e.DecidedAt.Table, " ", flow)
		for _, at := range e.AllowedBy {
			text += " " + at.Flow.UUID
		}
		text += "; "
	}
	return text
}

// replay walks one packet with the given choices, the first option after these, and the given copies on chassis. It
// omits generated packets if the walk fails for one of them, such as the copy of a mirror, which
// has no input port.
func replay(t *testing.T, x *space, p packet.Packet, script []int, copies ...int) (got *trace.Trace) {
	t.Helper()
	var err error
	how := x.onChassis(sim.Choices{CTNew: true})
	for _, how.Generated = range []sim.Generated{sim.GeneratedAll, sim.GeneratedNone} {
		next := 0
		how.Choose = func(_ *packet.Packet, options int) int {
			taken := 0
			if next < len(script) {
				taken = script[next]
			}
			next++
			return min(taken, options-1)
		}
		floods := floods{script: copies}
		floods.walked(x.places, &how, func() int { return next })
		if got, err = sim.Walk(x.n, x.d, x.entered(p), how); err == nil {
			return got
		}
	}
	t.Fatal(err)
	return nil
}
