package packetset

import (
	"slices"
	"strings"
	"sync"

	"github.com/ovnwalk/ovnwalk/packet"
)

// Description is a set as text.
type Description struct {
	// Text is one line, such as "tcp.dst == {5432, 8000..8080}". In it, "A except B" has
	// the packets that are in A and not in B, alternatives are joined by ", or" or "||",
	// and every name of a field requires packets that have it.
	Text string

	// Lines is the same text in several lines, with indented parts.
	Lines []string

	// Cut reports whether a part was too long to write and is replaced by "...".
	Cut bool

	// Match is the same set in the match language, or "" if the language cannot express it,
	// for example because it has names for some protocols only.
	Match string

	formula *formula
	or      bool // the parts of Match are joined by "||"
}

// Cost returns the cost of reading a description; see formula.cost.
func (d *Description) Cost() int { return d.formula.cost }

// description writes a formula, whose match is known.
func (f *formula) description(match string, or bool) Description {
	d := Description{Text: f.text(), Lines: f.lines(), Cut: f.cut, Match: match, formula: f, or: or}
	if f.isUnion() {
		d.Text = f.alternatives(", or ")
	}
	return d
}

// And returns the description of the packets that also satisfy a comparison.
func (d Description) And(comparison string) Description {
	f := *d.formula
	f.literals = append(slices.Clone(f.literals), literal{clause: &clause{text: comparison, match: comparison, cost: len(comparison)}})
	f.price()
	switch {
	case d.Match == "":
		return f.description("", false)
	case d.Match == always1.text:
		return f.description(comparison, false)
	case d.or:
		return f.description("("+d.Match+") && "+comparison, false)
	}
	return f.description(d.Match+" && "+comparison, false)
}

// Replace returns the description with names and values replaced.
func (d Description) Replace(replace func(string) string) Description {
	return d.formula.replaced(replace).description(replace(d.Match), d.or)
}

// Any returns the description of the union of several descriptions.
func Any(list []Description) Description {
	if len(list) == 1 {
		return list[0]
	}
	f := &formula{}
	matches := make([]string, len(list))
	for i, d := range list {
		f.cut = f.cut || d.Cut
		f.add(d.formula)
		matches[i] = "(" + d.Match + ")"
	}
	f.price()
	if slices.Contains(matches, "()") {
		return f.description("", false)
	}
	return f.description(strings.Join(matches, " || "), true)
}

// Port is an input port: its key, and its name in the match language.
type Port struct {
	Key  uint64
	Name string
}

// Describe writes a set in terms of its difference from a larger set: it omits the
// conditions that all packets of among satisfy. Ports are the input ports of the larger
// set.
func (m *Manager) Describe(s, among Set, ports []Port) Description {
	if s == Empty {
		return Description{Match: never0.text, Lines: []string{""}, formula: &formula{}}
	}
	d, ok := describers.Get().(*describer)
	if !ok || d.m.Size() > maxScratch {
		d = newDescriber()
	}
	out, err := d.describe(m, s, among, ports)
	if err != nil {
		return tooLong(Empty).description("", false)
	}
	describers.Put(d)
	return out
}

// describers are shared by managers, so that results for one set serve others.
var describers sync.Pool

// maxScratch is the number of nodes beyond which a describer is not reused.
const maxScratch = 200_000

// describe writes a set of a manager.
func (d *describer) describe(m *Manager, s, among Set, ports []Port) (out Description, err error) {
	defer Catch(&err)
	d.inports, d.solved, d.steps, d.allowed = ports, map[question]*solution{}, 0, maxSteps
	s, among = d.m.Copy(m, s), d.m.Copy(m, among)
	f := d.find(s, d.m.Or(s, d.m.Not(among)), unlimited, 0)
	if f.parts() == 0 && f.except == nil && !f.cut { // all packets: the name of their families
		f = &formula{names: narrowest(d.kindsOf(among), phrase{of: allKinds}), set: f.set}
	}
	if w := d.match(f, d.kindsOf(among)); w.ok && d.m.And(w.set, among) == s { // else the language cannot express it
		return f.description(w.text, w.or), nil
	}
	return f.description("", false), nil
}

// words are a text of the match language, and the packets that it matches.
type words struct {
	text string
	set  Set
	or   bool // the parts are joined by "||"
	and  bool // the parts are joined by "&&"
	ok   bool // the language can express it
}

// The texts that match all packets and none.
var (
	always1 = words{text: "1", set: All, ok: true}
	never0  = words{text: "0", set: Empty, ok: true}
)

