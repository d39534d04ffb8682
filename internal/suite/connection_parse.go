package suite

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/connect"
)

// maxSize is the most bytes that a packet has.
const maxSize = 65535

// The words that connections end with.
var (
	verdictWords = func() (out []string) {
		for _, v := range connect.Verdicts() {
			out = append(out, string(v))
		}
		return out
	}()
	packetWords     = []string{connect.Request, connect.Reply, connect.Third}
	connectionCodes = func() []string {
		out := slices.Clone(dropCodes)
		for code := range connect.Codes() {
			out = append(out, string(code))
		}
		slices.Sort(out)
		return out
	}()
)

// oneOf reads one or more of the known words.
func (d *decoder) oneOf(k text, n ast.Node, known []string) *Alternatives {
	w := &Alternatives{Pos: k.Pos}
	w.Names, _ = d.texts(n, k.Value)
	for _, t := range w.Names {
		if slices.Contains(known, t.Value) {
			continue
		}
		hint := "it takes " + strings.Join(known, ", ")
		if near := address.Similar(t.Value, known); len(near) > 0 {
			hint = "did you mean " + strings.Join(near, " or ") + "?"
		}
		d.fail(t.Pos, "%s: no %q: %s", k.Value, t.Value, hint)
	}
	return w
}

// neighbors reads a mapping of IP addresses to Ethernet addresses.
func (d *decoder) neighbors(k text, n ast.Node) (out []neighbor) {
	es, _ := d.entries(n, k.Value, 0)
	for _, e := range es {
		v, ok := d.text(d.resolve(e.value), e.key.Value)
		if !ok {
			continue
		}
		ip, mac, err := connect.ParseNeighbor(e.key.Value, v.Value)
		if err != nil {
			d.fail(e.key.Pos, "%s: %v", k.Value, err)
		}
		out = append(out, neighbor{e.key, ip, mac})
	}
	return out
}

// checkConnection refuses what does not go with a connection, and what goes with
// nothing else.
func (d *decoder) checkConnection(t *Test) {
	c, own := t.Expect.Connection, func(key string) bool { return !t.inherited[key] }
	if c == nil {
		for _, x := range []struct {
			key  string
			said bool
		}{{"hosts-answer", t.HostsAnswer != nil}, {"chassis-down", t.ChassisDown != nil}, {"mac", t.MAC != nil}, {"size", t.Size != nil}} {
			if x.said && own(x.key) {
				d.fail(t.Pos, "%s goes with expect: {connection: ...}, which the test does not say", x.key)
			}
		}
		return
	}
	rest := *t.Expect
	rest.Connection = nil
	switch {
	case c.Verdict == nil:
		d.fail(c.Pos, "code, lost, translated and via-chassis go with connection, which says the verdict")
	case !rest.empty():
		d.fail(c.Pos, "connection goes with code, lost, translated and via-chassis: what becomes of one packet alone is another test")
	case t.CT != nil && own("ct"), t.CTNew != nil && own("ct-new"):
		d.fail(c.Pos, "a connection has the states that the connection tables give it: leave out ct and ct-new")
	case t.Datapath.Value != "" && own("datapath"):
		d.fail(t.Datapath.Pos, "a connection starts at the port that sends: leave out datapath")
	}
}
