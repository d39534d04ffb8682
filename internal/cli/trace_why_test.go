package cli

import (
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/sbtest"
)

// TestStrictVerdict checks that a verdict changes the exit status only if it is uncertain and --strict
// is given.
func TestStrictVerdict(t *testing.T) {
	db := sbtest.New("23.03")
	sw := db.Datapath("sw", 1)
	db.Port(sw, "p1", 1, "")
	db.Port(sw, "p2", 2, "")
	odd := db.Flow(sw, "ingress", 0, 2, "ip4 && what == 1", "drop;")
	db.Flow(sw, "ingress", 0, 1, "ip4", `outport = "p2"; output;`)
	db.Flow(sw, "ingress", 0, 0, "1", "next;")
	db.Flow(sw, "ingress", 1, 0, "arp", "drop;")
	db.Flow(sw, "egress", 0, 0, "1", "output;")
	file := db.File(t)
	for _, c := range []struct {
		args []string
		exit int
		want string
	}{
		{[]string{"--verdict", `inport == "p1" && ip4`}, 0, "uncertain sw/ingress_0: flow " + odd[:8] + " might match but does not parse: Syntax error at `what' expecting field name; it seems delivered sw/p2 as ip,"},
		{[]string{"--verdict", "--strict", `inport == "p1" && ip4`}, 1, "uncertain "},
		{[]string{"--strict", `inport == "p1" && ip4`}, 1, "# ip,"},
	} {
		stdout, stderr, exit := ovnwalk(t, append([]string{"trace", "--db", file}, c.args...)...)
		if exit != c.exit || !strings.HasPrefix(stdout, c.want) {
			t.Errorf("%q: exit %d, %s%s; want %d, %s", c.args, exit, stdout, stderr, c.exit, c.want)
		}
	}
}
