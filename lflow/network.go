// Package lflow is the logical network of a southbound database: datapaths, ports,
// groups and bindings, and the logical flows, indexed by datapath, pipeline and table.
// Reading a database parses no flow.  A flow is parsed when a walk first reaches its
// table, once for all datapaths that share it.
package lflow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/bridge"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/open"
)

// Network is a logical network. It may be used by several goroutines.
type Network struct {
	Dialect  dialect.Dialect
	Detected dialect.Detection // how the release was detected; zero if it was given
	Warnings []Warning

	Datapaths []*Datapath // in the order of ovn-trace(8)

	datapath      map[ovsdb.UUID]*Datapath
	datapathNames struct {
		once  sync.Once
		first map[string]*Datapath // the first datapath with each name
	}
	ports       ports
	groups      []*Group
	groupsNamed map[string][]*Group
	addressSets *namedSets
	portGroups  *namedSets
	vips        vips
	symbols     *expr.Symbols
	options     options
	statics     statics
	flows       flowIndex
	microflows  expr.MicroflowCache
	chassis     *Chassis
	vars        map[string]string                              // template variables, or nil
	residence   func(port string) expr.PortSet                 // by the number of the chassis
	located     atomic.Pointer[func(int, string, uint64) bool] // see Locate
	asChassis   bool                                           // see Options
	leftOut     func() func(flowRow) bool                      // see isLeftOut
	variables   func(number uint64) map[string]string          // the template variables of a chassis, by its number
	db          *ovsdb.Snapshot

	mu       sync.Mutex
	setCache map[string]*expr.AddressSet
	names    map[string]expr.PortSet
	pgCache  map[string]*boundGroup
}

// Warning is a problem of the database that does not prevent its use.
type Warning struct {
	Text string

	// Damage reports that rows of the database may be missing: its file is truncated, a
	// checksum is wrong, or entries of a clustered log were not applied.  Results may
	// then be wrong.
	Damage bool
}

// Options describe how to read a network.
type Options struct {
	// Release overrides the detected release of the database.
	Release dialect.Release

	// Chassis is the chassis for is_chassis_resident and template variables, or "".
	Chassis string

	// AsChassis reads flows as chassis do: template variables are those of Chassis, or of the
	// only chassis, as in an interconnect zone of one node; flows with a variable that has no
	// value on any chassis are omitted, as are comparisons that Open vSwitch omits;
	// is_chassis_resident is evaluated by the function given to Locate. Without AsChassis,
	// flows are as in ovn-trace(8).
	AsChassis bool

	// Source describes how to reach and read the database.
	Source Source
}

// tables are the tables and columns from which a network is made.
var tables = ovsdb.Wanted{
	"SB_Global":            {"options"},
	"Datapath_Binding":     {"external_ids", "tunnel_key", "nb_uuid", "type"},
	"Port_Binding":         {"logical_port", "datapath", "tunnel_key", "type", "options", "external_ids", "port_security", "chassis", "requested_chassis", "gateway_chassis", "ha_chassis_group", "mac", "parent_port", "mirror_port", "tag", "encap", "up", "virtual_parent", "additional_chassis", "nat_addresses"},
	"Multicast_Group":      {"name", "datapath", "tunnel_key", "ports"},
	"Logical_Flow":         {"logical_datapath", "logical_dp_group", "pipeline", "table_id", "priority", "match", "actions", "external_ids", "tags"},
	"Logical_DP_Group":     {"datapaths"},
	"Address_Set":          {"name", "addresses"},
	"Port_Group":           {"name", "ports"},
	"MAC_Binding":          {"logical_port", "ip", "mac", "datapath"},
	"Static_MAC_Binding":   {"logical_port", "ip", "mac", "override_dynamic_mac"},
	"FDB":                  {"mac", "dp_key", "port_key"},
	"Load_Balancer":        {"name", "external_ids", "vips", "protocol", "options", "datapaths", "datapath_group", "ls_datapath_group", "lr_datapath_group"},
	"DHCP_Options":         {"name", "code", "type"},
	"DHCPv6_Options":       {"name", "code", "type"},
	"DNS":                  {"records", "datapaths"},
	"Chassis":              {"name", "hostname", "encaps", "other_config", "external_ids", "transport_zones"},
	"Chassis_Private":      {"name", "nb_cfg", "nb_cfg_timestamp"},
	"Encap":                {"chassis_name", "ip", "type", "options"},
	"Gateway_Chassis":      {"name", "chassis", "priority"},
	"HA_Chassis_Group":     {"name", "ha_chassis", "ref_chassis"},
	"HA_Chassis":           {"chassis", "priority"},
	"Chassis_Template_Var": {"chassis", "variables"},
	"Meter":                {"name", "unit", "bands"},
	"Meter_Band":           {"action", "rate", "burst_size"},
	"Mirror":               {"name", "filter", "sink", "type", "index"},
	"BFD":                  {"logical_port", "dst_ip", "min_tx", "min_rx", "detect_mult", "options"},
	"Service_Monitor":      {"logical_port", "ip", "port", "protocol", "type", "src_mac", "src_ip", "options"},
	"ECMP_Nexthop":         {"nexthop", "mac"},
}

