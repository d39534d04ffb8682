// Package logfile reads and writes the logs of ovsdb(5), standalone and
// clustered, as ovsdb-server does.
package logfile

import (
	"fmt"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/jsonscan"
)

// step is one change of the database in a log: a new schema, a transaction, or both.
type step struct {
	frame       int // index of the step's record
	schema, txn jsonscan.Span
}

// plan is the changes of a log.
type plan struct {
	name     string // the database's name, if the log has it outside the schema
	steps    []step
	warnings []ovsdb.Warning    // about the records
	fault    *ovsdb.RecordError // why the plan ends before the log, or nil
}

// transactions returns the number of steps with a transaction.
func (p *plan) transactions() int {
	n := 0
	for _, st := range p.steps {
		if st.txn != (jsonscan.Span{}) {
			n++
		}
	}
	return n
}

// logForm is the properties of a kind of log.
type logForm struct {
	magic string
	// plan reads the changes of the records, whose checksums may not be verified yet.
	plan func(l *reader, list []frame) (plan, error)
	// early is whether a transaction that does not fit ends the log, so that
	// damage after it has no effect.
	early bool
}

// reader reads one log.
type reader struct {
	*ovsdb.Loader
	logName string // the database's name in the log, or ""
}

// loadLog reads a log of either kind. It uses the records before the first damage.
func (l *reader) loadLog(form logForm) (*ovsdb.Snapshot, error) {
	list, torn := frames(l.Source.Data, form.magic)
	if len(list) == 0 {
		return nil, l.Fail(int64(torn.fault.Pos), ovsdb.ErrDamaged, "the first record, which holds the schema, cannot be read: %s", torn.fault.Text)
	}
	var misfit *ovsdb.RecordError // why steps are omitted
	limit := -1                   // number of steps to apply, or -1 for all
	for {
		p, n, f, bad, err := l.pass(form, list, limit)
		switch {
		case bad != nil && bad.frame == 0:
			return nil, l.Fail(0, ovsdb.ErrDamaged, "the first record, which holds the schema, cannot be read: %s", bad.fault.Text)
		case bad != nil && !(form.early && f != nil && p.steps[n].frame < bad.frame):
			torn, list, limit, misfit = bad, list[:bad.frame], -1, nil
		case err != nil:
			return nil, err
		case f != nil && f.Err != nil:
			return nil, l.Locate(f, f.Err, f.Text)
		case f != nil:
			misfit, limit = f, n
			if form.early {
				torn, list = nil, list[:p.steps[n].frame]
			}
		default:
			return l.conclude(p, torn, misfit)
		}
	}
}

// pass applies the first limit steps of the records to empty tables. It returns the
// first step that does not fit, with its error, and the first record with a wrong
// checksum; if there is one, the other results must not be used.
func (l *reader) pass(form logForm, list []frame, limit int) (p plan, n int, f *ovsdb.RecordError, bad *damageInfo, err error) {
	l.Restart()
	hash := verify(l.Context, l.Source, list)
	l.Also = hash
	defer hash.cancel()
	if p, err = form.plan(l, list); err == nil {
		l.logName = p.name
		if limit >= 0 {
			p.steps = p.steps[:limit]
		}
		n, f, err = l.apply(p.steps)
	}
	if ctxErr := l.Context.Err(); ctxErr != nil {
		return p, 0, nil, nil, ctxErr
	}
	return p, n, f, hash.wait(), err
}

// apply applies steps in order. It returns the index of the first that does not fit,
// with its error.
func (l *reader) apply(steps []step) (n int, f *ovsdb.RecordError, err error) {
	for i, st := range steps {
		if st.schema != (jsonscan.Span{}) {
			f, err = l.applySchema(st)
		}
		if l.Schema == nil && err == nil {
			f = ovsdb.RecordErrorf(st.txn.From, "data without a schema")
		}
		if f == nil && err == nil && st.txn != (jsonscan.Span{}) {
			f, err = l.transaction(st.txn.From, st.txn.To)
		}
		if f != nil || err != nil {
			return i, f, err
		}
	}
	if f := l.Settle(); f != nil {
		return stepAt(steps, f.Pos), f, nil
	}
	return len(steps), nil, nil
}

