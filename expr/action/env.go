package action

import (
	"sync"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
)

// Env is the environment for parsing actions.  Its zero value is table 0 of an
// ingress pipeline in the newest release.
type Env struct {
	Dialect  dialect.Dialect
	Pipeline Pipeline
	Table    int // the table of the flow in Pipeline

	// DHCP and DHCPv6 are the options in the southbound tables DHCP_Options and
	// DHCPv6_Options; nil stands for those that the release's northd writes.
	DHCP, DHCPv6 *Options

	// Tracing parses actions as the release's ovn-trace does. That of some releases
	// has no options of trigger_event, and rejects flows with them.
	Tracing bool
}

// actionTable is the action language of one release.
type actionTable struct {
	dialect.Dialect
	symbols    *expr.Symbols
	statements map[string]*statement
	values     map[string]*value
	prereqs    map[string]expr.Expr // parsed prerequisites of the rows
	tables     [2]int               // the length of each pipeline

	dhcp, dhcpv6, ndRA, events *Options
}

var actionTables sync.Map // dialect.Dialect -> *lang

func tableOf(d dialect.Dialect) *actionTable {
	if l, ok := actionTables.Load(d); ok {
		return l.(*actionTable)
	}
	l, _ := actionTables.LoadOrStore(d, newActionTable(d))
	return l.(*actionTable)
}

func newActionTable(d dialect.Dialect) *actionTable {
	l := &actionTable{
		Dialect:    d,
		symbols:    expr.SymbolsOf(d.Release()),
		statements: make(map[string]*statement),
		values:     make(map[string]*value),
		prereqs:    make(map[string]expr.Expr),
		tables:     [2]int{Ingress: d.IngressTables(), Egress: d.EgressTables()},
		dhcp:       DHCPOptions(d),
		dhcpv6:     DHCPv6Options(d),
		ndRA:       optionsOf(raOptionRows, d),
		events:     NewOptions(eventOptions),
	}
	prereq := func(name string) {
		if name == "" || l.prereqs[name] != nil {
			return
		}
		e, err := expr.ParseFlow(name, expr.Env{Symbols: l.symbols})
		if err != nil {
			panic("action table: prerequisite " + name + ": " + err.Error())
		}
		l.prereqs[name] = e
	}
	for _, s := range statements() {
		if dialect.MustSpan(s.span).Holds(d.Release()) {
			l.statements[s.name] = &s
			prereq(s.prereq)
		}
	}
	for _, v := range values() {
		if dialect.MustSpan(v.span).Holds(d.Release()) {
			l.values[v.name] = &v
			prereq(v.prereq)
		}
	}
	return l
}
