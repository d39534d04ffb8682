package lab

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
)

// Generate generates a network from a seed; the same seed yields the same network. It has
// one to six datapaths and a random half of the features for which the northd of OVN 23.03
// makes flows, so that a few dozen seeds cover all features and every pair of them. Additions
// are features of later releases.
func Generate(seed uint64) *Network { return newGenerator(seed).generate() }

// GenerateWire generates a network for real chassis, which register themselves, with hosts
// on the physical network. It has nothing that needs other machines (VTEP gateways, other
// zones), sends probes (BFD, health checks) or depends on the time.
func GenerateWire(seed uint64) *Network {
	g := newGenerator(seed)
	g.wire = true
	return g.generate()
}

func (g *generator) generate() *Network {
	g.north.Add("init")
	g.settings()
	g.chassis()
	g.topology()
	g.outside()
	g.meters()
	g.services()
	g.switchPorts()
	g.groups()
	g.access()
	g.quality()
	g.translation()
	g.balancers()
	g.routes()
	g.policies()
	g.multicast()
	g.protection()
	g.newer()
	g.learn()
	if g.wire {
		g.deployment()
	}
	g.n.North = g.north
	return g.n
}

// A generator generates the parts of one network, in the order of Generate.
type generator struct {
	*rand.Rand
	n     *Network
	north Batch

	wire      bool // for real chassis
	features  map[string]bool
	hosts     []string // names of the chassis
	meterList []string // names of meters
	sets      []string // names of address sets
	portSets  []portSet
	dhcp4     map[*Switch]string // "@row" of the options, by switch
	dhcp6     map[*Switch]string
	balanced  []string          // "@row" of load balancers
	sessions  map[string]string // "@row" of BFD sessions, by port and address
	rowCount  int
	// translated are the sources of NAT rules, of a network for real chassis.
	translated map[string]bool

	// Of foreign flows:
	datapath *datapath // the one that they are drawn for
	allPorts []string  // the ports of all datapaths
}

// portSet is a port group that ACLs may name.
type portSet struct {
	name string
	// every reports whether all members are on one switch.
	ports []*Port
}

func newGenerator(seed uint64) *generator {
	return &generator{
		Rand:     rand.New(rand.NewPCG(seed, 0x6f766e77616c6b)),
		n:        &Network{Name: fmt.Sprintf("seed-%d", seed)},
		features: map[string]bool{},
		dhcp4:    map[*Switch]string{}, dhcp6: map[*Switch]string{},
		sessions: map[string]string{}, translated: map[string]bool{},
	}
}

// chance returns true with probability p.
func (g *generator) chance(p float64) bool { return g.Float64() < p }

// with reports whether this network has a feature. The first call for a name decides, with
// probability p.
func (g *generator) with(feature string, p float64) bool {
	on, drawn := g.features[feature]
	if !drawn {
		on = g.chance(p)
		g.features[feature] = on
	}
	return on
}

// between returns a random number from low to high, including both.
func (g *generator) between(low, high int) int { return low + g.IntN(high-low+1) }

// pick returns one of the given values.
func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// some returns some of the given values, at most all, in their order.
func some[T any](r *rand.Rand, of []T, most int) []T {
	var drawn []T
	for i, v := range of {
		if len(drawn) < most && r.IntN(len(of)-i) < most-len(drawn) {
			drawn = append(drawn, v)
		}
	}
	return drawn
}

// uuid returns a version 4 UUID, which a CMS uses as a name of ports and networks.
func (g *generator) uuid() string {
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", g.Uint32(), g.IntN(1<<16), g.IntN(1<<12),
		0x8000|g.IntN(1<<14), g.Uint64N(1<<48))
}

// row returns a new name for a row to which later commands refer.
func (g *generator) row() string {
	g.rowCount++
	return fmt.Sprintf("@row%d", g.rowCount)
}

// create creates a row with columns and returns its name for later commands.
func (g *generator) create(table string, columns ...string) string {
	id := g.row()
	g.north.Add(append([]string{"--id=" + id, "create", table}, columns...)...)
	return id
}

// createIn creates a row that a column of its owner refers to.
func (g *generator) createIn(owners, owner, column, table string, columns ...string) {
	g.do("add %s %s %s %s", owners, owner, column, g.create(table, columns...))
}

// refer names the row of an existing record for a column that refers to it.
func (g *generator) refer(table, record string) string {
	id := g.row()
	g.do("--id=%s get %s %s", id, table, record)
	return id
}

// do appends a northbound command whose words have no spaces.
func (g *generator) do(format string, args ...any) { g.north.Addf(format, args...) }

