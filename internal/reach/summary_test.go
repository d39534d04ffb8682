package reach

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// TestSummaries asks who can reach a port of three switches behind a router, of which two differ only
// in names and addresses.  The match of each line has exactly the packets of every part.
func TestSummaries(t *testing.T) {
	db := sbtest.New("25.03")
	lr := db.Row("Datapath_Binding", map[string]any{"tunnel_key": 100, "external_ids": sbtest.Map("name", "lr", "logical-router", "00000000-0000-4000-8000-000000000100")})
	home := db.Datapath("home", 101)
	db.Port(home, "server", 1, "", "mac", sbtest.Set("0a:00:00:00:09:01 10.0.9.1"))
	db.Port(home, "home-lr", 2, "patch", "options", sbtest.Map("peer", "lr-home"))
	db.Port(lr, "lr-home", 9, "patch", "options", sbtest.Map("peer", "home-lr"), "mac", sbtest.Set("0a:00:00:00:09:ff 10.0.9.254/24"))
	for i := 1; i <= 3; i++ {
		sw := db.Datapath(fmt.Sprint("s", i), i)
		for p := 1; p <= 3; p++ {
			db.Port(sw, fmt.Sprintf("p%d-%d", i, p), p, "", "mac", sbtest.Set(fmt.Sprintf("0a:00:00:00:%02x:%02x 10.0.%d.%d", i, p, i, p)))
		}
		db.Port(sw, fmt.Sprintf("s%d-lr", i), 9, "patch", "options", sbtest.Map("peer", fmt.Sprintf("lr-s%d", i)))
		db.Port(lr, fmt.Sprintf("lr-s%d", i), i, "patch", "options", sbtest.Map("peer", fmt.Sprintf("s%d-lr", i)), "mac", sbtest.Set(fmt.Sprintf("0a:00:00:00:%02x:ff 10.0.%d.254/24", i, i)))
		if i == 3 {
			db.Flow(sw, "ingress", 0, 10, "tcp.dst == 22", "drop;")
		}
		db.Flow(sw, "ingress", 0, 5, fmt.Sprintf(`inport == {"p%d-1", "p%d-2"} || tcp.dst == 80`, i, i), "next;")
		db.Flow(sw, "ingress", 1, 0, fmt.Sprintf("eth.dst == 0a:00:00:00:%02x:ff || ip4.dst == 10.9.9.9", i), fmt.Sprintf(`outport = "s%d-lr"; output;`, i))
		db.Flow(sw, "egress", 0, 0, "1", "output;")
	}
	db.Flow(lr, "ingress", 0, 0, "ip4.dst == {10.0.9.1, 10.9.9.9}", `eth.dst = 0a:00:00:00:09:01; outport = "lr-home"; output;`)
	db.Flow(lr, "egress", 0, 0, "1", "output;")
	db.Flow(home, "ingress", 0, 0, "1", `outport = "server"; output;`)
	db.Flow(home, "egress", 0, 10, "tcp.src == 53", "drop;")
	db.Flow(home, "egress", 0, 0, "1", "output;")
	resolver, port := readNetwork(t, "summaries", db)
	q := &Question{To: []*lflow.Port{port("server")}, Packets: "tcp"}
	for _, name := range []string{"s1", "s2", "s3"} {
		ports, err := OneZone(resolver).Select(name)
		if err != nil {
			t.Fatal(err)
		}
		q.From = append(q.From, ports...)
	}
	a, err := OneZone(resolver).Ask(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, b := range a.Summaries() {
		var names []string
		for _, p := range b.Parts {
			names = append(names, p.Ports[0].Datapath.Name)
		}
		got = append(got, strings.Join(names, " "))
		for _, s := range b.Sections {
			for _, l := range s.Lines {
				if !l.Otherwise && !strings.Contains(l.Match, "@") {
					checkLine(t, b.Parts, &s, &l)
				}
			}
		}
	}
	if text := strings.Join(got, ", "); text != "s1 s2, s3" && text != "s2 s1, s3" && text != "s3, s1 s2" && text != "s3, s2 s1" {
		t.Errorf("summaries of %s", text)
	}
}

// checkLine compares the match of a line with the sets of all parts.
func checkLine(t *testing.T, parts []*Part, s *Section, l *Line) {
	t.Helper()
	for _, p := range parts {
		c, err := narrow(p.space.n, l.Match)
		if err != nil {
			t.Fatalf("%s: %v", l.Match, err)
		}
		p.settle()
		m := p.space.m
		among := p.among(s.Kind)
		want := packetset.Empty
		for _, r := range p.Results {
			in := roles{from: p.space.d}
			first := roles{from: parts[0].space.d}
			if r.withPorts(in) == l.withPorts(first) {
				want = m.And(r.Set, among)
			}
		}
		if got := m.And(c.set(p.space), among); got != want {
			t.Errorf("%s: the match and the result have different packets: %s", p.Ports[0].Datapath.Name, l.Match)
		}
	}
}

// TestMixedDestinations tests combinations of Ethernet and IP destinations: RFC 1112 section 6.4,
// RFC 1122 section 3.3.6 and RFC 2464 section 7.
func TestMixedDestinations(t *testing.T) {
	db := sbtest.New("25.03")
	db.Port(db.Datapath("s", 1), "p", 1, "")
	_, port := readNetwork(t, "destinations", db)
	x := newSpace(port("p").Datapath.Network(), port("p").Datapath, []uint64{1})
	for _, tt := range []struct {
		match string
		mixed bool
	}{
		{"ip4.dst == 10.0.0.5 && eth.dst == 0a:00:00:00:00:05", false},
		{"ip4.dst == 10.0.0.5 && eth.dst == 01:00:5e:00:00:05", true},
		{"ip4.dst == 10.0.0.255 && eth.dst == ff:ff:ff:ff:ff:ff", false}, // maybe a subnet's broadcast address
		{"ip4.dst == 255.255.255.255 && eth.dst == ff:ff:ff:ff:ff:ff", false},
		{"ip4.dst == 255.255.255.255 && eth.dst == 01:00:5e:7f:ff:ff", true},
		{"ip4.dst == 255.255.255.255 && eth.dst == 0a:00:00:00:00:05", true},
		{"ip4.dst == 224.0.0.5 && eth.dst == 01:00:5e:00:00:05", false},
		{"ip4.dst == 239.255.255.255 && eth.dst == ff:ff:ff:ff:ff:ff", false}, // where groups cannot be mapped
		{"ip4.dst == 224.0.0.5 && eth.dst == 0a:00:00:00:00:05", true},
		{"ip6.dst == fd00::5 && eth.dst == 0a:00:00:00:00:05", false},
		{"ip6.dst == fd00::5 && eth.dst == 33:33:00:00:00:05", true},
		{"ip6.dst == ff02::5 && eth.dst == 33:33:00:00:00:05", false},
		{"ip6.dst == ff02::5 && eth.dst == 0a:00:00:00:00:05", true},
		{"arp && eth.dst == ff:ff:ff:ff:ff:ff", false},
		{"arp && eth.dst == 01:00:5e:00:00:05", false},
	} {
		t.Run(tt.match, func(t *testing.T) {
			c, err := narrow(x.n, tt.match)
			if err != nil {
				t.Fatal(err)
			}
			set, want := c.set(x), packetset.Empty
			if tt.mixed {
				want = set
			}
			if got := x.m.And(set, mixedDestinations(x.m)); got != want || set == packetset.Empty {
				t.Errorf("mixed: %v, want %v", got == set, tt.mixed)
			}
		})
	}
}
