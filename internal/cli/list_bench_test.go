package cli

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// BenchmarkListField lists the flows that match one address, of 100 with lists of
// 16,000 addresses each and 10,000 with one.
func BenchmarkListField(b *testing.B) {
	db := sbtest.New("23.03")
	d := db.Datapath("sw", 1)
	address := func(i int) string { return fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255) }
	for k := range 100 {
		var list []string
		for i := range 16_000 {
			list = append(list, address(i*7+k))
		}
		db.Flow(d, "ingress", 8, 2000+k, "ip4.dst == {"+strings.Join(list, ", ")+"}", "next;")
	}
	for i := range 10_000 {
		db.Flow(d, "ingress", 9, 50, "ip4.dst == "+address(i), "next;")
	}
	name := db.File(b)
	for _, field := range []string{"", "ip4.dst == 10.0.1.5"} {
		b.Run(field, func(b *testing.B) {
			args := []string{"list", "--db", name}
			if field != "" {
				args = append(args, "--field", field)
			}
			for b.Loop() {
				if exit := system(strings.NewReader(""), io.Discard, io.Discard).Run(b.Context(), args); exit != 0 {
					b.Fatalf("exit status %d", exit)
				}
			}
		})
	}
}
