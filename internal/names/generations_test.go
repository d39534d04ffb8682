package names_test

import (
	"path/filepath"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// TestGenerations reports what two generations of a network have in common besides
// names: every UUID and every tunnel key has to differ.
func TestGenerations(t *testing.T) {
	open := func(name string) *lflow.Network {
		return tracetest.Open(t, filepath.Join("..", "..", "testdata", "names", name, "sb.db.gz"), lflow.Options{})
	}
	for _, name := range []string{"kubernetes", "neutron", "kubeovn", "kubernetes-udn"} {
		t.Run(name, func(t *testing.T) {
			before, after := open(name), open(name+"-later")
			for _, p := range before.Ports() {
				q, err := after.Port(p.Name)
				switch {
				case err != nil:
					t.Errorf("the later generation lacks port %s", p.Name)
				case p.UUID == q.UUID, p.Key == q.Key, p.Datapath.UUID == q.Datapath.UUID, p.Datapath.NBUUID == q.Datapath.NBUUID,
					p.Datapath.TunnelKey == q.Datapath.TunnelKey:
					t.Errorf("port %s (%s, key %d) of datapath %s (%s, key %d) is port %s, key %d, of datapath %s, key %d, in the later generation",
						p.Name, p.UUID, p.Key, p.Datapath.Name, p.Datapath.UUID, p.Datapath.TunnelKey, q.UUID, q.Key, q.Datapath.UUID, q.Datapath.TunnelKey)
				}
			}
		})
	}
}
