package explain

import (
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// Summary explains in one sentence why the packet was dropped: by a flow that nearly matched, by
// port security, or by an address that no port has.  It returns "" for a packet that was not
// dropped.  origins, which may be nil, returns the northbound rows of a flow.
func (a *Answer) Summary(origins func(*trace.Flow) []string) string {
	dropped, sentence := false, ""
	for i := range a.Endings {
		e := &a.Endings[i]
		if e.TentativeOutcome != verdict.OutcomeDropped && e.TentativeOutcome != verdict.OutcomeLooped {
			continue
		}
		dropped = true
		if s := e.Security; s != nil {
			if s.Receives {
				return "Port " + s.Port + " may receive only at " + strings.Join(s.Allowed, " or ") + "."
			}
			return "Port " + s.Port + " may send only from " + strings.Join(s.Allowed, " or ") + "."
		}
		for k := range e.NearMisses {
			s, allows := a.nearMissSentence(&e.NearMisses[k], origins)
			if allows {
				return s
			}
			if sentence == "" {
				sentence = s
			}
		}
	}
	switch {
	case sentence != "":
		return sentence
	case len(a.Addresses) > 0:
		x := a.Addresses[0]
		if len(x.Named) == 0 {
			return x.Value + " (" + x.Field + ") is named by no flow of any datapath."
		}
		return x.Value + " (" + x.Field + ") is named by no flow on the packet's path."
	case dropped:
		return "No other flow came close where the packet was dropped."
	}
	return ""
}

// nearMissSentence describes what a flow requires, and reports whether it was generated from an ACL
// that allows packets.
func (a *Answer) nearMissSentence(m *verdict.NearMiss, origins func(*trace.Flow) []string) (sentence string, allows bool) {
	who, would := "Flow "+cookie(m.Place.Flow)+" of "+placeName(m.Place, a.friendly), " would take it"
	if origins != nil {
		if from := origins(m.Place.Flow); len(from) > 0 {
			name, rest, _ := strings.Cut(from[0], " (")
			who = name
			switch {
			case strings.Contains(rest, ", allow"):
				would, allows = " would allow it", true
			case strings.Contains(rest, ", reject)"):
				would = " would reject it"
			case strings.Contains(rest, ", drop)"):
				would = " would drop it"
			}
		}
	}
	conditions := make([]string, len(m.Parts))
	for i, p := range m.Parts {
		conditions[i] = p.Field + " were " + p.Wanted
	}
	if len(conditions) == 0 {
		return who + would + ".", allows
	}
	return who + would + " if " + strings.Join(conditions, " and ") + ".", allows
}

// Notes describes the addresses that no flow on the packet's path contains, one sentence for each,
// except for those in lead.
func (a *Answer) Notes(lead string) (list []string) {
	w := &writer{Style: Style{Width: 100}, friendly: a.friendly}
	w.addresses(a.Addresses)
	for line := range strings.Lines(w.b.String()) {
		if strings.HasPrefix(line, " ") && len(list) > 0 {
			list[len(list)-1] += "; " + strings.TrimSpace(line)
		} else {
			list = append(list, strings.TrimSpace(line))
		}
	}
	return slices.DeleteFunc(list, func(s string) bool { return s+"." == lead })
}
