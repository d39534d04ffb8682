// Package find looks up whatever a user has of a network in its databases: an
// address, a UUID or a piece of one, a tunnel key, a cookie, a name.  It reads rows
// and parses no flow.
package find

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/names"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/bridge"
	"github.com/ovnwalk/ovnwalk/internal/similar"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Result is the result of a search in the databases.
type Result struct {
	Found []Match

	// More is how many matches were left out, past the limit.
	More int

	// Similar are names similar to one that was not found.
	Similar []string
}

// Match is a row, or an address, with the facts about it in the databases.
type Match struct {
	Zone   int
	Title  string        // such as "pod shop/web" or "port sw0-p1"
	Object *names.Object // nil where the row is of no system's object
	Row    Row
	Facts  []Fact
}

// Fact is one fact about a match.
type Fact struct {
	Kind   string // such as "load balancer"
	Text   string
	Object *names.Object // of the row that has the fact, nil for none
	Row    Row
}

// Row names a row; the zero Row names none.
type Row struct {
	Database string // "southbound" or "northbound"
	Table    string
	UUID     string
}

// limit bounds the matches, and detailed those that are listed with all their facts.
const (
	limit    = 200
	detailed = 20
)

// Query is a text to search for, in all of its interpretations.
type Query struct {
	Text string

	ip    netip.Addr
	net   netip.Prefix
	mac   string // lower case, "" for none
	uuid  string // a UUID or the start of one, "" for none
	key   int64  // -1 for none
	value names.Name
}

// Parse reads a query.
func Parse(text string) Query {
	q := Query{Text: text, key: -1, value: names.Parse(text)}
	if ip, err := netip.ParseAddr(text); err == nil {
		q.ip = ip.WithZone("")
	}
	if net, err := netip.ParsePrefix(text); err == nil {
		q.net = net.Masked()
	}
	if mac, ok := packet.ParseMAC(text); ok {
		q.mac = string(packet.AppendMAC(nil, mac))
	}
	lower := strings.ToLower(text)
	number, isHex := strings.CutPrefix(lower, "0x")
	base := map[bool]int{true: 16, false: 10}[isHex]
	if n, err := strconv.ParseInt(number, base, 64); err == nil && n >= 0 {
		q.key = n
	}
	if isPiece(number) { // a cookie is the start of a UUID
		if isHex && len(number) < 8 {
			number = strings.Repeat("0", 8-len(number)) + number
		}
		q.uuid = number
	}
	return q
}

// isAddress reports whether the text is an address or a network.
func (q *Query) isAddress() bool { return q.ip.IsValid() || q.net.IsValid() || q.mac != "" }

// address returns the address or the network as the databases have it.
func (q *Query) address() string {
	switch {
	case q.ip.IsValid():
		return q.ip.String()
	case q.net.IsValid():
		return q.net.String()
	}
	return q.mac
}

// isPiece reports whether a text is a UUID or at least four digits from the start of
// one.
func isPiece(s string) bool {
	if len(s) < 4 || len(s) > 36 {
		return false
	}
	for i := range len(s) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (s[i] == '-') || !dash && !strings.ContainsRune("0123456789abcdef", rune(s[i])) {
			return false
		}
	}
	return true
}

// Find looks a query up in all databases of an index.
func Find(b *names.Index, q Query) *Result {
	f := &finder{index: b, query: q, seen: map[rowKey]bool{}}
	for zone := range b.Zones() {
		f.zones = append(f.zones, newZone(b, zone))
	}
	for i := range f.zones {
		f.zone = &f.zones[i]
		f.addresses()
		f.rows()
	}
	for _, e := range b.Called(q.value, func(names.Kind) bool { return true }) {
		f.zone = &f.zones[e.Zone]
		f.row(e.Row, &e.Object)
	}
	if len(f.found) == 0 {
		f.unqualified()
	}
	r := &Result{Found: f.found}
	if len(f.found) == 0 {
		r.Similar = similar.Names(q.Text, f.all())
	}
	if len(r.Found) > limit {
		r.More = len(r.Found) - limit
		r.Found = r.Found[:limit]
	}
	for i := range r.Found {
		m := &r.Found[i]
		z := &f.zones[m.Zone]
		if row, ok := z.get(m.Row); ok {
			m.Facts = z.facts(row, len(r.Found) <= detailed)
		}
	}
	return r
}

// unqualified adds the objects that have the query's text as a name within a namespace.
func (f *finder) unqualified() {
	for _, e := range f.index.Entries() {
		if strings.HasSuffix(e.Name, "/"+f.query.Text) {
			f.zone = &f.zones[e.Zone]
			f.row(e.Row, &e.Object)
		}
	}
}

