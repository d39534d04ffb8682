package kube

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ovnwalk/ovnwalk/internal/explain"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/sbtest"
	"github.com/ovnwalk/ovnwalk/internal/tracetest"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
)

var networks = filepath.Join("..", "..", "testdata", "names")

// gathered returns a copy of the must-gather in which a file has a text replaced; with no
// text it is all of the file.
func gathered(t *testing.T, file, before, after string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(networks, "must-gather"))); err != nil {
		t.Fatal(err)
	}
	if file == "" {
		return dir
	}
	at := filepath.Join(dir, "namespaces", filepath.FromSlash(file))
	text, err := os.ReadFile(at)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if before == "" {
		before = string(text)
	}
	if !strings.Contains(string(text), before) {
		t.Fatalf("%s has no %q", file, before)
	}
	sbtest.WriteFile(t, at, []byte(strings.Replace(string(text), before, after, 1)))
	return dir
}

func network(t *testing.T, name string) (*lflow.Network, *ovsdb.Snapshot) {
	t.Helper()
	n := tracetest.Open(t, filepath.Join(networks, name, "sb.db.gz"), lflow.Options{})
	north, err := explain.OpenNorth(t.Context(), filepath.Join(networks, name, "nb.db.gz"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { north.Close() })
	return n, north.Snapshot()
}

// TestCompare changes one object at a time.  Without a change there is no difference, because
// internal/lab builds the networks from the same objects.
func TestCompare(t *testing.T) {
	const (
		pods     = "shop/core/pods.yaml"
		services = "shop/core/services.yaml"
		slices_  = "shop/discovery.k8s.io/endpointslices.yaml"
		policies = "shop/networking.k8s.io/networkpolicies.yaml"
	)
	for _, x := range []struct {
		name, network       string
		south               bool // the southbound database alone
		file, before, after string
		want                []string
	}{
		{name: "no change", network: "kubernetes"},
		{name: "no change, southbound", network: "kubernetes", south: true},
		{name: "no change, a zone", network: "kubernetes-node2"},
		{
			name: "service without a load balancer", network: "kubernetes", file: services, before: "clusterIPs: [10.96.0.10]", after: "clusterIPs: [10.96.0.30]",
			want: []string{"missing service shop/web: no load balancer has tcp 10.96.0.30:80 [ip4.dst == 10.96.0.30 && ip.ttl == 64 && tcp.src == 49152 && tcp.dst == 80]"},
		},
		{
			name: "load balancer without a service", network: "kubernetes", south: true, file: services, before: "namespace: shop, name: web", after: "namespace: shop, name: www",
			want: []string{
				"different service shop/www: the load balancer of tcp 10.96.0.10:80 has 10.244.0.5:8080, which no EndpointSlice has as ready [tcp.dst == 80]",
				"stale service shop/web: load balancer Service_shop/web_TCP_cluster is of a service that does not exist [ip4.dst == 10.96.0.10]",
			},
		},
		{
			name: "another endpoint", network: "kubernetes", file: slices_, before: "addresses: [10.244.1.7]", after: "addresses: [10.244.1.9]",
			want: []string{"different service shop/db: the load balancer of tcp 10.96.0.20:5432 lacks 10.244.1.9:5432 and has 10.244.1.7:5432, which no EndpointSlice has as ready [ip4.dst == 10.96.0.20]"},
		},
		{
			name: "an endpoint that is not ready", network: "kubernetes", file: slices_, before: "ready: true", after: "ready: false",
			want: []string{"different service shop/web: the load balancer of tcp 10.96.0.10:80 has 10.244.0.5:8080, which no EndpointSlice has as ready [ip4.dst == 10.96.0.10]"},
		},
		{
			name: "policy without a port group", network: "kubernetes", south: true, file: policies, before: "name: deny-all", after: "name: deny-most",
			want: []string{"missing NetworkPolicy shop/deny-most: no port group is made from it, though it selects shop/cache-0 [ip4.dst == 10.244.1.8]"},
		},
		{
			name: "port group without a policy", network: "kubernetes", file: policies, before: "name: deny-all", after: "name: deny-most",
			want: []string{
				"missing NetworkPolicy shop/deny-most: no port group is made from it, though it selects shop/cache-0 [ip4.dst == 10.244.1.8]",
				"stale NetworkPolicy shop/deny-all: port group a9117485616845925034 is of a policy that does not exist [ip4.dst == 10.244.1.8]",
			},
		},
		{
			name: "another label", network: "kubernetes", file: pods, before: "name: cache-0, labels: {app: cache}", after: "name: cache-0, labels: {app: db}",
			want: []string{
				"different NetworkPolicy shop/db-from-web: its port group a15006546675692131124 lacks shop_cache-0 [ip4.dst == 10.244.1.8]",
				"different NetworkPolicy shop/deny-all: its port group a9117485616845925034 has shop_cache-0, which it does not select [ip4.dst == 10.244.1.8]",
			},
		},
		{
			name: "another port", network: "kubernetes", file: policies, before: "port: 5432", after: "port: 5433",
			want: []string{
				"different NetworkPolicy shop/db-from-web: no ACL of its port group allows ingress of tcp.dst == 5433 && ip4.src == {10.244.0.5, 10.244.1.7, 10.244.1.8} [ip4.src == 10.244.0.5 && ip4.dst == 10.244.1.7 && ip.ttl == 64 && tcp.src == 49152 && tcp.dst == 5433]",
				"different NetworkPolicy shop/db-from-web: an ACL of its port group allows ingress of tcp.dst == 5432 && ip4.src == {10.244.0.5, 10.244.1.7, 10.244.1.8}, which no rule of it does [tcp.dst == 5432]",
			},
		},
		{
			name: "another address", network: "kubernetes", file: "ops/core/pods.yaml", before: "podIPs: [{ip: 10.244.0.9}]", after: "podIPs: [{ip: 10.244.0.10}]",
			want: []string{
				"different namespace ops: its address set a2975143243722621405 lacks 10.244.0.10 of pod ops/probe [inport == \"ops_probe\"]",
				"stale namespace ops: its address set a2975143243722621405 has 10.244.0.9, which no pod of it has",
			},
		},
		{name: "a namespace that was not gathered", network: "kubernetes", file: services, after: "kind: ConfigMap"},
	} {
		t.Run(x.name, func(t *testing.T) {
			objects, err := Read(t.Context(), gathered(t, x.file, x.before, x.after))
			if err != nil {
				t.Fatal(err)
			}
			n, north := network(t, x.network)
			if x.south {
				north = nil
			}
			var got []string
			for _, d := range Compare(objects, n, north) {
				text := string(d.Kind) + " " + d.Object + ": " + d.Message
				i := slices.IndexFunc(x.want, func(want string) bool { return strings.HasPrefix(want, text) })
				if i < 0 {
					t.Errorf("not expected: %s", text)
					continue
				}
				_, part, _ := strings.Cut(strings.TrimSuffix(x.want[i], "]"), " [")
				if !strings.Contains(d.Packet, part) {
					t.Errorf("%s: packet %s lacks %s", text, d.Packet, part)
				}
				if part != "" {
					if _, err := sim.Trace(n, sim.Request{Microflow: d.Packet}); err != nil {
						t.Errorf("%s: packet %s: %v", text, d.Packet, err)
					}
				}
				got = append(got, x.want[i])
			}
			for _, want := range x.want {
				if !slices.Contains(got, want) {
					t.Errorf("missing: %s", want)
				}
			}
		})
	}
}

// TestReadArchive reads the same objects from an archive, as pods by themselves too.
func TestReadArchive(t *testing.T) {
	file := filepath.Join(t.TempDir(), "must-gather.tar.gz")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	w := tar.NewWriter(z)
	if err := w.AddFS(os.DirFS(filepath.Join(networks, "must-gather"))); err != nil {
		t.Fatal(err)
	}
	pod := "kind: Pod\nmetadata: {namespace: shop, name: mail-0}\nstatus: {phase: Running, podIP: 10.244.0.11}\n"
	if err := w.WriteHeader(&tar.Header{Name: "namespaces/shop/pods/mail-0/mail-0.yaml", Mode: 0o644, Size: int64(len(pod))}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(pod)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []interface{ Close() error }{w, z, f} {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	objects, err := Read(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	// Four pods in lists and one by itself, two services, two slices, two policies.
	if got := []int{len(objects.Pods), len(objects.Services), len(objects.Slices), len(objects.Policies)}; !slices.Equal(got, []int{5, 2, 2, 2}) {
		t.Errorf("got %v pods, services, slices and policies", got)
	}
}

// TestReadRefuses has files that are no objects.
func TestReadRefuses(t *testing.T) {
	deep := strings.Repeat("[", 1<<20) // a parser that calls itself for each would end the process
	for name, want := range map[string]string{
		gathered(t, "shop/core/pods.yaml", "", "{"):             "not YAML of Kubernetes",
		gathered(t, "shop/core/pods.yaml", "", deep):            "nest too deeply",
		filepath.Join(networks, "kubernetes", "sb.db.gz"):       "not a directory and not an archive",
		filepath.Join(t.TempDir(), "nowhere"):                   "no such file",
		gathered(t, "shop/core/pods.yaml", "", "kind: [Pod]\n"): "not YAML of Kubernetes",
	} {
		if _, err := Read(t.Context(), name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
}

// FuzzObjects reads texts that may be anything: an error or objects, never a panic.
func FuzzObjects(f *testing.F) {
	for _, name := range []string{"core/pods.yaml", "core/services.yaml", "discovery.k8s.io/endpointslices.yaml", "networking.k8s.io/networkpolicies.yaml"} {
		text := sbtest.Content(f, filepath.Join(networks, "must-gather", "namespaces", "shop", name))
		f.Add(text)
	}
	for _, text := range []string{
		"",
		"{}",
		"kind: Pod\nmetadata: {name: a, namespace: shop}\nstatus: {podIPs: [{ip: 10.0.0.1}, {ip: 'fd00::1'}]}\n",
		`{"kind": "List", "items": [{"kind": "Service", "metadata": {"name": "a"}, "spec": {"clusterIPs": ["None"], "ports": [{"port": 80, "targetPort": "http"}]}}]}`,
		"kind: List\nitems: [{kind: List, items: [{kind: EndpointSlice, endpoints: [{addresses: [x]}], ports: [{port: -1}]}]}]\n",
		"kind: NetworkPolicy\nmetadata: {name: p}\nspec: {podSelector: {matchExpressions: [{key: a, operator: In}]}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/99, except: [x]}}]}]}\n",
		"kind: Pod\n---\nkind: 3\nitems: x\n",
		"a: &a [*a]\n",
		"\xff\x00",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(_ *testing.T, text []byte) {
		o := &Objects{gathered: map[string]bool{}}
		if o.add("shop", text) == nil {
			o.settle()
			for i := range o.Policies {
				for _, d := range o.Policies[i].directions() {
					o.allows(o.Policies[i].Namespace, &d, "ip4")
				}
			}
		}
	})
}
