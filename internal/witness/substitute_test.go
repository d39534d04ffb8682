package witness

import (
	"context"
	"reflect"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// TestSubstitutionEqualsEdge tests that an edge with the addresses of a flow's actions in place of
// its own has the effects of this flow's edge.
func TestSubstitutionEqualsEdge(t *testing.T) {
	substituted := 0
	for _, path := range sbtest.Recorded(t) {
		n, err := lflow.Open(context.Background(), path, lflow.Options{})
		if err != nil {
			continue
		}
		x := NewFinder(n)
		for _, d := range n.Datapaths {
			p := x.path(d)
			for _, leads := range p.leads {
				for _, l := range leads {
					s := l.substitution(n.FlowEnv().Symbols)
					if s == nil {
						continue
					}
					for i, f := range l.flows {
						writes, gives := p.effects(s.edge(i))
						ownWrites, ownGives := p.effects(l.edge(i))
						if !reflect.DeepEqual(writes, ownWrites) || !reflect.DeepEqual(gives, ownGives) {
							t.Errorf("%s: %s: %q has other effects than the edge with its addresses", path, d.Name, f.ActionsText())
						}
						if i > 0 && len(s.loads) > 0 {
							substituted++
						}
					}
				}
			}
		}
		n.Close()
	}
	if t.Logf("%d edges", substituted); substituted == 0 {
		t.Error("no edge has been substituted")
	}
}

func TestHasTerm(t *testing.T) {
	for _, test := range []struct {
		match string
		want  bool
	}{
		{"arp.op == 1", true},
		{"arp.tpa == 10.0.0.1 && arp.op == 1", true},
		{`inport == "a-B/1" && arp.op == 1 && arp.spa == 10.0.0.0/24`, true},
		{"arp.op == 2", false},
		{"arp.op == 1 || ip", false},
		{"!(arp.op == 1)", false},
		{`inport == "a && arp.op == 1 && b"`, false},
		{`inport == "a\"" && arp.op == 1`, false},
		{"ip /* && arp.op == 1 && */", false},
		{"ip // && arp.op == 1", false},
	} {
		if got := hasTerm(test.match, "arp.op == 1"); got != test.want {
			t.Errorf("hasTerm(%q) = %v, want %v", test.match, got, test.want)
		}
	}
}

func TestSetsParts(t *testing.T) {
	for _, test := range []struct {
		actions string
		want    bool
	}{
		{"eth.src = xreg0[0..47]; arp.op = 2; next;", false},
		{"reg0[1] = 1; next;", true},
		{"icmp4.type[0..7] = 0; next;", true},
		{"reg0[0..3] <-> reg1[0..3]; next;", true},
		{"arp.op = 2; next;", false},
	} {
		if got := setsParts(test.actions); got != test.want {
			t.Errorf("setsParts(%q) = %v, want %v", test.actions, got, test.want)
		}
	}
}
