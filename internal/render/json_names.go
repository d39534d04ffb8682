package render

import (
	"fmt"
	"slices"

	"github.com/ovnwalk/ovnwalk/trace"
)

// What the members that choose among a few words say, by the constants of
// package trace.

var howNames = []string{
	trace.Assign:    "assign",
	trace.Decrement: "decrement",
	trace.Push:      "push",
	trace.Pop:       "pop",
	trace.Options:   "options",
}

var forkNames = []string{
	trace.Clone:          "clone",
	trace.ARP:            "arp",
	trace.NDNA:           "nd-na",
	trace.NDNS:           "nd-ns",
	trace.ICMP4:          "icmp4",
	trace.ICMP6:          "icmp6",
	trace.TCPReset:       "tcp-reset",
	trace.SCTPAbort:      "sctp-abort",
	trace.CTNext:         "ct-next",
	trace.CTDNAT:         "ct-dnat",
	trace.CTSNAT:         "ct-snat",
	trace.CTLB:           "ct-lb",
	trace.CTCommitNAT:    "ct-commit-nat",
	trace.CTCommitToZone: "ct-commit-to-zone",
	trace.Select:         "select",
	trace.Mirror:         "mirror",
}

var remarkNames = []string{
	trace.MACBindingFound:   "mac-binding-found",
	trace.MACBindingMissing: "mac-binding-missing",
	trace.MACLookupFound:    "mac-lookup-found",
	trace.MACLookupIPFound:  "mac-lookup-ip-found",
	trace.MACLookupMissing:  "mac-lookup-missing",
	trace.FDBFound:          "fdb-found",
	trace.FDBMissing:        "fdb-missing",
	trace.EVPNUnknown:       "evpn-unknown",
	trace.RemoteFDB:         "remote-fdb",
	trace.FloodRemote:       "flood-remote",
	trace.NATToVIP:          "nat-to-vip",
	trace.CTStateSaved:      "ct-state-saved",
	trace.NoBackend:         "no-backend",
	trace.OutputToNull:      "output-to-null",
	trace.UnknownOutput:     "unknown-output",
	trace.NoDistributed:     "no-distributed",
	trace.TTLUnderflow:      "ttl-underflow",
	trace.TTLNotIP:          "ttl-not-ip",
	trace.DHCPAssumed:       "dhcp-assumed",
	trace.DHCPRelayAssumed:  "dhcp-relay-assumed",
	trace.DNSUnknown:        "dns-unknown",
	trace.MirrorMissing:     "mirror-missing",
	trace.NoOpenFlow:        "no-openflow",
	trace.OpenFlowTrouble:   "openflow-trouble",
	trace.OpenFlow:          "openflow",
	trace.Unimplemented:     "unimplemented",
	trace.NoPortToCheck:     "no-port-to-check",
	trace.ToolAborts:        "tool-aborts",
	trace.Limit:             "limit",
	trace.Unmodelled:        "unmodelled",
}

// nameOf returns what a constant is called.
func nameOf[T ~uint8](names []string, v T) (string, error) {
	if int(v) >= len(names) || names[v] == "" {
		return "", fmt.Errorf("no name for %T %d", v, v)
	}
	return names[v], nil
}

// fromName is the constant of that name.
func fromName[T ~uint8](names []string, name string) (T, error) {
	i := slices.Index(names, name)
	if i < 0 || name == "" {
		return 0, fmt.Errorf("unknown word %q", name)
	}
	return T(i), nil
}
