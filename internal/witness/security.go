package witness

import (
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// clause is a conjunction of requirements, without the packets of others.
type clause struct {
	is     []require
	except [][]require
}

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

// securityRules returns the packets with an entry's Ethernet address that its port may send
// or receive, and those that it may not. Together they are all packets with that address.
type securityRules func(lflow.Addresses) (allowed, refused []clause)

// The kinds of packets that port security distinguishes.
var (
	isIPv4   = is(packet.EthType, packet.EthTypeIPv4)
	isIPv6   = is(packet.EthType, packet.EthTypeIPv6)
	isARP    = is(packet.EthType, packet.EthTypeARP)
	isICMPv6 = is(packet.IPProto, packet.ProtoICMPv6)
)

// mayPortSend are the rules of check_in_port_sec, ovn-sb(5).
func mayPortSend(a lflow.Addresses) (allowed, refused []clause) {
	allowed = []clause{{except: [][]require{{isIPv4}, {isARP}, {isIPv6}}}}
	anyIP := len(a.IPv4) == 0 && len(a.IPv6) == 0
	own := is(packet.ARPSHA, a.MAC)
	not4, notARP := clause{is: []require{isIPv4}}, clause{is: []require{isARP}}
	discover := []require{isIPv4, is(packet.IPProto, packet.ProtoUDP), is(packet.TPSrc, 68), is(packet.TPDst, 67), is(packet.IPv4Src, 0), is(packet.IPv4Dst, 0xffffffff)}
	not4.except = [][]require{discover}
	for _, ip := range a.IPv4 {
		not4.except = append(not4.except, []require{is(packet.IPv4Src, ip)})
		notARP.except = append(notARP.except, []require{own, is(packet.ARPSPA, ip)})
	}
	if len(a.IPv4) == 0 {
		notARP.except = [][]require{{own}}
	}
	refused = append(refused, notARP)
	for _, e := range notARP.except {
		allowed = append(allowed, clause{is: append([]require{isARP}, e...)})
	}
	if anyIP {
		return append(allowed, clause{is: []require{isIPv4}}, clause{is: []require{isIPv6}}), refused
	}
	refused = append(refused, not4)
	for _, e := range not4.except {
		allowed = append(allowed, clause{is: append([]require{isIPv4}, e...)})
	}
	solicit, advertise := is(packet.TPSrc, packet.NDSolicit), is(packet.TPSrc, packet.NDAdvertise)
	targets := [][]require{nil}
	if len(a.IPv6) > 0 {
		targets = nil
		for _, ip := range withLinkLocal(a) {
			targets = append(targets, []require{isValue(packet.NDTarget, ip)})
		}
	}
	not6 := clause{is: []require{isIPv6}}
	for _, ip := range withLinkLocal(a) {
		from := isValue(packet.IPv6Src, ip)
		not6.except = append(not6.except, []require{from})
		allowed = append(allowed, clause{is: []require{isIPv6, from}, except: [][]require{{isICMPv6, solicit}, {isICMPv6, advertise}}})
		badSolicit := clause{is: []require{isIPv6, from, isICMPv6, solicit}}
		badLink := clause{is: []require{isIPv6, from, isICMPv6, advertise}}
		for _, mac := range []uint64{0, a.MAC} {
			badSolicit.except = append(badSolicit.except, []require{is(packet.NDSLL, mac)})
			badLink.except = append(badLink.except, []require{is(packet.NDTLL, mac)})
			allowed = append(allowed, clause{is: []require{isIPv6, from, isICMPv6, solicit, is(packet.NDSLL, mac)}})
			for _, t := range targets {
				allowed = append(allowed, clause{is: append([]require{isIPv6, from, isICMPv6, advertise, is(packet.NDTLL, mac)}, t...)})
			}
		}
		refused = append(refused, badSolicit, badLink)
		if len(a.IPv6) > 0 {
			refused = append(refused, clause{is: []require{isIPv6, from, isICMPv6, advertise}, except: targets})
		}
	}
	return allowed, append(refused, not6)
}

// mayPortReceive are the rules of check_out_port_sec, ovn-sb(5).
func mayPortReceive(a lflow.Addresses) (allowed, refused []clause) {
	if len(a.IPv4) == 0 && len(a.IPv6) == 0 {
		return []clause{{}}, nil
	}
	allowed = []clause{{except: [][]require{{isIPv4}, {isIPv6}}}}
	not4, not6 := clause{is: []require{isIPv4}}, clause{is: []require{isIPv6}}
	if len(a.IPv4) > 0 {
		not4.except = [][]require{{is(packet.IPv4Dst, 0xffffffff)}, {{packet.IPv4Dst, packet.Uint(0xe << 28), packet.Range(28, 4)}}}
		for _, ip := range a.IPv4 {
			not4.except = append(not4.except, []require{is(packet.IPv4Dst, ip)})
		}
	}
	if len(a.IPv6) > 0 {
		not6.except = [][]require{{{packet.IPv6Dst, packet.Uint(0xff).Shl(120), packet.Range(120, 8)}}}
		for _, ip := range withLinkLocal(a) {
			not6.except = append(not6.except, []require{isValue(packet.IPv6Dst, ip)})
		}
	}
	for _, c := range []clause{not4, not6} {
		for _, e := range c.except {
			allowed = append(allowed, clause{is: append(c.is[:1:1], e...)})
		}
	}
	return allowed, []clause{not4, not6}
}

func withLinkLocal(a lflow.Addresses) []packet.Value {
	return append(a.IPv6[:len(a.IPv6):len(a.IPv6)], packet.LinkLocal(a.MAC))
}

// security returns the outcomes of a check of port security: 0 for packets that pass, 1 for
// others. Only the first of a port's entries with the packet's Ethernet address counts.
func (p *path) security(dst expr.FieldRef, key *packet.Field, rules securityRules) (out []outcome) {
	mac := packet.EthSrc
	if key == packet.Outport {
		mac = packet.EthDst
	}
	known := []*Region{}
	for _, port := range p.d.Ports() {
		at := is(key, port.Key)
		known = append(known, region(at))
		if len(port.Security) == 0 {
			out = append(out, outcome{when: region(at), back: bit(dst, 0)})
			continue
		}
		var macs []*Region
		seen := map[uint64]bool{}
		for _, a := range port.Security {
			if seen[a.MAC] {
				continue
			}
			seen[a.MAC] = true
			from := []require{at, is(mac, a.MAC)}
			macs = append(macs, region(from...))
			allowed, refused := rules(a)
			for answer, list := range [][]clause{allowed, refused} {
				for _, c := range list {
					when := region(append(from[:2:2], c.is...)...)
					if when == nil {
						continue
					}
					o := outcome{when: when, back: bit(dst, uint64(answer))}
					for _, e := range c.except {
						if r := region(e...); r != nil {
							o.except = append(o.except, r)
						}
					}
					out = append(out, o)
				}
			}
		}
		out = append(out, outcome{when: region(at), except: macs, back: bit(dst, 1)})
	}
	// No port has the key of a group.
	return append(out, outcome{except: known, back: bit(dst, 0)})
}
