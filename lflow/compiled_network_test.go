package lflow

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/logfile"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/open"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/packet"
)

// untidy is a database in which rows contradict each other.
func untidy() []byte {
	db, ref, pairs := sbtest.New("23.03.0"), sbtest.Ref, sbtest.Map
	var dps, ports []string
	for i := range 3 {
		dps = append(dps, db.Row("Datapath_Binding", map[string]any{"tunnel_key": 1 + i/2, "external_ids": pairs(
			"logical-switch", fmt.Sprintf("%08x-0000-4000-8000-000000000000", i), "name", fmt.Sprintf("sw%d", i/2), "name2", "other")}))
	}
	for i := range 60 {
		row := map[string]any{
			"logical_port": fmt.Sprintf("p%d", i%50), "datapath": ref(dps[i%3]), "tunnel_key": 1 + i%7,
			"external_ids": pairs("name", fmt.Sprintf("alias%d", i%30)), "port_security": sbtest.Set("0a:00:00:00:00:01 10.0.0.1", "nonsense"),
		}
		switch i % 5 {
		case 0: // the peers make a chain, not pairs
			row["type"], row["options"] = "patch", pairs("peer", fmt.Sprintf("p%d", (i+5)%50))
		case 1:
			row["type"], row["options"] = "chassisredirect", pairs("distributed-port", fmt.Sprintf("p%d", (i+3)%50))
		case 2:
			row["type"], row["options"] = "l3gateway", pairs("peer", "nobody")
		case 3:
			row["external_ids"] = pairs("name", "")
		}
		if i%11 == 0 {
			row["datapath"] = ref("00000000-0000-4000-8000-000000000000")
		}
		ports = append(ports, db.Row("Port_Binding", row))
	}
	db.Row("Port_Binding", map[string]any{"logical_port": "12345678-9abc-4000-8000-000000000000", "datapath": ref(dps[0]), "tunnel_key": 1})
	for i := range 24 {
		db.Row("Multicast_Group", map[string]any{
			"name": fmt.Sprintf("_MC_%d", i%4), "tunnel_key": 32768 + i%5, "datapath": ref(dps[i%3]),
			"ports": sbtest.Refs(ports[i], ports[2*i], ports[50], dps[0]),
		})
		db.Row("MAC_Binding", map[string]any{"logical_port": fmt.Sprintf("p%d", i%4), "ip": fmt.Sprintf("10.0.0.%d", i%2), "mac": fmt.Sprintf("0a:00:00:00:00:%02x", i), "datapath": ref(dps[i%3])})
		db.Row("FDB", map[string]any{"mac": fmt.Sprintf("0a:00:00:00:00:%02x", i%3), "dp_key": i % 3, "port_key": i})
		db.Row("Port_Group", map[string]any{"name": fmt.Sprintf("pg%d", i%8), "ports": sbtest.Set(fmt.Sprintf("alias%d", 3*i), fmt.Sprintf("p%d", i), "12345678", "gone")})
	}
	db.Row("MAC_Binding", map[string]any{"logical_port": "gone", "ip": "10.0.0.1", "mac": "0a:00:00:00:00:01", "datapath": ref(dps[0])})
	db.Flow(dps[0], "ingress", 0, 1, "inport == @pg0", "drop;")
	db.Flow("00000000-0000-4000-8000-000000000001", "ingress", 0, 1, "1", "drop;")
	return db.Bytes()
}

// described is everything but the flows of a network.
func described(n *Network) string {
	var b strings.Builder
	name := func(p *Port) string {
		if p == nil {
			return "-"
		}
		return fmt.Sprintf("%d:%s", p.number, p.Name)
	}
	names := func(ports []*Port) (all []string) {
		for _, p := range ports {
			all = append(all, name(p))
		}
		return all
	}
	var asked []string
	for _, d := range n.Datapaths {
		fmt.Fprintf(&b, "datapath %d %s %s %q %q %q %q %d %v %v %v\n", d.Index, d.UUID, d.NBUUID, d.Name, d.Name2, d.DisplayName(true), d.Type, d.TunnelKey, d.HasL3Gateway, d.macs, d.fdb)
		id, _ := d.ExternalID("name")
		fmt.Fprintf(&b, " %q ports %v\n", id, names(d.Ports()))
		for _, g := range d.groups {
			fmt.Fprintf(&b, " group %q %d %v\n", g.Name, g.Key, names(g.Ports()))
		}
		asked = append(asked, d.Name, d.UUID[:8])
	}
	for i, p := range n.Ports() {
		fmt.Fprintf(&b, "port %d %s %q %q %q %q %d %s peer %s for %s %v %v\n", i, p.UUID, p.Name, p.Name2, p.DisplayName(true), p.Type, p.Key, p.Datapath.UUID, name(p.Peer), name(p.Distributed), p.Security, p.AddressTexts())
		asked = append(asked, p.Name, p.Name2, p.UUID[:8], p.UUID)
	}
	for _, g := range n.groups {
		asked = append(asked, g.Name)
	}
	for _, s := range append(asked, "", "none", "nobody", "12345678") {
		p, warning := n.FindPort(s)
		d, _ := n.Datapath(s)
		fmt.Fprintf(&b, "find %q: %s %v %s %v\n", s, name(p), warning, name(n.port(s)), d == nil)
		for _, d := range n.Datapaths {
			key, ok := n.PortKey(d, s)
			fmt.Fprint(&b, " ", key, ok)
		}
		if set := n.portSet(s); set != nil {
			for key := range uint64(8) {
				fmt.Fprint(&b, " ", set.Has(0, key))
			}
		}
	}
	groups := n.PortGroups()
	for _, g := range groups {
		if _, own, ok := strings.Cut(g, "_"); ok {
			groups = append(groups, own)
		}
	}
	for _, g := range append(groups, "nobody") {
		ports, ok := n.PortGroup(g)
		bound := n.boundGroup(g)
		var has []string
		for datapath, keys := range bound.keys {
			for key := range uint64(64 * len(keys)) {
				if bound.Has(datapath, key) {
					has = append(has, fmt.Sprint(datapath, key))
				}
			}
		}
		fmt.Fprintf(&b, "port group %q %v %v %v %v\n", g, ports, ok, has, bound.on(0))
	}
	for _, s := range n.AddressSets() {
		set, ok := n.AddressSet(s)
		fmt.Fprintf(&b, "address set %q %v %v\n", s, set.Members, ok)
	}
	fmt.Fprintf(&b, "%v\n%v\n", n.VIPs(), n.Warnings)
	return b.String()
}

