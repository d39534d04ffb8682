package kube

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/explain"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/sim"
)

// databasePolicy is the ACL of db-from-web in the database.
const databasePolicy = "ip4.src == {$a2765800173249978847} && tcp && tcp.dst==5432 && outport == @a15006546675692131124"

// northWith returns the northbound database with another match in that ACL.
func northWith(t *testing.T, match string) *ovsdb.Snapshot {
	t.Helper()
	log := sbtest.Content(t, filepath.Join(networks, "kubernetes", "nb.db.gz"))
	found := false
	log = sbtest.Rewrite(log, func(text string) string {
		found = found || strings.Contains(text, databasePolicy)
		quoted := strconv.Quote(match)
		return strings.ReplaceAll(text, databasePolicy, quoted[1:len(quoted)-1])
	})
	if !found {
		t.Fatal("the database has no such ACL")
	}
	file := filepath.Join(t.TempDir(), "nb.db")
	sbtest.WriteFile(t, file, log)
	north, err := explain.OpenNorth(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { north.Close() })
	return north.Snapshot()
}

// TestRules compares rules of a policy with an ACL.  What differs is arithmetic; the
// forms of the matches are those of ovn-kubernetes (gress_policy_test.go) and of
// Kube-OVN (newNetworkPolicyACLMatch, newIPBlockACLMatch).
func TestRules(t *testing.T) {
	const (
		rules = "    ingress:\n    - from: [{podSelector: {}}]\n      ports: [{protocol: TCP, port: 5432}]\n"
		group = "outport == @a15006546675692131124"
		shop  = "$a2765800173249978847"
		lacks = "no ACL of its port group allows ingress of "
		more  = "an ACL of its port group allows ingress of "
		none  = ", which no rule of it does"
	)
	for _, x := range []struct {
		name, from, ports, match string
		namespaces               string // objects of cluster-scoped-resources/core/namespaces.yaml
		want                     []string
	}{
		{name: "pods", from: "{podSelector: {}}", ports: "{port: 5432}", match: databasePolicy},
		{name: "anybody", ports: "{port: 5432}", match: "ip4 && tcp && tcp.dst==5432 && " + group},
		{name: "any port", from: "{podSelector: {}}", match: "ip4.src == {" + shop + "} && " + group},
		{
			name: "a range", from: "{podSelector: {}}", ports: "{port: 5430, endPort: 5440}",
			match: "ip4.src == {" + shop + "} && tcp && 5430<=tcp.dst<=5440 && " + group,
		},
		{
			name: "a range one too short", from: "{podSelector: {}}", ports: "{port: 5430, endPort: 5440}",
			match: "ip4.src == {" + shop + "} && tcp && 5430<=tcp.dst<=5439 && " + group,
			want:  []string{lacks + "tcp.dst == 5440 && ip4.src == {10.244.0.5, 10.244.1.7, 10.244.1.8} [tcp.dst == 5440]"},
		},
		{
			name: "a range one too long", from: "{podSelector: {}}", ports: "{port: 5430, endPort: 5440}",
			match: "ip4.src == {" + shop + "} && tcp && 5430<=tcp.dst<=5441 && " + group,
			want:  []string{more + "tcp.dst == 5441 && ip4.src == {10.244.0.5, 10.244.1.7, 10.244.1.8}" + none + " [tcp.dst == 5441]"},
		},
		{
			name: "ports and a range", from: "{podSelector: {}}", ports: "{port: 80}, {port: 443}, {port: 8000, endPort: 8001}",
			match: "ip4.src == {" + shop + "} && tcp && (tcp.dst=={80,443} || 8000<=tcp.dst<=8001) && " + group,
		},
		{
			name: "a block", from: "{ipBlock: {cidr: 192.0.2.0/24}}", ports: "{port: 5432}",
			match: "ip4.src == 192.0.2.0/24 && tcp && tcp.dst==5432 && " + group,
		},
		{
			name: "a block without exceptions", from: "{ipBlock: {cidr: 192.0.2.0/24, except: [192.0.2.128/25]}}", ports: "{port: 5432}",
			match: "(ip4.src == 192.0.2.0/24 && ip4.src != {192.0.2.128/25}) && tcp && tcp.dst==5432 && " + group,
		},
		{
			name: "a block whose exception is missing", from: "{ipBlock: {cidr: 192.0.2.0/24, except: [192.0.2.128/25]}}", ports: "{port: 5432}",
			match: "ip4.src == 192.0.2.0/24 && tcp && tcp.dst==5432 && " + group,
			want:  []string{more + "tcp.dst == 5432 && ip4.src == 192.0.2.128/25" + none + ` [inport == "stor-node2"]`},
		},
		{
			name: "blocks that Kube-OVN has in one match", from: "{ipBlock: {cidr: 192.0.2.0/24, except: [192.0.2.128/25]}}, {ipBlock: {cidr: 198.51.100.0/24}}", ports: "{port: 5432}",
			match: group + " && ip && ((ip4.src == 192.0.2.0/24 && ip4.src != {192.0.2.128/25}) || ip4.src == 198.51.100.0/24) && 5432 <= tcp.dst <= 5432",
		},
		{
			name: "a pod that is not selected", from: "{podSelector: {matchLabels: {app: web}}}", ports: "{port: 5432}", match: databasePolicy,
			want: []string{more + "tcp.dst == 5432 && ip4.src == {10.244.1.7, 10.244.1.8}" + none + ` [inport == "shop_cache-0"]`},
		},
		{
			name: "a namespace by its name", from: "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ops}}}", ports: "{port: 5432}", match: databasePolicy,
			want: []string{
				lacks + `tcp.dst == 5432 && ip4.src == 10.244.0.9 [inport == "ops_probe"]`,
				more + "tcp.dst == 5432 && ip4.src == {10.244.0.5, 10.244.1.7, 10.244.1.8}" + none + ` [inport == "shop_web-7d9f"]`,
			},
		},
		{name: "a namespace whose labels were not gathered", from: "{namespaceSelector: {matchLabels: {team: a}}}", ports: "{port: 5432}", match: databasePolicy},
		{
			name: "a namespace by its labels", from: "{namespaceSelector: {matchLabels: {team: a}}}", ports: "{port: 5432}", match: databasePolicy,
			namespaces: "{kind: Namespace, metadata: {name: ops, labels: {team: a}}}, {kind: Namespace, metadata: {name: shop}}",
			want: []string{
				lacks + `tcp.dst == 5432 && ip4.src == 10.244.0.9 [inport == "ops_probe"]`,
				more + "tcp.dst == 5432 && ip4.src == {10.244.0.5, 10.244.1.7, 10.244.1.8}" + none + ` [inport == "shop_web-7d9f"]`,
			},
		},
		{name: "the port of a container", from: "{podSelector: {}}", ports: "{port: postgres}", match: databasePolicy},
		{
			name: "an address set that does not exist", from: "{podSelector: {}}", ports: "{port: 5432}", match: "ip4.src == {$nowhere} && " + group,
			want: []string{`its ingress rules cannot be compared with the ACLs of its port group: ACL "ip4.src == {$nowhere} && ` + group + `": Syntax error at ` + "`$nowhere' expecting address set name."},
		},
	} {
		t.Run(x.name, func(t *testing.T) {
			dir := gathered(t, "shop/networking.k8s.io/networkpolicies.yaml", rules, "    ingress: [{from: ["+x.from+"], ports: ["+x.ports+"]}]\n")
			if x.namespaces != "" {
				file := filepath.Join(dir, "cluster-scoped-resources", "core", "namespaces.yaml")
				if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
					t.Fatal(err)
				}
				sbtest.WriteFile(t, file, []byte("kind: List\nitems: ["+x.namespaces+"]\n"))
			}
			objects, err := Read(t.Context(), dir)
			if err != nil {
				t.Fatal(err)
			}
			n, _ := network(t, "kubernetes")
			var got []string
			for _, d := range Compare(objects, n, northWith(t, x.match)) {
				got = append(got, d.Message)
				i := slices.IndexFunc(x.want, func(want string) bool { return want == d.Message || strings.HasPrefix(want, d.Message+" [") })
				if i < 0 {
					t.Errorf("not expected: %s %s", d.Object, d.Message)
					continue
				}
				part := strings.TrimSuffix(strings.TrimPrefix(x.want[i], d.Message), "]")
				if part = strings.TrimPrefix(part, " ["); part == "" {
					continue
				}
				if !strings.Contains(d.Packet, part) {
					t.Errorf("%s: packet %s lacks %s", d.Message, d.Packet, part)
				}
				if _, err := sim.Trace(n, sim.Request{Microflow: d.Packet}); err != nil {
					t.Errorf("packet %s: %v", d.Packet, err)
				}
			}
			if len(got) != len(x.want) {
				t.Errorf("got %q\nwant %q", got, x.want)
			}
		})
	}
}
