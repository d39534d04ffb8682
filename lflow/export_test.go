package lflow

import "reflect"

// SourceIsPassedOn reports whether a source changes the options that a database is
// opened with.
func SourceIsPassedOn(s Source) bool {
	a, b := s.read(), Source{}.read()
	return !reflect.DeepEqual(a, b)
}
