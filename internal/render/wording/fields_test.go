package wording

import (
	"testing"

	"github.com/ovnwalk/ovnwalk/packet"
)

// TestFieldsHaveAllBits compares Fields with the fields of a packet: each bit is in one row.
func TestFieldsHaveAllBits(t *testing.T) {
	rows := map[[2]int]int{}
	each := func(f *packet.Field, do func(bit [2]int)) {
		word, shift, n := f.Place()
		for i := range n {
			do([2]int{word - (shift+i)/64, (shift + i) % 64})
		}
	}
	for _, row := range Fields {
		widest := row.fields[0]
		for _, f := range row.fields {
			if _, _, n := f.Place(); n > widest.Bits {
				widest = f
			}
		}
		each(widest, func(bit [2]int) { rows[bit]++ })
	}
	for _, f := range packet.Fields() {
		each(f, func(bit [2]int) {
			if rows[bit] != 1 {
				t.Errorf("%s: bit %v is in %d rows", f.Name, bit, rows[bit])
				rows[bit] = 1 // reported once
			}
		})
	}
}
