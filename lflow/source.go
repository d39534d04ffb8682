package lflow

import "github.com/ovnwalk/ovnwalk/internal/ovsdb"

// Source describes how to read and verify a database. The zero value suits files. Options for
// servers have no effect on files, and vice versa.
type Source struct {
	// Uncommitted applies the entries after the last commit in a clustered database file
	// (ovsdb(5), "Clustered Format"). A follower's file may lack the last commit index.
	Uncommitted bool

	// NoLeaderOnly connects to any member of a cluster, not only to the leader.
	NoLeaderOnly bool

	// PrivateKey, Certificate and CACert name the files for ssl: servers, in PEM, as the
	// options -p, -c and -C of OVS tools do. CACert "none" trusts any server.
	PrivateKey, Certificate, CACert string

	// VerifyHost requires that the certificate of an ssl: server has the host's name or
	// address among its subject alternative names. OVS tools do not require this.
	VerifyHost bool

	// MaxBytes limits the decompressed size of a source or archive, and the size of a
	// server's response, in bytes; 0 means 4 GiB.
	MaxBytes int64

	// Files selects files beside databases in an archive or directory, by their paths
	// in it, for Zone.Files; nil for none.
	Files func(name string) bool

	// Progress, if not nil, is called repeatedly with the number of bytes read and the total,
	// which is 0 if unknown. It may start over at 0.
	Progress func(done, total int64)
}

// Schema is the name of the schema of southbound databases, OVN_Southbound.
const Schema = ovsdb.Southbound

// read returns the options for reading a network's tables.
func (s Source) read() ovsdb.Options {
	return ovsdb.Options{
		Wanted:       tables,
		Schema:       Schema,
		Uncommitted:  s.Uncommitted,
		NoLeaderOnly: s.NoLeaderOnly,
		TLS:          ovsdb.TLS{PrivateKey: s.PrivateKey, Certificate: s.Certificate, CACert: s.CACert, VerifyHost: s.VerifyHost},
		MaxBytes:     s.MaxBytes,
		Progress:     s.Progress,
	}
}