// Wanted returns the tables and columns that a network is read from.
func Wanted() map[string][]string { return tables }

// Open reads the network of a southbound database from any source: a file (standalone,
// clustered, a dump, compressed, in an archive as PATH//MEMBER, in a directory), "-"
// for standard input, tables as TABLE=FILE,TABLE=FILE, or a server (unix:PATH,
// tcp:HOST:PORT, ssl:HOST:PORT).  Errors are of type *DatabaseError or *SeveralError,
// or come from the operating system or ctx.
func Open(ctx context.Context, path string, o Options) (*Network, error) {
	s := openCompiled(ctx, path, o.Source)
	if s.db == nil {
		var err error
		if s.db, err = open.Path(ctx, path, o.Source.read()); err != nil {
			return nil, databaseError(err)
		}
	}
	return s.load(o)
}

// Read reads the network in the bytes of a southbound database file; name is
// for messages.
func Read(ctx context.Context, name string, data []byte, o Options) (*Network, error) {
	db, err := open.Bytes(ctx, name, data, o.Source.read())
	if err != nil {
		return nil, databaseError(err)
	}
	return (&snapshot{db: db}).load(o)
}

// ReadFrom reads the network in a southbound database that is read from r to its
// end; name is for messages.
func ReadFrom(ctx context.Context, name string, r io.Reader, o Options) (*Network, error) {
	db, err := open.Reader(ctx, name, r, o.Source.read())
	if err != nil {
		return nil, databaseError(err)
	}
	return (&snapshot{db: db}).load(o)
}

// load makes a network from a snapshot and takes ownership of it.
func (s *snapshot) load(o Options) (*Network, error) {
	n, err := load(s.db, o, s.index)
	if err != nil {
		return nil, errors.Join(err, s.db.Close())
	}
	if s.warning != "" {
		n.warn("%s", s.warning)
	}
	if r := cmp.Or(o.Release, n.Detected.Release); r.IsFuture() {
		n.warn("release %s is not known yet: the database is read as that of %s", r, dialect.Newest)
	}
	return n, nil
}

// load makes a network from a snapshot, which must stay open while the network is in use, and
// from an index if it matches.
func load(db *ovsdb.Snapshot, o Options, index *compiled) (*Network, error) {
	n := &Network{
		db:          db,
		datapath:    map[ovsdb.UUID]*Datapath{},
		groupsNamed: map[string][]*Group{},
		setCache:    map[string]*expr.AddressSet{},
		names:       map[string]expr.PortSet{},
		pgCache:     map[string]*boundGroup{},
	}
	for _, w := range db.Warnings {
		n.Warnings = append(n.Warnings, warningOf(w))
	}
	if err := complete(db); err != nil {
		return nil, databaseError(err)
	}
	if err := n.detect(db, o); err != nil {
		return nil, err
	}
	n.symbols = expr.SymbolsOf(n.Dialect.Release())
	if o.Chassis != "" {
		c, err := n.chassisNamed(o.Chassis)
		if err != nil {
			return nil, err
		}
		n.chassis = c
	}
	n.setVariables(o)
	if index.fits(n) {
		n.restore(index)
	} else {
		index = nil
		n.loadDatapaths()
		n.loadGroups(n.loadPorts())
		n.loadSets(nil, nil)
		n.loadBindings()
	}
	n.loadOptions()
	n.flows.load(n, index)
	return n, nil
}

// Close releases the database of the network.  The network must not be used afterwards.
func (n *Network) Close() error { return n.db.Close() }

// Changed returns an error if the file of the network was truncated or overwritten
// after it was opened.  Later results may be wrong.
func (n *Network) Changed() error { return n.db.Changed() }

