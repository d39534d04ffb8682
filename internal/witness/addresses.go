package witness

import (
	"math/bits"
	"slices"

	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// addresses are the packets that have one of some IP addresses in certain fields: those
// from which the address may be copied to the field that counts. Flows copy addresses
// between these fields, or set them to constants. Therefore a packet has none of the
// addresses after a flow unless it had one before, or took a flow that sets one; then it
// had an address that this flow matches.
//
// An address that such a flow matches is combined with the protocol and the destination
// port that it matches, unless other flows set these to the same values.
type addresses struct {
	list    []address
	ports   []uint64 // the constants that flows set protocols and ports to
	free    bool     // whether flows set them to other than constants
	sources func(holder int) fieldSet

	packets []*Region // see regions
}

// address is a prefix or pattern of addresses of a family, in some fields.
type address struct {
	v6      bool
	v, mask packet.Value
	in      fieldSet
	service service
}

// fieldSet is a set of the fields that hold addresses, a bit for each in the order of holders.
type fieldSet uint8

// service is a protocol and a destination port; both 0 stand for all.
type service struct{ proto, port uint64 }

// holders are the fields that contain addresses, destinations first. ARP uses the fields of
// IPv4.
var holders = []*packet.Field{packet.IPv4Dst, packet.IPv6Dst, packet.IPv4Src, packet.IPv6Src, packet.NDTarget}

const numHolders = 5

var holding = func() (w words) {
	var r Region
	for _, f := range holders {
		r.Fix(f, packet.Value{}, packet.Ones(f.Bits))
	}
	return r.mask
}()

// within reports whether the addresses of a are among those of o, in at least one of the
// fields of o.
func (a *address) within(o *address) bool {
	return a.v6 == o.v6 && a.in&o.in != 0 && o.mask.AndNot(a.mask).IsZero() && a.v.Xor(o.v).And(o.mask).IsZero()
}

// has reports whether all packets with an address are included.
func (a *addresses) has(o address) bool {
	return slices.ContainsFunc(a.list, func(k address) bool { return o.within(&k) })
}

// add adds an address that all packets of a region have. It returns false if they have none
// in common.
func (a *addresses) add(r *Region) bool {
	var found []address
	var of service
	c := *r
	proto, protoMask := c.forget(packet.IPProto, packet.Ones(8))
	port, portMask := c.forget(packet.TPDst, packet.Ones(16))
	if !a.free && protoMask == packet.Ones(8) && portMask == packet.Ones(16) &&
		!slices.Contains(a.ports, port.Lo) && !slices.Contains(a.ports, proto.Lo) {
		of = service{proto.Lo, port.Lo}
	}
	for i, f := range holders {
		v, m := c.forget(f, packet.Ones(f.Bits))
		if m.IsZero() {
			continue
		}
		o := address{f.Bits > 32, v, m, 1 << i, of}
		if slices.ContainsFunc(a.list, func(k address) bool {
			return o.within(&k) && (k.service == service{} || k.service == o.service)
		}) {
			return true
		}
		found = append(found, o)
	}
	if len(found) > 0 {
		o := found[0]
		o.in = a.sources(bits.TrailingZeros8(uint8(o.in)))
		a.list = append(a.list, o)
	}
	return len(found) > 0
}

// regions returns the packets.
func (a *addresses) regions() []*Region {
	if a.packets != nil {
		return a.packets
	}
	var out []*Region
	for _, k := range a.list {
		for i, f := range holders {
			if k.in>>i&1 != 0 {
				r := &Region{}
				r.Fix(f, k.v, k.mask)
				if k.service != (service{}) {
					r.Fix(packet.IPProto, packet.Uint(k.service.proto), packet.Ones(8))
					r.Fix(packet.TPDst, packet.Uint(k.service.port), packet.Ones(16))
				}
				out = append(out, r)
			}
		}
	}
	a.packets = out
	return out
}

// maxAddresses is the maximum number of addresses that are followed.
const maxAddresses = 1024

// addresses returns addresses such that every packet that flows turn into one of some
// regions has one of them. It returns nil if there are no such addresses.
func (x *Finder) addresses(list []*Region) *addresses {
	known := x.assignments()
	if known == nil {
		return nil
	}
	a := &addresses{ports: known.ports, free: known.anyPort, sources: known.sources}
	for _, r := range list {
		if !a.add(r) {
			return nil
		}
	}
	texts := known.list
	done := make([]bool, len(texts))
	for changed := true; changed; {
		changed = false
		for i, t := range texts {
			if done[i] || !t.mayHave(a) {
				continue
			}
			if own := t.read(x.n); own == nil {
				return nil
			} else if !slices.ContainsFunc(own.values, a.has) {
				continue
			}
			done[i], changed = true, true
			for _, row := range t.rows {
				if t.isAnswer(row) {
					continue
				} else if !x.matched(row.Flow(), a) || len(a.list) > maxAddresses {
					return nil
				}
			}
		}
	}
	return a
}

// matched adds the addresses of packets that a flow matches.
func (x *Finder) matched(f *lflow.Flow, a *addresses) bool {
	cond, ok := f.Condition()
	if !ok {
		return false
	}
	list, ok := x.cubesIn(cond)
	if !ok {
		return false
	}
	for _, c := range list {
		r, possible := &Region{}, true
		for _, t := range c.Terms() {
			if t.Symbol.Field != nil && t.Symbol.Width > 0 {
				possible = possible && r.Fix(t.Symbol.Field, t.Value, t.Mask)
			}
		}
		if possible && !a.add(r) {
			return false
		}
	}
	return true
}
