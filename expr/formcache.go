package expr

import "sync"

// FormCache compiles the conditions of flows.  Of flows that differ only in addresses,
// numbers and names of ports, it parses the first one only.  T is further data that
// such flows share.  The zero value is an empty cache.  Several goroutines may use it.
type FormCache[T any] struct {
	mu    sync.RWMutex
	byKey map[string]*cachedForm[T]

	// texts are those whose memory is free to be used again.
	texts sync.Pool
}

// cachedForm is the condition of flows of one form.  Flows of a known form parse.
type cachedForm[T any] struct {
	form   *form
	shared T
}

// Form identifies the actions of a place that differ from each other only in constants, as
// ActionsForm does.  It is good until the call that it is for returns.
type Form struct {
	Place   uint16
	Key     []byte
	Differs bool // whether there are constants in which they may differ
}

// maxForms bounds how many forms are kept.
const maxForms = 1 << 16

// Compile returns the matcher of a flow's match with what its actions require.  A
// flow's place, such as its table, decides with the texts whether they parse.  For
// the first flow of a form it calls build with the parsed match and the form of the
// actions, which returns what the actions require and what flows of the form share.
// Ok is false for texts that do not parse, or that have no form: the flow must then be
// parsed by itself.
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

// Len returns how many forms the cache has.
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
