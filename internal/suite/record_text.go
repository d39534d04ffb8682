package suite

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/escape"
)

// text writes the suite.
func (r *recorder) text() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# What packets did when this was recorded.  Change what should be otherwise.\n")
	for _, resolver := range r.resolvers {
		for _, w := range resolver.Network().Warnings {
			fmt.Fprintf(&b, "# warning: %s\n", escape.Text(w.Text))
		}
	}
	fmt.Fprintf(&b, "db: %s\n", quote(r.DB))
	if r.Release != "" {
		fmt.Fprintf(&b, "release: %s\n", quote(r.Release))
	}
	if len(r.CT) > 0 || r.CTNew != nil || r.Chassis != "" || r.HostsAnswer {
		b.WriteString("defaults:\n")
		if r.CTNew != nil {
			fmt.Fprintf(&b, "  ct-new: %t\n", *r.CTNew)
		}
		if len(r.CT) > 0 {
			fmt.Fprintf(&b, "  ct: %s\n", list(r.CT))
		}
		if r.HostsAnswer {
			b.WriteString("  hosts-answer: true\n")
		}
		if r.Chassis != "" {
			fmt.Fprintf(&b, "  chassis: %s\n", quote(r.Chassis))
		}
	}
	b.WriteString("tests:\n")
	names := map[string]int{}
	for _, t := range r.tests {
		fmt.Fprintf(&b, "  - name: %s\n    from: %s\n    to: %s\n", quote(t.name(names)), quote(t.from), list(t.to))
		if t.via != "" {
			fmt.Fprintf(&b, "    via: %s\n", quote(t.via))
		}
		fmt.Fprintf(&b, "    proto: %s\n    expect:\n%s", quote(t.proto), t.expect)
	}
	return []byte(b.String())
}

// name returns a name for the test that no other has.
func (t *recordedTest) name(taken map[string]int) string {
	name := fmt.Sprintf("%s, %s, %s", t.from, t.proto, t.ends)
	if t.via != "" {
		name += " via " + t.via
	}
	taken[name]++
	if n := taken[name]; n > 1 {
		name += " " + strconv.Itoa(n)
	}
	return name
}

// list returns strings as a YAML list on one line, or as the only one of them.
func list(all []string) string {
	if len(all) == 1 {
		return quote(all[0])
	}
	quoted := make([]string, len(all))
	for i, s := range all {
		quoted[i] = quote(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// plainScalar are the strings that stand without quotes wherever YAML has a scalar,
// and are no number or truth to any reader.
var plainScalar = regexp.MustCompile(`^(\$to|\$from|true|false|[A-Za-z_/.][A-Za-z0-9_./-]*|[0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9]+|[a-z]+:[0-9]+(:[0-9]+)?)$`)

var reservedScalars = map[string]bool{"null": true, "yes": true, "no": true, "on": true, "off": true, "y": true, "n": true, ".": true}

// quote returns a string as a YAML scalar.
func quote(s string) string {
	if plainScalar.MatchString(s) && !reservedScalars[strings.ToLower(s)] {
		return s
	}
	return strconv.Quote(s)
}

func isAddress(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}
