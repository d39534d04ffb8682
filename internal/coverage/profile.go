// Package coverage records which logical flows packets have taken and could have taken, by type
// of datapath, by stage and by ACL.
package coverage

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/northd"
)

// Profile is the coverage of one or more databases.
type Profile struct {
	Version   int         `json:"version"`
	Databases []*Database `json:"databases"`
}

// Version is the version of a profile's JSON.  It increases with incompatible changes.
const Version = 2

// Database is the coverage of one database.
type Database struct {
	Name     string   `json:"name"`
	Warnings []string `json:"warnings,omitempty"` // about the database itself
	Counts   `json:"summary"`
	Kinds    []Kind  `json:"kinds"`
	Stages   []Stage `json:"stages"`
	ACLs     []ACL   `json:"acls"`
	Flows    []Flow  `json:"flows"`
}

// Counts has numbers of rows of table Logical_Flow.  A flow that several datapaths share counts
// once.
type Counts struct {
	Total     int `json:"total"`
	Reachable int `json:"reachable"` // flows that a packet may be able to take
	Covered   int `json:"covered"`
	Shadowed  int `json:"shadowed"`    // flows for whose packets others of higher priority match
	Never     int `json:"unmatchable"` // flows that match no packet
	Unparsed  int `json:"unparsed"`    // flows that do not parse
}

// Percent returns the percentage of the reachable flows that are covered; 100 if none is
// reachable.
func (c Counts) Percent() float64 {
	if c.Reachable == 0 {
		return 100
	}
	return 100 * float64(c.Covered) / float64(c.Reachable)
}

func (c *Counts) add(s State) {
	c.Total++
	switch s {
	case Covered:
		c.Reachable++
		c.Covered++
	case Missed:
		c.Reachable++
	case Shadowed:
		c.Shadowed++
	case Never:
		c.Never++
	case Unparsed:
		c.Unparsed++
	}
}

// Kind has the counts of a type of datapath.
type Kind struct {
	Kind string `json:"kind"` // logical-switch or logical-router, "" if it is unknown
	Counts
}

// Stage has the counts of a table of a type of datapath.
type Stage struct {
	Kind     string `json:"kind"`
	Pipeline string `json:"pipeline"` // ingress or egress
	Table    int    `json:"table"`
	Stage    string `json:"stage,omitempty"`
	Counts
}

// ACL has the counts of the flows of one ACL row.
type ACL struct {
	Hint  string `json:"stage_hint"` // the first eight digits of its northbound UUID
	Name  string `json:"name,omitempty"`
	Stage string `json:"stage"`
	Match string `json:"match"` // that of its first flow
	Counts
}

// Flow is a logical flow.
type Flow struct {
	UUID      string   `json:"uuid"`
	Kind      string   `json:"kind"`
	Datapaths []string `json:"datapaths"` // the first few
	Pipeline  string   `json:"pipeline"`
	Table     int      `json:"table"`
	Stage     string   `json:"stage,omitempty"`
	Priority  int      `json:"priority"`
	Match     string   `json:"match"`
	Actions   string   `json:"actions"`
	Hint      string   `json:"stage_hint,omitempty"`
	Source    string   `json:"source,omitempty"`
	State     State    `json:"state"`
	Hits      int      `json:"hits"`
	By        string   `json:"shadowed_by,omitempty"` // the UUID of the flow that shadows it
}

// State is whether a flow was taken, or the reason why not.
type State string

// The states.
const (
	Covered  State = "covered"
	Missed   State = "missed"
	Shadowed State = "shadowed"
	Never    State = "unmatchable"
	Unparsed State = "unparsed"
)

// States returns every state.
func States() []State { return []State{Covered, Missed, Shadowed, Never, Unparsed} }

// sum sorts the flows and counts them by kind, stage and ACL.
func (db *Database) sum() {
	slices.SortFunc(db.Flows, func(a, b Flow) int {
		return cmp.Or(-strings.Compare(a.Kind, b.Kind), -strings.Compare(a.Pipeline, b.Pipeline), cmp.Compare(a.Table, b.Table),
			cmp.Compare(b.Priority, a.Priority), strings.Compare(a.Match, b.Match), strings.Compare(a.UUID, b.UUID))
	})
	db.Counts, db.Kinds, db.Stages, db.ACLs = Counts{}, []Kind{}, []Stage{}, []ACL{}
	if db.Flows == nil {
		db.Flows = []Flow{}
	}
	for _, f := range db.Flows {
		db.Counts.add(f.State)
		if k := len(db.Kinds); k == 0 || db.Kinds[k-1].Kind != f.Kind {
			db.Kinds = append(db.Kinds, Kind{Kind: f.Kind})
		}
		db.Kinds[len(db.Kinds)-1].add(f.State)
		db.stage(f).add(f.State)
		if f.Hint != "" && northd.ACLStages.Has(f.Stage) {
			db.acl(f).add(f.State)
		}
	}
}

// stage returns the counts of a flow's stage, which is the last of the list if it is there.
func (db *Database) stage(f Flow) *Counts {
	s := Stage{Kind: f.Kind, Pipeline: f.Pipeline, Table: f.Table, Stage: f.Stage}
	if n := len(db.Stages); n > 0 {
		last := &db.Stages[n-1]
		if last.Kind == s.Kind && last.Pipeline == s.Pipeline && last.Table == s.Table {
			return &last.Counts
		}
	}
	db.Stages = append(db.Stages, s)
	return &db.Stages[len(db.Stages)-1].Counts
}

// logName matches the name of an ACL in the log action of its flows.
var logName = regexp.MustCompile(`\blog\([^)]*name="([^"]*)"`)

func (db *Database) acl(f Flow) *Counts {
	name := ""
	if m := logName.FindStringSubmatch(f.Actions); m != nil {
		name = m[1]
	}
	for i := range db.ACLs {
		a := &db.ACLs[i]
		if a.Hint == f.Hint && a.Stage == f.Stage {
			if a.Name == "" {
				a.Name = name
			}
			return &a.Counts
		}
	}
	db.ACLs = append(db.ACLs, ACL{Hint: f.Hint, Name: name, Stage: f.Stage, Match: f.Match})
	return &db.ACLs[len(db.ACLs)-1].Counts
}
