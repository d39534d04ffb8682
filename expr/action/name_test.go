package action

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/dialect"
)

// TestName compares the names with the table of actions.
func TestName(t *testing.T) {
	for _, r := range everyRelease() {
		env := Env{Dialect: dialect.For(r)}
		for _, row := range dialect.ActionsOf(r) {
			a, err := Parse(row.Text, env)
			if err != nil || len(a.List) == 0 {
				continue // TestDialectActions says what must parse
			}
			if got := Name(a.List[0]); got != row.Name {
				t.Errorf("%v: %s is called %q, want %q", r, row.Text, got, row.Name)
			}
		}
	}
}

func TestEveryActionHasAName(t *testing.T) {
	for _, a := range Every() {
		if Name(a) == "" {
			t.Errorf("%T has no name", a)
		}
	}
}
