package ovsdb

import "fmt"

// clustered is the form of a Raft server's log (ovsdb(5), "Clustered Database
// Format"): a header, which may hold a snapshot, then entries, commit marks,
// votes and notes.
var clustered = logForm{magic: magicClustered, plan: planClustered}

// raftLog is the log as it builds up. Entries are those after the snapshot.
type raftLog struct {
	l       *loader
	b       []byte
	header  raftRecord
	start   uint64 // index of entries[0]
	entries []raftEntry
	commit  uint64 // highest index known to be committed
}

// raftEntry is one entry of the log.
type raftEntry struct {
	frame int
	term  uint64
	data  span // [SCHEMA or null, TRANSACTION or null], or none
}

// end is the index after the last entry.
func (r *raftLog) end() uint64 { return r.start + uint64(len(r.entries)) }

// planClustered follows a server's log to its end as ovsdb-server does when it
// starts, and plans the entries up to the last commit.
func planClustered(l *loader, list []frame) (plan, error) {
	r := &raftLog{l: l, b: l.src.data}
	if f := r.header.read(r.b, list[0]); f != nil {
		return plan{}, l.fail(int64(f.pos), ErrDamaged, "the cluster's header cannot be read: %s", f.text)
	}
	h := &r.header
	p := plan{name: h.text(r.b, h.name)}
	if p.name == "" {
		return p, l.fail(list[0].off, ErrDamaged, "the cluster's header has no name of a database, which ovsdb-server requires; take the file of another member")
	}
	if want := l.o.Schema; want != "" && p.name != want {
		return p, l.fail(-1, ErrWrongSchema, "%s", (&Schema{Name: p.name, Version: "unknown"}).other(want))
	}
	if h.remotes != (span{}) {
		return p, l.fail(-1, ErrNoData, "a server made by \"ovsdb-tool join-cluster\" for %s that never joined its cluster: "+
			"it holds no data yet; take the file of another member", p.name)
	}
	r.start, r.commit = h.prevIndex+1, h.prevIndex
	if h.prevData != (span{}) {
		st, f := commit(r.b, h.prevData, 0)
		if f != nil {
			return p, l.fail(int64(f.pos), ErrDamaged, "the snapshot in the cluster's header cannot be read: %s", f.text)
		}
		p.steps = append(p.steps, st...)
	}
	for i, f := range list[1:] {
		if p.fault = r.add(i+1, f); p.fault != nil {
			break
		}
	}
	r.planEntries(&p)
	if len(p.steps) == 0 && p.fault == nil {
		return p, l.fail(-1, ErrNoData, "this server's log holds no committed data; take the file of another member")
	}
	return p, nil
}

// planEntries plans the committed entries and says how many are not.
func (r *raftLog) planEntries(p *plan) {
	last := r.commit
	if r.l.o.Uncommitted {
		last = r.end() - 1
	}
	left := 0
	for i, e := range r.entries {
		if e.data == (span{}) {
			continue
		}
		if r.start+uint64(i) > last {
			left++
			continue
		}
		st, f := commit(r.b, e.data, e.frame)
		if f != nil {
			p.fault = f
			return
		}
		p.steps = append(p.steps, st...)
	}
	if left > 0 {
		first := r.entries[r.commit+1-r.start]
		p.warnings = append(p.warnings, Warning{
			File: r.l.name, Offset: int64(first.data.from),
			Text: fmt.Sprintf("%s past the last commit (index %d) and not applied; --uncommitted applies what a follower has not heard is committed",
				count(left, "log entry is", "log entries are"), r.commit),
		})
	}
}

// count renders a number with the words for one or for many.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// commit takes an entry's data apart: [SCHEMA or null, TRANSACTION or null].
// The transaction, which may be most of the file, is not walked over here.
func commit(b []byte, data span, frame int) ([]step, *recordError) {
	b = b[:data.to]
	bad := recordErrorf(data.from, "an entry's data is no pair of a schema and a transaction")
	if at(b, data.from) != '[' {
		return nil, bad
	}
	st := step{frame: frame}
	i, done := first(b, data.from, ']')
	end := skipValue(b, i)
	if done || end < 0 {
		return nil, bad
	}
	switch kindOf[b[i]] {
	case kindNull:
	case kindObject:
		st.schema = span{i, end}
	default:
		return nil, bad
	}
	i, done = next(b, end, ']')
	if i < 0 || done {
		return nil, bad
	}
	switch kindOf[at(b, i)] {
	case kindNull:
		if end = skipValue(b, i); end < 0 || skipSpace(b, end) != data.to-1 {
			return nil, bad
		}
	case kindObject:
		st.txn = span{i, data.to - 1} // up to the pair's bracket
	default:
		return nil, bad
	}
	if st.schema == (span{}) && st.txn == (span{}) {
		return nil, nil
	}
	return []step{st}, nil
}

