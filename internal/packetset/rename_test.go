package packetset

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ovnwalk/ovnwalk/packet"
)

// TestRenamings compares sets of a manager with renamings with those of a manager without: copies are
// equal, and so are the results for packets. Sets that the renamings keep have the same diagrams.
func TestRenamings(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	fields := []*packet.Field{packet.Inport, packet.EthDst, packet.EthSrc, packet.IPv4Src, packet.IPv6Src, packet.ARPSHA}
	value := func(f *packet.Field) packet.Value {
		return packet.Value{Hi: r.Uint64(), Lo: r.Uint64()}.And(packet.Ones(f.Bits))
	}
	plain, renamed := NewManager(0), NewManager(0)
	kept, changed := 0, 0
	for range 60 {
		var list []Renaming
		width := map[*packet.Field]int{}
		for _, f := range fields {
			width[f] = f.Bits >> r.IntN(2)
		}
		common := map[*packet.Field][]packet.Value{}
		for _, f := range fields {
			for range 6 {
				if v := value(f).And(packet.Ones(width[f])); !slices.Contains(common[f], v) {
					common[f] = append(common[f], v)
				}
			}
			from, to := slices.Clone(common[f]), slices.Clone(common[f])
			r.Shuffle(len(from), func(i, j int) { from[i], from[j] = from[j], from[i] })
			r.Shuffle(len(to), func(i, j int) { to[i], to[j] = to[j], to[i] })
			n := r.IntN(min(len(from), 5))
			list = append(list, Renaming{f, width[f], from[:n], to[:n]})
		}
		value := func(f *packet.Field) packet.Value {
			if r.IntN(3) > 0 {
				return common[f][r.IntN(len(common[f]))]
			}
			return value(f)
		}
		plain.Reset()
		renamed.Next(list)
		move := NewState()
		for range r.IntN(4) { // with copies and constants
			f, g := fields[r.IntN(len(fields))], fields[r.IntN(len(fields))]
			move.Set(f, 0, move.Get(g, 0, min(f.Bits, g.Bits)))
			move.Set(f, 0, Constant(value(f), r.IntN(8)))
		}
		one := func() (a, b Set) {
			f := fields[r.IntN(len(fields))]
			v, mask := value(f), packet.Ones(f.Bits)
			switch r.IntN(5) {
			case 0:
				mask = value(f)
				return plain.Equal(f, v, mask), renamed.Equal(f, v, mask)
			case 1:
				values := []packet.Value{v, value(f), value(f)}
				return plain.OneOf(f, values), renamed.OneOf(f, values)
			case 2:
				mask = value(f)
			}
			bits := move.Field(f).Slice(0, 1+r.IntN(f.Bits))
			return plain.Becomes(&bits, v, mask), renamed.Becomes(&bits, v, mask)
		}
		a, b := one()
		for range 12 {
			c, d := one()
			switch r.IntN(3) {
			case 0:
				a, b = plain.And(a, c), renamed.And(b, d)
			case 1:
				a, b = plain.Or(a, c), renamed.Or(b, d)
			default:
				a, b = plain.Without(c, a), renamed.Without(d, b)
			}
			if got := plain.Copy(renamed, b); got != a {
				t.Fatalf("%v: a set differs", list)
			}
			same := plain.Copies(renamed, nil)(b) == a // the diagrams are the same
			if keeps := renamed.Renamings().Keeps(plain, a); keeps && !same {
				t.Fatalf("%v: the renamings change a set", list)
			} else if !same {
				changed++
			} else if keeps {
				kept++
			}
			if a == Empty {
				continue
			}
			p, _ := renamed.Sample(b)
			if q, _ := plain.Sample(a); p != q {
				t.Fatalf("%v: the first packet differs", list)
			}
			q, _ := renamed.Draw(b, r)
			if !plain.Has(a, &p) || !renamed.Has(b, &p) || !plain.Has(a, &q) || !renamed.Has(b, &q) {
				t.Fatalf("%v: a packet is not in its set", list)
			}
			p, _ = plain.Draw(All, r)
			if plain.Has(a, &p) != renamed.Has(b, &p) {
				t.Fatalf("%v: a packet is in only one of the sets", list)
			}
			bits := move.Field(fields[r.IntN(len(fields))]).Slice(0, 3)
			v, _ := plain.Values(&bits, a, 8)
			w, _ := renamed.Values(&bits, b, 8)
			slices.SortFunc(v, packet.Value.Cmp)
			slices.SortFunc(w, packet.Value.Cmp)
			if !slices.Equal(v, w) {
				t.Fatalf("%v: values %v and %v", list, v, w)
			}
			f, g := plain.NewFilter(move, a), renamed.NewFilter(move, b)
			for i := range f.mask {
				if g.mask[i]&^f.mask[i] != 0 || (f.value[i]^g.value[i])&g.mask[i] != 0 {
					t.Fatalf("%v: a filter has bits that packets do not share", list)
				}
			}
		}
	}
	if kept == 0 || changed == 0 {
		t.Errorf("the renamings keep %d sets and change %d", kept, changed)
	}
}
