package connect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// Verdict is the result of a connection, as a word.  The words are stable.
type Verdict string

// The verdicts.
const (
	Works       Verdict = "works"
	Refused     Verdict = "refused"      // a reset or an ICMP error came back
	Fails       Verdict = "fails"        // the first packet is lost
	OneWay      Verdict = "one-way"      // a later packet is lost
	Varies      Verdict = "varies"       // the result depends on a choice
	HostStack   Verdict = "host-stack"   // the node's own network stack decides, which no database shows
	MissingZone Verdict = "missing-zone" // a packet enters a zone whose database is not given
	Uncertain   Verdict = "uncertain"    // the walk reached a limit or an action that is not modelled
)

// Verdicts returns all verdicts.
func Verdicts() []Verdict {
	return []Verdict{Works, Refused, Fails, OneWay, Varies, HostStack, MissingZone, Uncertain}
}

// Answer is the prediction for a connection.
type Answer struct {
	Verdict  Verdict
	Outcomes []Outcome
	Complete bool         // whether all combinations of choices were tried
	Unused   trace.Unused // choices of the options that no walk took
	Assumed  []string
	Warnings []string // about flows that do not parse, which ovn-controller skips too, and differences between zones

	nodes map[string]string // see Cluster.Nodes
}

// Complete sets fields of the first packet that its description leaves open, such as ports and
// the TTL, and returns them as text.
func Complete(p *packet.Packet) (filled []string) {
	if !p.IsIP() {
		return nil
	}
	fill := func(f *packet.Field, v uint64, text string) {
		p.SetUint(f, v)
		filled = append(filled, text)
	}
	if p.Uint(packet.IPTTL) == 0 {
		fill(packet.IPTTL, 64, "ip.ttl == 64")
	}
	typ, code := p.Uint(packet.TPSrc), p.Uint(packet.TPDst)
	switch {
	case p.Has(packet.TCPFlags) && p.Uint(packet.TCPFlags) == 0:
		fill(packet.TCPFlags, packet.TCPSYN, "tcp.flags == 2")
	case p.Has(packet.ICMPType) && typ == 0 && code == 0:
		fill(packet.ICMPType, 8, "icmp4.type == 8")
	case p.Has(packet.ICMPv6Type) && typ == 0 && code == 0:
		fill(packet.ICMPv6Type, 128, "icmp6.type == 128")
	}
	return filled
}

// Ask walks a connection and returns its verdict.
func Ask(c *cluster.Cluster, o *Options, f *First) *Answer {
	c.Lock()
	defer c.Unlock()
	a := &Answer{nodes: c.Nodes()}
	a.Outcomes, a.Complete = Outcomes(c, o, f.From, f.Packet)
	for i := range a.Outcomes {
		a.Outcomes[i].decide()
	}
	a.Unused.LBDst = !slices.ContainsFunc(a.Outcomes, func(o Outcome) bool { return !o.unusedBackend })
	a.Unused.SelectID = !slices.ContainsFunc(a.Outcomes, func(o Outcome) bool { return !o.unusedMember })
	a.Outcomes = merge(a.Outcomes)
	for i := range a.Outcomes {
		if o.Obstacles {
			a.Outcomes[i].findObstacles(c, o, f.From, f.Packet)
		}
	}
	a.Verdict = a.Outcomes[0].Verdict
	for _, o := range a.Outcomes {
		switch {
		case o.Verdict == Uncertain || !a.Complete:
			a.Verdict = Uncertain
		case a.Verdict != Uncertain && o.Verdict == MissingZone:
			a.Verdict = MissingZone
		case a.Verdict != Uncertain && a.Verdict != MissingZone && o.Verdict != a.Verdict:
			a.Verdict = Varies
		}
		a.Assumed = appendNew(a.Assumed, o.Assumed)
		for _, p := range o.Packets {
			for _, w := range p.Trace.Warnings {
				a.Warnings = appendNew(a.Warnings, []string{w.Text})
			}
			for _, x := range p.Problems {
				a.Warnings = appendNew(a.Warnings, []string{x.String()})
			}
		}
	}
	return a
}

