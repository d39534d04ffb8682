package lflow

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/packet"
)

// TestFastLookupAgrees compares every form of lookup with the plain one: expression trees, one flow
// after the other.
func TestFastLookupAgrees(t *testing.T) {
	packets := 40
	if testing.Short() {
		packets = 5
	}
	for _, path := range sbtest.Recorded(t) {
		t.Run(filepath.Base(filepath.Dir(path))+"/"+filepath.Base(path), func(t *testing.T) {
			n, err := Open(t.Context(), path, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer n.Close()
			if fastIsSlow(t, n, 1, packets) == 0 {
				t.Error("no packet found a flow: the test proves nothing")
			}
		})
	}
	t.Run("big", func(t *testing.T) { fastIsSlow(t, bigNetwork(t, 5, 30, 60), 1, packets) })
}

// fastIsSlow looks up random packets in every table, and returns how many find a flow.
func fastIsSlow(t *testing.T, n *Network, seed uint64, packets int) (hits int) {
	r := rand.New(rand.NewPCG(seed, 2))
	slow := map[*Flow]slowFlow{}
	rivals, unparsed := 0, 0
	for _, d := range n.Datapaths {
		for _, pipeline := range []Pipeline{Ingress, Egress} {
			for id := range n.flows.tables {
				var plain []slowFlow
				for _, f := range n.Flows(d, pipeline, id) {
					if _, ok := slow[f]; !ok {
						slow[f] = readSlowly(n, f)
					}
					plain = append(plain, slow[f])
				}
				if plain == nil {
					continue
				}
				for range packets {
					p := randomPacket(r, n, plain, d)
					found, others, broken := slowLookup(n, plain, &p, d)
					want := fmt.Sprint(uuids(found), uuids(others...), uuids(broken...))
					for way, hit := range ways(n, d, pipeline, id, &p) {
						var bad []*Flow
						for _, e := range hit.Unparsed {
							bad = append(bad, e.Flow)
						}
						if got := fmt.Sprint(uuids(hit.Flow), uuids(hit.Ties...), uuids(bad...)); got != want {
							t.Fatalf("%s %d %d, %s, packet %+v:\n%s finds\n%s, not\n%s", d.Name, pipeline, id, plain[0].Stage(), p, way, got, want)
						}
					}
					if found != nil {
						hits++
					}
					rivals += len(others)
					unparsed += len(broken)
				}
			}
		}
	}
	t.Logf("%d hits, %d rivals, %d that do not parse", hits, rivals, unparsed)
	return hits
}

// ways are the ways in which a lookup can go.
func ways(n *Network, d *Datapath, pipeline Pipeline, id int, p *packet.Packet) map[string]LookupResult {
	one, hashed := lookup{priority: math.MinInt}, lookup{priority: math.MinInt}
	for _, s := range d.sources {
		t := s.at(n, placeOf(pipeline, id))
		if t == nil {
			continue
		}
		t.sort()
		for i := range t.rows {
			one.try(t.flow(i), p, d)
		}
		if t.classifier.Load() == nil {
			t.classify()
		}
		t.classifier.Load().try(p, d, &hashed)
	}
	screenedFlows := screenFlows(n.Flows(d, pipeline, id), d)
	screened := lookup{priority: math.MinInt}
	screened.tryScreened(screenedFlows, p, d)
	results := map[string]LookupResult{
		"a look-up": n.Lookup(d, pipeline, id, p), "one by one": one.result(), "by hash": hashed.result(), "screened": screened.result(),
	}
	if f, ok := lookUpScreened(screenedFlows, p, d); ok {
		results["screened, in short"] = LookupResult{Flow: f}
	}
	return results
}

func uuids(flows ...*Flow) (list []string) {
	for _, f := range flows {
		if f != nil {
			list = append(list, f.UUID.String())
		}
	}
	return list
}

// randomPacket draws a packet that some flows of a table are likely to match:
// for each comparison of one flow or of two, the value that it wants or one
// near by.
func randomPacket(r *rand.Rand, n *Network, flows []slowFlow, d *Datapath) (p packet.Packet) {
	fields := packet.Fields()
	for range r.IntN(4) {
		f := fields[r.IntN(len(fields))]
		p.Set(f, packet.Value{Hi: r.Uint64(), Lo: r.Uint64()}.And(packet.Ones(f.Bits)))
	}
	for range 1 + r.IntN(2) {
		f := flows[r.IntN(len(flows))]
		if f.tree == nil {
			continue
		}
		expr.Walk(f.tree, func(e expr.Expr) bool {
			switch e := e.(type) {
			case *expr.Or:
				if len(e.Subs) > 0 && r.IntN(4) > 0 {
					shape(r, n, &p, e.Subs[r.IntN(len(e.Subs))], d)
				}
			case *expr.Cmp:
				if r.IntN(20) > 0 {
					shape(r, n, &p, e, d)
				}
			}
			return true
		})
	}
	return p
}

// shape changes a packet so that a comparison is more likely to hold.
func shape(r *rand.Rand, n *Network, p *packet.Packet, e expr.Expr, d *Datapath) {
	c, ok := e.(*expr.Cmp)
	if !ok || c.Symbol.Field == nil {
		return
	}
	if c.Symbol.Width == 0 {
		name := c.Port
		if c.Group != "" {
			if members, _ := n.PortGroup(c.Group); len(members) > 0 {
				name = members[r.IntN(len(members))]
			}
		}
		if key, ok := n.PortKey(d, name); ok || r.IntN(2) > 0 {
			p.SetUint(c.Symbol.Field, key)
		}
		return
	}
	v := c.Value
	if c.Op != expr.EQ && r.IntN(2) > 0 {
		v = v.Xor(packet.Value{Lo: r.Uint64() & 3}.And(c.Mask))
	}
	p.SetMasked(c.Symbol.Field, v, c.Mask)
}

// TestFormsAgree reads every flow of every database by its form and by itself.
func TestFormsAgree(t *testing.T) {
	shared := 0
	for _, path := range sbtest.Recorded(t) {
		n, err := Open(t.Context(), path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range n.flows.sources {
			for k := range n.flows.sources[i].rows {
				f := n.newFlow(&n.flows.sources[i].rows[k])
				known := n.flows.forms.Len()
				if !f.parseForm() {
					continue
				}
				if known == n.flows.forms.Len() {
					shared++
				}
				alone := Flow{UUID: f.UUID, Pipeline: f.Pipeline, Table: f.Table, n: n, row: f.row}
				alone.parseAlone()
				if alone.err != nil {
					t.Fatalf("%s: %s: a form lets pass: %v", path, f.UUID, alone.err)
				}
				if got, want := f.Actions().String(), alone.Actions().String(); got != want {
					t.Fatalf("%s: %s: actions %s, not %s", path, f.UUID, got, want)
				}
				if !slices.Equal(f.bound, alone.bound) || f.matcher.Always() != alone.matcher.Always() {
					t.Fatalf("%s: %s: %s: other groups, or another truth", path, f.UUID, f.MatchText())
				}
			}
		}
		n.Close()
	}
	if shared == 0 {
		t.Error("no two flows share a form")
	}
}

// TestReadsNeededFlows compares the number of flows that a walk reads with the number of flows in the
// database.
func TestReadsNeededFlows(t *testing.T) {
	n := bigNetwork(t, 200, 20, 100)
	d, _ := n.Datapath("sw7")
	var p packet.Packet
	p.SetUint(packet.EthSrc, 0x0a0000070003)
	p.SetUint(packet.EthDst, 0x0a0000070004)
	p.SetUint(packet.Reg(14), 4)
	if read := n.FlowsRead(); read != 0 {
		t.Errorf("loading read %d flows", read)
	}
	for table := range 5 {
		hit := n.Lookup(d, Ingress, table, &p)
		if hit.Flow == nil || hit.Ties != nil || hit.Unparsed != nil {
			t.Fatalf("table %d: %+v", table, hit)
		}
	}
	if read, all := n.FlowsRead(), n.FlowCount(); read > all/50 {
		t.Errorf("a walk through one of 200 switches read %d of %d flows", read, all)
	}
}

// TestLookupAllocatesNothing looks up in tables that are known.
func TestLookupAllocatesNothing(t *testing.T) {
	n := bigNetwork(t, 2, 100, 300)
	d, _ := n.Datapath("sw1")
	var p packet.Packet
	p.SetUint(packet.EthDst, 0x0a0000010004)
	p.SetUint(packet.EthType, packet.EthTypeIPv4)
	p.SetUint(packet.IPv4Dst, 172<<24|30<<16|9)
	look := func() {
		for table := range 5 {
			n.Lookup(d, Ingress, table, &p)
		}
	}
	for range max(2*scansBeforeIndex, lookupsBeforeScreen) {
		look()
	}
	if n.flows.sources[d.Index].at(n, placeOf(Ingress, 4)).classifier.Load() == nil {
		t.Error("a table of 100 flows that is looked up again and again has no hash table")
	}
	if allocs := testing.AllocsPerRun(100, look); allocs != 0 {
		t.Errorf("%v allocations a round", allocs)
	}
}
