package lflow

// Unclaimed reports whether a port is of type virtual and has no virtual parent, so that its
// packets are dropped.
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

// Parent returns the port that carries the frames of a port: of a container port its parent,
// with the VLAN tag there; of a port of type mirror the port that receives the copies, without
// a tag. It returns "" for other ports.
func (p *Port) Parent() (name string, tag int64) {
	t := p.row.Table()
	if p.Type == "mirror" {
		receiver, _ := t.Col("mirror_port")
		return p.row.String(receiver), 0
	}
	parent, _ := t.Col("parent_port")
	number, _ := t.Col("tag")
	return p.row.String(parent), p.row.Int(number)
}
