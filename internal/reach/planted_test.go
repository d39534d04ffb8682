package reach

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha1"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// portIn is a number of a transport port that a match or an action compares with.
var portIn = regexp.MustCompile(`(tcp|udp)\.dst == ([0-9]+)`)

// planted returns a database in which one flow speaks of the next port; ok is false
// where none speaks of one.
func planted(t *testing.T, path string, r *rand.Rand) (changed []byte, text string, ok bool) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	log, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	at := portIn.FindAllSubmatchIndex(log, -1)
	if len(at) == 0 {
		return nil, "", false
	}
	m := at[r.IntN(len(at))]
	port, _ := strconv.Atoi(string(log[m[4]:m[5]]))
	next := strconv.Itoa(port + 1)
	log = bytes.Join([][]byte{log[:m[4]], []byte(next), log[m[5]:]}, nil)
	// The record's head has its length and its hash.
	for rest := log; len(rest) > 0; {
		end := bytes.IndexByte(rest, '\n')
		var length int
		if _, err := fmt.Sscanf(string(rest[:end]), "OVSDB JSON %d", &length); err != nil {
			t.Fatal(err)
		}
		body := rest[end+1:]
		if from := len(log) - len(body); m[4] > from && m[4] < from+length {
			length += len(next) - (m[5] - m[4])
		}
		changed = append(changed, fmt.Sprintf("OVSDB JSON %d %x\n", length, sha1.Sum(body[:length]))...)
		changed = append(changed, body[:length]...)
		rest = body[length:]
	}
	return changed, string(log[m[0]:m[4]]) + next, true
}

// TestPlantedChangeIsFound changes the number of a port in one flow of a recorded
// network.  Packets of the sets that are found end otherwise than before, and packets
// of none end as before.
func TestPlantedChangeIsFound(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: too long for -short")
	}
	r := rand.New(rand.NewPCG(9, 10))
	changedOnce := 0
	for _, path := range databases(t) {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".db.gz"), func(t *testing.T) {
			old, err := lflow.Open(context.Background(), path, lflow.Options{})
			if err != nil {
				t.Skip(err)
			}
			log, text, ok := planted(t, path, r)
			if !ok {
				t.Skip("no flow compares with a port")
			}
			n, err := lflow.Read(context.Background(), "changed", log, lflow.Options{})
			if err != nil {
				t.Fatal(err)
			}
			before, after := address.NewResolver(old), address.NewResolver(n)
			senders := vifs(before)
			if len(senders) == 0 {
				t.Skip("nobody sends")
			}
			port := regexp.MustCompile("[0-9]+$").FindString(text)
			number, _ := strconv.Atoi(port)
			r.Shuffle(len(senders), func(i, j int) { senders[i], senders[j] = senders[j], senders[i] })
			q := &Question{From: senders[:min(2, len(senders))]}
			q.Packets = fmt.Sprintf("ip4 && %d <= %s <= %d", number-2, strings.TrimSuffix(text, " == "+port), number+1)
			got, err := Compare(context.Background(), before, after, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range got.Parts {
				found := packetset.Empty
				for _, ch := range p.List {
					found = p.space.m.Or(found, ch.Set)
					for range 3 {
						d, _ := p.space.m.Draw(ch.Set, r)
						if isSame(t, old, n, d, p) {
							t.Errorf("%s: %s: ends as before: %s", text, ch.Text, d.Header(packet.HeaderStyle{}))
						}
					}
				}
				if len(p.List) > 0 {
					changedOnce++
				}
				others := p.space.m.Without(p.all, found)
				for range 20 {
					d, ok := p.space.m.Draw(others, r)
					if ok && got.Open == "" && !isSame(t, old, n, d, p) {
						t.Errorf("%s: does not end as before: %s", text, d.Header(packet.HeaderStyle{}))
					}
				}
			}
			t.Logf("%s in %s: changed %v, open %q", text, path, got.Changed(), got.Open)
		})
	}
	if changedOnce == 0 {
		t.Error("no change is found in any network")
	}
}

// isSame reports whether a packet ends alike in two networks, if the first option is
// taken wherever there are several.
func isSame(t *testing.T, a, b *lflow.Network, p packet.Packet, part *ChangedPart) bool {
	t.Helper()
	port := part.Ports[slices.IndexFunc(part.Ports, func(o *lflow.Port) bool { return o.Key == p.Uint(packet.Inport) })]
	end := func(n *lflow.Network) string {
		in := n.Port(port.Name)
		q := p
		q.SetUint(packet.Inport, in.Key)
		got, err := sim.Walk(n, in.Datapath, q, sim.Choices{CTNew: true})
		if err != nil {
			t.Fatal(err)
		}
		text := ""
		for i, e := range verdict.OfPacket(got) {
			if i == 0 || e.Outcome == verdict.OutcomeDelivered && e.Origin <= verdict.OriginClone {
				text += fmt.Sprint(e.Outcome, e.Code, e.Port)
				if e.Outcome == verdict.OutcomeDelivered {
					text += e.Packet.Header(packet.HeaderStyle{})
				} else {
					text += e.DecidedAt.Datapath.String()
				}
			}
		}
		return text
	}
	return end(a) == end(b)
}
