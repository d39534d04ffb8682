package reach

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// databases returns the databases of the tree, and those of OVNWALK_CORPUS.
func databases(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, folder := range []string{filepath.Join("..", "..", "testdata", "corpus"), os.Getenv("OVNWALK_CORPUS")} {
		if folder == "" {
			t.Log("OVNWALK_CORPUS names no corpus: only the tree's own is looked at")
			continue
		}
		err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
			if strings.HasSuffix(path, ".db.gz") || strings.HasSuffix(path, ".db") {
				all = append(all, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(all) == 0 {
		t.Fatal("no databases")
	}
	return all
}

// endKey is what two packets of a class have in common.
func endKey(ends []verdict.Disposition) string {
	text := ""
	for i, e := range ends {
		if i > 0 && (e.Outcome != verdict.OutcomeDelivered || e.Origin > verdict.OriginClone) {
			continue // its way is not followed
		}
		flow := "none"
		if e.DecidedAt.Flow != nil {
			flow = e.DecidedAt.Flow.UUID
		}
		text += fmt.Sprint(e.Outcome, " ", e.Origin, " ", e.Port, " ", e.Code, " ", e.DecidedAt.Key, " ", flow, " ", len(e.AllowedBy), "; ")
	}
	return text
}

func replay(t *testing.T, n *lflow.Network, d *lflow.Datapath, p packet.Packet, c Class) []verdict.Disposition {
	t.Helper()
	next := 0
	got, err := sim.Walk(n, d, p, sim.Choices{CTNew: true, Choose: func(options int) int {
		taken := 0
		if next < len(c.Choices) {
			taken = c.Choices[next]
		}
		next++
		return min(taken, options-1)
	}})
	if err != nil {
		t.Fatal(err)
	}
	return verdict.OfPacket(got)
}

// TestPacketsOfClassHaveItsEnd draws packets from each class, walks them, and
// compares their ends with that of the class.  OVNWALK_REACH_CLASSES is how many
// classes of a datapath are looked at.
func TestPacketsOfClassHaveItsEnd(t *testing.T) {
	most := 25
	if n, err := strconv.Atoi(os.Getenv("OVNWALK_REACH_CLASSES")); err == nil {
		most = n
	}
	r := rand.New(rand.NewPCG(1, 2))
	for i, path := range databases(t) {
		if testing.Short() && i%8 != 0 {
			continue
		}
		t.Run(filepath.Join(filepath.Base(filepath.Dir(path)), filepath.Base(path)), func(t *testing.T) {
			n, err := lflow.Open(context.Background(), path, lflow.Options{})
			if err != nil {
				t.Skip(err)
			}
			hosts := address.NewResolver(n)
			for _, d := range n.Datapaths {
				var keys []uint64
				var ports []*lflow.Port
				for _, p := range d.Ports() {
					if p.Peer == nil && p.Type != "chassisredirect" {
						keys, ports = append(keys, p.Key), append(ports, p)
					}
				}
				if len(ports) == 0 {
					continue
				}
				x := newSpace(n, d, keys)
				for _, spoof := range []bool{false, true} {
					var sets []packetset.Set
					for _, p := range ports {
						s := by(x.m, p)
						if !spoof {
							s = x.m.And(s, own(x.m, hosts.Hosts(p)))
						}
						sets = append(sets, s)
					}
					all := x.m.And(x.m.Union(sets), sent(x.m, func(*packet.Field) bool { return false }))
					began := time.Now()
					classes, undecided, drawn := 0, 0, 0
					left := all
					rest, err := x.explore(context.Background(), all, all, nil, func(c Class) bool {
						classes++
						if !slices.ContainsFunc(c.Choices, func(i int) bool { return i > 0 }) {
							if !x.m.Within(c.Set, left) {
								t.Errorf("%s: a packet is in two classes", d.Name)
							}
							left = x.m.Without(left, c.Set)
						}
						if c.Undecided != "" {
							if undecided++; strings.Contains(c.Undecided, "another") || strings.Contains(c.Undecided, "trace.") {
								t.Errorf("%s: the image is not that of the walk: %s", d.Name, c.Undecided)
							}
							return classes < most
						}
						want := endKey(c.Ends)
						for range 2 {
							p, ok := x.m.Draw(c.Set, r)
							if !ok || !x.m.Has(c.Set, &p) {
								t.Fatalf("%s: no packet of a class", d.Name)
							}
							drawn++
							if got := endKey(replay(t, n, d, p, c)); got != want {
								t.Errorf("%s: %s\n got %s\nwant %s of %s", d.Name, p.Header(packet.HeaderStyle{}), got, want, c.Example.Header(packet.HeaderStyle{}))
								return false
							}
						}
						return classes < most
					})
					if err != nil {
						t.Fatal(err)
					}
					if rest == packetset.Empty && left != packetset.Empty {
						t.Errorf("%s: packets are in no class", d.Name)
					}
					t.Logf("%s spoof=%v: %d classes, %d undecided, %d drawn, %d nodes, %v, complete %v", d.Name, spoof, classes, undecided, drawn, x.m.Size(), time.Since(began).Round(time.Millisecond), rest == packetset.Empty)
				}
			}
		})
	}
}
