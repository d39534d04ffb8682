package lflow

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/open"
)

// Zone describes one of the southbound databases of a network: enough to decide whether a packet
// or a name belongs to it. Open reads the rest.
type Zone struct {
	// Name is SB_Global.options:name, else NB_Global.name of the northbound database, else
	// the node of the only local chassis, else "".
	Name string

	Path       string // of the database: a file, or PATH//MEMBER
	Northbound string // path of its northbound database in the same archive or directory, or ""

	Detected dialect.Detection // the release that wrote it, zero if unknown
	Date     time.Time         // of its last transaction, zero if unknown
	Warnings []Warning         // problems of the database

	// Err is the error if the database cannot be read, otherwise nil. If it is not nil, the
	// contents are unknown.
	Err error

	Chassis []ZoneChassis // rows of table Chassis

	// Files are the files in the archive or directory of the database, or nil if Source.Files
	// selects none.
	Files *Files

	made   []UUID    // the northbound rows of its datapaths
	kept   *snapshot // used by Open; nil if Open reads the database at Path
	again  *open.Database
	rows   *ovsdb.Snapshot
	stored string // ports in an index
	once   sync.Once
	ports  []ZonePort     // in the order of the database
	named  map[string]int // ports by name
}

// snapshot is a database from which nothing was made yet.
type snapshot struct {
	db      *ovsdb.Snapshot
	index   *compiled // or nil
	warning string    // about an index that is not used
}

// ZoneChassis is a row of table Chassis.
type ZoneChassis struct {
	UUID           UUID
	Name, Hostname string

	Remote        bool              // whether it is in another zone
	Interconnects bool              // whether it has tunnels to chassis of other zones
	Mappings      map[string]string // physical networks to bridges
}

// Node returns the host name of the chassis, or its name if it has none.
func (c ZoneChassis) Node() string {
	if c.Hostname != "" {
		return c.Hostname
	}
	return c.Name
}

// ZonePort is a row of table Port_Binding.
type ZonePort struct {
	UUID     UUID
	Name     string
	Names    []string // the values of external_ids, which may be friendly names
	Type     string
	Datapath UUID
	Network  string // the physical network of a localnet port

	// Addresses are those of columns mac and nat_addresses: each an Ethernet
	// address and the IP addresses after it, or a word such as "unknown".
	Addresses []string
}

// Open reads the database.
func (z *Zone) Open(ctx context.Context, o Options) (*Network, error) {
	s := z.kept
	if z.kept = nil; s == nil {
		if z.again == nil {
			return Open(ctx, z.Path, o)
		}
		db, err := z.again.Open(ctx, o.Source.read())
		if err != nil {
			return nil, databaseError(err)
		}
		s = &snapshot{db: db}
	}
	return s.load(o)
}

// Close releases the memory that the zone keeps for Open. Networks that Open returned remain
// valid.
func (z *Zone) Close() error {
	if z.kept == nil {
		return nil
	}
	db := z.kept.db
	z.kept = nil
	z.Ports() // the result does not share its memory
	return db.Close()
}

// String returns the zone's name or, if it has none, the path of its database.
func (z *Zone) String() string {
	if z.Name != "" {
		return z.Name
	}
	return z.Path
}

// Own returns the local chassis of the zone.
func (z *Zone) Own() (own []ZoneChassis) {
	for _, c := range z.Chassis {
		if !c.Remote {
			own = append(own, c)
		}
	}
	return own
}

// Ports returns the rows of table Port_Binding, in the order of the database. If the whole
// database was read, it may be called only while its network is open.
func (z *Zone) Ports() []ZonePort {
	z.once.Do(func() {
		z.ports = readPorts(z.stored)
		eachRow(z.rows, "Port_Binding", func(r zoneRow) { z.ports = append(z.ports, r.port()) })
		z.named, z.rows = make(map[string]int, len(z.ports)), nil
		for i, p := range z.ports {
			if _, twice := z.named[p.Name]; !twice {
				z.named[p.Name] = i
			}
		}
	})
	return z.ports
}

// Port returns the port with a name; ok is false if there is none.
func (z *Zone) Port(name string) (p ZonePort, ok bool) {
	ports := z.Ports()
	i, ok := z.named[name]
	if !ok {
		return ZonePort{}, false
	}
	return ports[i], true
}

// Describe returns the zone of a network that was read from a database at a path.
func Describe(n *Network, path string) *Zone {
	z := &Zone{Path: path}
	z.describe(n.db)
	z.name()
	return z
}

// ReadZone returns the zone of the southbound database in data; name is for messages.
func ReadZone(ctx context.Context, name string, data []byte, o Options) (*Zone, error) {
	db, err := open.Bytes(ctx, name, data, o.Source.read())
	return keptZone(name, db, err)
}

// ReadZoneFrom returns the zone of the southbound database that is read from r to its
// end; name is for messages.
func ReadZoneFrom(ctx context.Context, name string, r io.Reader, o Options) (*Zone, error) {
	db, err := open.Reader(ctx, name, r, o.Source.read())
	return keptZone(name, db, err)
}

