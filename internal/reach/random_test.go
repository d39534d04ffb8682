package reach

import (
	"fmt"
	"os"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/lab"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// TestRandomNetworks compares sets with single walks over random networks of the installed
// northd, every second one with flows with random actions.
func TestRandomNetworks(t *testing.T) {
	lab.Require(t)
	if testing.Short() {
		t.Skip("skipped: too long for -short")
	}
	packets, first := lab.Number(t, packetsEnv, 500), lab.Number(t, firstEnv, 1000)
	var all soundness
	for i := range lab.Number(t, networksEnv, 2) {
		seed := uint64(first + i)
		n := lab.Generate(seed)
		if i%2 == 1 {
			n = lab.GenerateForeign(seed)
		}
		t.Run(n.Name, func(t *testing.T) {
			content := lab.Southbound(t, n)
			network := tracetest.Read(t, n.Name, content, lflow.Options{AsChassis: true})
			all.network(t, network, packets, seed)
			if dir := os.Getenv("OVNWALK_DIFF_OUT"); dir != "" && t.Failed() {
				if err := lab.WriteFile(dir+"/"+n.Name+".db", content); err != nil {
					t.Error(err)
				}
			}
		})
	}
	// Printed, so that the output without -v has the count.
	fmt.Println(&all)
}
