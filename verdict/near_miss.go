package verdict

import "github.com/ovnwalk/ovnwalk/trace"

// NearMiss is a flow of a table that did not match a packet, with the reason.
type NearMiss struct {
	Place trace.Place // the table; its Flow is the one that did not match

	// Match is the flow's match as it was compared, and Actions its actions, with the
	// names that the trace shows.
	Match, Actions string

	// Parts are the smallest parts of the match that failed, in the order of the text.
	// It is empty if the match is true.
	Parts []FailedPart

	// Taken is the flow that matched instead, or nil.
	Taken *trace.Flow
}

// FailedPart is a part of a match that is false for the packet.
type FailedPart struct {
	Start, End int    // the bytes of NearMiss.Match; both are 0 for a prerequisite of the flow's actions
	Field      string // the field or subfield, such as ip4.src or reg0[16..31]
	Actual     string // the packet's value
	Wanted     string // the value that would have matched
}
