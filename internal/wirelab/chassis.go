package wirelab

import (
	"cmp"
	"context"
	"fmt"
	"strings"
)

// startSwitch starts the chassis's Open vSwitch and its ovn-controller, and connects it to
// the other chassis.
func (l *Lab) startSwitch(ctx context.Context, c *chassis) error {
	file, err := schema()
	if err != nil {
		return err
	}
	if err := c.Database(ctx, c.dir+"/db", file); err != nil {
		return err
	}
	// The sockets of bridges are in the run directory, where ovn-controller expects them.
	variables := []string{"OVS_RUNDIR=" + c.Path(c.dir), "OVN_RUNDIR=" + c.Path(c.dir)}
	database := "unix:" + c.Path(c.dir+"/db.sock")
	if _, err := c.Run(ctx, "ovs-vsctl", "--db="+database, "--no-wait", "init"); err != nil {
		return err
	}
	if err := c.Spawn(c.dir+"/vswitchd", variables, "ovs-vswitchd", c.Control(c.dir+"/vswitchd"), "--enable-dummy=system", "--disable-system", database); err != nil {
		return err
	}
	c.vswitchd = &client{path: c.Path(c.dir + "/vswitchd.ctl")}
	if c.underlay, err = l.listen(c.Path(c.dir+"/net.sock"), func(frame []byte) { l.carryUnderlay(c, frame) }); err != nil {
		return err
	}
	if c.physical, err = l.listen(c.Path(c.dir+"/ext.sock"), func(frame []byte) { l.carryPhysical(c, frame) }); err != nil {
		return err
	}
	if err := l.bridges(ctx, c); err != nil {
		return err
	}
	if err := l.routes(c); err != nil {
		return err
	}
	return c.Spawn(c.dir+"/controller", variables, "ovn-controller", database)
}

// bridges makes the chassis's bridges: br-int for OVN, br-phys with the tunnels' endpoint,
// and br-ex to the physical network.
func (l *Lab) bridges(ctx context.Context, c *chassis) error {
	words := fmt.Sprintf(`add-br br-phys -- set bridge br-phys other-config:hwaddr="%s"
		-- add-br br-int -- set bridge br-int fail-mode=secure other-config:disable-in-band=true
		-- add-br br-ex -- set bridge br-ex fail-mode=secure
		-- add-port br-phys phys-net -- set interface phys-net options:stream=unix:%s
		-- add-port br-ex ex-net -- set interface ex-net options:stream=unix:%s
		-- set interface br-phys mtu_request=9000 -- set interface phys-net mtu_request=9000 -- set interface ex-net mtu_request=9000
		-- set open . external-ids:system-id=%s external-ids:hostname=%s external-ids:ovn-remote=unix:%s
		external-ids:ovn-encap-type=geneve external-ids:ovn-encap-ip=%s external-ids:ovn-is-interconn=%t`,
		c.mac, c.underlay.path, c.physical.path, c.Name, cmp.Or(c.Hostname, c.Name), c.Path("sb.sock"), c.ip, c.Interconnects)
	if c.Mapped {
		words += " external-ids:ovn-bridge-mappings=" + l.network.PhysicalNetwork() + ":br-ex"
	}
	for _, setting := range c.Settings {
		words += " external-ids:" + setting
	}
	if err := l.vsctl(ctx, c, strings.Fields(words)...); err != nil {
		return err
	}
	// The bridge does not learn addresses: Lab.forward does.
	_, err := c.Run(ctx, "ovs-ofctl", "add-flow", "unix:"+c.Path(c.dir+"/br-ex.mgmt"), "actions=FLOOD")
	return err
}

// routes sets the addresses of the tunnels' endpoint and of its neighbors.
func (l *Lab) routes(c *chassis) error {
	if _, err := c.vswitchd.command("netdev-dummy/ip4addr", "br-phys", c.ip+"/24"); err != nil {
		return err
	}
	if _, err := c.vswitchd.command("ovs/route/add", c.ip+"/24", "br-phys"); err != nil {
		return err
	}
	for _, other := range l.chassis {
		if other == c {
			continue
		}
		if _, err := c.vswitchd.command("tnl/arp/set", "br-phys", other.ip, other.mac); err != nil {
			return err
		}
	}
	return nil
}

// vsctl configures the chassis's switch and waits until the configuration is applied.
func (l *Lab) vsctl(ctx context.Context, c *chassis, words ...string) error {
	_, err := c.Run(ctx, "ovs-vsctl", append([]string{"--timeout=60", "--db=unix:" + c.Path(c.dir+"/db.sock"), "--"}, words...)...)
	return err
}
