// Package kube reads the Kubernetes objects of a must-gather, and compares them with
// what an orchestrator made of them: load balancers, port groups, ACLs and address
// sets.
package kube

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/yaml"
)

// Objects are those of the namespaces that were gathered.
type Objects struct {
	Services []Service
	Slices   []EndpointSlice
	Policies []NetworkPolicy
	Pods     []Pod

	// Namespaces are the namespaces whose labels were gathered.
	Namespaces []Namespace

	// gathered are the namespaces for which a list of a kind was gathered, such as "Service
	// shop": objects that are not in the list do not exist.
	gathered map[string]bool
}

// Meta is the metadata of an object.
type Meta struct {
	Namespace string            `yaml:"namespace"`
	Name      string            `yaml:"name"`
	Labels    map[string]string `yaml:"labels"`
}

// String returns NAMESPACE/NAME.
func (m Meta) String() string { return m.Namespace + "/" + m.Name }

// Service is a v1 Service.
type Service struct {
	Meta `yaml:"metadata"`
	Spec struct {
		Type       string        `yaml:"type"`
		ClusterIP  string        `yaml:"clusterIP"`
		ClusterIPs []string      `yaml:"clusterIPs"`
		Ports      []ServicePort `yaml:"ports"`
	} `yaml:"spec"`
}

// ServicePort is a port of a service.
type ServicePort struct {
	Name     string `yaml:"name"`
	Protocol string `yaml:"protocol"`
	Port     int    `yaml:"port"`
}

// addresses returns the addresses of a service in the cluster.
func (s *Service) addresses() []string {
	all := s.Spec.ClusterIPs
	if len(all) == 0 {
		all = []string{s.Spec.ClusterIP}
	}
	return slices.DeleteFunc(slices.Clone(all), func(ip string) bool { return ip == "" || ip == "None" })
}

// EndpointSlice is a discovery.k8s.io/v1 EndpointSlice.
type EndpointSlice struct {
	Meta      `yaml:"metadata"`
	Endpoints []struct {
		Addresses  []string `yaml:"addresses"`
		Conditions struct {
			Ready *bool `yaml:"ready"` // nil means ready
		} `yaml:"conditions"`
	} `yaml:"endpoints"`
	Ports []struct {
		Name     string `yaml:"name"`
		Protocol string `yaml:"protocol"`
		Port     int    `yaml:"port"`
	} `yaml:"ports"`
}

// serviceLabel names the service of an EndpointSlice.
const serviceLabel = "kubernetes.io/service-name"

// NetworkPolicy is a networking.k8s.io/v1 NetworkPolicy.
type NetworkPolicy struct {
	Meta `yaml:"metadata"`
	Spec struct {
		PodSelector Selector     `yaml:"podSelector"`
		PolicyTypes []string     `yaml:"policyTypes"`
		Ingress     []PolicyRule `yaml:"ingress"`
		Egress      []PolicyRule `yaml:"egress"`
	} `yaml:"spec"`
}

// PolicyRule is a rule of a network policy.
type PolicyRule struct {
	From  []Peer       `yaml:"from"` // of ingress
	To    []Peer       `yaml:"to"`   // of egress
	Ports []PolicyPort `yaml:"ports"`
}

// Peer is one of those that a rule allows: a block of addresses, or the pods that
// selectors select.
type Peer struct {
	PodSelector       *Selector `yaml:"podSelector"`
	NamespaceSelector *Selector `yaml:"namespaceSelector"` // nil means the policy's own
	IPBlock           *struct {
		CIDR   string   `yaml:"cidr"`
		Except []string `yaml:"except"`
	} `yaml:"ipBlock"`
}

// PolicyPort is the ports that a rule allows.
type PolicyPort struct {
	Protocol string `yaml:"protocol"`
	Port     any    `yaml:"port"` // a number, the name of a container's port, or nil for all
	EndPort  int    `yaml:"endPort"`
}

// Namespace is a v1 Namespace.
type Namespace struct {
	Meta `yaml:"metadata"`
}

// Selector is a label selector.
type Selector struct {
	MatchLabels      map[string]string `yaml:"matchLabels"`
	MatchExpressions []struct {
		Key      string   `yaml:"key"`
		Operator string   `yaml:"operator"`
		Values   []string `yaml:"values"`
	} `yaml:"matchExpressions"`
}

// selects reports whether labels are those of an object that a selector selects.
func (s *Selector) selects(labels map[string]string) bool {
	for k, v := range s.MatchLabels {
		if got, ok := labels[k]; !ok || got != v {
			return false
		}
	}
	for _, x := range s.MatchExpressions {
		value, has := labels[x.Key]
		in := has && slices.Contains(x.Values, value)
		switch x.Operator {
		case "In":
			has = in
		case "NotIn":
			has = !in
		case "DoesNotExist":
			has = !has
		}
		if !has {
			return false
		}
	}
	return true
}

