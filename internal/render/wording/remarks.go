package wording

import (
	"fmt"

	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// remarkLine returns the text of a remark.
func (w Words) remarkLine(n *trace.Remark) string {
	mac := string(packet.AppendMAC(nil, n.MAC))
	switch n.Kind {
	case trace.RemarkMACBindingFound:
		return "/* MAC binding to " + mac + ". */"
	case trace.RemarkMACBindingMissing:
		return "/* No MAC binding. */"
	case trace.RemarkMACLookupFound:
		return "/* MAC binding to " + mac + " found. */"
	case trace.RemarkMACLookupIPFound:
		return "/* MAC binding found. */"
	case trace.RemarkMACLookupMissing:
		return "/* lookup failed - No MAC binding. */"
	case trace.RemarkFDBFound:
		return "/* MAC lookup for " + mac + " found in FDB. */"
	case trace.RemarkFDBMissing:
		return "/* lookup mac failed in mac learning table. */"
	case trace.RemarkEVPNUnknown:
		return "/* EVPN ARP lookup for " + n.Text + ": not available in trace. */"
	case trace.RemarkRemoteFDB:
		return "/* The remote FDB table is different per each chassis. */"
	case trace.RemarkFloodRemote:
		return "/* Flood to all remote chassis */"
	case trace.RemarkNATToVIP:
		return "/* nat(src=" + n.Text + ") */"
	case trace.RemarkCTStateSaved:
		return fmt.Sprintf("/* %s = %d; */", n.Text, n.Key)
	case trace.RemarkNoBackend:
		return "*** no load balancing destination (use --lb-dst)"
	case trace.RemarkOutputToNull:
		return "*** output to null logical port"
	case trace.RemarkUnknownOutput:
		return fmt.Sprintf("*** unknown port or multicast group %d", n.Key)
	case trace.RemarkNoDistributed:
		return fmt.Sprintf(`*** output to type "%s" port "%s" with no or invalid distributed port`, PortType(n.Port), w.Port(n.Port))
	case trace.RemarkTTLUnderflow:
		return "*** TTL underflow"
	case trace.RemarkTTLNotIP:
		return "*** TTL decrement of non-IP packet"
	case trace.RemarkDHCPAssumed:
		return "/* We assume that this packet is DHCPDISCOVER or DHCPREQUEST. */"
	case trace.RemarkDHCPRelayAssumed:
		return "/* We assume that this packet is DHCPOFFER or DHCPACK and DHCP broadcast flag is set. " +
			"Dest IP is set to broadcast. Dest MAC is set to broadcast but in real network this is unicast " +
			"which is extracted from DHCP header. */"
	case trace.RemarkDNSUnknown:
		return "*** dns_lookup action not implemented"
	case trace.RemarkMissingZone:
		return "*** no database of the zone of " + n.Text + " is given"
	case trace.RemarkLost:
		return "*** chassis do not bring the packet to its output port (" + n.Text + ")"
	case trace.RemarkUnimplemented:
		return "*** " + n.Text + " action not implemented"
	case trace.RemarkMirrorMissing:
		return "/* omitting output because no taget port found. */" // as ovn-trace spells it
	case trace.RemarkNoPortToCheck:
		return fmt.Sprintf("*** port security of port %d, which does not exist", n.Key)
	case trace.ToolAborts:
		return "*** ovn-trace aborts on " + n.Text
	case trace.RemarkNoOpenFlow:
		return "*** no OpenFlow flows"
	case trace.RemarkOpenFlowError:
		return "*** error obtaining flow stats (" + n.Text + ")"
	case trace.RemarkOpenFlow:
		return n.Text
	case trace.RemarkLimit:
		return "*** the walk stopped at its limit of " + n.Text
	case trace.RemarkUnmodelled:
		return "*** action " + n.Text + " is not modelled"
	}
	return ""
}
