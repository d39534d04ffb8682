package connect

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// wireEnv names a folder of recordings of real chassis: a folder for each
// release, in it one for each scenario.
const wireEnv = "OVNWALK_WIRE"

// wireCase is a recorded connection.
type wireCase struct {
	From, To, Proto string
	Steps           []wireStep
}

type wireStep struct {
	In   wirePlace
	Sent map[string]any
	Out  []struct {
		wirePlace
		Packet map[string]any
	}
}

type wirePlace struct {
	Port    string
	Chassis string
	Network bool
}

// TestWire predicts recorded connections: one outcome of each has, for every
// recorded step, exactly the recorded frames.
func TestWire(t *testing.T) {
	folder := os.Getenv(wireEnv)
	if folder == "" {
		t.Skipf("skipped: %s names no recordings", wireEnv)
	}
	databases, err := filepath.Glob(filepath.Join(folder, "*", "*", "sb.db.gz"))
	if err != nil {
		t.Fatal(err)
	}
	for _, database := range databases {
		dir := filepath.Dir(database)
		name := filepath.Join(filepath.Base(filepath.Dir(dir)), filepath.Base(dir))
		t.Run(name, func(t *testing.T) { replay(t, dir) })
	}
}

func replay(t *testing.T, dir string) {
	n, err := lflow.Open(context.Background(), filepath.Join(dir, "sb.db.gz"), lflow.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := cluster.New([]*lflow.Network{n}, cluster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	cases := readCases(t, filepath.Join(dir, "cases.jsonl.gz"))
	predicted := 0
	for i, want := range cases {
		if differs := compareCase(c, n, want); differs == "" {
			predicted++
		} else {
			t.Errorf("case %d, %s to %s %s: %s", i, want.From, want.To, want.Proto, differs)
		}
	}
	t.Logf("%d of %d connections are predicted", predicted, len(cases))
}

func readCases(t *testing.T, name string) (cases []wireCase) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, len(text)+1)
	for lines.Scan() {
		var c wireCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	return cases
}

// compareCase returns the first difference of the outcome that comes closest, ""
// where one is right.
func compareCase(c *cluster.Cluster, n *lflow.Network, want wireCase) string {
	first, err := packetFrom(want.Steps[0].Sent)
	if err != nil {
		return err.Error()
	}
	from := Source{}
	if want.Steps[0].In.Network {
		from.Network = c.Networks()[0]
	} else {
		from.Port = n.Port(want.Steps[0].In.Port)
	}
	outcomes, _ := AllResults(c, &Options{}, from, first)
	best, at := "", -1
	for _, o := range outcomes {
		step, differs := compareSteps(want.Steps, o.Packets)
		if differs == "" {
			return ""
		}
		if step > at {
			best, at = fmt.Sprintf("step %d of %d, outcome of %d: %s", step+1, len(want.Steps), len(outcomes), differs), step
		}
	}
	return best
}

func compareSteps(want []wireStep, got []Packet) (step int, differs string) {
	for i, s := range want {
		if i >= len(got) {
			return i, fmt.Sprintf("the exchange ends after %d packets", len(got))
		}
		if differs := compareFields(s.Sent, fieldsOf(&got[i].Sent)); differs != "" {
			return i, "another packet is sent: " + differs
		}
		var a, b []string
		for _, o := range s.Out {
			where := "port " + o.Port
			if o.Network {
				where = "network"
			}
			a = append(a, where+" on "+o.Chassis+" "+written(o.Packet))
		}
		for _, o := range got[i].Arrived {
			where := "network"
			if o.Network == "" {
				where = "port " + o.Carrier().Name
			}
			b = append(b, where+" on "+o.Chassis+" "+written(fieldsOf(&o.Packet)))
		}
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) {
			var drops []string
			for _, d := range got[i].Dropped {
				drops = append(drops, fmt.Sprintf("%s at %s %s on %s", d.Code, d.Datapath, d.Stage, d.Chassis))
			}
			return i, fmt.Sprintf("sent %s\n  recorded:\n    %s\n  predicted:\n    %s\n  dropped:\n    %s", written(s.Sent),
				strings.Join(a, "\n    "), strings.Join(b, "\n    "), strings.Join(drops, "\n    "))
		}
	}
	return len(want), ""
}

