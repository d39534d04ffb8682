package reach

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// change is a change of one flow, and packets that may show it.
type change struct {
	flow           *lflow.Flow
	in             *lflow.Datapath
	match, actions string // of the changed flow
	packets        string // the packets that are compared, as a match
}

// mutations are changes of flows.  mutate returns the change of a flow; ok is false if the
// mutation does not apply to it.
var mutations = []struct {
	name   string
	mutate func(f, other *lflow.Flow) (c change, ok bool)
}{
	{"a range wider by one", widened},
	{"a route moved", moved},
	{"a backend exchanged", exchanged},
}

var (
	portRange = regexp.MustCompile(`([0-9]+) <= (tcp|udp)\.dst <= ([0-9]+)`)
	onePort   = regexp.MustCompile(`(tcp|udp)\.dst == ([0-9]+)`)
	prefix    = regexp.MustCompile(`ip[46]\.dst == [0-9a-f.:]+(/[0-9]+)?`)
	backend   = regexp.MustCompile(`(backends=|ct_lb\()([0-9.]+)`)
)

// widened adds the port after the last one of a range, or after the only one.
func widened(f, _ *lflow.Flow) (c change, ok bool) {
	text := f.MatchText()
	first, last, proto := 0, 0, ""
	at := portRange.FindStringSubmatchIndex(text)
	if at != nil {
		m := portRange.FindStringSubmatch(text)
		first, _ = strconv.Atoi(m[1])
		last, _ = strconv.Atoi(m[3])
		proto = m[2]
	} else if at = onePort.FindStringSubmatchIndex(text); at != nil {
		m := onePort.FindStringSubmatch(text)
		first, _ = strconv.Atoi(m[2])
		last, proto = first, m[1]
	}
	if at == nil || last >= 0xffff {
		return c, false
	}
	c.match = text[:at[0]] + fmt.Sprintf("%d <= %s.dst <= %d", first, proto, last+1) + text[at[1]:]
	c.actions = f.ActionsText()
	c.packets = fmt.Sprintf("%s && %d <= %s.dst <= %d", proto, max(last-1, 0), proto, min(last+2, 0xffff))
	return c, true
}

// moved gives a route the actions of another one.
func moved(f, other *lflow.Flow) (c change, ok bool) {
	if f.Stage() != "lr_in_ip_routing" || other == nil || other.Stage() != f.Stage() || other.ActionsText() == f.ActionsText() {
		return c, false
	}
	c.packets = prefix.FindString(f.MatchText())
	if strings.HasPrefix(c.packets, "ip6") != strings.HasPrefix(prefix.FindString(other.MatchText()), "ip6") {
		return c, false
	}
	c.match, c.actions = f.MatchText(), other.ActionsText()
	return c, c.packets != ""
}

// exchanged replaces the address of the first backend.
func exchanged(f, _ *lflow.Flow) (c change, ok bool) {
	at := backend.FindStringSubmatchIndex(f.ActionsText())
	if at == nil {
		return c, false
	}
	ip, err := netip.ParseAddr(f.ActionsText()[at[4]:at[5]])
	if err != nil {
		return c, false
	}
	c.match = f.MatchText()
	c.actions = f.ActionsText()[:at[4]] + ip.Next().String() + f.ActionsText()[at[5]:]
	if c.packets = prefix.FindString(f.MatchText()); c.packets == "" {
		c.packets = "ip4"
	}
	return c, true
}

// withFlow returns a network with a change in its database.
func withFlow(t *testing.T, path string, c change) *lflow.Network {
	t.Helper()
	return tracetest.Read(t, "changed", changedLog(t, path, c), lflow.Options{AsChassis: true})
}

// changedLog returns the log of a database in which a flow has another match and other
// actions.
func changedLog(t *testing.T, path string, c change) []byte {
	t.Helper()
	uuid := c.flow.UUID.String()
	return sbtest.Rewrite(sbtest.Content(t, path), func(text string) string {
		if !strings.Contains(text, uuid) {
			return text
		}
		var raw map[string]json.RawMessage
		var flows map[string]map[string]any
		err := json.Unmarshal([]byte(text), &raw)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw["Logical_Flow"], &flows); err != nil || flows[uuid] == nil {
			return text
		}
		flows[uuid]["match"], flows[uuid]["actions"] = c.match, c.actions
		if raw["Logical_Flow"], err = json.Marshal(flows); err != nil {
			t.Fatal(err)
		}
		out, err := json.Marshal(raw)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	})
}

// tries is the number of flows that are changed until packets have another result.
const tries = 3

