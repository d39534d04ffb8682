package witness

import (
	"context"
	"testing"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

func outlineOf(text string) string {
	var o outline
	o.read(text)
	return string(o.key)
}

func TestOutline(t *testing.T) {
	for _, test := range []struct {
		name, a, b string
		same       bool
	}{
		{"Ethernet address", "eth.dst = 0a:00:00:00:00:01; next;", "eth.dst = 0a:00:00:00:00:02; next;", true},
		{"IPv4 address", "reg0 = 10.0.0.1; next;", "reg0 = 192.168.255.20; next;", true},
		{"port", `outport = "a"; output;`, `outport = "b c"; output;`, true},
		{"no IPv4 address", "reg0 = 10.0.0.1; next;", "reg0 = 10.0.0.256; next;", false},
		{"leading zero", "reg0 = 10.0.0.1; next;", "reg0 = 10.0.0.01; next;", false},
		{"prefix", "reg0 = 10.0.0.1/24; next;", "reg0 = 10.0.1.1/24; next;", false},
		{"backend", "ct_lb(backends=10.0.0.1:80);", "ct_lb(backends=10.0.0.1:81);", false},
		{"number", "reg0 = 1; next;", "reg0 = 2; next;", false},
		{"mask of an Ethernet address", "eth.dst = 0a:00:00:00:00:01/ff:ff:ff:ff:ff:ff;", "eth.dst = 0a:00:00:00:00:02/ff:ff:ff:ff:ff:ff;", false},
		{"other text", `log(name="a");`, `log(name="b");`, false},
		{"escaped name", `outport = "a\\"; output;`, `outport = "b\\"; output;`, false},
		{"control character", `outport = "a"; output;`, "outport = \"\x01\"; output;", false},
		{"part of a word", "x10.0.0.1;", "x10.0.0.2;", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, b := outlineOf(test.a), outlineOf(test.b)
			if (a == b) != test.same {
				t.Errorf("the outlines are %q and %q, same %v, want %v", a, b, a == b, test.same)
			}
		})
	}
}

// TestOutlineHasOneForm tests that actions with the same outline have the same form.
func TestOutlineHasOneForm(t *testing.T) {
	outlines, texts := 0, 0
	for _, path := range sbtest.Recorded(t) {
		n, err := lflow.Open(context.Background(), path, lflow.Options{})
		if err != nil {
			continue
		}
		var forms expr.ActionsForm
		known := map[string]string{}
		for row := range n.Rows() {
			key, _, ok := forms.Of(row.Actions(), n.FlowEnv().Symbols)
			if !ok {
				continue
			}
			texts++
			outline := outlineOf(row.Actions())
			if form, is := known[outline]; is && form != string(key) {
				t.Errorf("%s: %q has another form than actions with the same outline", path, row.Actions())
			} else if !is {
				outlines++
				known[outline] = string(key)
			}
		}
	}
	if t.Logf("%d outlines of %d actions", outlines, texts); outlines == 0 || texts < 2*outlines {
		t.Error("too few actions share an outline")
	}
}
