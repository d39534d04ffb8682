package address

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/names"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/bridge"
	"github.com/ovnwalk/ovnwalk/internal/ovstext"
)

// balancer is one virtual address of a load balancer.
type balancer struct {
	addr    netip.Addr
	port    uint16 // 0 for every port
	proto   string // tcp, udp or sctp
	cluster bool   // of the whole cluster, not of a node
	service *names.Entry
}

// text returns the address of a service as candidates list it.
func (v balancer) text() string {
	at := v.addr.String()
	if v.port != 0 {
		at = netip.AddrPortFrom(v.addr, v.port).String()
	}
	return fmt.Sprintf("svc:%s (%s %s)", v.service.Name, v.proto, at)
}

// vipsOf returns the virtual addresses of a row of Load_Balancer, in the order of the
// source.
func vipsOf(r ovsdb.Row, service *names.Entry) (out []balancer) {
	t := r.Table()
	vips, _ := t.Col("vips")
	protocol, _ := t.Col("protocol")
	name, _ := t.Col("name")
	proto := r.String(protocol)
	if proto == "" {
		proto = "tcp" // ovn-nb(5), Load_Balancer
	}
	for key := range r.Map(vips) {
		at, err := ovstext.ParseTarget(key)
		if err != nil {
			continue // a template, which each chassis fills in
		}
		out = append(out, balancer{at.Addr, at.Port, proto, strings.HasSuffix(r.String(name), "_cluster"), service})
	}
	return out
}

// services returns the virtual addresses of the service that a name fits.
func (b *Resolver) services(n names.Name) (out []balancer) {
	if n.Kind != "" && n.Kind != names.Service {
		return nil
	}
	for _, e := range b.names.Called(n, func(k names.Kind) bool { return k == names.Service }) {
		if e.Row.Table().Name() == "Load_Balancer" {
			out = append(out, vipsOf(e.Row, e)...)
		}
	}
	return out
}

// protoOf returns the protocol of the load balancer with an address and a port, or tcp if there is none.
func (b *Resolver) protoOf(at netip.AddrPort) string {
	t := bridge.Snapshot(b.n).Table("Load_Balancer")
	for r := range t.Rows() {
		for _, v := range vipsOf(r, nil) {
			if v.addr == at.Addr() && v.port == at.Port() {
				return v.proto
			}
		}
	}
	return "tcp"
}

// toService makes a service the destination of a probe: the address that the service
// has in the whole cluster, and its port.
func (b *Resolver) toService(p Probe, n names.Name, all []balancer) (Probe, error) {
	services := uniqueTexts(all, func(v balancer) string { return v.service.Name + "@" + strings.Join(v.service.Networks, ",") })
	if len(services) > 1 {
		return p, &AmbiguousError{Kind: "service", Name: p.To, Give: "one of", Candidates: services}
	}
	ofPort := all
	if n.Port != "" {
		ofPort = slices.DeleteFunc(slices.Clone(all), func(v balancer) bool { return strconv.Itoa(int(v.port)) != n.Port })
	} else if word, rest, has := strings.Cut(p.Proto, ":"); has {
		dst, _, _ := strings.Cut(rest, ":")
		if same := slices.DeleteFunc(slices.Clone(all), func(v balancer) bool { return v.proto != word || strconv.Itoa(int(v.port)) != dst }); len(same) > 0 {
			ofPort = same
		}
	}
	ports := uniqueTexts(all, func(v balancer) string { return fmt.Sprintf("%s:%d", v.proto, v.port) })
	if len(ofPort) == 0 {
		return p, &Error{fmt.Sprintf("service %s has no port %s; it has %s", n.Name, n.Port, strings.Join(ports, ", "))}
	}
	if slices.ContainsFunc(ofPort, func(v balancer) bool { return v.cluster }) {
		ofPort = slices.DeleteFunc(slices.Clone(ofPort), func(v balancer) bool { return !v.cluster })
	}
	addresses := uniqueTexts(ofPort, func(v balancer) string {
		if v.addr.Is4() != ofPort[0].addr.Is4() {
			return "" // IPv4 comes first, and is preferred
		}
		return v.addr.String()
	})
	if len(addresses) > 1 {
		return p, &AmbiguousError{Kind: "service", Name: p.To, Give: "one of its addresses, with its port", Candidates: addresses}
	}
	p.To = addresses[0]
	_, _, hasPort := strings.Cut(p.Proto, ":")
	switch numbers := uniqueTexts(ofPort, func(v balancer) string { return fmt.Sprintf("%s:%d", v.proto, v.port) }); {
	case n.Port == "" && hasPort:
		return p, nil
	case len(numbers) > 1:
		return p, &Error{fmt.Sprintf("service %s has several ports: give one as svc:%s:PORT: %s", n.Name, n.Name, strings.Join(numbers, ", "))}
	case ofPort[0].port == 0:
		return p, nil
	}
	var err error
	p.Proto, err = withPort(p.Proto, ofPort[0].proto, ofPort[0].port)
	return p, err
}

// uniqueTexts returns the results of a function, sorted, without duplicates and "".
func uniqueTexts[T any](all []T, text func(T) string) (out []string) {
	for _, x := range all {
		if s := text(x); s != "" {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
