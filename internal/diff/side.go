package diff

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/mmapfault"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// side is one of two networks that are compared, with what comparisons need of it.  Each
// is found once.
type side struct {
	*lflow.Network
	o        Options
	resolver *address.Resolver
	ports    func() portCounts // destination ports that flows name
	external func() []string   // addresses that are translated
	says     func() []uint64   // digests of flows, by the numbers of their rows

	mu    sync.Mutex
	ahead map[string]func() *packetResult // outcomes of packets, by their keys
}

// newSide returns a side.  Earlier is the other network's, or nil: rows that both have in
// common are read once.
func newSide(n *lflow.Network, o Options, earlier *side) *side {
	if earlier != nil {
		o.Across[0] = o.Across[1] // a side's is the first
	}
	return &side{
		Network: n, o: o, resolver: address.NewResolver(n), ahead: map[string]func() *packetResult{},
		ports:    sync.OnceValue(func() portCounts { return namedPorts(n) }),
		external: sync.OnceValue(func() []string { return external(n) }),
		says:     sync.OnceValue(func() []uint64 { return digests(n, earlier) }),
	}
}

// send returns the outcome of a packet.
func (s *side) send(p Packet) *packetResult {
	s.mu.Lock()
	result := s.ahead[p.key()]
	s.mu.Unlock()
	if result != nil {
		return result()
	}
	return send(s.Network, p, s.o)
}

// sendAhead sends packets, in order, before send is called for them.
func (s *side) sendAhead(ctx context.Context, packets []Packet) {
	results := make([]func() *packetResult, len(packets))
	s.mu.Lock()
	for i, p := range packets {
		results[i] = sync.OnceValue(func() *packetResult { return send(s.Network, p, s.o) })
		s.ahead[p.key()] = results[i]
	}
	s.mu.Unlock()
	mmapfault.Each(1, len(results), func(i int) {
		if ctx.Err() == nil {
			results[i]()
		}
	})
}

// Pair is two networks to be compared.
type Pair struct {
	sides [2]*side
	flows func() []*change
	alike func() *alike
}

// NewPair returns two networks to be compared.
func NewPair(before, after *lflow.Network, o Options) *Pair {
	return newPair(newSide(before, o, nil), after)
}

// Options returns how packets are sent.
func (p *Pair) Options() Options { return p.sides[0].o }

// Networks returns both networks.
func (p *Pair) Networks() [2]*lflow.Network {
	return [2]*lflow.Network{p.sides[0].Network, p.sides[1].Network}
}

func newPair(before *side, after *lflow.Network) *Pair {
	p := &Pair{sides: [2]*side{before, newSide(after, before.o, before)}}
	p.flows = sync.OnceValue(func() []*change { return compareFlows(p.sides) })
	p.alike = sync.OnceValue(p.findAlike)
	return p
}

// Base is a network with which another one is compared that is not there yet.  Until it
// is stopped, it finds in the background what will be needed, on one processor.
type Base struct {
	side    *side
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
	planned atomic.Pointer[[]Packet]
}

// NewBase returns a network that another one is compared with later.
func NewBase(n *lflow.Network, o Options) *Base {
	b := &Base{side: newSide(n, o, nil)}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	return b
}

// Network returns the network.
func (b *Base) Network() *lflow.Network { return b.side.Network }

// Stop ends what runs in the background.  The networks may be closed then.
func (b *Base) Stop() {
	b.cancel()
	b.running.Wait()
}

// Prepare begins to read the network's flows, and to send packets through it where at
// most limit are to be sent, 0 for none.
func (b *Base) Prepare(limit int) {
	b.run(func() {
		b.side.says()
		if limit == 0 {
			return
		}
		// Packets are planned as if the other network were the same.
		plan, err := (&Pair{sides: [2]*side{b.side, b.side}}).allPairs(b.ctx, min(limit, settledPairs), 1)
		if err != nil {
			return
		}
		b.planned.Store(&plan.Packets)
		b.side.sendAhead(b.ctx, plan.Packets)
	})
}

// With returns the network and the one that it is compared with, and begins to send the
// packets that are planned through that one, where something else may become of them.
func (b *Base) With(after *lflow.Network) *Pair {
	p := newPair(b.side, after)
	if planned := b.planned.Load(); planned != nil {
		b.run(func() {
			alike := p.alike()
			p.sides[1].sendAhead(b.ctx, slices.DeleteFunc(slices.Clone(*planned), func(packet Packet) bool {
				return b.ctx.Err() != nil || alike.carries(b.side.send(packet))
			}))
			p.sides[1].ports()
			p.sides[1].external()
		})
	}
	return p
}

// run runs a function in the background. If the file of a network is truncated meanwhile, every user
// of the result gets the fault.
func (b *Base) run(f func()) {
	b.running.Go(func() { mmapfault.Run(f) })
}
