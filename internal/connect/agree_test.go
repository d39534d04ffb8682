package connect_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// maxPairs bounds the packets of a network.
const maxPairs = 400

// TestAgreesWithTrace sends first packets between the ports of networks, alone and in a
// connection.  Where no chassis decides, nor what one packet alone leaves open, the same
// flow drops both, with one code.
func TestAgreesWithTrace(t *testing.T) {
	var databases []string
	for _, pattern := range []string{"corpus/*.db.gz", "wire/*/seed-*/sb.db.gz", "office/sb.db.gz", "tickets/sb.db.gz", "suites/*.db.gz"} {
		found, err := filepath.Glob(filepath.Join("..", "..", "testdata", filepath.FromSlash(pattern)))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		databases = append(databases, found...)
	}
	compared, dropped := 0, 0
	for _, db := range databases {
		alone, together := open(t, db), open(t, db)
		c, err := cluster.New([]*lflow.Network{together}, cluster.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, microflow := range pairs(alone) {
			first, err := connect.Opening{Microflow: microflow}.First(c)
			if err != nil || first.From.Port == nil {
				continue
			}
			a := connect.Ask(c, &connect.Options{}, first)
			one := tracetest.Trace(t, alone, sim.Request{Microflow: microflow, Choices: sim.Choices{CTNew: true, LBListed: true}})
			if _, chassis := connect.Codes()[a.Outcomes[0].Where.Code]; chassis || len(a.Outcomes) > 1 || !decidedByFlows(one) || !decidedByFlows(a.Outcomes[0].Packets[0].Trace) {
				continue
			}
			compared++
			want, got := dropOf(one), lossOf(&a.Outcomes[0])
			if want != "" {
				dropped++
			}
			if got != want {
				t.Errorf("%s: %s\n  alone:        %q\n  connection:   %q (%s)", db, microflow, want, got, a.Outcomes[0].Verdict)
			}
		}
	}
	t.Logf("%d packets compared, %d of them dropped", compared, dropped)
	if dropped < 100 || compared-dropped < 100 {
		t.Error("too few packets compared")
	}
}

func open(t *testing.T, db string) *lflow.Network {
	t.Helper()
	return tracetest.Open(t, db, lflow.Options{})
}

// pairs returns first packets between the ports of systems.
func pairs(n *lflow.Network) (all []string) {
	r := address.NewResolver(n)
	var ports []string
	for _, p := range n.Ports() {
		if p.Type == "" && len(r.Hosts(p)) > 0 {
			ports = append(ports, p.Name)
		}
	}
	for _, from := range ports {
		for _, to := range ports {
			for _, proto := range []string{"icmp", "tcp:22", "tcp:443", "udp:53"} {
				if from == to || len(all) == maxPairs {
					continue
				}
				if a, err := r.Resolve(address.Probe{From: from, To: to, Proto: proto}); err == nil {
					all = append(all, a.Microflow)
				}
			}
		}
	}
	return all
}

// decidedByFlows reports whether a walk has one copy of the packet, whose way
// no chassis decides.
func decidedByFlows(t *trace.Trace) bool {
	ok := true
	trace.Walk(t.Root, func(n trace.Node) bool {
		switch n := n.(type) {
		case *trace.Table:
			ok = ok && (n.Flow == nil || !strings.Contains(n.Flow.Match.Plain, "is_chassis_resident"))
		case *trace.Fork:
			switch n.Kind {
			case trace.ForkCTNext, trace.ForkCTLB, trace.ForkCTCommitNAT, trace.ForkCTCommitToZone, trace.ForkCTDNAT, trace.ForkCTSNAT:
			default:
				ok = ok && n.Reject
			}
		case *trace.Replaced, *trace.Uncertain, *trace.Overlap:
			ok = false
		case *trace.Remark:
			ok = ok && n.Kind != trace.RemarkLimit && n.Kind != trace.RemarkUnmodelled
		}
		return ok
	})
	return ok
}

// dropOf returns the code and the flow that drop a packet alone, "" for none.
func dropOf(t *trace.Trace) string {
	for _, d := range verdict.Of(t) {
		if d.Origin == verdict.OriginPacket && d.TentativeOutcome == verdict.OutcomeDropped {
			return at(d.Code, d.DecidedAt.Stage, d.DecidedAt.Flow)
		}
	}
	return ""
}

// lossOf returns the same of a connection's first packet.
func lossOf(o *connect.Outcome) string {
	if o.Lost != connect.Request {
		return ""
	}
	return at(o.Where.Code, o.Where.Stage, o.Where.Flow)
}

func at(code verdict.Code, stage string, f *trace.Flow) string {
	if f == nil {
		return string(code) + " in " + stage
	}
	return string(code) + " in " + stage + " by " + f.UUID
}
