package connect

import "github.com/ovnwalk/ovnwalk/packet"

// What the simulation keeps with a packet, besides packet.OnChassis and packet.CTZone.
// Word 0 is that of package conntrack.
var (
	// enteredBy is the number of the physical port by which the packet came to the
	// chassis, 0 for none.
	enteredBy = packet.WalkField("entered_by", 1, 0, 32)

	// lastHop is the number of the last step of the packet's way, 0 for none.
	lastHop = packet.WalkField("last_hop", 1, 32, 32)

	// quotedPacket is the number of the packet that an ICMP error quotes, 0 for none.
	quotedPacket = packet.WalkField("quoted_packet", 2, 0, 32)

	// passNumber is the number of the packet's pass through the datapath, which ends where
	// the packet is recirculated or leaves the chassis.  Copies that were made in one pass
	// have one number; 0 is a pass without copies.
	passNumber = packet.WalkField("pass", 2, 32, 32)

	// recirculations is how often the packet was looked up anew on the chassis, as after
	// conntrack, crossings how many patch ports it crossed since then, hashed whether the
	// datapath has computed its hash, and packetOut whether a controller sent it (1) and
	// it crossed bridges since then (2).
	recirculations = packet.WalkField("recirculations", 3, 0, 16)
	crossings      = packet.WalkField("crossings", 3, 16, 16)
	hashed         = packet.WalkField("hashed", 3, 32, 1)
	packetOut      = packet.WalkField("packet_out", 3, 33, 2)

	// aborts marks an SCTP packet that a controller made to abort an association.
	aborts = packet.WalkField("aborts", 3, 35, 1)

	// madeLength is the length in bytes of a packet that a controller or a host made of
	// another, 0 for one that has the length of the connection's packets.
	madeLength = packet.WalkField("made_length", 3, 48, 16)
)
