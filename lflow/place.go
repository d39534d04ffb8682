package lflow

// ChassisName returns the name of the chassis that a port is bound to, "" where
// it is bound to none.
func (n *Network) ChassisName(p *Port) string {
	col, _ := p.row.Table().Col("chassis")
	u, ok := p.row.Ref(col)
	if !ok {
		return ""
	}
	t := n.db.Table("Chassis")
	name, _ := t.Col("name")
	r, ok := t.Get(u)
	if !ok {
		return ""
	}
	return r.String(name)
}

// Parent returns the port that carries a port's packets with a VLAN tag, as of a
// container in a virtual machine; "" where there is none.
func (p *Port) Parent() (name string, tag int64) {
	t := p.row.Table()
	parent, _ := t.Col("parent_port")
	number, _ := t.Col("tag")
	return p.row.String(parent), p.row.Int(number)
}
