package reach

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/lab"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
)

// zonesOf opens the databases of zones.
func zonesOf(t *testing.T, databases []string) *Zones {
	t.Helper()
	found, _, err := lflow.Zones(t.Context(), databases, lflow.Options{})
	if err != nil {
		t.Fatal(err)
	}
	out := &Zones{}
	for _, z := range found {
		n, err := z.Open(t.Context(), lflow.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = n.Close() })
		out.Resolvers, out.Names = append(out.Resolvers, address.NewResolver(n)), append(out.Names, z.String())
	}
	if len(found) == 1 {
		return out
	}
	out.Across = func(port *lflow.Port) sim.Entry {
		c, ok := port.Datapath.Network().RemoteChassis(port)
		if !ok {
			return sim.Entry{}
		}
		i := slices.IndexFunc(found, func(z *lflow.Zone) bool {
			return slices.ContainsFunc(z.Own(), func(o lflow.ZoneChassis) bool { return o.Name == c.Name })
		})
		if i < 0 {
			return sim.Entry{}
		}
		d, _ := out.Resolvers[i].Network().DatapathOf(port.Datapath.TunnelKey)
		return sim.Entry{Zone: out.Names[i], Datapath: d}
	}
	return out
}

// zoneFolders returns the recordings of several zones: those of the tree, and those of
// OVNWALK_WIRE.
func zoneFolders(t *testing.T) (folders []string) {
	t.Helper()
	for _, folder := range []string{filepath.Join("..", "..", "testdata", "wire"), os.Getenv("OVNWALK_WIRE")} {
		if folder == "" {
			continue
		}
		found, err := filepath.Glob(filepath.Join(folder, "*", "zones-*"))
		if err != nil {
			t.Fatal(err)
		}
		folders = append(folders, found...)
	}
	if len(folders) == 0 {
		t.Fatal("no recordings of several zones")
	}
	return folders
}

// TestPacketsAcrossZones compares sets with single walks that go on in other zones.
func TestPacketsAcrossZones(t *testing.T) {
	packets := lab.Number(t, packetsEnv, 500)
	var all soundness
	for i, folder := range zoneFolders(t) {
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
