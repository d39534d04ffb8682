package cli

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// listFilter says which flows of a list to keep.
type listFilter struct {
	stages []string
	texts  []string
	fields []string

	unread map[ovsdb.UUID]bool // flows that do not parse, so that fields cannot be told
}

func (o *listFilter) flags(f *pflag.FlagSet) {
	f.StringArrayVar(&o.stages, "stage", nil, "keep the flows of a stage: its name or a pattern such as 'ls_in_acl*', a table's number,\n\"ingress\", \"egress\", or ingress:NUMBER; may be repeated for several stages")
	f.StringArrayVar(&o.texts, "text", nil, "keep the flows with that text in their match or actions; may be repeated for several texts")
	f.StringArrayVar(&o.fields, "field", nil, "keep the flows whose match looks at a field, as in ip4.dst, or of these the ones that could\nmatch its value, as in 'ip4.dst == 10.0.0.5'; may be repeated for several fields")
}

// flowTest tells whether a datapath's flow is to be kept.
type flowTest func(*lflow.Datapath, *lflow.Flow) bool

// over returns the filter for a network: of several stages one must hold, of
// texts and fields all.
func (o *listFilter) over(n *lflow.Network) (flowTest, error) {
	o.unread = map[ovsdb.UUID]bool{}
	var tests []flowTest
	if len(o.stages) > 0 {
		var any []flowTest
		for _, s := range o.stages {
			t, err := stageTest(s)
			if err != nil {
				return nil, err
			}
			any = append(any, t)
		}
		tests = append(tests, func(d *lflow.Datapath, f *lflow.Flow) bool {
			for _, t := range any {
				if t(d, f) {
					return true
				}
			}
			return false
		})
	}
	for _, text := range o.texts {
		tests = append(tests, func(_ *lflow.Datapath, f *lflow.Flow) bool {
			return strings.Contains(f.MatchText(), text) || strings.Contains(f.ActionsText(), text)
		})
	}
	for _, text := range o.fields {
		t, err := o.fieldTest(n, text)
		if err != nil {
			return nil, err
		}
		tests = append(tests, t)
	}
	return func(d *lflow.Datapath, f *lflow.Flow) bool {
		for _, t := range tests {
			if !t(d, f) {
				return false
			}
		}
		return true
	}, nil
}

// stageTest reads the name of a stage.
func stageTest(s string) (flowTest, error) {
	pipeline, number, _ := strings.Cut(s, ":")
	if pipeline != "ingress" && pipeline != "egress" {
		pipeline, number = "", s
	}
	if number == "" {
		return func(_ *lflow.Datapath, f *lflow.Flow) bool { return f.Pipeline.String() == pipeline }, nil
	}
	if table, err := strconv.Atoi(number); err == nil {
		return func(_ *lflow.Datapath, f *lflow.Flow) bool {
			return f.Table == table && (pipeline == "" || f.Pipeline.String() == pipeline)
		}, nil
	}
	if _, err := path.Match(s, ""); err != nil || pipeline != "" {
		return nil, fmt.Errorf("--stage=%s: no name of a stage, pattern for names, table's number, pipeline or PIPELINE:NUMBER", s)
	}
	return func(_ *lflow.Datapath, f *lflow.Flow) bool {
		ok, _ := path.Match(s, f.Stage())
		return ok
	}, nil
}

// existing refuses a stage that none of the datapaths has.
func (o *listFilter) existing(n *lflow.Network, datapaths []*lflow.Datapath) error {
	for _, s := range o.stages {
		test, err := stageTest(s)
		if err != nil {
			return err
		}
		if !hasStage(n, datapaths, test) {
			return fmt.Errorf("--stage=%s: no flow is in such a stage; %s", s, stageList(n, datapaths))
		}
	}
	return nil
}

// hasStage reports whether a flow of the datapaths is in a stage.
func hasStage(n *lflow.Network, datapaths []*lflow.Datapath, test flowTest) bool {
	for _, d := range datapaths {
		for f := range n.Listed(d) {
			if test(d, f) {
				return true
			}
		}
	}
	return false
}

