package lex

import "testing"

// Escapes according to ovn-trace 23.03; internal/lab compares them with the installed release.
func TestUnquote(t *testing.T) {
	for _, test := range []struct{ in, want, err string }{
		{`"\udc00"`, "\xed\xb0\x80", ""},
		{`"\ud83d\ude00"`, "\U0001f600", ""},
		{`"\uffff"`, "\uffff", ""},
		{`"\é"`, "", "bad escape \\\xc3"},
		{`"\ud83dx"`, "", "malformed escaped surrogate pair"},
		{`"\u0000"`, "", "null bytes not supported in quoted strings"},
	} {
		got, err := Unquote(test.in)
		if got != test.want || (err == nil) != (test.err == "") || err != nil && err.Error() != test.err {
			t.Errorf("%s: %q, %v", test.in, got, err)
		}
	}
}
