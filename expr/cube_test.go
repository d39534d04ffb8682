package expr

import (
	"math/rand/v2"
	"testing"

	"github.com/ovnwalk/ovnwalk/packet"
)

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

// TestCubesMeanTheSame compares cubes with the expression over random packets.
func TestCubesMeanTheSame(t *testing.T) {
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
