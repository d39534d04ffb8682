package names

import (
	"hash/fnv"
	"strconv"
)

// The external_ids of ovn-kubernetes (go-controller/pkg/types/const.go and
// pkg/libovsdb/ops/db_object_types.go).
const (
	k8sOwner   = "k8s.ovn.org/owner-type"
	k8sName    = "k8s.ovn.org/name"
	k8sNetwork = "k8s.ovn.org/network"
	k8sNAD     = "k8s.ovn.org/nad"
)

// Patterns of names within Kubernetes, none of which has an underscore.
const (
	k8sNamespaced = `^(?P<ns>[^:]+):(?P<object>.+)$`
	k8sEgressIP   = `^(?P<eip>[^_]+)_(?P<ns>[^/]+)/(?P<pod>.+)$`
	k8sUDN        = `^(?:cluster_udn_(?P<cudn>.+)|(?P<udnns>[^_]+)_(?P<udn>[^_]+)|.*)$`
)

// owned matches the rows of an owner type.
func owned(owner, name string) map[string]string {
	return map[string]string{k8sOwner: "^" + owner + "$", k8sName: name}
}

var ovnKubernetes = System{
	Name:        "ovn-kubernetes",
	PolicyGroup: "default-network-controller:NetworkPolicy:{ns}:{name}",
	PolicyHash:  true,
	Present: []Rule{
		{Class: portRow, IDs: map[string]string{"pod": "^true$", "namespace": "."}},
		{Class: routerRow, Name: `(^|_)ovn_cluster_router$`},
		{Class: routerRow, Name: `_transit_router$`},
	},
	Rules: []Rule{
		{
			Class: portRow, IDs: map[string]string{"pod": "^true$", "namespace": "^(?P<ns>.+)$", k8sNetwork: k8sUDN}, Name: `_(?P<pod>[^_]+)$`,
			Kind: Pod, As: "{ns}/{pod}", Networks: []string{"{" + k8sNetwork + "}", "{cudn}", "{udnns}/{udn}", "{" + k8sNAD + "}"},
		},
		{
			Class: portRow, IDs: map[string]string{"pod": "^true$", "namespace": "^(?P<ns>.+)$"}, Name: `_(?P<pod>[^_]+)$`,
			Kind: Pod, As: "{ns}/{pod}", Networks: []string{"{" + k8sNetwork + "}", "{" + k8sNAD + "}"},
		},
		{
			Class: portRow, IDs: map[string]string{k8sNetwork: k8sUDN},
			Kind: Net, As: "{" + k8sNetwork + "}", Also: []string{"{cudn}", "{udnns}/{udn}", "{" + k8sNAD + "}"}, Role: Member,
		},
		{
			Class: portRow, Name: `^k8s-(?:(?P<net>.+)_)?(?P<node>[^_]+)$`,
			Kind: Node, As: "{node}", Networks: []string{"{" + k8sNetwork + ",net}"}, Role: Management,
		},
		{
			Class: portRow, Name: `(?:^|_)rtoe-GR_(?:(?P<net>.+)_)?(?P<node>[^_]+)$`,
			Kind: Node, As: "{node}", Networks: []string{"{" + k8sNetwork + ",net}"}, Role: Outside,
		},
		{Class: portRow, Name: `(?:^|_)(?:rtos|stor|rtots|tstor|trtos|stotr)-(?:(?P<net>.+)_)?(?P<node>[^_]+)$`, Kind: Node, As: "{node}", Role: "port between switch and router"},
		{Class: portRow, Name: `(?:^|_)(?:rtoj|jtor|etor|rtotr|trtor)-(?:GR_)?(?:(?P<net>.+)_)?(?P<node>[^_]+)$`, Kind: Node, As: "{node}", Role: "port of the gateway router"},
		{Class: routerRow, Name: `^GR_(?:(?P<net>.+)_)?(?P<node>[^_]+)$`, Kind: Node, As: "{node}", Role: "gateway router"},
		{Class: switchRow, Name: `(?:^|_)ext_(?:(?P<net>.+)_)?(?P<node>[^_]+)$`, Kind: Node, As: "{node}", Role: "external switch"},
		{Class: switchRow, IDs: map[string]string{k8sNetwork: k8sUDN}, Kind: Net, As: "{" + k8sNetwork + "}", Also: []string{"{cudn}", "{udnns}/{udn}"}},
		{
			Class: balancerRow, Name: `^(?:(?P<net>.+)_)?Service_(?P<ns>[^/]+)/(?P<svc>[^_]+)_(?:TCP|UDP|SCTP)_(?P<scope>.*)$`,
			Kind: Service, As: "{ns}/{svc}", Networks: []string{"{" + k8sNetwork + ",net}"},
		},

		{Class: groupRow, IDs: owned("NetworkPolicy", k8sNamespaced), Kind: Policy, As: "{ns}/{object}", Title: "NetworkPolicy {ns}/{object}"},
		{Class: groupRow, IDs: owned("NetpolNamespace", `^(?P<ns>.+)$`), Kind: Policy, As: "{ns}", Title: "the NetworkPolicies of namespace {ns}", Role: DefaultDeny},
		{Class: groupRow, IDs: owned("AdminNetworkPolicy", `.`), Kind: Policy, As: "{" + k8sName + "}", Title: "AdminNetworkPolicy {" + k8sName + "}"},
		{Class: groupRow, IDs: owned("BaselineAdminNetworkPolicy", `.`), Kind: Policy, As: "{" + k8sName + "}", Title: "BaselineAdminNetworkPolicy {" + k8sName + "}"},
		{Class: groupRow, IDs: owned("Namespace", `.`), Kind: Namespace, As: "{" + k8sName + "}"},
		{Class: groupRow, IDs: owned("UDNIsolation", `.`), Kind: Policy, As: "{" + k8sName + "}", Title: "the isolation of user-defined networks"},
		{Class: groupRow, IDs: owned("Cluster", `.`), Kind: Policy, As: "{" + k8sName + "}", Title: "the cluster ({" + k8sName + "})"},

		{Class: aclRow, IDs: owned("NetworkPolicy", k8sNamespaced), Kind: Policy, As: "{ns}/{object}", Title: "NetworkPolicy {ns}/{object}"},
		{Class: aclRow, IDs: owned("NetpolNamespace", `^(?P<ns>.+)$`), Kind: Policy, As: "{ns}", Title: "the NetworkPolicies of namespace {ns}", Role: DefaultDeny},
		{Class: aclRow, IDs: owned("AdminNetworkPolicy", `.`), Kind: Policy, As: "{" + k8sName + "}", Title: "AdminNetworkPolicy {" + k8sName + "}"},
		{Class: aclRow, IDs: owned("BaselineAdminNetworkPolicy", `.`), Kind: Policy, As: "{" + k8sName + "}", Title: "BaselineAdminNetworkPolicy {" + k8sName + "}"},
		{Class: aclRow, IDs: owned("EgressFirewall", `^(?P<ns>.+)$`), Kind: Policy, As: "{ns}/default", Title: "EgressFirewall {ns}/default", Detail: "rule {rule-index}", Direction: "egress"},
		{Class: aclRow, IDs: owned("NetpolNode", `.`), Kind: Policy, As: "{" + k8sName + "}", Title: "the node's own access to its pods"},
		{Class: aclRow, IDs: owned("NetpolDefault", `.`), Kind: Policy, As: "{" + k8sName + "}", Title: "the hairpin rule of NetworkPolicies"},
		{Class: aclRow, IDs: owned("MulticastNS", `^(?P<ns>.+)$`), Kind: Policy, As: "{ns}", Title: "the multicast rule of namespace {ns}"},
		{Class: aclRow, IDs: map[string]string{k8sOwner: "^MulticastCluster$"}, Kind: Policy, As: "{type}", Title: "the multicast rule of the cluster"},
		{Class: aclRow, IDs: owned("UDNIsolation", `.`), Kind: Policy, As: "{" + k8sName + "}", Title: "the isolation of user-defined networks"},
		{Class: aclRow, IDs: owned("AdvertisedNetwork", `.`), Kind: Policy, As: "{" + k8sName + "}", Title: "the isolation of advertised networks"},
		{Class: aclRow, IDs: owned("ClusterNetworkConnect", `.`), Kind: Policy, As: "{" + k8sName + "}", Title: "ClusterNetworkConnect {" + k8sName + "}"},
		{Class: aclRow, Name: `^NP:(?P<ns>[^:]+):(?:Ingress|Egress)$`, Kind: Policy, As: "{ns}", Title: "the NetworkPolicies of namespace {ns}", Role: DefaultDeny},
		{Class: aclRow, Name: `^NP:(?P<ns>[^:]+):(?P<object>[^:]+):(?:Ingress|Egress)`, Kind: Policy, As: "{ns}/{object}", Title: "NetworkPolicy {ns}/{object}"},
		{Class: aclRow, Name: `^ANP:(?P<object>[^:]+):`, Kind: Policy, As: "{object}", Title: "AdminNetworkPolicy {object}"},
		{Class: aclRow, Name: `^BANP:(?P<object>[^:]+):`, Kind: Policy, As: "{object}", Title: "BaselineAdminNetworkPolicy {object}"},
		{Class: aclRow, Name: `^EF:(?P<ns>[^:]+):(?P<rule>\d+)`, Kind: Policy, As: "{ns}/default", Title: "EgressFirewall {ns}/default", Detail: "rule {rule}", Direction: "egress"},

		{Class: setRow, IDs: owned("Namespace", `.`), Kind: Addresses, As: "{" + k8sName + "}", Title: "addresses of namespace {" + k8sName + "}"},
		{Class: setRow, IDs: owned("PodSelector", `.`), Kind: Addresses, As: "{" + k8sName + "}", Title: "addresses of the pods that {" + k8sName + "} selects"},
		{Class: setRow, IDs: map[string]string{k8sOwner: `^(?P<owner>.+)$`, k8sName: `.`}, Kind: Addresses, As: "{" + k8sName + "}", Title: "addresses of {owner} {" + k8sName + "}"},

		{Class: natRow, IDs: owned("EgressIP", k8sEgressIP), Kind: EgressIP, As: "{eip}", Title: "EgressIP {eip}", Detail: "pod {ns}/{pod}"},
		{Class: policyRow, IDs: owned("EgressIP", k8sEgressIP), Kind: EgressIP, As: "{eip}", Title: "EgressIP {eip}", Detail: "pod {ns}/{pod}"},
		{Class: policyRow, IDs: map[string]string{k8sOwner: `^(?P<owner>.+)$`, k8sName: `.`}, Kind: Policy, As: "{" + k8sName + "}", Title: "{owner} {" + k8sName + "}"},
		{Class: qosRow, IDs: map[string]string{k8sOwner: `^(?P<owner>.+)$`, k8sName: `.`}, Kind: Policy, As: "{" + k8sName + "}", Title: "{owner} {" + k8sName + "}"},
	},
	Derived: []Derived{
		{
			Class: groupRow, Hash: "default-network-controller:NetpolNamespace:{namespace}:Ingress",
			Kind: Policy, As: "{namespace}", Title: "the NetworkPolicies of namespace {namespace}", Role: DefaultDeny,
		},
		{
			Class: groupRow, Hash: "default-network-controller:NetpolNamespace:{namespace}:Egress",
			Kind: Policy, As: "{namespace}", Title: "the NetworkPolicies of namespace {namespace}", Role: DefaultDeny,
		},
		{Class: groupRow, Hash: "default-network-controller:Namespace:{namespace}", Kind: Namespace, As: "{namespace}", Title: "namespace {namespace}"},
		{Class: setRow, Hash: "default-network-controller:Namespace:{namespace}:v4", Kind: Addresses, As: "{namespace}", Title: "addresses of namespace {namespace}"},
		{Class: setRow, Hash: "default-network-controller:Namespace:{namespace}:v6", Kind: Addresses, As: "{namespace}", Title: "addresses of namespace {namespace}"},
	},
}

// hashed returns the name of the port group or address set of an identifier, as
// ovn-kubernetes makes it (HashForOVN): FNV-1a of 64 bits in decimal.
func hashed(id string) string {
	h := fnv.New64a()
	h.Write([]byte(id)) // a hash takes everything
	return "a" + strconv.FormatUint(h.Sum64(), 10)
}
