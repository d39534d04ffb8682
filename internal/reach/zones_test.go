package reach

import (
	"path/filepath"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/lab"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
)

// zonesOf opens the databases of zones.
func zonesOf(t *testing.T, databases []string) *Zones {
	t.Helper()
	z := tracetest.OpenZones(t, databases)
	out := &Zones{Names: z.Names, Across: z.Across}
	for _, n := range z.Networks {
		out.Resolvers = append(out.Resolvers, address.NewResolver(n))
	}
	return out
}

// zoneDirs returns the recordings of several zones.
func zoneDirs(t *testing.T) []string {
	t.Helper()
	return tracetest.ZoneDirs(t, filepath.Join("..", "..", "testdata"))
}

// TestPacketsAcrossZones compares sets with single walks that continue in other zones.
func TestPacketsAcrossZones(t *testing.T) {
	packets := lab.Number(t, packetsEnv, 500)
	var all soundness
	for i, folder := range zoneDirs(t) {
		if testing.Short() && i > 0 {
			break
		}
		t.Run(filepath.Base(filepath.Dir(folder))+"/"+filepath.Base(folder), func(t *testing.T) {
			zones := zonesOf(t, []string{folder})
			for _, r := range zones.Resolvers {
				all.zone(t, r.Network(), zones.Across, packets/len(zones.Resolvers), uint64(i))
			}
		})
	}
	t.Log(&all)
}
