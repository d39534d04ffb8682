package expr_test

import (
	"errors"
	"fmt"
	"log"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/packet"
)

// A microflow says all of a packet that counts; fields that it leaves out are
// zero.
func ExampleParseMicroflow() {
	release := dialect.MustParse("24.03")
	env := expr.Env{Symbols: expr.SymbolsOf(release)}
	rules := expr.MicroflowRulesOf(dialect.For(release))
	keys := map[string]uint64{"vm1": 1}
	lookup := func(port string) (uint64, bool) { key, ok := keys[port]; return key, ok }

	m, err := expr.ParseMicroflow(`inport == "vm1" && ip4.dst == 10.0.0.2 && tcp.dst == 80 && ip.ttl == 64`, env, rules, lookup)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(m.Packet.Header(packet.HeaderStyle{Frag: true}))
	fmt.Println("unknown ports:", m.Unknown)
	// Output:
	// tcp,reg14=0x1,vlan_tci=0x0000,dl_src=00:00:00:00:00:00,dl_dst=00:00:00:00:00:00,nw_src=0.0.0.0,nw_dst=10.0.0.2,nw_tos=0,nw_ecn=0,nw_ttl=64,nw_frag=no,tp_src=0,tp_dst=80,tcp_flags=0
	// unknown ports: []
}

// The kind of the error says why a text is no microflow: it may allow
// several packets, none, or not parse.
func ExampleMicroflowError() {
	env := expr.Env{Symbols: expr.SymbolsOf(dialect.Newest)}
	lookup := func(string) (uint64, bool) { return 1, true }
	for _, text := range []string{"tcp.dst == {80, 443}", "ip4 && ip6", "ip4 &&"} {
		_, err := expr.ParseMicroflow(text, env, expr.MicroflowRules{}, lookup)
		if bad, ok := errors.AsType[*expr.MicroflowError](err); ok {
			fmt.Printf("%s: ambiguous %v\n", text, bad.Ambiguous)
		} else if bad, ok := errors.AsType[*expr.SyntaxError](err); ok {
			fmt.Printf("%s: does not parse at byte %d: %s\n", text, bad.Start, bad.Msg)
		}
	}
	// Output:
	// tcp.dst == {80, 443}: ambiguous true
	// ip4 && ip6: ambiguous false
	// ip4 &&: does not parse at byte 6: Syntax error at end of input expecting constant.
}
