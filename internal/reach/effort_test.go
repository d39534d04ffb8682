package reach

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/expr/action"
)

func TestReturnedActionsDifferInAddressesOnly(t *testing.T) {
	const arp = "eth.dst = eth.src; eth.src = 0a:00:00:00:00:01; arp.op = 2; arp.tha = arp.sha; arp.sha = 0a:00:00:00:00:01; arp.tpa = arp.spa; arp.spa = 10.0.0.1; outport = inport; flags.loopback = 1; output;"
	for _, test := range []struct {
		name, text string
		same       bool // as arp
		ok         bool
	}{
		{"other addresses", "eth.dst = eth.src; eth.src = 0a:00:00:00:00:02; arp.op = 2; arp.tha = arp.sha; arp.sha = 0a:00:00:00:00:02; arp.tpa = arp.spa; arp.spa = 10.0.0.2; outport = inport; flags.loopback = 1; output;", true, true},
		{"another operation", "eth.dst = eth.src; eth.src = 0a:00:00:00:00:01; arp.op = 1; arp.tha = arp.sha; arp.sha = 0a:00:00:00:00:01; arp.tpa = arp.spa; arp.spa = 10.0.0.1; outport = inport; flags.loopback = 1; output;", false, true},
		{"another flag", "eth.dst = eth.src; eth.src = 0a:00:00:00:00:01; arp.op = 2; arp.tha = arp.sha; arp.sha = 0a:00:00:00:00:01; arp.tpa = arp.spa; arp.spa = 10.0.0.1; outport = inport; flags.loopback = 0; output;", false, true},
		{"another field", "eth.src = 0a:00:00:00:00:01; outport = inport; output;", false, true},
		{"to a port", `eth.src = 0a:00:00:00:00:01; outport = "p"; output;`, false, false},
		{"to a port in the end", `outport = inport; outport = "p"; output;`, false, false},
		{"by another port", `inport = "p"; outport = inport; output;`, false, false},
		{"by a register", "reg0 = 1; outport = inport; flags.loopback = reg0[0]; output;", false, false},
		{"without a port", "eth.src = 0a:00:00:00:00:01; output;", false, false},
		{"to a table", "outport = inport; next;", false, false},
		{"nothing", "drop;", false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			read := func(text string) (string, bool) {
				a, err := action.ParseFlow(text, action.Env{Tracing: true})
				if err != nil {
					t.Fatal(err)
				}
				return returned(a.List)
			}
			want, _ := read(arp)
			switch got, ok := read(test.text); {
			case ok != test.ok:
				t.Errorf("returned is %v, %q", ok, got)
			case ok && (got == want) != test.same:
				t.Errorf("%q\n%q", got, want)
			}
		})
	}
}
