package expr

import (
	"errors"

	"github.com/ovnwalk/ovnwalk/expr/lex"
)

// SyntaxError is a text that does not parse: upstream's message, and the bytes
// of the text that caused it.
type SyntaxError = lex.Error

// IsSyntaxError returns the syntax error in err's chain, nil where there is
// none.
func IsSyntaxError(err error) *SyntaxError {
	var e *SyntaxError
	if errors.As(err, &e) {
		return e
	}
	return nil
}
