package wirelab

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/conntrack"
	"github.com/ovnwalk/ovnwalk/internal/lab"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// recordedConnections is the number of connections for each form of a dump.
const recordedConnections = 6

// dump is the connection tables of all chassis, by their names, and the form in which
// they were printed.
type dump struct {
	form   string
	tables map[string]*connect.Recorded
}

// TestConntrackDumps predicts the replies and the third packets of connections from the connection
// tables of the switches, in each form in which tools print them.
func TestConntrackDumps(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: it takes longer than -short allows")
	}
	Require(t)
	ctx := t.Context()
	l, err := Start(ctx, lab.GenerateWire(1))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := l.save(ctx); err != nil {
		t.Fatal(err)
	}
	network := tracetest.Open(t, l.zones[0].Path("sb-saved.db"), lflow.Options{})
	c, err := cluster.New([]*lflow.Network{network}, cluster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	connections, compared, dependent := NewConnections(l, 1), 0, 0
	for range 300 {
		if compared >= recordedConnections && dependent > 0 {
			return
		}
		connection, ok := connections.Next()
		if !ok || connection.first.proto != protoTCP || !connection.first.ipSrc.Is4() {
			continue
		}
		made, before, err := l.recordWithDumps(t, connection)
		if err != nil {
			t.Fatal(err)
		}
		if len(made.Steps) < 3 || slices.ContainsFunc(made.Steps, func(s Step) bool {
			return slices.ContainsFunc(s.Out, func(f Frame) bool { return f.Packet["arp.op"] != nil })
		}) {
			continue // dumps do not contain learned addresses
		}
		compared++
		for i, dumps := range before {
			step := made.Steps[i+1:][:1]
			for _, d := range dumps {
				if text := predictStep(c, step, d.tables); text != "" {
					t.Errorf("%s to %s, step %d, %s: %s", made.From, made.To, i+2, d.form, text)
				}
			}
			if predictStep(c, step, nil) != "" {
				dependent++
			}
		}
	}
	t.Errorf("%d connections, %d of their packets depend on the tables: too few to compare", compared, dependent)
}

// recordWithDumps makes a connection and reads the connection tables before its second
// and third packet.
func (l *Lab) recordWithDumps(t *testing.T, c Connection) (made Case, before [][]dump, err error) {
	ctx := t.Context()
	made = Case{From: c.from.name(), To: c.first.ipDst.String(), Proto: c.protocol()}
	if err := l.Forget(ctx); err != nil {
		return made, nil, err
	}
	out, err := l.step(ctx, &made, c.from, c.first)
	if err != nil {
		return made, nil, err
	}
	from, next := l.answer(c, out)
	for from != nil && len(made.Steps) < 3 {
		dumps, err := l.dumps(t)
		if err != nil {
			return made, nil, err
		}
		before = append(before, dumps)
		if out, err = l.step(ctx, &made, from, next); err != nil || !slices.ContainsFunc(out, func(e event) bool { return c.from.at(e) }) {
			return made, before, err
		}
		from, next = c.from, c.third()
	}
	return made, before, nil
}

// dumps reads the connection tables of all chassis in all forms.
func (l *Lab) dumps(t *testing.T) ([]dump, error) {
	var all []dump
	for _, flags := range []string{"", "-m", "-s", "-m -s"} {
		with, without := dump{"dump-conntrack " + flags, map[string]*connect.Recorded{}}, dump{"dump-conntrack " + flags + " without names", map[string]*connect.Recorded{}}
		for _, h := range l.chassis {
			named, err := l.zoneNames(t, h)
			if err != nil {
				return nil, err
			}
			text, err := h.vswitchd.command("dpctl/dump-conntrack", strings.Fields(flags)...)
			if err != nil {
				return nil, err
			}
			entries, err := conntrack.ReadDump(strings.NewReader(text))
			if err != nil {
				return nil, err
			}
			with.tables[h.Name], without.tables[h.Name] = connect.NewRecorded("dump", entries, named), connect.NewRecorded("dump", entries, nil)
		}
		all = append(all, with, without)
	}
	return all, nil
}

// zoneNames reads the names of a chassis's zones from both tools that print them.
func (l *Lab) zoneNames(t *testing.T, c *chassis) (map[uint16]string, error) {
	controls, err := filepath.Glob(c.Path(c.dir + "/ovn-controller.*.ctl"))
	if err != nil || len(controls) != 1 {
		return nil, fmt.Errorf("control sockets of %s: %q, %w", c.Name, controls, err)
	}
	listed, err := c.Run(t.Context(), "ovn-appctl", "-t", controls[0], "ct-zone-list")
	if err != nil {
		return nil, err
	}
	bridge, err := c.Run(t.Context(), "ovs-vsctl", "--db=unix:"+c.Path(c.dir+"/db.sock"), "list", "Bridge", "br-int")
	if err != nil {
		return nil, err
	}
	var both [2]map[uint16]string
	for i, text := range []string{listed, bridge} {
		if both[i], err = conntrack.ReadZones(strings.NewReader(text)); err != nil {
			return nil, err
		}
	}
	for number, name := range both[1] {
		if both[0][number] != name {
			t.Errorf("zone %d is %q in ct-zone-list and %q in the bridge", number, both[0][number], name)
		}
	}
	return both[0], nil
}

// predictStep compares one packet with the prediction from recorded connection tables.  An outcome that
// assumes one of several unnamed zones may differ.
func predictStep(c *cluster.Cluster, step []Step, recorded map[string]*connect.Recorded) string {
	p, err := step[0].untagged(c).Packet()
	if err != nil {
		return err.Error()
	}
	from := connect.Source{}
	if in := step[0].In; in.Network {
		from.Network = c.Networks()[0]
	} else {
		from.Port, from.Chassis = in.port(c), c.Named(in.Chassis)
	}
	outcomes, _ := connect.Outcomes(c, &connect.Options{Conntrack: recorded}, from, p)
	text := ""
	for _, o := range outcomes {
		if _, text = compareSteps(c, step, o.Packets); text == "" || slices.ContainsFunc(o.Assumed, assumesZone) {
			return ""
		}
	}
	return text
}

// assumesZone reports whether an assumption is about one of several unnamed zones.
func assumesZone(assumed string) bool { return strings.Contains(assumed, "does not name zones") }
