package sim_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/tracetext"
)

// openFlow is a switch that knows flows by the table that they are for.
type openFlow struct {
	flows map[uint32][]string
	err   error
	asked []uint32
}

func (o *openFlow) Flows(cookie uint32) ([]string, error) {
	o.asked = append(o.asked, cookie)
	return o.flows[cookie], o.err
}

// TestOpenFlow shows the OpenFlow flows of a logical flow before its actions, or why there are none.
func TestOpenFlow(t *testing.T) {
	n := lab(t, "23.03", "pkt.mark = 1; next;")
	plain := tracetest.Trace(t, n, sim.Request{Microflow: ipv4})
	first := plain.Root.Nodes[0].Subs()
	none := &openFlow{}
	tracetest.Trace(t, n, sim.Request{Microflow: ipv4, Choices: sim.Choices{OpenFlow: none}})
	cookie := none.asked[0]
	for _, test := range []struct {
		name string
		of   *openFlow
		want []string // before the first flow's actions
		warn string
	}{
		{"flows", &openFlow{flows: map[uint32][]string{cookie: {"cookie=0x1, actions=drop", "cookie=0x1, actions=output:1"}}}, []string{"cookie=0x1, actions=drop", "cookie=0x1, actions=output:1"}, ""},
		{"none", &openFlow{}, []string{"*** no OpenFlow flows"}, ""},
		{"trouble", &openFlow{err: errors.New("End of file")}, []string{"*** error obtaining flow stats (End of file)"}, "error obtaining flow stats (End of file)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			tr := tracetest.Trace(t, n, sim.Request{Microflow: ipv4, Choices: sim.Choices{OpenFlow: test.of}})
			if got, want := len(tr.Root.Nodes[0].Subs()), len(first)+len(test.want); got != want {
				t.Errorf("%d nodes in the first table, want %d", got, want)
			}
			var b strings.Builder
			if err := tracetext.Write(&b, tr, tracetext.Views{Summary: true}, tracetext.Paint{}); err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(b.String(), "\n")[2:] // without the header and the pipeline
			for i, want := range append(test.want, "pkt.mark = 1;") {
				end := ""
				if strings.HasPrefix(want, "***") {
					end = ";"
				}
				if got := lines[i]; got != "    "+want+end {
					t.Errorf("line %d: %q, want %q", i, got, want)
				}
			}
			warned := ""
			for _, w := range tr.Warnings {
				warned = w.Text
			}
			if warned != test.warn {
				t.Errorf("warned %q, want %q", warned, test.warn)
			}
		})
	}
}
