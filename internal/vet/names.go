package vet

import (
	"fmt"
	"strings"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/northd"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// names reports the ports and multicast groups that flows name and that do not
// exist, or not where the flow is.
func (v *checker) names(flows []*flow) {
	for _, f := range flows {
		if f.match == nil {
			continue
		}
		seen := map[string]bool{}
		text := f.texts[0]
		here := func(name string) {
			if !seen[name] {
				seen[name] = true
				v.name(f, text, name)
			}
		}
		anywhere := func(name string) {
			if !seen[name] && !v.n.HasPort(name) {
				seen[name] = true
				v.missing(f, text, name)
			}
		}
		expr.Walk(f.match, func(e expr.Expr) bool {
			switch e := e.(type) {
			case *expr.Cmp:
				if e.Symbol.Width == 0 && e.Group == "" {
					here(e.Port)
				}
			case *expr.Resident:
				anywhere(e.Port)
			}
			return true
		})
		clear(seen)
		text = f.texts[1]
		namesIn(f.actions.List, here, anywhere)
	}
}

// namesIn calls here for the name of every port or group that actions need on the datapath
// of the flow, and anywhere for those that may be on any datapath.
func namesIn(list []action.Action, here, anywhere func(name string)) {
	for _, a := range list {
		switch a := a.(type) {
		case *action.Load:
			if a.Dst.Symbol.Width == 0 {
				here(a.Value.Str)
			}
		case *action.FwdGroup:
			for _, p := range a.ChildPorts {
				here(p)
			}
		case *action.BindVport:
			here(a.Port)
		case *action.Mirror:
			here(a.Port)
		case *action.CTLB:
			for _, b := range a.Backends {
				if b.Name != "" {
					anywhere(b.Name)
				}
			}
		case *action.Nested:
			namesIn(a.List, here, anywhere)
		}
	}
}

// name reports a name that leads nowhere on any datapath that has the flow.
func (v *checker) name(f *flow, text, name string) {
	if name == "" || name == "none" && v.n.Dialect.Has(dialect.PortNamedNone) {
		return
	}
	elsewhere := v.n.Binder().Port(name)
	if elsewhere == nil {
		v.missing(f, text, name)
		return
	}
	for _, d := range f.on.List {
		if _, ok := v.n.PortKey(d, name); ok {
			return
		}
	}
	found := "multicast groups of that name are on other datapaths"
	if p, ok := elsewhere.(*lflow.Port); ok {
		found = "it is on " + p.Datapath.DisplayName(true)
	}
	v.add(v.naming(ForeignPort, f, text, name, fmt.Sprintf("%s is not on %s: %s", expr.Quote(name), onText(f.names()), found)))
}

func (v *checker) missing(f *flow, text, name string) {
	v.add(v.naming(UnknownPort, f, text, name, fmt.Sprintf("the database has no port and no multicast group %s", expr.Quote(name))))
}

// naming returns a finding about a name in a text.
func (v *checker) naming(c Code, f *flow, text, name, message string) Finding {
	found := Finding{Code: c, Message: message, Flows: []Where{where(f.Flow)}, Datapaths: f.names(), Text: text, End: len(text)}
	found.KnownReason = northd.NameReason(v.n.Dialect.Release(), f.Stage(), name)
	if i := strings.Index(text, expr.Quote(name)); i >= 0 {
		found.Start, found.End = i, i+len(expr.Quote(name))
	}
	return found
}

// onText names datapaths, the first few of many.
func onText(names []string) string {
	const few = 3
	if len(names) > few {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:few], ", "), len(names)-few)
	}
	return strings.Join(names, ", ")
}
