package expr

import "sync"

// FormCache compiles the conditions of flows. Of flows that differ only in addresses,
// numbers and names of ports, it parses only the first. T is further data that such flows
// share. The zero value is an empty cache. It may be used by several goroutines.
type FormCache[T any] struct {
	mu    sync.RWMutex
	byKey map[string]*cachedForm[T]

	// texts are unused buffers.
	texts sync.Pool
}

// cachedForm is the condition of flows with the same form, which parses.
type cachedForm[T any] struct {
	form   *form
	shared T
}

// Form identifies actions of one place that differ only in constants, as in ActionsForm. It
// is valid only during the call that receives it.
type Form struct {
	Place   uint16
	Key     []byte
	Differs bool // whether there are constants in which actions may differ
}

// maxForms bounds the number of cached forms.
const maxForms = 1 << 16

// Compile returns the matcher of a flow's match and its actions' prerequisites. Whether
// texts parse also depends on the flow's place, such as its table. For the first flow of a
// form, Compile calls build with the parsed match and the form of the actions, which
// returns the actions' prerequisites and the data that flows of the form share. ok is false
// for texts that do not parse or have no form: the flow must then be parsed without the
// cache.
func (c *FormCache[T]) Compile(place uint16, match, actions string, env Env, b Binder, build func(match Expr, of Form) (prereqs Expr, shared T, err error)) (m Matcher, shared T, ok bool) {
	text, _ := c.texts.Get().(*formText)
	if text == nil {
		text = &formText{}
	}
	defer c.texts.Put(text)
	text.reset()
	text.key = append(text.key, byte(place>>8), byte(place))
	if !text.addMatch(match, env.Symbols) {
		return m, shared, false
	}
	inMatch, actionsAt := len(text.constants), len(text.key)
	if !text.addActions(actions, env.Symbols) {
		return m, shared, false
	}
	of := Form{place, text.key[actionsAt:], len(text.constants) > inMatch}
	text.constants, text.offsets = text.constants[:inMatch], text.offsets[:inMatch]
	c.mu.RLock()
	known := c.byKey[string(text.key)]
	c.mu.RUnlock()
	if known == nil {
		e, err := text.parse(match, env)
		if err != nil {
			return m, shared, false
		}
		prereqs, shared, err := build(e, of)
		if err != nil {
			return m, shared, false
		}
		known = &cachedForm[T]{compileForm(Annotate(AllOf(e, prereqs)), b), shared}
		c.add(string(text.key), known)
	}
	return known.form.matcher(text.constants, b), known.shared, true
}

// Len returns the number of forms in the cache.
func (c *FormCache[T]) Len() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.byKey)
}

func (c *FormCache[T]) add(key string, f *cachedForm[T]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byKey == nil {
		c.byKey = map[string]*cachedForm[T]{}
	}
	if len(c.byKey) < maxForms {
		c.byKey[key] = f
	}
}
