package suite

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/render/exchange"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// ConnectionProbe is a connection that a program opens, as a test of a suite has it.
type ConnectionProbe struct {
	Probe
	Chassis     string
	HostsAnswer bool
	MAC         map[string]string
	Size        int
}

// ConnectionOutcome is what came of a program's connection.
type ConnectionOutcome struct {
	connected *connected
	microflow string
}

// NewCluster returns the cluster of networks on which some chassis are down.
func NewCluster(networks []*lflow.Network, down []string) (*cluster.Cluster, error) {
	return cluster.New(networks, cluster.Options{Down: down})
}

// OpenConnection walks a program's connection.
func OpenConnection(c *cluster.Cluster, p ConnectionProbe) (*ConnectionOutcome, error) {
	k, err := p.testCase()
	if err != nil {
		return nil, err
	}
	t := k.test
	k.chassis, t.HostsAnswer = p.Chassis, &p.HostsAnswer
	if p.Size > 0 {
		t.Size = &size{bytes: p.Size}
	}
	for ip, mac := range p.MAC {
		addr, m, err := connect.ParseNeighbor(ip, mac)
		if err != nil {
			return nil, err
		}
		t.MAC = append(t.MAC, neighbor{ip: addr, mac: m})
	}
	n := &network{Resolver: address.NewResolver(c.Zones[0].Network), cluster: c}
	w, err := n.connect(k, nil)
	if err != nil {
		return nil, err
	}
	return &ConnectionOutcome{w, w.packet(k)}, nil
}

// Verdict returns the verdict.
func (o *ConnectionOutcome) Verdict() string { return string(o.connected.answer.Verdict) }

// Text returns the verdict and the ways of the packets, a line each.
func (o *ConnectionOutcome) Text() []string {
	return slices.Insert(o.connected.explain(), 0, exchange.Headline(o.connected.answer))
}

// Check returns a complaint for each expectation that the connection does not meet, or
// that cannot be answered.
func (o *ConnectionOutcome) Check(want *Connection) []string {
	j := &connectionChecker{connected: o.connected}
	j.expect(want)
	return complaints(j.failures, j.errors, o.microflow)
}
