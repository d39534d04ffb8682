package matrix

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/reach"
	"github.com/ovnwalk/ovnwalk/internal/report"
)

func itoa(i int) string { return strconv.Itoa(i) }

// The records of a matrix as JSON lines.
type (
	matrixRecord struct {
		Type         string   `json:"type"` // matrix
		Version      int      `json:"version"`
		Program      string   `json:"program"`
		Zones        []string `json:"zones,omitempty"`
		Database     string   `json:"database"`
		Northbound   string   `json:"northbound,omitempty"`
		Options      Options  `json:"options"`
		Sources      int      `json:"sources"`
		Destinations int      `json:"destinations"`
	}
	classRecord struct {
		Type  string   `json:"type"` // source or destination
		Class string   `json:"class"`
		Ports []string `json:"ports"`
	}
	pairRecord struct {
		Type  string           `json:"type"` // pair
		From  string           `json:"from"`
		To    string           `json:"to,omitempty"`
		Where string           `json:"where"`
		Sets  []reach.PairLine `json:"sets"`
	}
)

// Summary returns the size of the matrix in one line.
func (m *Matrix) Summary() string {
	return fmt.Sprintf("classes: %d of %s, %d of %s, %s", len(m.Sources), report.Count(count(m.Header.Sources), "source"),
		len(m.Destinations), report.Count(count(m.Header.Destinations), "destination"), report.Count(len(m.Pairs), "pair"))
}

func count(list []Ports) (n int) {
	for _, p := range list {
		n += len(p.Ports)
	}
	return n
}

// WriteJSON writes a matrix as JSON lines: a header, the classes, the pairs.
func (m *Matrix) WriteJSON(out io.Writer) error {
	b := bufio.NewWriter(out)
	w := newRecordWriter(b)
	h := &m.Header
	if err := w.record(matrixRecord{
		"matrix", FormatVersion, h.Program, h.Zones, h.Database, h.Northbound, h.Options, count(h.Sources), count(h.Destinations),
	}); err != nil {
		return err
	}
	for _, list := range []struct {
		kind    string
		classes []Class
	}{{"source", m.Sources}, {"destination", m.Destinations}} {
		for _, c := range list.classes {
			if err := w.record(classRecord{list.kind, c.Name, c.Ports}); err != nil {
				return err
			}
		}
	}
	for _, p := range m.Pairs {
		r := pairRecord{"pair", p.From, p.To, p.Where, p.Sets.Lines}
		if r.Sets == nil {
			r.Sets = []reach.PairLine{}
		}
		if err := w.record(r); err != nil {
			return err
		}
	}
	return b.Flush()
}

// columns are the columns of a matrix as CSV.
var columns = []string{
	"record", "from", "to", "port", "where", "packets", "match", "outcome", "varies", "code", "at", "flows", "rows", "path", "reason",
}

// WriteCSV writes a matrix as CSV: a row for each port of a class, then one for each set
// of a pair.
func (m *Matrix) WriteCSV(out io.Writer) error {
	w := csv.NewWriter(out)
	_ = w.Write(columns) // Flush has the error
	for _, c := range m.Sources {
		for _, p := range c.Ports {
			_ = w.Write(row("source", c.Name, "", p))
		}
	}
	for _, c := range m.Destinations {
		for _, p := range c.Ports {
			_ = w.Write(row("destination", "", c.Name, p))
		}
	}
	for _, p := range m.Pairs {
		for _, l := range p.Sets.Lines {
			_ = w.Write(lineRow(&p, &l))
		}
		if len(p.Sets.Lines) == 0 {
			_ = w.Write(row("pair", p.From, p.To, "", p.Where))
		}
	}
	w.Flush()
	return w.Error()
}

func row(values ...string) []string {
	return append(values, make([]string, len(columns)-len(values))...)
}

func lineRow(p *Pair, l *reach.PairLine) []string {
	at, varies := "", ""
	if l.At != nil {
		at = placeText(l.At)
	}
	if l.Varies {
		varies = "by some choices"
	}
	text := l.Text
	if l.Otherwise {
		text = "otherwise"
	}
	places := l.AllowedBy
	if l.At != nil {
		places = []reach.PairPlace{*l.At}
	}
	var flows, rows []string
	for _, place := range places {
		switch {
		case place.Flow != "":
			flows = append(flows, place.Flow)
		case place.Match != "":
			flows = append(flows, strconv.Quote(place.Match))
		}
		rows = append(rows, place.MadeFrom...)
	}
	return row("pair", p.From, p.To, "", p.Where, text, l.Match, l.Outcome, varies, string(l.Code), at,
		strings.Join(flows, " "), strings.Join(rows, "; "), strings.Join(l.Path, " "), l.Reason)
}

func placeText(p *reach.PairPlace) string {
	if p.Stage == "" {
		return fmt.Sprintf("%s/table %d", p.Datapath, p.Table)
	}
	return p.Datapath + "/" + p.Stage
}
