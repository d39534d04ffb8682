package lflow

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/northd"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Pipeline is one of a datapath's two pipelines.
type Pipeline = action.Pipeline

// The pipelines.
const (
	Ingress = action.Ingress
	Egress  = action.Egress
)

// Flow is a logical flow: a row of table Logical_Flow, shared by all datapaths that have it. Its
// match and actions are parsed on first use.
type Flow struct {
	UUID     UUID
	Pipeline Pipeline
	Table    int
	Priority int

	// Fields that walks read are adjacent, because a walk reads many flows.
	once        sync.Once
	templated   bool
	coursed     atomic.Uint32 // a course
	matcher     expr.Matcher  // of a flow that does not parse: the part of its match that does
	bound       []*boundGroup // the port groups that the match names
	form        *actionsForm  // nil if it was parsed without a form
	err         error
	actions     atomic.Pointer[action.Actions] // nil until first use
	ports       atomic.Pointer[[]namedPort]    // that actions name
	ref         atomic.Pointer[trace.Flow]     // what traces show of the flow
	actionNodes atomic.Pointer[actionLists]

	n   *Network
	row ovsdb.Row

	order uint32 // position in ovn-trace's hash table

	vars     map[string]string // of the chassis on which the flow is this one; nil if it is the same on all
	variants sync.Map          // the flows on the chassis by number, if the flow differs between them
}

// ParseError means that a flow does not parse.
type ParseError struct {
	Flow    *Flow
	Actions bool // whether the actions do not parse; otherwise the match does not
	Err     error
}

// Error returns the flow's UUID, the text and the error.
func (e *ParseError) Error() string {
	if e.Actions {
		return fmt.Sprintf("Logical_Flow %s: %s: parsing actions failed (%s)", e.Flow.UUID, e.Flow.ActionsText(), e.Err)
	}
	return fmt.Sprintf("Logical_Flow %s: %s: parsing expression failed (%s)", e.Flow.UUID, e.Flow.MatchText(), e.Err)
}

// Unwrap returns the error of the parser.
func (e *ParseError) Unwrap() error { return e.Err }

// MatchText returns the flow's match as the database has it.
func (f *Flow) MatchText() string { return f.row.String(f.n.flows.match) }

// ActionsText returns the flow's actions as the database has them.
func (f *Flow) ActionsText() string { return f.row.String(f.n.flows.actions) }

// ExternalID returns a value of the flow's external_ids, such as stage-name.
func (f *Flow) ExternalID(key string) (string, bool) { return f.row.MapGet(f.n.flows.ids, key) }

// Stage returns the name of the stage that the flow is part of, "" if the database has
// none.
func (f *Flow) Stage() string {
	s, _ := f.ExternalID("stage-name")
	return s
}

// Match reports whether the flow matches a packet on a datapath. It returns false for a flow
// that does not parse; Err returns the reason.
func (f *Flow) Match(p *packet.Packet, d *Datapath) bool {
	f.parsed()
	return f.err == nil && f.matcher.Match(p, d.Index)
}

// Err returns a *ParseError if the flow does not parse on a datapath, or nil.
func (f *Flow) Err(d *Datapath) error {
	f.parsed()
	if f.err != nil {
		return f.err
	}
	for _, g := range f.bound {
		if !g.on(d.Index) {
			return &ParseError{Flow: f, Err: fmt.Errorf("Syntax error at `@%s' expecting port group name.", g.name)}
		}
	}
	return nil
}

// Matcher returns the flow's compiled match, with its actions' prerequisites.  For a
// flow that does not parse, it has the part of the match that does.
func (f *Flow) Matcher() *expr.Matcher {
	f.parsed()
	return &f.matcher
}

// MatchesAll reports whether the flow matches every packet.
func (f *Flow) MatchesAll() bool {
	f.parsed()
	return f.err == nil && f.matcher.Always()
}

// IsPassThrough reports whether the flow only sends every packet to the next table.
func (f *Flow) IsPassThrough() bool { return f.course() == passesAll }

// IsPreliminary reports whether the flow only sets registers and sends its packets to a later
// table of its pipeline, in a stage that no verdict depends on.
func (f *Flow) IsPreliminary() bool { return f.course() >= preliminary }

// course classifies the effect of a flow on its packets, as far as traces may omit the flow.
type course uint32

