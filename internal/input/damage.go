package input

import (
	"fmt"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// DamagePolicy says what becomes of a source of which rows may be missing.  The zero
// value warns.
type DamagePolicy struct {
	Refused bool // by verbs whose answer is a verdict on the whole database
	Allowed bool // by the user
}

// Check returns the error for a damaged source, where that is one.
func (p DamagePolicy) Check(warnings []lflow.Warning) error {
	if !p.Refused || p.Allowed {
		return nil
	}
	for _, w := range warnings {
		if w.Damage {
			return fmt.Errorf("the database is damaged: %s; an answer from what is left may be wrong: take another copy, or go on with --allow-damaged", w.Text)
		}
	}
	return nil
}

// Warn says what is wrong with a database of any schema, and returns the error for one
// that is refused.
func (p DamagePolicy) Warn(s *Session, warnings []ovsdb.Warning) error {
	for _, w := range warnings {
		if err := p.Check([]lflow.Warning{{Text: w.String(), Damage: !w.Beside}}); err != nil {
			return err
		}
		s.WarnOnce(w.String())
	}
	return nil
}
