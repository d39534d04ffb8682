package input

import (
	"fmt"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// DamagePolicy determines whether a source in which rows may be missing is an error. The
// zero value warns.
type DamagePolicy struct {
	Refused bool // by commands whose result is a verdict on the whole database
	Allowed bool // by the user
}

// Check returns the error for a damaged source if the policy refuses it, else nil.
func (p DamagePolicy) Check(warnings []lflow.Warning) error {
	if !p.Refused || p.Allowed {
		return nil
	}
	for _, w := range warnings {
		if w.Damage {
			return fmt.Errorf("the database is damaged: %s; a result from the rows that are left may be wrong: take another copy, or continue with --allow-damaged", w.Text)
		}
	}
	return nil
}

// Warn prints the warnings of a database of any schema, or returns the error if the policy
// refuses it.
func (p DamagePolicy) Warn(s *Session, warnings []ovsdb.Warning) error {
	for _, w := range warnings {
		if err := p.Check([]lflow.Warning{{Text: w.String(), Damage: !w.Beside}}); err != nil {
			return err
		}
		s.WarnOnce(w.String())
	}
	return nil
}