func compareFields(want, got map[string]any) string {
	if a, b := written(want), written(got); a != b {
		return fmt.Sprintf("recorded %s, predicted %s", a, b)
	}
	return ""
}

// written writes the fields that are not zero, in order.
func written(m map[string]any) string {
	var all []string
	for k, v := range m {
		if text := fmt.Sprint(v); text != "0" {
			all = append(all, k+"="+text)
		}
	}
	sort.Strings(all)
	return strings.Join(all, " ")
}

// packetFrom makes the packet that has the fields of a recording.
func packetFrom(m map[string]any) (p packet.Packet, err error) {
	for k, v := range m {
		text := fmt.Sprint(v)
		switch {
		case strings.HasPrefix(k, "ip4.") || strings.HasPrefix(k, "icmp4."):
			p.SetUint(packet.EthType, packet.EthTypeIPv4)
		case strings.HasPrefix(k, "ip6.") || strings.HasPrefix(k, "icmp6."):
			p.SetUint(packet.EthType, packet.EthTypeIPv6)
		}
		f := recorded[k]
		if f == nil {
			return p, fmt.Errorf("no field %s", k)
		}
		switch f.Kind {
		case packet.KindEthernet:
			mac, _ := packet.ParseMAC(text)
			p.SetUint(f, mac)
		case packet.KindIPv4:
			ip, _ := packet.ParseIPv4(text)
			p.SetUint(f, ip)
		case packet.KindIPv6:
			ip, _ := packet.ParseIPv6(text)
			p.Set(f, ip)
		default:
			u, err := strconv.ParseUint(text, 10, 64)
			if err != nil {
				return p, err
			}
			p.SetUint(f, u)
		}
	}
	return p, nil
}

// recorded are the fields that a recording may have.
var recorded = map[string]*packet.Field{
	"eth.src": packet.EthSrc, "eth.dst": packet.EthDst, "vlan.vid": packet.VLANTCI,
	"arp.op": packet.ARPOp, "arp.spa": packet.ARPSPA, "arp.tpa": packet.ARPTPA, "arp.sha": packet.ARPSHA, "arp.tha": packet.ARPTHA,
	"ip4.src": packet.IPv4Src, "ip4.dst": packet.IPv4Dst, "ip6.src": packet.IPv6Src, "ip6.dst": packet.IPv6Dst,
	"ip.ttl": packet.IPTTL, "ip.proto": packet.IPProto,
	"icmp4.type": packet.TPSrc, "icmp4.code": packet.TPDst, "icmp6.type": packet.TPSrc, "icmp6.code": packet.TPDst,
	"tcp.src": packet.TPSrc, "tcp.dst": packet.TPDst, "tcp.flags": packet.TCPFlags, "udp.src": packet.TPSrc, "udp.dst": packet.TPDst,
}

// fieldsOf returns the fields of a packet that a recording of it has.
func fieldsOf(p *packet.Packet) map[string]any {
	m := map[string]any{}
	names := []string{"eth.src", "eth.dst"}
	switch {
	case p.IsARP():
		names = append(names, "arp.op", "arp.spa", "arp.tpa", "arp.sha", "arp.tha")
	case p.IsIPv4():
		names = append(names, "ip4.src", "ip4.dst", "ip.ttl", "ip.proto")
	case p.IsIPv6():
		names = append(names, "ip6.src", "ip6.dst", "ip.ttl", "ip.proto")
	}
	switch {
	case !p.IsIP():
	case p.Has(packet.ICMPType):
		names = append(names, "icmp4.type", "icmp4.code")
	case p.Has(packet.ICMPv6Type):
		names = append(names, "icmp6.type", "icmp6.code")
	case p.Uint(packet.IPProto) == packet.ProtoTCP:
		names = append(names, "tcp.src", "tcp.dst", "tcp.flags")
	case p.Uint(packet.IPProto) == packet.ProtoUDP:
		names = append(names, "udp.src", "udp.dst")
	}
	for _, name := range names {
		f := recorded[name]
		m[name] = f.Format(p.Get(f))
		if f.Kind == packet.KindTCPFlags || f.Kind == packet.KindHexadecimal {
			m[name] = p.Uint(f)
		}
	}
	if vid := p.Uint(packet.VLANTCI) & 0xfff; vid != 0 {
		m["vlan.vid"] = vid
	}
	return m
}
