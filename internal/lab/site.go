package lab

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
)

// site builds a network as a system such as ovn-kubernetes does, with its names and
// external_ids.
type site struct {
	*Network
	generation int
	rows       int // rows with an ID so far
	datapaths  int // number so far
}

// newSite returns a network without rows. Networks of two generations differ in every UUID
// and every tunnel key, and in no name that users see.
func newSite(name string, generation int) *site {
	return &site{Network: &Network{Name: name, Stepwise: true}, generation: generation}
}

// chassis adds a hypervisor.
func (s *site) chassis(name, ip string) {
	s.Chassis.Addf("chassis-add %s geneve %s", name, ip)
	s.Chassis.Addf("set chassis %s hostname=%s", name, name)
	for _, f := range currentFeatures {
		s.Chassis.Addf("set chassis %s other_config:%s=true", name, f)
	}
	s.Chassis.Addf("set chassis %s other_config:is-interconn=true", name)
}

// tag sets external_ids of a row: a key, its value and so on.
func (s *site) tag(table, name string, ids ...string) {
	if len(ids) > 0 {
		s.North.Add(append([]string{"set", table, name}, externalIDs(ids)...)...)
	}
}

// externalIDs returns the columns of external_ids: a key, its value and so on.
func externalIDs(ids []string) (columns []string) {
	for pair := range slices.Chunk(ids, 2) {
		columns = append(columns, option("external_ids", pair[0], pair[1]))
	}
	return columns
}

// vswitch adds a switch, with ids of its own if there are some.
func (s *site) vswitch(name string, ids ...string) {
	s.padding()
	s.North.Addf("ls-add %s", name)
	s.unused(16, func(i int) string { return fmt.Sprintf("lsp-add %s unused-%s-%d", name, name, i) })
	s.tag("logical_switch", name, ids...)
}

// router adds a router, with ids of its own if there are some.
func (s *site) router(name string, ids ...string) {
	s.padding()
	s.North.Addf("lr-add %s", name)
	s.unused(16, func(i int) string {
		return fmt.Sprintf("lrp-add %s unused-%s-%d 0a:ff:00:00:%02x:%02x 192.0.2.1/32", name, name, i, s.datapaths, i)
	})
	s.tag("logical_router", name, ids...)
}

// padding adds unused switches before the first datapath.
func (s *site) padding() {
	if s.datapaths == 0 {
		s.unused(16, func(i int) string { return fmt.Sprintf("ls-add unused-%d", i) })
	}
	s.datapaths++
}

// unused adds rows for each generation but the first. They get the tunnel keys that later
// rows had in the first generation.
func (s *site) unused(count int, command func(i int) string) {
	var words []string
	for i := range count * s.generation {
		if i > 0 {
			words = append(words, "--")
		}
		words = append(words, strings.Fields(command(i))...)
	}
	if len(words) > 0 {
		s.North.Add(words...)
	}
}

// port adds a VIF on a chassis.
func (s *site) port(network, name, addresses, chassis string, ids ...string) {
	s.North.Addf("lsp-add %s %s", network, name)
	s.North.Add("lsp-set-addresses", name, addresses)
	s.North.Add("lsp-set-port-security", name, addresses)
	s.tag("logical_switch_port", name, ids...)
	if chassis != "" {
		s.ChassisRows.Bound = append(s.ChassisRows.Bound, Binding{Port: name, Chassis: chassis})
	}
}

// group adds a port group.
func (s *site) group(name string, ports []string, ids ...string) {
	s.North.Add(append([]string{"pg-add", name}, ports...)...)
	s.tag("port_group", name, ids...)
}

// addressSet adds an address set.
func (s *site) addressSet(name string, addresses []string, ids ...string) {
	s.North.Add(append([]string{"create", "address_set", "name=" + Quote(name), setOf("addresses", addresses)}, externalIDs(ids)...)...)
}

// acl adds an ACL to a port group; direction is that of ovn-nb(5).
func (s *site) acl(group, direction string, priority int, match, action, name string, ids ...string) {
	words := []string{"create", "acl", "direction=" + direction, fmt.Sprintf("priority=%d", priority), "match=" + Quote(match), "action=" + action}
	if name != "" {
		words = append(words, "name="+Quote(name))
	}
	s.create("acl", words, "port_group", group, "acls", ids)
}

// nat adds a NAT rule to a router.
func (s *site) nat(router, typ, external, logical string, ids ...string) {
	s.create("nat", []string{"create", "nat", "type=" + typ, "external_ip=" + Quote(external), "logical_ip=" + Quote(logical)}, "logical_router", router, "nat", ids)
}

// balancer adds a load balancer to switches and routers.
func (s *site) balancer(name, vip, backends, proto string, switches, routers []string, ids ...string) {
	s.North.Addf("lb-add %s %s %s %s", name, vip, backends, proto)
	s.tag("load_balancer", name, ids...)
	for _, n := range switches {
		s.North.Addf("ls-lb-add %s %s", n, name)
	}
	for _, n := range routers {
		s.North.Addf("lr-lb-add %s %s", n, name)
	}
}

// create adds a row with external_ids to a column of its owner.
func (s *site) create(kind string, words []string, table, owner, column string, ids []string) {
	s.rows++
	id := fmt.Sprintf("@%s%d", kind, s.rows)
	s.North.Add(slices.Concat([]string{"--id=" + id}, words, externalIDs(ids), []string{"--", "add", table, owner, column, id})...)
}

// k8sHash returns the name that ovn-kubernetes gives to a port group or an address set.
func k8sHash(id string) string {
	h := fnv.New64a()
	h.Write([]byte(id)) // never returns an error
	return "a" + strconv.FormatUint(h.Sum64(), 10)
}
