package cli

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/ovnwalk/ovnwalk/internal/names/find"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// listFilter has the options that select flows.
type listFilter struct {
	stages []string
	texts  []string
	fields []string

	unread    map[lflow.UUID]bool // flows that do not parse, whose fields are unknown
	undecided map[lflow.UUID]bool // flows that are listed because deciding takes too long
}

func (o *listFilter) flags(f *pflag.FlagSet) {
	f.StringArrayVar(&o.stages, "stage", nil, "list the flows of a `STAGE`, given by name, as a pattern such as 'ls_in_acl*', by table number, or as\n\"ingress\", \"egress\", or ingress:NUMBER; may be repeated")
	f.StringArrayVar(&o.texts, "text", nil, "list the flows whose match or actions contain `TEXT`; may be repeated")
	f.StringArrayVar(&o.fields, "field", nil, "list the flows whose match refers to a `FIELD`, such as ip4.dst, or can match a value of it,\nsuch as 'ip4.dst == 10.0.0.5'; may be repeated")
}

// flowTest reports whether to list a flow of a datapath.
type flowTest func(*lflow.Datapath, *lflow.Flow) bool

// over returns the test for a network: a flow must be in one of the stages, and satisfy all
// texts and fields.
func (o *listFilter) over(n *lflow.Network) (flowTest, error) {
	o.unread, o.undecided = map[lflow.UUID]bool{}, map[lflow.UUID]bool{}
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
		t, err := o.newFieldTest(n, text)
		if err != nil {
			return nil, err
		}
		tests = append(tests, t.keep)
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

// stageTest parses a value of --stage.
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
		return nil, fmt.Errorf("--stage=%s: not a stage, a pattern, a table number, a pipeline or PIPELINE:NUMBER", s)
	}
	return func(_ *lflow.Datapath, f *lflow.Flow) bool {
		ok, _ := path.Match(s, f.Stage())
		return ok
	}, nil
}

// existing returns an error for a stage in which none of the datapaths has a flow.
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
		for f := range n.ListFlows(d) {
			if test(d, f) {
				return true
			}
		}
	}
	return false
}

// stageList lists the stages of datapaths, one line for each pipeline of switches and
// routers.
func stageList(n *lflow.Network, datapaths []*lflow.Datapath) string {
	type line struct{ kind, pipeline string }
	names := map[line][]string{}
	var lines []line
	for _, d := range datapaths {
		for f := range n.ListFlows(d) {
			l := line{find.KindOf(d), f.Pipeline.String()}
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
