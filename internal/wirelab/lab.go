package wirelab

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/lab"
)

// connectLimit is the time limit for a switch to connect a port.
const connectLimit = time.Minute

// A Lab is a logical network on running chassis, of one or several zones.
type Lab struct {
	zones   []*zone
	network *lab.Network // of all zones
	chassis []*chassis
	ends    []*end
	links   []*link
	alive   context.Context // canceled when a server ends
	ended   context.CancelCauseFunc

	mutex     sync.Mutex
	events    []event
	stations  map[station]*chassis // the sources of frames since Forget
	announced map[station]*chassis // the sources of frames that controllers sent on their own
	// hops counts the frames between chassis.
	hops atomic.Int64
}

// A chassis is a switch with its ovn-controller.
type chassis struct {
	*zone
	lab.Host
	dir, ip, mac       string
	underlay, physical *link
	vswitchd           *client
	deletions          string // a file that deletes what flows have learned, "" for none
}

// An end is the place of a host: behind a logical port on a chassis, or on the physical
// network. Frames to a nested container leave by its trunk.
type end struct {
	port    string   // empty for a host on the physical network
	chassis *chassis // nil for a host on the physical network
	vlan    int      // the tag of its frames, 0 for none
	trunk   string   // the port that carries the frames of a nested container
	sw      *lab.Switch
	addrs   []lab.Addr
	link    *link  // nil on the physical network; a child of a trunk has its parent's
	iface   string // the switch's port by which its frames enter
}

// An event is a frame that left the logical network.
type event struct {
	end     *end     // behind which port; nil for the physical network
	chassis *chassis // that sent it
	frame   []byte
}

// Start starts a network, which is given zone by zone, on chassis of its own, and waits
// until it has settled. The caller must call [Lab.Close].
func Start(ctx context.Context, zones ...*lab.Network) (*Lab, error) {
	if err := installed(); err != nil {
		return nil, err
	}
	l := &Lab{network: merged(zones), stations: map[station]*chassis{}, announced: map[station]*chassis{}}
	l.alive, l.ended = context.WithCancelCause(context.WithoutCancel(ctx))
	for _, n := range zones {
		plane, err := lab.Start(ctx)
		if err != nil {
			return nil, errors.Join(err, l.Close())
		}
		plane.Lenient = true
		l.zones = append(l.zones, &zone{ControlPlane: plane, network: n, sb: &client{path: plane.Path("sb.sock")}, nb: &client{path: plane.Path("nb.sock")}})
		context.AfterFunc(plane.Alive(), func() { l.ended(context.Cause(plane.Alive())) })
	}
	if err := l.raise(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("network %s: %w", l.network.Name, err), l.Close())
	}
	return l, nil
}

// raise starts the chassis, builds the network and attaches the ports.
func (l *Lab) raise(ctx context.Context) error {
	for _, z := range l.zones {
		if err := z.BuildNorthbound(ctx, z.network); err != nil {
			return err
		}
		for _, h := range z.network.Hosts {
			i := len(l.chassis) + 1
			l.chassis = append(l.chassis, &chassis{
				zone: z, Host: h, dir: fmt.Sprintf("c%d", i),
				ip: fmt.Sprintf("192.168.250.%d", i), mac: fmt.Sprintf("0e:fa:00:00:00:%02x", i),
			})
		}
	}
	if err := l.joinZones(ctx); err != nil {
		return err
	}
	for _, c := range l.chassis {
		if err := os.Mkdir(c.Path(c.dir), 0o700); err != nil {
			return err
		}
		if err := l.startSwitch(ctx, c); err != nil {
			return fmt.Errorf("chassis %s: %w", c.Name, err)
		}
	}
	if err := l.plug(ctx); err != nil {
		return err
	}
	if err := l.settle(ctx); err != nil {
		return fmt.Errorf("settling: %w", err)
	}
	return nil
}

// Close ends all processes and removes the files. It may be called twice.
func (l *Lab) Close() error {
	var err error
	for _, z := range l.zones {
		z.sb.close()
		z.nb.close()
		err = errors.Join(err, z.Close())
	}
	for _, c := range l.chassis {
		if c.vswitchd != nil {
			c.vswitchd.close()
		}
	}
	for _, k := range l.links {
		err = errors.Join(err, k.close())
	}
	l.ended(nil)
	l.zones, l.chassis, l.links = nil, nil, nil
	return err
}

// record records a frame that left the logical network.
func (l *Lab) record(e event) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if !noise(e.frame) {
		l.events = append(l.events, e)
	}
}

// taken returns the frames since the last call.
func (l *Lab) taken() []event {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	all := l.events
	l.events = nil
	return all
}

func (l *Lab) eventCount() int64 {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return int64(len(l.events))
}

// station is an Ethernet address on a VLAN of the physical network.
type station struct {
	mac  string
	vlan int
}

// forward returns the chassis to which the physical network sends a frame. Like a learning
// switch, it sends to the chassis that sent the last frame from the destination's address,
// to none if that frame came from outside, and to all others if there was no such frame.
// from is nil for a frame from outside.
func (l *Lab) forward(from *chassis, frame []byte) (to []*chassis) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	learned := l.stations
	if noise(frame) { // is sent at any time
		learned = l.announced
	}
	learned[station{macText(frame[6:12]), vlanOf(frame)}] = from
	dst := station{macText(frame[:6]), vlanOf(frame)}
	at, known := l.stations[dst]
	if !known {
		at, known = l.announced[dst]
	}
	for _, c := range l.chassis {
		if c != from && c.physical != nil && (!known || c == at) {
			to = append(to, c)
		}
	}
	return to
}

