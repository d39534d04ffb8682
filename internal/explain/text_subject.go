package explain

import (
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// port writes why a packet did not leave by a port.
func (w *writer) port(a *Answer) {
	p := a.Port
	name := p.Datapath + "/" + p.Port
	if p.Reached {
		w.line("the packet does leave at %s", name)
		return
	}
	switch {
	case p.Divergence != nil:
		values := escape.Safe("")
		if p.With {
			values = ", with the values that it compares with"
		}
		at := apply(w.Title, placeName(p.Divergence.Place, w.friendly))
		w.misses(escape.Sprintf("the last step from which a flow would have led to %s is %s%s:", name, at, values), []verdict.NearMiss{*p.Divergence})
		if f := p.Divergence.Taken; f != nil {
			w.line("  the packet took flow %s, priority %d, %s", cookie(f), f.Priority, cut(oneLine(f.Match.In(w.friendly)), w.Width))
		} else {
			w.line("  no flow matched there")
		}
	case p.Visited:
		w.line("no single flow that the packet missed on its path leads to %s", name)
	default:
		w.line("no single flow that the packet missed on its path leads to %s; it did not reach %s", name, p.Datapath)
	}
	switch {
	case p.Visited:
	case len(p.Path) > 0:
		w.line("  the path to it is %s", strings.Join(p.Path, ", "))
	default:
		w.line("  no ports join %s to where the packet went", p.Datapath)
	}
	if len(p.Addresses) > 0 {
		w.line("  %s has %s", p.Port, strings.Join(p.Addresses, " and "))
	}
	w.addresses(a.Addresses)
}

// flow writes the results of a flow on the walk.
func (w *writer) flow(a *Answer) {
	f := a.Flow
	where := strings.Join(f.Datapaths, ", ")
	w.line("flow %s, priority %d, %s: %s", cookie(f.Flow), f.Flow.Priority, apply(w.Title, f.Flow.Stage), cut(oneLine(f.Flow.Match.In(w.friendly)), w.Width))
	switch {
	case f.Error != "":
		w.line("  does not parse, so it matches nothing: %s", f.Error)
	case len(a.Visits) == 0:
		w.line("  the packet did not come to its table, which %s", has(f.Datapaths, where))
	}
	for i := range a.Visits {
		v := &a.Visits[i]
		at := apply(w.Title, v.NearMiss.Place.Datapath.DisplayName(w.friendly)+"/"+stageName(v.NearMiss.Place))
		winner := ""
		if x := v.NearMiss.Taken; x != nil {
			winner = "flow " + cookie(x) + " of priority " + strconv.Itoa(x.Priority)
		}
		switch {
		case v.Taken:
			w.line("  at %s it is the one that was taken", at)
		case len(v.NearMiss.Parts) == 0 && winner != "":
			w.line("  at %s it matches, but %s comes first", at, winner)
		case winner != "":
			w.line("  at %s it does not match; %s was taken", at, winner)
			w.match("    ", &v.NearMiss)
		default:
			w.line("  at %s it does not match, and neither does another", at)
			w.match("    ", &v.NearMiss)
		}
	}
}

func has(datapaths []string, names string) string {
	if len(datapaths) == 1 {
		return "only " + names + " has"
	}
	return names + " have"
}