// add takes one record after the header into the log.
func (r *raftLog) add(frame int, f frame) *recordError {
	var rec raftRecord
	if bad := rec.read(r.b, f); bad != nil {
		return bad
	}
	pos := int(f.off)
	switch {
	case rec.note != (span{}):
		if rec.text(r.b, rec.note) == "left" {
			return recordErrorf(pos, "this server has left its cluster")
		}
	case rec.commitIndex != 0:
		switch {
		case rec.commitIndex < r.commit:
			return recordErrorf(pos, "the commit index goes back from %d to %d", r.commit, rec.commitIndex)
		case rec.commitIndex >= r.end():
			return recordErrorf(pos, "the commit index goes to %d, the log only to %d", rec.commitIndex, r.end()-1)
		}
		r.commit = rec.commitIndex
	case rec.index != 0 && rec.isEntry:
		return r.append(pos, frame, &rec)
	}
	return nil
}

// append takes an entry into the log. One whose index is at or below the log's
// end replaces that entry and all behind it: they were a deposed leader's.
func (r *raftLog) append(pos, frame int, rec *raftRecord) *recordError {
	switch {
	case rec.index < r.commit || rec.index < r.start:
		return recordErrorf(pos, "an entry would cut the log to index %d, the commit index is already %d", rec.index, r.commit)
	case rec.index > r.end():
		return recordErrorf(pos, "an entry with index %d follows index %d", rec.index, r.end()-1)
	}
	r.entries = r.entries[:rec.index-r.start]
	before := r.header.prevTerm
	if n := len(r.entries); n > 0 {
		before = r.entries[n-1].term
	}
	if rec.term < before {
		return recordErrorf(pos, "an entry of term %d follows one of term %d", rec.term, before)
	}
	r.entries = append(r.entries, raftEntry{frame: frame, term: rec.term, data: rec.data})
	return nil
}

// raftRecord is the members of a record that matter; absent ones are zero.
type raftRecord struct {
	name, note, remotes                           span
	prevData, data                                span
	prevIndex, prevTerm, index, term, commitIndex uint64
	isEntry                                       bool
}

// read reads a record's members, which come in any order.
func (rec *raftRecord) read(src []byte, f frame) *recordError {
	b := src[:f.end]
	rec.isEntry = true
	i, bad := eachMember(b, int(f.body), func(name string, v span) *recordError { return rec.member(b, name, v) })
	if bad != nil {
		return bad
	}
	if rest := skipSpace(b, i); rest != len(b) {
		return recordErrorf(rest, "something follows the record's JSON object")
	}
	return nil
}

func (rec *raftRecord) member(b []byte, name string, v span) *recordError {
	switch name {
	case "name":
		rec.name = v
	case "note":
		rec.note = v
	case "remote_addresses":
		rec.remotes = v
	case "prev_data":
		if b[v.from] != 'n' {
			rec.prevData = v
		}
	case "data":
		rec.data = v
	case "vote", "leader":
		rec.isEntry = false
	case "prev_index":
		return setNumber(&rec.prevIndex, b, v, name)
	case "prev_term":
		return setNumber(&rec.prevTerm, b, v, name)
	case "index":
		return setNumber(&rec.index, b, v, name)
	case "term":
		return setNumber(&rec.term, b, v, name)
	case "commit_index":
		return setNumber(&rec.commitIndex, b, v, name)
	}
	return nil
}

// maxIndex bounds terms and indexes far from where arithmetic would wrap.
const maxIndex = 1 << 62

func setNumber(dst *uint64, b []byte, v span, name string) *recordError {
	n, ok := parseInt(b[v.from:v.to])
	if !ok || n < 0 || n > maxIndex {
		return recordErrorf(v.from, "%s is %s, no number from 0 to 2^62", name, clip(string(b[v.from:v.to])))
	}
	*dst = uint64(n)
	return nil
}

// text decodes a string member.
func (*raftRecord) text(b []byte, v span) string {
	s, _ := parseString(b[v.from:v.to])
	return s
}