// applySchema replaces the database, or converts it if the step has a schema only.
func (l *reader) applySchema(st step) (*ovsdb.RecordError, error) {
	b := l.Source.Data[st.schema.From:st.schema.To]
	schema, err := ovsdb.ParseSchema(b)
	if err != nil {
		if l.Schema == nil {
			return nil, l.Fail(int64(st.schema.From), ovsdb.ErrDamaged, "the schema cannot be read: %v", err)
		}
		return ovsdb.RecordErrorf(st.schema.From, "a new schema cannot be read: %v", err), nil
	}
	if l.logName != "" && l.logName != schema.Name {
		return ovsdb.RecordErrorf(st.schema.From, "a schema for database %s in a log of database %s", ovsdb.Clip(schema.Name), ovsdb.Clip(l.logName)), nil
	}
	old := l.Tables
	if old != nil && st.txn == (jsonscan.Span{}) {
		if f := l.Settle(); f != nil {
			return f, nil
		}
		defer func() { clear(old) }()
	} else {
		old = nil
	}
	if err := l.SetSchema(schema); err != nil {
		return nil, err
	}
	for _, name := range schema.TableNames() {
		if from, t := old[name], l.Tables[name]; from != nil && t != nil {
			if f := t.Convert(from); f != nil {
				return f, nil
			}
		}
	}
	return nil, nil
}

// stepAt returns the index of the step that contains a byte.
func stepAt(steps []step, pos int) int {
	for i, st := range steps {
		if pos < st.txn.To {
			return i
		}
	}
	return len(steps) - 1
}

// conclude returns the snapshot of a complete pass, with warnings about records that
// were not applied.
func (l *reader) conclude(p plan, torn *damageInfo, misfit *ovsdb.RecordError) (*ovsdb.Snapshot, error) {
	rows := 0
	for _, t := range l.Tables {
		rows += t.Len()
	}
	for _, f := range []*ovsdb.RecordError{misfit, p.fault, torn.cause()} {
		if f == nil {
			continue
		}
		if rows == 0 {
			return nil, l.Locate(f, ovsdb.ErrNoData, f.Text+"; the rest of the file is ignored, and no data comes before it")
		}
		l.Warnings = append(l.Warnings, ovsdb.Warning{
			File: l.Name, Offset: int64(f.Pos), Table: f.Table, UUID: f.UUID,
			Text: fmt.Sprintf("%s; the rest of the file is ignored, and the data before it is used: %s",
				f.Text, count(p.transactions(), "transaction", "transactions")),
		})
	}
	l.Warnings = append(l.Warnings, p.warnings...)
	return l.Snapshot(), nil
}

func (d *damageInfo) cause() *ovsdb.RecordError {
	if d == nil {
		return nil
	}
	return d.fault
}

// standalone is the form of a log with a schema and then transactions.
var standalone = logForm{magic: MagicStandalone, plan: planStandalone, early: true}

func planStandalone(_ *reader, list []frame) (plan, error) {
	steps := make([]step, len(list))
	for i, f := range list {
		steps[i] = step{frame: i, txn: jsonscan.Span{From: int(f.body), To: int(f.end)}}
	}
	steps[0].schema, steps[0].txn = steps[0].txn, jsonscan.Span{}
	return plan{steps: steps}, nil
}

// Load reads a log of either kind from a loader's source.
func Load(ld *ovsdb.Loader) (*ovsdb.Snapshot, error) {
	l := &reader{Loader: ld}
	h, ok := ParseHeader(l.Source.Data)
	switch {
	case !ok:
		return nil, l.Fail(0, ovsdb.ErrDamaged, "the first record's header line cannot be read: %q", ovsdb.Clip(string(l.Source.Data[:min(len(l.Source.Data), MaxHeader)])))
	case h.Magic == MagicStandalone:
		return l.loadLog(standalone)
	case h.Magic == MagicClustered:
		return l.loadLog(clustered)
	}
	return nil, l.Fail(0, ovsdb.ErrNotOVSDB, "an OVSDB log of unknown kind %q", ovsdb.Clip(h.Magic))
}
