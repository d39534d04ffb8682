package address

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// TestNames resolves names of objects of each orchestrator.  The ports and addresses are those of the
// networks in internal/lab.
func TestNames(t *testing.T) {
	resolvers := map[string]*Resolver{}
	for _, name := range []string{"kubernetes", "kubernetes-later", "neutron", "kubeovn"} {
		n := tracetest.Open(t, filepath.Join("..", "..", "testdata", "names", name, "sb.db.gz"), lflow.Options{})
		resolvers[name] = NewResolver(n)
	}
	for _, x := range []struct{ network, from, to, proto, want string }{
		{"kubernetes", "shop/web-7d9f", "shop/db-0", "", "shop_web-7d9f > 10.244.1.7"},
		{"kubernetes", "pod:shop/web-7d9f", "pod:shop/db-0", "", "shop_web-7d9f > 10.244.1.7"},
		{"kubernetes-later", "pod:shop/web-7d9f", "pod:shop/db-0", "", "shop_web-7d9f > 10.244.1.7"},
		{"kubernetes", "pod:web-7d9f", "pod:db-0@default", "", "shop_web-7d9f > 10.244.1.7"},
		{"kubernetes", "10.244.0.5", "0a:58:0a:f4:01:07", "", "shop_web-7d9f > 10.244.1.7"},
		{"kubernetes", "0a:58:0a:f4:00:05", "10.244.1.7", "", "shop_web-7d9f > 10.244.1.7"},
		{"kubernetes", "node:node1", "node:node2", "", "k8s-node1 > 10.244.1.2"},
		{"kubernetes", "node1", "shop/db-0", "", "k8s-node1 > 10.244.1.7"},
		{"kubernetes", "shop/web-7d9f", "svc:shop/db", "", "shop_web-7d9f > 10.96.0.20 tcp.dst == 5432"},
		{"kubernetes", "shop/web-7d9f", "shop/db", "", "shop_web-7d9f > 10.96.0.20 tcp.dst == 5432"},
		{"kubernetes", "shop/web-7d9f", "svc:shop/db:5432", "tcp", "shop_web-7d9f > 10.96.0.20 tcp.dst == 5432"},
		{"kubernetes", "shop/web-7d9f", "svc:shop/db:5432", "tcp:80", "! protocol tcp:80: the destination names port 5432; give one of them"},
		{"kubernetes", "shop/web-7d9f", "svc:shop/db:80", "", "! service shop/db has no port 80; it has tcp:5432"},
		{"kubernetes", "shop/web-7d9f", "10.96.0.10:80", "", "shop_web-7d9f > 10.96.0.10 tcp.dst == 80"},
		{"kubernetes", "shop/web-7d9f", "10.96.0.10:80", "udp", "shop_web-7d9f > 10.96.0.10 udp.dst == 80"},
		{"kubernetes", "shop/web-7d9f", "10.96.0.10:80", "icmp", "! protocol icmp: it has no ports, and the destination names port 80"},
		{"kubernetes", "svc:shop/db", "shop/db-0", "", "! svc:shop/db is a service, to which packets go; give a port here, such as that of a pod"},
		{"kubernetes", "10.244.0.77", "shop/db-0", "", `! the database has no port with the address "10.244.0.77"`},
		{"kubernetes", "shop/wbe-7d9f", "shop/db-0", "", `! the database has no logical port "shop/wbe-7d9f"; did you mean shop/web-7d9f or shop_web-7d9f?`},
		{"kubernetes", "pod:shop/wbe-7d9f", "shop/db-0", "", `! the database has no pod "pod:shop/wbe-7d9f"; did you mean pod:shop/web-7d9f?`},
		{"kubernetes", "shop/web-7d9f@blue", "shop/db-0", "", "! shop/web-7d9f@blue is in no network of that name; it is in default"},
		{"kubernetes", "shop/web-7d9f", "net:join", "", "! net:join is a network, which is many, and one end is wanted"},

		{"neutron", "vm:web1", "vm:db1", "", "b2000000-0000-4000-8000-000000000011 > 10.0.2.21"},
		{"neutron", "web2", "db1-port", "", "b2000000-0000-4000-8000-000000000012 > 10.0.2.21"},
		{"neutron", "vm:c3000000-0000-4000-8000-000000000011", "vm:e5000000", "", "b2000000-0000-4000-8000-000000000011 > 10.0.2.21"},
		{
			"neutron", "sg:55ee2a9c-7b53-4c6e-a8d6-6e0a4f1b8e05", "vm:db1", "",
			"! sg:55ee2a9c-7b53-4c6e-a8d6-6e0a4f1b8e05 is a security group, which is many, and one end is wanted; give one of: " +
				"vm:web1, vm:web2",
		},
		{"neutron", "vm:web1", "net:back", "", "! net:back is a network, which is many, and one end is wanted; give one of: vm:db1"},
		{"neutron", "vm:web3", "vm:db1", "", `! the database has no server "vm:web3"; did you mean vm:web1 or vm:web2?`},

		{"kubeovn", "shop/web-7d9f", "shop/db-0", "", "web-7d9f.shop > 10.16.0.7"},
		{"kubeovn", "ops/probe@blue", "node:node2", "", "probe.ops > 100.64.0.3"},
		{"kubeovn", "subnet:blue", "shop/db-0", "", "! subnet:blue is a subnet, which is many, and one end is wanted; give one of: pod:ops/probe"},
	} {
		t.Run(x.network+" "+x.from+" "+x.to+" "+x.proto, func(t *testing.T) {
			a, err := resolvers[x.network].Resolve(Probe{From: x.from, To: x.to, Proto: x.proto})
			want, refused := strings.CutPrefix(x.want, "! ")
			switch {
			case refused && (err == nil || err.Error() != want):
				t.Errorf("got  %v\nwant %s", err, want)
			case refused:
			case err != nil:
				t.Error(err)
			default:
				from, to, _ := strings.Cut(want, " > ")
				ip, clause, _ := strings.Cut(to, " ")
				if a.From.Name != from || !strings.Contains(a.Microflow, "ip4.dst == "+ip+" ") || !strings.Contains(a.Microflow, clause) {
					t.Errorf("got  %s: %s\nwant %s", a.From.Name, a.Microflow, want)
				}
			}
		})
	}
}
