package reach

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"

	"github.com/ovnwalk/ovnwalk/internal/address"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// workspace is a manager for the walks of several datapaths, one after the other. The own values
// of the senders of a later datapath are renamed to those of the first one's, so that operations
// on sets that differ in these values only are in the manager's cache.
type workspace struct {
	m          *packetset.Manager
	first, now *senders
	shares     bool            // whether all own values are renamed
	mark       *packetset.Mark // after the first walk
	patterns   map[string]*pattern
}

// next prepares the workspace for the walks of other ports. Ports on the datapath of a
// destination share nothing: renaming the destination's values makes all sets differ.
func (w *workspace) next(resolver *address.Resolver, ports, to []*lflow.Port) {
	w.now = sendersOf(resolver, ports)
	apart := hasDestination(ports, to)
	if apart || w.first == nil || len(w.now.keys) != len(w.first.keys) {
		w.m.Reset()
		w.first, w.mark, w.patterns = w.now, nil, map[string]*pattern{}
	}
	if apart {
		w.first, w.shares = nil, false
		return
	}
	var list []packetset.Renaming
	list, w.shares = w.now.as(w.first)
	w.m.Next(list)
	if w.mark == nil && w.first != w.now {
		mark := w.m.Mark()
		w.mark = &mark
	}
	if w.mark != nil && 2*w.m.Size() > 3*w.mark.Nodes() { // most of the other nodes are not used again
		w.m.Release(*w.mark)
		maps.DeleteFunc(w.patterns, func(_ string, p *pattern) bool { return p.nodes > w.mark.Nodes() })
	}
}

// hasDestination reports whether ports are on the datapath of a destination.
func hasDestination(ports, to []*lflow.Port) bool {
	return slices.ContainsFunc(to, func(p *lflow.Port) bool { return p.Datapath == ports[0].Datapath })
}

// workspaces is a list of unused workspaces.
type workspaces struct {
	mu   sync.Mutex
	free []*workspace
}

func (w *workspaces) get() *workspace {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(w.free)
	if n == 0 {
		return &workspace{m: packetset.NewManager(0), patterns: map[string]*pattern{}}
	}
	one := w.free[n-1]
	w.free = w.free[:n-1]
	return one
}

func (w *workspaces) put(one *workspace) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.free = append(w.free, one)
}

// senders are the ports of a datapath, in the order of their Ethernet addresses, with the values
// that they and their router have: keys, Ethernet and IP addresses.
type senders struct {
	ports              []*lflow.Port
	keys, macs, v4, v6 []packet.Value
	kinds              string // the types of the ports, and the families of their addresses
}

func sendersOf(resolver *address.Resolver, ports []*lflow.Port) *senders {
	s := &senders{ports: slices.Clone(ports)}
	first := func(p *lflow.Port) (mac uint64) {
		for _, h := range resolver.Hosts(p) {
			return h.MAC
		}
		return 0
	}
	slices.SortStableFunc(s.ports, func(a, b *lflow.Port) int { return cmp.Compare(first(a), first(b)) })
	add := func(h address.Host) {
		s.kinds += "host "
		s.macs, s.v6 = append(s.macs, packet.Uint(h.MAC)), append(s.v6, packet.LinkLocal(h.MAC))
		for _, ip := range h.IPs {
			s.kinds += fmt.Sprint(familyOf(ip.Addr()), " ")
			if v := packet.FromAddr(ip.Addr()); ip.Addr().Is4() {
				s.v4 = append(s.v4, v)
			} else {
				s.v6 = append(s.v6, v)
			}
		}
	}
	for _, p := range s.ports {
		s.keys = append(s.keys, packet.Uint(p.Key))
		s.kinds += strconv.Quote(p.Type)
		for _, h := range resolver.Hosts(p) {
			add(h)
		}
	}
	if gate := resolver.Gateway(ports[0].Datapath); gate != nil {
		s.kinds += "router "
		add(address.Host{MAC: gate.MAC, IPs: gate.IPs})
	}
	return s
}

// as returns the renamings from the values of s to those of o, and whether they rename all of them.
func (s *senders) as(o *senders) (out []packetset.Renaming, whole bool) {
	whole = true
	add := func(from, to []packet.Value, width int, fields ...*packet.Field) {
		if len(from) != len(to) || !isEachOnce(from) || !isEachOnce(to) {
			whole = false
			return
		}
		for _, f := range fields {
			out = append(out, packetset.Renaming{Field: f, Width: width, From: from, To: to})
		}
	}
	add(s.keys, o.keys, 16, packet.Inport)
	add(s.macs, o.macs, 48, packet.EthSrc, packet.EthDst, packet.ARPSHA, packet.ARPTHA)
	add(s.v4, o.v4, 32, packet.IPv4Src, packet.IPv4Dst)
	add(s.v6, o.v6, 128, packet.IPv6Src, packet.IPv6Dst, packet.NDTarget)
	return out, whole
}

func isEachOnce(list []packet.Value) bool {
	seen := map[packet.Value]bool{}
	for _, v := range list {
		seen[v] = true
	}
	return len(seen) == len(list)
}