// TestCompiledNetwork compares what a network has with an index with what it
// has without.
func TestCompiledNetwork(t *testing.T) {
	check := func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "sb.db")
		sbtest.WriteFile(t, path, data)
		without, _ := openFile(t, path, Options{})
		if _, err := Compile(t.Context(), path, Source{}); err != nil {
			t.Fatal(err)
		}
		with, indexed := openFile(t, path, Options{})
		if !indexed {
			t.Fatalf("the index was not used: %v", with.Warnings)
		}
		got, want := strings.Split(described(with), "\n"), strings.Split(described(without), "\n")
		for i := range min(len(got), len(want)) {
			if got[i] != want[i] {
				t.Fatalf("with an index:\n%s\nwithout:\n%s", got[i], want[i])
			}
		}
		if len(got) != len(want) {
			t.Errorf("%d lines with an index, %d without", len(got), len(want))
		}
	}
	t.Run("untidy", func(t *testing.T) { check(t, untidy()) })
	for _, path := range sbtest.Recorded(t) {
		t.Run(filepath.Base(filepath.Dir(path))+"/"+filepath.Base(path), func(t *testing.T) {
			check(t, unpacked(t, path))
		})
	}
}

// unpacked returns a database as an uncompressed log.
func unpacked(t *testing.T, path string) []byte {
	t.Helper()
	db, err := open.Path(context.Background(), path, ovsdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var b strings.Builder
	if err := logfile.Write(db, &b); err != nil {
		t.Fatal(err)
	}
	return []byte(b.String())
}

// TestUnusualRows checks the results of contradictory rows.
func TestUnusualRows(t *testing.T) {
	n, err := Read(t.Context(), "untidy", untidy(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	text := fmt.Sprint(n.Warnings)
	for _, want := range []string{
		"duplicate logical port name", "missing datapath", "No MAC address found", "outside that datapath", "no Port_Binding", "missing port", "is in wrong datapath",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no warning says %q", want)
		}
	}
	if p, warning := n.FindPort("alias17"); p != nil || warning == nil {
		t.Errorf("alias17 leads to %v, %v; several ports have it", p, warning)
	}
	if p, _ := n.FindPort("1234"); p == nil || !strings.HasPrefix(p.Name, "12345678-") {
		t.Errorf("1234 leads to %v", p)
	}
	// So does the last of several port groups.
	table := n.db.Table("Port_Group")
	name, _ := table.Col("name")
	members, _ := table.Col("ports")
	last := map[string][]string{}
	for _, r := range idlOrder(table) {
		last[r.String(name)] = r.Strings(members)
	}
	for g, want := range last {
		if got, ok := n.PortGroup(g); !ok || !slices.Equal(got, want) {
			t.Errorf("%s has %v, want %v", g, got, want)
		}
	}
	if len(last) == table.Len() {
		t.Error("no two port groups have one name: the test proves nothing")
	}
	// The last of several bindings counts.
	t.Run("bindings", func(t *testing.T) {
		table := n.db.Table("MAC_Binding")
		port, _ := table.Col("logical_port")
		ip, _ := table.Col("ip")
		mac, _ := table.Col("mac")
		last := map[*Port]map[packet.Value]uint64{}
		several := 0
		for _, r := range idlOrder(table) {
			p := n.port(r.String(port))
			if p == nil || n.datapathOf(r, datapathCol(table)) != p.Datapath {
				continue
			}
			addr, _ := parseIP(r.String(ip))
			if last[p] == nil {
				last[p] = map[packet.Value]uint64{}
			}
			if _, again := last[p][addr]; again {
				several++
			}
			last[p][addr], _ = packet.ParseMAC(r.String(mac))
			if !p.Datapath.HasMACBinding(p.Key, addr, last[p][addr]) {
				t.Errorf("%s: %x is not bound", p.Name, last[p][addr])
			}
		}
		for p, addrs := range last {
			for addr, want := range addrs {
				if got, _ := p.Datapath.MACBinding(p.Key, addr); got != want {
					t.Errorf("%s %v is bound to %x, want %x", p.Name, addr, got, want)
				}
			}
			if _, ok := p.Datapath.MACBinding(99, packet.Uint(1)); ok {
				t.Error("an address is bound that is nowhere")
			}
		}
		if several == 0 {
			t.Error("no address is bound twice: the test proves nothing")
		}
	})
}

func datapathCol(t *ovsdb.Table) ovsdb.Col {
	c, _ := t.Col("datapath")
	return c
}
