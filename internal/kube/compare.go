package kube

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/names"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/bridge"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// Kind is the kind of a difference between an object and the rows that were made from it.
type Kind string

// The kinds.
const (
	Missing   Kind = "missing"   // nothing was made of the object
	Stale     Kind = "stale"     // there is no such object
	Different Kind = "different" // the rows have other contents
)

// Difference is one between an object and the databases.
type Difference struct {
	Kind    Kind
	Object  string // such as "service shop/web"
	Message string
	Packet  string // a microflow that shows it, "" for none
}

// Compare compares the objects with the databases of a zone: services and EndpointSlices with load
// balancers, network policies with port groups and ACLs, pods with the address sets of their namespaces.
func Compare(o *Objects, n *lflow.Network, north *ovsdb.Snapshot) []Difference {
	index := names.New(names.Zone{Network: n, North: north})
	c := &comparison{objects: o, network: n, north: north, index: index, resolver: address.NewResolver(n), pods: map[string]*lflow.Port{}, byPort: map[string]string{}}
	for _, e := range index.Entries() {
		if e.Kind == names.Pod && e.Port != nil && e.Port.Type == "" && len(e.Networks) == 0 || e.Kind == names.Pod && e.System == "Kube-OVN" {
			c.pods[e.Name], c.byPort[e.Port.Name] = e.Port, e.Name
		}
	}
	c.services()
	c.policies()
	c.namespaces()
	return c.out
}

type comparison struct {
	objects  *Objects
	network  *lflow.Network
	north    *ovsdb.Snapshot // nil for none
	index    *names.Index
	resolver *address.Resolver
	pods     map[string]*lflow.Port // of the zone, by NAMESPACE/NAME
	byPort   map[string]string      // the pods' names, by those of their ports
	sets     *packetset.Manager     // of what policies allow; nil before the first
	out      []Difference
}

func (c *comparison) add(kind Kind, object, packet, format string, args ...any) {
	c.out = append(c.out, Difference{kind, object, fmt.Sprintf(format, args...), packet})
}

// packet returns the microflow of a probe from a pod, or from any pod other than to, or "" if there is
// none.
func (c *comparison) packet(from, to, proto string) string {
	senders := []string{from}
	if from == "" {
		senders = nil
		for name := range c.pods {
			if name != to {
				senders = append(senders, name)
			}
		}
		slices.Sort(senders)
	}
	for _, name := range senders {
		port := c.pods[name]
		if port == nil {
			continue
		}
		dst := to
		if p := c.pods[to]; p != nil {
			dst = p.Name
		}
		if a, err := c.resolver.Resolve(address.Probe{From: port.Name, To: dst, Proto: proto}); err == nil {
			return a.Microflow
		}
	}
	return ""
}

// table returns a table, the northbound one if it is known.
func (c *comparison) table(name string) *ovsdb.Table {
	if c.north != nil {
		return c.north.Table(name)
	}
	return bridge.Snapshot(c.network).Table(name)
}

// services compares services with the virtual addresses of load balancers.
func (c *comparison) services() {
	t := c.table("Load_Balancer")
	if t.Len() == 0 {
		return // no load balancer of the release, or of the zone
	}
	vips := map[string][]string{} // backends by protocol and address
	column, _ := t.Col("vips")
	protocol, _ := t.Col("protocol")
	for r := range t.Rows() {
		proto := strings.ToLower(r.String(protocol))
		if proto == "" {
			proto = "tcp" // ovn-nb(5), Load_Balancer
		}
		for vip, backends := range r.Map(column) {
			key := proto + " " + vip
			vips[key] = append(vips[key], strings.FieldsFunc(backends, func(c rune) bool { return c == ',' || c == ' ' })...)
		}
	}
	for i := range c.objects.Services {
		s := &c.objects.Services[i]
		object := "service " + s.String()
		for _, ip := range s.addresses() {
			for _, p := range s.Spec.Ports {
				proto := strings.ToLower(orTCP(p.Protocol))
				at := endpoint(ip, p.Port)
				packet := c.packet("", at, proto)
				got, ok := vips[proto+" "+at]
				if !ok {
					c.add(Missing, object, packet, "no load balancer has %s %s", proto, at)
					continue
				}
				if c.objects.complete("EndpointSlice", s.Namespace) {
					c.backends(object, proto+" "+at, packet, c.objects.endpoints(s, &p, ip), got)
				}
			}
		}
	}
	for _, e := range c.index.Entries() {
		if e.Kind != names.Service || e.System != "ovn-kubernetes" {
			continue
		}
		ns, _, _ := strings.Cut(e.Name, "/")
		if c.objects.complete("Service", ns) && !slices.ContainsFunc(c.objects.Services, func(s Service) bool { return s.String() == e.Name }) && !c.reported(Stale, "service "+e.Name) {
			c.add(Stale, "service "+e.Name, c.packet("", firstKey(e.Row), ""), "load balancer %s is of a service that does not exist", names.RowName(e.Row))
		}
	}
}

