package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/escape"
	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/internal/names"
	"github.com/ovnwalk/ovnwalk/internal/names/find"
	"github.com/ovnwalk/ovnwalk/internal/report"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// showDoc is the output of ovnwalk show, in the form of docs/show.schema.json.
type showDoc struct {
	Version   int           `json:"version"`
	Release   string        `json:"release"`
	Warnings  []string      `json:"warnings"`
	Zones     []zoneDoc     `json:"zones,omitzero"`
	Missing   []string      `json:"missing,omitzero"`
	Datapaths []datapathDoc `json:"datapaths"`
	Chassis   []chassisDoc  `json:"chassis"`
}

type datapathDoc struct {
	Zone  string    `json:"zone,omitzero"`
	Kind  string    `json:"kind"` // switch, router, or datapath if that is not known
	Name  string    `json:"name"`
	Alias string    `json:"alias,omitzero"`
	Key   int64     `json:"key"`
	UUID  string    `json:"uuid"`
	Ports []portDoc `json:"ports"`
}

type portDoc struct {
	Name        string       `json:"name"`
	Alias       string       `json:"alias,omitzero"`
	Key         uint64       `json:"key"`
	UUID        string       `json:"uuid"`
	Type        string       `json:"type"`
	Addresses   []string     `json:"addresses"`
	Network     string       `json:"network,omitzero"`
	Parent      string       `json:"parent,omitzero"`
	Tag         int64        `json:"tag,omitzero"`
	Chassis     string       `json:"chassis,omitzero"`
	Hostname    string       `json:"hostname,omitzero"`
	State       string       `json:"state,omitzero"`
	Gateways    []gatewayDoc `json:"gateways,omitzero"`
	Peer        *peerDoc     `json:"peer,omitzero"`
	MissingPeer *string      `json:"missing_peer,omitzero"` // nil if none is missing
	Distributed string       `json:"distributed_port,omitzero"`
}

type gatewayDoc struct {
	Chassis  string `json:"chassis"`
	Priority int    `json:"priority"`
}

type peerDoc struct {
	Port     string `json:"port"`
	Kind     string `json:"kind"`
	Datapath string `json:"datapath"`
}

// chassisDoc is a chassis that may be dead.
type chassisDoc struct {
	Zone          string `json:"zone,omitzero"`
	Name          string `json:"name"`
	Hostname      string `json:"hostname,omitzero"`
	Missing       bool   `json:"missing"`
	Config        int64  `json:"nb_cfg"`
	Newest        int64  `json:"newest_nb_cfg"`
	BehindSeconds int64  `json:"behind_seconds"`
}

// docVersion is the version of the JSON of show and list.  It increases if a member is
// removed or changes its meaning.
const docVersion = 2

// newShowDoc describes the zones of a network, or only the objects with a name.
func newShowDoc(ctx context.Context, zones *input.Network, name string) (*showDoc, error) {
	doc := &showDoc{Version: docVersion, Warnings: []string{}, Datapaths: []datapathDoc{}, Chassis: []chassisDoc{}}
	only, _ := zones.Named(name)
	switch {
	case name == "":
		if doc.Missing = zones.Missing(); zones.Several() || len(doc.Missing) > 0 {
			doc.addZones(zones.Zones...)
		}
	case only != nil && zones.Several():
		doc.addZones(only)
		name = ""
	default:
		only = nil
	}
	found := false
	var unknown error
	err := zones.Each(ctx, func(z *input.Zone, n *lflow.Network) error {
		doc.Release = cmp.Or(doc.Release, n.Dialect.Release().String())
		if only != nil && z != only {
			return nil
		}
		part := &showDoc{}
		err := part.network(n, name)
		if _, ok := errors.AsType[*unknownName](err); ok {
			unknown = cmp.Or(unknown, err)
			return nil
		}
		if found = true; zones.Several() {
			part.of(z)
			if name != "" {
				doc.addZones(z)
			}
		}
		doc.Warnings = append(doc.Warnings, warningTexts(n)...)
		doc.Datapaths = append(doc.Datapaths, part.Datapaths...)
		doc.Chassis = append(doc.Chassis, part.Chassis...)
		return err
	})
	if err == nil && !found {
		if err = unknown; err != nil && len(zones.Missing()) > 0 {
			err = fmt.Errorf("%w; no database of: %s", err, strings.Join(zones.Missing(), ", "))
		}
	}
	return doc, err
}

