package cluster

import (
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/bridge"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// VIP is a virtual address of a load balancer, for the flows of ovn-controller(8) for hairpinned
// packets, those of clients that are backends themselves.
type VIP struct {
	IPv6     bool
	Addr     packet.Value
	Port     uint16 // 0 for all ports
	Proto    uint8
	Backends []Backend
	On       uint64 // the number of the only chassis that has it, 0 for all

	// Source is the source address of hairpinned packets. Own reports whether it is a
	// configured address (hairpin_snat_ip) instead of the virtual one; it then applies to
	// Datapaths only.
	Source    packet.Value
	Own       bool
	Datapaths []*lflow.Datapath

	// Registers reports whether flows store the original destination in registers; otherwise
	// it is taken from conntrack.
	Registers bool
}

// Backend is a backend of a virtual address.
type Backend struct {
	Addr packet.Value
	Port uint16
}

// VIPs returns the virtual addresses of all load balancers.
func (z *Zone) VIPs() []VIP {
	t := bridge.Snapshot(z.Network).Table("Load_Balancer")
	column, _ := t.Col("vips")
	var all []VIP
	for r := range t.Rows() {
		c := columns{r}
		expansions := z.expansions(c)
		for _, on := range slices.Sorted(maps.Keys(expansions)) {
			for key, value := range r.Map(column) {
				all = z.appendVIP(all, c, on, expanded(key, expansions[on]), expanded(value, expansions[on]))
			}
		}
	}
	return all
}

// expansions returns the values of the template variables of a load balancer by the numbers of
// chassis, or a single nil map if it is not a template.
func (z *Zone) expansions(c columns) map[uint64]map[string]string {
	if c.get("options", "template") != "true" {
		return map[uint64]map[string]string{0: nil}
	}
	all := map[uint64]map[string]string{}
	t := bridge.Snapshot(z.Network).Table("Chassis_Template_Var")
	column, _ := t.Col("variables")
	for r := range t.Rows() {
		if h := z.named((columns{r}).text("chassis")); h != nil {
			all[h.Number] = maps.Collect(r.Map(column))
		}
	}
	return all
}

func expanded(text string, vars map[string]string) string {
	return expr.Substitute(text, func(name string) (string, bool) {
		v, ok := vars[name]
		return v, ok
	})
}

// appendVIP appends a virtual address of a load balancer, if it parses.
func (z *Zone) appendVIP(all []VIP, c columns, on uint64, key, value string) []VIP {
	addr, port, v6, ok := hostPort(key)
	if !ok {
		return all
	}
	proto := uint8(packet.ProtoTCP)
	switch c.text("protocol") {
	case "udp":
		proto = packet.ProtoUDP
	case "sctp":
		proto = packet.ProtoSCTP
	}
	v := VIP{IPv6: v6, Addr: addr, Port: port, Proto: proto, Source: addr, Registers: c.get("options", "hairpin_orig_tuple") == "true", On: on}
	for _, s := range strings.Fields(c.get("options", "hairpin_snat_ip")) {
		if a, _, six, ok := hostPort(s); ok && six == v6 {
			v.Source, v.Own, v.Datapaths = a, true, z.datapathsOf(c)
			break
		}
	}
	for _, text := range strings.Split(value, ",") {
		if a, p, six, ok := hostPort(strings.TrimSpace(text)); ok && six == v6 {
			v.Backends = append(v.Backends, Backend{a, p})
		}
	}
	return append(all, v)
}

func (z *Zone) datapathsOf(c columns) (all []*lflow.Datapath) {
	refs := c.refs("datapaths")
	groups := bridge.Snapshot(z.Network).Table("Logical_DP_Group")
	for _, column := range []string{"datapath_group", "ls_datapath_group", "lr_datapath_group"} {
		for _, g := range c.refs(column) {
			if r, ok := groups.Get(g); ok {
				refs = append(refs, columns{r}.refs("datapaths")...)
			}
		}
	}
	for _, u := range refs {
		if d := z.datapath(u); d != nil {
			all = append(all, d)
		}
	}
	return all
}

func (z *Zone) datapath(u ovsdb.UUID) *lflow.Datapath {
	text := u.String()
	for _, d := range z.Network.Datapaths {
		if d.UUID == text {
			return d
		}
	}
	return nil
}

// hostPort parses ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT.
func hostPort(s string) (addr packet.Value, port uint16, v6, ok bool) {
	host := s
	if h, p, err := net.SplitHostPort(s); err == nil {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return addr, 0, false, false
		}
		host, port = h, uint16(n)
	}
	host = strings.Trim(host, "[]")
	if v, ok := packet.ParseIPv4(host); ok {
		return packet.Uint(v), port, false, true
	}
	addr, ok = packet.ParseIPv6(host)
	return addr, port, true, ok
}
