package lflow

// Unclaimed reports whether a port is of type virtual and no port has claimed it:
// its packets go nowhere.
func (p *Port) Unclaimed() bool {
	if p.Type != "virtual" {
		return false
	}
	t := p.row.Table()
	chassis, known := t.Col("chassis")
	parent, _ := t.Col("virtual_parent")
	_, bound := p.row.Ref(chassis)
	return known && !bound && p.row.String(parent) == ""
}

// Parent returns the port that carries a port's packets with a VLAN tag, as of a
// container in a virtual machine; "" where there is none.
func (p *Port) Parent() (name string, tag int64) {
	t := p.row.Table()
	parent, _ := t.Col("parent_port")
	number, _ := t.Col("tag")
	return p.row.String(parent), p.row.Int(number)
}
