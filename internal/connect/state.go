package connect

import "github.com/ovnwalk/ovnwalk/packet"

// Fields of the walk that the simulation stores in a packet, besides packet.OnChassis and
// packet.CTZone.  Word 0 belongs to package conntrack.
var (
	// enteredBy is the number of the physical port through which the packet entered the
	// chassis, 0 for none.
	enteredBy = packet.WalkField("entered_by", 1, 0, 32)

	// lastHop is the number of the last hop of the packet's path, 0 for none.
	lastHop = packet.WalkField("last_hop", 1, 32, 32)

	// quotedPacket is the number of the packet that an ICMP error quotes, 0 for none.
	quotedPacket = packet.WalkField("quoted_packet", 2, 0, 32)

	// passNumber is the number of the packet's pass through the datapath, which ends when the
	// packet is recirculated or leaves the chassis.  Copies made in one pass have the same
	// number; 0 is a pass without copies.
	passNumber = packet.WalkField("pass", 2, 32, 32)

	// recirculations is the number of recirculations on the chassis, crossings the depth of the
	// translation since the last one, hashed whether the datapath has computed the hash, and
	// packetOut whether ovn-controller sent the packet (1) and it has crossed bridges since
	// then (2).
	recirculations = packet.WalkField("recirculations", 3, 0, 16)
	crossings      = packet.WalkField("crossings", 3, 16, 16)
	hashed         = packet.WalkField("hashed", 3, 32, 1)
	packetOut      = packet.WalkField("packet_out", 3, 33, 2)

	// aborts marks an SCTP abort that ovn-controller generated.
	aborts = packet.WalkField("aborts", 3, 35, 1)

	// madeLength is the length in bytes of a packet that ovn-controller or a host generated, 0
	// for the size of the connection's packets.
	madeLength = packet.WalkField("made_length", 3, 48, 16)
)
