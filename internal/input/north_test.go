package input

import (
	"reflect"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// TestAccessPassedOn sets each field of lflow.Source and expects it in the options for a
// northbound database.
func TestAccessPassedOn(t *testing.T) {
	sbtest.EachField(t, func(name string, s lflow.Source) {
		if reflect.ValueOf(s).FieldByName(name).Kind() == reflect.Func { // for the search and the display, which the caller sets
			return
		}
		if reflect.DeepEqual(everything(s), everything(lflow.Source{})) {
			t.Errorf("%s is not in the options", name)
		}
	})
}
