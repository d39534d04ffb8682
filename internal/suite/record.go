package suite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/progress"
	"github.com/ovnwalk/ovnwalk/internal/report"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// Recording describes what to record.
type Recording struct {
	DB      string // the name that the suite has for the database
	Release string
	Chassis string

	// From and To are names of ports, patterns of names as path.Match takes
	// them, and port groups with an @ before them; To takes IP addresses too.
	// Without any, all ports count that belong to systems with addresses.
	From, To []string

	Protos []string // as address.ParseProto takes them; without any, "icmp"
	CT     []string // conntrack states that packets meet
	CTNew  *bool    // as Inputs has it
	Reply  bool     // record the outcome of answers too

	// Connections records what comes of the connections that packets open, over all
	// chassis; HostsAnswer is as Inputs has it.
	Connections, HostsAnswer bool

	Limit int // how many packets at most; 0 for DefaultLimit
}

// DefaultLimit is how many packets a recording walks at most unless a limit is given.
const DefaultLimit = 20_000

// ErrLimit is the error for a recording of more packets than its limit.
var ErrLimit = errors.New("too many packets to record")

// Record writes a suite with the current outcome of packets or connections between the ports of all
// zones. Tests of one sender and protocol with the same outcome are merged. Notes list the pairs that
// were omitted because no packet between them can be constructed.
func Record(ctx context.Context, zones *Zones, r Recording) (text []byte, notes []string, err error) {
	rec := &recorder{Recording: r}
	for _, n := range zones.Networks {
		rec.resolvers = append(rec.resolvers, address.NewResolver(n))
	}
	rec.net = &network{Resolver: rec.resolvers[0], zones: zones}
	if !r.Connections {
		rec.net.view(rec.resolvers)
	} else {
		if rec.net.cluster, err = cluster.New(zones.Networks, cluster.Options{}); err != nil {
			return nil, nil, err
		}
	}
	if len(r.Protos) == 0 {
		rec.Protos = []string{"icmp"}
	}
	if rec.Protos, err = address.ExpandProtos(strings.Join(rec.Protos, ",")); err != nil {
		return nil, nil, err
	}
	for _, s := range r.CT {
		state, err := sim.ParseCTState(s)
		if err != nil {
			return nil, nil, err
		}
		rec.states = append(rec.states, state)
	}
	from, err := rec.ends(r.From, false)
	if err != nil {
		return nil, nil, err
	}
	to, err := rec.ends(r.To, true)
	if err != nil {
		return nil, nil, err
	}
	limit := r.Limit
	if limit <= 0 {
		limit = DefaultLimit
	}
	if n := len(from) * len(to) * len(rec.Protos); n > limit {
		return nil, nil, fmt.Errorf("%w: %s, %s and %s make %d, and the limit is %d: choose ports with --from and --to, or raise --limit",
			ErrLimit, report.Count(len(from), "sender"), report.Count(len(to), "destination"), report.Count(len(rec.Protos), "protocol"), n, limit)
	}
	progress.Add(ctx, 0, len(from)*len(to)*len(rec.Protos))
	for _, f := range from {
		for _, proto := range rec.Protos {
			for _, t := range to {
				if err := context.Cause(ctx); err != nil {
					return nil, nil, err
				}
				if f.port != t.port {
					rec.pair(f, t, proto)
				}
				progress.Add(ctx, 1, 0)
			}
		}
	}
	if len(rec.tests) == 0 {
		return nil, rec.notes, errors.New("there is nothing to record: no packet between two ports can be made out")
	}
	return rec.text(), rec.notes, nil
}

// recorder is a recording under way.
type recorder struct {
	Recording
	resolvers []*address.Resolver // of each zone
	net       *network
	states    []uint64
	tests     []*recordedTest
	notes     []string
}

// recordedTest is a test: packets of one sender and protocol that end alike.
type recordedTest struct {
	from, proto, via string
	to               []string
	expect           string // the lines under expect
	ends             string // in a word
}

