package kube

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// allowed is matches of the traffic that a policy allows. If objects were not gathered, or a rule names
// a port, the traffic that is certainly allowed differs from the traffic that may be.
type allowed struct {
	sure, maybe []string
}

func (a *allowed) both(match string) {
	a.sure, a.maybe = append(a.sure, match), append(a.maybe, match)
}

// direction is one of a policy's two.
type direction struct {
	word, acl string
	end       string // of the packet that is the peer's
	rules     []PolicyRule
	peers     func(*PolicyRule) []Peer
}

// directions returns the directions that a policy restricts.
func (p *NetworkPolicy) directions() (out []direction) {
	types := p.Spec.PolicyTypes
	if len(types) == 0 { // networking.k8s.io/v1
		types = []string{"Ingress"}
		if len(p.Spec.Egress) > 0 {
			types = append(types, "Egress")
		}
	}
	if slices.Contains(types, "Ingress") {
		out = append(out, direction{"ingress", "to-lport", "src", p.Spec.Ingress, func(r *PolicyRule) []Peer { return r.From }})
	}
	if slices.Contains(types, "Egress") {
		out = append(out, direction{"egress", "from-lport", "dst", p.Spec.Egress, func(r *PolicyRule) []Peer { return r.To }})
	}
	return out
}

// allows returns the traffic of a family, ip4 or ip6, that a direction of a policy allows.
func (o *Objects) allows(namespace string, d *direction, family string) (out allowed) {
	for i := range d.rules {
		r := &d.rules[i]
		peers, ports := o.peersMatch(namespace, d.peers(r), family, family+"."+d.end), portsMatch(r.Ports)
		for _, x := range []struct {
			of          *[]string
			peer, ports []string
		}{{&out.sure, peers.sure, ports.sure}, {&out.maybe, peers.maybe, ports.maybe}} {
			if len(x.peer) > 0 && len(x.ports) > 0 {
				*x.of = append(*x.of, "("+strings.Join(x.peer, " || ")+") && ("+strings.Join(x.ports, " || ")+")")
			}
		}
	}
	return out
}

// portsMatch returns the matches of ports.
func portsMatch(ports []PolicyPort) (out allowed) {
	if len(ports) == 0 {
		out.both("ip")
	}
	for _, p := range ports {
		proto := strings.ToLower(orTCP(p.Protocol))
		number, isNumber := numberOf(p.Port)
		switch {
		case p.Port == nil:
			out.both(proto)
		case !isNumber: // named ports are those of each pod's containers
			out.maybe = append(out.maybe, proto)
		case p.EndPort > number:
			out.both(fmt.Sprintf("%d <= %s.dst <= %d", number, proto, p.EndPort))
		default:
			out.both(fmt.Sprintf("%s.dst == %d", proto, number))
		}
	}
	return out
}

// numberOf returns a port that is a number.
func numberOf(v any) (int, bool) {
	n, err := strconv.Atoi(fmt.Sprint(v))
	return n, err == nil && v != nil
}

// peersMatch returns the matches of peers, for a field of an address.
func (o *Objects) peersMatch(namespace string, peers []Peer, family, field string) (out allowed) {
	if len(peers) == 0 {
		out.both(family)
	}
	for i := range peers {
		p := &peers[i]
		if p.IPBlock != nil {
			if match := blockMatch(family, field, p.IPBlock.CIDR, p.IPBlock.Except); match != "" {
				out.both(match)
			}
			continue
		}
		s := o.selection(namespace, p)
		if sure := ofFamily(s.in, family); len(sure) > 0 {
			out.sure = append(out.sure, field+" == "+setOf(sure))
		}
		switch outside := ofFamily(s.out, family); {
		case s.open && len(outside) > 0:
			out.maybe = append(out.maybe, field+" != "+setOf(outside))
		case s.open:
			out.maybe = append(out.maybe, family)
		default:
			if maybe := ofFamily(slices.Concat(s.in, s.perhaps), family); len(maybe) > 0 {
				out.maybe = append(out.maybe, field+" == "+setOf(maybe))
			}
		}
	}
	return out
}

