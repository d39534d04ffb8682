package controlplane

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/logfile"
)

// The databases of a plane.
const (
	NB = "nb"
	SB = "sb"
)

// schemaOf returns the schema file of a database.
func (p *Plane) schemaOf(name string) string {
	if name == NB {
		return p.NBSchema
	}
	return p.SBSchema
}

// Create creates an empty database.
func (p *Plane) Create(ctx context.Context, name string) error {
	_, err := p.Run(ctx, p.Tool, "create", p.Path(name+".db"), p.schemaOf(name))
	return err
}

// Conversion is a conversion of a database to another version of its schema.
type Conversion struct {
	Database string `json:"database"`       // "OVN_Southbound"
	From     string `json:"from,omitempty"` // the version, "" if the source has no schema
	To       string `json:"to"`
}

// Put creates a database with the rows of a snapshot and the schema of the release.  The
// conversion is nil if the snapshot has that schema already.
func (p *Plane) Put(ctx context.Context, name string, db *ovsdb.Snapshot) (*Conversion, error) {
	path := p.Path(name + ".db")
	if err := logfile.CopyFile(db, path); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(p.schemaOf(name))
	if err != nil {
		return nil, err
	}
	var schema struct{ Name, Version, Cksum string }
	if err := json.Unmarshal(text, &schema); err != nil {
		return nil, fmt.Errorf("%s: %w", p.schemaOf(name), err)
	}
	if db.Schema != nil && db.Schema.Version == schema.Version && db.Schema.Cksum == schema.Cksum {
		return nil, nil
	}
	if db.Schema != nil {
		needs, err := p.Run(ctx, p.Tool, "needs-conversion", path, p.schemaOf(name))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", db.File, err)
		}
		if strings.TrimSpace(needs) == "no" {
			return nil, nil
		}
	}
	if _, err := p.Run(ctx, p.Tool, "convert", path, p.schemaOf(name)); err != nil {
		return nil, fmt.Errorf("%s: converting to version %s of its schema: %w", db.File, schema.Version, err)
	}
	return &Conversion{Database: schema.Name, From: db.SchemaVersion, To: schema.Version}, nil
}