// isPort reports whether a name is that of a port.
func (r *recorder) isPort(name string) bool {
	err := r.inAny(func(resolver *address.Resolver) error {
		_, err := resolver.Port(name)
		return err
	})
	return err == nil
}

// ends returns the ports and addresses for names and patterns.
func (r *recorder) ends(names []string, addresses bool) (out []endpointName, err error) {
	add := func(p *lflow.Port) {
		if !slices.ContainsFunc(out, func(o endpointName) bool { return o.port == p }) {
			out = append(out, endpointName{text{Value: r.name(p)}, p})
		}
	}
	var systems []*lflow.Port // all ports, datapath by datapath
	for _, resolver := range r.resolvers {
		for _, d := range resolver.Network().Datapaths {
			for _, p := range resolver.VIFs(d) {
				if len(resolver.Hosts(p)) > 0 {
					systems = append(systems, p)
				}
			}
		}
	}
	slices.SortStableFunc(systems, func(a, b *lflow.Port) int { return strings.Compare(a.Datapath.Name, b.Datapath.Name) })
	if len(names) == 0 {
		for _, p := range systems {
			add(p)
		}
	}
	var split []string
	for _, name := range names {
		split = append(split, address.SplitNames(name, r.isPort)...)
	}
	for _, name := range split {
		switch {
		case strings.HasPrefix(name, "@"):
			err := r.inAny(func(resolver *address.Resolver) error {
				ports, err := resolver.Group(name[1:])
				for _, p := range ports {
					add(p)
				}
				return err
			})
			if err != nil {
				return nil, err
			}
		case strings.ContainsAny(name, "*?["):
			before := len(out)
			for _, p := range systems {
				for _, known := range []string{p.Name, p.Name2} {
					if ok, err := path.Match(name, known); err != nil {
						return nil, fmt.Errorf("%s: %w", name, err)
					} else if ok {
						add(p)
					}
				}
			}
			if len(out) == before {
				return nil, fmt.Errorf("no port's name fits %s", name)
			}
		case addresses && (isAddress(name) || slices.ContainsFunc(r.resolvers, func(resolver *address.Resolver) bool { return resolver.IsService(name) })):
			out = append(out, endpointName{text: text{Value: name}})
		default:
			err := r.inAny(func(resolver *address.Resolver) error {
				p, err := resolver.Port(name)
				if err == nil {
					add(p)
				}
				return err
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// inAny does something in each zone, and returns the first error if it fails in all.
func (r *recorder) inAny(do func(*address.Resolver) error) (first error) {
	done := false
	for _, resolver := range r.resolvers {
		err := do(resolver)
		done = done || err == nil
		first = cmp.Or(first, err)
	}
	if done {
		return nil
	}
	return first
}

// name returns the name that a suite has for a port: the one that people know, or that
// of the system's object, if that finds it.
func (r *recorder) name(p *lflow.Port) string {
	resolver := r.net.Resolver
	if i := slices.IndexFunc(r.resolvers, func(b *address.Resolver) bool { return b.Network() == p.Datapath.Network() }); i > 0 {
		resolver = r.resolvers[i]
	}
	if found, _ := resolver.Network().FindPort(p.Name2); found == p {
		return p.Name2
	}
	if o, ok := resolver.Names().OfPort(p); ok && o.Kind.IsEnd() {
		if found, _ := resolver.Port(o.Short()); found == p {
			return o.Short()
		}
	}
	return p.Name
}

// pair records the packets from one port to another: by each router, where
// several lead there.
func (r *recorder) pair(from, to endpointName, proto string) {
	vias := []string{""}
	for i := 0; i < len(vias); i++ {
		k := &testCase{test: &Test{Inputs: Inputs{Via: text{Value: vias[i]}, CTNew: r.CTNew}}, from: from, to: to, proto: text{Value: proto}, ct: states{list: r.states}}
		if r.Connections {
			k.test.HostsAnswer = &r.HostsAnswer
		}
		outcome, err := r.record(k)
		var several *address.RouterChoiceError
		switch {
		case errors.As(err, &several):
			vias = several.Ports
			i = -1
		case err != nil:
			r.notes = append(r.notes, fmt.Sprintf("left out %s to %s, %s: %v", from.Value, to.Value, proto, err))
		default:
			r.file(outcome, k)
		}
	}
}

// recorded is the outcome of a packet, or of its connection: the lines under expect,
// and a word.
type recorded struct{ expect, ends string }

// record walks a packet, or the connection that it opens.
func (r *recorder) record(k *testCase) (out recorded, err error) {
	if r.Connections {
		c, err := r.net.connect(k, nil)
		if err == nil {
			out = recordedConnection(c)
		}
		return out, err
	}
	w, err := r.net.send(k, nil)
	if err == nil {
		out.expect, out.ends = r.expectation(w, k)
	}
	return out, err
}

// file adds a packet to the test that it belongs to.
func (r *recorder) file(o recorded, k *testCase) {
	expect, ends := o.expect, o.ends
	for _, t := range r.tests {
		if t.from == k.from.Value && t.proto == k.proto.Value && t.via == k.test.Via.Value && t.expect == expect {
			t.to = append(t.to, k.to.Value)
			return
		}
	}
	r.tests = append(r.tests, &recordedTest{k.from.Value, k.proto.Value, k.test.Via.Value, []string{k.to.Value}, expect, ends})
}

// expectation returns the outcome of a packet as the lines under expect, and in
// a word.
func (r *recorder) expectation(w *walk, k *testCase) (lines, ends string) {
	var b strings.Builder
	var words []string
	line := func(key, value string) { fmt.Fprintf(&b, "      %s: %s\n", key, value) }
	if found := w.ended(verdict.OutcomeDelivered); len(found) > 0 {
		var ports []string
		for _, d := range found {
			p := r.net.port(d)
			switch {
			case p == nil:
				ports = append(ports, d.Port.DisplayName(true))
			case p == k.to.port:
				ports = append(ports, "$to")
			default:
				ports = append(ports, r.name(p))
			}
		}
		slices.Sort(ports)
		line("delivered", list(slices.Compact(ports)))
		words = append(words, "delivered")
		if len(found) == 1 {
			rewrites(&b, &w.trace.Packet, &found[0].Packet)
		}
	}
	for _, end := range otherEnds {
		var found []string
		for _, d := range end.find(w) {
			found = append(found, end.word(d))
		}
		if len(found) == 0 {
			continue
		}
		slices.Sort(found)
		line(end.key, list(slices.Compact(found)[:1]))
		words = append(words, end.key)
	}
	if len(words) == 0 {
		return "      delivered: false\n", "without end"
	}
	if r.Reply && len(w.ended(verdict.OutcomeDelivered)) == 1 {
		j := &checker{walk: w, testCase: k}
		if back := j.reply(&Reply{}, nil); back != nil {
			inner, _ := (&recorder{Recording: Recording{}, net: r.net}).expectation(back.walk, &testCase{test: k.test, from: k.to, to: k.from})
			b.WriteString("      reply:\n")
			for l := range strings.Lines(strings.ReplaceAll(inner, "$to", "$from")) {
				b.WriteString("  " + l)
			}
		}
	}
	return b.String(), strings.Join(words, " and ")
}

// natFields are the fields whose changes a recording has: those that NAT and
// load balancers change.
var natFields = []*packet.Field{
	packet.IPv4Src, packet.IPv4Dst, packet.IPv6Src, packet.IPv6Dst,
	packet.TCPSrc, packet.TCPDst, packet.UDPSrc, packet.UDPDst, packet.SCTPSrc, packet.SCTPDst,
}

func rewrites(b *strings.Builder, before, after *packet.Packet) {
	head := "      rewritten:\n"
	for _, f := range natFields {
		if after.Has(f) && before.Get(f) != after.Get(f) {
			fmt.Fprintf(b, "%s        %s: %s\n", head, f.Symbol, quote(f.Format(after.Get(f))))
			head = ""
		}
	}
}
