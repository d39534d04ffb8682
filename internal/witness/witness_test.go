package witness

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
)

// takes reports whether a walk of the packet takes a flow on a datapath. There is a walk for
// each of the first choices of a backend or a member.
func takes(n *lflow.Network, p Packet, d *lflow.Datapath, f *lflow.Flow, taken map[string]bool) (bool, error) {
	found := false
	states := append(slices.Clone(p.CT), slices.Repeat([]uint64{packet.CTTracked | packet.CTNew}, 64)...)
	if n := len(p.CT); n > 0 {
		states = append(slices.Clone(p.CT), slices.Repeat(p.CT[n-1:], 64)...)
	}
	c := sim.Choices{CT: states, Uniform: true}
	c.Matched = func(e *lflow.Datapath, g *lflow.Flow) {
		found = found || e == d && g.UUID == f.UUID
		taken[e.Name+g.UUID.String()] = true
	}
	for choice := range 8 {
		c.Choose = func(_ *packet.Packet, options int) int { return choice % options }
		if _, err := sim.Trace(n, sim.Request{Microflow: p.Microflow, Choices: c}); err != nil || found {
			return found, err
		}
	}
	return found, nil
}

// usual returns packets of every kind that enter by a port, regardless of the flows that
// they take.
func (x *Finder) usual(port *lflow.Port) (out []Packet) {
	p := x.path(port.Datapath)
	for _, k := range kinds {
		for variant := range variants {
			var r Region
			if k.only(&r) && r.Fix(packet.Inport, packet.Uint(port.Key), packet.Ones(32)) && r.fresh() {
				if w, ok, _ := r.pick(nil, p.usual(port, k, variant), 1); ok {
					out = append(out, Packet{From: port, Microflow: Microflow(port, w.packet())})
				}
			}
		}
	}
	return out
}

// TestEveryFlow finds a packet for each flow of a network, or proves that there
// is none. A walk confirms each packet, and a flow that a packet takes must not
// be unreachable.
func TestEveryFlow(t *testing.T) {
	networks := map[string]*lflow.Network{}
	n := tracetest.Read(t, "demo", demo.Bytes(), lflow.Options{})
	networks["demo"] = n
	if corpus := os.Getenv("OVNWALK_CORPUS"); corpus != "" {
		for _, name := range []string{"25.03/01-routing", "23.03/07-vtep"} {
			n := tracetest.Open(t, filepath.Join(corpus, name+".db.gz"), lflow.Options{})
			networks[name] = n
		}
	}
	for name, n := range networks {
		t.Run(name, func(t *testing.T) {
			x := NewFinder(n)
			taken, dead := map[string]bool{}, map[string]bool{}
			all := sim.Choices{CT: slices.Repeat([]uint64{packet.CTTracked | packet.CTNew}, 64), Uniform: true}
			all.Matched = func(d *lflow.Datapath, f *lflow.Flow) { taken[d.Name+f.UUID.String()] = true }
			for _, port := range n.Ports() {
				for _, p := range x.usual(port) {
					if _, err := sim.Trace(n, sim.Request{Microflow: p.Microflow, Choices: all}); err != nil {
						t.Error(err)
					}
				}
			}
			counts := map[string]int{}
			for _, d := range n.Datapaths {
				for f := range n.ListFlows(d) {
					tries, met := 0, false
					answer := x.Find(Target{Datapath: d, Flow: f}, func(p Packet) Reachability {
						tries++
						ok, err := takes(n, p, d, f, taken)
						if err != nil {
							t.Errorf("%s: %v", p.Microflow, err)
						}
						met = met || ok
						if met || tries == 60 {
							return Enough
						}
						return NotReached
					})
					what := "unknown"
					switch {
					case met:
						what = "met"
					case answer == Unreachable:
						what = "unreachable"
						dead[d.Name+f.UUID.String()] = true
					}
					counts[what]++
				}
			}
			for id := range dead {
				if taken[id] {
					t.Errorf("%s is unreachable, but a packet takes it", id)
				}
			}
			missing := 0
			for _, d := range n.Datapaths {
				for f := range n.ListFlows(d) {
					if id := d.Name + f.UUID.String(); !taken[id] && !dead[id] {
						missing++
					}
				}
			}
			t.Log(name, counts, "without answer", missing)
			if name == "demo" && missing > 0 {
				t.Errorf("%d flows are neither taken nor unreachable", missing)
			}
		})
	}
}
