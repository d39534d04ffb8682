package lflow

import (
	"slices"
	"strings"
	"sync/atomic"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Datapath is a logical switch or router.
type Datapath struct {
	Index     int // its index in Network.Datapaths
	UUID      string
	NBUUID    string // of its northbound row; UUID if unknown
	Name      string
	Name2     string // the friendly name, or ""
	Type      string // logical-switch, logical-router, or "" if unknown
	TunnelKey int64

	// HasL3Gateway reports whether a port is of type l3gateway.
	HasL3Gateway bool

	n      *Network
	short  string
	ref    atomic.Pointer[trace.DatapathRef]
	uuid   ovsdb.UUID
	row    ovsdb.Row
	keys   []portKey // sorted
	groups []*Group
	macs   []Learned // sorted
	fdb    []Learned // sorted

	sources []*source               // where its flows are listed
	stages  []atomic.Pointer[stage] // by pipeline and table, made on first use
}

// DisplayName returns the datapath's name as a trace shows it: the friendly name, or
// the UUID of its northbound row.
func (d *Datapath) DisplayName(friendly bool) string {
	if friendly {
		return d.short
	}
	return d.NBUUID
}

// Ref returns the datapath as traces refer to it.
func (d *Datapath) Ref() *trace.DatapathRef {
	if r := d.ref.Load(); r != nil {
		return r
	}
	d.ref.CompareAndSwap(nil, &trace.DatapathRef{UUID: d.UUID, Key: d.TunnelKey, Name: trace.Text{Friendly: d.short, Plain: d.NBUUID}})
	return d.ref.Load()
}

// Network returns the network that the datapath is part of.
func (d *Datapath) Network() *Network { return d.n }

// Group returns the multicast group with a tunnel key; ok is false if the
// datapath has none.
func (d *Datapath) Group(key uint64) (g *Group, ok bool) {
	return d.group(func(g *Group) bool { return g.Key == key })
}

// GroupNamed returns the multicast group with a name; ok is false if the
// datapath has none.
func (d *Datapath) GroupNamed(name string) (g *Group, ok bool) {
	return d.group(func(g *Group) bool { return g.Name == name })
}

func (d *Datapath) group(is func(*Group) bool) (*Group, bool) {
	if i := slices.IndexFunc(d.groups, is); i >= 0 {
		return d.groups[i], true
	}
	return nil, false
}

// Groups returns the datapath's multicast groups.  The caller must not change
// the slice.
func (d *Datapath) Groups() []*Group { return d.groups }

func (n *Network) loadDatapaths() {
	t := n.db.Table("Datapath_Binding")
	ids, _ := t.Col("external_ids")
	key, _ := t.Col("tunnel_key")
	nb, _ := t.Col("nb_uuid")
	typ, _ := t.Col("type")
	for i, r := range idlOrder(t) {
		d := &Datapath{n: n, Index: i, uuid: r.UUID(), row: r, UUID: r.UUID().String(), TunnelKey: r.Int(key)}
		if u, ok := r.Ref(nb); ok && r.String(typ) != "" && n.Dialect.Has(dialect.DatapathNBUUID) {
			d.NBUUID, d.Type = u.String(), r.String(typ)
		} else {
			for _, kind := range []string{"logical-switch", "logical-router"} {
				if s, ok := r.MapGet(ids, kind); ok && d.NBUUID == "" {
					if u, err := ovsdb.ParseUUID(s); err == nil {
						d.NBUUID, d.Type = u.String(), kind
					}
				}
			}
		}
		if d.NBUUID == "" {
			d.NBUUID = d.UUID
		}
		name, ok := r.MapGet(ids, "name")
		if !ok {
			name = d.NBUUID
		}
		d.Name = strings.Clone(name)
		name2, has2 := r.MapGet(ids, "name2")
		d.Name2 = strings.Clone(name2)
		if has2 {
			d.short = shorten(d.Name2)
		} else {
			d.short = shorten(d.Name)
		}
		n.addDatapath(d)
	}
}

func (n *Network) addDatapath(d *Datapath) {
	n.Datapaths = append(n.Datapaths, d)
	n.datapath[d.uuid] = d
}

// Datapath finds a datapath as ovn-trace(8) does: by its name, its friendly name, or an
// unambiguous prefix of at least 4 characters of its southbound or northbound UUID.
// The error is ErrNotFound, or an *AmbiguousError if several match.
func (n *Network) Datapath(name string) (*Datapath, error) {
	if d := n.datapathCalled(name); d != nil {
		return d, nil
	}
	var found *Datapath
	if len(name) < 4 {
		return nil, ErrNotFound
	}
	for _, d := range n.Datapaths {
		if !strings.HasPrefix(d.UUID, name) && !strings.HasPrefix(d.NBUUID, name) {
			continue
		}
		if found != nil {
			return nil, &AmbiguousError{Name: name, Of: "datapaths"}
		}
		found = d
	}
	if found == nil {
		return nil, ErrNotFound
	}
	return found, nil
}

// datapathCalled returns the first datapath with a name, or nil.
func (n *Network) datapathCalled(name string) *Datapath {
	if name == "" {
		if i := slices.IndexFunc(n.Datapaths, (*Datapath).hasEmptyName); i >= 0 {
			return n.Datapaths[i]
		}
		return nil
	}
	n.datapathNames.once.Do(func() {
		first := make(map[string]*Datapath, 2*len(n.Datapaths))
		for _, d := range n.Datapaths {
			for _, known := range [2]string{d.Name, d.Name2} {
				if first[known] == nil {
					first[known] = d
				}
			}
		}
		n.datapathNames.first = first
	})
	return n.datapathNames.first[name]
}

// hasEmptyName reports whether Name or Name2 of the datapath is present and empty.
func (d *Datapath) hasEmptyName() bool {
	if d.Name == "" || d.Name2 != "" {
		return d.Name == ""
	}
	_, named := d.row.MapGet(d.row.Col("external_ids"), "name2")
	return named
}

func (n *Network) datapathOf(r ovsdb.Row, c ovsdb.Col) *Datapath {
	u, ok := r.Ref(c)
	if !ok {
		return nil
	}
	return n.datapath[u]
}
