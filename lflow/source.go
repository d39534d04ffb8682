package lflow

import "github.com/ovnwalk/ovnwalk/internal/ovsdb"

// Source describes how to reach a database and how to verify it.  The zero value suits
// files.  Options for servers have no effect on files, and the other way round.
type Source struct {
	// Uncommitted applies the entries after the last commit in a clustered database
	// file (ovsdb(5), "Clustered Format").  A follower's copy may lack the mark of the
	// last commit.
	Uncommitted bool

	// NoLeaderOnly connects to any member of a cluster, not only to the leader.
	NoLeaderOnly bool

	// PrivateKey, Certificate and CACert name the files that ssl: servers need,
	// in PEM, as -p, -c and -C of all OVS tools do.  CACert "none" trusts any
	// server.
	PrivateKey, Certificate, CACert string

	// VerifyHost requires that an ssl: server's certificate names the host that
	// is connected to, as a name or an address of its subject alternative names.
	// OVS tools do not.
	VerifyHost bool

	// MaxBytes limits the decompressed size of a source or archive, and the size of a
	// server's response, in bytes; 0 means 4 GiB.
	MaxBytes int64

	// Files selects files beside databases in an archive or folder, by their paths
	// in it, for Zone.Files; nil for none.
	Files func(name string) bool

	// Progress, if not nil, is called repeatedly with the number of bytes read and the
	// total, which is 0 if it is not known.  It may start again at 0.
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
