package sbtest

import (
	"reflect"
	"testing"
)

// EachField calls visit with the name of each field of a struct, and a value of the struct
// in which that field alone is set.
func EachField[T any](t *testing.T, visit func(name string, v T)) {
	t.Helper()
	typ := reflect.TypeFor[T]()
	for i := range typ.NumField() {
		var v T
		name := typ.Field(i).Name
		switch f := reflect.ValueOf(&v).Elem().Field(i); f.Kind() {
		case reflect.Bool:
			f.SetBool(true)
		case reflect.String:
			f.SetString("set")
		case reflect.Int64:
			f.SetInt(7)
		case reflect.Func:
			f.Set(reflect.MakeFunc(f.Type(), func([]reflect.Value) []reflect.Value { return nil }))
		default:
			t.Fatalf("%s: a kind of field that EachField does not know", name)
		}
		visit(name, v)
	}
}
