package input

import (
	"reflect"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// TestAccessPassedOn sets every field of lflow.Source and finds each of them among what a
// northbound database is opened with.
func TestAccessPassedOn(t *testing.T) {
	sbtest.EachField(t, func(name string, s lflow.Source) {
		if reflect.ValueOf(s).FieldByName(name).Kind() == reflect.Func { // for the search and the display, which the caller sets
			return
		}
		if reflect.DeepEqual(everything(s), everything(lflow.Source{})) {
			t.Errorf("%s is lost on the way", name)
		}
	})
}
