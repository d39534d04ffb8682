package cli

import (
	"fmt"
	"strings"

	"github.com/ovnwalk/ovnwalk/lflow"
)

// findRow finds a datapath as ovn-sbctl(8) finds a row of Datapath_Binding: by its UUID, by
// "." if there is only one, by one of its names or its northbound UUID, or by a prefix of
// its UUID.  It returns nil if there is none.
func findRow(n *lflow.Network, id string) (*lflow.Datapath, error) {
	for _, d := range n.Datapaths {
		if strings.EqualFold(d.UUID, id) || id == "." && len(n.Datapaths) == 1 {
			return d, nil
		}
	}
	for _, key := range []string{"name", "name2", "logical-switch", "logical-router"} {
		var found *lflow.Datapath
		for _, d := range n.Datapaths {
			if v, ok := d.ExternalID(key); !ok || v != id {
				continue
			}
			if found != nil {
				return nil, fmt.Errorf("multiple rows in Datapath_Binding match %q", id)
			}
			found = d
		}
		if found != nil {
			return found, nil
		}
	}
	if len(id) < 4 || uuidPiece(id) != strings.ToLower(id) {
		return nil, nil
	}
	var found *lflow.Datapath
	for _, d := range n.Datapaths {
		if !strings.HasPrefix(d.UUID, strings.ToLower(id)) {
			continue
		}
		if found != nil {
			return nil, fmt.Errorf("Datapath_Binding contains 2 or more rows whose UUIDs begin with %s: at least %s and %s", id, found.UUID, d.UUID)
		}
		found = d
	}
	return found, nil
}

// uuidPiece returns a prefix of a UUID in lower case, without a leading 0x as cookies have,
// or "" if s is not a prefix of a UUID.
func uuidPiece(s string) string {
	s = strings.ToLower(s)
	s = strings.TrimPrefix(s, "0x")
	if s == "" || len(s) > 36 {
		return ""
	}
	for i := range len(s) {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (s[i] == '-') || !dash && !strings.Contains("0123456789abcdef", s[i:i+1]) {
			return ""
		}
	}
	return s
}

// uuidPrefixes are prefixes of UUIDs; an empty list matches all flows.  Leading zeros are
// ignored, because cookies are printed without them.
type uuidPrefixes []string

func (c uuidPrefixes) has(f *lflow.Flow) bool {
	if len(c) == 0 {
		return true
	}
	id := strings.TrimLeft(f.UUID.String(), "0")
	for _, piece := range c {
		if strings.HasPrefix(id, strings.TrimLeft(uuidPiece(piece), "0")) {
			return true
		}
	}
	return false
}
