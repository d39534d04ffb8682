package render

import (
	"fmt"

	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// remarkLine returns what a remark says.
func remarkLine(n *trace.Remark) string {
	mac := string(packet.AppendMAC(nil, n.MAC))
	switch n.What {
	case trace.MACBindingFound:
		return "/* MAC binding to " + mac + ". */"
	case trace.MACBindingMissing:
		return "/* No MAC binding. */"
	case trace.MACLookupFound:
		return "/* MAC binding to " + mac + " found. */"
	case trace.MACLookupIPFound:
		return "/* MAC binding found. */"
	case trace.MACLookupMissing:
		return "/* lookup failed - No MAC binding. */"
	case trace.FDBFound:
		return "/* MAC lookup for " + mac + " found in FDB. */"
	case trace.FDBMissing:
		return "/* lookup mac failed in mac learning table. */"
	case trace.EVPNUnknown:
		return "/* EVPN ARP lookup for " + n.Text + ": not available in trace. */"
	case trace.RemoteFDB:
		return "/* The remote FDB table is different per each chassis. */"
	case trace.FloodRemote:
		return "/* Flood to all remote chassis */"
	case trace.NATToVIP:
		return "/* nat(src=" + n.Text + ") */"
	case trace.CTStateSaved:
		return fmt.Sprintf("/* %s = %d; */", n.Text, n.Key)
	case trace.NoBackend:
		return "*** no load balancing destination (use --lb-dst)"
	case trace.OutputToNull:
		return "*** output to null logical port"
	case trace.UnknownOutput:
		return fmt.Sprintf("*** unknown port or multicast group %d", n.Key)
	case trace.NoDistributed:
		return fmt.Sprintf(`*** output to type "%s" port "%s" with no or invalid distributed port`, n.Text, n.Detail)
	case trace.TTLUnderflow:
		return "*** TTL underflow"
	case trace.TTLNotIP:
		return "*** TTL decrement of non-IP packet"
	case trace.DHCPAssumed:
		return "/* We assume that this packet is DHCPDISCOVER or DHCPREQUEST. */"
	case trace.DHCPRelayAssumed:
		return "/* We assume that this packet is DHCPOFFER or DHCPACK and DHCP broadcast flag is set. " +
			"Dest IP is set to broadcast. Dest MAC is set to broadcast but in real network this is unicast " +
			"which is extracted from DHCP header. */"
	case trace.DNSUnknown:
		return "*** dns_lookup action not implemented"
	case trace.Unimplemented:
		return "*** " + n.Text + " action not implemented"
	case trace.MirrorMissing:
		return "/* omitting output because no taget port found. */" // as ovn-trace spells it
	case trace.NoPortToCheck:
		return fmt.Sprintf("*** port security of port %d, which does not exist", n.Key)
	case trace.ToolAborts:
		return "*** ovn-trace aborts on " + n.Text
	case trace.NoOpenFlow:
		return "*** no OpenFlow flows"
	case trace.OpenFlowTrouble:
		return "*** error obtaining flow stats (" + n.Text + ")"
	case trace.OpenFlow:
		return n.Text
	case trace.Limit:
		return "*** the walk stopped at its limit of " + n.Text
	case trace.Unmodelled:
		return "*** action " + n.Text + " is not modelled"
	}
	return ""
}
