package lflow

// Parent returns the port that carries a port's packets with a VLAN tag, as of a
// container in a virtual machine; "" where there is none.
func (p *Port) Parent() (name string, tag int64) {
	t := p.row.Table()
	parent, _ := t.Col("parent_port")
	number, _ := t.Col("tag")
	return p.row.String(parent), p.row.Int(number)
}
