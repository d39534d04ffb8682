package diff

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/northd"
	"github.com/ovnwalk/ovnwalk/internal/witness"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// region returns the packets that use a row through a flow of a datapath, or nil for all that the flow
// matches; ok is false if there are none.
func (r *rowChange) region(n *lflow.Network, d *lflow.Datapath, f *lflow.Flow) (out []*witness.Region, ok bool) {
	switch r.table {
	case "Address_Set":
		return r.changedAddresses(), true
	case "Port_Group":
		return r.changedPorts(n, d), true
	case "Port_Binding":
		return r.bindingRegion(n, d, f)
	case "Multicast_Group":
		path, _, _ := strings.Cut(r.key, " ")
		return nil, d.DisplayName(true) == path
	case "MAC_Binding":
		port, err := n.Port(r.port())
		if err != nil || port.Datapath != d {
			return nil, false
		}
		_, text, _ := strings.Cut(r.key, " ")
		ip, err := netip.ParseAddr(text)
		if err != nil {
			return nil, false
		}
		lookup := strings.Contains(f.ActionsText(), "lookup_")
		if ip.Is4() == strings.Contains(f.ActionsText(), "_nd") {
			return nil, false
		}
		field, key := northd.NextHop(ip.Is6()), packet.Outport
		switch {
		case lookup && ip.Is4():
			field, key = packet.IPv4Src, packet.Inport
		case lookup:
			field, key = packet.IPv6Src, packet.Inport
		}
		var a witness.Region
		if !a.Fix(field, packet.FromAddr(ip), packet.Ones(field.Bits)) || !a.Fix(key, packet.Uint(port.Key), packet.Ones(32)) {
			return nil, false
		}
		return []*witness.Region{&a}, true
	case "FDB":
		path, text, _ := strings.Cut(r.key, " ")
		mac, good := packet.ParseMAC(text)
		if d.DisplayName(true) != path || !good {
			return nil, false
		}
		var a witness.Region
		field := packet.EthDst
		if strings.Contains(f.ActionsText(), "lookup_") {
			field = packet.EthSrc
		}
		a.Fix(field, packet.Uint(mac), packet.Ones(48))
		return []*witness.Region{&a}, true
	}
	return nil, true
}

// port returns the port that the row is about.
func (r *rowChange) port() string {
	for _, row := range r.rows {
		if row != nil {
			return row.Port
		}
	}
	return ""
}

// words returns the words that only one side's value of the first column has.
func (r *rowChange) words() (out []string) {
	var sides [2][]string
	for i, row := range r.rows {
		if row != nil {
			for _, c := range row.Columns {
				sides[i] = append(sides[i], strings.FieldsFunc(c.Text, func(c rune) bool { return c == ' ' || c == ',' || c == ';' })...)
			}
		}
	}
	for i := range sides {
		for _, w := range sides[i] {
			if !slices.Contains(sides[1-i], w) && !slices.Contains(out, w) {
				out = append(out, w)
			}
		}
	}
	return out
}

// addressFields are those that a set's addresses may be compared with.
var addressFields = map[int][]*packet.Field{
	32:  {packet.IPv4Src, packet.IPv4Dst},
	128: {packet.IPv6Src, packet.IPv6Dst},
	48:  {packet.EthSrc, packet.EthDst},
}

// maxWords bounds how many addresses of a row are drawn.
const maxWords = 8

// changedAddresses returns the packets with an address that only one side has.
func (r *rowChange) changedAddresses() (out []*witness.Region) {
	words := r.words()
	for _, w := range words[:min(len(words), maxWords)] {
		v, mask, bits := parseAddress(w)
		for _, f := range addressFields[bits] {
			var a witness.Region
			if a.Fix(f, v, mask) {
				out = append(out, &a)
			}
		}
	}
	return out
}

// parseAddress reads an Ethernet or IP address, perhaps with the length of a prefix.
func parseAddress(w string) (v, mask packet.Value, bits int) {
	if mac, ok := packet.ParseMAC(w); ok {
		return packet.Uint(mac), packet.Ones(48), 48
	}
	p, err := netip.ParsePrefix(w)
	if err != nil {
		a, err := netip.ParseAddr(w)
		if err != nil {
			return v, mask, 0
		}
		p = netip.PrefixFrom(a, a.BitLen())
	}
	p = p.Masked()
	bits = p.Addr().BitLen()
	return packet.FromAddr(p.Addr()), packet.Range(bits-p.Bits(), p.Bits()), bits
}

// changedPorts returns the packets from and to a port that only one side's group
// has.
func (r *rowChange) changedPorts(n *lflow.Network, d *lflow.Datapath) (out []*witness.Region) {
	for _, w := range r.words() {
		if p, err := n.Port(w); err == nil && p.Datapath == d && len(out) < 2*maxWords {
			out = append(out, portRegions(p.Key)...)
		}
	}
	return out
}

// portRegions returns the packets that come in by a port, and those that leave
// by it.
func portRegions(key uint64) []*witness.Region {
	var in, out witness.Region
	in.Fix(packet.Inport, packet.Uint(key), packet.Ones(32))
	out.Fix(packet.Outport, packet.Uint(key), packet.Ones(32))
	return []*witness.Region{&in, &out}
}

// bindingRegion returns the packets that use a port's binding: those of flows that name the port, and
// those for which its port security is checked.
func (r *rowChange) bindingRegion(n *lflow.Network, d *lflow.Datapath, f *lflow.Flow) ([]*witness.Region, bool) {
	port, err := n.Port(r.key)
	if err != nil || port.Datapath != d {
		return nil, false
	}
	var asks int
	switch actions := f.ActionsText(); {
	case strings.Contains(actions, "check_in_port_sec"):
		asks = 0
	case strings.Contains(actions, "check_out_port_sec"):
		asks = 1
	default:
		return nil, true
	}
	if len(r.columns) > 0 && !slices.Contains(r.columns, "port_security") {
		return nil, false
	}
	var out []*witness.Region
	words := r.words()
	for _, w := range words[:min(len(words), maxWords)] {
		v, mask, bits := parseAddress(w)
		fields := addressFields[bits]
		if fields == nil {
			continue
		}
		a := *portRegions(port.Key)[asks]
		if a.Fix(fields[asks], v, mask) {
			out = append(out, &a)
		}
	}
	return append(out, portRegions(port.Key)[asks]), true
}
