package render

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// demoTrace traces a packet through the built-in network.
func demoTrace(t testing.TB, microflow string) *trace.Trace {
	t.Helper()
	n, err := lflow.Read(context.Background(), "demo", demo.Bytes(), lflow.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	tr, err := sim.Trace(n, sim.Request{Microflow: microflow})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

const (
	acrossTheRouter = `inport == "vm1" && eth.src == 40:44:00:00:00:01 && eth.dst == 40:44:00:00:00:03 &&
		ip4.src == 192.168.0.11 && ip4.dst == 192.168.1.11 && ip.ttl == 64 && tcp.src == 40000 && tcp.dst == 80`
	broadcast = `inport == "vm1" && eth.src == 40:44:00:00:00:01 && eth.dst == ff:ff:ff:ff:ff:ff &&
		arp.op == 1 && arp.sha == 40:44:00:00:00:01 && arp.spa == 192.168.0.11 && arp.tpa == 192.168.0.1`
	noRoute = `inport == "vm1" && eth.src == 40:44:00:00:00:01 && eth.dst == 40:44:00:00:00:03 &&
		ip4.src == 192.168.0.11 && ip4.dst == 8.8.8.8 && ip.ttl == 64 && udp.src == 40000 && udp.dst == 53`
)

// hostile are names that would be markup, or steer a terminal, were they not
// kept from it.
var hostile = []string{
	`<script>window.pwned=1</script>`,
	`"><img src=x onerror="window.pwned=1">`,
	`'; alert(1); //`,
	"\x1b]0;owned\x07\x1b[2J",
	`"];evil[label="x`,
	"`**bold**`\nend\nclick port0 \"javascript:alert(1)\"",
	`&lt;b&gt; \N \G %%{init}%%`,
	`</style></title><svg onload=window.pwned=1>`,
	"\u202egnp.exe\u2066",
}

// wild makes a trace at random, with hostile names.
func wild(r *rand.Rand, size int) *trace.Trace {
	w := &wilderness{Rand: r, left: size}
	t := &trace.Trace{Release: "23.03.1", Chassis: w.name(), Friendly: true, Packet: tcpPacket()}
	t.Root = &trace.Pipeline{Datapath: w.name(), Key: 1, Inport: w.name()}
	w.table(&t.Root.Container, t.Root, 0)
	return t
}

type wilderness struct {
	*rand.Rand
	left  int
	flows int
}

func (w *wilderness) name() string { return hostile[w.IntN(len(hostile))] }

func (w *wilderness) table(c *trace.Container, in *trace.Pipeline, depth int) {
	w.left--
	p := tcpPacket()
	p.SetUint(packet.Reg(15), uint64(w.IntN(3)))
	t := &trace.Table{Number: w.IntN(30), Stage: []string{"ls_in_" + w.name(), "lr_in_x", ""}[w.IntN(3)], Packet: p}
	c.Add(t)
	if w.IntN(12) == 0 {
		return // no match
	}
	w.flows++
	t.Flow = &trace.Flow{UUID: w.name(), Priority: w.flows, Match: w.name(), Actions: w.name(), Stage: t.Stage, Source: w.name(), Hint: w.name()}
	w.act(&t.Container, in, depth)
}

func (w *wilderness) act(c *trace.Container, in *trace.Pipeline, depth int) {
	for range 1 + w.IntN(3) {
		c.Add(&trace.Action{Name: "load", Text: w.name()})
		if w.IntN(3) == 0 {
			c.Add(&trace.Change{Kind: trace.ChangeKind(w.IntN(len(changeNames))), Field: []string{"ip.ttl", "eth.src", "reg0", w.name()}[w.IntN(4)], Value: w.name()})
		}
		if w.IntN(9) == 0 {
			c.Add(&trace.Remark{Kind: trace.RemarkKind(w.IntN(len(remarkNames))), Text: w.name(), Detail: w.name()})
		}
	}
	if w.left <= 0 || depth > 40 {
		c.Add(&trace.Drop{})
		return
	}
	switch w.IntN(8) {
	case 0:
		c.Add(&trace.Drop{})
	case 1:
		c.Add(&trace.Delivered{Port: w.name(), Type: w.name(), Datapath: in.Datapath, Packet: tcpPacket()})
	case 2:
		f := &trace.Fork{Kind: trace.ForkKind(w.IntN(len(forkNames))), Address: w.name(), Packet: tcpPacket(), Variant: w.name()}
		c.Add(f)
		w.act(&f.Container, in, depth+1)
		w.table(c, in, depth+1)
	case 3:
		g := &trace.Pipeline{Datapath: in.Datapath, Key: in.Key, Group: w.name()}
		c.Add(g)
		for range w.IntN(20) {
			m := &trace.Pipeline{Egress: true, Datapath: in.Datapath, Key: in.Key, Inport: in.Inport, Outport: w.name(), Indent: true}
			g.Add(m)
			w.table(&m.Container, m, depth+1)
		}
	case 4:
		p := &trace.Pipeline{Egress: true, Datapath: in.Datapath, Key: in.Key, Inport: in.Inport, Outport: w.name()}
		c.Add(p)
		w.table(&p.Container, p, depth+1)
	case 5, 6:
		p := &trace.Pipeline{Datapath: w.name(), Key: int64(2 + w.IntN(5)), Inport: w.name()}
		c.Add(p)
		w.table(&p.Container, p, depth+1)
	default:
		w.table(c, in, depth+1)
	}
}

// wilds are traces that pictures and pages must stand.
func wilds(t testing.TB) []*trace.Trace {
	t.Helper()
	r := rand.New(rand.NewPCG(6, 6))
	list := []*trace.Trace{{}, {Root: &trace.Pipeline{}}, everything(), loop(800)}
	for i := range 60 {
		list = append(list, wild(r, 5+4*i))
	}
	return list
}

// loop is a packet that goes round between two routers.
func loop(times int) *trace.Trace {
	t := &trace.Trace{Release: "23.03.1", Packet: tcpPacket(), Root: &trace.Pipeline{Datapath: "r0", Key: 1, Inport: "p0"}}
	in := t.Root
	for i := range times {
		table := &trace.Table{Number: 3, Stage: "lr_in_ip_routing", Flow: demoFlow(1), Packet: tcpPacket()}
		in.Add(table)
		table.Add(&trace.Change{Kind: trace.ChangeDecrement, Field: "ip.ttl"})
		out := &trace.Pipeline{Egress: true, Datapath: in.Datapath, Key: in.Key, Inport: in.Inport, Outport: in.Inport}
		table.Add(out)
		left := &trace.Table{Number: 6, Stage: "lr_out_delivery", Flow: demoFlow(2), Packet: tcpPacket()}
		out.Add(left)
		next := &trace.Pipeline{Datapath: fmt.Sprintf("r%d", (i+1)%2), Key: int64(1 + (i+1)%2), Inport: fmt.Sprintf("p%d", (i+1)%2)}
		left.Add(next)
		in = next
	}
	in.Add(&trace.Remark{Kind: trace.RemarkLimit, Text: "250000 tables"})
	return t
}

func TestRoute(t *testing.T) {
	for _, c := range []struct{ name, microflow, want string }{
		{"across the router", acrossTheRouter, "switch network1, by port vm1; out of port net1-router1, to router1. " +
			"router router1, by port router1-net1; out of port router1-net2, ip.ttl--, eth.src = 40:44:00:00:00:04, eth.dst = 40:44:00:00:00:02, to network2. " +
			"switch network2, by port net2-router1; out of port vm2, delivered vm2."},
		{"no route", noRoute, "switch network1, by port vm1; out of port net1-router1, to router1. " +
			"router router1, by port router1-net1; dropped no-route lr_in_ip_routing."},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := routeOf(demoTrace(t, c.microflow)).describe(); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// A copy that a picture does not show is counted.
func TestRouteIsBounded(t *testing.T) {
	r := routeOf(loop(800))
	if len(r.visits) != maxVisits || r.left == 0 {
		t.Errorf("%d visits, %d left out", len(r.visits), r.left)
	}
	root := &trace.Pipeline{Datapath: "sw", Key: 1, Inport: "a"}
	table := &trace.Table{Flow: demoFlow(1)}
	root.Add(table)
	group := &trace.Pipeline{Datapath: "sw", Key: 1, Group: "_MC_flood"}
	table.Add(group)
	for i := range 100 {
		m := &trace.Pipeline{Egress: true, Datapath: "sw", Key: 1, Inport: "a", Outport: fmt.Sprint("p", i), Indent: true}
		group.Add(m)
		last := &trace.Table{Flow: demoFlow(2)}
		m.Add(last)
		last.Add(&trace.Delivered{Port: m.Outport, Datapath: "sw"})
	}
	flood := &trace.Trace{Root: root}
	v := routeOf(flood).visits[0]
	if len(v.exits) != maxExits || v.left != 100-maxExits {
		t.Errorf("%d exits, %d left out", len(v.exits), v.left)
	}
	var b bytes.Buffer
	if err := DOT(&b, flood); err != nil {
		t.Fatal(err)
	}
	if want := "84 more copies are not shown"; !strings.Contains(b.String(), want) {
		t.Errorf("%s does not say %q", b.String(), want)
	}
}

// Nothing in a picture lies over something else, or beyond its edge.
func TestPicturesHaveRoom(t *testing.T) {
	for i, tr := range wilds(t) {
		r := routeOf(tr)
		for _, p := range []*diagramPicture{r.wide("TCP", "10.0.0.1:4000", func(*trace.Table) string { return "" }), r.trackPicture("TCP", "10.0.0.1:4000", func(*trace.Table) string { return "" })} {
			var boxes []shape
			for _, g := range p.Groups {
				for _, s := range g.Shapes {
					if s.Kind == "rect" {
						boxes = append(boxes, s)
					}
					if s.X < 0 || s.Y < 0 || s.X > p.W || s.Y > p.H {
						t.Errorf("trace %d, %s: %+v is beyond %d by %d", i, p.Class, s, p.W, p.H)
					}
				}
			}
			for j, a := range boxes {
				if a.X+a.W > p.W || a.Y+a.H > p.H {
					t.Errorf("trace %d, %s: %+v is beyond %d by %d", i, p.Class, a, p.W, p.H)
				}
				for _, b := range boxes[:j] {
					if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
						t.Errorf("trace %d, %s: %+v lies over %+v", i, p.Class, a, b)
					}
				}
			}
		}
	}
}

func TestRewrites(t *testing.T) {
	var r rewrites
	r = r.change(&trace.Change{Kind: trace.ChangeDecrement, Field: "ip.ttl"})
	r = r.change(&trace.Change{Field: "reg0[1..2]", Value: "3"})
	first := r.change(&trace.Change{Field: "eth.dst", Value: "a"})
	second := first.fork(&trace.Fork{Kind: trace.ForkCTSNAT, Address: "10.0.0.1"}).change(&trace.Change{Field: "eth.dst", Value: "b"})
	if want := []string{"ip.ttl--", "eth.dst = a"}; !reflect.DeepEqual(first.list(), want) {
		t.Errorf("got %q, want %q", first.list(), want)
	}
	if want := []string{"ip.ttl--", "ip4.src = 10.0.0.1", "eth.dst = b"}; !reflect.DeepEqual(second.list(), want) {
		t.Errorf("got %q, want %q", second.list(), want)
	}
}

func TestPacketTitle(t *testing.T) {
	set := func(pairs ...any) *packet.Packet {
		var p packet.Packet
		for i := 0; i < len(pairs); i += 2 {
			p.SetUint(pairs[i].(*packet.Field), uint64(pairs[i+1].(int)))
		}
		return &p
	}
	for _, c := range []struct {
		p              *packet.Packet
		word, from, to string
	}{
		{set(packet.EthSrc, 1, packet.EthDst, 2), "Ethernet", "00:00:00:00:00:01", "00:00:00:00:00:02"},
		{set(packet.EthType, packet.EthTypeARP, packet.ARPSPA, 1, packet.ARPTPA, 2), "ARP", "0.0.0.1", "0.0.0.2"},
		{set(packet.EthType, packet.EthTypeIPv4, packet.IPv4Src, 1, packet.IPv4Dst, 2), "IP", "0.0.0.1", "0.0.0.2"},
		{set(packet.EthType, packet.EthTypeIPv4, packet.IPProto, 1), "ICMP", "0.0.0.0", "0.0.0.0"},
		{set(packet.EthType, packet.EthTypeIPv4, packet.IPProto, 17, packet.TPSrc, 5, packet.TPDst, 6), "UDP", "0.0.0.0:5", "0.0.0.0:6"},
		{set(packet.EthType, packet.EthTypeIPv6, packet.IPProto, 132, packet.TPDst, 6), "SCTP", "[::]:0", "[::]:6"},
		{set(packet.EthType, packet.EthTypeIPv6, packet.IPProto, 58, packet.TPSrc, 135), "ND", "::", "::"},
		{set(packet.EthType, packet.EthTypeIPv6, packet.IPProto, 58, packet.TPSrc, 128), "ICMP", "::", "::"},
		{set(packet.EthType, packet.EthTypeIPv6), "IPv6", "::", "::"},
	} {
		if word, from, to := packetTitle(c.p); word != c.word || from != c.from || to != c.to {
			t.Errorf("got %s %s %s, want %s %s %s", word, from, to, c.word, c.from, c.to)
		}
	}
}

func TestMadeWordsAreWhole(t *testing.T) {
	constants, _ := traceSource(t)
	if len(originWords) != len(constants["Origin"]) {
		t.Errorf("%d words for %v", len(originWords), constants["Origin"])
	}
}

func TestShorten(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{{"network1", 8, "network1"}, {"network1", 7, "networ…"}, {"網路一", 6, "網路一"}, {"網路一", 5, "網路…"}, {"", 0, ""}} {
		if got := shorten(c.in, c.n); got != c.want {
			t.Errorf("shorten(%q, %d) = %q, want %q", c.in, c.n, got, c.want)
		}
	}
}
