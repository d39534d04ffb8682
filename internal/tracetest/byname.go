package tracetest

import (
	"reflect"

	"github.com/ovnwalk/ovnwalk/trace"
)

// ByName returns a copy of a trace with references to datapaths and ports that have
// nothing but the friendly name, as far as a trace in JSON has them everywhere.
func ByName(t *trace.Trace) *trace.Trace {
	return byName(reflect.ValueOf(t)).Interface().(*trace.Trace)
}

func byName(v reflect.Value) reflect.Value {
	switch x := v.Interface().(type) {
	case *trace.DatapathRef:
		return reflect.ValueOf(trace.DatapathNamed(x.String(), 0))
	case *trace.PortRef:
		return reflect.ValueOf(trace.PortNamed(x.String(), "", nil))
	case trace.Text:
		return reflect.ValueOf(trace.SameText(x.Friendly))
	}
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	switch {
	case v.Kind() == reflect.Pointer && !v.IsNil():
		out.Set(reflect.New(v.Type().Elem()))
		out.Elem().Set(byName(v.Elem()))
	case v.Kind() == reflect.Interface && !v.IsNil():
		out.Set(byName(v.Elem()))
	case v.Kind() == reflect.Slice && !v.IsNil():
		out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			out.Index(i).Set(byName(v.Index(i)))
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				out.Field(i).Set(byName(v.Field(i)))
			}
		}
	}
	return out
}
