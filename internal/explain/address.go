package explain

import (
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// Address is a destination of a packet that no flow on its path contains.
type Address struct {
	Field string // the field of the packet, such as ip4.dst
	Value string

	Here  string         // the datapath that the packet entered first
	Named []NamedAddress // the datapaths whose flows contain it

	// Northbound describes the rows of the northbound database with the address: NAT rules,
	// load balancers and ports.
	Northbound []string
}

// NamedAddress is a datapath off the path whose flows contain an address.
type NamedAddress struct {
	Datapath string
	Router   bool
	Gateway  bool // whether it has a gateway port, or is a gateway router
	Flows    []trace.Place
	More     int      // flows that are not listed
	Ports    []string // the datapaths to which a port connects it, sorted
	Connects string   // the first of these on the packet's path, "" for none
}

// addresses finds the destinations of the packet that no flow on its path contains.
func (a *Explainer) addresses() []Address {
	var out []Address
	for _, f := range wanted(&a.t.Packet) {
		text := f.Format(a.t.Packet.Get(f))
		found := a.n.Search(func(r lflow.FlowRow) bool { return names(r.Match(), text) || names(r.Actions(), text) })
		if slices.ContainsFunc(found, func(x lflow.Found) bool { return a.isOnPath(x, text) }) {
			continue
		}
		x := Address{Field: f.Symbol, Value: text, Here: a.t.Root.Datapath.DisplayName(a.friendly), Named: a.named(found)}
		if a.northbound != nil {
			x.Northbound = a.northbound.having(text)
		}
		if len(x.Named) == 0 && len(x.Northbound) == 0 && a.arrived() {
			continue // an address outside of the network
		}
		out = append(out, x)
	}
	return out
}

// wanted returns the fields with the packet's destination address.
func wanted(p *packet.Packet) (out []*packet.Field) {
	switch {
	case p.IsARP():
		out = append(out, packet.ARPTPA)
	case p.IsND():
		out = append(out, packet.NDTarget)
	case p.IsIPv4():
		out = append(out, packet.IPv4Dst)
	case p.IsIPv6():
		out = append(out, packet.IPv6Dst)
	}
	if mac := p.Uint(packet.EthDst); mac != 0 && mac>>40&1 == 0 {
		out = append(out, packet.EthDst)
	}
	return slices.DeleteFunc(out, func(f *packet.Field) bool {
		v := p.Get(f)
		return v.IsZero() || f == packet.IPv4Dst && (v.Lo>>28 == 0xe || v.Lo == 0xffffffff) || f == packet.IPv6Dst && v.Hi>>56 == 0xff
	})
}

// names reports whether the text of a flow contains an address as a whole word.
func names(text, address string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], address)
		if i < 0 {
			return false
		}
		start := from + i
		end := start + len(address)
		if !isAddressByte(text, start-1) && !isAddressByte(text, end) {
			return true
		}
		from = end
	}
}

// isAddressByte reports whether the byte at i may belong to an address.
func isAddressByte(text string, i int) bool {
	if i < 0 || i >= len(text) {
		return false
	}
	c := text[i]
	return c == '.' || c == ':' || c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// isOnPath reports whether the packet reached a datapath with a flow that handles an address.  A
// flow by which a router without a gateway port answers ARP for its NAT addresses does not count.
func (a *Explainer) isOnPath(f lflow.Found, address string) bool {
	return slices.ContainsFunc(f.Datapaths, func(d *lflow.Datapath) bool {
		answers := strings.Contains(f.Flow.MatchText(), "arp.tpa == "+address) || strings.Contains(f.Flow.MatchText(), "nd.target == "+address)
		return a.visited(d) && !(d.Type == "logical-router" && answers && !a.datapath(d).Gateway)
	})
}

// visited reports whether the packet reached a datapath.
func (a *Explainer) visited(d *lflow.Datapath) bool {
	return slices.ContainsFunc(a.steps, func(s step) bool { return s.d == d })
}

// arrived reports whether a copy of the packet was delivered or replied to.
func (a *Explainer) arrived() bool {
	return slices.ContainsFunc(verdict.Of(a.t), func(d verdict.Disposition) bool {
		return d.TentativeOutcome == verdict.OutcomeReplied || d.TentativeOutcome == verdict.OutcomeDelivered && d.Origin == verdict.OriginPacket
	})
}

// named groups flows by their datapaths.
func (a *Explainer) named(found []lflow.Found) []NamedAddress {
	var out []NamedAddress
	at := map[*lflow.Datapath]int{}
	for _, f := range found {
		for _, d := range f.Datapaths {
			i, ok := at[d]
			if !ok {
				i = len(out)
				at[d] = i
				out = append(out, a.datapath(d))
			}
			if len(out[i].Flows) == maxNamedFlows {
				out[i].More++
				continue
			}
			out[i].Flows = append(out[i].Flows, trace.Place{
				Datapath: d.Ref(), Egress: f.Flow.Pipeline == lflow.Egress,
				Table: f.Flow.Table, Stage: f.Flow.Stage(), Flow: f.Flow.Ref(),
			})
		}
	}
	slices.SortStableFunc(out, func(x, y NamedAddress) int { return strings.Compare(x.Datapath, y.Datapath) })
	// Routers come first, because the flows of switches follow from theirs.
	slices.SortStableFunc(out, func(x, y NamedAddress) int { return order(y.Router) - order(x.Router) })
	return out[:min(len(out), maxAddresses)]
}

func order(b bool) int {
	if b {
		return 1
	}
	return 0
}

// datapath describes how another datapath is connected.
func (a *Explainer) datapath(d *lflow.Datapath) NamedAddress {
	out := NamedAddress{Datapath: d.DisplayName(a.friendly), Router: d.Type == "logical-router", Gateway: d.HasL3Gateway}
	for _, p := range d.Ports() {
		if p.Type == "chassisredirect" {
			out.Gateway = true
		}
		if p.Peer == nil {
			continue
		}
		name := p.Peer.Datapath.DisplayName(a.friendly)
		if out.Connects == "" && a.visited(p.Peer.Datapath) {
			out.Connects = name
		}
		if !slices.Contains(out.Ports, name) {
			out.Ports = append(out.Ports, name)
		}
	}
	slices.Sort(out.Ports)
	return out
}