// stageList returns the stages of datapaths, a line for each pipeline of
// switches and of routers.
func stageList(n *lflow.Network, datapaths []*lflow.Datapath) string {
	type line struct{ kind, pipeline string }
	names := map[line][]string{}
	var lines []line
	for _, d := range datapaths {
		for f := range n.Listed(d) {
			l := line{kindOf(d), f.Pipeline.String()}
			if names[l] == nil {
				lines = append(lines, l)
			}
			if name := f.Stage(); !slices.Contains(names[l], name) {
				names[l] = append(names[l], name)
			}
		}
	}
	slices.SortFunc(lines, func(a, b line) int { return cmp.Or(cmp.Compare(b.kind, a.kind), cmp.Compare(b.pipeline, a.pipeline)) })
	if len(lines) == 0 {
		return "there are no flows"
	}
	var b strings.Builder
	b.WriteString("the stages are:")
	for _, l := range lines {
		fmt.Fprintf(&b, "\n  %s of a %s: %s", l.pipeline, l.kind, strings.Join(names[l], ", "))
	}
	return b.String()
}

// maxCubes is how many ways of matching a flow may have for its values to be
// compared; one with more is kept, as nothing speaks against it.
const maxCubes = 4096

// fieldTest reads a field or a comparison, as in a microflow.
func (o *listFilter) fieldTest(n *lflow.Network, text string) (flowTest, error) {
	e, err := expr.Parse(text, n.CheckEnv())
	if ref, ferr := n.Symbols().ParseFieldRef(strings.TrimSpace(text)); ferr == nil && ref.Symbol.Predicate == "" {
		return func(_ *lflow.Datapath, f *lflow.Flow) bool {
			return o.looksAt(n, f, map[*expr.Symbol]bool{root(ref.Symbol): true})
		}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("--field: %w", err)
	}
	fields := map[*expr.Symbol]bool{}
	expr.Walk(e, func(e expr.Expr) bool {
		if c, ok := e.(*expr.Cmp); ok {
			fields[root(c.Symbol)] = true
		}
		return true
	})
	binder := n.Binder()
	wanted, ok := expr.Cubes(expr.Annotate(e), maxCubes, binder.Resident)
	if !ok {
		return nil, fmt.Errorf("--field=%s: that is too many values at once", text)
	}
	return func(d *lflow.Datapath, f *lflow.Flow) bool {
		if !o.looksAt(n, f, fields) {
			return false
		}
		condition := f.Condition()
		if condition == nil {
			o.unread[f.UUID] = true
			return false
		}
		cubes, ok := expr.Cubes(condition, maxCubes, binder.Resident)
		if !ok {
			return true
		}
		for _, c := range cubes {
			for _, w := range wanted {
				if c.Meets(w) && inGroups(n, d, binder, c, w) {
					return true
				}
			}
		}
		return false
	}, nil
}

// inGroups reports whether the ports that are wanted are in the port groups
// that a flow asks for.
func inGroups(n *lflow.Network, d *lflow.Datapath, b expr.Binder, flow, wanted expr.Cube) bool {
	for _, t := range flow.Terms() {
		if t.Group == "" {
			continue
		}
		for _, w := range wanted.Terms() {
			if w.Symbol != t.Symbol || w.Group != "" {
				continue
			}
			if key, ok := n.PortKey(d, w.Port); !ok || !b.Group(t.Group).Has(d.Index, key) {
				return false
			}
		}
	}
	return true
}

// root returns the field that a subfield is part of.
func root(s *expr.Symbol) *expr.Symbol {
	for s.Parent != nil {
		s = s.Parent
	}
	return s
}

// looksAt reports whether a flow's match, as it is written, names one of the
// fields.
func (o *listFilter) looksAt(n *lflow.Network, f *lflow.Flow, fields map[*expr.Symbol]bool) bool {
	text, err := f.ParsedMatch()
	var e expr.Expr
	if err == nil {
		e, err = expr.ParseFlow(text, n.FlowEnv())
	}
	if err != nil {
		o.unread[f.UUID] = true
		return false
	}
	found := false
	expr.Walk(e, func(e expr.Expr) bool {
		if c, ok := e.(*expr.Cmp); ok {
			found = found || fields[root(c.Symbol)]
		}
		return !found
	})
	return found
}