func (d *describer) and(list ...words) words {
	return d.joined(list, always1, d.m.And, " && ", func(w *words) *bool { return &w.and }, func(w *words) bool { return w.or })
}

func (d *describer) or(list ...words) words {
	return d.joined(list, never0, d.m.Or, " || ", func(w *words) *bool { return &w.or }, func(w *words) bool { return w.and })
}

// joined joins words, without those that are the identity of the operator.
func (d *describer) joined(list []words, identity words, op func(a, b Set) Set, join string, is func(*words) *bool, encloses func(*words) bool) words {
	list = slices.DeleteFunc(slices.Clone(list), func(w words) bool { return w.ok && w.text == identity.text })
	if len(list) == 0 {
		return identity
	}
	all := list[0]
	if len(list) == 1 {
		return all
	}
	texts := make([]string, len(list))
	for i := range list {
		w := &list[i]
		texts[i] = w.text
		if encloses(w) {
			texts[i] = "(" + w.text + ")"
		}
		if i > 0 {
			all.set, all.ok = op(all.set, w.set), all.ok && w.ok
		}
	}
	all.text, all.and, all.or = strings.Join(texts, join), false, false
	*is(&all) = true
	return all
}

// kindWords matches the packets of the needed families, and maybe others that are allowed.
// The names of families cannot be negated in the language.
func (d *describer) kindWords(need, allowed kinds) words {
	if allowed == allKinds {
		return always1
	}
	p, ok := either(exact, need, allowed)
	if !p.or {
		p = narrowest(need, p)
	}
	return words{text: p.text, set: d.of(p.of), or: p.or, and: !p.or && strings.Contains(p.text, " && "), ok: ok}
}

// literalWords matches the packets in which a field has certain values, and which therefore
// have the symbol's prerequisites.
func (d *describer) literalWords(l literal) words {
	w := words{text: l.match, set: d.m.And(l.set, d.of(l.symbol.of)), ok: l.spoken && !l.cut}
	if !strings.HasPrefix(l.match, "(") {
		w.and = strings.Contains(l.match, " && ")
	}
	return w
}

// match writes a formula in the match language, for packets of some families.
func (d *describer) match(f *formula, among kinds) words {
	if f.cut {
		return words{}
	}
	inside := among & f.kinds()
	parts := []words{d.kindWords(inside, f.names.of|^f.prerequisites()&allKinds|^among&allKinds)}
	for _, l := range f.literals {
		parts = append(parts, d.literalWords(l))
	}
	if len(f.any) > 0 {
		var list []words
		for _, a := range f.any {
			list = append(list, d.match(a, inside))
		}
		parts = append(parts, d.or(list...))
	}
	if f.except != nil {
		parts = append(parts, d.not(f.except, inside))
	}
	return d.and(parts...)
}

// kinds returns the families to which the names and literals restrict a formula.
func (f *formula) kinds() kinds { return f.names.of & f.prerequisites() }

// prerequisites returns the families that have the symbols of the literals.
func (f *formula) prerequisites() kinds {
	k := allKinds
	for _, l := range f.literals {
		k &= l.symbol.of
	}
	return k
}

// not writes the negation of a formula. The negation of a comparison has the prerequisites
// of its symbol, so that the packets without the symbol are added.
func (d *describer) not(f *formula, among kinds) words {
	if f.cut {
		return words{}
	}
	var list []words
	if out := among &^ f.kinds(); out != 0 {
		list = append(list, d.kindWords(out, out|^among&allKinds))
	}
	inside := among & f.kinds()
	for _, l := range f.literals {
		list = append(list, d.lacking(l.symbol))
		list = append(list, d.literalWords(d.literal(l.field, l.symbol, d.m.Without(d.domain(l.field, l.symbol), l.values))))
	}
	if len(f.any) > 0 {
		var none []words
		for _, a := range f.any {
			none = append(none, d.not(a, inside))
		}
		list = append(list, d.and(none...))
	}
	if f.except != nil {
		list = append(list, d.match(f.except, inside))
	}
	return d.or(list...)
}

// lacking matches the packets of the families of a symbol that do not have the symbol.
func (d *describer) lacking(s symbol) words {
	required := d.required(s)
	if required == All {
		return never0
	}
	var list []words
	for _, f := range []*packet.Field{packet.TPSrc, packet.TPDst, packet.IPTTL} {
		symbol, _ := icmp6.symbol(f)
		list = append(list, d.literalWords(d.literal(f, symbol, d.m.Not(d.project(required, f)))))
	}
	return d.or(list...)
}
