package lflow

import "github.com/ovnwalk/ovnwalk/expr"

// RequiredResident returns the name of a port that must be resident on a chassis for the flow to
// match there, or "".
func (f *Flow) RequiredResident() string {
	text, err := f.expand(f.MatchText())
	if err != nil {
		return ""
	}
	e, err := expr.ParseFlow(text, f.n.flowEnv())
	if err != nil {
		return ""
	}
	return required(e)
}

// required returns the port that must be resident for an expression to be true, or "".
func required(e expr.Expr) string {
	switch e := e.(type) {
	case *expr.Resident:
		if !e.Not {
			return e.Port
		}
	case *expr.And:
		for _, s := range e.Subs {
			if name := required(s); name != "" {
				return name
			}
		}
	}
	return ""
}
