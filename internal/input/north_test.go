package input

import (
	"reflect"
	"testing"

	"github.com/ovnwalk/ovnwalk/lflow"
)

// TestAccessPassedOn sets every field of lflow.Source and finds each of them among what a
// northbound database is opened with.
func TestAccessPassedOn(t *testing.T) {
	typ := reflect.TypeFor[lflow.Source]()
	for i := range typ.NumField() {
		var s lflow.Source
		switch f := reflect.ValueOf(&s).Elem().Field(i); f.Kind() {
		case reflect.Bool:
			f.SetBool(true)
		case reflect.String:
			f.SetString("set")
		case reflect.Int64:
			f.SetInt(7)
		case reflect.Func:
			continue // for the search and the display, which the caller sets
		default:
			t.Fatalf("%s: a kind of field that this test does not know", typ.Field(i).Name)
		}
		if reflect.DeepEqual(everything(s), everything(lflow.Source{})) {
			t.Errorf("%s is lost on the way", typ.Field(i).Name)
		}
	}
}