// Pod is a v1 Pod.
type Pod struct {
	Meta `yaml:"metadata"`
	Spec struct {
		HostNetwork bool `yaml:"hostNetwork"`
	} `yaml:"spec"`
	Status struct {
		Phase  string `yaml:"phase"`
		PodIP  string `yaml:"podIP"`
		PodIPs []struct {
			IP string `yaml:"ip"`
		} `yaml:"podIPs"`
	} `yaml:"status"`
}

// addresses returns the addresses of a pod that runs in a network of its own.
func (p *Pod) addresses() []string { return p.addressesIn("Running") }

// pending returns the addresses of a pod that has some before it runs.
func (p *Pod) pending() []string { return p.addressesIn("Pending") }

// addressesIn returns the addresses of a pod in a phase, unless they are its host's.
func (p *Pod) addressesIn(phase string) (out []string) {
	if p.Spec.HostNetwork || p.Status.Phase != phase {
		return nil
	}
	for _, ip := range p.Status.PodIPs {
		out = append(out, ip.IP)
	}
	if len(out) == 0 && p.Status.PodIP != "" {
		out = []string{p.Status.PodIP}
	}
	return out
}

// add adds the objects of a YAML document: one, or a list of them.
func (o *Objects) add(namespace string, text []byte) error {
	var head struct {
		Kind  string `yaml:"kind"`
		Items []struct {
			Kind string `yaml:"kind"`
		} `yaml:"items"`
	}
	doc, err := yaml.Read(text)
	if err != nil {
		return err
	}
	if err := doc.Decode(&head); err != nil {
		return err
	}
	kind, isList := strings.CutSuffix(head.Kind, "List")
	if isList && kind == "" && len(head.Items) > 0 { // a v1 List
		kind = head.Items[0].Kind
	}
	switch kind {
	case "Service":
		return decode(doc, isList, &o.Services, o.listed(isList, kind, namespace))
	case "EndpointSlice":
		return decode(doc, isList, &o.Slices, o.listed(isList, kind, namespace))
	case "NetworkPolicy":
		return decode(doc, isList, &o.Policies, o.listed(isList, kind, namespace))
	case "Namespace":
		return decode(doc, isList, &o.Namespaces, o.listed(isList, kind, ""))
	case "Pod":
		return decode(doc, isList, &o.Pods, o.listed(isList, kind, namespace))
	}
	return nil
}

// listed notes that all objects of a kind in a namespace are there.
func (o *Objects) listed(isList bool, kind, namespace string) func() {
	return func() {
		if isList {
			o.gathered[kind+" "+namespace] = true
		}
	}
}

// decode appends the objects of a document, and calls done.
func decode[T any](doc yaml.Document, isList bool, to *[]T, done func()) error {
	if !isList {
		var one T
		if err := doc.Decode(&one); err != nil {
			return err
		}
		*to = append(*to, one)
		return nil
	}
	var list struct {
		Items []T `yaml:"items"`
	}
	if err := doc.Decode(&list); err != nil {
		return err
	}
	*to = append(*to, list.Items...)
	done()
	return nil
}

// complete reports whether all objects of a kind in a namespace were gathered.
func (o *Objects) complete(kind, namespace string) bool { return o.gathered[kind+" "+namespace] }

// PolicyNames returns the network policies, as NAMESPACE/NAME.
func (o *Objects) PolicyNames() (out []string) {
	for i := range o.Policies {
		out = append(out, o.Policies[i].String())
	}
	return out
}

// PortName returns the name of a service's port, "" if it has none.
func (o *Objects) PortName(service, proto string, port int) string {
	for i := range o.Services {
		for _, p := range o.Services[i].Spec.Ports {
			if o.Services[i].String() == service && p.Port == port && strings.EqualFold(orTCP(p.Protocol), proto) {
				return p.Name
			}
		}
	}
	return ""
}

// Len returns how many objects there are.
func (o *Objects) Len() int {
	return len(o.Services) + len(o.Slices) + len(o.Policies) + len(o.Pods)
}

// settle sorts and removes duplicates, such as a pod in a file of its own and in a list.
func (o *Objects) settle() {
	o.Services = unique(o.Services, func(x Service) string { return x.String() })
	o.Slices = unique(o.Slices, func(x EndpointSlice) string { return x.String() })
	o.Policies = unique(o.Policies, func(x NetworkPolicy) string { return x.String() })
	o.Pods = unique(o.Pods, func(x Pod) string { return x.String() })
	o.Namespaces = unique(o.Namespaces, func(x Namespace) string { return x.Name })
}

func unique[T any](list []T, name func(T) string) []T {
	slices.SortStableFunc(list, func(a, b T) int { return strings.Compare(name(a), name(b)) })
	return slices.CompactFunc(list, func(a, b T) bool { return name(a) == name(b) })
}

// endpoint is an address with a port, as load balancers write it.
func endpoint(ip string, port int) string {
	if strings.Contains(ip, ":") {
		return fmt.Sprintf("[%s]:%d", ip, port)
	}
	return fmt.Sprintf("%s:%d", ip, port)
}