// all returns the names of all objects, ports, switches and routers.
func (f *finder) all() (out []string) {
	for _, e := range f.index.Entries() {
		_, last, _ := strings.Cut(e.Name, "/")
		out = append(append(out, e.Name, last), e.Also...)
	}
	for _, z := range f.zones {
		for _, p := range z.net.Ports() {
			out = append(out, p.Name, p.Name2)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// finder gathers matches.
type finder struct {
	index *names.Index
	query Query
	zones []zone
	zone  *zone // where rows are looked up now
	seen  map[rowKey]bool
	found []Match
}

type rowKey struct {
	zone int
	row  ovsdb.Row
}

// zone is the databases of one zone.
type zone struct {
	number int
	index  *names.Index
	net    *lflow.Network
	south  *ovsdb.Snapshot
	north  *ovsdb.Snapshot // nil for none
}

func newZone(b *names.Index, i int) zone {
	z := b.Zones()[i]
	return zone{i, b, z.Network, bridge.Snapshot(z.Network), z.North}
}

// databases returns the databases with their names.
func (z *zone) databases() []database {
	all := []database{{"southbound", z.south}}
	if z.north != nil {
		all = append(all, database{"northbound", z.north})
	}
	return all
}

type database struct {
	name string
	db   *ovsdb.Snapshot
}

// nameOf returns the name of a row.
func (z *zone) nameOf(r ovsdb.Row) Row {
	name := "southbound"
	if z.north != nil && z.north.Table(r.Table().Name()) == r.Table() {
		name = "northbound"
	}
	return Row{name, r.Table().Name(), r.UUID().String()}
}

// get returns the row of a name.
func (z *zone) get(name Row) (ovsdb.Row, bool) {
	u, err := ovsdb.ParseUUID(name.UUID)
	if err != nil {
		return ovsdb.Row{}, false
	}
	for _, d := range z.databases() {
		if d.name == name.Database {
			return d.db.Table(name.Table).Get(u)
		}
	}
	return ovsdb.Row{}, false
}

// row adds a row, or the corresponding row of the other database if that has more data.
func (f *finder) row(r ovsdb.Row, o *names.Object) {
	if other, ok := f.zone.southOf(r); ok {
		r = other
	} else if other, ok := f.zone.northOf(r); ok {
		r, o = other, nil
	}
	key := rowKey{f.zone.number, r}
	if f.seen[key] {
		return
	}
	f.seen[key] = true
	if o == nil {
		o = f.zone.object(r)
	}
	f.found = append(f.found, Match{Zone: f.zone.number, Title: f.zone.title(r, o), Object: o, Row: f.zone.nameOf(r)})
}

// southOf returns the row of Port_Binding or Datapath_Binding that northd made from
// a northbound row.
func (z *zone) southOf(r ovsdb.Row) (ovsdb.Row, bool) {
	switch r.Table().Name() {
	case "Logical_Switch_Port", "Logical_Router_Port":
		if p, err := z.net.Port(r.Text("name")); err == nil {
			return z.rowOf("Port_Binding", p.UUID)
		}
	case "Logical_Switch", "Logical_Router":
		for _, d := range z.net.Datapaths {
			if d.NBUUID == r.UUID().String() {
				return z.rowOf("Datapath_Binding", d.UUID)
			}
		}
	}
	return ovsdb.Row{}, false
}

// northOf returns the northbound row of the same name, of a load balancer and the
// like: it has external_ids that the southbound one lacks.
func (z *zone) northOf(r ovsdb.Row) (ovsdb.Row, bool) {
	table := r.Table().Name()
	if z.north == nil || table != "Load_Balancer" && table != "Port_Group" && table != "Address_Set" || r.Table() != z.south.Table(table) {
		return ovsdb.Row{}, false
	}
	name := names.RowName(r)
	for n := range z.north.Table(table).Rows() {
		if n.Text("name") == name {
			return n, true
		}
	}
	return ovsdb.Row{}, false
}

func (z *zone) rowOf(table, uuid string) (ovsdb.Row, bool) {
	return z.get(Row{"southbound", table, uuid})
}

// object returns the object that a row is of, nil for none.
func (z *zone) object(r ovsdb.Row) *names.Object {
	for _, o := range z.index.OfRow(r) {
		if o.System != "" && o.Role != names.Member {
			return &o
		}
	}
	return nil
}

// rows adds the rows of all tables that the query's text is the name, the UUID or the
// tunnel key of.
func (f *finder) rows() {
	for _, d := range f.zone.databases() {
		for _, name := range d.db.Tables() {
			t := d.db.Table(name)
			if f.query.uuid != "" {
				for _, r := range sorted(t, func(r ovsdb.Row) bool { return strings.HasPrefix(r.UUID().String(), f.query.uuid) }) {
					f.row(r, nil)
				}
			}
			if name == "Logical_Flow" || name == "Logical_DP_Group" || f.query.isAddress() {
				continue // which have no names; and addresses are no names
			}
			match := f.matcher(t)
			for r := range t.Rows() {
				if match(r) {
					f.row(r, nil)
				}
			}
		}
	}
}

// sorted returns the rows of a table that fit, sorted by UUID, and sorts no others.
func sorted(t *ovsdb.Table, fits func(ovsdb.Row) bool) (out []ovsdb.Row) {
	for r := range t.Unsorted() {
		if fits(r) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b ovsdb.Row) int { return a.UUID().Compare(b.UUID()) })
	return out
}

// matcher returns what reports whether a row of a table has the query's text as a
// name, a value of external_ids or a tunnel key.
func (f *finder) matcher(t *ovsdb.Table) func(ovsdb.Row) bool {
	var named []ovsdb.Col
	for _, column := range []string{"name", "logical_port", "hostname"} {
		if c, ok := t.Col(column); ok {
			named = append(named, c)
		}
	}
	ids, _ := t.Col("external_ids")
	key, hasKey := t.Col("tunnel_key")
	text, uuid := f.query.Text, f.query.uuid
	return func(r ovsdb.Row) bool {
		for _, c := range named {
			if r.String(c) == text {
				return true
			}
		}
		for _, v := range r.Map(ids) {
			if v == text || uuid != "" && len(v) == 36 && strings.HasPrefix(v, uuid) {
				return true
			}
		}
		return hasKey && f.query.key >= 0 && r.Int(key) == f.query.key
	}
}

// addresses adds the ports with the query's address, whose facts include the other rows that name it. If
// there are none, it adds these rows.
func (f *finder) addresses() {
	if !f.query.isAddress() {
		return
	}
	all := f.zone.users(&f.query)
	owned := slices.ContainsFunc(all, func(u Fact) bool { return u.Kind == "port" })
	for _, u := range all {
		if owned && u.Kind != "port" {
			continue
		}
		if r, ok := f.zone.get(u.Row); ok {
			f.row(r, nil)
		}
	}
}
