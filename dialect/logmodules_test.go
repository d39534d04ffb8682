package dialect

import (
	"slices"
	"testing"
)

// TestLogModules compares the modules of releases with the output of vlog/list of ovn-trace 23.03.1
// and of the development head.
func TestLogModules(t *testing.T) {
	for _, tt := range []struct {
		release string
		count   int
		has     []string
		hasNot  []string
	}{
		{"2.11", 81, []string{"ovntrace", "dns_resolve"}, []string{"uuid", "netdev_offload", "lldp"}},
		{"23.03", 101, []string{"dpif_lookup_generic", "dns_resolve", "netdev_offload", "odp_execute_impl"}, []string{"ofp_ct", "netdev_dummy", "pcap", "lldp", "stp"}},
		{"26.03.90", 102, []string{"cooperative_multitasking", "dpif_offload_dummy", "netdev_dummy", "ofp_ct", "pcap"}, []string{"netdev_offload", "dpif_lookup_generic"}},
	} {
		t.Run(tt.release, func(t *testing.T) {
			got := LogModules(For(MustParse(tt.release)))
			if len(got) != tt.count || !slices.IsSorted(got) {
				t.Errorf("%d modules, want %d: %v", len(got), tt.count, got)
			}
			logged := []string{"ovntrace", "vlog", "unixctl", "daemon_unix", "socket_util", "reconnect"} // by this program
			for _, m := range append(logged, tt.has...) {
				if !slices.Contains(got, m) {
					t.Errorf("no %s", m)
				}
			}
			for _, m := range tt.hasNot {
				if slices.Contains(got, m) {
					t.Errorf("has %s", m)
				}
			}
		})
	}
	if all := AllLogModules(); len(slices.Compact(all)) != len(all) {
		t.Errorf("a module is listed twice: %v", all)
	}
}
