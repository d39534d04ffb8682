package diff

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/report"
)

// countContents counts the differences in content that packets cover, and those that none can cover,
// and lists the others.
func (r *Report) countContents(c *contentDiff) {
	for _, g := range grouped(c.flows) {
		state := g.outcome()
		if without := g.of(uncovered); state == uncovered {
			text := without[0].String()
			if n := len(without) - 1; n > 0 {
				text += fmt.Sprintf(" (and on %s)", report.Count(n, "other datapath"))
			}
			r.Uncovered = append(r.Uncovered, text)
		}
		r.count(state)
	}
	for _, row := range c.rows {
		r.addCarrier(row)
		state := (&group{list: row.depends}).outcome()
		switch {
		case unread[row.table]:
			state = uncovered
		case row.depends == nil:
			state = unreachable // no flow refers to the row
		}
		if row.shown || slices.ContainsFunc(row.depends, func(c *change) bool { return c.state == covered }) {
			state = covered
		}
		r.count(state)
		if state == uncovered {
			r.Uncovered = append(r.Uncovered, row.String())
		}
	}
}

// outcome returns the state of a row with several changes: it is covered if a packet that takes it
// shows a difference, or if the state of each change is known and packets take one of them.
func (g *group) outcome() state {
	if slices.ContainsFunc(g.list, func(c *change) bool { return c.differs }) {
		return covered
	}
	for _, s := range []state{uncovered, covered, unreachable} {
		if len(g.of(s)) > 0 {
			return s
		}
	}
	return equivalent
}

// of returns the changes with a state.
func (g *group) of(s state) []*change {
	return slices.DeleteFunc(slices.Clone(g.list), func(c *change) bool { return c.state != s })
}

// count counts a difference in content.
func (r *Report) count(s state) {
	r.ContentDifferences++
	switch s {
	case covered:
		r.Covered++
	case unreachable:
		r.Unreachable++
	case equivalent:
		r.Equivalent++
	default:
	}
}

// bindingColumns are the columns of Port_Binding that no walk reads.
var bindingColumns = []string{"chassis", "gateways", "additional_chassis", "virtual_parent", "nat_addresses", "tag", "parent_port", "mirror_port"}

// addCarrier reports a port that another chassis carries, or in another way.
func (r *Report) addCarrier(row *rowChange) {
	if row.rows[0] == nil || row.rows[1] == nil {
		return
	}
	others := len(row.columns)
	for i, col := range row.rows[0].Columns {
		if row.table != "Port_Binding" || !slices.Contains(bindingColumns, col.Name) || !slices.Contains(row.columns, col.Name) {
			continue
		}
		others--
		value := func(text string) string { return cmp.Or(text, "none") }
		r.Ports = append(r.Ports, fmt.Sprintf("port %s: %s %s, now %s", row.key, col.Name, value(col.Text), value(row.rows[1].Columns[i].Text)))
	}
	row.shown = others == 0
}
