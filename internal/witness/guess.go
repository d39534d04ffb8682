package witness

import (
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Limits of the packets that are guessed.
const (
	maxGuesses = 32 // packets, each with a conntrack state
	maxGuessed = 3  // ports of each kind as sources and destinations
)

// Guess returns usual packets between ports of a datapath, changed so that they are in a
// set at a stage of it if no table before changes them. It reads no other table: a packet
// may not reach the stage, or may be changed on the way. The set is as for Never.
func (x *Finder) Guess(m *packetset.Manager, d *lflow.Datapath, s Stage, set packetset.Set) (out []Packet) {
	p := x.path(d)
	to := []*lflow.Port{nil} // an ingress table has no output port yet
	if s.Pipeline == lflow.Egress {
		to = guessed(m, d, set, packet.Outport)
	}
	known := map[string]bool{}
	for _, k := range kinds {
		for _, dst := range to {
			sent := set
			if dst != nil {
				sent = m.And(set, atPort(m, packet.Outport, dst))
			}
			for _, src := range guessed(m, d, sent, packet.Inport) {
				like := p.usual(src, k, fromPort)
				for _, h := range x.hosts() {
					if h.port == dst {
						h.addressed(like)
					}
				}
				bits, ok := m.Nearest(m.And(sent, atPort(m, packet.Inport, src)), [packet.Words]uint64(like[:packet.Words]))
				r := Region{mask: words(every)}
				copy(r.val[:], bits[:])
				text := Microflow(src, r.val.packet())
				if !ok || src == dst || known[text] || !k.only(&r) {
					continue
				}
				known[text] = true
				for _, state := range lookups[:2] {
					if len(out) < maxGuesses {
						out = append(out, Packet{From: src, Microflow: text, CT: []uint64{state}})
					}
				}
			}
		}
	}
	return out
}

// atPort returns the packets in which a field is the key of a port.
func atPort(m *packetset.Manager, f *packet.Field, port *lflow.Port) packetset.Set {
	word, shift, n := f.Place()
	return m.Word(packetset.Anywhere(), word, packet.Range(shift, n).Lo, port.Key<<shift)
}

// guessed returns the first ports of a datapath that packets of a set have in a field:
// first hosts, then others.
func guessed(m *packetset.Manager, d *lflow.Datapath, set packetset.Set, f *packet.Field) (out []*lflow.Port) {
	for _, hosts := range []bool{true, false} {
		n := len(out) + maxGuessed
		for _, port := range d.Ports() {
			if len(out) < n && (port.Type == "") == hosts && port.Type != "chassisredirect" && m.Meets(set, atPort(m, f, port)) {
				out = append(out, port)
			}
		}
	}
	return out
}

// addressed sets a packet's destination to a host.
func (h *host) addressed(w *words) {
	i, dst := 0, packet.IPv4Dst
	if w.get(packet.EthType).Lo == packet.EthTypeIPv6 {
		i, dst = 1, packet.IPv6Dst
	}
	w.replace(packet.EthDst, packet.Uint(h.mac))
	if h.has[i] {
		w.replace(dst, h.ip[i])
	}
}