// of sets the zone of the parts of a document.
func (doc *showDoc) of(z *input.Zone) {
	for i := range doc.Datapaths {
		doc.Datapaths[i].Zone = z.String()
	}
	for i := range doc.Chassis {
		doc.Chassis[i].Zone = z.String()
	}
}

// network adds a network, or only the objects with a name.
func (doc *showDoc) network(n *lflow.Network, name string) error {
	if name != "" {
		return doc.named(n, name)
	}
	for _, d := range byName(n.Datapaths) {
		doc.add(n, d, d.Ports())
	}
	for _, l := range n.LaggingChassis() {
		doc.Chassis = append(doc.Chassis, chassisDoc{"", l.Name, l.Hostname, l.Missing, l.Config, l.Newest, int64(l.Behind / time.Second)})
	}
	return nil
}

// warningTexts returns the warnings about a network's rows.
func warningTexts(n *lflow.Network) []string {
	out := []string{}
	for _, w := range n.Warnings {
		out = append(out, w.Text)
	}
	return out
}

// named adds the datapath with a name, the port, or both.
func (doc *showDoc) named(n *lflow.Network, name string) error {
	resolver := address.NewResolver(n)
	d, noDatapath := resolver.Datapath(name)
	p, noPort := resolver.Port(name)
	var several *address.AmbiguousError
	switch {
	case errors.As(noDatapath, &several):
		return noDatapath
	case errors.As(noPort, &several) && d == nil:
		return noPort
	case d == nil && p == nil:
		if doc.object(n, resolver, name) {
			return nil
		}
		return unknownNameError(name, noDatapath, noPort)
	}
	if d != nil {
		doc.add(n, d, d.Ports())
	}
	if p != nil && p.Datapath != d {
		doc.add(n, p.Datapath, []*lflow.Port{p})
	}
	return nil
}

// object adds the switches, routers and ports of the orchestrator's object with a name, and
// reports whether there is one.
func (doc *showDoc) object(n *lflow.Network, resolver *address.Resolver, name string) bool {
	whole := map[*lflow.Datapath]bool{}
	ports := map[*lflow.Datapath][]*lflow.Port{}
	for _, e := range resolver.Names().Called(names.Parse(name), func(names.Kind) bool { return true }) {
		if e.Datapath != nil {
			whole[e.Datapath] = true
		}
		members := resolver.MembersOf(e)
		if e.Port != nil {
			members = []*lflow.Port{e.Port}
		}
		for _, p := range members {
			if !slices.Contains(ports[p.Datapath], p) {
				ports[p.Datapath] = append(ports[p.Datapath], p)
			}
		}
	}
	for _, d := range byName(n.Datapaths) {
		switch {
		case whole[d]:
			doc.add(n, d, d.Ports())
		case len(ports[d]) > 0:
			slices.SortFunc(ports[d], func(a, b *lflow.Port) int { return cmp.Compare(a.Key, b.Key) })
			doc.add(n, d, ports[d])
		}
	}
	return len(whole)+len(ports) > 0
}

// add adds a datapath with some of its ports.
func (doc *showDoc) add(n *lflow.Network, d *lflow.Datapath, ports []*lflow.Port) {
	out := datapathDoc{Kind: find.KindOf(d), Name: d.Name, Alias: alias(d.Name, d.Name2), Key: d.TunnelKey, UUID: d.UUID, Ports: []portDoc{}}
	for _, p := range ports {
		out.Ports = append(out.Ports, newPortDoc(n, p))
	}
	doc.Datapaths = append(doc.Datapaths, out)
}

// alias returns the friendly name if it differs from the name.
func alias(name, name2 string) string {
	if name2 == name {
		return ""
	}
	return name2
}

