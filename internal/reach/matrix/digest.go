package matrix

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/bridge"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// Digest returns a digest of the rows of a database that were read.
func Digest(db *ovsdb.Snapshot) string {
	sum := sha256.New()
	var line []byte
	for _, name := range db.Tables() {
		_, _ = sum.Write([]byte(name + "\n"))
		for r := range db.Table(name).Rows() {
			line = append(r.AppendJSON(line[:0]), '\n')
			_, _ = sum.Write(line)
		}
	}
	return "sha256:" + hex.EncodeToString(sum.Sum(nil))
}

// DigestOf returns a digest of the rows that were read for networks.
func DigestOf(networks ...*lflow.Network) string {
	digests := make([]string, len(networks))
	for i, n := range networks {
		digests[i] = Digest(bridge.Snapshot(n))
	}
	if len(digests) == 1 {
		return digests[0]
	}
	sum := sha256.Sum256([]byte(strings.Join(digests, "\n")))
	return "sha256:" + hex.EncodeToString(sum[:])
}
