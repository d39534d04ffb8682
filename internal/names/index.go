package names

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/bridge"
	"github.com/ovnwalk/ovnwalk/internal/ovstext"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// systems returns the tables of all systems.
func systems() []*System { return []*System{&ovnKubernetes, &neutron, &kubeOVN, &incus} }

// PolicyGroups returns the names that systems give to the port group of a network
// policy.
func PolicyGroups(namespace, name string) (out []string) {
	for _, s := range systems() {
		group, ok := expand(s.PolicyGroup, func(key string) string { return map[string]string{"ns": namespace, "name": name}[key] })
		switch {
		case !ok:
		case s.PolicyHash:
			out = append(out, hashed(group))
		default:
			out = append(out, group)
		}
	}
	return out
}

// plain is the rules for all databases: the names of OVN's own rows.
var plain = System{Rules: []Rule{
	{Class: switchRow, Name: ".", Kind: Net, As: "{row}", Title: "switch {row}", Also: []string{"{name2}"}},
	{Class: routerRow, Name: ".", Kind: Router, As: "{row}", Title: "router {row}", Also: []string{"{name2}"}},
}}

// Zone is a southbound database and, if it is known, the northbound one.
type Zone struct {
	Name    string // as traces have it; "" for the only one
	Network *lflow.Network
	North   *ovsdb.Snapshot // nil for none
	Objects Objects         // nil for none
}

// Objects are the objects of the system itself, with data that the databases do not have.
type Objects interface {
	// PolicyNames returns the network policies, as NAMESPACE/NAME.
	PolicyNames() []string

	// PortName returns the name of a service's port, "" if it has none.
	PortName(service, proto string, port int) string
}

// Index finds objects by their names, and rows by objects. It reads the databases on first use. It may
// be used by several goroutines.
type Index struct {
	zones []Zone

	once       sync.Once
	systems    []*System // that wrote the databases
	namespaces []string
	entries    []*Entry
	ofPort     map[*lflow.Port][]*Entry
	ofRow      map[ovsdb.Row][]*Entry
	byHint     map[hintKey][]ovsdb.Row    // northbound rows
	groupsOf   map[ovsdb.UUID][]ovsdb.Row // northbound port groups of an ACL
}

// hintKey identifies the northbound rows of a flow's stage-hint: by zone and the first 32 bits of their
// UUIDs.
type hintKey struct {
	zone   int
	prefix uint32
}

// Entry is a row with its object.
type Entry struct {
	Object
	Zone int // index of the zone
	Row  ovsdb.Row

	// Port is the logical port of a row of Port_Binding, Datapath the switch or
	// router of a row that is one.
	Port     *lflow.Port
	Datapath *lflow.Datapath
}

// New returns the index of the zones of a network.
func New(zones ...Zone) *Index { return &Index{zones: zones} }

// Zones returns the zones.
func (b *Index) Zones() []Zone { return b.zones }

// Systems returns the names of the systems that wrote the databases.
func (b *Index) Systems() (out []string) {
	b.once.Do(b.read)
	for _, s := range b.systems {
		out = append(out, s.Name)
	}
	return out
}

// Entries returns all rows that have an object, zone by zone.
func (b *Index) Entries() []*Entry {
	b.once.Do(b.read)
	return b.entries
}

// Called returns the rows of the objects that a name fits, of the kinds that wanted
// reports; a kind in the name excludes the others.
func (b *Index) Called(n Name, wanted func(Kind) bool) (out []*Entry) {
	for _, e := range b.Entries() {
		switch {
		case n.Kind != "" && e.Kind != n.Kind, !wanted(e.Kind), !e.called(n.Name) && !isLastPart(n, e):
		case n.Network != "" && !e.inNetwork(n.Network):
		default:
			out = append(out, e)
		}
	}
	return out
}

// isLastPart reports whether a name with a prefix is that of a namespaced object
// without its namespace.
func isLastPart(n Name, e *Entry) bool {
	return n.Kind != "" && !strings.Contains(n.Name, "/") && strings.HasSuffix(e.Name, "/"+n.Name)
}