const (
	courseUnknown course = iota
	effective            // traces have a node for it
	preliminary          // brief traces have no node for it; see IsPreliminary
	passesAll            // traces have no node for it; see IsPassThrough
)

func (f *Flow) course() course {
	if c := course(f.coursed.Load()); c != courseUnknown {
		return c
	}
	c := f.findCourse()
	f.coursed.Store(uint32(c))
	return c
}

func (f *Flow) findCourse() course {
	list := f.Actions().List
	if len(list) == 0 {
		return effective
	}
	next, ok := list[len(list)-1].(*action.Next)
	switch {
	case !ok:
		return effective
	case len(list) == 1 && next.Table == f.Table+1 && f.MatchesAll():
		return passesAll
	case next.Pipeline != f.Pipeline || next.Table <= f.Table || northd.Decides(f.Stage()):
		return effective
	case slices.ContainsFunc(list[:len(list)-1], func(a action.Action) bool { return !f.setsRegister(a) }):
		return effective
	}
	return preliminary
}

// setsRegister reports whether an action sets a register to a constant, to a field, or to
// whether load balancing sends the packet back to its sender.
func (f *Flow) setsRegister(a action.Action) bool {
	var dst, src expr.FieldRef
	switch a := a.(type) {
	case *action.Load:
		dst, src = a.Dst, a.Dst
	case *action.Move:
		dst, src = a.Dst, a.Src
	case *action.Result:
		if a.Kind != action.ChkLBHairpin && (a.Kind != action.ChkLBHairpinReply || !f.n.Dialect.Has(dialect.HairpinByVIP)) {
			return false
		}
		dst, src = a.Dst, a.Dst
	default:
		return false
	}
	to, _, _ := dst.Resolve()
	from, _, _ := src.Resolve()
	return to != nil && to.Register && from != nil && !src.Symbol.NoPacket
}

// Actions returns the flow's actions. The result is empty for a flow that does not parse.
func (f *Flow) Actions() action.Actions {
	f.parsed()
	if a := f.actions.Load(); a != nil {
		return *a
	}
	if f.err != nil {
		return action.Actions{}
	}
	// The form of the actions is known to parse, so there is no error.
	a, _ := action.ParseFlow(f.ActionsText(), f.n.ActionEnv(f.Pipeline, f.Table))
	if !f.actions.CompareAndSwap(nil, &a) {
		return *f.actions.Load()
	}
	return a
}

// parsed parses the flow on the first call.
func (f *Flow) parsed() { f.once.Do(f.parse) }

// keptFlows is the number of flows that are read before the memory of the mapped database is
// released; keptIndexed is the same for a database with an index, of which a walk reads few.
// Flows are spread over a database, and a system may map megabytes around each.
const (
	keptFlows   = 64
	keptIndexed = 4
)

// parse parses the flow's match and actions. Both are needed to match packets, because actions
// have prerequisites.
func (f *Flow) parse() {
	kept := int64(keptFlows)
	if f.n.flows.compiled != nil {
		kept = keptIndexed
	}
	if f.n.flows.parsed.Add(1)%kept == 0 {
		f.n.db.Release()
	}
	if f.vars != nil || f.perChassis() || f.isTracked() || !f.parseForm() {
		f.parseAlone()
	}
}

// parseAlone parses the flow without the cache of forms.
func (f *Flow) parseAlone() {
	n := f.n
	fail := func(actions bool, match string, err error) {
		f.err = &ParseError{f, actions, err}
		f.readable(match)
	}
	if f.templated = f.perChassis(); f.templated {
		f.err = &ParseError{f, false, errors.New("its template variables have values on each chassis of their own")}
		return
	}
	match, err := f.expand(f.MatchText())
	if err != nil {
		fail(false, f.MatchText(), err)
		return
	}
	env := n.flowEnv()
	if f.isTracked() {
		env.Symbols = expr.TrackedSymbolsOf(n.Dialect.Release())
	}
	e, err := expr.ParseFlow(match, env)
	if err != nil {
		fail(false, match, err)
		return
	}
	text, err := f.expand(f.ActionsText())
	if err != nil {
		fail(true, match, err)
		return
	}
	a, err := action.ParseFlow(text, n.ActionEnv(f.Pipeline, f.Table))
	if err != nil {
		fail(true, match, err)
		return
	}
	f.actions.Store(&a)
	f.bound = n.groupsIn(e)
	f.matcher = *expr.Compile(expr.Annotate(expr.AllOf(e, a.Prereqs)), binder{n, f.isTracked()})
}