func (c *comparison) reported(kind Kind, object string) bool {
	return slices.ContainsFunc(c.out, func(d Difference) bool { return d.Kind == kind && d.Object == object })
}

// firstKey returns the first virtual address of a load balancer.
func firstKey(r ovsdb.Row) string {
	for vip := range r.Map(r.Col("vips")) {
		return vip
	}
	return ""
}

func orTCP(protocol string) string {
	if protocol == "" {
		return "TCP"
	}
	return protocol
}

// endpoints returns the ready endpoints of a service's port, of the family of an address.
func (o *Objects) endpoints(s *Service, p *ServicePort, ip string) (out []string) {
	for i := range o.Slices {
		x := &o.Slices[i]
		if x.Namespace != s.Namespace || x.Labels[serviceLabel] != s.Name {
			continue
		}
		for _, port := range x.Ports {
			if port.Name != p.Name || orTCP(port.Protocol) != orTCP(p.Protocol) {
				continue
			}
			for _, e := range x.Endpoints {
				if e.Conditions.Ready != nil && !*e.Conditions.Ready {
					continue
				}
				for _, a := range e.Addresses {
					if strings.Contains(a, ":") == strings.Contains(ip, ":") {
						out = append(out, endpoint(a, port.Port))
					}
				}
			}
		}
	}
	return out
}

// backends compares the endpoints of a service with the backends of its address.
func (c *comparison) backends(object, at, packet string, want, got []string) {
	var parts []string
	if lacks := without(want, got); len(lacks) > 0 {
		parts = append(parts, "lacks "+strings.Join(lacks, ", "))
	}
	if more := without(got, want); len(more) > 0 {
		parts = append(parts, "has "+strings.Join(more, ", ")+", which no EndpointSlice has as ready")
	}
	if len(parts) > 0 {
		c.add(Different, object, packet, "the load balancer of %s %s", at, strings.Join(parts, " and "))
	}
}