// appendNew appends the texts that are not in a list.
func appendNew(list, texts []string) []string {
	for _, text := range texts {
		if !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return list
}

// decide sets the verdict of a result.
func (o *Outcome) decide() {
	request := &o.Packets[0]
	for i := range o.Packets {
		if text := uncertainty(o.Packets[i].Trace); text != "" {
			o.Verdict, o.Lost, o.Where = Uncertain, o.Packets[i].Role, Drop{Code: NotKnown, Detail: text}
			return
		}
	}
	if request.Answered < 0 {
		o.Verdict = Fails
		if back := request.Back(); back != nil {
			o.Verdict = Works
			if refusal(&back.Packet) {
				o.Verdict = Refused
				if d := request.Decisive(); d.Code != NotReceived {
					o.Lost, o.Where = request.Role, d
				}
			}
			return
		}
		o.lose(request)
		return
	}
	got := request.Arrived[request.Answered]
	if got.Network != "" {
		o.Assumed = append(o.Assumed, fmt.Sprintf("a host on %s with %s replies", got.Network, packet.EthDst.Format(got.Packet.Get(packet.EthDst))))
	} else if toHostStack(got) {
		o.Verdict, o.Lost = HostStack, request.Role
		return
	}
	if len(o.Packets) == 1 {
		o.Verdict = Works
		return
	}
	o.Verdict = OneWay
	reply := &o.Packets[1]
	if reply.Answered < 0 { // other packets to the sender, such as ARP requests, are no reply
		o.Packets = o.Packets[:2]
		o.lose(reply)
		return
	}
	if len(o.Packets) == 3 {
		third := &o.Packets[2]
		if !slices.ContainsFunc(third.Arrived, func(a Arrival) bool { return a.Network == got.Network && a.Port == got.Port }) {
			o.lose(third)
			return
		}
	}
	o.Verdict = Works
}

// uncertainty returns the reason why a walk is uncertain, or "".
func uncertainty(t *trace.Trace) (why string) {
	trace.Walk(t.Root, func(n trace.Node) bool {
		r, ok := n.(*trace.Remark)
		switch {
		case !ok:
		case r.Kind == trace.RemarkLimit:
			why = "the walk stopped after " + r.Text
		case r.Kind == trace.RemarkUnmodelled:
			why = "the effect of " + r.Text + " is not modelled"
		}
		return why == ""
	})
	return why
}

// lose records the packet that is lost, and where.
func (o *Outcome) lose(p *Packet) {
	o.Lost = p.Role
	o.Where = p.Decisive()
	o.missingZones(p)
}

// Back returns the arrival of a packet that came back to its sender, or nil.
func (p *Packet) Back() *Arrival {
	for i := range p.Arrived {
		if a := &p.Arrived[i]; visited(*a, p.From) && isAnswer(&a.Packet, &p.Sent) {
			return a
		}
	}
	return nil
}

// isAnswer reports whether a packet is addressed to the sender of another.
func isAnswer(p, sent *packet.Packet) bool {
	if sent.IsARP() {
		return p.IsARP() && p.Uint(packet.ARPOp) == 2
	}
	if !p.IsIP() || p.Uint(packet.EthType) != sent.Uint(packet.EthType) || p.Uint(packet.EthDst) != sent.Uint(packet.EthSrc) {
		return false
	}
	_, dst := addresses(p)
	src, _ := addresses(sent)
	return dst == src || p.Uint(packet.IPProto) == packet.ProtoICMPv6 || p.Uint(packet.TPDst) == 68 && p.Uint(packet.IPProto) == packet.ProtoUDP
}

// refusal reports whether a packet is a reset or an ICMP error.
func refusal(p *packet.Packet) bool {
	switch typ := p.Uint(packet.TPSrc); {
	case p.Uint(packet.IPProto) == packet.ProtoTCP:
		return p.Uint(packet.TCPFlags)&packet.TCPReset != 0
	case p.Uint(packet.IPProto) == packet.ProtoSCTP:
		return true
	case p.Has(packet.ICMPType):
		return typ == 3 || typ == 4 || typ == 5 || typ == 11 || typ == 12
	case p.Has(packet.ICMPv6Type):
		return typ < 128
	}
	return false
}

// toHostStack reports whether a frame arrives at the management port of a node for another
// address.
func toHostStack(a Arrival) bool {
	if !strings.HasPrefix(a.Port.Name, "k8s-") {
		return false
	}
	_, dst := addresses(&a.Packet)
	text := string(packet.AppendIPv4(nil, dst.Lo))
	if a.Packet.IsIPv6() {
		text = string(packet.AppendIPv6(nil, dst))
	}
	for _, given := range a.Port.AddressTexts() {
		if slices.Contains(strings.Fields(given), text) {
			return false
		}
	}
	return true
}

// Decisive returns where a packet ended that reached no receiver: the end of the copy with the
// longest path.  A copy that left for a physical network precedes all others.
func (p *Packet) Decisive() Drop {
	best, score := Drop{Code: NotReceived}, -1
	for _, a := range p.Arrived {
		if n := len(a.Path); sameKind(&a.Packet, &p.Sent) && !made(a.Path) && n > score {
			best, score = Drop{Code: NotReceived, Detail: "went to " + a.where(), Chassis: a.Chassis, Packet: a.Packet, Path: a.Path}, n
		}
	}
	for _, d := range p.Dropped {
		n := len(d.Path)
		if !sameKind(&d.Packet, &p.Sent) || made(d.Path) || d.Code == verdict.SamePort && score >= 0 { // a copy of a flood
			n = -1
		}
		if n > score || best.Code == NotReceived && score < 0 {
			best, score = d, max(n, score)
		}
	}
	return best
}

// where returns the place where a frame left the logical network.
func (a *Arrival) where() string {
	if a.Network != "" {
		return "network " + a.Network
	}
	return "port " + a.Carrier().DisplayName(true)
}

// made reports whether ovn-controller generated the packet on a path.
func made(path []Hop) bool {
	return slices.ContainsFunc(path, func(h Hop) bool { return h.Kind == HopGenerated })
}

func sameKind(p, sent *packet.Packet) bool {
	return p.Uint(packet.EthType) == sent.Uint(packet.EthType) && p.Uint(packet.IPProto) == sent.Uint(packet.IPProto)
}