// keptZone returns the zone of a database that was read completely.
func keptZone(name string, db *ovsdb.Snapshot, err error) (*Zone, error) {
	if err != nil {
		return nil, databaseError(err)
	}
	z := &Zone{Path: name, kept: &snapshot{db: db}}
	z.describe(db)
	z.name()
	return z, nil
}

// zoneTables are the tables and columns that describe a zone.
var zoneTables = ovsdb.Wanted{
	"SB_Global":        tables["SB_Global"],
	"Chassis":          {"name", "hostname", "other_config", "external_ids"},
	"Datapath_Binding": {"external_ids", "nb_uuid"},
	"Port_Binding":     {"logical_port", "datapath", "type", "options", "external_ids", "mac", "nat_addresses"},
}

// describe reads the description of a zone from a snapshot. The strings do not share its memory.
func (z *Zone) describe(db *ovsdb.Snapshot) {
	for _, w := range db.Warnings {
		z.Warnings = append(z.Warnings, warningOf(w))
	}
	if db.Date > 0 {
		z.Date = time.UnixMilli(db.Date)
	}
	eachRow(db, "SB_Global", func(r zoneRow) { z.Name = r.get("options", "name") })
	z.Detected, _ = detectIn(db)
	eachRow(db, "Chassis", func(r zoneRow) { z.Chassis = append(z.Chassis, r.chassis()) })
	z.rows = db
	eachRow(db, "Datapath_Binding", func(r zoneRow) {
		if u, ok := r.row.Ref(r.row.Col("nb_uuid")); ok {
			z.made = append(z.made, UUID(u))
		}
		for _, kind := range []string{"logical-switch", "logical-router"} {
			if u, err := ovsdb.ParseUUID(r.get("external_ids", kind)); err == nil {
				z.made = append(z.made, UUID(u))
			}
		}
	})
}

// zoneRow is a row of a table for a description.
type zoneRow struct{ row ovsdb.Row }

func eachRow(db *ovsdb.Snapshot, table string, f func(zoneRow)) {
	if db == nil {
		return // the zone cannot be read
	}
	for r := range db.Table(table).Rows() {
		f(zoneRow{r})
	}
}

func (r zoneRow) text(column string) string { return strings.Clone(r.row.Text(column)) }

func (r zoneRow) get(column, key string) string {
	v, _ := r.row.MapGet(r.row.Col(column), key)
	return strings.Clone(v)
}

func (r zoneRow) chassis() ZoneChassis {
	c := ZoneChassis{
		UUID: UUID(r.row.UUID()), Name: r.text("name"), Hostname: r.text("hostname"),
		Remote: r.get("other_config", "is-remote") == "true", Interconnects: r.get("other_config", "is-interconn") == "true",
	}
	mappings := r.get("other_config", "ovn-bridge-mappings")
	if mappings == "" {
		mappings = r.get("external_ids", "ovn-bridge-mappings")
	}
	for m := range strings.SplitSeq(mappings, ",") {
		if network, bridge, ok := strings.Cut(strings.TrimSpace(m), ":"); ok {
			if c.Mappings == nil {
				c.Mappings = map[string]string{}
			}
			c.Mappings[network] = bridge
		}
	}
	return c
}

func (r zoneRow) port() ZonePort {
	p := ZonePort{UUID: UUID(r.row.UUID()), Name: r.text("logical_port"), Type: r.text("type"), Network: r.get("options", "network_name")}
	if u, ok := r.row.Ref(r.row.Col("datapath")); ok {
		p.Datapath = UUID(u)
	}
	for _, v := range r.row.Map(r.row.Col("external_ids")) {
		p.Names = append(p.Names, strings.Clone(v))
	}
	for _, column := range []string{"mac", "nat_addresses"} {
		for _, text := range r.row.Strings(r.row.Col(column)) {
			p.Addresses = append(p.Addresses, strings.Clone(text))
		}
	}
	return p
}

// name sets the name of a zone without one to that of its only chassis.
func (z *Zone) name() {
	if own := z.Own(); z.Name == "" && len(own) == 1 {
		z.Name = own[0].Node()
	}
}

// withoutCopies keeps the newest of several copies of one database, such as those of the members
// of a cluster, and warns about the others. Copies have rows with the same UUIDs.
func withoutCopies(all []*Zone) (zones []*Zone, warnings []Warning) {
	place := map[UUID]int{}
	for _, z := range all {
		i := len(zones)
		for _, c := range z.Chassis {
			if at, known := place[c.UUID]; known {
				i = at
				break
			}
		}
		for _, c := range z.Chassis {
			place[c.UUID] = i
		}
		if i == len(zones) {
			zones = append(zones, z)
			continue
		}
		used, left := zones[i], z
		if left.Date.After(used.Date) {
			used, left = left, used
		}
		_ = left.Close() // it was only read
		zones[i] = used
		warnings = append(warnings, Warning{Text: fmt.Sprintf("%s is left out: it is a copy of the database %s, which is not older", left.Path, used.Path)})
	}
	return zones, warnings
}
