package wirelab

import (
	"context"
	"encoding/binary"
	"net/netip"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/lab"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Messages by which a host joins a multicast group: of IGMPv2 (RFC 2236) and MLDv1 (RFC 2710).
const membershipReport, listenerReport = 0x16, 131

// join sends the reports of the members of multicast groups, one member after the other, and waits
// until every chassis has the flows of the groups. Switches without snooping flood them.
func (l *Lab) join(ctx context.Context) error {
	members := l.network.ChassisRows.Members
	if len(members) == 0 {
		return nil
	}
	a, err := l.activity()
	if err != nil {
		return err
	}
	for _, m := range members {
		for _, e := range l.ends {
			report, ok := e.report(m)
			if !ok {
				continue
			}
			if err := l.send(e, report.encode()); err != nil {
				return err
			}
		}
	}
	if err := l.quiet(ctx, a); err != nil {
		return err
	}
	return l.sync(ctx)
}

// report returns the report by which a host joins a group. ok is false if the host is no member, or
// has no address of the group's family.
func (e *end) report(m lab.IGMPMembership) (report frame, ok bool) {
	if !slices.Contains(m.Ports, e.port) {
		return frame{}, false
	}
	for _, a := range e.addrs {
		for _, ip := range a.IPs {
			if ip.Is6() == m.Group.Is6() {
				return membership(a.MAC, ip, m.Group), true
			}
		}
	}
	return frame{}, false
}

// membership returns the report for a group from a host.
func membership(mac string, src, group netip.Addr) frame {
	f := frame{src: mac, dst: groupMAC(group), ipSrc: src, ipDst: group, ttl: 1}
	if group.Is6() {
		f.ethType, f.proto, f.icmpType = typeIPv6, protoICMP6, listenerReport
		f.ipSrc, f.payload = linkLocal(mac), group.AsSlice()
		return f
	}
	f.ethType, f.proto = typeIPv4, protoIGMP
	f.payload = append([]byte{membershipReport, 0, 0, 0}, group.AsSlice()...)
	binary.BigEndian.PutUint16(f.payload[2:], checksum(f.payload))
	return f
}

// groupMAC returns the Ethernet address of a multicast group.
func groupMAC(group netip.Addr) string {
	if group.Is6() {
		return packet.EthDst.Format(packet.Uint(packet.MulticastMAC(packet.FromAddr(group))))
	}
	b := group.As4()
	return macText([]byte{1, 0, 0x5e, b[1] & 0x7f, b[2], b[3]})
}
