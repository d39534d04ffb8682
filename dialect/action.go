package dialect

import "slices"

// ActionRow is a form of an action that a span of releases accepts. Other releases reject
// the text, or print it as another row with the same text specifies.
type ActionRow struct {
	Name   string // the action's name
	Text   string // an action that these releases accept, in the ingress pipeline, table 0
	Prints string // its canonical form, or empty for the text itself
	Span   Span
}

// Canonical returns the text's canonical form.
func (r ActionRow) Canonical() string {
	if r.Prints != "" {
		return r.Prints
	}
	return r.Text
}

// ActionsOf returns the rows of [Actions] that a release has, in their order.
func ActionsOf(r Release) []ActionRow {
	return slices.DeleteFunc(slices.Clone(Actions), func(row ActionRow) bool { return !row.Span.Holds(r) })
}
