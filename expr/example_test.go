package expr_test

import (
	"errors"
	"fmt"
	"log"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/packet"
)

// parse parses a match of the newest release, with port groups left as they
// are.
func parse(text string) expr.Expr {
	e, err := expr.Parse(text, expr.Env{Symbols: expr.SymbolsOf(dialect.Newest), DeferGroups: true})
	if err != nil {
		log.Fatal(err)
	}
	return e
}

// The environment of a match has its symbols, address sets and port groups.
func ExampleParse() {
	symbols := expr.SymbolsOf(dialect.MustParse("24.03"))
	e, err := expr.Parse("ip4.src == $web", expr.Env{
		Symbols: symbols,
		Set: func(name string) (*expr.AddressSet, bool) {
			members, ok := map[string][]string{"web": {"10.0.0.2", "10.0.0.1"}}[name]
			set, _ := symbols.AddressSet(name, members)
			return set, ok
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(expr.Format(e))
	// Output: ip4.src == 0xa000001 || ip4.src == 0xa000002
}

// Walk visits a tree of five types of expressions.  Here it lists the ports that a match names.
func ExampleWalk() {
	var ports []string
	expr.Walk(parse(`(inport == @pg_web || inport == "vm1") && ip4 && is_chassis_resident("vm2")`), func(e expr.Expr) bool {
		switch e := e.(type) {
		case *expr.Cmp:
			if e.Group != "" {
				ports = append(ports, "@"+e.Group)
			} else if e.Port != "" {
				ports = append(ports, e.Port)
			}
		case *expr.Resident:
			ports = append(ports, e.Port+" on this chassis")
		case *expr.And, *expr.Or, expr.Bool:
		}
		return true
	})
	fmt.Println(strings.Join(ports, ", "))
	// Output: @pg_web, vm1, vm2 on this chassis
}

// The normal form is a disjunction of conjunctions, as OpenFlow flows need it.
func ExampleNormalize() {
	e := expr.Simplify(expr.Annotate(parse("ip4 && (tcp.dst == 80 || udp.dst == 53)")))
	e, err := expr.Normalize(e, expr.MicroflowRulesOf(dialect.For(dialect.Newest)))
	if errors.Is(err, expr.ErrTooComplex) {
		log.Fatal("the match would need too many flows")
	}
	if or, ok := e.(*expr.Or); ok {
		for _, term := range or.Subs {
			fmt.Println(expr.Format(term))
		}
	}
	// Output:
	// eth.type == 0x800 && ip.proto == 0x6 && tcp.dst == 0x50
	// eth.type == 0x800 && ip.proto == 0x11 && udp.dst == 0x35
}

// A microflow describes one packet; the fields that it leaves out are zero.
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

// A syntax error has the bytes of the text that are wrong.
func ExampleSyntaxError() {
	_, err := expr.Parse("ip4.src == 10.0.0.1 && tcp.port == 80", expr.Env{Symbols: expr.SymbolsOf(dialect.Newest)})
	if e, ok := errors.AsType[*expr.SyntaxError](err); ok {
		fmt.Println(e.Text)
		fmt.Println(strings.Repeat(" ", e.Start) + strings.Repeat("^", e.End-e.Start))
		fmt.Println(e.Msg)
	}
	// Output:
	// ip4.src == 10.0.0.1 && tcp.port == 80
	//                        ^^^^^^^^
	// Syntax error at `tcp.port' expecting field name.
}

// network resolves names in a match: ports by their tunnel keys, port
// groups as sets of ports, and the ports that are on this chassis.
type network struct {
	ports  map[string]uint64
	groups map[string][]string
	local  map[string]bool
}

func (n network) Port(name string) expr.PortSet {
	if key, ok := n.ports[name]; ok {
		return keys{key}
	}
	return nil
}

func (n network) Group(name string) expr.PortSet {
	var set keys
	for _, port := range n.groups[name] {
		set = append(set, n.ports[port])
	}
	return set
}

func (n network) Resident(port string) bool { return n.local[port] }

// keys are the tunnel keys of ports, the same on every datapath.
type keys []uint64

var _ expr.SinglePort = keys(nil)

func (k keys) Has(_ int, key uint64) bool {
	return slices.Contains(k, key)
}

func (k keys) OnlyKey() (key uint64, ok bool) {
	if len(k) != 1 {
		return 0, false
	}
	return k[0], true
}

// A match is parsed, annotated with the prerequisites of its fields, and
// compiled, with a Binder that gives its names a meaning.  Then it is compared
// with packets.
func Example() {
	env := expr.Env{Symbols: expr.SymbolsOf(dialect.MustParse("24.03")), DeferGroups: true}
	e, err := expr.Parse(`inport == @pg_web && tcp.dst == {80, 443} && is_chassis_resident("vm1")`, env)
	if err != nil {
		log.Fatal(err)
	}
	var binder expr.Binder = network{
		ports:  map[string]uint64{"vm1": 1, "vm2": 2},
		groups: map[string][]string{"pg_web": {"vm1", "vm2"}},
		local:  map[string]bool{"vm1": true},
	}
	m := expr.Compile(expr.Annotate(e), binder)

	var p packet.Packet
	p.SetUint(packet.Inport, 2) // inport
	p.SetUint(packet.EthType, packet.EthTypeIPv4)
	p.SetUint(packet.IPProto, packet.ProtoTCP)
	for _, port := range []uint64{443, 22} {
		p.SetUint(packet.TCPDst, port)
		fmt.Println(port, m.Match(&p, 0))
	}
	// Output:
	// 443 true
	// 22 false
}

// The cubes of a match are its conjunctions, each of which fixes bits of fields.  A cube within
// another one is a flow that a flow of higher priority hides.
func ExampleCubes() {
	cubes := func(text string) []expr.Cube {
		out, ok := expr.Cubes(expr.Annotate(parse(text)), 100, func(port string) bool { return true })
		if !ok {
			log.Fatal("too many cubes")
		}
		return out
	}
	higher := cubes("ip4.src == 10.0.0.0/8")
	for _, c := range cubes("ip4.src == 10.1.2.3 && tcp.dst == {80, 443}") {
		port, _, _ := c.Exact("tcp.dst")
		fmt.Println(expr.Format(c.Expr()), port.Lo, c.Within(higher[0]))
	}
	// Output:
	// eth.type == 0x800 && ip.proto == 0x6 && ip4.src == 0xa010203 && tcp.dst == 0x50 80 true
	// eth.type == 0x800 && ip.proto == 0x6 && ip4.src == 0xa010203 && tcp.dst == 0x1bb 443 true
}
