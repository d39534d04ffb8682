package ovsdb

import (
	"fmt"
)

// span is a range of the source's bytes; a zero span is none.
type span struct{ from, to int }

// step is one change of the database that a log asks for: a new schema, a
// transaction, or both.
type step struct {
	frame       int // index of the record that holds it
	schema, txn span
}

// plan is what a log asks for.
type plan struct {
	name     string // the database's name where the log says it beside the schema
	steps    []step
	warnings []Warning    // what the records themselves gave cause for
	fault    *recordError // why the plan ends before the log does, or nil
}

// transactions returns how many steps hold one.
func (p *plan) transactions() int {
	n := 0
	for _, st := range p.steps {
		if st.txn != (span{}) {
			n++
		}
	}
	return n
}

// logForm is what tells the two kinds of logs apart.
type logForm struct {
	magic string
	// plan works out what the records ask for. It must not trust them: their
	// checksums are being looked at meanwhile.
	plan func(l *loader, list []frame) (plan, error)
	// early is whether a transaction that does not fit ends the log, so that
	// damage after it does not matter.
	early bool
}

// loadLog reads a log of either kind. Damage ends it: what precedes counts.
func (l *loader) loadLog(form logForm) (*Snapshot, error) {
	list, torn := frames(l.src.data, form.magic)
	if len(list) == 0 {
		return nil, l.fail(int64(torn.fault.pos), ErrDamaged, "the first record, which holds the schema, cannot be read: %s", torn.fault.text)
	}
	var misfit *recordError // why steps are left out
	limit := -1             // how many steps count, or -1 for all
	for {
		p, n, f, bad, err := l.pass(form, list, limit)
		switch {
		case bad != nil && bad.frame == 0:
			return nil, l.fail(0, ErrDamaged, "the first record, which holds the schema, cannot be read: %s", bad.fault.text)
		case bad != nil && !(form.early && f != nil && p.steps[n].frame < bad.frame):
			torn, list, limit, misfit = bad, list[:bad.frame], -1, nil
		case err != nil:
			return nil, err
		case f != nil && f.err != nil:
			return nil, l.locate(f, f.err, f.text)
		case f != nil:
			misfit, limit = f, n
			if form.early {
				torn, list = nil, list[:p.steps[n].frame]
			}
		default:
			return l.conclude(p, list, torn, misfit)
		}
	}
}

// pass applies the first limit steps of the records to fresh tables. It
// returns the step that does not fit with its fault, and the first record with
// a wrong checksum; where there is one, the rest means nothing.
func (l *loader) pass(form logForm, list []frame, limit int) (p plan, n int, f *recordError, bad *damageInfo, err error) {
	l.next, l.done, l.schema, l.tables = 0, 0, nil, nil
	l.hash = verify(l.ctx, l.src, list)
	defer l.hash.cancel()
	if p, err = form.plan(l, list); err == nil {
		l.logName = p.name
		if limit >= 0 {
			p.steps = p.steps[:limit]
		}
		n, f, err = l.apply(p.steps)
	}
	if ctxErr := l.ctx.Err(); ctxErr != nil {
		return p, 0, nil, nil, ctxErr
	}
	return p, n, f, l.hash.wait(), err
}

// apply takes steps in turn. It returns the first that does not fit, with its
// fault.
func (l *loader) apply(steps []step) (n int, f *recordError, err error) {
	for i, st := range steps {
		if st.schema != (span{}) {
			f, err = l.applySchema(st)
		}
		if l.schema == nil && err == nil {
			f = recordErrorf(st.txn.from, "data without a schema")
		}
		if f == nil && err == nil && st.txn != (span{}) {
			f, err = l.transaction(st.txn.from, st.txn.to)
		}
		if f != nil || err != nil {
			return i, f, err
		}
	}
	if f := l.settle(); f != nil {
		return stepAt(steps, f.pos), f, nil
	}
	return len(steps), nil, nil
}

// applySchema starts the database anew, or converts it where no data comes
// with the schema.
func (l *loader) applySchema(st step) (*recordError, error) {
	b := l.src.data[st.schema.from:st.schema.to]
	schema, err := parseSchema(b)
	if err != nil {
		if l.schema == nil {
			return nil, l.fail(int64(st.schema.from), ErrDamaged, "the schema cannot be read: %v", err)
		}
		return recordErrorf(st.schema.from, "a new schema cannot be read: %v", err), nil
	}
	if l.logName != "" && l.logName != schema.Name {
		return recordErrorf(st.schema.from, "a schema for database %s in a log of database %s", clip(schema.Name), clip(l.logName)), nil
	}
	old := l.tables
	if old != nil && st.txn == (span{}) {
		if f := l.settle(); f != nil {
			return f, nil
		}
		defer func() { clear(old) }()
	} else {
		old = nil
	}
	if err := l.setSchema(schema); err != nil {
		return nil, err
	}
	for _, name := range schema.TableNames() {
		if from, t := old[name], l.tables[name]; from != nil && t != nil {
			if f := t.convert(from); f != nil {
				return f, nil
			}
		}
	}
	return nil, nil
}

// stepAt returns the index of the step that holds a byte.
func stepAt(steps []step, pos int) int {
	for i, st := range steps {
		if pos < st.txn.to {
			return i
		}
	}
	return len(steps) - 1
}

// conclude turns a pass that went well into a snapshot, with a word on what
// did not count.
func (l *loader) conclude(p plan, list []frame, torn *damageInfo, misfit *recordError) (*Snapshot, error) {
	rows := 0
	for _, t := range l.tables {
		rows += t.Len()
	}
	for _, f := range []*recordError{misfit, p.fault, torn.cause()} {
		if f == nil {
			continue
		}
		if rows == 0 {
			return nil, l.locate(f, ErrNoData, f.text+"; nothing from there on counts, and no data comes before it, so the network would be empty")
		}
		l.warnings = append(l.warnings, Warning{
			File: l.name, Offset: int64(f.pos), Table: f.table, UUID: f.uuid,
			Text: fmt.Sprintf("%s; nothing from there on counts, what comes before it does: %s",
				f.text, count(p.transactions(), "transaction", "transactions")),
		})
	}
	l.warnings = append(l.warnings, p.warnings...)
	return l.snapshot(), nil
}

func (d *damageInfo) cause() *recordError {
	if d == nil {
		return nil
	}
	return d.fault
}

// locate makes an error of a fault.
func (l *loader) locate(f *recordError, err error, text string) error {
	return &Error{File: l.name, Offset: int64(f.pos), Table: f.table, UUID: f.uuid, Text: text, Err: err}
}

// standalone is the form of a log with a schema and then transactions.
var standalone = logForm{magic: magicStandalone, plan: planStandalone, early: true}

func planStandalone(_ *loader, list []frame) (plan, error) {
	steps := make([]step, len(list))
	for i, f := range list {
		steps[i] = step{frame: i, txn: span{int(f.body), int(f.end)}}
	}
	steps[0].schema, steps[0].txn = steps[0].txn, span{}
	return plan{steps: steps}, nil
}
