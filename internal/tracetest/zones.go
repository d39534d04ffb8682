package tracetest

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
)

// Zones are interconnect zones, each with its own database.
type Zones struct {
	Networks []*lflow.Network
	Names    []string

	// Across returns where packets that leave by a port of another zone continue, nil if
	// there is one zone only.
	Across func(*lflow.Port) sim.Entry
}

// OpenZones opens the databases of zones in directories, archives and files, as chassis have them.
func OpenZones(t *testing.T, paths []string) *Zones {
	t.Helper()
	found, _, err := lflow.Zones(t.Context(), paths, lflow.Options{})
	if err != nil {
		t.Fatal(err)
	}
	out := &Zones{}
	for _, z := range found {
		n, err := z.Open(t.Context(), lflow.Options{AsChassis: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = n.Close() })
		out.Networks, out.Names = append(out.Networks, n), append(out.Names, z.String())
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
		d, _ := out.Networks[i].DatapathOf(port.Datapath.TunnelKey)
		return sim.Entry{Zone: out.Names[i], Datapath: d}
	}
	return out
}

// ZoneDirs returns the recordings of several zones: those of the tree, whose directory
// testdata is given, and those of OVNWALK_WIRE.
func ZoneDirs(t *testing.T, testdata string) (folders []string) {
	t.Helper()
	for _, folder := range []string{filepath.Join(testdata, "wire"), os.Getenv("OVNWALK_WIRE")} {
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
	return sbtest.Fewer(folders)
}
