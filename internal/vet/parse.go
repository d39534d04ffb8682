package vet

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/northd"
	"github.com/ovnwalk/ovnwalk/internal/progress"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// parse reads every flow, and reports those that do not parse.
func (v *checker) parse(flows []*flow) {
	for _, f := range flows {
		progress.Add(v.ctx, 1, 0)
		if err := v.read(f); err != nil {
			v.unparsed(f, err, f.names())
			continue
		}
		f.parses = f.on
		if !strings.Contains(f.texts[0], "@") {
			continue
		}
		var lacking []string
		var last error
		var parses []*lflow.Datapath
		for _, d := range f.on.List {
			if err := f.Err(d); err != nil {
				lacking, last = append(lacking, d.DisplayName(true)), err
			} else {
				parses = append(parses, d)
			}
		}
		if lacking != nil {
			f.parses = v.sets.Of(parses)
			v.unparsed(f, last, lacking)
		}
	}
}

// read parses a flow's match and actions.
func (v *checker) read(f *flow) error {
	fail := func(actions bool, err error) error {
		f.match, f.actions = nil, action.Actions{}
		return &lflow.ParseError{Flow: f.Flow, Actions: actions, Err: err}
	}
	match, err := f.ParsedMatch()
	if err != nil {
		return fail(false, err)
	}
	f.texts[0] = match
	if f.match, err = expr.ParseFlow(match, v.n.FlowEnv()); err != nil {
		return fail(false, err)
	}
	actions, err := v.n.ExpandMicroflow(f.ActionsText())
	if err != nil {
		return fail(true, err)
	}
	f.texts[1] = actions
	if f.actions, err = action.ParseFlow(actions, v.n.ActionEnv(f.Pipeline, f.Table)); err != nil {
		return fail(true, err)
	}
	return nil
}

// unparsed reports a flow that does not parse on some datapaths.
func (v *checker) unparsed(f *flow, err error, on []string) {
	found := Finding{Code: Unparsed, Flows: []Where{where(f.Flow)}, Datapaths: on}
	what := "match"
	if parse, ok := errors.AsType[*lflow.ParseError](err); ok {
		err = parse.Err
		if parse.Actions {
			what = "actions"
		}
	}
	found.Message = fmt.Sprintf("the %s of the flow cannot be read: %s", what, strings.TrimSpace(err.Error()))
	msg := err.Error()
	syntax, isSyntax := errors.AsType[*expr.SyntaxError](err)
	if isSyntax {
		found.Text, found.Start, found.End = syntax.Text, syntax.Start, syntax.End
		msg = syntax.Msg
	}
	_, unset := errors.AsType[*lflow.TemplateError](err)
	switch {
	case unset, isSyntax && v.unset(f, syntax.Text[syntax.Start:syntax.End]):
		found.Code = UnsetTemplate
	case strings.HasSuffix(msg, "expecting address set name."):
		found.Code = UnknownSet
	case strings.HasSuffix(msg, "expecting port group name."):
		found.Code = UnknownGroup
		if !isSyntax { // known by name, but not on these datapaths
			found.Text = f.texts[0]
			found.Start, found.End = groupIn(found.Text, msg)
		}
	case strings.Contains(msg, `"next" action cannot`):
		found.Code = NextPastEnd
	}
	if found.Code == Unparsed {
		found.KnownReason = northd.InvalidReason(v.n.Dialect.Release(), f.MatchText(), f.ActionsText())
	}
	v.add(found)
}

// unset reports whether a word is the name of a template variable that a flow's
// text has, which some releases leave standing.
func (v *checker) unset(f *flow, word string) bool {
	if word == "" {
		return false
	}
	return strings.Contains(f.MatchText(), "^"+word) || strings.Contains(f.ActionsText(), "^"+word)
}

// groupIn finds the port group that an error names in a match.
func groupIn(text, msg string) (start, end int) {
	_, name, _ := strings.Cut(msg, "`")
	name, _, ok := strings.Cut(name, "'")
	if i := strings.Index(text, name); ok && i >= 0 {
		return i, i + len(name)
	}
	return 0, len(text)
}
