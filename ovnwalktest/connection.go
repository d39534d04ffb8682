package ovnwalktest

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/demo"
	"github.com/ovnwalk/ovnwalk/internal/suite"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// Cluster is the chassis of one southbound database, or of the databases of several
// interconnect zones.
type Cluster struct {
	paths []string

	mu   sync.Mutex
	open map[string]*cluster.Cluster // by the chassis that are down
	nets []*lflow.Network
}

// OpenCluster reads the networks in southbound databases, one for each interconnect zone, and closes
// them when the test ends. A path may be an archive or a directory with several databases. If a database
// cannot be read, the test ends.
func OpenCluster(t TB, paths ...string) *Cluster {
	t.Helper()
	c := &Cluster{paths: paths, open: map[string]*cluster.Cluster{}}
	t.Cleanup(func() {
		for _, n := range c.nets {
			if err := n.Close(); err != nil {
				t.Errorf("%v", err)
			}
		}
	})
	if len(paths) == 0 {
		t.Fatalf("a cluster has at least one database")
		return c
	}
	if _, err := c.without(nil); err != nil {
		t.Fatalf("%v", err)
	}
	return c
}

// openAll opens the databases at a path.
func openAll(ctx context.Context, path string) (all []*lflow.Network, err error) {
	if path == demo.Name {
		n, err := open(ctx, path, lflow.Options{})
		return []*lflow.Network{n}, err
	}
	zones, _, err := lflow.Zones(ctx, []string{path}, lflow.Options{})
	if err != nil {
		return nil, err
	}
	for _, z := range zones {
		if z.Err != nil {
			return all, z.Err
		}
		n, err := z.Open(ctx, lflow.Options{})
		if err != nil {
			return all, err
		}
		all = append(all, n)
	}
	return all, nil
}

// without returns the cluster with some chassis down.
func (c *Cluster) without(down []string) (*cluster.Cluster, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	down = slices.Compact(slices.Sorted(slices.Values(down)))
	key := strings.Join(down, "\n")
	if found := c.open[key]; found != nil {
		return found, nil
	}
	var networks []*lflow.Network
	for _, path := range c.paths {
		all, err := openAll(context.Background(), path)
		c.nets = append(c.nets, all...)
		if err != nil {
			return nil, err
		}
		networks = append(networks, all...)
	}
	made, err := suite.NewCluster(networks, down)
	if err != nil {
		return nil, err
	}
	c.open[key] = made
	return made, nil
}

// Connection describes a connection.  Its fields are those of a test in a suite.
type Connection struct {
	From  string // the sending logical port, or physnet:NAME for a host on a physical network
	To    string // a logical port or an IP address; the next hop is found
	Via   string // the next hop, if several routers are attached
	Proto string // tcp:443, udp:53, icmp, ...

	// Match has further conditions on the first packet, in the match language.
	Match string

	// Microflow describes the first packet in the match language, instead of the fields
	// above.
	Microflow string

	Chassis     string            // the sending chassis, if several have the port
	ChassisDown []string          // chassis that are down
	HostsAnswer bool              // hosts answer ARP requests and neighbor solicitations
	MAC         map[string]string // Ethernet addresses that routers have learned, by IP addresses
	Size        int               // of the packets in bytes, for comparisons with an MTU
	LBDst       string            // the backend that load balancers select, as IP[:PORT]; "" for each
	SelectID    uint16            // the member that select actions select, 0 for each
}

// Connected is the result of a connection. Its assertions return it, so that they can be chained.
type Connected struct {
	outcome *suite.ConnectionOutcome
}

// Connect walks the request, the reply and, for TCP, the third packet of a connection
// over all chassis, as ovnwalk connect does.  An invalid description of the first packet
// ends the test.
func (c *Cluster) Connect(t TB, q Connection) *Connected {
	t.Helper()
	at, err := c.without(q.ChassisDown)
	if err != nil {
		t.Fatalf("%v", err)
		return &Connected{}
	}
	o, err := suite.OpenConnection(at, suite.ConnectionProbe{
		Probe: suite.Probe{
			From: q.From, To: q.To, Via: q.Via, Proto: q.Proto, Match: q.Match, Microflow: q.Microflow, LBDst: q.LBDst, SelectID: q.SelectID,
		},
		Chassis: q.Chassis, HostsAnswer: q.HostsAnswer, MAC: q.MAC, Size: q.Size,
	})
	if err != nil {
		t.Fatalf("%v", err)
		return &Connected{}
	}
	return &Connected{o}
}

// Verdict returns the verdict: works, refused, fails, one-way, varies, host-stack,
// missing-zone or uncertain.
func (w *Connected) Verdict() string {
	if w.outcome == nil {
		return ""
	}
	return w.outcome.Verdict()
}

// Text returns the verdict and the path of each packet as lines of text.
func (w *Connected) Text() []string {
	if w.outcome == nil {
		return nil
	}
	return w.outcome.Text()
}

// Works asserts that the connection works.
func (w *Connected) Works(t TB) *Connected {
	t.Helper()
	return w.Is(t, "works")
}

// Is asserts that the verdict is one of these words.
func (w *Connected) Is(t TB, verdicts ...string) *Connected {
	t.Helper()
	return w.check(t, &suite.Connection{Verdict: &suite.Alternatives{Names: suite.Texts(verdicts)}})
}

// Lost asserts that a packet, "request", "reply" or "third", is lost, in each such
// outcome with one of the codes; without codes, with any code.
func (w *Connected) Lost(t TB, packet string, codes ...verdict.Code) *Connected {
	t.Helper()
	want := &suite.Connection{Lost: suite.AnyOf([]string{packet})}
	if len(codes) > 0 {
		want.Code = suite.AnyOf(codes)
	}
	return w.check(t, want)
}

// Translated asserts that a field of the first packet has a value on arrival, and that
// it was sent with another.  The value is any constant of the match language.
func (w *Connected) Translated(t TB, field, value string) *Connected {
	t.Helper()
	return w.check(t, &suite.Connection{Translated: suite.FieldIs(field, value)})
}

// ViaChassis asserts that the first packet passes the chassis.
func (w *Connected) ViaChassis(t TB, names ...string) *Connected {
	t.Helper()
	return w.check(t, &suite.Connection{ViaChassis: suite.Texts(names)})
}

func (w *Connected) check(t TB, want *suite.Connection) *Connected {
	t.Helper()
	if w.outcome == nil {
		return w
	}
	for _, c := range w.outcome.Check(want) {
		t.Errorf("%s", c)
	}
	return w
}
