package route

import (
	"reflect"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/render/wording"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

func TestRoute(t *testing.T) {
	for _, c := range []struct{ name, microflow, want string }{
		{"across the router", tracetest.AcrossTheRouter, "switch network1, by port vm1; out of port net1-router1, to router1. " +
			"router router1, by port router1-net1; out of port router1-net2, ip.ttl--, eth.src = 40:44:00:00:00:04, eth.dst = 40:44:00:00:00:02, to network2. " +
			"switch network2, by port net2-router1; out of port vm2, delivered vm2."},
		{"no route", tracetest.NoRoute, "switch network1, by port vm1; out of port net1-router1, to router1. " +
			"router router1, by port router1-net1; dropped no-route lr_in_ip_routing."},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Of(tracetest.Demo(t, c.microflow), wording.Names{}).Describe(); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// A copy that a picture does not show is counted.
func TestRouteIsBounded(t *testing.T) {
	r := Of(tracetest.Loop(800), wording.Names{})
	if len(r.Visits) != maxVisits || r.Left == 0 {
		t.Errorf("%d visits, %d left out", len(r.Visits), r.Left)
	}
	flood := tracetest.Flood(100)
	v := Of(flood, wording.Names{}).Visits[0]
	if len(v.Exits) != maxExits || v.Left != 100-maxExits {
		t.Errorf("%d exits, %d left out", len(v.Exits), v.Left)
	}
}

func TestRewrites(t *testing.T) {
	var r rewrites
	r = r.change(&trace.Change{Kind: trace.ChangeDecrement, Field: "ip.ttl"})
	r = r.change(&trace.Change{Field: "reg0[1..2]", Target: packet.Reg(0), Value: trace.Value{Format: trace.FormatDecimal, Number: packet.Uint(3)}})
	first := r.change(&trace.Change{Field: "eth.dst", Value: trace.Value{Text: "a"}})
	second := first.fork(&trace.Fork{Kind: trace.ForkCTSNAT, Address: "10.0.0.1"}).change(&trace.Change{Field: "eth.dst", Value: trace.Value{Text: "b"}})
	if want := []string{"ip.ttl--", "eth.dst = a"}; !reflect.DeepEqual(first.list(), want) {
		t.Errorf("got %q, want %q", first.list(), want)
	}
	if want := []string{"ip.ttl--", "ip4.src = 10.0.0.1", "eth.dst = b"}; !reflect.DeepEqual(second.list(), want) {
		t.Errorf("got %q, want %q", second.list(), want)
	}
}
