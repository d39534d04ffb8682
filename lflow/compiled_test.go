package lflow

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb/index"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/packet"
)

// compiledFile writes a database and its index into a directory.
func compiledFile(t *testing.T) (path string) {
	t.Helper()
	return compiledOf(t, bigDatabase(6, 30, 100))
}

func compiledOf(t *testing.T, data []byte) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "sb.db")
	sbtest.WriteFile(t, path, data)
	if _, err := Compile(t.Context(), path, Source{}); err != nil {
		t.Fatal(err)
	}
	return path
}

// openFile opens a network and reports whether an index served.
func openFile(t *testing.T, path string, o Options) (n *Network, indexed bool) {
	t.Helper()
	n, err := Open(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	return n, n.flows.compiled != nil
}

// TestCompiledAgrees compares the flows of every table, and the lookups of random packets, with and
// without an index.
func TestCompiledAgrees(t *testing.T) {
	path := compiledFile(t)
	with, indexed := openFile(t, path, Options{})
	if !indexed {
		t.Fatalf("the index was not used: %v", with.Warnings)
	}
	if err := os.Remove(path + index.Suffix); err != nil {
		t.Fatal(err)
	}
	without, indexed := openFile(t, path, Options{})
	if indexed {
		t.Fatal("an index was used that is not there")
	}
	r := rand.New(rand.NewPCG(3, 4))
	hits := 0
	for i, d := range without.Datapaths {
		e := with.Datapaths[i]
		for _, pipeline := range []Pipeline{Ingress, Egress} {
			for table := range without.flows.tables {
				flows := without.Flows(d, pipeline, table)
				var plain []slowFlow
				for _, f := range flows {
					plain = append(plain, readSlowly(without, f))
				}
				for range 20 {
					if plain == nil {
						break
					}
					p := randomPacket(r, without, plain, d)
					a, b := without.Lookup(d, pipeline, table, &p), with.Lookup(e, pipeline, table, &p)
					if got, want := fmt.Sprint(uuids(b.Flow), uuids(b.Ties...)), fmt.Sprint(uuids(a.Flow), uuids(a.Ties...)); got != want {
						t.Fatalf("%s %d %d: %s with an index, %s without", d.Name, pipeline, table, got, want)
					}
					if a.Flow != nil {
						hits++
					}
				}
				if got, want := fmt.Sprint(uuids(with.Flows(e, pipeline, table)...)), fmt.Sprint(uuids(flows...)); got != want {
					t.Fatalf("%s %d %d: flows %s with an index, %s without", d.Name, pipeline, table, got, want)
				}
			}
		}
	}
	if hits == 0 {
		t.Error("no packet found a flow: the test proves nothing")
	}
}

// TestCompiledReadsNeededFlows looks one address up.
func TestCompiledReadsNeededFlows(t *testing.T) {
	n, _ := openFile(t, compiledFile(t), Options{})
	d, _ := n.Datapath("sw3")
	var p packet.Packet
	p.SetUint(packet.EthDst, 0x0a0000030004)
	if hit := n.Lookup(d, Ingress, 4, &p); hit.Flow == nil {
		t.Fatal("no flow")
	}
	if read := n.FlowsRead(); read != 1 {
		t.Errorf("read %d flows to find one among 30", read)
	}
}

// TestCompiledAtOnce requests ports from several goroutines before they are built.
func TestCompiledAtOnce(t *testing.T) {
	path := compiledFile(t)
	for range 20 {
		n, _ := openFile(t, path, Options{})
		var wait sync.WaitGroup
		for range 8 {
			wait.Go(func() {
				for s := range 6 {
					for p := range 30 {
						name := fmt.Sprintf("sw%d-p%d", s, p)
						q := n.port(name)
						if q == nil || q.Name != name {
							t.Errorf("%s leads to %v", name, q)
							continue
						}
						if p, _ := n.Datapaths[q.Datapath.Index].Port(q.Key); p != q {
							t.Errorf("key %d leads to %v, not to %s", q.Key, p, name)
						}
					}
				}
			})
		}
		wait.Wait()
	}
}

func TestCompiledIsStale(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(t *testing.T, path string)
		warns  bool
	}{
		{"another time", func(t *testing.T, path string) {
			when := time.Now().Add(time.Hour)
			if err := os.Chtimes(path, when, when); err != nil {
				t.Fatal(err)
			}
		}, true},
		{"another size", func(t *testing.T, path string) { appendTo(t, path, "OVSDB") }, true},
		{"index cut short", func(t *testing.T, path string) { truncate(t, path+index.Suffix, 100) }, true},
		{"half an index", func(t *testing.T, path string) {
			info, err := os.Stat(path + index.Suffix)
			if err != nil {
				t.Fatal(err)
			}
			truncate(t, path+index.Suffix, info.Size()/2)
		}, true},
		{"a directory for an index", func(t *testing.T, path string) {
			os.Remove(path + index.Suffix)
			if err := os.Mkdir(path+index.Suffix, 0o777); err != nil {
				t.Fatal(err)
			}
		}, true},
		{"no index", func(t *testing.T, path string) { os.Remove(path + index.Suffix) }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := compiledFile(t)
			tt.change(t, path)
			n, indexed := openFile(t, path, Options{})
			if indexed {
				t.Error("the index was used")
			}
			warned := false
			for _, w := range n.Warnings {
				warned = warned || strings.Contains(w.Text, index.Suffix)
			}
			if warned != tt.warns {
				t.Errorf("warnings: %v", n.Warnings)
			}
			if n.FlowCount() == 0 || len(n.Flows(n.Datapaths[0], Ingress, 4)) != 30 {
				t.Error("the flows are not all there")
			}
		})
	}
}

// TestCompiledDamage changes bytes of an index, which is then passed over with a
// warning.
func TestCompiledDamage(t *testing.T) {
	t.Run("big", func(t *testing.T) { damage(t, compiledFile(t)) })
	t.Run("untidy", func(t *testing.T) { damage(t, compiledOf(t, untidy())) })
}

func damage(t *testing.T, path string) {
	t.Helper()
	index := path + index.Suffix
	whole := sbtest.Content(t, index)
	r := rand.New(rand.NewPCG(5, 6))
	for range 150 {
		bad := append([]byte(nil), whole...)
		for range 1 + r.IntN(3) {
			bad[r.IntN(len(bad))] = byte(r.Uint32())
		}
		sbtest.WriteFile(t, index, bad)
		n, err := Open(t.Context(), path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if changed := !bytes.Equal(bad, whole); changed == (n.flows.compiled != nil) || changed != strings.Contains(fmt.Sprint(n.Warnings), "damaged") {
			t.Fatalf("damaged: %v, used: %v, warnings: %v", changed, n.flows.compiled != nil, n.Warnings)
		}
		var p packet.Packet
		p.SetUint(packet.EthDst, 0x0a0000030004)
		for _, d := range n.Datapaths {
			for table := range 5 {
				n.Lookup(d, Ingress, table, &p)
				n.Flows(d, Ingress, table)
			}
			for _, p := range d.Ports() {
				n.FindPort(p.Name)
			}
			for _, g := range d.groups {
				g.Ports()
			}
		}
		n.Ports()
		n.PortGroup("pg0")
		n.Close()
	}
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

func truncate(t *testing.T, path string, size int64) {
	t.Helper()
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
}