// without returns the members of a list that another lacks, sorted, each once.
func without(list, other []string) (out []string) {
	for _, s := range list {
		if !slices.Contains(other, s) {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// policies compares network policies with port groups and their ACLs.
func (c *comparison) policies() {
	groups := map[string]ovsdb.Row{}
	t := c.table("Port_Group")
	members := map[string][]string{}
	for r := range t.Rows() {
		name := names.RowName(r)
		groups[name] = r
		members[name] = append(members[name], c.ports(r)...)
	}
	known := map[string]bool{}
	for i := range c.objects.Policies {
		p := &c.objects.Policies[i]
		object := "NetworkPolicy " + p.String()
		selected := c.selected(p)
		name := ""
		for _, candidate := range names.PolicyGroups(p.Namespace, p.Name) {
			if _, ok := groups[candidate]; ok {
				name = candidate
			}
		}
		known[name] = true
		if name == "" {
			if len(selected) > 0 {
				c.add(Missing, object, c.packet("", selected[0], "icmp"), "no port group is made from it, though it selects %s", strings.Join(selected, ", "))
			}
			continue
		}
		var want []string
		for _, pod := range selected {
			want = append(want, c.pods[pod].Name)
		}
		if c.objects.complete("Pod", p.Namespace) {
			if lacks := without(want, members[name]); len(lacks) > 0 {
				c.add(Different, object, c.packet("", c.podOf(lacks[0]), "icmp"), "its port group %s lacks %s", name, strings.Join(lacks, ", "))
			}
			if more := without(members[name], want); len(more) > 0 {
				c.add(Different, object, c.packet("", c.podOf(more[0]), "icmp"), "its port group %s has %s, which it does not select", name, strings.Join(more, ", "))
			}
		}
		if c.north != nil {
			c.rules(object, p, groups[name], members[name])
		}
	}
	for _, e := range c.index.Entries() {
		ns, _, ok := strings.Cut(e.Name, "/")
		if e.Kind != names.Policy || !ok || e.Row.Table().Name() != "Port_Group" || !strings.HasPrefix(e.Title, "NetworkPolicy ") || !c.objects.complete("NetworkPolicy", ns) {
			continue
		}
		if name := names.RowName(e.Row); !known[name] && !c.reported(Stale, e.Title) {
			packet := ""
			if ports := members[name]; len(ports) > 0 {
				packet = c.packet("", c.podOf(ports[0]), "icmp")
			}
			c.add(Stale, e.Title, packet, "port group %s is of a policy that does not exist", name)
		}
	}
}

// ports returns the logical ports of a port group of either database.
func (c *comparison) ports(r ovsdb.Row) []string {
	column, _ := r.Table().Col("ports")
	if c.north == nil {
		return r.Strings(column)
	}
	var out []string
	for _, u := range r.Refs(column) {
		if p, ok := c.north.Table("Logical_Switch_Port").Get(u); ok {
			out = append(out, names.RowName(p))
		}
	}
	return out
}

// selected returns the pods of the zone that a policy selects.
func (c *comparison) selected(p *NetworkPolicy) (out []string) {
	for i := range c.objects.Pods {
		pod := &c.objects.Pods[i]
		if pod.Namespace == p.Namespace && c.pods[pod.String()] != nil && len(pod.addresses()) > 0 && p.Spec.PodSelector.selects(pod.Labels) {
			out = append(out, pod.String())
		}
	}
	return out
}

// podOf returns the pod of a logical port, or the port's own name.
func (c *comparison) podOf(port string) string {
	if name, ok := c.byPort[port]; ok {
		return name
	}
	return port
}

// namespaces compares pods with the address sets of their namespaces, if there are any.
func (c *comparison) namespaces() {
	for _, e := range c.index.Entries() {
		if e.Kind != names.Addresses || e.System != "ovn-kubernetes" || !strings.HasPrefix(e.Title, "addresses of namespace ") || !c.objects.complete("Pod", e.Name) {
			continue
		}
		if c.north != nil && e.Row.Table() != c.north.Table("Address_Set") {
			continue // the same in the other database
		}
		got := e.Row.Strings(e.Row.Col("addresses"))
		v6 := slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, ":") })
		owners := map[string]string{}
		var want []string
		for i := range c.objects.Pods {
			p := &c.objects.Pods[i]
			for _, ip := range p.addresses() {
				if p.Namespace == e.Name && strings.Contains(ip, ":") == v6 {
					want = append(want, ip)
					owners[ip] = p.String()
				}
			}
		}
		object := "namespace " + e.Name
		for _, ip := range without(want, got) {
			c.add(Different, object, c.packetFrom(owners[ip]), "its address set %s lacks %s of pod %s", names.RowName(e.Row), ip, owners[ip])
		}
		for _, ip := range without(got, want) {
			c.add(Stale, object, "", "its address set %s has %s, which no pod of it has", names.RowName(e.Row), ip)
		}
	}
}

// packetFrom returns the microflow of a packet from a pod to another of the zone.
func (c *comparison) packetFrom(pod string) string {
	var others []string
	for name := range c.pods {
		if name != pod {
			others = append(others, name)
		}
	}
	slices.Sort(others)
	for _, to := range others {
		if m := c.packet(pod, to, "tcp:80"); m != "" {
			return m
		}
	}
	return ""
}
