package expr

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/packet"
)

// benchMatches are such as northd writes.
var benchMatches = []string{
	`ct.new && !ct.rel && ip4 && ip4.dst == 172.30.0.243 && tcp && tcp.dst == 80`,
	`outport == "rtos-node60" && reg0 == 10.128.60.22`,
	`inport == "pod17-4" && eth.src == 0a:00:11:00:05:02 && arp.sha == 0a:00:11:00:05:02`,
	`reg0[8] == 1 && (outport == @pg5 && ip4 && ip4.src == {10.0.0.1, 10.0.0.2} && tcp && tcp.dst == 1001)`,
	`nd_ns && ip6.dst == {fe80::800:11ff:fe00:3, ff02::1:ff00:3} && nd.target == fe80::800:11ff:fe00:3`,
	`ip4.src == 10.128.88.0/24`,
	`1`,
}

func BenchmarkParse(b *testing.B) {
	env := Env{Symbols: SymbolsOf(dialect.Newest), DeferGroups: true}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := Parse(benchMatches[i%len(benchMatches)], env); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkForm reads matches whose forms are known.
func BenchmarkForm(b *testing.B) {
	t := SymbolsOf(dialect.Newest)
	known := map[string]*form{}
	for _, m := range benchMatches {
		var text formText
		text.addMatch(m, t)
		e, err := text.parse(m, Env{Symbols: t, DeferGroups: true})
		if err != nil {
			b.Fatal(err)
		}
		known[string(text.key)] = compileForm(Annotate(e), anyPorts{})
	}
	var text formText
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		text.reset()
		text.addMatch(benchMatches[i%len(benchMatches)], t)
		known[string(text.key)].matcher(text.constants, anyPorts{})
	}
}

func BenchmarkMatch(b *testing.B) {
	env := Env{Symbols: SymbolsOf(dialect.Newest), DeferGroups: true}
	var matchers []*Matcher
	for _, m := range benchMatches {
		e, err := Parse(m, env)
		if err != nil {
			b.Fatal(err)
		}
		matchers = append(matchers, Compile(Annotate(e), anyPorts{}))
	}
	var p packet.Packet
	p.SetUint(packet.EthType, packet.EthTypeIPv4)
	p.SetUint(packet.IPv4Dst, 172<<24|30<<16|243)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		matchers[i%len(matchers)].Match(&p, 0)
	}
}
