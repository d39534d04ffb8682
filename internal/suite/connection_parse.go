package suite

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/yaml"

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
func (d *decoder) oneOf(k text, n yaml.Node, known []string) *Alternatives {
	return &Alternatives{Pos: k.Pos, Names: d.known(k, n, known, "it takes")}
}

// neighbors reads a mapping of IP addresses to Ethernet addresses.
func (d *decoder) neighbors(k text, n yaml.Node) (out []neighbor) {
	es, _ := d.Entries(n, k.Value)
	for _, e := range es {
		v, ok := d.Text(d.Resolve(e.Value), e.Key.Value)
		if !ok {
			continue
		}
		ip, mac, err := connect.ParseNeighbor(e.Key.Value, v.Value)
		if err != nil {
			d.Fail(e.Key.Pos, "%s: %v", k.Value, err)
		}
		out = append(out, neighbor{e.Key, ip, mac})
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
				d.Fail(t.Pos, "%s goes with expect: {connection: ...}, which the test does not say", x.key)
			}
		}
		return
	}
	rest := *t.Expect
	rest.Connection = nil
	switch {
	case c.Verdict == nil:
		d.Fail(c.Pos, "code, lost, translated and via-chassis go with connection, which says the verdict")
	case !rest.empty():
		d.Fail(c.Pos, "connection goes with code, lost, translated and via-chassis: what becomes of one packet alone is another test")
	case t.CT != nil && own("ct"), t.CTNew != nil && own("ct-new"):
		d.Fail(c.Pos, "a connection has the states that the connection tables give it: leave out ct and ct-new")
	case t.Datapath.Value != "" && own("datapath"):
		d.Fail(t.Datapath.Pos, "a connection starts at the port that sends: leave out datapath")
	}
}