// TestMutationsAreFound changes a row of the Logical_Flow table of each recorded
// network, and compares the sets that Compare reports with single walks over both
// networks.
func TestMutationsAreFound(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: too long for -short")
	}
	for _, x := range mutations {
		t.Run(x.name, func(t *testing.T) {
			fits, changed := 0, 0
			paths := sbtest.Recorded(t)
			for i, path := range paths {
				if sbtest.LeftOutOfSample(i, len(paths), packetsEnv) {
					continue
				}
				r := rand.New(rand.NewPCG(9, uint64(i)))
				t.Run(filepath.Join(filepath.Base(filepath.Dir(path)), filepath.Base(path)), func(t *testing.T) {
					old, err := lflow.Open(context.Background(), path, lflow.Options{AsChassis: true})
					if err != nil {
						t.Skip(err)
					}
					all := findMutations(old, x.mutate)
					if len(all) == 0 {
						t.Skip("no flow to mutate")
					}
					fits++
					r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
					for _, c := range all[:min(len(all), tries)] {
						if compareMutation(t, OneZone(address.NewResolver(old)), OneZone(address.NewResolver(withFlow(t, path, c))), c, r) {
							changed++
							break
						}
					}
				})
			}
			t.Logf("%d networks have such flows; packets have another result in %d", fits, changed)
			if changed == 0 {
				t.Error("no mutation changed a result")
			}
		})
	}
}

// findMutations returns the changes by a mutation of the flows of a network.
func findMutations(n *lflow.Network, mutate func(f, other *lflow.Flow) (change, bool)) (all []change) {
	for _, d := range n.Datapaths {
		for _, p := range []lflow.Pipeline{lflow.Ingress, lflow.Egress} {
			for table := range lastTable {
				var last *lflow.Flow
				for _, f := range n.Flows(d, p, table) {
					if f.Err(d) != nil {
						continue
					}
					if c, ok := mutate(f, last); ok {
						c.flow, c.in = f, d
						all = append(all, c)
					}
					last = f
				}
			}
		}
	}
	return all
}

