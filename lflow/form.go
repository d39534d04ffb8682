package lflow

import (
	"sync"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
)

// forms are what flows that differ only in constants share, so that only the
// first of them is parsed.
type forms struct {
	mu    sync.RWMutex
	byKey map[string]*form

	// texts are those whose memory is free to be used again.
	texts sync.Pool
}

// form is the match of flows of one form, with their actions' prerequisites.
// Flows of a known form parse.
type form struct {
	match *expr.Form
	bound []*boundGroup
}

// maxForms bounds how many forms are kept.
const maxForms = 1 << 16

// parse reads a flow by its form.  It is false where the flow has none or does
// not parse.
func (x *forms) parse(f *Flow) bool {
	text, _ := x.texts.Get().(*expr.FormText)
	if text == nil {
		text = &expr.FormText{}
	}
	defer x.texts.Put(text)
	n, match, actions := f.n, f.MatchText(), f.ActionsText()
	text.Reset()
	text.Key = append(text.Key, byte(f.Table), byte(f.Pipeline))
	if !text.AddMatch(match, n.symbols) || !text.AddActions(actions, n.symbols) {
		return false
	}
	x.mu.RLock()
	known := x.byKey[string(text.Key)]
	x.mu.RUnlock()
	if known == nil {
		e, err := text.ParseForm(match, n.flowEnv())
		if err != nil {
			return false
		}
		a, err := action.ParseFlow(actions, n.ActionEnv(f.Pipeline, f.Table))
		if err != nil {
			return false
		}
		f.actions.Store(&a)
		known = &form{
			match: expr.CompileForm(expr.Annotate(expr.AllOf(e, a.Prereqs)), binder{n}),
			bound: n.groupsIn(e),
		}
		x.add(string(text.Key), known)
	}
	f.bound = known.bound
	f.matcher = known.match.Matcher(text.Constants, binder{n})
	return true
}

func (x *forms) add(key string, f *form) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.byKey == nil {
		x.byKey = map[string]*form{}
	}
	if len(x.byKey) < maxForms {
		x.byKey[key] = f
	}
}
