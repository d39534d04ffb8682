package suite

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Report is what running suites found.  It refers to the databases, which stay
// open until it is closed.
type Report struct {
	Files []*FileReport

	// Unparsed is how many flows do not parse in the tables that packets came to.
	Unparsed int

	nets networks
}

// Warnings returns the warnings about the databases of all files, without duplicates.
func (r *Report) Warnings() (out []string) {
	for _, f := range r.Files {
		for _, text := range f.Warnings {
			if !slices.Contains(out, text) {
				out = append(out, text)
			}
		}
	}
	return out
}

// Close gives the databases back.  The report may not be used afterwards.
func (r *Report) Close() { r.nets.close() }

// FileReport is what running one file found.
type FileReport struct {
	File   string
	DB     string    // the database of its tests, "" if it was not opened
	Errors []Problem // why the file could not be run at all
	Notes  []string  // warnings

	// Warnings are about the database.
	Warnings []string

	Results []*Result

	suite *Suite // nil where the file does not parse
}

// databasePos is where the file names its database.
func (f *FileReport) databasePos() Pos {
	if f.suite == nil {
		return Pos{}
	}
	return f.suite.DB.Pos
}

// Problem is trouble at a place in a file.
type Problem struct {
	Pos
	Msg string `json:"message"`
}

// Result is what running one case found.
type Result struct {
	Name   string   `json:"name"` // of the test, and of the case where the test has several
	Pos             // of the test
	Tags   []string `json:"tags,omitempty"`
	Status Status   `json:"status"`
	Reason string   `json:"reason,omitempty"` // why it was skipped

	Packet        string      `json:"packet,omitempty"` // the packet that was sent, in the match language
	Request       sim.Request `json:"-"`                // the same with all that the test chooses
	Errors        []Problem   `json:"errors,omitempty"` // why the question could not be answered
	Failures      []Failure   `json:"failures,omitempty"`
	Uncertainties []string    `json:"uncertainties,omitempty"` // the uncertainties of the walk
	notes         []Problem
	warnings      []string // of the database, that the walk came to

	ways []string // of the packets of a connection, a line each

	Trace *trace.Trace `json:"-"` // nil where no packet was walked, or Options.Traces is not set
	Reply *trace.Trace `json:"-"` // of the reply, nil if none was sent
}

// Status is how a case ended.  String returns its word.
type Status uint8

//go:generate go run golang.org/x/tools/cmd/stringer@v0.52.0 -linecomment -type Status,SelectorKind

// MarshalText returns the word.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// The statuses.
const (
	Passed  Status = iota // pass
	Failed                // fail
	Skipped               // skip
	// Errored: the question could not be answered.
	Errored // error
)

// Failure is an expectation that was not met.
type Failure struct {
	Pos                  // of the expectation
	Key         string   `json:"expectation"` // its key, such as "dropped" or "reply.delivered"
	Want        string   `json:"want"`
	Got         string   `json:"got"`
	Explanation []string `json:"explanation,omitempty"` // the explanation, a line each
	golden      *Golden  // that was compared, nil for none
	actual      string   // the actual text, for Update
}

// Counts are how many cases ended in each way.
type Counts struct {
	Passed, Failed, Skipped, Errored int

	Uncertain int // of those that passed: the walk is not sure
	Unparsed  int // flows, in the tables that packets came to
}

// Total returns how many cases there were.
func (c Counts) Total() int { return c.Passed + c.Failed + c.Skipped + c.Errored }

// Counts counts the cases. A file that could not be run counts as one case with an error.
func (r *Report) Counts() (c Counts) {
	c.Unparsed = r.Unparsed
	for _, f := range r.Files {
		if len(f.Errors) > 0 {
			c.Errored++
		}
		for _, res := range f.Results {
			switch res.Status {
			case Passed:
				c.Passed++
				if len(res.Uncertainties) > 0 {
					c.Uncertain++
				}
			case Failed:
				c.Failed++
			case Skipped:
				c.Skipped++
			case Errored:
				c.Errored++
			}
		}
	}
	return c
}
