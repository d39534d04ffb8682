package diff

import (
	"fmt"
	"slices"

	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// effects are the effects of a walk's flows other than forwarding the packet: logging, learning,
// commits, replies, metering.
type effects []effect

// effect is an action without a result that a walk shows.
type effect struct {
	name string // of the action
	text string
	at   takenFlow
}

// effects returns the other effects of a walk's flows, without duplicates.
func (w *walk) effects() (out effects) {
	for _, t := range w.passed {
		var add func(list []action.Action)
		add = func(list []action.Action) {
			for _, a := range list {
				switch a := a.(type) {
				case *action.Nested:
					add(a.List)
				case *action.PutOpts, *action.Log, *action.SetQueue, *action.SetMeter, *action.TriggerEvent,
					*action.PutMACBind, *action.PutFDB, *action.CommitLBAff, *action.CommitECMPNH, *action.Sample, *action.IGMP,
					*action.BindVport, *action.HandleSvcCheck, *action.BFDMsg, *action.CTCommit, *action.CTCommitParams,
					*action.OVNFieldLoad, *action.FwdGroup, *action.DHCPRelay, *action.DHCPv6Reply:
					e := effect{action.Name(a), action.Format(a), t}
					if opts, ok := a.(*action.PutOpts); ok {
						for _, o := range opts.Options {
							e.text += fmt.Sprintf(" /* %s: code %d, %s */", o.Option.Name, o.Option.Code, o.Option.Type)
						}
					}
					if !out.has(e) {
						out = append(out, e)
					}
				}
			}
		}
		add(t.f.Actions().List)
	}
	// What a packet looks like that waits for the address of its next hop is otherwise
	// not compared, for releases send it on from other tables.
	for i := range w.ends {
		if d := &w.ends[i]; d.Code == verdict.ArpUnresolved {
			wire := onWire(d.Packet)
			e := effect{name: "arp-unresolved", text: "waits for its next hop as " + wire.Header(packet.HeaderStyle{})}
			if len(w.passed) > 0 {
				e.at = w.passed[len(w.passed)-1]
			}
			if !out.has(e) {
				out = append(out, e)
			}
		}
	}
	return out
}

func (list effects) has(e effect) bool {
	return slices.ContainsFunc(list, func(o effect) bool { return o.text == e.text })
}

// other returns the first effect that is not in the other list, or nil.
func (list effects) other(others effects) *effect {
	for i := range list {
		if !others.has(list[i]) {
			return &list[i]
		}
	}
	return nil
}

// compareEffects returns in which effects a packet's walks differ that forward it
// alike, nil where in none.
func compareEffects(p Packet, before, after *packetResult) *Difference {
	if before.err != nil || after.err != nil {
		return nil
	}
	gather := func(s *packetResult) (out effects) {
		for _, w := range s.walks {
			for _, e := range w.effects() {
				if !out.has(e) {
					out = append(out, e)
				}
			}
		}
		return out
	}
	was, now := gather(before), gather(after)
	a, b := was.other(now), now.other(was)
	if a == nil && b == nil {
		return nil
	}
	d := &Difference{Packet: p, Kind: Effect}
	for i, e := range []*effect{a, b} {
		text := "no such effect"
		if e != nil {
			text, d.cause.what = e.text, e.name
			if e.at.f != nil {
				d.flows[i] = place(e.at.place())
			}
		}
		if i == 0 {
			d.Was = []string{text}
		} else {
			d.Now = []string{text}
		}
	}
	d.cause = causeKey{kind: Effect, what: d.cause.what, was: d.flows[0].key(), now: d.flows[1].key()}
	return d
}
