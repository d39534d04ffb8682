package reach

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// small is a switch with two ports, an ACL for packets to the second, and a load
// balancer.
type small struct{ ports, backend, drop string }

func (s small) open(t *testing.T) *Zones {
	t.Helper()
	db := sbtest.New("23.03.1")
	d := db.Datapath("sw", 1)
	db.Port(d, "a", 1, "", "mac", sbtest.Set("00:00:00:00:00:01 10.0.0.1"))
	db.Port(d, "b", 2, "", "mac", sbtest.Set("00:00:00:00:00:02 10.0.0.2"))
	db.Flow(d, "ingress", 0, 100, "ip4.dst == 10.9.9.9 && tcp.dst == 80", "ct_lb_mark(backends="+s.backend+");")
	db.Flow(d, "ingress", 0, 50, "1", "next;")
	db.Flow(d, "ingress", 1, 100, "ip4.dst == 10.0.0.2", `eth.dst = 00:00:00:00:00:02; outport = "b"; output;`)
	db.Flow(d, "egress", 0, 100, s.ports, "output;")
	db.Flow(d, "egress", 0, 50, s.drop, "drop;")
	n := tracetest.Read(t, "small", db.Bytes(), lflow.Options{})
	return OneZone(address.NewResolver(n))
}

var plain = small{"tcp && 8000 <= tcp.dst <= 8080", "10.0.0.2:8000", "1"}

func TestCompareFindsExactlyWhatChanged(t *testing.T) {
	widened, narrowed, other, worded := plain, plain, plain, plain
	widened.ports = "tcp && 8000 <= tcp.dst <= 8081"
	narrowed.ports = "tcp && 8001 <= tcp.dst <= 8080"
	other.backend = "10.0.0.2:8001"
	worded.ports = "(tcp.dst >= 8000 && tcp.dst < 8081) && tcp"
	for _, c := range []struct {
		name     string
		old, new small
		want     []string
	}{
		{"nothing", plain, plain, nil},
		{"the same in other words", plain, worded, nil},
		{"a range wider by one", plain, widened, []string{
			"tcp.dst == 8081 && ip4.dst == 10.0.0.2: dropped other at sw/egress_0, then delivered to b",
		}},
		{"a range narrower by one", plain, narrowed, []string{
			"tcp.dst == 80 && ip4.dst == 10.9.9.9, or tcp.dst == 8000 && ip4.dst == 10.0.0.2: delivered to b, then dropped other at sw/egress_0",
			"that open no connection: tcp.dst == 8000 && ip4.dst == 10.0.0.2: delivered to b, then dropped other at sw/egress_0", // not balanced
		}},
		{"another backend", plain, other, []string{
			"tcp.dst == 80 && ip4.dst == 10.9.9.9: delivered to b, then delivered to b",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, after := c.old.open(t), c.new.open(t)
			from, err := before.Select("a")
			if err != nil {
				t.Fatal(err)
			}
			got, err := Compare(context.Background(), before, after, &Question{From: from, Packets: "ip4 && eth.dst == 0a:00:00:00:00:02"})
			if err != nil {
				t.Fatal(err)
			}
			if got.Open != "" || got.Changed() != (c.want != nil) {
				t.Errorf("changed %v, open %q", got.Changed(), got.Open)
			}
			var found []string
			for _, p := range got.Parts {
				for _, ch := range p.List {
					text := ch.Text
					if ch.Kind != Addressed {
						text = ch.Kind.Title() + ": " + text
					}
					found = append(found, fmt.Sprintf("%s: %s, then %s", text, ch.Before, ch.After))
				}
			}
			slices.Sort(found)
			slices.Sort(c.want)
			if !slices.Equal(found, c.want) {
				t.Errorf("got %q, want %q", found, c.want)
			}
		})
	}
}

// TestCompareGroupsByCause changes the results of packets of several flows in the same way:
// packets that the same flows decided before and after are one change.
func TestCompareGroupsByCause(t *testing.T) {
	open := func(actions string) *Zones {
		db := sbtest.New("23.03.1")
		d := db.Datapath("sw", 1)
		db.Port(d, "a", 1, "", "mac", sbtest.Set("00:00:00:00:00:01 10.0.0.1"))
		db.Port(d, "b", 2, "", "mac", sbtest.Set("00:00:00:00:00:02 10.0.0.2"))
		db.Flow(d, "ingress", 0, 100, "1", `outport = "b"; output;`)
		db.Flow(d, "egress", 0, 100, "tcp.dst == {1, 2}", actions)
		db.Flow(d, "egress", 0, 90, "tcp.dst == 3", actions)
		db.Flow(d, "egress", 0, 50, "1", "output;")
		n := tracetest.Read(t, "causes", db.Bytes(), lflow.Options{})
		return OneZone(address.NewResolver(n))
	}
	before, after := open("drop;"), open("output;")
	from, err := before.Select("a")
	if err != nil {
		t.Fatal(err)
	}
	got, err := Compare(t.Context(), before, after, &Question{From: from, Packets: "ip4.dst == 10.0.0.2 && eth.dst == 0a:00:00:00:00:02"})
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, ch := range got.Parts[0].List {
		found = append(found, fmt.Sprintf("%s: %s by %d", ch.Text, ch.Before, ch.Before.Deciding()[0].Flow.Priority))
	}
	slices.Sort(found)
	want := []string{"tcp.dst == 3: dropped other at sw/egress_0 by 90", "tcp.dst == 1..2: dropped other at sw/egress_0 by 100"}
	if slices.Sort(want); !slices.Equal(found, want) {
		t.Errorf("got %q, want %q", found, want)
	}
}
