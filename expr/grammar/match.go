package grammar

import (
	"sync"

	"github.com/alecthomas/participle/v2"

	"github.com/ovnwalk/ovnwalk/expr/lex"
)

// Match is one or more operands joined by && or by ||.
type Match struct {
	Span
	First *Operand   `parser:"@@"`
	And   []*Operand `parser:"( ( '&&' @@ )+"`
	Or    []*Operand `parser:"| ( '||' @@ )+ )?"`
}

// Operand is an expression in parentheses, a function or a comparison, perhaps
// negated.
type Operand struct {
	Span
	Not        bool        `parser:"@'!'?"`
	Paren      *Match      `parser:"( '(' @@ ')'"`
	Function   *Function   `parser:"| @@"`
	Comparison *Comparison `parser:"| @@ )"`
}

// Operands returns the operands of a match, and whether it is their conjunction;
// otherwise it is their disjunction.
func (m *Match) Operands() (operands []*Operand, all bool) {
	if len(m.Or) > 0 {
		return append([]*Operand{m.First}, m.Or...), false
	}
	return append([]*Operand{m.First}, m.And...), true
}

// Unnegated returns the span of an operand without its exclamation mark.
func (o *Operand) Unnegated() Span {
	if o.Not {
		return Span{o.Tokens[1:]}
	}
	return o.Span
}

// Function is a condition that does not depend on the packet, such as
// is_chassis_resident("port").
type Function struct {
	Span
	Name     string `parser:"@ID"`
	Argument string `parser:"'(' @String ')'"`
}

// Comparison is a field alone, a field compared with constants, a range of a
// field, or one of the constants 0 and 1.
type Comparison struct {
	Span
	Field *Field       `parser:"( @@"`
	Op    string       `parser:"( @( '==' | '!=' | '<' | '<=' | '>' | '>=' )"`
	Right *ConstantSet `parser:"@@ )?"`

	Left   *ConstantSet `parser:"| @@"`
	LeftOp string       `parser:"( @( '==' | '!=' | '<' | '<=' | '>' | '>=' )"`
	Middle *Field       `parser:"@@"`
	// UpperOp and Upper complete a range such as 1 <= tcp.dst < 1024.
	UpperOp string       `parser:"( @( '==' | '!=' | '<' | '<=' | '>' | '>=' )"`
	Upper   *ConstantSet `parser:"@@ )? )? )"`
}

// Field is a field or some of its bits.
type Field struct {
	Span
	Name string `parser:"@ID"`
	Low  string `parser:"( '[' @Integer"`
	High string `parser:"( '..' @Integer )? ']' )?"`
}

// ConstantSet is one constant, or several in braces.
type ConstantSet struct {
	Span
	One  *Constant   `parser:"( @@"`
	Many []*Constant `parser:"| '{' ( @@ ','? )+ '}' )"`
}

// Constant is a number, a string, an address set or a port group.
type Constant struct {
	Span
	Integer    *string `parser:"( @Integer"`
	String     *string `parser:"| @String"`
	AddressSet *string `parser:"| @AddressSet"`
	PortGroup  *string `parser:"| @PortGroup )"`
}

var matchParser = sync.OnceValue(func() *participle.Parser[Match] {
	return participle.MustBuild[Match](participle.Lexer(lex.Definition), participle.UseLookahead(2))
})

// ParseMatch parses a match, lexed by the rules of a release.
func ParseMatch(text string, rules lex.Rules) (*Match, error) {
	return parse(matchParser(), text, rules)
}