// isTracked reports whether protocols and ports in the match are those of the connection: on
// chassis, in flows of ACLs with NB_Global.options:acl_ct_translation.
func (f *Flow) isTracked() bool {
	if !f.n.onChassis() {
		return false
	}
	tag, _ := f.row.MapGet(f.n.flows.tags, "acl_ct_translation")
	return tag == "true"
}

// flowEnv returns the environment for parsing matches of flows.
func (n *Network) flowEnv() expr.Env {
	return expr.Env{Symbols: n.symbols, Set: n.AddressSet, DeferGroups: true}
}

// ActionNodes returns the trace nodes of a list of actions in canonical form.  The
// list must be the flow's, or that of a nested action of the flow.  Traces share the
// nodes; they must not be changed.
func (f *Flow) ActionNodes(list []action.Action) []*trace.Action {
	if len(list) == 0 {
		return nil
	}
	written := f.actionNodes.Load()
	if written == nil {
		written = &actionLists{}
		written.own = f.actionList(f.Actions().List, &written.nested)
		f.actionNodes.Store(written)
	}
	if written.own.list == &list[0] {
		return written.own.nodes
	}
	for i := range written.nested {
		if w := &written.nested[i]; w.list == &list[0] {
			return w.nodes
		}
	}
	return nil
}

// actionLists are a flow's list of actions and those nested in it, with their nodes.
type actionLists struct {
	own    actionList
	nested []actionList
}

type actionList struct {
	list  *action.Action // the first action of the list
	nodes []*trace.Action
}

// actionList makes the nodes of a list of actions, and of those nested in it.
func (f *Flow) actionList(list []action.Action, nested *[]actionList) actionList {
	if len(list) == 0 {
		return actionList{}
	}
	made, nodes := make([]trace.Action, len(list)), make([]*trace.Action, len(list))
	for i, a := range list {
		next, ok := a.(*action.Next)
		made[i] = trace.Action{
			Name: action.Name(a), Text: f.n.Text(action.Format(a)),
			Jump: ok && (next.Pipeline != next.FromPipeline || next.Table != next.FromTable+1),
		}
		nodes[i] = &made[i]
		if n, ok := a.(*action.Nested); ok && len(n.List) > 0 {
			*nested = append(*nested, f.actionList(n.List, nested))
		}
	}
	return actionList{&list[0], nodes}
}

// namedPort is the result of Network.FindPort for a name.
type namedPort struct {
	name string
	port *Port
}

// PortKey is like Network.PortKey for a name in the flow's actions, but caches the port.
func (f *Flow) PortKey(d *Datapath, name string) (key uint64, ok bool) {
	var known []namedPort
	if list := f.ports.Load(); list != nil {
		known = *list
	}
	for _, k := range known {
		if k.name == name {
			return d.portKey(name, k.port)
		}
	}
	p, _ := f.n.FindPort(name)
	known = append(slices.Clip(known), namedPort{name, p})
	f.ports.Store(&known)
	return d.portKey(name, p)
}

// ActionEnv returns the environment for parsing the actions of a flow in a table.
func (n *Network) ActionEnv(p Pipeline, table int) action.Env {
	return action.Env{
		Dialect:  n.Dialect,
		Pipeline: p,
		Table:    table,
		Tracing:  true,
		DHCP:     n.options.v4,
		DHCPv6:   n.options.v6,
	}
}

// Ref returns the reference to the flow in traces.
func (f *Flow) Ref() *trace.Flow {
	if r := f.ref.Load(); r != nil {
		return r
	}
	stage, staged := f.ExternalID("stage-name")
	source, sourced := f.ExternalID("source")
	hint, _ := f.ExternalID("stage-hint")
	r := &trace.Flow{
		UUID: f.UUID.String(), Cookie: f.UUID.Prefix(), Priority: f.Priority,
		Match: f.n.Text(f.expandShown(f.MatchText())), Actions: f.ActionsText(),
		Stage: stage, Source: source, Hint: hint,
		EmptyStage: staged && stage == "", EmptySource: sourced && source == "",
	}
	f.ref.Store(r)
	return r
}
