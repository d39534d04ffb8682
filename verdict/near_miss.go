package verdict

import "github.com/ovnwalk/ovnwalk/trace"

// NearMiss is a flow that a packet did not take at a table that it came to, and
// what kept it from it.
type NearMiss struct {
	Place trace.Place // where; its Flow is the one that was not taken

	// Match is the flow's match as it was compared, and Actions what it does, with
	// names as the trace shows them.
	Match, Actions string

	// Parts is the smallest part of the match that failed, in the order of the
	// text.  It is empty where the match holds.
	Parts []FailedPart

	// Taken is the flow that was taken instead, nil where none was.
	Taken *trace.Flow
}

// FailedPart is a part of a match that does not hold of the packet.
type FailedPart struct {
	Start, End int    // the bytes of Miss.Match; both are 0 for what the flow's actions require
	Field      string // what is compared, such as ip4.src or reg0[16..31]
	Actual     string // the packet's value
	Wanted     string // what would have matched
}
