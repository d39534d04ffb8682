package sim_test

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/sim"
)

// TestParseSelectID has the answers of strtoul(3) in a uint16_t.
func TestParseSelectID(t *testing.T) {
	for text, want := range map[string]uint16{
		"1": 1, " \t3x": 3, "+7": 7, "007": 7, "65535": 65535, "65536": 0, "65537": 1, "-1": 65535, "-65535": 1,
		"18446744073709551615": 65535, "18446744073709551616": 65535, "99999999999999999999999": 65535, "-99999999999999999999999": 65535,
	} {
		if got, err := sim.ParseSelectID(text); got != want || err != nil {
			t.Errorf("%q is %d, %v, not %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "x", "0", "-0", "+", "-", "+-1", "-+1", "0x10", "- 1"} {
		if got, err := sim.ParseSelectID(text); err == nil || err.Error() != text+": bad select-id" {
			t.Errorf("%q is %d, %v", text, got, err)
		}
	}
}
