package suite

import (
	"maps"
	"slices"
)

// What tests outside need of the inside.
var (
	Quote      = quote
	OneTest    = one
	DropCodes  = dropCodes
	ReplyWords = replyWords

	VerdictWords = verdictWords
	PacketWords  = packetWords
)

// Keys returns the keys of the tables.
func Keys() map[string][]string {
	return map[string][]string{
		"suite":   slices.Sorted(maps.Keys(suiteKeys)),
		"default": slices.Sorted(maps.Keys(defaultKeys)),
		"test":    slices.Sorted(maps.Keys(testKeys)),
		"expect":  slices.Sorted(maps.Keys(expectKeys)),
		"reply":   slices.Sorted(maps.Keys(replyKeys)),
	}
}
