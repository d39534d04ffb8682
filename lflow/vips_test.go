package lflow_test

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// TestScopeOfVIP has a virtual address with a scope, which ovn-trace of 22.09.0 does not
// find, and that of 22.12.0 does.
func TestScopeOfVIP(t *testing.T) {
	for release, want := range map[string][]string{
		"22.09.0": {"fd00::2"},
		"22.12.0": {"fd00::1%7", "fd00::2"},
	} {
		db := sbtest.New(release)
		for _, key := range []string{"[fd00::1%7]:80", "[fd00::2]:80"} {
			db.Row("Load_Balancer", map[string]any{"name": key, "vips": sbtest.Map(key, "10.0.0.1:80")})
		}
		n := tracetest.Read(t, "db", db.Bytes(), lflow.Options{})
		got := map[string]bool{}
		for _, v := range n.VIPs() {
			got[v.Text] = true
		}
		for _, text := range want {
			if !got[text] || len(got) != len(want) {
				t.Errorf("%s: %v, want %v", release, got, want)
			}
		}
	}
}
