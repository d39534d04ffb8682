package reach

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// TestPatterns asks who can reach a port of switches that differ in names and addresses, and in some
// flows. The outline of a part by its pattern equals the outline of its own sets.
func TestPatterns(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	taken, made := 0, 0
	for i := range 20 {
		n := tracetest.Read(t, "switches", switchesBehindRouter(r, 5), lflow.Options{})
		to, err := n.Port("server")
		if err != nil {
			t.Fatal(err)
		}
		resolver := address.NewResolver(n)
		zones, q := OneZone(resolver), &Question{To: []*lflow.Port{to}, Packets: []string{"", "tcp"}[i%2]}
		v, err := zones.newView(resolver, q)
		if err != nil {
			t.Fatal(err)
		}
		a := &Answer{question: q, zones: zones, isIrrelevant: zones.irrelevantBesides(q.To)}
		var one workspaces
		w := one.get()
		for _, ports := range starts(resolver, q) {
			got, err := a.from(t.Context(), w, v, ports)
			if err != nil {
				t.Fatal(err)
			}
			want, err := a.from(t.Context(), one.get(), v, ports)
			if err != nil {
				t.Fatal(err)
			}
			x, y := a.outline(want), a.outline(got)
			if in := got.instance; in != nil && in.first != got {
				if got.space.m == nil {
					taken++
				} else {
					made++
				}
			}
			if x, y := x.text(), y.text(); x != y {
				t.Errorf("network %d: the outline of %s is\n%s\nwant\n%s", i, ports[0].Datapath.Name, y, x)
			}
			if x, y := fmt.Sprint(contents(want)), fmt.Sprint(contents(got)); x != y {
				t.Errorf("network %d: the results of %s are\n%s\nwant\n%s", i, ports[0].Datapath.Name, y, x)
			}
		}
	}
	if taken == 0 || made == 0 {
		t.Errorf("%d outlines of other parts were used, %d parts with the sets of others made their own", taken, made)
	}
}

// text returns the contents of an outline.
func (o *outline) text() string {
	text := o.key + "\n" + o.results
	for kind := range o.lines {
		for _, l := range o.lines[kind] {
			text += fmt.Sprintln(l.key, l.result.key())
			for _, s := range l.sent {
				text += s.sign
				for _, p := range s.ports {
					text += " " + p.Name
				}
			}
		}
	}
	return text
}

// switchesBehindRouter returns a database of switches, the port of a server, and the router
// between them. Each switch has a random selection of flows.
func switchesBehindRouter(r *rand.Rand, switches int) []byte {
	db := sbtest.New("25.03")
	lr := db.Row("Datapath_Binding", map[string]any{"tunnel_key": 100, "external_ids": sbtest.Map("name", "lr", "logical-router", "00000000-0000-4000-8000-000000000100")})
	home := db.Datapath("home", 101)
	db.Port(home, "server", 1, "", "mac", sbtest.Set("0a:00:00:00:09:01 10.0.9.1"))
	db.Port(home, "home-lr", 2, "patch", "options", sbtest.Map("peer", "lr-home"))
	db.Port(lr, "lr-home", 99, "patch", "options", sbtest.Map("peer", "home-lr"), "mac", sbtest.Set("0a:00:00:00:09:ff 10.0.9.254/24"))
	routed := r.IntN(2) == 0 // whether only packets to the router's Ethernet address leave the switch
	usual := r.Uint32()
	for i := 1; i <= switches; i++ {
		sw := db.Datapath(fmt.Sprint("s", i), i)
		keys := r.Perm(3)
		for p := 1; p <= 3; p++ {
			db.Port(sw, fmt.Sprintf("p%d-%d", i, p), keys[p-1]+1, "", "mac", sbtest.Set(fmt.Sprintf("0a:00:00:00:%02x:%02x 10.0.%d.%d", i, p, i, p)))
		}
		db.Port(sw, fmt.Sprintf("s%d-lr", i), 9, "patch", "options", sbtest.Map("peer", fmt.Sprintf("lr-s%d", i)))
		db.Port(lr, fmt.Sprintf("lr-s%d", i), i, "patch", "options", sbtest.Map("peer", fmt.Sprintf("s%d-lr", i)), "mac", sbtest.Set(fmt.Sprintf("0a:00:00:00:%02x:ff 10.0.%d.254/24", i, i)))
		for bit, match := range []string{
			fmt.Sprintf(`inport == "p%d-1" && tcp.dst == 22`, i),
			fmt.Sprintf(`ip4.dst == 10.0.%d.2`, i),
			fmt.Sprintf(`ip4.src == 10.0.%d.3 && ip4.dst == {10.0.1.1, 10.0.%d.1}`, i, i),
			fmt.Sprintf(`eth.dst == 0a:00:00:00:%02x:01`, i),
			`ip4.dst == {10.0.1.1, 10.0.2.1}`,
		} {
			if usual>>(2*bit)&3 == 0 != (r.IntN(10) == 0) {
				db.Flow(sw, "ingress", 0, 10, match, "drop;")
			}
		}
		db.Flow(sw, "ingress", 0, 5, fmt.Sprintf(`inport == {"p%d-1", "p%d-2"} || tcp.dst == 80`, i, i), "next;")
		toRouter := "1"
		if routed {
			toRouter = fmt.Sprintf("eth.dst == 0a:00:00:00:%02x:ff", i)
		}
		db.Flow(sw, "ingress", 1, 0, toRouter, fmt.Sprintf(`outport = "s%d-lr"; output;`, i))
		db.Flow(sw, "egress", 0, 0, "1", "output;")
	}
	if r.IntN(2) == 0 {
		db.Flow(lr, "ingress", 0, 0, "1", `eth.dst = 0a:00:00:00:09:01; outport = "lr-home"; output;`)
	}
	db.Flow(lr, "ingress", 0, 1, "ip4.dst == {10.0.9.1, 10.9.9.9}", `eth.dst = 0a:00:00:00:09:01; outport = "lr-home"; output;`)
	db.Flow(lr, "egress", 0, 0, "1", "output;")
	db.Flow(home, "ingress", 0, 0, "1", `outport = "server"; output;`)
	db.Flow(home, "egress", 0, 0, "1", "output;")
	return db.Bytes()
}
