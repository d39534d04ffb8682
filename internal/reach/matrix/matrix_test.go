package matrix

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/conntrack"
	"github.com/ovnwalk/ovnwalk/internal/lab"
	"github.com/ovnwalk/ovnwalk/internal/portsec"
	"github.com/ovnwalk/ovnwalk/internal/reach"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// databases returns the databases of the repository and those of OVNWALK_CORPUS.
func databases(t *testing.T) (all []string) {
	t.Helper()
	testdata := filepath.Join("..", "..", "..", "testdata")
	folders := []string{filepath.Join(testdata, "corpus"), filepath.Join(testdata, "office"), filepath.Join(testdata, "suites"), filepath.Join(testdata, "wire")}
	if more := os.Getenv("OVNWALK_CORPUS"); more != "" {
		folders = append(folders, more)
	}
	for _, folder := range folders {
		if err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
			if name := filepath.Base(path); strings.HasSuffix(name, ".db.gz") && !strings.Contains(name, "nb") {
				all = append(all, path)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	if len(all) == 0 {
		t.Fatal("no databases")
	}
	return sbtest.Fewer(all)
}

func open(t *testing.T, path string) *address.Resolver {
	t.Helper()
	n, err := lflow.Open(context.Background(), path, lflow.Options{AsChassis: true})
	if err != nil {
		t.Skip(err)
	}
	return address.NewResolver(n)
}

// pairsOf prepares the pairs of the ports of a network, or of random ones if it has many.
func pairsOf(t *testing.T, zones *reach.Zones, r *rand.Rand) *reach.Pairs {
	t.Helper()
	const most = 16
	ports, err := zones.Select(reach.Any)
	if err != nil {
		t.Fatal(err)
	}
	if len(ports) > most {
		r.Shuffle(len(ports), func(i, j int) { ports[i], ports[j] = ports[j], ports[i] })
		ports = ports[:most]
	}
	x, err := reach.NewPairs(context.Background(), zones, &reach.Question{From: ports, To: ports})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// matrixOf computes each of n shards, and merges their parts.
func matrixOf(t *testing.T, x *reach.Pairs, n int) *Matrix {
	t.Helper()
	var parts []Named
	for k := 1; k <= n; k++ {
		p, err := ReadPart(bytes.NewReader(partOf(t, x, Shard{k, n})))
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, Named{fmt.Sprint("part ", k), p})
	}
	m, err := Merge(parts)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// of returns the pair of classes of two ports.
func (m *Matrix) of(from, to *lflow.Port) *Pair {
	class := func(list []Class, p *lflow.Port) string {
		return list[slices.IndexFunc(list, func(c Class) bool { return slices.Contains(c.Ports, p.Name) })].Name
	}
	want := Pair{From: class(m.Sources, from), To: class(m.Destinations, to), Where: Remote}
	switch {
	case from == to:
		want.To, want.Where = "", Itself
	case from.Datapath == to.Datapath:
		want.Where = Local
	}
	for i := range m.Pairs {
		if p := &m.Pairs[i]; p.From == want.From && p.To == want.To && p.Where == want.Where {
			return p
		}
	}
	return nil
}

// question returns the packets from a port to the address of another, "" if it has
// none or several.
func question(zones *reach.Zones, from, to *lflow.Port) string {
	resolver := resolverOf(zones, from)
	hosts := resolverOf(zones, to).Hosts(to)
	if len(hosts) != 1 || len(hosts[0].IPs) != 1 {
		return ""
	}
	ip := hosts[0].IPs[0].Addr()
	text := fmt.Sprintf("ip6.dst == %s", ip)
	if ip.Is4() {
		text = fmt.Sprintf("ip4.dst == %s", ip)
	}
	if mac, ok := resolver.NextHop(from, ip); ok {
		text += " && eth.dst == " + string(packet.AppendMAC(nil, mac))
	}
	return text
}

// networksEnv is the number of random networks; if it is set, all recorded ones are compared as well.
const networksEnv = "OVNWALK_REACH_NETWORKS"

// TestPairsEqualSingleQuestions compares a pair of ports in the matrix with the
// question about these two, and walks a packet of each set.
func TestPairsEqualSingleQuestions(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	pairs, walked := 0, 0
	all := databases(t)
	for i, path := range all {
		if sbtest.LeftOutOfSample(i, len(all), networksEnv) {
			continue
		}
		t.Run(filepath.Join(filepath.Base(filepath.Dir(path)), filepath.Base(path)), func(t *testing.T) {
			n, packets := comparePairs(t, reach.OneZone(open(t, path)), r)
			pairs, walked = pairs+n, walked+packets
		})
	}
	t.Logf("%d pairs, %d packets", pairs, walked)
}

// zonesOf opens the databases of zones.
func zonesOf(t *testing.T, path string) *reach.Zones {
	t.Helper()
	z := tracetest.OpenZones(t, []string{path})
	out := &reach.Zones{Names: z.Names, Across: z.Across}
	for _, n := range z.Networks {
		out.Resolvers = append(out.Resolvers, address.NewResolver(n))
	}
	return out
}

// resolverOf returns the resolver of a port's zone.
func resolverOf(zones *reach.Zones, p *lflow.Port) *address.Resolver {
	return zones.Resolvers[slices.IndexFunc(zones.Resolvers, func(r *address.Resolver) bool { return r.Network() == p.Datapath.Network() })]
}

// TestPairsOfZones compares pairs of ports of several zones with questions about these.
func TestPairsOfZones(t *testing.T) {
	testdata := filepath.Join("..", "..", "..", "testdata")
	r := rand.New(rand.NewPCG(5, 6))
	pairs, walked := 0, 0
	for i, path := range append(tracetest.ZoneDirs(t, testdata), filepath.Join(testdata, "must-gather-zones.tar.gz")) {
		if sbtest.LeftOut(i, 3) {
			continue
		}
		t.Run(filepath.Join(filepath.Base(filepath.Dir(path)), filepath.Base(path)), func(t *testing.T) {
			n, packets := comparePairs(t, zonesOf(t, path), r)
			pairs, walked = pairs+n, walked+packets
		})
	}
	t.Logf("%d pairs, %d packets", pairs, walked)
}

// comparePairs compares up to forty pairs of a network.
func comparePairs(t *testing.T, zones *reach.Zones, r *rand.Rand) (pairs, walked int) {
	t.Helper()
	x := pairsOf(t, zones, r)
	m := matrixOf(t, x, 1)
	var all [][2]*lflow.Port
	for _, ports := range x.Sources {
		for _, p := range ports {
			for _, q := range x.Destinations {
				all = append(all, [2]*lflow.Port{p, q})
			}
		}
	}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	for _, pair := range all[:min(len(all), 40)] {
		text := question(zones, pair[0], pair[1])
		if text == "" {
			continue
		}
		pairs++
		walked += comparePair(t, zones, m, pair[0], pair[1], text)
	}
	t.Log(m.Summary())
	return pairs, walked
}

// TestPairsOfRandomNetworks compares pairs of random networks of the installed northd.
func TestPairsOfRandomNetworks(t *testing.T) {
	lab.Require(t)
	if testing.Short() {
		t.Skip("skipped: too long for -short")
	}
	first := lab.Number(t, "OVNWALK_DIFF_FIRST", 1000)
	pairs, walked := 0, 0
	for i := range lab.Number(t, networksEnv, 2) {
		seed := uint64(first + i)
		n := lab.Generate(seed)
		t.Run(n.Name, func(t *testing.T) {
			content := lab.Southbound(t, n)
			network := tracetest.Read(t, n.Name, content, lflow.Options{AsChassis: true})
			more, packets := comparePairs(t, reach.OneZone(address.NewResolver(network)), rand.New(rand.NewPCG(seed, 1)))
			pairs, walked = pairs+more, walked+packets
		})
	}
	t.Logf("%d pairs, %d packets", pairs, walked)
}

func comparePair(t *testing.T, zones *reach.Zones, m *Matrix, from, to *lflow.Port, text string) (walked int) {
	t.Helper()
	a, err := zones.Ask(context.Background(), &reach.Question{From: []*lflow.Port{from}, To: []*lflow.Port{to}, Packets: text})
	if err != nil {
		t.Fatal(err)
	}
	pair := m.of(from, to)
	if pair == nil {
		t.Fatalf("%s to %s is no pair of the matrix", from.Name, to.Name)
	}
	var networks []*lflow.Network
	for _, r := range zones.Resolvers {
		networks = append(networks, r.Network())
	}
	places := cluster.NewPlaces(networks)
	part := a.Parts[0]
	sections := a.Sections(part)
	hop := strings.Contains(text, "eth.dst") // else packets are in several sections
	line := func(text, outcome string, code verdict.Code, allowed, path int) string {
		if !hop {
			text = ""
		}
		return fmt.Sprint(text, ": ", outcome, " ", code, " ", allowed, " ", path)
	}
	var got, want []string
	for _, l := range pair.Sets.Lines {
		got = append(got, line(l.Text, l.Outcome, l.Code, len(l.AllowedBy), len(l.Path)))
	}
	for _, s := range sections {
		for _, l := range s.Lines {
			want = append(want, line(l.Text, l.Kind.String(), l.Code, len(l.AllowedBy), len(l.Path)))
			if l.Varies || l.Kind == reach.Undecided || l.Kind == reach.Elsewhere {
				continue
			}
			microflow := part.Example(l.Set)
			if strings.Contains(microflow, "icmp6.type == 13") && !strings.Contains(microflow, "icmp6.code == 0") {
				continue // it has options of neighbor discovery, which no microflow can set
			}
			how := sim.Choices{CTNew: true, Opens: conntrack.Opens, Uniform: true, StaticMACs: true, ClearsConntrack: true, PortSecurity: onChassis, Across: zones.Across}
			how.Asked = address.NewAnswers(how, zones.Resolvers).MAC
			how.Moves, how.Takes, how.Leaves, how.Local = places.Move, places.Take, places.Leaves, places.Has
			d, p, _, err := sim.Start(from.Datapath.Network(), sim.Request{Datapath: from.Datapath.UUID, Microflow: microflow, Bulk: true})
			if err != nil {
				t.Fatalf("%s: %v", microflow, err)
			}
			p.SetUint(packet.OnChassis, places.At(d, from.Key))
			tr, err := sim.Walk(d.Network(), d, p, how)
			if err != nil {
				t.Fatalf("%s: %v", microflow, err)
			}
			walked++
			if !ends(tr, l.Result, to) {
				t.Errorf("%s to %s: %s is not %s", from.Name, to.Name, microflow, l.Result)
			}
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !hop {
		got, want = slices.Compact(got), slices.Compact(want)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s to %s:\n got %s\nwant %s", from.Name, to.Name, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
	return walked
}

// ends reports whether a walk has a result.
func ends(tr *trace.Trace, want *reach.Result, to *lflow.Port) bool {
	all := verdict.OfPacket(tr)
	if want.Kind == reach.Delivered {
		return slices.ContainsFunc(all, func(e verdict.Disposition) bool {
			return e.Outcome == verdict.OutcomeDelivered && e.Port == to.Ref()
		})
	}
	return len(all) > 0 && all[0].Code == want.Code && all[0].DecidedAt.Table == want.At.Table
}

// TestMergedSharesEqualMatrix compares the bytes of merged shards with those of one
// run.
func TestMergedSharesEqualMatrix(t *testing.T) {
	for name, zones := range map[string]*reach.Zones{
		"one zone":  reach.OneZone(open(t, filepath.Join("..", "..", "..", "testdata", "office", "sb.db.gz"))),
		"two zones": zonesOf(t, filepath.Join("..", "..", "..", "testdata", "wire", "main", "zones-tr")),
	} {
		t.Run(name, func(t *testing.T) { compareShares(t, pairsOf(t, zones, rand.New(rand.NewPCG(1, 2)))) })
	}
}

func compareShares(t *testing.T, x *reach.Pairs) {
	t.Helper()
	write := func(shares int) (text string) {
		var b bytes.Buffer
		m := matrixOf(t, x, shares)
		if err := m.WriteJSON(&b); err != nil {
			t.Fatal(err)
		}
		if err := m.WriteCSV(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	whole := write(1)
	for _, n := range []int{2, 3, 7} {
		if got := write(n); got != whole {
			t.Errorf("%d shares:\n got %s\nwant %s", n, got, whole)
		}
	}
}

// onChassis is port security as chassis apply it.
func onChassis(port *lflow.Port, p *packet.Packet, sends bool) bool {
	return portsec.Refuses(portsec.Chassis(port, sends), p)
}
