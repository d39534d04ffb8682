package expr_test

import (
	"fmt"
	"log"
	"slices"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/packet"
)

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
