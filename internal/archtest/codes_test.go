package archtest

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/internal/vet"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// TestEveryCodeIsDescribed compares the constants of codes with the tables that users read.
func TestEveryCodeIsDescribed(t *testing.T) {
	for pkg, described := range map[string]int{
		"verdict": len(verdict.Codes()), "internal/vet": len(vet.Codes()), "internal/connect": len(connect.Codes()),
	} {
		constants, _ := tracetest.Declared(t, pkg)
		if declared := constants["Code"]; len(declared) == 0 || len(declared) != described {
			t.Errorf("%s: %d codes are described, of %v", pkg, described, declared)
		}
	}
}