// Names returns the names of the objects of a kind, with the prefix, each once.
func (b *Index) Names(kind Kind) (out []string) {
	for _, e := range b.Entries() {
		if e.Kind != kind {
			continue
		}
		for _, name := range append([]string{e.Name}, e.Also...) {
			out = append(out, string(kind)+":"+name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// southTables and northTables are the tables that are read, in this order.
var (
	southTables = []string{"Datapath_Binding", "Port_Binding", "Load_Balancer", "Port_Group", "Address_Set"}
	northTables = []string{"Logical_Switch", "Logical_Router", "Load_Balancer", "Port_Group", "Address_Set", "ACL", "NAT", "Logical_Router_Policy", "QoS"}
)

// read reads the rows.
func (b *Index) read() {
	var subjects [][]subject // by zone
	for _, z := range b.zones {
		rows := subjectsOf(bridge.Snapshot(z.Network), southTables)
		subjects = append(subjects, append(rows, subjectsOf(z.North, northTables)...))
	}
	for _, s := range systems() {
		if slices.ContainsFunc(subjects, func(rows []subject) bool { return s.wrote(rows) }) {
			b.systems = append(b.systems, s)
		}
	}
	b.ofPort, b.ofRow = map[*lflow.Port][]*Entry{}, map[ovsdb.Row][]*Entry{}
	for zone, rows := range subjects {
		datapaths := map[string]*lflow.Datapath{}
		for _, d := range b.zones[zone].Network.Datapaths {
			datapaths[d.NBUUID], datapaths[d.UUID] = d, d
		}
		for i := range rows {
			for _, o := range b.objects(&rows[i]) {
				b.add(&Entry{Object: o, Zone: zone, Row: rows[i].row}, &rows[i], datapaths)
			}
		}
	}
	for _, e := range b.entries {
		if ns, _, ok := strings.Cut(e.Name, "/"); ok && e.Kind == Pod {
			b.namespaces = append(b.namespaces, ns)
		}
	}
	slices.Sort(b.namespaces)
	b.namespaces = slices.Compact(b.namespaces)
	derived := b.derive()
	for zone, rows := range subjects {
		for i := range rows {
			if o, ok := derived.object(&rows[i]); ok && len(b.ofRow[rows[i].row]) == 0 {
				b.add(&Entry{Object: o, Zone: zone, Row: rows[i].row}, &rows[i], nil)
			}
		}
	}
	b.nameServers()
	b.index()
}

// index indexes the northbound rows that flows are made from.
func (b *Index) index() {
	b.byHint, b.groupsOf = map[hintKey][]ovsdb.Row{}, map[ovsdb.UUID][]ovsdb.Row{}
	for zone, z := range b.zones {
		if z.North == nil {
			continue
		}
		for _, name := range northTables {
			for r := range z.North.Table(name).Rows() {
				k := hintKey{zone, r.UUID().Prefix()}
				b.byHint[k] = append(b.byHint[k], r)
			}
		}
		groups := z.North.Table("Port_Group")
		acls, _ := groups.Col("acls")
		for g := range groups.Rows() {
			for _, u := range g.Refs(acls) {
				b.groupsOf[u] = append(b.groupsOf[u], g)
			}
		}
	}
}

// subjectsOf reads the rows of tables, sorted by UUID.
func subjectsOf(db *ovsdb.Snapshot, tables []string) (out []subject) {
	if db == nil {
		return nil
	}
	for _, name := range tables {
		for r := range db.Table(name).Rows() {
			if s, ok := subjectOf(r); ok {
				out = append(out, s)
			}
		}
	}
	return out
}

// wrote reports whether a system wrote one of the rows.
func (s *System) wrote(rows []subject) bool {
	for i := range rows {
		for k := range s.Present {
			if _, ok := s.Present[k].captures(&rows[i]); ok {
				return true
			}
		}
	}
	return false
}

// objects returns the objects of a row: of each kind the first for which there is a rule.
func (b *Index) objects(s *subject) (out []Object) {
	for _, system := range append(slices.Clone(b.systems), &plain) {
		for i := range system.Rules {
			o, ok := system.Rules[i].object(system.Name, s)
			if ok && !slices.ContainsFunc(out, func(x Object) bool { return x.Kind == o.Kind }) {
				out = append(out, o)
			}
		}
	}
	return out
}

// add adds a row, unless it is a port or a datapath that the network does not have.
func (b *Index) add(e *Entry, s *subject, datapaths map[string]*lflow.Datapath) {
	switch s.class {
	case portRow:
		p, err := b.zones[e.Zone].Network.Port(s.name)
		if err != nil {
			return
		}
		e.Port = p
		b.ofPort[e.Port] = append(b.ofPort[e.Port], e)
	case switchRow, routerRow:
		if e.Datapath = datapaths[s.row.UUID().String()]; e.Datapath == nil {
			return
		}
	default:
	}
	b.ofRow[e.Row] = append(b.ofRow[e.Row], e)
	b.entries = append(b.entries, e)
}

// derivation is the result of the derived rules for the namespaces of a network.
type derivation struct {
	hashes   map[string]Object // by name of the row
	suffixes []suffix
}

type suffix struct {
	rule      *Derived
	system    string
	end       string
	namespace string
}

// derive applies the derived rules to all namespaces.
func (b *Index) derive() derivation {
	d := derivation{hashes: map[string]Object{}}
	for _, system := range b.systems {
		for i := range system.Derived {
			rule := &system.Derived[i]
			for _, ns := range b.namespaces {
				get := func(string) string { return ns }
				if id, ok := expand(rule.Hash, get); ok {
					d.hashes[string(rule.Class)+" "+hashed(id)] = rule.object(system.Name, ns, "")
				}
				if end, ok := expand(rule.Suffix, get); ok {
					d.suffixes = append(d.suffixes, suffix{rule, system.Name, end, ns})
				}
			}
		}
	}
	for _, z := range b.zones {
		if z.Objects == nil {
			continue
		}
		for _, policy := range z.Objects.PolicyNames() {
			ns, name, _ := strings.Cut(policy, "/")
			for _, group := range PolicyGroups(ns, name) {
				d.hashes[string(groupRow)+" "+group] = Object{Kind: Policy, Name: policy, Title: "NetworkPolicy " + policy}
			}
		}
	}
	slices.SortStableFunc(d.suffixes, func(x, y suffix) int { return cmp.Compare(len(y.end), len(x.end)) })
	return d
}

func (x *Derived) object(system, namespace, rest string) Object {
	get := func(key string) string {
		if key == "rest" {
			return rest
		}
		return namespace
	}
	o := Object{System: system, Kind: x.Kind, Role: x.Role}
	o.Name, _ = expand(x.As, get)
	o.Title, _ = expand(x.Title, get)
	return o
}

// object returns the object of a row whose name is derived.
func (d derivation) object(s *subject) (Object, bool) {
	if o, ok := d.hashes[string(s.class)+" "+s.name]; ok {
		return o, true
	}
	for _, x := range d.suffixes {
		if rest, ok := strings.CutSuffix(s.name, x.end); ok && rest != "" && x.rule.Class == s.class {
			return x.rule.object(x.system, x.namespace, rest), true
		}
	}
	return Object{}, false
}

// nameServers gives servers the names that DNS records have for their addresses.
func (b *Index) nameServers() {
	for zone := range b.zones {
		records := b.records(zone)
		if len(records) == 0 {
			continue
		}
		for _, e := range b.entries {
			if e.Zone != zone || e.Kind != Server || e.Port == nil {
				continue
			}
			for _, address := range PortAddresses(e.Port) {
				for _, name := range records[recordKey{e.Port.Datapath.UUID, address}] {
					short, _, _ := strings.Cut(name, ".")
					if !slices.Contains(e.Also, short) {
						e.Also = slices.Insert(e.Also, 0, short)
						e.Title = Server.Word() + " " + short
					}
					if !slices.Contains(e.Also, name) {
						e.Also = append(e.Also, name)
					}
				}
			}
		}
	}
}

// recordKey is an address on a datapath.
type recordKey struct{ datapath, address string }

// records returns the names that the DNS records of a zone have for addresses.
func (b *Index) records(zone int) map[recordKey][]string {
	t := bridge.Snapshot(b.zones[zone].Network).Table("DNS")
	records, _ := t.Col("records")
	datapaths, _ := t.Col("datapaths")
	out := map[recordKey][]string{}
	for r := range t.Rows() {
		for name, addresses := range r.Map(records) {
			if strings.HasSuffix(name, ".arpa") {
				continue
			}
			for _, a := range strings.FieldsFunc(addresses, func(c rune) bool { return c == ' ' || c == ',' }) {
				for _, d := range r.Refs(datapaths) {
					k := recordKey{d.String(), a}
					out[k] = append(out[k], strings.Clone(name))
				}
			}
		}
	}
	return out
}

// PortAddresses returns the IP addresses that a port was given.
func PortAddresses(p *lflow.Port) (out []string) {
	for _, given := range p.AddressTexts() {
		a, _, _ := ovstext.ParseAddresses(given)
		for _, ip := range a.IPs {
			out = append(out, ip.Addr().String())
		}
	}
	return out
}

// OfPort returns the object of a port: preferably its own object, else one that has it as a member.
func (b *Index) OfPort(p *lflow.Port) (Object, bool) {
	b.once.Do(b.read)
	var found *Entry
	for _, e := range b.ofPort[p] {
		if e.Role != Member && (found == nil || e.Kind.IsEnd() && !found.Kind.IsEnd()) {
			found = e
		}
	}
	if found == nil {
		return Object{}, false
	}
	return found.Object, true
}

// OfRow returns the objects of a row of any zone.
func (b *Index) OfRow(r ovsdb.Row) (out []Object) {
	b.once.Do(b.read)
	for _, e := range b.ofRow[r] {
		out = append(out, e.Object)
	}
	return out
}
