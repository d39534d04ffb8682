package lab

import "fmt"

// access draws the ACLs of switches and port groups.
func (g *generator) access() {
	if !g.with("acl", .6) {
		return
	}
	for _, s := range g.n.Switches {
		if !g.chance(.65) {
			continue
		}
		for range g.between(1, 6) {
			g.acl("logical_switch", s.Name, s.vifs(), "")
		}
	}
	for _, set := range g.portSets {
		if len(set.ports) == 0 || !g.chance(.7) {
			continue
		}
		for range g.between(1, 5) {
			g.acl("port_group", set.name, set.ports, "@"+set.name)
		}
		if g.chance(.25) { // as a CMS that denies by default has it
			for _, direction := range []string{"from-lport", "to-lport"} {
				g.aclRow("port_group", set.name, direction, 1001, side(direction)+" == @"+set.name+" && ip", "drop", nil)
			}
		}
	}
}

// side returns the field of the port in an ACL of a direction.
func side(direction string) string {
	if direction == "from-lport" {
		return "inport"
	}
	return "outport"
}

// acl adds one ACL to a switch or port group. If the group's name is given with an "@", it
// is used for the ports.
func (g *generator) acl(table, owner string, ports []*Port, group string) {
	direction := pick(g.Rand, "from-lport", "to-lport")
	action := pick(g.Rand, "allow", "allow", "allow-related", "allow-related", "allow-related", "allow-related",
		"drop", "reject", "allow-stateless")
	text := g.match(g.between(0, 3))
	switch {
	case group != "" && g.chance(.8):
		text = side(direction) + " == " + group + " && " + text
	case len(ports) > 0 && g.chance(.4):
		text = fmt.Sprintf("%s == %s && %s", side(direction), Quote(pick(g.Rand, ports...).Name), text)
	case len(ports) > 1 && g.chance(.2):
		text = fmt.Sprintf("%s == {%s, %s} && %s", side(direction), Quote(ports[0].Name), Quote(ports[1].Name), text)
	}
	var columns []string
	if g.with("acl log", .6) && g.chance(.4) {
		columns = append(columns, "log=true")
		if g.chance(.6) {
			columns = append(columns, "severity="+pick(g.Rand, "alert", "warning", "notice", "info", "debug"))
		}
		if g.chance(.5) {
			columns = append(columns, "meter="+pick(g.Rand, g.meterList...))
		}
		if g.chance(.3) {
			columns = append(columns, option("options", "log-related", "true"))
		}
	}
	if g.chance(.4) {
		columns = append(columns, "name="+Quote(fmt.Sprintf("acl %d", g.IntN(100))))
	}
	if action == "allow-related" && g.chance(.25) {
		columns = append(columns, fmt.Sprintf("label=%d", g.between(1, 1<<20)))
	}
	if direction == "from-lport" && g.with("apply-after-lb", .4) && g.chance(.4) {
		columns = append(columns, option("options", "apply-after-lb", "true"))
	}
	g.aclRow(table, owner, direction, g.between(1, 40)*50, text, action, columns)
}

// aclRow writes the row of an ACL.
func (g *generator) aclRow(table, owner, direction string, priority int, match, action string, columns []string) {
	g.createIn(table, owner, "acls", "acl", append([]string{
		"direction=" + direction, fmt.Sprintf("priority=%d", priority), "match=" + Quote(match), "action=" + action,
	}, columns...)...)
}

// quality draws the QoS rules of switches.
func (g *generator) quality() {
	for _, s := range g.n.Switches {
		if !g.chance(.3) {
			continue
		}
		for range g.between(1, 3) {
			direction := pick(g.Rand, "from-lport", "to-lport")
			text := g.match(g.between(0, 2))
			if vifs := s.vifs(); len(vifs) > 0 && g.chance(.6) {
				text = fmt.Sprintf("%s == %s && %s", side(direction), Quote(pick(g.Rand, vifs...).Name), text)
			}
			words := []string{"direction=" + direction, fmt.Sprintf("priority=%d", g.between(1, 100)), "match=" + Quote(text)}
			kind := g.IntN(3)
			if kind != 1 {
				words = append(words, fmt.Sprintf("action:dscp=%d", pick(g.Rand, 10, 46, 0, 63)))
			}
			if kind != 0 {
				words = append(words, "bandwidth:rate=1000")
				if g.chance(.6) {
					words = append(words, "bandwidth:burst=100")
				}
			}
			g.createIn("logical_switch", s.Name, "qos_rules", "qos", words...)
		}
	}
}