// compareMutation compares the sets that are reported with walks of a packet of each
// class of both networks, and returns whether any packet has another result.
func compareMutation(t *testing.T, before, after *Zones, c change, r *rand.Rand) (changed bool) {
	t.Helper()
	var senders []*lflow.Port
	if i := before.index(c.in); !before.several() { // in several zones, packets also come from others
		senders = before.Resolvers[i].VIFs(c.in)
	}
	if len(senders) == 0 {
		for _, z := range before.Resolvers {
			senders = append(senders, vifs(z)...)
		}
	}
	r.Shuffle(len(senders), func(i, j int) { senders[i], senders[j] = senders[j], senders[i] })
	q := &Question{From: senders[:min(2, len(senders))], Packets: c.packets, Limit: 200}
	if len(q.From) == 0 {
		t.Skip("no port sends")
	}
	got, err := Compare(t.Context(), before, after, q)
	if errors.Is(err, packetset.ErrTooLarge) {
		return false // there is no answer
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range got.Parts {
		m := p.space.m
		reported := packetset.Empty
		for _, ch := range p.List {
			reported = m.Or(reported, ch.Set)
		}
		changed = changed || reported != packetset.Empty
		if len(p.Ports) == 0 {
			t.Fatal("a part without ports")
		}
		want, open := differing(t, p, before, after, q.Limit)
		open = m.Or(open, p.open)
		ends := func(d packet.Packet) string {
			in := p.Ports[0]
			return fmt.Sprintf("%s:\n%s\n%s", d.Header(packet.HeaderStyle{}), allEnds(t, before, in.Datapath, d), allEnds(t, after, portOf(t, after, in).Datapath, d))
		}
		if extra := m.Without(m.Without(reported, want), open); extra != packetset.Empty {
			d, _ := m.Draw(extra, r)
			t.Errorf("%q instead of the match: reported, but has the same result: %s", c.match, ends(d))
		}
		if missing := m.Without(m.Without(want, reported), open); missing != packetset.Empty {
			d, _ := m.Draw(missing, r)
			t.Errorf("%q instead of the match: not reported, but has another result: %s", c.match, ends(d))
		}
	}
	return changed
}

// onWire returns the headers of a packet.
func onWire(p *packet.Packet) (text string) {
	for _, f := range packetset.Fields() {
		if f != packet.Inport {
			text += " " + f.Format(p.Get(f))
		}
	}
	return text
}

// differing divides the packets of a question into classes of both networks, and returns
// those whose results differ in the walk of one packet.  Those of open are not known.
func differing(t *testing.T, p *ChangedPart, before, after *Zones, limit int) (set, open packetset.Set) {
	t.Helper()
	m := p.space.m
	classes := func(x *space) (all []Class) {
		x.m = m
		left, err := x.explore(t.Context(), p.all, p.all, nil, func(k Class) bool {
			switch {
			case k.Undecided != "":
				open = m.Or(open, k.Set)
			case !slices.ContainsFunc(k.Choices, func(i int) bool { return i > 0 }):
				all = append(all, k)
			}
			return len(all) < limit
		})
		if err != nil {
			t.Fatal(err)
		}
		open = m.Or(open, left)
		return all
	}
	on := func(z *Zones, d *lflow.Datapath) *space {
		x := newSpace(d.Network(), d, p.space.ports)
		x.links = z.links()
		return x
	}
	was := classes(on(before, p.Ports[0].Datapath))
	d := portOf(t, after, p.Ports[0]).Datapath
	for _, b := range classes(on(after, d)) {
		for _, a := range was {
			if both := m.And(a.Set, b.Set); both != packetset.Empty {
				one, _ := m.Sample(both)
				if !slices.Equal(allEnds(t, before, p.Ports[0].Datapath, one), allEnds(t, after, d, one)) {
					set = m.Or(set, both)
				}
			}
		}
	}
	return set, open
}

// allEnds returns the results of a packet, by every choice of backends.
func allEnds(t *testing.T, zones *Zones, d *lflow.Datapath, p packet.Packet) (all []string) {
	t.Helper()
	var try func(script []int)
	try = func(script []int) {
		var options []int
		places := zones.links().places
		p.SetUint(packet.OnChassis, places.At(d, p.Uint(packet.Inport)))
		var walk func(copies []int) (text string, arrived []string, ended *trace.DatapathRef)
		walk = func(copies []int) (text string, arrived []string, ended *trace.DatapathRef) {
			var chosen []int
			how := zones.links().onChassis(sim.Choices{CTNew: true, Choose: func(_ *packet.Packet, of int) int {
				chosen = append(chosen, of)
				if i := len(chosen) - 1; i < len(script) {
					return script[i]
				}
				return 0
			}})
			o := floods{script: copies}
			o.walked(places, &how, func() int { return len(chosen) })
			got, err := sim.Walk(d.Network(), d, p, how)
			if err != nil {
				t.Fatal(err)
			}
			if copies == nil {
				options = chosen
			}
			ends := verdict.OfPacket(got)
			for _, e := range ends {
				if e.Outcome == verdict.OutcomeDelivered && e.Origin <= verdict.OriginClone {
					arrived = append(arrived, e.Port.String()+onWire(&e.Packet))
				}
			}
			text = fmt.Sprint("arrives ", arrived)
			if arrived == nil {
				text = fmt.Sprint(ends[0].Outcome, ends[0].Code, ends[0].DecidedAt.Zone, " ", ends[0].DecidedAt.Datapath)
			}
			if at := &ends[0]; len(ends) == 1 && at.Outcome == verdict.OutcomeDropped && !at.DecidedAt.Egress {
				ended = at.DecidedAt.Datapath
			}
			for i := len(copies); i < len(o.points); i++ {
				for k := range o.points[i].copies {
					other, more, there := walk(append(append(slices.Clone(copies), make([]int, i-len(copies))...), k+1))
					if more == nil && o.points[i].own && there == o.points[i].datapath.Ref() {
						return other, nil, there // no other chassis has the packet
					}
					text, arrived = text+" copy "+other, append(arrived, more...)
				}
			}
			return text, arrived, ended
		}
		text, _, _ := walk(nil)
		all = append(all, text)
		for i := len(script); i < len(options); i++ {
			for option := 1; option < options[i]; option++ {
				try(append(append(slices.Clone(script), make([]int, i-len(script))...), option))
			}
		}
	}
	try(nil)
	slices.Sort(all)
	return slices.Compact(all)
}

// portOf returns the port with the name of another.
func portOf(t *testing.T, zones *Zones, like *lflow.Port) *lflow.Port {
	t.Helper()
	if p := zones.owned(like.Name); p != nil {
		return p
	}
	p, err := zones.Resolvers[0].Network().Port(like.Name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestMutationsInOneZoneAreFound changes a flow of one of several zones.
func TestMutationsInOneZoneAreFound(t *testing.T) {
	for _, x := range mutations {
		t.Run(x.name, func(t *testing.T) {
			fits, changed := 0, 0
			for i, folder := range zoneDirs(t) {
				if sbtest.LeftOut(i+2, 3) {
					continue
				}
				folder, err := filepath.Abs(folder)
				if err != nil {
					t.Fatal(err)
				}
				r := rand.New(rand.NewPCG(10, uint64(i)))
				t.Run(filepath.Join(filepath.Base(filepath.Dir(folder)), filepath.Base(folder)), func(t *testing.T) {
					t.Chdir(folder) // zones without a name have that of their file
					paths, err := filepath.Glob("*sb.db.gz")
					if err != nil || len(paths) < 2 {
						t.Fatal(paths, err)
					}
					before := zonesOf(t, paths)
					at := r.IntN(len(paths))
					all := findMutations(before.Resolvers[at].Network(), x.mutate)
					if len(all) == 0 {
						t.Skip("no flow to mutate")
					}
					fits++
					r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
					for _, c := range all[:min(len(all), tries)] {
						changedDir := t.TempDir()
						for i, path := range paths {
							content, err := os.ReadFile(path)
							if i == at {
								content = changedLog(t, path, c)
							}
							if err == nil {
								err = os.WriteFile(filepath.Join(changedDir, path), content, 0o600)
							}
							if err != nil {
								t.Fatal(err)
							}
						}
						t.Chdir(changedDir)
						after := zonesOf(t, paths)
						t.Chdir(folder)
						if compareMutation(t, before, after, c, r) {
							changed++
							break
						}
					}
				})
			}
			t.Logf("%d networks have such flows; packets have another result in %d", fits, changed)
			if changed == 0 && !testing.Short() {
				t.Error("no mutation changed a result")
			}
		})
	}
}