// send sends a frame into the network at an end. A frame from outside enters the chassis to
// which the physical network sends it.
func (l *Lab) send(from *end, frame []byte) error {
	if from.chassis != nil {
		return from.link.send(frame)
	}
	for _, c := range l.forward(nil, frame) {
		if err := c.physical.send(frame); err != nil {
			return err
		}
	}
	return nil
}

// carryUnderlay sends a frame from one chassis to the chassis that it is addressed to.
func (l *Lab) carryUnderlay(from *chassis, frame []byte) {
	if !monitors(frame) {
		l.hops.Add(1)
	}
	for _, c := range l.chassis {
		if c != from && c.underlay != nil && (frame[0]&1 == 1 || macText(frame[:6]) == c.mac) {
			_ = c.underlay.send(frame) // a failed chassis is detected elsewhere
		}
	}
}

// carryPhysical sends a frame of a chassis over the physical network.
func (l *Lab) carryPhysical(from *chassis, frame []byte) {
	if !noise(frame) {
		l.hops.Add(1)
	}
	l.record(event{chassis: from, frame: frame})
	for _, c := range l.forward(from, frame) {
		_ = c.physical.send(frame) // a failed chassis is detected elsewhere
	}
}

// plug attaches the hosts: VIFs with their nested containers, and local ports on every
// chassis.
func (l *Lab) plug(ctx context.Context) error {
	placed := map[string][]*chassis{}
	for _, b := range l.network.ChassisRows.Bound {
		if b.Parent != "" {
			continue // a virtual port has no VIF
		}
		for _, c := range l.chassis {
			if c.Name == b.Chassis {
				placed[b.Port] = append(placed[b.Port], c)
			}
		}
	}
	words := map[*chassis][]string{}
	add := func(c *chassis, p *lab.Port) error {
		name := fmt.Sprintf("vif%d", len(l.ends)+1)
		path := c.Path(c.dir + "/" + name + ".sock")
		e := &end{port: p.Name, chassis: c, sw: p.Switch, addrs: p.Addrs, iface: name}
		var err error
		if e.link, err = l.listen(path, func(frame []byte) { l.arrive(e, frame) }); err != nil {
			return err
		}
		l.ends = append(l.ends, e)
		words[c] = append(words[c], "--", "add-port", "br-int", name, "--", "set", "interface", name,
			"external-ids:iface-id="+lab.Quote(p.Name), "options:stream=unix:"+path, "mtu_request=9000")
		return nil
	}
	for _, s := range l.network.Switches {
		for _, p := range s.Ports {
			on := placed[p.Name]
			if p.Type == "localport" {
				on = l.chassis
			}
			for _, c := range on {
				if err := add(c, p); err != nil {
					return err
				}
			}
		}
	}
	for c, w := range words {
		if err := l.vsctl(ctx, c, w...); err != nil {
			return err
		}
	}
	for _, k := range l.links {
		if err := l.connected(ctx, k); err != nil {
			return err
		}
	}
	l.attachOthers()
	return nil
}

// attachOthers adds the ends without a port of a switch: nested containers and hosts
// outside.
func (l *Lab) attachOthers() {
	for _, s := range l.network.Switches {
		for _, p := range s.Ports {
			if p.Parent == "" {
				continue
			}
			for _, e := range slices.Clone(l.ends) {
				if e.port == p.Parent {
					l.ends = append(l.ends, &end{port: p.Name, chassis: e.chassis, trunk: p.Parent, vlan: p.VLAN, sw: s, addrs: p.Addrs, link: e.link, iface: e.iface})
				}
			}
		}
	}
	for _, o := range l.network.Outside {
		e := &end{sw: o.Switch, addrs: []lab.Addr{o.Addr}}
		for _, p := range o.Switch.Ports {
			if p.Type == "localnet" {
				e.vlan = p.VLAN
			}
		}
		l.ends = append(l.ends, e)
	}
}

// listen returns a link that is closed with the lab.
func (l *Lab) listen(path string, received func([]byte)) (*link, error) {
	k, err := newLink(path, received)
	if err == nil {
		l.links = append(l.links, k)
	}
	return k, err
}

// arrive records a frame that left by a VIF, for a nested container if it has the
// container's tag.
func (l *Lab) arrive(at *end, frame []byte) {
	if tag := vlanOf(frame); tag != 0 {
		for _, e := range l.ends {
			if e != at && e.link == at.link && e.vlan == tag {
				at = e
			}
		}
	}
	l.record(event{at, at.chassis, frame})
}

// connected waits until the switch has connected a port.
func (l *Lab) connected(ctx context.Context, k *link) error {
	select {
	case <-k.connected:
		return nil
	case <-l.alive.Done():
		return context.Cause(l.alive)
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(connectLimit):
		return fmt.Errorf("%s: the switch does not connect", k.path)
	}
}

// has reports whether the end has an IP address.
func (e *end) has(a netip.Addr) bool {
	return slices.ContainsFunc(e.addrs, func(x lab.Addr) bool { return slices.Contains(x.IPs, a) })
}

// hasMAC reports whether the end has an Ethernet address.
func (e *end) hasMAC(mac string) bool {
	return slices.ContainsFunc(e.addrs, func(x lab.Addr) bool { return x.MAC == mac })
}
