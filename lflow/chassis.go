package lflow

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
)

// Chassis is a row of table Chassis: a hypervisor or gateway.
type Chassis struct {
	Name     string
	Hostname string
	uuid     ovsdb.UUID
}

// ErrUnknownChassis is the error for a chassis that the database lacks.
var ErrUnknownChassis = errors.New("unknown chassis")

// chassisNamed returns the chassis with a name or host name.
func (n *Network) chassisNamed(name string) (*Chassis, error) {
	t := n.db.Table("Chassis")
	nameCol, _ := t.Col("name")
	hostCol, _ := t.Col("hostname")
	var names []string
	var found *Chassis
	for r := range t.Rows() {
		c := &Chassis{Name: r.String(nameCol), Hostname: r.String(hostCol), uuid: r.UUID()}
		names = append(names, c.Name)
		if c.Name == name || found == nil && c.Hostname == name {
			found = c
		}
	}
	if found == nil {
		slices.Sort(names)
		return nil, fmt.Errorf("%w %q; the database has: %s", ErrUnknownChassis, name, strings.Join(names, ", "))
	}
	return found, nil
}

// onlyChassis returns the only chassis in a database, not counting those of other zones, or
// nil.
func (n *Network) onlyChassis() *Chassis {
	if all := n.own(); len(all) == 1 {
		return n.chassisOf(all[0])
	}
	return nil
}

// setVariables sets the template variables to those of the chassis of the options, or of the
// only one.
func (n *Network) setVariables(o Options) {
	c := n.chassis
	n.asChassis, n.leftOut = o.AsChassis, sync.OnceValue(n.isLeftOut)
	if c == nil && o.AsChassis && n.db.Table("Chassis_Template_Var").Len() > 0 {
		c = n.onlyChassis()
	}
	if c != nil {
		n.vars = variablesOf(n.templates(), c.Name)
	}
}

// Viewpoint returns the chassis of Options.Chassis; ok is false if none was given.
func (n *Network) Viewpoint() (c *Chassis, ok bool) { return n.chassis, n.chassis != nil }

// templates returns the template variables of each chassis by name.
func (n *Network) templates() map[string]map[string]string {
	t := n.db.Table("Chassis_Template_Var")
	chassis, _ := t.Col("chassis")
	variables, _ := t.Col("variables")
	out := map[string]map[string]string{}
	for r := range t.Rows() {
		out[r.String(chassis)] = maps.Collect(r.Map(variables))
	}
	return out
}

// own returns the rows of the chassis of a database, without those of other zones.
func (n *Network) own() (rows []ovsdb.Row) {
	t := n.db.Table("Chassis")
	config, _ := t.Col("other_config")
	for r := range t.Rows() {
		if remote, _ := r.MapGet(config, "is-remote"); remote != "true" {
			rows = append(rows, r)
		}
	}
	return rows
}

// isLeftOut returns a function that reports whether a flow has a template variable without a
// value on each chassis: ovn-controller(8) omits such flows. It returns nil if there are none.
func (n *Network) isLeftOut() func(flowRow) bool {
	if !n.asChassis {
		return nil
	}
	var of []map[string]string // of each chassis
	if n.vars != nil {
		of = append(of, n.vars)
	} else {
		all := n.templates()
		for _, r := range n.own() {
			of = append(of, variablesOf(all, n.chassisOf(r).Name))
		}
	}
	if len(of) == 0 {
		return nil
	}
	return func(r flowRow) bool {
		row := n.flows.rows.At(r.slot)
		for _, text := range []string{row.String(n.flows.match), row.String(n.flows.actions)} {
			if strings.Contains(text, "^") && !slices.ContainsFunc(of, func(vars map[string]string) bool {
				_, missing := expr.Expand(text, func(name string) (string, bool) { v, ok := vars[name]; return v, ok })
				return missing == ""
			}) {
				return true
			}
		}
		return false
	}
}

// variablesOf returns the template variables of a chassis, which may be none.
func variablesOf(all map[string]map[string]string, chassis string) map[string]string {
	if vars := all[chassis]; vars != nil {
		return vars
	}
	return map[string]string{}
}

// TemplateError is the error for a template variable without a value.
type TemplateError struct {
	Variable string
	Chassis  []string // those with a value for it, sorted
}

// Error returns the message, with the chassis that have a value.
func (e *TemplateError) Error() string {
	if len(e.Chassis) == 0 {
		return fmt.Sprintf("template variable ^%s has no value on any chassis", e.Variable)
	}
	return fmt.Sprintf("template variable ^%s has values for chassis %s (use --chassis)", e.Variable, strings.Join(e.Chassis, ", "))
}

