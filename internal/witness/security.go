package witness

import (
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/portsec"
	"github.com/ovnwalk/ovnwalk/packet"
)

// require requires bits of a field to have a value.
type require struct {
	f       *packet.Field
	v, mask packet.Value
}

func is(f *packet.Field, v uint64) require { return require{f, packet.Uint(v), packet.Ones(f.Bits)} }

func isValue(f *packet.Field, v packet.Value) require { return require{f, v, packet.Ones(f.Bits)} }

// region returns the packets that satisfy all requirements.
func region(list ...require) *Region {
	r := &Region{}
	for _, q := range list {
		if !r.Fix(q.f, q.v, q.mask) {
			return nil
		}
	}
	return r
}

// The kinds of packets that rules distinguish.
var (
	isIPv4 = is(packet.EthType, packet.EthTypeIPv4)
	isIPv6 = is(packet.EthType, packet.EthTypeIPv6)
	isARP  = is(packet.EthType, packet.EthTypeARP)
)

// regionOf returns the packets that match the terms of a rule and some requirements.
func regionOf(r *portsec.Rule, also ...require) *Region {
	for _, t := range r.Terms {
		also = append(also, require{t.Field, t.Value, t.Mask})
	}
	return region(also...)
}

// security returns the outcomes of a check of port security: 0 for packets that pass, 1 for
// others.
func (p *path) security(dst expr.FieldRef, key *packet.Field) (out []outcome) {
	known := []*Region{}
	for _, port := range p.d.Ports() {
		at := is(key, port.Key)
		known = append(known, region(at))
		if portsec.Varies(port) { // on some of its chassis all packets pass
			passes := bit(dst, 0)
			out = append(out, outcome{when: region(at), back: func(r *Region, over bool) bool { return over && passes(r, over) }})
		}
		rules := append(portsec.Flatten(p.x.Security(port, key == packet.Inport)), portsec.Rule{})
		var before [2][]*Region // of the rules that let packets pass, and of those that refuse them
		for i := range rules {
			answer := 0
			if rules[i].Refuses {
				answer = 1
			}
			when := regionOf(&rules[i], at)
			if when == nil {
				continue
			}
			o := outcome{when: when, back: bit(dst, uint64(answer))}
			for _, r := range before[1-answer] {
				if r.meets(when) {
					o.except = append(o.except, r)
				}
			}
			out = append(out, o)
			before[answer] = append(before[answer], when)
		}
	}
	// No port has the key of a group.
	return append(out, outcome{except: known, back: bit(dst, 0)})
}