// blockMatch returns the match of a block of addresses, "" for one of the other family.
func blockMatch(family, field, cidr string, except []string) string {
	block, err := netip.ParsePrefix(cidr)
	if err != nil || block.Addr().Is4() != (family == "ip4") {
		return ""
	}
	match := field + " == " + block.Masked().String()
	var without []string
	for _, text := range except {
		if e, err := netip.ParsePrefix(text); err == nil && e.Addr().Is4() == block.Addr().Is4() {
			without = append(without, e.Masked().String())
		}
	}
	if len(without) > 0 {
		match = "(" + match + " && " + field + " != " + setOf(without) + ")"
	}
	return match
}

// selection is the pods that a peer selects.
type selection struct {
	in      []string // addresses of pods that are selected
	perhaps []string // of pods that do not run yet or whose namespace has unknown labels, and of services
	out     []string // of pods that are not selected
	open    bool     // pods that were not gathered may be selected too
}

// selection returns the pods that the selectors of a peer select.
func (o *Objects) selection(namespace string, p *Peer) (s selection) {
	in := map[string]tri{}
	of := func(name string) tri {
		if p.NamespaceSelector == nil {
			return truth(name == namespace)
		}
		if _, ok := in[name]; !ok {
			in[name] = o.selectsNamespace(p.NamespaceSelector, name)
		}
		return in[name]
	}
	for i := range o.Pods {
		pod := &o.Pods[i]
		ns, selected := of(pod.Namespace), p.PodSelector == nil || p.PodSelector.selects(pod.Labels)
		running := pod.addresses()
		switch {
		case ns == no || !selected:
			s.out = append(s.out, running...)
		case ns == yes:
			s.in = append(s.in, running...)
			s.perhaps = append(s.perhaps, pod.pending()...)
		default:
			s.perhaps = append(s.perhaps, slices.Concat(running, pod.pending())...)
		}
	}
	for i := range o.Services { // Kube-OVN lists them with their pods
		s.perhaps = append(s.perhaps, o.Services[i].addresses()...)
	}
	s.out = slices.DeleteFunc(s.out, func(ip string) bool { return slices.Contains(s.in, ip) || slices.Contains(s.perhaps, ip) })
	if p.NamespaceSelector == nil {
		s.open = !o.complete("Pod", namespace)
		return s
	}
	names, all := p.NamespaceSelector.namesOf()
	if !all {
		s.open = !o.complete("Namespace", "")
		for i := range o.Namespaces {
			names = append(names, o.Namespaces[i].Name)
		}
	}
	for _, name := range names {
		if of(name) != no && (!o.complete("Pod", name) || isHosts(name)) {
			s.open = true
		}
	}
	return s
}

// isHosts reports whether a namespace represents the hosts of all nodes, as in ovn-kubernetes
// (config.Kubernetes.HostNetworkNamespace).
func isHosts(namespace string) bool {
	return namespace == "ovn-host-network" || namespace == "openshift-host-network"
}

// tri is a truth that may be unknown.
type tri int

const (
	unknown tri = iota
	no
	yes
)

func truth(b bool) tri {
	if b {
		return yes
	}
	return no
}

// nameLabel is the label that every namespace has, with its name.
const nameLabel = "kubernetes.io/metadata.name"

// selectsNamespace reports whether a selector selects a namespace. The result is unknown if it depends on
// labels that were not gathered.
func (o *Objects) selectsNamespace(s *Selector, name string) tri {
	i := slices.IndexFunc(o.Namespaces, func(n Namespace) bool { return n.Name == name })
	labels := map[string]string{nameLabel: name}
	if i >= 0 {
		maps.Copy(labels, o.Namespaces[i].Labels)
		return truth(s.selects(labels))
	}
	for key := range s.MatchLabels {
		if key != nameLabel {
			return unknown
		}
	}
	for _, x := range s.MatchExpressions {
		if x.Key != nameLabel {
			return unknown
		}
	}
	return truth(s.selects(labels))
}

// namesOf returns the only namespaces that a selector can select; ok is false if it does not name them.
func (s *Selector) namesOf() (names []string, ok bool) {
	if name, ok := s.MatchLabels[nameLabel]; ok {
		return []string{name}, true
	}
	for _, x := range s.MatchExpressions {
		if x.Key == nameLabel && x.Operator == "In" {
			return x.Values, true
		}
	}
	return nil, false
}

// ofFamily returns the addresses of a family, sorted, each once.
func ofFamily(ips []string, family string) (out []string) {
	for _, ip := range ips {
		if a, err := netip.ParseAddr(ip); err == nil && a.Is4() == (family == "ip4") {
			out = append(out, a.String())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func setOf(members []string) string { return "{" + strings.Join(members, ", ") + "}" }
