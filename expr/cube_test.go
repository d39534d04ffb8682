package expr

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/packet"
)

// groupPorts are ports and port groups: p1 and p2 are in a, p2 and p3 in b.
type groupPorts struct{ onePort }

func (groupPorts) Port(name string) PortSet {
	return key(slices.Index([]string{"", "p1", "p2", "p3"}, name))
}

func (groupPorts) Group(name string) PortSet {
	return groupMembers(map[string][]uint64{"a": {1, 2}, "b": {2, 3}}[name])
}

type groupMembers []uint64

func (m groupMembers) Has(_ int, key uint64) bool { return slices.Contains(m, key) }

// TestCubesOfGroups compares the cubes of matches over ports and port groups with the matches.
func TestCubesOfGroups(t *testing.T) {
	for _, text := range []string{
		"inport == @a", "inport == @a && inport == @b", "inport == @a || inport == @b", "inport == {@a, @b} && ip4", `inport == @a && inport == "p2"`,
		`inport == "p1" && inport == @b`, `inport == {"p1", "p3"} && inport == @a && outport == @b`, `((inport == @a && ip4) || inport == "p3") && inport == @b`,
	} {
		e, err := Parse(text, Env{Symbols: SymbolsOf(dialect.Newest), DeferGroups: true})
		if err != nil {
			t.Fatal(err)
		}
		e = Annotate(e)
		list, ok := Cubes(e, 100, func(string) bool { return true })
		if !ok {
			t.Fatalf("%s: too many cubes", text)
		}
		whole := Compile(e, groupPorts{})
		for in := range uint64(4) {
			for out := range uint64(4) {
				for _, kind := range []uint64{0, packet.EthTypeIPv4} {
					var p packet.Packet
					p.SetUint(packet.Inport, in)
					p.SetUint(packet.Outport, out)
					p.SetUint(packet.EthType, kind)
					has := slices.ContainsFunc(list, func(c Cube) bool { return Compile(c.Expr(), groupPorts{}).Match(&p, 0) })
					if want := whole.Match(&p, 0); has != want {
						t.Errorf("%s: cubes have the packet from %d to %d, type %#x: %v", text, in, out, kind, has)
					}
				}
			}
		}
		for _, c := range list {
			for _, d := range list {
				both, ok := c.Intersect(d)
				for in := range uint64(4) {
					var p packet.Packet
					p.SetUint(packet.Inport, in)
					p.SetUint(packet.Outport, 2)
					p.SetUint(packet.EthType, packet.EthTypeIPv4)
					has := func(c Cube) bool { return Compile(c.Expr(), groupPorts{}).Match(&p, 0) }
					if (ok && has(both)) != (has(c) && has(d)) || has(c) && !has(d) && c.Within(d) {
						t.Errorf("%s: from %d, %s and %s", text, in, Format(c.Expr()), Format(d.Expr()))
					}
				}
			}
		}
	}
}

func cubesOf(t *testing.T, text string) []Cube {
	t.Helper()
	e, err := Parse(text, env("main"))
	if err != nil {
		t.Fatal(err)
	}
	cubes, ok := Cubes(Annotate(e), 1000, func(string) bool { return true })
	if !ok {
		t.Fatalf("%s: too many cubes", text)
	}
	return cubes
}

// TestCubesEqualMatch compares cubes with the expression over random packets.
func TestCubesEqualMatch(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, text := range []string{
		"1", "0", "ip", "tcp.dst == {80, 443} && reg0[0..2] != 5", "eth.type == 0x806 || ip4.src == 10.0.0.0/8",
		`inport == {"p1", "p2"} && 10 < reg1 <= 20`, "(ip4 || arp) && (reg0 == 1 || reg1 == 2) && eth.mcast",
	} {
		e, _ := Parse(text, env("main"))
		e = Annotate(e)
		cubes := cubesOf(t, text)
		whole := Compile(e, onePort{})
		for range 300 {
			p := randomPacket(r)
			p.SetUint(packet.Inport, r.Uint64N(4))
			in := false
			for _, c := range cubes {
				in = in || Compile(c.Expr(), onePort{}).Match(&p, 0)
			}
			if in != whole.Match(&p, 0) {
				t.Fatalf("%s: cubes say %v", text, in)
			}
		}
		for _, c := range cubes {
			p := c.Packet(func(port, _ string) (uint64, bool) { return map[string]uint64{"p1": 1, "p2": 2}[port], true })
			if !whole.Match(&p, 0) {
				t.Errorf("%s: the packet of %s does not match", text, Format(c.Expr()))
			}
		}
	}
}

func TestCubeRelations(t *testing.T) {
	tests := []struct {
		a, b          string
		within, meets bool
	}{
		{"tcp.dst == 80 && ip4", "ip4", true, true},
		{"ip4", "tcp.dst == 80 && ip4", false, true},
		{"ip4.src == 10.1.0.0/16", "ip4.src == 10.0.0.0/8", true, true},
		{"ip4.src == 10.1.0.0/16", "ip4.src == 11.0.0.0/8", false, false},
		{`inport == "a"`, `inport == "b"`, false, false},
		{`inport == "a" && reg0 == 1`, `inport == "a"`, true, true},
		{"reg0[0]", "reg0[1]", false, true},
	}
	for _, tt := range tests {
		a, b := cubesOf(t, tt.a)[0], cubesOf(t, tt.b)[0]
		if a.Within(b) != tt.within {
			t.Errorf("%s within %s: %v", tt.a, tt.b, !tt.within)
		}
		if _, ok := a.Intersect(b); ok != tt.meets {
			t.Errorf("%s meets %s: %v", tt.a, tt.b, !tt.meets)
		}
		if a.Meets(b) != tt.meets || b.Meets(a) != tt.meets {
			t.Errorf("%s may meet %s: %v", tt.a, tt.b, !tt.meets)
		}
	}
}

func TestCubesAreBounded(t *testing.T) {
	e, err := Parse("tcp.dst == {1, 2, 3, 4} && reg0 == {1, 2, 3, 4} && reg1 == {1, 2, 3, 4} && ip4", env("main"))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := Cubes(Annotate(e), 10, func(string) bool { return true }); ok {
		t.Error("64 cubes are no more than 10")
	}
}
