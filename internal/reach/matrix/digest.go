package matrix

import (
	"crypto/sha256"
	"encoding/hex"

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

// DigestOf returns a digest of the rows that were read for a network.
func DigestOf(n *lflow.Network) string { return Digest(bridge.Snapshot(n)) }
