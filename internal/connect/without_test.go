package connect

import (
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/verdict"
)

// stuck are the codes of flows that drop because something is missing, or a packet that must not
// continue: such flows are not removed.
var stuck = []Code{
	verdict.ArpIgnored, verdict.ArpUnresolved, verdict.Broadcast, verdict.DHCPRelay, verdict.LBAffinity, verdict.LBNoBackend, verdict.Loop,
	verdict.MulticastDrop, verdict.NATUnmatched, verdict.NoGateway, verdict.NoMatch, verdict.NoMember, verdict.NoOutport, verdict.NoPeer,
	verdict.NoRoute, verdict.NotAdmitted, verdict.RouterAddress, verdict.SamePort, verdict.TTLExceeded, verdict.Unclaimed, verdict.UnknownMAC,
	verdict.UnknownPort,
}

// TestEveryCodeHasItsRemoval checks that each code of drops by logical flows has a removal or is
// stuck.
func TestEveryCodeHasItsRemoval(t *testing.T) {
	for _, c := range verdict.Codes() {
		if removed := without[c.Code] != 0; removed == slices.Contains(stuck, c.Code) {
			t.Errorf("%s: a flow is removed: %v, and the list of codes without a removal says the same", c.Code, removed)
		}
	}
}
