package witness

import (
	"slices"
	"strings"
	"sync"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// assignments are all actions that set addresses.
type assignments struct {
	list    []*assignment
	ports   []uint64 // the constants that actions set protocols and ports to
	anyPort bool     // whether actions set them to other than constants

	from [numHolders]fieldSet // for each field, those from which it is copied
}

// assignment has the flows with the same actions, which set addresses. Actions that differ
// only in constants are parsed when one of the constants matters.
type assignment struct {
	*setting                 // of the first actions of the form
	constants []packet.Value // those in the actions, if they were not parsed at once
	rows      []lflow.FlowRow

	once sync.Once
	own  *setting // see read
}

// setting is the effect of actions on addresses.
type setting struct {
	all    *assignments
	values []address
	copies [][2]int // from one field to another
	turn   int      // the index in turns of the reply that the actions may make, -1 for none

	parts  bool // see setsParts
	varies bool // whether other actions of the form may differ in the ports that they set, or in making replies
}

// readAssignments returns all actions that set addresses, or nil if the effect of some
// actions is not known.
func readAssignments(n *lflow.Network) *assignments {
	out := &assignments{}
	r := assignmentReader{n: n, out: out, byText: map[string]*assignment{}, byForm: map[string]*setting{}, byOutline: map[string]*setting{}}
	for row := range n.Rows() {
		if !r.read(row) {
			return nil
		}
	}
	slices.Sort(out.ports)
	out.ports = slices.Compact(out.ports)
	for _, t := range out.list {
		if slices.ContainsFunc(t.copies, func(c [2]int) bool { return out.from[c[1]]>>c[0]&1 == 0 }) &&
			slices.ContainsFunc(t.rows, func(r lflow.FlowRow) bool { return !t.isAnswer(r) }) {
			for _, c := range t.copies {
				out.from[c[1]] |= 1 << c[0]
			}
		}
	}
	return out
}

// assignmentReader parses the actions of rows.
type assignmentReader struct {
	n         *lflow.Network
	out       *assignments
	byText    map[string]*assignment
	byForm    map[string]*setting
	byOutline map[string]*setting // of the first actions of a form that does not vary; nil if they set no address
	form      expr.ActionsForm
	outline   outline
}

// read parses the actions of a row. It returns false if their effect is not known.
func (r *assignmentReader) read(row lflow.FlowRow) bool {
	text := row.Actions()
	r.outline.read(text)
	first, known := r.byOutline[string(r.outline.key)]
	if known && first == nil {
		return true
	}
	t := r.byText[text]
	switch {
	case t != nil:
	case known:
		t = &assignment{setting: first, constants: make([]packet.Value, len(r.outline.addresses))}
		for i, at := range r.outline.addresses {
			c, _ := r.n.FlowEnv().Symbols.Rules().ParseNumber(text[at[0]:at[1]]) // it is one, unless it is in a string
			t.constants[i] = c.Value
		}
	default:
		var ok bool
		if t, ok = r.readNew(row, text); t == nil {
			return ok
		}
	}
	if r.byText[text] == nil {
		r.byText[text] = t
		r.out.list = append(r.out.list, t)
	}
	t.rows = append(t.rows, row)
	return true
}

// readNew parses actions whose outline is not known, nil if they set no address. ok is false
// if their effect is not known.
func (r *assignmentReader) readNew(row lflow.FlowRow, text string) (t *assignment, ok bool) {
	key, constants, hasForm := r.form.Of(text, r.n.FlowEnv().Symbols)
	first := r.byForm[string(key)]
	seen := first != nil && hasForm
	if !seen {
		if first = readSetting(r.n, row, r.out); first == nil {
			return nil, len(row.Datapaths()) == 0
		}
	}
	if hasForm {
		r.byForm[string(key)] = first
	}
	switch {
	case len(first.values)+len(first.copies) == 0:
		if hasForm {
			r.byOutline[string(r.outline.key)] = nil
		}
		return nil, true
	case !seen:
		if hasForm && !first.varies {
			r.byOutline[string(r.outline.key)] = first
		}
		return &assignment{setting: first, own: first}, true
	case first.varies:
		own := readSetting(r.n, row, r.out)
		if own == nil {
			return nil, len(row.Datapaths()) == 0
		}
		return &assignment{setting: own, own: own}, true
	}
	t = &assignment{setting: first, constants: make([]packet.Value, len(constants))}
	for i, c := range constants {
		t.constants[i] = c.Number.Value
	}
	return t, true
}

// readSetting parses the actions of a row, and returns nil if their effect is not known.
func readSetting(n *lflow.Network, row lflow.FlowRow, all *assignments) *setting {
	text := row.Actions()
	a, err := action.ParseFlow(text, n.ActionEnv(row.Pipeline(), row.Table()))
	s := &setting{all: all, turn: -1, parts: setsParts(text)}
	if err != nil || strings.ContainsRune(text, '^') || !s.read(n, a.List) {
		return nil
	}
	return s
}

// mayHave returns false if the actions set none of some addresses.
func (t *assignment) mayHave(a *addresses) bool {
	return slices.ContainsFunc(t.values, func(of address) bool {
		return a.has(of) || slices.ContainsFunc(t.constants, func(v packet.Value) bool {
			of.v = v
			return a.has(of)
		})
	})
}

// read returns the effect of the actions, or nil if it is not known.
func (t *assignment) read(n *lflow.Network) *setting {
	t.once.Do(func() {
		if t.own == nil {
			t.own = readSetting(n, t.rows[0], &assignments{}) // it succeeds, since the effect of all actions is known
		}
	})
	return t.own
}

// sources returns the fields from which a field may be copied, directly or not.
func (a *assignments) sources(holder int) fieldSet {
	set := fieldSet(1) << holder
	for before := fieldSet(0); before != set; {
		before = set
		for i, from := range a.from {
			if set>>i&1 != 0 {
				set |= from
			}
		}
	}
	return set
}

// isAnswer reports whether the actions turn every packet that takes the flow of a row into
// the reply to it.
func (t *setting) isAnswer(row lflow.FlowRow) bool {
	return t.turn >= 0 && (hasTerm(row.Match(), turns[t.turn].match) || surely(row.Flow(), turns[t.turn].request))
}

// holder returns the field of addresses to all of which a reference refers; touches reports
// whether it refers to bits of such a field at all.
func holder(ref expr.FieldRef) (f *packet.Field, touches bool) {
	field, ofs, bits := ref.Resolve()
	if field == nil {
		return nil, false
	}
	word, shift, _ := field.Place()
	for _, h := range holders {
		if w, first, _ := h.Place(); w == word && first == shift+ofs && bits == h.Bits {
			return h, true
		}
	}
	if holding[word] == 0 && (field.Bits <= 64 || holding[word-1] == 0) {
		return nil, false
	}
	var r Region
	r.Fix(field, packet.Value{}, packet.Range(ofs, bits))
	for i, m := range r.mask {
		touches = touches || m&holding[i] != 0
	}
	return nil, touches
}

// read adds the addresses that actions set. It returns false if they compute an address
// from anything but constants and other addresses.
func (t *setting) read(n *lflow.Network, list []action.Action) bool {
	for _, a := range list {
		if !t.readOne(n, a) {
			return false
		}
	}
	return true
}

func (t *setting) readOne(n *lflow.Network, a action.Action) bool {
	set := func(f *packet.Field, v packet.Value) {
		t.values = append(t.values, address{f.Bits > 32, v, packet.Ones(f.Bits), 1 << slices.Index(holders, f), service{}})
	}
	switch a := a.(type) {
	case *action.Load:
		if a.Dst.Symbol.Width > 0 {
			t.turn = max(t.turn, answerOf(a.Dst, a.Value.Number.Value))
		}
		field, ofs, bits := a.Dst.Resolve()
		if isPort(field) {
			t.all.anyPort = t.all.anyPort || field.Bits != bits || ofs != 0 || a.Value.Number.Masked
			t.all.ports = append(t.all.ports, a.Value.Number.Value.Lo)
		}
		if f := a.Value.Number.Format; isPort(field) || isTurn(field) {
			t.varies = t.varies || t.parts || f != expr.Decimal && f != expr.Hex // else the number is part of the form
		}
		f, touches := holder(a.Dst)
		if f != nil && !a.Value.Number.Masked {
			set(f, a.Value.Number.Value)
			return true
		}
		return !touches
	case *action.Move:
		t.all.readPorts([]expr.FieldRef{a.Dst})
		return t.readCopy(a.Dst, a.Src, false)
	case *action.Exchange:
		t.all.readPorts([]expr.FieldRef{a.Left, a.Right})
		return t.readCopy(a.Left, a.Right, true)
	case *action.CTNAT:
		if a.Addr.IsValid() {
			set(translated(a), packet.FromAddr(a.Addr))
		}
	case *action.CTLB:
		t.varies = t.varies || len(a.Backends) > 0
		for _, b := range a.Backends {
			f := packet.IPv4Dst
			if !b.Addr.Is4() {
				f = packet.IPv6Dst
			}
			set(f, packet.FromAddr(b.Addr))
			t.all.ports = append(t.all.ports, uint64(b.Port))
		}
	case *action.DHCPRelay:
		set(packet.IPv4Dst, packet.Uint(0xffffffff))
	case *action.Nested:
		return a.Kind != action.Clone || t.read(n, a.List)
	}
	refs, _ := writes(a)
	t.all.readPorts(refs)
	return !slices.ContainsFunc(refs, func(ref expr.FieldRef) bool {
		_, touches := holder(ref)
		return touches
	})
}

// readCopy adds a copy, or the two copies of an exchange. It returns false if anything but
// a whole field of addresses is copied to a field of addresses.
func (t *setting) readCopy(dst, src expr.FieldRef, both bool) bool {
	to, touches := holder(dst)
	from, read := holder(src)
	if !touches && !(both && read) {
		return true
	}
	if to == nil || from == nil || to.Bits != from.Bits {
		return false
	}
	i, k := slices.Index(holders, from), slices.Index(holders, to)
	if t.copies = append(t.copies, [2]int{i, k}); both {
		t.copies = append(t.copies, [2]int{k, i})
	}
	return true
}

// isPort reports whether a field shares bits with a destination port or a protocol.
func isPort(f *packet.Field) bool {
	if f == nil {
		return false
	}
	word, _, _ := f.Place()
	port, _, _ := packet.TPDst.Place()
	proto, _, _ := packet.IPProto.Place()
	return word == port || word == proto
}

// readPorts records that actions set fields to unknown values.
func (a *assignments) readPorts(refs []expr.FieldRef) {
	for _, ref := range refs {
		if f, _, _ := ref.Resolve(); isPort(f) {
			a.anyPort = true
		}
	}
}