func newPortDoc(n *lflow.Network, p *lflow.Port) portDoc {
	doc := portDoc{
		Name: p.Name, Alias: alias(p.Name, p.Name2), Key: p.Key, UUID: p.UUID, Type: p.Type,
		Addresses: slices.Concat([]string{}, p.AddressTexts()),
	}
	doc.Parent, doc.Tag = p.Parent()
	if network, tag := p.PhysicalNetwork(); network != "" {
		doc.Network, doc.Tag = network, tag
	}
	if c, ok := n.ChassisOf(p); ok {
		doc.Chassis, doc.Hostname = c.Name, c.Hostname
	}
	if peer, missing := n.MissingPeer(p); missing {
		doc.MissingPeer = &peer
	}
	doc.State = n.State(p).String()
	for _, g := range n.Gateways(p) {
		doc.Gateways = append(doc.Gateways, gatewayDoc{g.Chassis.Name, g.Priority})
	}
	if p.Peer != nil {
		doc.Peer = &peerDoc{p.Peer.DisplayName(true), find.KindOf(p.Peer.Datapath), p.Peer.Datapath.DisplayName(true)}
	}
	if p.Distributed != nil {
		doc.Distributed = p.Distributed.DisplayName(true)
	}
	return doc
}

// write writes the text.
func (doc *showDoc) write(w io.Writer, paint report.Paint) {
	doc.writeZones(w, paint)
	for i := range doc.Datapaths {
		d := &doc.Datapaths[i]
		fmt.Fprint(w, escape.Sprintf("%s (%skey %d, uuid %s)\n", heading(paint, d.Kind, find.BothNames(d.Name, d.Alias)), inZone(d.Zone), d.Key, d.UUID))
		for j := range d.Ports {
			d.Ports[j].write(w, paint)
		}
	}
	for _, c := range doc.Chassis {
		fmt.Fprint(w, escape.Sprintf("%s\n    %sstate: %s\n", heading(paint, "chassis", find.BothNames(c.Name, c.Hostname)), inZone(c.Zone), c.state()))
	}
}

// heading returns the first line of an object.
func heading(paint report.Paint, kind, name string) escape.Safe {
	return escape.Safe(paint.Text("title", kind+" "+name))
}

// state returns why a chassis may be dead.
func (c *chassisDoc) state() string {
	if c.Missing {
		return "missing: Chassis_Private has it, table Chassis does not"
	}
	return fmt.Sprintf("may be dead: nb_cfg %d of %d, reported %v before the newest report", c.Config, c.Newest, time.Duration(c.BehindSeconds)*time.Second)
}

// write writes a port as text.
func (p *portDoc) write(w io.Writer, paint report.Paint) {
	fmt.Fprint(w, escape.Sprintf("    %s (key %d)\n", escape.Safe(paint.Text("stage", "port "+find.BothNames(p.Name, p.Alias))), p.Key))
	line := func(name, text string) {
		if text != "" {
			fmt.Fprint(w, escape.Sprintf("        %s: %s\n", name, text))
		}
	}
	line("type", p.Type)
	for _, a := range p.Addresses {
		line("addresses", a)
	}
	if p.Network != "" {
		text := p.Network
		if p.Tag != 0 {
			text += fmt.Sprintf(", tag %d", p.Tag)
		}
		line("network", text)
	}
	if p.Parent != "" {
		text := p.Parent
		if p.Tag != 0 {
			text += fmt.Sprintf(", tag %d", p.Tag)
		}
		line("parent", text)
	}
	if p.Chassis != "" {
		line("chassis", find.BothNames(p.Chassis, p.Hostname))
	}
	if p.State != lflow.StateBound.String() {
		line("state", p.State)
	}
	for _, g := range p.Gateways {
		line("gateway", fmt.Sprintf("%s, priority %d", g.Chassis, g.Priority))
	}
	if p.Peer != nil {
		line("peer", fmt.Sprintf("%s of %s %s", p.Peer.Port, p.Peer.Kind, p.Peer.Datapath))
	}
	if p.MissingPeer != nil {
		text := "none"
		if *p.MissingPeer != "" {
			text = *p.MissingPeer + ", which the database lacks"
		}
		line("peer", text)
	}
	line("distributed port", p.Distributed)
}

// writeDoc writes a document as indented JSON.
func writeDoc(w io.Writer, doc any) error {
	b, err := json.Marshal(doc, jsontext.AllowInvalidUTF8(true), jsontext.WithIndent("  "), json.Deterministic(true))
	if err != nil {
		return err
	}
	_, err = w.Write(append(b, '\n'))
	return err
}
