package logfile

import (
	"fmt"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/jsonscan"
)

// clustered is the form of a Raft server's log (ovsdb(5), "Clustered Database
// Format"): a header, which may have a snapshot, then entries, commit indexes, votes
// and notes.
var clustered = logForm{magic: MagicClustered, plan: planClustered}

// raftLog is the state of a log while it is read. Entries are those after the snapshot.
type raftLog struct {
	l       *reader
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
	data  jsonscan.Span // [SCHEMA or null, TRANSACTION or null], or none
}

// end returns the index after the last entry.
func (r *raftLog) end() uint64 { return r.start + uint64(len(r.entries)) }

// planClustered reads a server's log to its end, as ovsdb-server does when it starts,
// and returns the entries up to the last commit.
func planClustered(l *reader, list []frame) (plan, error) {
	r := &raftLog{l: l, b: l.Source.Data}
	if f := r.header.read(r.b, list[0]); f != nil {
		return plan{}, l.Fail(int64(f.Pos), ovsdb.ErrDamaged, "the cluster's header cannot be read: %s", f.Text)
	}
	h := &r.header
	p := plan{name: h.text(r.b, h.name)}
	if p.name == "" {
		return p, l.Fail(list[0].off, ovsdb.ErrDamaged, "the cluster's header has no name of a database, which ovsdb-server requires; take the file of another member")
	}
	if want := l.Options.Schema; want != "" && p.name != want {
		return p, l.Fail(-1, ovsdb.ErrWrongSchema, "%s", (&ovsdb.Schema{Name: p.name, Version: "unknown"}).Other(want))
	}
	if h.remotes != (jsonscan.Span{}) {
		return p, l.Fail(-1, ovsdb.ErrNoData, "a server made by \"ovsdb-tool join-cluster\" for %s that never joined its cluster: "+
			"it holds no data yet; take the file of another member", p.name)
	}
	r.start, r.commit = h.prevIndex+1, h.prevIndex
	if h.prevData != (jsonscan.Span{}) {
		st, f := commit(r.b, h.prevData, 0)
		if f != nil {
			return p, l.Fail(int64(f.Pos), ovsdb.ErrDamaged, "the snapshot in the cluster's header cannot be read: %s", f.Text)
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
		return p, l.Fail(-1, ovsdb.ErrNoData, "this server's log holds no committed data; take the file of another member")
	}
	return p, nil
}

// planEntries adds the committed entries to a plan, and a warning about the others.
func (r *raftLog) planEntries(p *plan) {
	last := r.commit
	if r.l.Options.Uncommitted {
		last = r.end() - 1
	}
	left := 0
	for i, e := range r.entries {
		if e.data == (jsonscan.Span{}) {
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
		p.warnings = append(p.warnings, ovsdb.Warning{
			File: r.l.Name, Offset: int64(first.data.From),
			Text: fmt.Sprintf("%s past the last commit (index %d) and not applied; --uncommitted applies entries whose commit a follower has not learned",
				count(left, "log entry is", "log entries are"), r.commit),
		})
	}
}

// count renders a number with a singular or plural noun.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// commit parses an entry's data: [SCHEMA or null, TRANSACTION or null]. It does not scan
// the transaction, which may be most of the file.
func commit(b []byte, data jsonscan.Span, frame int) ([]step, *ovsdb.RecordError) {
	b = b[:data.To]
	bad := ovsdb.RecordErrorf(data.From, "an entry's data is not a pair of a schema and a transaction")
	if jsonscan.At(b, data.From) != '[' {
		return nil, bad
	}
	st := step{frame: frame}
	i, done := jsonscan.First(b, data.From, ']')
	end := jsonscan.SkipValue(b, i)
	if done || end < 0 {
		return nil, bad
	}
	switch jsonscan.KindOf[b[i]] {
	case jsonscan.KindNull:
	case jsonscan.KindObject:
		st.schema = jsonscan.Span{From: i, To: end}
	default:
		return nil, bad
	}
	i, done = jsonscan.Next(b, end, ']')
	if i < 0 || done {
		return nil, bad
	}
	switch jsonscan.KindOf[jsonscan.At(b, i)] {
	case jsonscan.KindNull:
		if end = jsonscan.SkipValue(b, i); end < 0 || jsonscan.SkipSpace(b, end) != data.To-1 {
			return nil, bad
		}
	case jsonscan.KindObject:
		st.txn = jsonscan.Span{From: i, To: data.To - 1} // up to the closing bracket of the pair
	default:
		return nil, bad
	}
	if st.schema == (jsonscan.Span{}) && st.txn == (jsonscan.Span{}) {
		return nil, nil
	}
	return []step{st}, nil
}

// add applies one record after the header to the log.
func (r *raftLog) add(frame int, f frame) *ovsdb.RecordError {
	var rec raftRecord
	if bad := rec.read(r.b, f); bad != nil {
		return bad
	}
	pos := int(f.off)
	switch {
	case rec.note != (jsonscan.Span{}):
		if rec.text(r.b, rec.note) == "left" {
			return ovsdb.RecordErrorf(pos, "this server has left its cluster")
		}
	case rec.commitIndex != 0:
		switch {
		case rec.commitIndex < r.commit:
			return ovsdb.RecordErrorf(pos, "the commit index goes back from %d to %d", r.commit, rec.commitIndex)
		case rec.commitIndex >= r.end():
			return ovsdb.RecordErrorf(pos, "the commit index is %d, but the log ends at %d", rec.commitIndex, r.end()-1)
		}
		r.commit = rec.commitIndex
	case rec.index != 0 && rec.isEntry:
		return r.append(pos, frame, &rec)
	}
	return nil
}

// append adds an entry to the log. An entry whose index is at or below the log's last one
// replaces that entry and all after it, which a deposed leader wrote.
func (r *raftLog) append(pos, frame int, rec *raftRecord) *ovsdb.RecordError {
	switch {
	case rec.index < r.commit || rec.index < r.start:
		return ovsdb.RecordErrorf(pos, "an entry would replace the one with index %d, but the commit index is already %d", rec.index, r.commit)
	case rec.index > r.end():
		return ovsdb.RecordErrorf(pos, "an entry with index %d follows index %d", rec.index, r.end()-1)
	}
	r.entries = r.entries[:rec.index-r.start]
	before := r.header.prevTerm
	if n := len(r.entries); n > 0 {
		before = r.entries[n-1].term
	}
	if rec.term < before {
		return ovsdb.RecordErrorf(pos, "an entry of term %d follows one of term %d", rec.term, before)
	}
	r.entries = append(r.entries, raftEntry{frame: frame, term: rec.term, data: rec.data})
	return nil
}

// raftRecord has the members of a record that are used; absent ones are zero.
type raftRecord struct {
	name, note, remotes                           jsonscan.Span
	prevData, data                                jsonscan.Span
	prevIndex, prevTerm, index, term, commitIndex uint64
	isEntry                                       bool
}

// read parses a record's members, which may be in any order.
func (rec *raftRecord) read(src []byte, f frame) *ovsdb.RecordError {
	b := src[:f.end]
	rec.isEntry = true
	i, bad := ovsdb.EachMember(b, int(f.body), func(name string, v jsonscan.Span) *ovsdb.RecordError { return rec.member(b, name, v) })
	if bad != nil {
		return bad
	}
	if rest := jsonscan.SkipSpace(b, i); rest != len(b) {
		return ovsdb.RecordErrorf(rest, "unexpected text after the record's JSON object")
	}
	return nil
}

func (rec *raftRecord) member(b []byte, name string, v jsonscan.Span) *ovsdb.RecordError {
	switch name {
	case "name":
		rec.name = v
	case "note":
		rec.note = v
	case "remote_addresses":
		rec.remotes = v
	case "prev_data":
		if b[v.From] != 'n' {
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

// maxIndex bounds terms and indexes, so that arithmetic cannot overflow.
const maxIndex = 1 << 62

func setNumber(dst *uint64, b []byte, v jsonscan.Span, name string) *ovsdb.RecordError {
	n, ok := ovsdb.ParseInt(b[v.From:v.To])
	if !ok || n < 0 || n > maxIndex {
		return ovsdb.RecordErrorf(v.From, "%s is %s, not a number from 0 to 2^62", name, ovsdb.Clip(string(b[v.From:v.To])))
	}
	*dst = uint64(n)
	return nil
}

// text decodes a string member.
func (*raftRecord) text(b []byte, v jsonscan.Span) string {
	s, _ := ovsdb.ParseString(b[v.From:v.To])
	return s
}