// set sets columns of a northbound row, each given as column=value.
func (g *generator) set(table, record string, columns ...string) {
	if len(columns) > 0 {
		g.north.Add(append([]string{"set", table, record}, columns...)...)
	}
}

// setter returns a function that sets a key of a map column of a northbound row, with
// probability p.
func (g *generator) setter(table, record, column string) func(p float64, key string, value any) {
	return func(p float64, key string, value any) {
		if g.chance(p) {
			g.set(table, record, option(column, key, value))
		}
	}
}

// adder returns a function that adds an option to the columns of a new row, with probability p.
func (g *generator) adder(columns *[]string) func(p float64, key string, value any) {
	return func(p float64, key string, value any) {
		if g.chance(p) {
			*columns = append(*columns, option("options", key, value))
		}
	}
}

// setOf writes a column that holds a set of strings.
func setOf(column string, values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = Quote(v)
	}
	return column + "=[" + strings.Join(quoted, ",") + "]"
}

// option writes one entry of a map column.
func option(column, key string, value any) string {
	return fmt.Sprintf("%s:%s=%s", column, Quote(key), Quote(fmt.Sprint(value)))
}

// settings draws the options of the whole deployment.
func (g *generator) settings() {
	set := g.setter("nb_global", ".", "options")
	g.set("nb_global", ".", option("options", "mac_prefix", "0a:00:00"))
	g.set("nb_global", ".", option("options", "svc_monitor_mac", "12:34:56:78:9a:bc"))
	set(.2, "use_ct_inv_match", "false")
	set(.35, "controller_event", "true")
	set(.35, "ignore_lsp_down", "false")
	set(.1, "default_acl_drop", "true")
	if g.with("load balancers of routers on switches", .35) {
		set(1, "install_ls_lb_from_router", "true")
	}
	set(.2, "use_logical_dp_groups", "false")
	if g.chance(.12) && !g.wire {
		g.set("nb_global", ".", option("options", "debug_drop_domain_id", 1), option("options", "debug_drop_collector_set", 123))
	}
}

// currentFeatures are the features in Chassis.other_config of a current ovn-controller.
// Without one of them, northd uses older flows.
var currentFeatures = []string{
	"port-up-notif", "ct-no-masked-label", "mac-binding-timestamp", "ct-commit-to-zone", "ct-next-zone",
	"ovn-sample-with-registers", "fdb-timestamp", "ls-dpg-column", "ct-commit-nat-v2", "ct-label-flush", "ct-state-save",
}

// chassis draws one to three hypervisors, now and then of an older release.
func (g *generator) chassis() {
	old := g.chance(.3)
	related := g.chance(.6)
	for i := range g.between(1, 3) {
		name := fmt.Sprintf("hv%d", i+1)
		g.hosts = append(g.hosts, name)
		if g.wire {
			g.n.Hosts = append(g.n.Hosts, Host{Name: name, Mapped: i == 0 || g.chance(.8)})
			continue
		}
		g.n.Chassis.Addf("chassis-add %s %s 192.0.2.%d", name, pick(g.Rand, "geneve", "geneve,vxlan", "vxlan,geneve"), i+1)
		for _, f := range currentFeatures {
			if !old || g.chance(.4) {
				g.n.Chassis.Addf("set chassis %s other_config:%s=true", name, f)
			}
		}
		if related {
			g.n.Chassis.Addf("set chassis %s other_config:ovn-ct-lb-related=true", name)
		}
	}
}

// host draws a chassis.
func (g *generator) host() string { return pick(g.Rand, g.hosts...) }

// addresses returns all addresses of switch ports and router ports of one family.
func (n *Network) addresses(v6 bool) []netip.Addr {
	var all []netip.Addr
	for _, s := range n.Switches {
		for _, p := range s.Ports {
			for _, a := range p.ips() {
				if a.Is6() == v6 {
					all = append(all, a)
				}
			}
		}
	}
	for _, r := range n.Routers {
		for _, p := range r.Ports {
			for _, net := range p.Nets {
				if net.Addr().Is6() == v6 {
					all = append(all, net.Addr())
				}
			}
		}
	}
	return all
}

// bracketed returns an address in the form that precedes a port: [fd00::1] or 10.0.0.1.
func bracketed(a netip.Addr) string {
	if a.Is6() {
		return "[" + a.String() + "]"
	}
	return a.String()
}

// texts returns the values as texts.
func texts[T fmt.Stringer](values []T) (all []string) {
	for _, v := range values {
		all = append(all, v.String())
	}
	return all
}

// join puts text around and between the values.
func join[T any](values []T, separator string) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = fmt.Sprint(v)
	}
	return strings.Join(words, separator)
}
