package cli

import (
	"reflect"
	"testing"

	"github.com/spf13/pflag"
)

// TestAccessPassedOn gives every option of accessOptions and finds each of them in what
// databases of both kinds are opened with.
func TestAccessPassedOn(t *testing.T) {
	var names []string
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	(&accessOptions{}).flags(all)
	all.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if len(names) < reflect.TypeFor[accessOptions]().NumField() {
		t.Errorf("only %v are options", names)
	}
	for _, name := range names {
		if name == "leader-only" {
			continue // the default
		}
		var a, none accessOptions
		set := pflag.NewFlagSet("", pflag.ContinueOnError)
		a.flags(set)
		value := "set"
		if set.Lookup(name).Value.Type() == "bool" {
			value = "true"
		}
		if set.Lookup(name).NoOptDefVal != "" {
			value = set.Lookup(name).NoOptDefVal
		}
		if err := set.Set(name, value); err != nil {
			t.Fatal(err)
		}
		if reflect.DeepEqual(a.source(), none.source()) {
			t.Errorf("--%s is lost on the way to southbound databases", name)
		}
		if reflect.DeepEqual(a.allTables(), none.allTables()) {
			t.Errorf("--%s is lost on the way to databases of any schema", name)
		}
	}
}
