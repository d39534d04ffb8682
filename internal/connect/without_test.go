package connect

import (
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/verdict"
)

// stuck are the codes of logical flows that say that something is missing, or that the
// packet is not one that goes on: no flow is removed for them.
var stuck = []Code{
	verdict.ArpIgnored, verdict.ArpUnresolved, verdict.Broadcast, verdict.DHCPRelay, verdict.LBAffinity, verdict.LBNoBackend, verdict.Loop,
	verdict.MulticastDrop, verdict.NATUnmatched, verdict.NoGateway, verdict.NoMatch, verdict.NoMember, verdict.NoOutport, verdict.NoPeer,
	verdict.NoRoute, verdict.NotAdmitted, verdict.RouterAddress, verdict.SamePort, verdict.TTLExceeded, verdict.Unclaimed, verdict.UnknownMAC,
	verdict.UnknownPort,
}

// TestEveryCodeHasItsRemoval asks for a decision on each code of a drop by logical flows.
func TestEveryCodeHasItsRemoval(t *testing.T) {
	for _, c := range verdict.Codes() {
		if removed := without[c.Code] != 0; removed == slices.Contains(stuck, c.Code) {
			t.Errorf("%s: a flow is removed: %v, and the list of codes without a removal says the same", c.Code, removed)
		}
	}
}