// expand replaces the template variables in a flow's text by their values on the chassis of
// the options. Without a chassis it does as the release's ovn-trace does.
func (n *Network) expand(text string) (string, error) { return n.expandWith(text, n.vars) }

// expandWith replaces the template variables in a flow's text by values. If these are nil, it
// does as the release's ovn-trace does without a chassis.
func (n *Network) expandWith(text string, vars map[string]string) (string, error) {
	if !strings.Contains(text, "^") {
		return text, nil
	}
	value := func(name string) (string, bool) { return "", false }
	switch {
	case vars != nil:
		value = func(name string) (string, bool) {
			v, ok := vars[name]
			return v, ok
		}
	case n.Dialect.Has(dialect.TemplateNameStays):
		value = func(name string) (string, bool) { return name, true }
	case !n.Dialect.Has(dialect.TemplateRefused):
		return text, nil
	}
	out, missing := expr.Expand(text, value)
	if missing != "" {
		return "", n.templateError(missing)
	}
	return out, nil
}

func (n *Network) templateError(name string) error {
	e := &TemplateError{Variable: name}
	for chassis, vars := range n.templates() {
		if _, ok := vars[name]; ok {
			e.Chassis = append(e.Chassis, chassis)
		}
	}
	slices.Sort(e.Chassis)
	return e
}

// ExpandMicroflow replaces the template variables in a microflow, as in a flow's text.
func (n *Network) ExpandMicroflow(text string) (string, error) { return n.expand(text) }

// expand replaces the template variables in a text of the flow.
func (f *Flow) expand(text string) (string, error) {
	if f.vars != nil {
		return f.n.expandWith(text, f.vars)
	}
	return f.n.expand(text)
}

// expandShown replaces the template variables in a text of the flow for display, if the
// chassis is known. White space is preserved.
func (f *Flow) expandShown(text string) string {
	vars := f.vars
	if vars == nil {
		vars = f.n.vars
	}
	if vars == nil || !strings.Contains(text, "^") {
		return text
	}
	return expr.Substitute(text, func(name string) (string, bool) {
		v, ok := vars[name]
		return v, ok
	})
}

// perChassis reports whether the flow differs between chassis.
func (f *Flow) perChassis() bool {
	return f.n.variables != nil && f.vars == nil && (strings.Contains(f.MatchText(), "^") || strings.Contains(f.ActionsText(), "^"))
}

// onChassis returns the flow on a chassis, or nil if one of its template variables has no
// value there: ovn-controller(8) omits such flows.
func (f *Flow) onChassis(number uint64) *Flow {
	v, ok := f.variants.Load(number)
	if !ok {
		v, _ = f.variants.LoadOrStore(number, &Flow{
			UUID: f.UUID, Pipeline: f.Pipeline, Table: f.Table, Priority: f.Priority,
			n: f.n, row: f.row, order: f.order, vars: f.n.variables(number),
		})
	}
	g := v.(*Flow)
	g.parsed()
	if _, ok := errors.AsType[*TemplateError](g.err); ok {
		return nil
	}
	return g
}

// resident reports whether a port is on the chassis of Options.Chassis. Without a chassis, and
// for a packet on no chassis if flows are read as on chassis, it returns true for every port of
// the database and for the empty name.
func (n *Network) resident(port string) bool {
	if port == "" {
		return true
	}
	p := n.port(port)
	if p == nil || n.chassis == nil || n.asChassis {
		return p != nil
	}
	chassis, ok := n.chassisOfPort(p)
	return ok && chassis == n.chassis.uuid
}

// chassisOfPort returns the chassis of a port: of a chassisredirect port its gateway chassis
// of the highest priority, else the one to which it is bound.
func (n *Network) chassisOfPort(p *Port) (ovsdb.UUID, bool) {
	c := portCols(n.db.Table("Port_Binding"))
	if p.Type == "chassisredirect" {
		if u, ok := n.gateway(p); ok {
			return u, true
		}
	}
	return p.row.Ref(c.chassis)
}

// gateway returns the chassis of the highest priority of a chassisredirect port. Among equals
// it is the first by name.
func (n *Network) gateway(p *Port) (ovsdb.UUID, bool) {
	if all := n.Gateways(p); len(all) > 0 {
		return all[0].Chassis.uuid, true
	}
	return ovsdb.UUID{}, false
}

// HasAdditionalChassis reports whether a port is on chassis other than the one to which it is
// bound (column additional_chassis of Port_Binding), as during a live migration.
func (n *Network) HasAdditionalChassis(p *Port) bool {
	col, ok := n.db.Table("Port_Binding").Col("additional_chassis")
	return ok && len(p.row.Refs(col)) > 0
}