func init() { bridge.Snapshot = func(n any) *ovsdb.Snapshot { return n.(*Network).db } }

// PerChassis makes is_chassis_resident() depend on the chassis of each packet,
// packet.OnChassis, instead of Options.Chassis.  For each port that a match names,
// residence returns the set of the numbers of the chassis where it is resident, nil
// for none.  Template variables have the values of the packet's chassis; chassis
// returns its name by its number.  PerChassis must be called before the first lookup.
func (n *Network) PerChassis(residence func(port string) expr.PortSet, chassis func(number uint64) string) {
	n.residence = residence
	if all := n.templates(); len(all) > 0 {
		n.variables = func(number uint64) map[string]string { return variablesOf(all, chassis(number)) }
	}
}

// Locate sets the function that reports whether a port is resident on the chassis of a packet,
// given by its number in packet.OnChassis, for a flow of a datapath, given by its index. It is
// used if Options.AsChassis is set. For packets with the number 0, ports are resident as in
// ovn-trace(8). Only the first call has an effect.
func (n *Network) Locate(isResident func(datapath int, port string, chassis uint64) bool) {
	n.located.CompareAndSwap(nil, &isResident)
}

// Symbols returns the symbol table of the network's release.
func (n *Network) Symbols() *expr.Symbols { return n.symbols }

// warningOf converts a warning about the source.
func warningOf(w ovsdb.Warning) Warning { return Warning{Text: w.String(), Damage: !w.Beside} }

func (n *Network) warn(format string, args ...any) {
	n.Warnings = append(n.Warnings, Warning{Text: fmt.Sprintf(format, args...)})
}

// detect determines the release that wrote the database.
func (n *Network) detect(db *ovsdb.Snapshot, o Options) error {
	if o.Release != (dialect.Release{}) {
		n.Dialect = dialect.For(o.Release)
		return nil
	}
	found, err := detectIn(db)
	if err != nil {
		return err
	}
	n.Detected = found
	n.Dialect = dialect.For(found.Release)
	return nil
}

// detectIn returns the release that wrote a database.
func detectIn(db *ovsdb.Snapshot) (dialect.Detection, error) {
	e := dialect.Evidence{SchemaVersion: db.SchemaVersion, Has: db.Has}
	global := db.Table("SB_Global")
	col, _ := global.Col("options")
	for row := range global.Rows() {
		e.InternalVersion, _ = row.MapGet(col, "northd_internal_version")
	}
	found, err := dialect.Detect(e)
	found.Evidence = strings.Clone(found.Evidence)
	return found, err
}

// idlOrder returns the rows of a table in the order of OVSDB's IDL in ovn-trace: by the first 32
// bits of the UUID under the mask of its hash table, then by UUID.
func idlOrder(t *ovsdb.Table) []ovsdb.Row {
	m := hashMask(t.Len())
	keys := make([]uint64, 0, t.Len()) // position in the hash table, then among the UUIDs
	sorted := make([]ovsdb.Row, 0, t.Len())
	for r := range t.Rows() {
		keys = append(keys, uint64(r.UUID().Prefix()&m)<<32|uint64(len(sorted)))
		sorted = append(sorted, r)
	}
	slices.Sort(keys)
	rows := make([]ovsdb.Row, len(sorted))
	for i, k := range keys {
		rows[i] = sorted[uint32(k)]
	}
	return rows
}

// hashMask returns the mask of a hash table of n entries: the smallest 2^k-1 that is at least
// half of n. A table with more than one bucket has at least four.
func hashMask(n int) uint32 {
	m := uint32(0)
	for uint64(m) < uint64(n/2) {
		m = m<<1 | 1
	}
	if m == 1 {
		return 3
	}
	return m
}

// isUUIDPiece returns the length of s if s is the beginning of a UUID, else 0.
func isUUIDPiece(s string) int {
	if len(s) > 36 {
		return 0
	}
	for i := range len(s) {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if s[i] != '-' {
				return 0
			}
		} else if !strings.ContainsRune("0123456789abcdefABCDEF", rune(s[i])) {
			return 0
		}
	}
	return len(s)
}

// shorten truncates a UUID at the end of a name to its first 6 digits.
func shorten(name string) string {
	if len(name) >= 36 && isUUIDPiece(name[len(name)-36:]) > 0 {
		return name[:len(name)-30]
	}
	return name
}
