package tracejson

import (
	"fmt"
	"slices"

	"github.com/ovnwalk/ovnwalk/trace"
)

// The words of members with a fixed set of values, indexed by the constants of package trace.

var changeNames = []string{
	trace.ChangeAssign:    "assign",
	trace.ChangeDecrement: "decrement",
	trace.ChangePush:      "push",
	trace.ChangePop:       "pop",
	trace.ChangeOptions:   "options",
}

var remarkNames = []string{
	trace.RemarkMACBindingFound:   "mac-binding-found",
	trace.RemarkMACBindingMissing: "mac-binding-missing",
	trace.RemarkMACLookupFound:    "mac-lookup-found",
	trace.RemarkMACLookupIPFound:  "mac-lookup-ip-found",
	trace.RemarkMACLookupMissing:  "mac-lookup-missing",
	trace.RemarkFDBFound:          "fdb-found",
	trace.RemarkFDBMissing:        "fdb-missing",
	trace.RemarkEVPNUnknown:       "evpn-unknown",
	trace.RemarkRemoteFDB:         "remote-fdb",
	trace.RemarkFloodRemote:       "flood-remote",
	trace.RemarkNATToVIP:          "nat-to-vip",
	trace.RemarkCTStateSaved:      "ct-state-saved",
	trace.RemarkNoBackend:         "no-backend",
	trace.RemarkOutputToNull:      "output-to-null",
	trace.RemarkUnknownOutput:     "unknown-output",
	trace.RemarkNoDistributed:     "no-distributed",
	trace.RemarkTTLUnderflow:      "ttl-underflow",
	trace.RemarkTTLNotIP:          "ttl-not-ip",
	trace.RemarkDHCPAssumed:       "dhcp-assumed",
	trace.RemarkDHCPRelayAssumed:  "dhcp-relay-assumed",
	trace.RemarkDNSUnknown:        "dns-unknown",
	trace.RemarkMirrorMissing:     "mirror-missing",
	trace.RemarkNoOpenFlow:        "no-openflow",
	trace.RemarkOpenFlowError:     "openflow-error",
	trace.RemarkOpenFlow:          "openflow",
	trace.RemarkUnimplemented:     "unimplemented",
	trace.RemarkNoPortToCheck:     "no-port-to-check",
	trace.ToolAborts:              "tool-aborts",
	trace.RemarkLimit:             "limit",
	trace.RemarkUnmodelled:        "unmodelled",
	trace.RemarkMissingZone:       "missing-zone",
	trace.RemarkLost:              "lost",
}

// nameOf returns the name of a constant.
func nameOf[T ~uint8](names []string, v T) (string, error) {
	if int(v) >= len(names) || names[v] == "" {
		return "", fmt.Errorf("no name for %T %d", v, v)
	}
	return names[v], nil
}

// fromName returns the constant with a name.
func fromName[T ~uint8](names []string, name string) (T, error) {
	i := slices.Index(names, name)
	if i < 0 || name == "" {
		return 0, fmt.Errorf("unknown word %q", name)
	}
	return T(i), nil
}
